import { WAIVER_EVENTS_MAX } from '../4-verdict/waiver-events.ts';
import type { LedgerFault, LedgerStore } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';

export type WaiverEventsFault =
  | LedgerFault
  /** Reading a part could miss a revocation, so none is read. */
  | { readonly kind: 'waiver-events-too-many'; readonly max: number };

/**
 * Every waiver event of a ledger as the JSON text of its envelope, oldest first: what `waiversOf`
 * takes, and what a case file keeps for replay. Nobody has vouched for them yet.
 *
 * @param eventsMax passing it is a fault.
 */
export async function loadWaiverEvents(
  ledger: LedgerStore,
  eventsMax: number = WAIVER_EVENTS_MAX,
): Promise<Result<readonly string[], WaiverEventsFault>> {
  const entries = await ledger.recent(eventsMax + 1, 'waiver');
  if (!entries.ok) return entries;
  if (entries.value.length > eventsMax)
    return fail({ kind: 'waiver-events-too-many', max: eventsMax });
  return ok(entries.value.map(({ body }) => body).toReversed());
}
