import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import type { VerdictEntryBody } from '../../ledger/verdict-entry.ts';
import type { LedgerEntry, LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { ledgerPlace, openAt, type PlaceFault } from '../ledger-place.ts';
import type { World } from '../world.ts';

/** A recorded verdict, the entry that holds it, and the ledger it stands in. */
export interface FoundVerdict {
  readonly ledger: SqliteLedger;
  readonly entry: LedgerEntry;
  readonly body: VerdictEntryBody<VerdictRecord>;
}

export type VerdictFault =
  | LedgerFault
  | PlaceFault
  | { readonly kind: 'verdict-unknown'; readonly id: string }
  | { readonly kind: 'verdict-ambiguous'; readonly id: string; readonly found: readonly string[] }
  | { readonly kind: 'no-verdict-yet' };

/** How many of the newest verdicts the beginning of an id is looked up among. */
const LOOKED_UP_MAX = 10_000;

/** Opens the ledger of the world's directory for reading. */
export async function openLedgerToRead(
  world: World,
): Promise<Result<SqliteLedger, LedgerFault | PlaceFault>> {
  const place = await ledgerPlace(world, undefined);
  return place.ok ? openAt(place.value, 'read') : place;
}

/** The verdict of this id or beginning of one; undefined: the last. */
export async function findVerdict(
  ledger: SqliteLedger,
  id: string | undefined,
): Promise<Result<FoundVerdict, VerdictFault>> {
  const entry = await entryOf(ledger, id);
  if (!entry.ok) return entry;
  const { about, sequence } = entry.value;
  if (ledger.countAbout('verdict', about) !== 1) {
    const { file } = ledger.storage;
    return fail({ kind: 'ledger-broken', file, sequence, reason: 'verdict-repeated' });
  }
  // The ledger was checked when it was opened; what stands in it is what was recorded.
  const body = JSON.parse(entry.value.body) as VerdictEntryBody<VerdictRecord>;
  return ok({ ledger, entry: entry.value, body });
}

async function entryOf(
  ledger: SqliteLedger,
  id: string | undefined,
): Promise<Result<LedgerEntry, VerdictFault>> {
  if (id !== undefined) {
    const exact = await ledger.find('verdict', id);
    if (!exact.ok) return exact;
    if (exact.value !== null) return ok(exact.value);
  }
  const recent = await ledger.recent(id === undefined ? 1 : LOOKED_UP_MAX, 'verdict');
  if (!recent.ok) return recent;
  const fitting = recent.value.filter(({ about }) => id === undefined || about.startsWith(id));
  const [first, second] = fitting;
  if (first === undefined)
    return fail(id === undefined ? { kind: 'no-verdict-yet' } : { kind: 'verdict-unknown', id });
  if (second !== undefined && id !== undefined)
    return fail({ kind: 'verdict-ambiguous', id, found: fitting.map(({ about }) => about) });
  return ok(first);
}
