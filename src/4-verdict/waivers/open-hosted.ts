import { canonicalJson } from '../../ledger/canonical.ts';
import { type Envelope, envelop } from '../../ledger/dsse.ts';
import { sha256Of } from '../../ledger/entry.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { BREAK_GLASS_MINUTES_MAX, BREAK_GLASS_REASON_MAX, MINUTE_MS } from './break-glass-event.ts';
import { instantOf } from './event.ts';
import {
  HOSTED_EVENT_SCHEMA,
  HOSTED_EVENT_TYPE,
  type HostedEvent,
  type HostedGlass,
  type HostedRequested,
} from './hosted-event.ts';
import {
  EVENT_CHARACTERS_MAX,
  type OpenedPayload,
  openPayload,
  type UnopenedEvent,
} from './open-event.ts';
import {
  boundFault,
  boundFields,
  type Check,
  firstWrong,
  hasExactly,
  isCommit,
  isDigest,
  isForeignName,
  isInstant,
  isKeyed,
  isName,
  isReason,
  isUuidV7,
  isWaiverId,
  type Keyed,
  type PayloadFault,
  reasonFault,
} from './read-payload.ts';

/** An event whose text is well-formed. The arbiter that signed it has to be known. */
export interface OpenedHosted<Event extends HostedEvent = HostedEvent>
  extends Pick<OpenedPayload, 'digest' | 'keyId' | 'isSignedBy'> {
  readonly event: Event;
}

/** Reads one event of any origin; an envelope of another type is the fault `other-payload-type`. */
export function openHosted(envelope: unknown): Result<OpenedHosted, UnopenedEvent> {
  if (typeof envelope !== 'string' || envelope.length > KEPT_CHARACTERS_MAX)
    return openAnew(envelope);
  const known = openedBefore.get(envelope);
  if (known !== undefined) return known;
  const opened = openAnew(envelope);
  if (openedBefore.size >= KEPT_MAX) openedBefore.clear();
  openedBefore.set(envelope, opened);
  return opened;
}

/** Each line of a crowd is decided by the same events: reading them anew for each would cost lines times events. */
const openedBefore = new Map<string, Result<OpenedHosted, UnopenedEvent>>();
/** As many as one case may rest on; of a usual length, so that all of them are some 10 MB. */
const KEPT_MAX = 5_000;
const KEPT_CHARACTERS_MAX = 4_096;

function openAnew(envelope: unknown): Result<OpenedHosted, UnopenedEvent> {
  const opened = openPayload(envelope, HOSTED_EVENT_TYPE);
  if (!opened.ok) return opened;
  const { value, isSignedBy, ...named } = opened.value;
  const signed = { ...named, isSignedBy: onceForKey(isSignedBy) };
  const { digest, keyId } = signed;
  const read = readHosted(value);
  if (!read.ok)
    return fail({ because: read.fault.because, detail: read.fault.field, digest, keyId });
  return ok({ ...signed, event: read.value });
}

/** A key's id is the digest of the key, so what was found of it holds. */
function onceForKey(isSignedBy: OpenedPayload['isSignedBy']): OpenedPayload['isSignedBy'] {
  const found = new Map<string, boolean>();
  return (key) => {
    const holds = found.get(key.id) ?? isSignedBy(key);
    found.set(key.id, holds);
    return holds;
  };
}

/** Signs an event. @throws where `openHosted` would not accept it: that is a bug of the caller. */
export function signHosted(
  event: HostedEvent,
  signer: { readonly keyId: string; sign(bytes: Uint8Array): Uint8Array },
): Envelope {
  const envelope = envelop(HOSTED_EVENT_TYPE, textOf(event), signer);
  const opened = openHosted(envelope);
  if (!opened.ok) throw new Error(`a hosted event is not readable: ${opened.fault.because}`);
  return envelope;
}

/** What is wrong with an event before it is signed, or undefined: the reader's own bar. */
export function hostedFault(event: HostedEvent): PayloadFault | undefined {
  const read = readHosted(event);
  if (!read.ok) return read.fault;
  const characters = Math.ceil(Buffer.byteLength(textOf(event)) / 3) * 4 + 512;
  return characters <= EVENT_CHARACTERS_MAX ? undefined : { because: 'too-large', field: '' };
}

/** `W-` or `B-` and 16 hex digits of everything else in the event, so that nobody chooses an id. */
export function hostedIdOf(
  event: Omit<HostedRequested, 'waiver'> | Omit<HostedGlass, 'id'>,
): string {
  const [letter, own] = event.event === 'requested' ? ['W', 'waiver'] : ['B', 'id'];
  const content = Object.entries(event).filter(([key]) => key !== own);
  const digest = sha256Of(`caws-arbiter/hosted-id@1\n${textOf(Object.fromEntries(content))}`);
  return `${letter}-${digest.slice('sha256:'.length, 23)}`;
}

