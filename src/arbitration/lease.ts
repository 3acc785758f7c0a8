/** One winner a spec: who may decide stands in the ledger, under the lock that every entry is written under. */
import {
  type ArbitrationBody,
  type ArbitrationClaim,
  claimHolds,
  isWonOn,
} from '../4-verdict/arbitration.ts';
import type { ArbitrationRefused } from '../5-publication/arbitration-faults.ts';
import type { CycleFault, World } from '../cycle/world.ts';
import type { LedgerEntry, LedgerFault } from '../ports.ts';
import { type CommitSha, fail, type Instant, isoOf, ok, type Result } from '../primitives.ts';

/** More than anybody arbitrates one spec; the store gives no more at once. */
const ENTRIES_READ_MAX = 10_000;
/** A claim that nobody ended, e.g. after a crash, keeps others out no longer than this. */
const CLAIM_MS = 60 * 60 * 1000;

/** Why nobody was accepted, or nothing was begun. */
export type ArbitrationFault = CycleFault | ArbitrationRefused;

/** What claiming needs of the world. */
export type LeaseWorld = Pick<World, 'ledger' | 'signer' | 'clock' | 'newId'>;

/** A claim, and the entry that it is. */
export interface Claimed {
  readonly body: ArbitrationClaim;
  readonly entry: LedgerEntry;
}

const bodyOf = ({ body }: LedgerEntry): ArbitrationBody => JSON.parse(body) as ArbitrationBody;

interface Wanted {
  readonly spec: string;
  readonly base: CommitSha;
  /** Also where another seems to be running: that one can decide nothing then. */
  readonly takesOver: boolean;
}

/**
 * Looks whether the spec could be claimed now, and claims nothing.
 *
 * @returns what the ledger holds of it, newest first.
 */
export async function claimable(
  { spec, base, takesOver }: Wanted,
  world: Pick<LeaseWorld, 'ledger' | 'clock'>,
): Promise<Result<readonly LedgerEntry[], ArbitrationFault>> {
  const known = await world.ledger.recent(ENTRIES_READ_MAX, 'arbitration', spec);
  if (!known.ok) return known;
  const refusal =
    wonFault(known.value, spec, base) ?? runningFault(known.value, spec, world.clock.now());
  const isMeant = takesOver && refusal?.kind === 'arbitration-running';
  return refusal === null || isMeant ? known : fail(refusal);
}

/** Takes the spec, unless somebody holds it or it is won already. */
export async function claim(
  wanted: Wanted,
  world: LeaseWorld,
): Promise<Result<Claimed, ArbitrationFault>> {
  const { spec, base } = wanted;
  const at = world.clock.now();
  const known = await claimable(wanted, world);
  if (!known.ok) return known;
  const body: ArbitrationClaim = {
    schema: 'caws-arbiter/arbitration@1',
    state: 'begun',
    id: world.newId(at),
    spec,
    base,
    until: isoOf((at + CLAIM_MS) as Instant),
  };
  const after = known.value[0]?.sequence ?? 0;
  const entry = await append('arbitration', spec, body, world, { after });
  return entry.ok ? ok({ body, entry: entry.value }) : overtaken(entry, spec);
}

/** Another target may have been arbitrated since, so every entry about the spec is looked at. */
function wonFault(
  entries: readonly LedgerEntry[],
  spec: string,
  base: CommitSha,
): ArbitrationRefused | null {
  for (const entry of entries) {
    const body = bodyOf(entry);
    if (!isWonOn(body, base)) continue;
    const winner = body.candidates.find(({ verdict }) => verdict === body.winner);
    if (winner === undefined) continue;
    const { name, head, verdict } = winner;
    const won = { name, head, verdict };
    return { kind: 'arbitration-decided', spec, entry: entry.sequence, winner: won };
  }
  return null;
}

function runningFault(
  [newest]: readonly LedgerEntry[],
  spec: string,
  at: Instant,
): ArbitrationRefused | null {
  const body = newest === undefined ? null : bodyOf(newest);
  if (newest === undefined || body?.state !== 'begun' || !claimHolds(body, at)) return null;
  const { sequence: entry, at: since } = newest;
  return { kind: 'arbitration-running', spec, entry, since, until: body.until };
}

/** Gives the spec back, where it is still ours to give. */
export async function leave({ body, entry }: Claimed, world: LeaseWorld): Promise<void> {
  const left: ArbitrationClaim = { ...body, state: 'left' };
  await append('arbitration', body.spec, left, world, { after: entry.sequence });
}

type Blobs = Parameters<World['ledger']['append']>[0]['blobs'];

/** @param after the entry that this one is to follow; see `LedgerDraft`. */
export function append(
  kind: 'arbitration' | 'superseded',
  about: string,
  body: unknown,
  { ledger, signer, clock }: LeaseWorld,
  { after, blobs = [] }: { readonly after?: number; readonly blobs?: Blobs },
) {
  const at = clock.now();
  const draft = { at, kind, about, body, blobs, ...(after === undefined ? {} : { after }) };
  return ledger.append(draft, signer);
}

/** Why an entry of an arbitration was not taken: mostly because somebody else's is newer. */
export function overtaken(
  { fault }: { readonly fault: LedgerFault },
  spec: string,
): Result<never, ArbitrationFault> {
  return fault.kind === 'head-moved'
    ? fail({ kind: 'arbitration-overtaken', spec, entry: fault.found })
    : fail(fault);
}
