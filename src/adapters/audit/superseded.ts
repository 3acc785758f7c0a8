import { type AcceptanceBody, acceptanceAbout } from '../../4-verdict/acceptance.ts';
import { type ArbitrationBody, isWonOn } from '../../4-verdict/arbitration.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { LedgerEntry, LedgerFault, LedgerStore } from '../../ports.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../primitives.ts';

/** More than anybody arbitrates one spec; the store gives no more at once. */
const ENTRIES_READ_MAX = 10_000;

/**
 * Whether another change had won the spec of a verdict: against the same base, when or since it was given; or by the
 * word of a person that stood when this one landed. A new verdict of the same head changes nothing about that.
 *
 * @param landedAt by the committer's clock, which a forge keeps; null: nothing says when, and what stands now counts.
 */
export async function isSuperseded(
  { law, subject }: VerdictRecord,
  landedAt: Instant | null,
  ledger: Pick<LedgerStore, 'recent'>,
): Promise<Result<boolean, LedgerFault>> {
  if (law.spec === null) return ok(false);
  const spec = law.spec.id;
  const entries = await ledger.recent(ENTRIES_READ_MAX, 'arbitration', spec);
  if (!entries.ok) return entries;
  const isLost = entries.value.some(({ body }) => {
    const decided = JSON.parse(body) as ArbitrationBody;
    if (!isWonOn(decided, subject.base)) return false;
    const winner = decided.candidates.find(({ verdict }) => verdict === decided.winner);
    return winner?.head !== subject.head;
  });
  if (isLost) return ok(true);
  const about = acceptanceAbout({ baseRef: subject.baseRef, spec });
  const words = await ledger.recent(ENTRIES_READ_MAX, 'acceptance', about);
  return words.ok ? ok(stoodBeside(subject.head, landedAt, words.value)) : words;
}

/** Whether another head stood accepted then. @param newestFirst each word stands until the next one. */
function stoodBeside(
  head: CommitSha,
  landedAt: Instant | null,
  newestFirst: readonly LedgerEntry[],
): boolean {
  return newestFirst.some(({ at, body }, place) => {
    const said = JSON.parse(body) as AcceptanceBody;
    if (said.state === 'ended' || said.head === head) return false;
    const until = newestFirst[place - 1]?.at;
    if (landedAt === null) return until === undefined;
    return Date.parse(at) <= landedAt && (until === undefined || landedAt < Date.parse(until));
  });
}