function readHosted(value: unknown): Result<HostedEvent, PayloadFault> {
  if (!isKeyed(value)) return fail({ because: 'bad-field', field: '' });
  if (value['schema'] !== HOSTED_EVENT_SCHEMA)
    return fail({ because: 'unknown-schema', field: 'schema' });
  const fields = fieldsOf.get(String(value['event']));
  if (fields === undefined) return fail({ because: 'unknown-event', field: 'event' });
  const wrong = firstWrong(value, fields);
  if (wrong !== undefined) return fail(wrong);
  // Every field was checked above, one check a field of the type.
  const event = value as unknown as HostedEvent;
  const fault = faultOf(event);
  return fault === undefined ? ok(event) : fail(fault);
}

function faultOf(event: HostedEvent): PayloadFault | undefined {
  switch (event.event) {
    case 'requested':
      if (hostedIdOf(event) !== event.waiver) return { because: 'id-differs', field: 'waiver' };
      return boundFault(event);
    case 'approved':
      return undefined;
    case 'rejected':
    case 'revoked':
    case 'reviewed':
      return reasonFault(event.reason);
    case 'break-glass':
      return glassFault(event);
  }
}

function glassFault(event: HostedGlass): PayloadFault | undefined {
  const lastsMs = (instantOf(event.expiresAt) ?? 0) - (instantOf(event.at) ?? 0);
  if (!(lastsMs > 0)) return { because: 'ends-before-it-starts', field: 'expiresAt' };
  if (lastsMs > BREAK_GLASS_MINUTES_MAX * MINUTE_MS || event.reason.length > BREAK_GLASS_REASON_MAX)
    return { because: 'bad-field', field: 'expiresAt' };
  if (hostedIdOf(event) !== event.id) return { because: 'id-differs', field: 'id' };
  return reasonFault(event.reason);
}

function textOf(value: unknown): string {
  const text = canonicalJson(value);
  if (!text.ok) throw new Error(`a hosted event has no canonical form: ${text.fault.path}`);
  return text.value;
}

const isNumber: Check = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
const isLogin: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?$/.test(value);
const isIdentity: Check = (value) =>
  isKeyed(value) &&
  hasExactly(value, ['forge', 'id', 'login']) &&
  value['forge'] === 'github' &&
  isNumber(value['id']) &&
  isLogin(value['login']);
const isGlassId: Check = (value) => typeof value === 'string' && /^B-[0-9a-f]{16}$/.test(value);

function isSource(value: unknown): boolean {
  if (!isKeyed(value)) return false;
  return value['kind'] === 'comment' ? isComment(value) : isButton(value);
}

function isComment(value: Keyed): boolean {
  return (
    hasExactly(value, ['comment', 'kind', 'line', 'text']) &&
    isNumber(value['comment']) &&
    isNumber(value['line']) &&
    isDigest(value['text'])
  );
}

function isButton(value: Keyed): boolean {
  return (
    hasExactly(value, ['action', 'checkRun', 'kind']) &&
    value['kind'] === 'button' &&
    isNumber(value['checkRun']) &&
    isName(value['action'])
  );
}

const base: readonly (readonly [string, Check])[] = [
  ['schema', isName],
  ['event', isName],
  ['at', isInstant],
  ['by', isIdentity],
  ['source', isSource],
  ['repositoryId', isNumber],
  ['pull', isNumber],
];
const onRequest: typeof base = [
  ...base,
  ['waiver', isWaiverId],
  ['request', isDigest],
  ['head', isCommit],
];
const denial = new Map<string, Check>([...onRequest, ['reason', isReason]]);

const fieldsOf: ReadonlyMap<string, ReadonlyMap<string, Check>> = new Map([
  ['requested', new Map<string, Check>([...base, ['waiver', isWaiverId], ...boundFields])],
  ['approved', new Map<string, Check>(onRequest)],
  ['rejected', denial],
  ['revoked', denial],
  [
    'break-glass',
    new Map<string, Check>([
      ...base,
      ['id', isGlassId],
      ['repository', isForeignName],
      ['baseRef', isForeignName],
      ['head', isCommit],
      ['verdict', isUuidV7],
      ['policy', isDigest],
      ['expiresAt', isInstant],
      ['reason', isReason],
    ]),
  ],
  [
    'reviewed',
    new Map<string, Check>([
      ...base,
      ['id', isGlassId],
      ['breakGlass', isDigest],
      ['reason', isReason],
    ]),
  ],
]);
