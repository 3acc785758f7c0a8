import { isBroken, openGlass } from '../4-verdict/waivers/break-glass-event.ts';
import { openHosted } from '../4-verdict/waivers/open-hosted.ts';
import type { LedgerFault, LedgerStore } from '../ports.ts';
import { ok, type Result } from '../primitives.ts';

/** The newest entries that are looked at: an event ends within a day, so older ones let nothing through. */
const GLASS_ENTRIES_READ_MAX = 900;
/** Events about other heads that are told beside a change: a push right after breaking the glass. */
const OTHER_HEADS_MAX = 20;

/**
 * The break-glass events of a ledger that may bear on a head, oldest first: all that name it or cannot
 * be read, and the newest about other heads. Missing one would only refuse, never let through.
 */
export async function glassEventsFor(
  ledger: LedgerStore,
  head: string,
): Promise<Result<readonly string[], LedgerFault>> {
  const entries = await ledger.recent(GLASS_ENTRIES_READ_MAX, 'break-glass');
  if (!entries.ok) return entries;
  let others = 0;
  const bearing = entries.value.filter(({ body }) => {
    const named = headNamed(body);
    if (named === undefined || named === head) return true;
    if (named === null) return false;
    others += 1;
    return others <= OTHER_HEADS_MAX;
  });
  return ok(bearing.map(({ body }) => body).toReversed());
}

/** The head that a broken glass is about; null for a review, undefined for what cannot be read. */
function headNamed(body: string): string | null | undefined {
  const signed = openGlass(body);
  if (signed.ok) return isBroken(signed.value) ? signed.value.event.head : null;
  const said = openHosted(body);
  if (!said.ok) return undefined;
  return said.value.event.event === 'break-glass' ? said.value.event.head : null;
}

/** Every break-glass event and review of a ledger, newest first; `more` where there are still older ones. */
export async function allGlassEvents(
  ledger: LedgerStore,
  eventsMax: number,
): Promise<Result<{ readonly events: readonly string[]; readonly more: boolean }, LedgerFault>> {
  const entries = await ledger.recent(eventsMax + 1, 'break-glass');
  if (!entries.ok) return entries;
  const events = entries.value.slice(0, eventsMax).map(({ body }) => body);
  return ok({ events, more: entries.value.length > eventsMax });
}
