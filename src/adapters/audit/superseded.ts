import { type ArbitrationBody, isWonOn } from '../../4-verdict/arbitration.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { LedgerFault, LedgerStore } from '../../ports.ts';
import { ok, type Result } from '../../primitives.ts';

/** More than anybody arbitrates one spec; the store gives no more at once. */
const ENTRIES_READ_MAX = 10_000;

/**
 * Whether another change had won the spec of a verdict against the same base, when or since it was given. A
 * new verdict of the same head changes nothing about that.
 */
export async function isSuperseded(
  { law, subject }: VerdictRecord,
  ledger: Pick<LedgerStore, 'recent'>,
): Promise<Result<boolean, LedgerFault>> {
  if (law.spec === null) return ok(false);
  const entries = await ledger.recent(ENTRIES_READ_MAX, 'arbitration', law.spec.id);
  if (!entries.ok) return entries;
  return ok(
    entries.value.some(({ body }) => {
      const decided = JSON.parse(body) as ArbitrationBody;
      if (!isWonOn(decided, subject.base)) return false;
      const winner = decided.candidates.find(({ verdict }) => verdict === decided.winner);
      return winner?.head !== subject.head;
    }),
  );
}
