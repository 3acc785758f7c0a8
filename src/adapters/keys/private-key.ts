import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { KeyFault } from '../../5-publication/faults.ts';
import { ED25519_SPKI_PREFIX, readPublicKey } from '../../ledger/key.ts';
import type { Signer } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';

/** An Ed25519 key in PEM is 119 bytes, an encrypted one some 300: a larger file is something else. */
const KEY_BYTES_MAX = 16 * 1024;

export type { KeyFault } from '../../5-publication/faults.ts';

/**
 * A signer over a PKCS#8 PEM text. The private part stays in the closure: it has no property that a
 * log or a serialiser could print.
 */
export function signerOf(
  pem: string,
  passphrase: string | undefined,
  where: string,
): Result<Signer, KeyFault> {
  const form = /^\s*-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(pem)?.[1];
  const encrypted = form === 'ENCRYPTED PRIVATE KEY';
  if (!encrypted && form !== 'PRIVATE KEY') {
    return fail({ kind: 'key-malformed', where, found: form ?? 'no PEM' });
  }
  if (encrypted && passphrase === undefined) return fail({ kind: 'passphrase-missing', where });
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch {
    // OpenSSL's own words can quote the key's bytes; the kind says enough.
    return encrypted
      ? fail({ kind: 'passphrase-wrong', where })
      : fail({ kind: 'key-malformed', where, found: 'broken PRIVATE KEY' });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    return fail({ kind: 'key-wrong-type', where, found: key.asymmetricKeyType ?? 'unknown' });
  }
  const publicKey = readPublicKey(spkiOf(key));
  if (publicKey === undefined) throw new Error('an Ed25519 key has an Ed25519 public key');
  return ok({
    keyId: publicKey.id,
    publicKey: publicKey.pem,
    sign: (bytes) => sign(null, bytes, key),
  });
}

/** The public half as SPKI in base64, put together here: OpenSSL's own encoder takes 1 ms to be found. */
function spkiOf(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.concat([ED25519_SPKI_PREFIX, Buffer.from(String(x), 'base64url')]).toString(
    'base64',
  );
}

/**
 * Reads a private key file as ssh does: a plain file of our own that nobody else can read.
 *
 * The checks are made on the opened file, so that it cannot be changed between look and read.
 */
export function readKeyFile(file: string): Result<string, KeyFault> {
  let handle: number;
  try {
    // Non-blocking: opening a pipe would otherwise wait for ever.
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT') return fail({ kind: 'key-missing', where: file });
    if (code === 'ELOOP')
      return fail({ kind: 'key-unsafe', where: file, what: 'link', reason: 'a symbolic link' });
    return fail({ kind: 'key-unreadable', where: file, reason: code });
  }
  try {
    const unsafe = unsafeIn(fstatSync(handle));
    if (unsafe !== undefined) return fail({ kind: 'key-unsafe', where: file, ...unsafe });
    const bytes = Buffer.alloc(KEY_BYTES_MAX + 1);
    const length = readSync(handle, bytes, 0, bytes.length, 0);
    return length > KEY_BYTES_MAX
      ? fail({ kind: 'key-malformed', where: file, found: `more than ${KEY_BYTES_MAX} bytes` })
      : ok(bytes.toString('utf8', 0, length));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return fail({ kind: 'key-unreadable', where: file, reason: code });
  } finally {
    closeSync(handle);
  }
}

function unsafeIn(
  stats: Stats,
): Pick<Extract<KeyFault, { readonly kind: 'key-unsafe' }>, 'what' | 'reason'> | undefined {
  if (!stats.isFile()) return { what: 'no-file', reason: 'not a plain file' };
  const user = process.getuid?.();
  if (user !== undefined && user !== 0 && stats.uid !== user)
    return { what: 'owner', reason: 'it belongs to another user' };
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8);
    return { what: 'file-mode', reason: `others may read or change it (mode ${mode}, wants 600)` };
  }
  return undefined;
}
