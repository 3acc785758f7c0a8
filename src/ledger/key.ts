import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { Instant } from '../primitives.ts';

/** DER of every Ed25519 SPKI before its 32 bytes (RFC 8410): there is exactly one encoding. */
export const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_SPKI_BYTES = ED25519_SPKI_PREFIX.length + 32;

/** One Ed25519 public key, named by the SHA-256 of its SPKI. */
export interface PublicKey {
  /** 64 lower-case hex digits. */
  readonly id: string;
  /** The one PEM form: 64-column base64, LF, final LF. */
  readonly pem: string;
  readonly key: KeyObject;
}

/**
 * Reads SPKI as PEM or as bare base64 of the DER.
 *
 * @returns undefined for anything but one Ed25519 public key. Never accepts a private key, from which
 * node:crypto would derive the public one without a word.
 */
export function readPublicKey(text: string): PublicKey | undefined {
  if (text.length > 1_000) return undefined;
  const known = readBefore.get(text);
  if (known !== undefined) return known;
  const key = parsePublicKey(text);
  if (key === undefined) return undefined;
  if (readBefore.size >= KEYS_KEPT_MAX) readBefore.clear();
  readBefore.set(text, key);
  return key;
}

/** The same few keys are read for every event, and reading one takes as long as checking a signature. */
const readBefore = new Map<string, PublicKey>();
const KEYS_KEPT_MAX = 256;

function parsePublicKey(text: string): PublicKey | undefined {
  const pem =
    /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*$/;
  const base64 = (pem.exec(text)?.[1] ?? text).replaceAll(/\s/g, '');
  const der = Buffer.from(base64, 'base64');
  // Buffer skips what is no base64; only the one spelling of these bytes is a key.
  if (der.toString('base64') !== base64 || der.length !== ED25519_SPKI_BYTES) return undefined;
  if (!der.subarray(0, ED25519_SPKI_PREFIX.length).equals(ED25519_SPKI_PREFIX)) return undefined;
  return {
    id: hash('sha256', der, 'hex'),
    pem: `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`,
    key: keyOf(der.subarray(ED25519_SPKI_PREFIX.length)),
  };
}

/** From its 32 bytes: OpenSSL's own reader of SPKI takes half a millisecond to be found. */
function keyOf(bytes: Buffer): KeyObject {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** @returns whether the Ed25519 signature is this key's over exactly these bytes; false for any other length. */
export function signatureHolds(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, bytes, key.key, signature);
}

/** What judging needs of a trusted key; the document that lists them is read in src/caws. */
export interface TrustedKeyFacts {
  readonly publicKey: string;
  readonly role: string;
  readonly validFrom: Instant | null;
  /** Exclusive end, or null for none. */
  readonly validUntil: Instant | null;
  readonly revoked: { readonly at: Instant; readonly reason: string } | null;
}

export type KeyStanding = 'trusted' | 'untrusted' | 'revoked' | 'not-valid-then' | 'expired';

/**
 * Whether a signature of this key, given at this instant, counts.
 *
 * The listed public key decides, not the label it is listed under. A key that is listed several
 * times with a fitting role is as good as its worst listing: a revocation cannot be outvoted.
 *
 * @param at when the signature was given, as the signed text says. The signer chose it: a revoked
 * key can back-date, so what it signed is doubted by its place in the ledger (`keys doubt`).
 */
export function judgeKey(
  keyId: string,
  at: Instant,
  trustedKeys: readonly TrustedKeyFacts[],
  role: 'arbiter' | 'maintainer' = 'arbiter',
): KeyStanding {
  const listings = trustedKeys.filter(
    (listed) => listed.role === role && readPublicKey(listed.publicKey)?.id === keyId,
  );
  if (listings.length === 0) return 'untrusted';
  const standings = listings.map((listed) => standingOf(listed, at));
  const worstFirst = ['revoked', 'expired', 'not-valid-then'] as const;
  return worstFirst.find((standing) => standings.includes(standing)) ?? 'trusted';
}

function standingOf(listed: TrustedKeyFacts, at: Instant): KeyStanding {
  // Number.isFinite keeps an unreadable time from comparing false everywhere and so being trusted.
  if (!Number.isFinite(at)) return 'not-valid-then';
  if (listed.revoked !== null && !(at < listed.revoked.at)) return 'revoked';
  if (listed.validFrom !== null && !(at >= listed.validFrom)) return 'not-valid-then';
  if (listed.validUntil !== null && !(at < listed.validUntil)) return 'expired';
  return 'trusted';
}
