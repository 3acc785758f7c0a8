import type { WaiverFloor } from '../../caws/waiver.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../primitives.ts';

/** The DSSE payload type of every waiver event. */
export const WAIVER_EVENT_TYPE = 'application/vnd.caws-arbiter.waiver-event+json';
export const WAIVER_EVENT_SCHEMA = 'caws-arbiter/waiver-event@1';

/** One waiver asks for one gate of one change; more findings than this are not read by an approver. */
export const FLOORS_MAX = 100;
/** Bytes of one path or other name of the repository: Linux's PATH_MAX, and room for `@mode:blob`. */
export const FOREIGN_NAME_BYTES_MAX = 4_200;
/** Code points of a reason after trimming: enough to be held to, short enough to be read. */
export const REASON_LENGTH_MIN = 20;
export const REASON_LENGTH_MAX = 500;
/** Code points of an id, name or handle. */
export const NAME_LENGTH_MAX = 200;
/** A grant that outlives a year is a change of policy; the policy's own limit is shorter. */
export const WAIVER_DAYS_MAX = 366;
export const DAY_MS = 86_400_000;

/** Everything that a waiver is bound to, whoever asks for it and however. */
export interface WaiverBound {
  readonly gate: string;
  /** What was measured when the waiver was asked for; never empty. */
  readonly floors: readonly WaiverFloor[];
  readonly spec: { readonly id: string; readonly digest: Digest } | null;
  readonly policy: Digest;
  readonly repository: string;
  /** The ref that the change would merge into. */
  readonly baseRef: string;
  readonly head: CommitSha;
  readonly verdict: VerdictId;
  /** Exclusive end, ISO 8601 in UTC. */
  readonly expiresAt: string;
  readonly reason: string;
}

/**
 * A proposal, and the whole bound of what it may allow. Every later event names the digest of
 * exactly these bytes, so that an approval of one text never approves another.
 */
export interface WaiverRequested extends WaiverBound {
  readonly schema: typeof WAIVER_EVENT_SCHEMA;
  readonly event: 'requested';
  /** Derived from everything else in the request: see `waiverIdOf`. */
  readonly waiver: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** The requester's own word, unless requesterKey stands in the base's trusted keys. */
  readonly requestedBy: string;
  /** Ed25519 SPKI in base64: the key that signs this request, so that the signature can be checked by anyone. */
  readonly requesterKey: string;
  /** Pull request number as text or head branch, or null where the verdict named neither. */
  readonly branch: string | null;
}

/** A word on one exact request; who spoke is the holder of the key that signed. */
export type WaiverDecision =
  | (DecisionBase & { readonly event: 'approved' })
  | (DecisionBase & { readonly event: 'rejected' | 'revoked'; readonly reason: string });

interface DecisionBase {
  readonly schema: typeof WAIVER_EVENT_SCHEMA;
  readonly waiver: string;
  /** sha256 over the request's canonical bytes. */
  readonly request: Digest;
  readonly at: string;
}

export type WaiverEvent = WaiverRequested | WaiverDecision;

/** Why an event counts for nothing. */
export type IgnoredBecause =
  | 'too-many-events'
  | 'not-an-envelope'
  | 'too-large'
  | 'other-payload-type'
  | 'not-one-signature'
  | 'not-canonical'
  | 'unknown-schema'
  | 'unknown-event'
  | 'unknown-field'
  | 'missing-field'
  | 'bad-field'
  | 'reason-too-short'
  | 'reason-unreadable'
  | 'gate-is-a-wildcard'
  | 'nothing-to-waive'
  | 'ends-before-it-starts'
  | 'longer-than-a-year'
  | 'id-differs'
  | 'other-base'
  | 'other-repository'
  | 'said-already'
  | 'requester-key-differs'
  | 'signature-wrong'
  | 'key-unknown'
  | 'key-not-a-maintainers'
  | 'key-of-several-people'
  | 'key-revoked'
  | 'key-not-valid-then'
  | 'key-expired'
  | 'in-the-future'
  | 'before-its-request'
  | 'after-its-end'
  | 'request-unknown'
  | 'other-request'
  | 'approver-is-requester'
  | 'same-person';

/**
 * The instant of an ISO 8601 text in UTC, to the second or millisecond.
 *
 * @returns undefined for anything else: no zone or another one, days that do not exist
 * (30 February, 29 February of a common year), hour 24, years outside 1970 to 9999.
 */
export function instantOf(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at) || at < 0) return undefined;
  const whole = text.length === 20 ? `${text.slice(0, -1)}.000Z` : text;
  return new Date(at).toISOString() === whole ? (at as Instant) : undefined;
}

/** Whether a person sees the text as it is: one line, no control, invisible or direction characters, no lone surrogates. */
export function isPlainLine(text: string): boolean {
  if (/^[ -~]*$/.test(text)) return true;
  // U+2800 is a letter to Unicode and blank to a reader.
  return !/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
}

/** Length as people count letters, near enough: not in UTF-16 units. */
export function codePoints(text: string): number {
  return Array.from(text).length;
}

/** Code points left of a reason once white space is trimmed and collapsed. */
export function reasonLength(reason: string): number {
  return codePoints(reason.trim().replaceAll(/\s+/gu, ' '));
}
