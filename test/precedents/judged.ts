import type { CaseFile } from '../../src/4-verdict/case.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { VerdictId } from '../../src/primitives.ts';

/** What is kept of a verdict: enough to see what changed, and a digest so that nothing else could. */
export interface Outcome {
  readonly rules: number;
  readonly verdict: string;
  readonly spec: string | null;
  /** `standing  rule (gate)`. */
  readonly findings: readonly string[];
  readonly score: number;
  readonly recordDigest: string;
}

const id = '01a40088-0000-7000-8000-000000000001' as VerdictId;

/** Judges a case file from nothing but itself. @throws where it cannot be judged: precedents all can. */
export function outcomeOf(file: CaseFile): Outcome {
  const caseText = canonicalJson(file);
  if (!caseText.ok) throw new Error('the case has no canonical form');
  const judged = judge(file, { id, caseDigest: sha256Of(caseText.value) });
  if (!judged.ok) throw new Error(JSON.stringify(judged.fault));
  const record = judged.value;
  const canonical = canonicalJson(record);
  if (!canonical.ok) throw new Error('the record has no canonical form');
  return {
    rules: file.tool.rules,
    verdict: record.verdict,
    spec: record.law.spec?.id ?? null,
    findings: findingsOf(record).map(
      ({ rule, gate, standing }) => `${standing}  ${rule} (${gate})`,
    ),
    score: record.deliberation.score.s,
    recordDigest: sha256Of(canonical.value),
  };
}
