import { canonicalJson } from '../../ledger/canonical.ts';
import { envelop, openEnvelope } from '../../ledger/dsse.ts';
import { sha256Of } from '../../ledger/entry.ts';
import type { PublicKey } from '../../ledger/key.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import {
  type IgnoredBecause,
  NAME_LENGTH_MAX,
  WAIVER_EVENT_TYPE,
  type WaiverEvent,
  type WaiverRequested,
} from './event.ts';
import { readPayload } from './read-payload.ts';

/** Characters of one envelope as JSON: what `openEnvelope` accepts. */
export const EVENT_CHARACTERS_MAX = 256 * 1024;
/** Envelope and payload are flat; floors nest deepest. */
const DEPTH_MAX = 8;

/** An event whose text is well-formed. Nobody has vouched for it until `isSignedBy` says so. */
export interface OpenedEvent {
  readonly event: WaiverEvent;
  /** sha256 over the payload's canonical bytes. */
  readonly digest: Digest;
  /** What the envelope names as the signing key. */
  readonly keyId: string;
  /** Whether this key's signature, and no other, stands on exactly this event. */
  readonly isSignedBy: (key: PublicKey) => boolean;
}

export interface UnopenedEvent {
  readonly because: IgnoredBecause;
  readonly detail: string;
  readonly digest: Digest | null;
  readonly keyId: string | null;
}

interface Shell {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string }[];
}

/** A payload whose text is well-formed, whatever it says. Nobody has vouched for it until `isSignedBy` says so. */
export interface OpenedPayload extends Pick<OpenedEvent, 'digest' | 'keyId' | 'isSignedBy'> {
  readonly value: unknown;
}

/**
 * Reads one DSSE envelope of any origin, as a parsed value or as JSON text. The payload has to be
 * canonical JSON to the byte, so that one event has one digest.
 */
export function openPayload(
  envelope: unknown,
  payloadType: string,
): Result<OpenedPayload, UnopenedEvent> {
  const text = typeof envelope === 'string' ? envelope : textOf(envelope);
  if (text === undefined) return unopened('not-an-envelope');
  if (text.length > EVENT_CHARACTERS_MAX) return unopened('too-large');
  const shell = readShell(text, payloadType);
  if (!shell.ok) return shell;
  const keyId = shell.value.signatures[0]?.keyid ?? '';
  const payload = Buffer.from(shell.value.payload, 'base64').toString('utf8');
  const digest = sha256Of(payload);
  const value = readStrictJson(payload, {
    charactersMax: EVENT_CHARACTERS_MAX,
    depthMax: DEPTH_MAX,
  });
  if (!value.ok || textOf(value.value) !== payload)
    return fail({ because: 'not-canonical', detail: '', digest, keyId });
  const isSignedBy = (key: PublicKey): boolean => openEnvelope(text, payloadType, [key]).ok;
  return ok({ value: value.value, digest, keyId, isSignedBy });
}

/** Reads one waiver event of any origin. */
export function openEvent(envelope: unknown): Result<OpenedEvent, UnopenedEvent> {
  const opened = openPayload(envelope, WAIVER_EVENT_TYPE);
  if (!opened.ok) return opened;
  const { value, digest, keyId, isSignedBy } = opened.value;
  const read = readPayload(value);
  if (!read.ok)
    return fail({ because: read.fault.because, detail: read.fault.field, digest, keyId });
  if (read.value.event === 'requested' && waiverIdOf(read.value) !== read.value.waiver)
    return fail({ because: 'id-differs', detail: 'waiver', digest, keyId });
  return ok({ event: read.value, digest, keyId, isSignedBy });
}

/** Signs an event. @throws where the event is not one that `openEvent` would accept: that is a bug of the caller. */
export function signEvent(
  event: WaiverEvent,
  signer: { readonly keyId: string; sign(bytes: Uint8Array): Uint8Array },
): ReturnType<typeof envelop> {
  const payload = textOf(event);
  if (payload === undefined) throw new Error('a waiver event has no canonical form');
  const envelope = envelop(WAIVER_EVENT_TYPE, payload, signer);
  const opened = openEvent(envelope);
  if (!opened.ok) throw new Error(`a waiver event is not readable: ${opened.fault.because}`);
  return envelope;
}

/**
 * `W-` and 16 hex digits of the digest over everything else in the request, so that nobody chooses an
 * id. It is for people; what binds an approval to a text is the whole digest.
 */
export function waiverIdOf(request: Omit<WaiverRequested, 'waiver'>): string {
  const { waiver: _, ...content } = request as WaiverRequested;
  const text = canonicalJson(content);
  if (!text.ok) throw new Error(`a waiver request has no canonical form: ${text.fault.path}`);
  return `W-${sha256Of(`caws-arbiter/waiver-id@1\n${text.value}`).slice('sha256:'.length, 23)}`;
}

/** Whether the event, signed, is one that `openEvent` accepts in length. */
export function fitsEnvelope(event: WaiverEvent): boolean {
  const bytes = Buffer.byteLength(textOf(event) ?? '');
  // Base64 takes four characters for three bytes; the rest of an envelope takes about 300.
  return Math.ceil(bytes / 3) * 4 + 512 <= EVENT_CHARACTERS_MAX;
}

function readShell(text: string, payloadType: string): Result<Shell, UnopenedEvent> {
  const read = readStrictJson(text, { charactersMax: EVENT_CHARACTERS_MAX, depthMax: DEPTH_MAX });
  if (!read.ok || !isShell(read.value)) return unopened('not-an-envelope');
  const shell = read.value;
  if (shell.payloadType !== payloadType)
    return unopened('other-payload-type', shell.payloadType.slice(0, NAME_LENGTH_MAX));
  return shell.signatures.length === 1 ? ok(shell) : unopened('not-one-signature');
}

function isShell(value: unknown): value is Shell {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { payload, payloadType, signatures } = value as Partial<Record<keyof Shell, unknown>>;
  if (Object.keys(value).some((key) => !shellKeys.has(key))) return false;
  return (
    typeof payload === 'string' &&
    typeof payloadType === 'string' &&
    Array.isArray(signatures) &&
    signatures.every(isSignature)
  );
}

function isSignature(value: unknown): boolean {
  const keyId = (value as Partial<Shell['signatures'][0]> | null)?.keyid;
  return typeof keyId === 'string' && /^[0-9a-f]{64}$/.test(keyId);
}

const shellKeys: ReadonlySet<string> = new Set(['payload', 'payloadType', 'signatures']);

function textOf(value: unknown): string | undefined {
  const text = canonicalJson(value);
  return text.ok ? text.value : undefined;
}

function unopened(because: IgnoredBecause, detail = ''): Result<never, UnopenedEvent> {
  return fail({ because, detail, digest: null, keyId: null });
}
