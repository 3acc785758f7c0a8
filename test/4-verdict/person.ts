import { generateKeyPairSync, sign } from 'node:crypto';
import { readPublicKey } from '../../src/ledger/key.ts';

/** Somebody with a key of their own. */
export interface Person {
  readonly keyId: string;
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

export function person(): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const keyId = readPublicKey(text)?.id ?? '';
  return { keyId, publicKey: text, sign: (bytes) => sign(null, bytes, privateKey) };
}
