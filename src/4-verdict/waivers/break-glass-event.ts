import { canonicalJson } from '../../ledger/canonical.ts';
import { envelop } from '../../ledger/dsse.ts';
import { sha256Of } from '../../ledger/entry.ts';
import {
  type CommitSha,
  type Digest,
  fail,
  ok,
  type Result,
  type VerdictId,
} from '../../primitives.ts';
import { type IgnoredBecause, instantOf } from './event.ts';
import { type OpenedPayload, openPayload } from './open-event.ts';
import {
  type Check,
  firstWrong,
  isCommit,
  isDigest,
  isForeignName,
  isInstant,
  isKeyed,
  isName,
  isUuidV7,
  type Keyed,
  reasonFault,
} from './read-payload.ts';

/** A type of its own, so that a signature on a waiver never stands for a broken glass, nor the reverse. */
export const BREAK_GLASS_TYPE = 'application/vnd.caws-arbiter.break-glass+json';
export const BREAK_GLASS_SCHEMA = 'caws-arbiter/break-glass@1';

export const MINUTE_MS = 60_000;
/** Whatever a policy says: an emergency that lasts longer is a matter for a waiver. */
export const BREAK_GLASS_MINUTES_MAX = 1_440;
/** UTF-16 units: every report says the reason whole, on one line. */
export const BREAK_GLASS_REASON_MAX = 200;

/** One person's word, alone and at once, for one exact head. */
export interface GlassBroken {
  readonly schema: typeof BREAK_GLASS_SCHEMA;
  readonly event: 'break-glass';
  /** Derived from everything else in the event: see `glassIdOf`. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Who speaks; it has to be the holder of the key that signs. */
  readonly by: string;
  readonly repository: string;
  /** The ref that the change would merge into. */
  readonly baseRef: string;
  /** The one commit that is let through; a push ends it. */
  readonly head: CommitSha;
  /** The verdict that showed what would be let through. */
  readonly verdict: VerdictId;
  readonly policy: Digest;
  /** Exclusive end, ISO 8601 in UTC. */
  readonly expiresAt: string;
  readonly reason: string;
}

/** Another maintainer's word, afterwards; who spoke is the holder of the key that signed. */
export interface GlassReviewed {
  readonly schema: typeof BREAK_GLASS_SCHEMA;
  readonly event: 'reviewed';
  readonly id: string;
  /** sha256 over the canonical bytes of the event that was reviewed. */
  readonly breakGlass: Digest;
  readonly at: string;
  readonly reason: string;
}

export type GlassEvent = GlassBroken | GlassReviewed;

/** Why an event counts for nothing. */
export type GlassIgnoredBecause =
  | IgnoredBecause
  | 'reason-too-long'
  | 'longer-than-a-day'
  | 'longer-than-policy-allows'
  | 'policy-has-none'
  | 'policy-changed'
  | 'not-named'
  | 'not-a-person'
  | 'person-unknown-now'
  | 'name-differs'
  | 'other-head'
  | 'ended'
  | 'another-counts'
  | 'own-review'
  | 'reviewed-already'
  | 'event-unknown';

/** An event whose text is well-formed; `isSignedBy` says whose it is. */
export interface OpenedGlass<Event extends GlassEvent = GlassEvent>
  extends Pick<OpenedPayload, 'digest' | 'keyId' | 'isSignedBy'> {
  readonly event: Event;
}

export interface UnopenedGlass {
  readonly because: GlassIgnoredBecause;
  /** The field concerned, or ''. */
  readonly detail: string;
  readonly digest: Digest | null;
  readonly keyId: string | null;
}

/** Reads one event of any origin. Total: what is unknown, missing or out of bounds is a fault, and nothing is guessed. */
export function openGlass(envelope: unknown): Result<OpenedGlass, UnopenedGlass> {
  const opened = openPayload(envelope, BREAK_GLASS_TYPE);
  if (!opened.ok) return opened;
  const { value, ...signed } = opened.value;
  const { digest, keyId } = signed;
  const read = readGlass(value);
  if (!read.ok) return fail({ ...read.fault, digest, keyId });
  return ok({ ...signed, event: read.value });
}

export function isBroken(opened: OpenedGlass): opened is OpenedGlass<GlassBroken> {
  return opened.event.event === 'break-glass';
}

