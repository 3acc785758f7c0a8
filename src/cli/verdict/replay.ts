import type { CaseFile } from '../../4-verdict/case.ts';
import { judge } from '../../4-verdict/judge.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { asCalled } from '../../5-publication/as-called.ts';
import { RULE_SET } from '../../caws/rules.ts';
import { canonicalJson } from '../../ledger/canonical.ts';
import { sha256Of } from '../../ledger/entry.ts';
import type { Digest } from '../../primitives.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import type { FoundVerdict } from './open.ts';

/**
 * `verdict replay`: judges the recorded case file again, with no repository and no network, and
 * compares every byte of the record. Exit 0: the same; 4: cannot be replayed; 6: it differs.
 */
export async function replay(
  world: World,
  { ledger, body }: FoundVerdict,
  options: Output,
): Promise<void> {
  const { record, recordDigest } = body;
  const blob = await ledger.blob(record.caseDigest);
  if (!blob.ok) return stop(world, blob.fault, options.json === true);
  const provenBy = `arbiter verdict verify ${record.id}`;
  return replayOf(world, { record, recordDigest, caseFile: blob.value, provenBy }, options);
}

interface Output {
  readonly json?: boolean;
}

/** A record, and the case file that it names; null: that was dropped. */
export interface Replayable {
  readonly record: VerdictRecord;
  readonly recordDigest: Digest;
  readonly caseFile: Uint8Array | null;
  /** What shows whether they are what was signed and recorded. */
  readonly provenBy: string;
}

/** As `replay`, wherever record and case file come from. */
export async function replayOf(
  world: World,
  { record, recordDigest, caseFile, provenBy }: Replayable,
  options: Output,
): Promise<void> {
  if (caseFile === null)
    return say(world, options, exits.couldNotFinish, {
      outcome: 'case-file-gone',
      record,
      text: `The case file of ${record.id} was erased or dropped by retention, so it cannot be decided again.\nThe verdict still stands: ${provenBy}\n`,
    });
  if (sha256Of(caseFile) !== record.caseDigest)
    return say(world, options, exits.ledgerBroken, {
      outcome: 'case-file-differs',
      record,
      text: `The case file is not the one that ${record.id} was decided from.\nSee: ${provenBy}\n`,
    });
  const file = JSON.parse(Buffer.from(caseFile).toString('utf8')) as CaseFile;
  const again = judge(file, { id: record.id, caseDigest: record.caseDigest });
  if (!again.ok) return otherRules(world, options, file, record, again.fault);
  const canonical = canonicalJson(again.value);
  const same = canonical.ok && sha256Of(canonical.value) === recordDigest;
  say(world, options, same ? exits.pass : exits.ledgerBroken, {
    outcome: same ? 'same' : 'differs',
    record,
    text: same
      ? `${record.verdict.replace('_', ' ')} again, and every byte of the record is the same (${recordDigest.slice(7, 19)}).\n`
      : `The recorded case gives ${again.value.verdict.replace('_', ' ')} with another record; recorded was ${record.verdict.replace('_', ' ')}.\nThe record or this program was changed: ${provenBy}\n`,
  });
}

/** A record of older rules is not answered by newer ones, but shown beside what they would say. */
function otherRules(
  world: World,
  options: Output,
  file: CaseFile,
  record: VerdictRecord,
  fault: Parameters<typeof stop>[1],
): void {
  if (fault.kind !== 'other-rules') {
    stop(world, fault, options.json === true);
    return;
  }
  const today = judge(
    { ...file, tool: { ...file.tool, rules: RULE_SET } },
    { id: record.id, caseDigest: record.caseDigest },
  );
  const says = today.ok ? today.value.verdict.replace('_', ' ') : 'that it cannot read the law';
  say(world, options, exits.couldNotFinish, {
    outcome: 'other-rules',
    record,
    text: `${record.id} was decided by rule set ${record.tool.rules} of version ${record.tool.version}; this version has rule set ${RULE_SET}.\nIt cannot answer for the other. Today's rules would say: ${says}.\n`,
  });
}

function say(
  world: World,
  options: Output,
  exit: (typeof exits)[keyof typeof exits],
  answer: { readonly outcome: string; readonly record: VerdictRecord; readonly text: string },
): void {
  const { outcome, record, text } = answer;
  if (options.json)
    world.out(
      `${JSON.stringify({ schema: 'caws-arbiter/replay@1', id: record.id, outcome, verdict: record.verdict, message: asCalled(text, world.call) })}\n`,
    );
  else (exit === exits.pass ? world.out : world.err)(text);
  world.finish(exit);
}
