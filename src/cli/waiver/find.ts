import { type GlassCases, judgeGlassCases } from '../../4-verdict/glass-reviews.ts';
import type { WaiverCase, WaiverCases } from '../../4-verdict/waiver-events.ts';
import { judgeWaiverEvents } from '../../4-verdict/waiver-events.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { visible } from '../../5-publication/escape.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { exits } from '../world.ts';
import type { Desk } from './desk.ts';
import type { Stop } from './stop.ts';

/** Hex digits of an id that a person has to give at least. */
export const PREFIX_LENGTH_MIN = 4;

/** One waiver by its id or the beginning of it, judged by the keys of the branch it is meant for. */
export async function findWaiver(
  desk: Desk,
  id: string,
  now: Instant,
): Promise<Result<FoundWaiver, Stop>> {
  const events = await desk.events();
  if (!events.ok) return events;
  // Which keys count depends on the request, and a request needs no trusted key.
  const request = withId(judgeWaiverEvents(events.value, null, now), id);
  if (!request.ok) return request;
  const trusted = await desk.trusted(request.value.request);
  if (!trusted.ok) return trusted;
  const judged = judgeWaiverEvents(events.value, trusted.value, now);
  const found = judged.cases.find(({ digest }) => digest === request.value.digest);
  if (found === undefined) throw new Error('a request does not depend on trusted keys');
  return ok({ judged: found, all: judged, events: events.value, trusted: trusted.value });
}

export interface FoundWaiver {
  readonly judged: WaiverCase;
  readonly all: WaiverCases;
  readonly events: readonly string[];
  readonly trusted: TrustedSigners | null;
}

/** All emergencies of the ledger, each reviewed by the keys of its own base branch. */
export async function glassCasesOf(
  desk: Pick<Desk, 'glassEvents' | 'trusted'>,
  now: Instant,
): Promise<Result<FoundGlasses, Stop>> {
  const read = await desk.glassEvents();
  if (!read.ok) return read;
  const { events, more } = read.value;
  const bases = judgeGlassCases(events, () => null, now).cases.map(({ event }) => event.baseRef);
  const trusted = new Map<string, TrustedSigners | null>();
  for (const baseRef of new Set(bases)) {
    const keys = await desk.trusted({ baseRef });
    // Without the branch no review of it can be checked, so each of its emergencies stays open.
    trusted.set(baseRef, keys.ok ? keys.value : null);
  }
  const judged = judgeGlassCases(events, (baseRef) => trusted.get(baseRef) ?? null, now);
  return ok({ judged, events, trusted, more });
}

export interface FoundGlasses {
  readonly judged: GlassCases;
  readonly events: readonly string[];
  readonly trusted: ReadonlyMap<string, TrustedSigners | null>;
  /** Whether the ledger holds older events than were read. */
  readonly more: boolean;
}

function withId({ cases }: WaiverCases, id: string): Result<WaiverCase, Stop> {
  const wanted = id.toLowerCase().replace(/^w-/, '');
  const hits = cases.filter(({ request }) => request.waiver.slice(2).startsWith(wanted));
  const [only] = hits;
  if (hits.length === 1 && only !== undefined && wanted.length >= PREFIX_LENGTH_MIN)
    return ok(only);
  const shown = `\`${visible(id, 40)}\``;
  if (hits.length > 0) {
    const ids = hits.slice(0, 5).map(({ request }) => request.waiver);
    return stop(
      `${shown} is the beginning of ${hits.length === 1 ? 'a waiver' : 'several waivers'}, and too short: ${ids.join(', ')}\nTry: arbiter waiver show ${ids[0]}`,
    );
  }
  return stop(`there is no waiver ${shown} in this ledger.\nTry: arbiter waiver list`);
}

const stop = (message: string): Result<never, Stop> => fail({ exit: exits.usage, message });
