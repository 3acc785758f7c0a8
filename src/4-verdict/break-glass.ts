import { byText } from '../2-examination/finding.ts';
import { isNobody, sameIdentity } from '../2-examination/identities.ts';
import type { Policy } from '../caws/policy.ts';
import { readPublicKey } from '../ledger/key.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../primitives.ts';
import {
  BREAK_GLASS_MINUTES_MAX,
  type GlassBroken,
  type GlassIgnoredBecause,
  isBroken,
  MINUTE_MS,
  type OpenedGlass,
  openGlass,
} from './waivers/break-glass-event.ts';
import { instantOf } from './waivers/event.ts';
import { HOSTED_EVENT_TYPE } from './waivers/hosted-event.ts';
import {
  maintainerFault,
  type Signer,
  signersById,
  type TrustedSigners,
} from './waivers/signers.ts';

/** More events than one head ever sees; past it none counts, as nobody reads that many emergencies. */
export const BREAK_GLASS_EVENTS_MAX = 1_000;

/** Everything that decides whether a broken glass counts for the change in hand. */
export interface GlassGrounds {
  /** From the base; null where the base has none, so that nobody counts. */
  readonly trusted: TrustedSigners | null;
  readonly policy: Pick<Policy, 'breakGlass'>;
  readonly policyDigest: Digest;
  readonly repository: string;
  readonly baseRef: string;
  readonly head: CommitSha;
  /** The cycle's own instant. */
  readonly now: Instant;
}

/** The one broken glass that counts. */
export interface CountingGlass {
  readonly id: string;
  /** sha256 over the event's canonical bytes. */
  readonly digest: Digest;
  readonly keyId: string;
  /** The holder of the key, as the base names it. */
  readonly by: string;
  readonly at: Instant;
  /** Exclusive. */
  readonly expiresAt: Instant;
  readonly reason: string;
  readonly verdict: VerdictId;
}

export interface GlassNotCounted {
  readonly because: GlassIgnoredBecause;
  /** The field concerned, or ''. */
  readonly detail: string;
  readonly id: string | null;
  readonly digest: Digest | null;
  readonly keyId: string | null;
}

export interface GlassJudged {
  readonly counts: CountingGlass | null;
  /** Each once, in an order that does not depend on how the events came. */
  readonly notCounted: readonly GlassNotCounted[];
}

/**
 * Whether one of the events lets this head through. Pure and total: order and repetition make no
 * difference, and of several that count the one that ends last does.
 *
 * An event counts while a person whom the base's policy names for it signed exactly this head with a
 * maintainer's key that was valid then and is now, for no longer than the policy and a day allow.
 * The author of the change may be that person: the emergency is theirs to answer for.
 *
 * Left out without a word: reviews, and events about another head or repository whose time is over;
 * the ledger tells those.
 *
 * @param events envelopes of any origin.
 */
export function judgeBreakGlass(events: readonly unknown[], grounds: GlassGrounds): GlassJudged {
  return sortOut(weighSignedGlass(events, grounds));
}

/** Every event by itself: as it counts, or why it does not. */
export interface GlassWeighed {
  readonly counting: readonly CountingGlass[];
  readonly notCounted: readonly GlassNotCounted[];
}

/** The signed ones among the events; what was said at a forge is weighed by itself. */
export function weighSignedGlass(events: readonly unknown[], grounds: GlassGrounds): GlassWeighed {
  if (events.length > BREAK_GLASS_EVENTS_MAX)
    return { counting: [], notCounted: [tooMany(events.length)] };
  const signers = signersById(grounds.trusted?.keys ?? []);
  const counting: CountingGlass[] = [];
  const notCounted: GlassNotCounted[] = [];
  for (const envelope of events) {
    const opened = openGlass(envelope);
    if (!opened.ok) {
      if (opened.fault.detail !== HOSTED_EVENT_TYPE) notCounted.push({ id: null, ...opened.fault });
      continue;
    }
    if (!isBroken(opened.value) || isHistory(opened.value.event, grounds)) continue;
    const judged = judgeOne(opened.value, signers, grounds);
    if (typeof judged === 'string') notCounted.push(ignored(opened.value, judged));
    else counting.push(judged);
  }
  return { counting, notCounted };
}

/** The one that counts, and all others with the reason, each once. */
export function sortOut(weighed: GlassWeighed): GlassJudged {
  const counting = new Map(weighed.counting.map((each) => [`${each.digest} ${each.keyId}`, each]));
  const [counts = null, ...others] = [...counting.values()].sort(byEnd);
  const superseded = others.map(({ id, digest, keyId }): GlassNotCounted => {
    return { because: 'another-counts', detail: '', id, digest, keyId };
  });
  const notCounted = new Map(
    [...weighed.notCounted, ...superseded].map((each) => [keyOf(each), each]),
  );
  return {
    counts,
    notCounted: [...notCounted]
      .sort(([one], [other]) => byText(one, other))
      .map(([, each]) => each),
  };
}

