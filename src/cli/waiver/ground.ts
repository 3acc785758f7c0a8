import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { Elsewhere } from '../../5-publication/waiver-ground-words.ts';
import type { LedgerEntry, LedgerStore } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { headNow } from '../branch.ts';
import { exits, type World } from '../world.ts';
import { type Stop, stopFor } from './stop.ts';

/** The verdict that a request starts from where none is named. */
interface Ground {
  readonly record: VerdictRecord;
  /** The branch that it is the newest of, and has another head by now; null: it is of the very commit. */
  readonly branch: string | null;
}

/** So many of the newest verdicts are looked at; whoever means an older one names it. */
const LOOKED_AT_MAX = 1_000;
const LOOKED_AT_ONCE = 50;

/** The verdict of this id. */
export async function verdictNamed(
  ledger: LedgerStore,
  id: string,
): Promise<Result<VerdictRecord, Stop>> {
  const entry = await ledger.find('verdict', id);
  if (!entry.ok) return stopFor(entry.fault);
  return entry.value === null ? stopFor({ kind: 'verdict-unknown', id }) : recordIn(entry.value);
}

/**
 * The newest verdict of the commit that is checked out; without one, of its branch. A ledger holds those of all
 * branches and work trees, and what another one measured must not be asked for here.
 */
export async function verdictHere(
  world: World,
  ledger: LedgerStore,
): Promise<Result<Ground, Stop | { readonly elsewhere: Elsewhere }>> {
  const { branch, sha } = await headNow(world);
  let newest: VerdictRecord | undefined;
  let ofBranch: VerdictRecord | undefined;
  for await (const entry of newestFirst(ledger)) {
    if (!entry.ok) return entry;
    const read = recordIn(entry.value);
    if (!read.ok) return read;
    newest ??= read.value;
    const { branches, head } = read.value.subject;
    if (head === sha) return ok({ record: read.value, branch: null });
    if (branch !== null && branches.includes(branch)) ofBranch ??= read.value;
  }
  if (ofBranch !== undefined) return ok({ record: ofBranch, branch });
  if (newest === undefined) return stopFor({ kind: 'no-verdict-yet' });
  return fail({ elsewhere: { checkedOut: branch ?? sha?.slice(0, 12) ?? 'HEAD', newest } });
}

async function* newestFirst(ledger: LedgerStore): AsyncGenerator<Result<LedgerEntry, Stop>> {
  let before = Number.MAX_SAFE_INTEGER;
  for (let looked = 0; looked < LOOKED_AT_MAX; looked += LOOKED_AT_ONCE) {
    const read = await ledger.beyond('verdict', { before }, LOOKED_AT_ONCE);
    if (!read.ok) return yield stopFor(read.fault);
    for (const entry of read.value) yield ok(entry);
    const last = read.value.at(-1);
    if (last === undefined || read.value.length < LOOKED_AT_ONCE) return;
    before = last.sequence;
  }
}

function recordIn(entry: LedgerEntry): Result<VerdictRecord, Stop> {
  // The ledger was checked when it was opened; what stands in it is what was recorded.
  const { record } = JSON.parse(entry.body) as { record?: VerdictRecord };
  if (record?.schema === 'caws-arbiter/verdict@1') return ok(record);
  return fail({
    exit: exits.couldNotFinish,
    message: `entry ${entry.sequence} holds a verdict that this version cannot read.`,
  });
}
