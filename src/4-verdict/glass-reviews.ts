import { byText } from '../2-examination/finding.ts';
import { isNobody } from '../2-examination/identities.ts';
import { readPublicKey } from '../ledger/key.ts';
import type { Digest, Instant } from '../primitives.ts';
import {
  type GlassBroken,
  type GlassIgnoredBecause,
  type GlassReviewed,
  isBroken,
  isReview,
  type OpenedGlass,
  openGlass,
  type UnopenedGlass,
} from './waivers/break-glass-event.ts';
import { DAY_MS, instantOf } from './waivers/event.ts';
import { HOSTED_EVENT_TYPE } from './waivers/hosted-event.ts';
import {
  maintainerFault,
  maySamePerson,
  signersById,
  type TrustedSigners,
} from './waivers/signers.ts';

/** An emergency that nobody looked at for this long is said wherever waivers are listed. */
export const REVIEW_DAYS_MAX = 7;

/** One broken glass and whether somebody else has looked at it since. */
export interface GlassCase {
  readonly event: GlassBroken;
  readonly digest: Digest;
  readonly keyId: string;
  readonly isRunning: boolean;
  readonly review: {
    readonly by: string;
    readonly at: Instant;
    readonly keyId: string;
    readonly reason: string;
  } | null;
  /** Not reviewed, and older than REVIEW_DAYS_MAX. */
  readonly isOverdue: boolean;
}

export interface IgnoredGlass extends UnopenedGlass {
  readonly id: string | null;
}

export interface GlassCases {
  /** By time, then digest. */
  readonly cases: readonly GlassCase[];
  readonly ignored: readonly IgnoredGlass[];
}

/**
 * Every broken glass and its review. Pure and total; order and repetition of the events make no
 * difference.
 *
 * Whether an event counts today does not matter here: whoever broke the glass and then left the
 * policy, or whose key was revoked, still has to be looked at. A review counts when it is by another
 * person with a maintainer's key that was valid then and was not revoked since.
 *
 * @param trustedOf the trusted keys of the branch that an event is about.
 */
export function judgeGlassCases(
  events: readonly unknown[],
  trustedOf: (baseRef: string) => TrustedSigners | null,
  now: Instant,
): GlassCases {
  const ignored = new Map<string, IgnoredGlass>();
  const ignore = (each: IgnoredGlass) => ignored.set(JSON.stringify(each), each);
  const broken = new Map<Digest, readonly OpenedGlass<GlassBroken>[]>();
  const words: OpenedGlass<GlassReviewed>[] = [];
  for (const envelope of events) {
    const opened = openGlass(envelope);
    if (!opened.ok) {
      if (opened.fault.detail !== HOSTED_EVENT_TYPE) ignore({ id: null, ...opened.fault });
    } else if (isBroken(opened.value)) {
      const { digest } = opened.value;
      broken.set(digest, [...(broken.get(digest) ?? []), opened.value]);
    } else if (isReview(opened.value)) words.push(opened.value);
  }
  const closed = new Map<Digest, Closed>();
  for (const word of words.sort(byTime)) {
    const { digest, keyId } = word;
    const { id, breakGlass } = word.event;
    const about = broken.get(breakGlass) ?? [];
    const judged = reviewOf(word, about, trustedOf(about[0]?.event.baseRef ?? ''), now);
    const before = closed.get(breakGlass);
    if (typeof judged === 'string') ignore({ because: judged, detail: '', id, digest, keyId });
    else if (before === undefined) closed.set(breakGlass, { review: judged, digest });
    else if (before.digest !== digest || before.review.keyId !== keyId)
      ignore({ because: 'reviewed-already', detail: '', id, digest, keyId });
  }
  return {
    cases: [...broken.values()]
      .flatMap((envelopes) => envelopes.toSorted(byTime).slice(0, 1))
      .sort(byTime)
      .map((opened) => caseOf(opened, closed.get(opened.digest)?.review ?? null, now)),
    ignored: [...ignored].sort(([one], [other]) => byText(one, other)).map(([, each]) => each),
  };
}

interface Closed {
  readonly review: NonNullable<GlassCase['review']>;
  readonly digest: Digest;
}

/**
 * @param envelopes of the event that the review names; several where one text was signed twice.
 * @returns the review as it counts, or why it does not.
 */
function reviewOf(
  word: OpenedGlass<GlassReviewed>,
  envelopes: readonly OpenedGlass<GlassBroken>[],
  trusted: TrustedSigners | null,
  now: Instant,
): NonNullable<GlassCase['review']> | GlassIgnoredBecause {
  const { event, keyId } = word;
  const about = envelopes[0]?.event;
  if (about === undefined || about.id !== event.id) return 'event-unknown';
  const signer = signersById(trusted?.keys ?? []).get(keyId);
  const key = signer === undefined ? undefined : readPublicKey(signer.publicKey);
  if (key === undefined) return 'key-unknown';
  if (!word.isSignedBy(key)) return 'signature-wrong';
  const at = instantIn(event.at);
  const fault = maintainerFault(signer, keyId, at);
  if (fault !== undefined) return fault;
  // The signer chose the time, so a key that was revoked later could have back-dated it.
  if (maintainerFault(signer, keyId, now) === 'key-revoked') return 'key-revoked';
  if (at > now) return 'in-the-future';
  if (at < instantIn(about.at)) return 'before-its-request';
  const by = signer?.holders[0] ?? '';
  if (isNobody(by)) return 'not-a-person';
  if (maySamePerson(by, about.by) || envelopes.some((each) => each.isSignedBy(key)))
    return 'own-review';
  return { by, at, keyId, reason: event.reason };
}

function caseOf(
  { event, digest, keyId }: OpenedGlass<GlassBroken>,
  review: GlassCase['review'],
  now: Instant,
): GlassCase {
  const isRunning = now < instantIn(event.expiresAt);
  const isOverdue = review === null && now - instantIn(event.at) > REVIEW_DAYS_MAX * DAY_MS;
  return { event, digest, keyId, isRunning, review, isOverdue };
}

function byTime(one: OpenedGlass, other: OpenedGlass): number {
  return (
    instantIn(one.event.at) - instantIn(other.event.at) ||
    byText(one.digest, other.digest) ||
    byText(one.keyId, other.keyId)
  );
}

/** The instant of a text that was checked when the event was opened. */
function instantIn(text: string): Instant {
  const instant = instantOf(text);
  if (instant === undefined) throw new Error(`an opened event has no time: ${text}`);
  return instant;
}