export function isReview(opened: OpenedGlass): opened is OpenedGlass<GlassReviewed> {
  return opened.event.event === 'reviewed';
}

/** What is wrong with an event before it is signed, or undefined: the reader's own bar. */
export function glassFault(event: GlassEvent): GlassIgnoredBecause | undefined {
  const read = readGlass(event);
  return read.ok ? undefined : read.fault.because;
}

/** Signs an event. @throws where `openGlass` would not accept it: that is a bug of the caller. */
export function signGlass(
  event: GlassEvent,
  signer: { readonly keyId: string; sign(bytes: Uint8Array): Uint8Array },
): ReturnType<typeof envelop> {
  const payload = canonicalJson(event);
  if (!payload.ok) throw new Error('a break-glass event has no canonical form');
  const envelope = envelop(BREAK_GLASS_TYPE, payload.value, signer);
  const opened = openGlass(envelope);
  if (!opened.ok) throw new Error(`a break-glass event is not readable: ${opened.fault.because}`);
  return envelope;
}

/** `B-` and 16 hex digits of the digest over everything else in the event, so that nobody chooses an id. */
export function glassIdOf(event: Omit<GlassBroken, 'id'>): string {
  const { id: _, ...content } = event as GlassBroken;
  const text = canonicalJson(content);
  if (!text.ok) throw new Error(`a break-glass event has no canonical form: ${text.fault.path}`);
  return `B-${sha256Of(`caws-arbiter/break-glass-id@1\n${text.value}`).slice('sha256:'.length, 23)}`;
}

type Fault = Pick<UnopenedGlass, 'because' | 'detail'>;

function readGlass(value: unknown): Result<GlassEvent, Fault> {
  if (!isKeyed(value)) return fail({ because: 'bad-field', detail: '' });
  if (value['schema'] !== BREAK_GLASS_SCHEMA)
    return fail({ because: 'unknown-schema', detail: 'schema' });
  switch (value['event']) {
    case 'break-glass':
      return checked<GlassBroken>(value, brokenFields, brokenFault);
    case 'reviewed':
      return checked<GlassReviewed>(value, reviewedFields, reasonWrong);
    default:
      return fail({ because: 'unknown-event', detail: 'event' });
  }
}

function checked<Event extends GlassEvent>(
  value: Keyed,
  fields: ReadonlyMap<string, Check>,
  faultOf: (event: Event) => Fault | undefined,
): Result<Event, Fault> {
  const wrong = firstWrong(value, fields);
  if (wrong !== undefined) return fail({ because: wrong.because, detail: wrong.field });
  // Every field was checked above, one check a field of the type.
  const event = value as unknown as Event;
  const fault = faultOf(event);
  return fault === undefined ? ok(event) : fail(fault);
}

function brokenFault(event: GlassBroken): Fault | undefined {
  const lastsMs = (instantOf(event.expiresAt) ?? 0) - (instantOf(event.at) ?? 0);
  if (lastsMs <= 0) return { because: 'ends-before-it-starts', detail: 'expiresAt' };
  if (lastsMs > BREAK_GLASS_MINUTES_MAX * MINUTE_MS)
    return { because: 'longer-than-a-day', detail: 'expiresAt' };
  if (glassIdOf(event) !== event.id) return { because: 'id-differs', detail: 'id' };
  return reasonWrong(event);
}

function reasonWrong({ reason }: GlassEvent): Fault | undefined {
  if (reason.length > BREAK_GLASS_REASON_MAX)
    return { because: 'reason-too-long', detail: 'reason' };
  const fault = reasonFault(reason);
  return fault && { because: fault.because, detail: fault.field };
}

const isText: Check = (value) => typeof value === 'string';
const isGlassId: Check = (value) => typeof value === 'string' && /^B-[0-9a-f]{16}$/.test(value);

const brokenFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['schema', isName],
  ['event', isName],
  ['id', isGlassId],
  ['at', isInstant],
  ['by', isName],
  ['repository', isForeignName],
  ['baseRef', isForeignName],
  ['head', isCommit],
  ['verdict', isUuidV7],
  ['policy', isDigest],
  ['expiresAt', isInstant],
  ['reason', isText],
]);

const reviewedFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['schema', isName],
  ['event', isName],
  ['id', isGlassId],
  ['breakGlass', isDigest],
  ['at', isInstant],
  ['reason', isText],
]);
