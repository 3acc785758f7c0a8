import { fail, ok, type Result } from '../primitives.ts';
import { type PublicKey, signatureHolds } from './key.ts';
import { readStrictJson } from './strict-json.ts';

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** A statement names a few digests; a hundred times that is an attack. */
const ENVELOPE_CHARACTERS_MAX = 256 * 1024;
const SIGNATURES_MAX = 8;

/** A DSSE envelope (github.com/secure-systems-lab/dsse, v1.0). */
export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Each way an envelope fails has its own code, so that a forgery is not taken for an old key. */
export type EnvelopeFault =
  | { readonly kind: 'envelope-too-long' }
  | { readonly kind: 'envelope-not-json' }
  | { readonly kind: 'envelope-duplicate-key'; readonly key: string }
  | { readonly kind: 'envelope-extra-key'; readonly key: string }
  | { readonly kind: 'envelope-malformed'; readonly member: string }
  | { readonly kind: 'payload-type-differs'; readonly found: string }
  | { readonly kind: 'signature-missing' }
  | { readonly kind: 'signatures-too-many'; readonly found: number }
  | { readonly kind: 'signature-repeated'; readonly keyId: string }
  | { readonly kind: 'signature-of-unknown-key'; readonly keyId: string }
  | { readonly kind: 'signature-wrong'; readonly keyId: string };

/** The pre-authentication encoding: what DSSE signs. Lengths are in bytes, in decimal. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** Wraps and signs a payload. */
export function envelop(
  payloadType: string,
  payload: string,
  signer: { readonly keyId: string; sign(bytes: Uint8Array): Uint8Array },
): Envelope {
  const bytes = Buffer.from(payload);
  const signature = signer.sign(preAuthenticationEncoding(payloadType, bytes));
  return {
    payload: bytes.toString('base64'),
    payloadType,
    signatures: [{ keyid: signer.keyId, sig: Buffer.from(signature).toString('base64') }],
  };
}

/**
 * Opens an envelope: every signature in it must hold, each by a known key of its own.
 *
 * One good signature beside an unknown one is refused: the reader could not say who stands for the
 * text, and another reader might pick the other one.
 *
 * @param keys the keys that are known; whether they are trusted is judged with `judgeKey`.
 * @returns the payload's exact text and who signed it.
 */
export function openEnvelope(
  text: string,
  payloadType: string,
  keys: readonly PublicKey[],
): Result<{ readonly payload: string; readonly keyIds: readonly string[] }, EnvelopeFault> {
  const read = readEnvelope(text);
  if (!read.ok) return read;
  const envelope = read.value;
  if (envelope.payloadType !== payloadType) {
    return fail({ kind: 'payload-type-differs', found: envelope.payloadType.slice(0, 200) });
  }
  const payload = bytesOfBase64(envelope.payload);
  if (payload === undefined) return fail({ kind: 'envelope-malformed', member: 'payload' });
  const signed = preAuthenticationEncoding(payloadType, payload);
  const faults = envelope.signatures.map((each, index) => {
    if (envelope.signatures.findIndex((other) => other.keyid === each.keyid) !== index) {
      return { kind: 'signature-repeated' as const, keyId: each.keyid };
    }
    const key = keys.find((known) => known.id === each.keyid);
    if (key === undefined) return { kind: 'signature-of-unknown-key' as const, keyId: each.keyid };
    const signature = bytesOfBase64(each.sig);
    return signature !== undefined && signatureHolds(key, signed, signature)
      ? undefined
      : { kind: 'signature-wrong' as const, keyId: each.keyid };
  });
  const fault = faults.find((each) => each !== undefined);
  if (fault !== undefined) return fail(fault);
  const content = Buffer.from(payload).toString('utf8');
  if (!Buffer.from(content).equals(payload)) {
    return fail({ kind: 'envelope-malformed', member: 'payload' });
  }
  return ok({ payload: content, keyIds: envelope.signatures.map((each) => each.keyid) });
}

function readEnvelope(text: string): Result<Envelope, EnvelopeFault> {
  const read = readStrictJson(text, { charactersMax: ENVELOPE_CHARACTERS_MAX, depthMax: 4 });
  if (!read.ok) {
    switch (read.fault.kind) {
      case 'too-long':
        return fail({ kind: 'envelope-too-long' });
      case 'duplicate-key':
        return fail({ kind: 'envelope-duplicate-key', key: read.fault.key });
      case 'not-json':
      case 'too-deep':
        return fail({ kind: 'envelope-not-json' });
    }
  }
  const envelope = read.value as Envelope;
  const wrong = firstWrongMember(envelope, {
    payload: 'string',
    payloadType: 'string',
    signatures: 'array',
  });
  if (wrong !== undefined) return fail(wrong);
  const { signatures } = envelope;
  if (signatures.length === 0) return fail({ kind: 'signature-missing' });
  if (signatures.length > SIGNATURES_MAX) {
    return fail({ kind: 'signatures-too-many', found: signatures.length });
  }
  for (const signature of signatures) {
    const fault = firstWrongMember(signature, { keyid: 'string', sig: 'string' });
    if (fault !== undefined) return fail(fault);
  }
  return ok(envelope);
}

function firstWrongMember(
  value: unknown,
  members: Readonly<Record<string, 'string' | 'array'>>,
): EnvelopeFault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'envelope-malformed', member: '' };
  }
  const extra = Object.keys(value).find((key) => !Object.hasOwn(members, key));
  if (extra !== undefined) return { kind: 'envelope-extra-key', key: extra.slice(0, 80) };
  for (const [member, type] of Object.entries(members)) {
    const found = (value as Record<string, unknown>)[member];
    const fits = type === 'array' ? Array.isArray(found) : typeof found === 'string';
    if (!fits) return { kind: 'envelope-malformed', member };
  }
  return undefined;
}

/** Only the one padded standard spelling: two envelopes must not be the same signature in other letters. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