/** @returns the event as it counts, or why it does not. */
function judgeOne(
  opened: OpenedGlass<GlassBroken>,
  signers: ReadonlyMap<string, Signer>,
  grounds: GlassGrounds,
): CountingGlass | GlassIgnoredBecause {
  const { event, digest, keyId } = opened;
  const signer = signers.get(keyId);
  const at = instantIn(event.at);
  const expiresAt = instantIn(event.expiresAt);
  const because =
    signatureFault(opened, signer, at, grounds.now) ??
    personFault(event, signer, grounds) ??
    subjectFault(event, grounds) ??
    timeFault(at, expiresAt, grounds);
  if (because !== undefined) return because;
  return {
    id: event.id,
    digest,
    keyId,
    by: signer?.holders[0] ?? '',
    at,
    expiresAt,
    reason: event.reason,
    verdict: event.verdict,
  };
}

function signatureFault(
  opened: OpenedGlass,
  signer: Signer | undefined,
  at: Instant,
  now: Instant,
): GlassIgnoredBecause | undefined {
  const key = signer === undefined ? undefined : readPublicKey(signer.publicKey);
  if (key === undefined) return 'key-unknown';
  if (!opened.isSignedBy(key)) return 'signature-wrong';
  return maintainerFault(signer, key.id, at) ?? maintainerFault(signer, key.id, now);
}

/** Only a person named one by one: a team or an automaton has nobody who answers for it. */
function personFault(
  event: GlassBroken,
  signer: Signer | undefined,
  { policy }: GlassGrounds,
): GlassIgnoredBecause | undefined {
  const holder = signer?.holders[0] ?? '';
  if (!sameIdentity(event.by, holder)) return 'name-differs';
  if (policy.breakGlass === null) return 'policy-has-none';
  if (isNobody(holder) || holder.normalize('NFKC').includes('/')) return 'not-a-person';
  return policy.breakGlass.people.some((person) => sameIdentity(person, holder))
    ? undefined
    : 'not-named';
}

/** Why the event is not about this head under this law; undefined where it is. */
export function subjectFault(
  event: Pick<GlassBroken, 'repository' | 'head' | 'baseRef' | 'policy'>,
  grounds: GlassGrounds,
): GlassIgnoredBecause | undefined {
  if (event.repository !== grounds.repository) return 'other-repository';
  if (event.head !== grounds.head) return 'other-head';
  if (event.baseRef !== grounds.baseRef) return 'other-base';
  return event.policy === grounds.policyDigest ? undefined : 'policy-changed';
}

/** Why the event does not count at this instant; undefined where it does. */
export function timeFault(
  at: Instant,
  expiresAt: Instant,
  { now, policy }: GlassGrounds,
): GlassIgnoredBecause | undefined {
  const minutes = Math.min(policy.breakGlass?.longestMinutes ?? 0, BREAK_GLASS_MINUTES_MAX);
  if (!(at <= now)) return 'in-the-future';
  if (!(expiresAt - at <= minutes * MINUTE_MS)) return 'longer-than-policy-allows';
  return now < expiresAt ? undefined : 'ended';
}

/** Whether the event is of another head or repository, and over. */
export function isHistory(
  event: Pick<GlassBroken, 'repository' | 'head' | 'expiresAt'>,
  { repository, head, now }: Pick<GlassGrounds, 'repository' | 'head' | 'now'>,
): boolean {
  const isOther = event.repository !== repository || event.head !== head;
  return isOther && instantIn(event.expiresAt) <= now;
}

function byEnd(one: CountingGlass, other: CountingGlass): number {
  return (
    other.expiresAt - one.expiresAt ||
    byText(one.digest, other.digest) ||
    byText(one.keyId, other.keyId)
  );
}

function ignored(
  { event, digest, keyId }: OpenedGlass,
  because: GlassIgnoredBecause,
): GlassNotCounted {
  return { because, detail: '', id: event.id, digest, keyId };
}

function tooMany(count: number): GlassNotCounted {
  const detail = `${count} > ${BREAK_GLASS_EVENTS_MAX}`;
  return { because: 'too-many-events', detail, id: null, digest: null, keyId: null };
}

function keyOf({ because, detail, id, digest, keyId }: GlassNotCounted): string {
  return JSON.stringify([because, detail, id, digest, keyId]);
}

/** The instant of a text that was checked when the event was opened. */
function instantIn(text: string): Instant {
  const instant = instantOf(text);
  if (instant === undefined) throw new Error(`an opened event has no time: ${text}`);
  return instant;
}
