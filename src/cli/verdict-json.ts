import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { asCalled, type Call } from '../5-publication/as-called.ts';
import { shellWord } from '../5-publication/escape.ts';
import { findingsOf, hasMaintainers, headline } from '../5-publication/report.ts';
import { wordsOf } from '../5-publication/sentences.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { LedgerEntry } from '../ports.ts';

/** One thing to do next, for a person or an agent. */
interface NextAction {
  readonly rule: string;
  readonly action: string;
  /** The exact command, where there is one. */
  readonly command: string | null;
}

/**
 * The verdict for programs, as policies/schema/verify.schema.json says; one line.
 */
export function verdictJson(
  judged: {
    readonly record: VerdictRecord;
    /** null where the verdict is recorded nowhere. */
    readonly entry: LedgerEntry | null;
  },
  call?: Call,
): string {
  const { record, entry } = judged;
  const findings = findingsOf(record);
  return `${JSON.stringify({
    schema: 'caws-arbiter/verify@1',
    verdict: record.verdict,
    mode: record.mode,
    id: record.id,
    headline: headline(record, findings),
    breakGlass: record.law.breakGlass ?? null,
    findings: findings.map((finding) => ({ ...finding, says: wordsOf(finding).says })),
    gates: record.deliberation.gates,
    score: record.deliberation.score,
    next_actions: nextActions(record, call),
    ledger: entry === null ? null : { sequence: entry.sequence, digest: entry.digest },
    record,
  })}\n`;
}

function nextActions(record: VerdictRecord, call: Call | undefined): readonly NextAction[] {
  return findingsOf(record)
    .filter(({ standing }) => standing === 'fails' || standing === 'needs-waiver')
    .flatMap((finding) => [
      { rule: finding.rule, action: asCalled(wordsOf(finding).fix, call), command: null },
      ...(finding.standing === 'needs-waiver' ? [asking(finding, record, call)] : []),
    ]);
}

/** A command only where it leads to somebody who may answer. */
function asking(
  { rule, gate }: WeighedFinding,
  record: VerdictRecord,
  call: Call | undefined,
): NextAction {
  if (!record.law.waiving.some((each) => each.gate === gate))
    return { rule, action: 'Nobody can waive this under the policy of the base.', command: null };
  if (!hasMaintainers(record)) return { rule, action: noMaintainer, command: null };
  const command = `arbiter waiver request ${shellWord(gate)} --verdict ${record.id} --reason "…" --expires 7d`;
  return { rule, action: `Ask for a waiver of ${gate}.`, command: asCalled(command, call) };
}

const noMaintainer =
  'Nobody can waive this by signature until .caws/trusted-keys.yaml of the target names a maintainer.';
