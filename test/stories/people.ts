import { createPrivateKey, createPublicKey } from 'node:crypto';

/** Somebody of a story, with a key that is the same in every run, so that a decided case is as well. */
export interface Person {
  readonly handle: string;
  readonly email: string;
  /** PKCS#8 PEM. Known to everyone who reads this file, and trusted by no repository but a story's. */
  readonly privateKey: string;
  /** The base64 of the SPKI, as trusted keys list it. */
  readonly publicKey: string;
}

// RFC 8410: what stands before the 32 bytes of an Ed25519 seed in PKCS#8.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function person(name: string, number: number): Person {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.alloc(32, number)]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    handle: `@${name}`,
    email: `${number}+${name}@users.noreply.github.com`,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

export const arbiter = person('arbiter', 1);
export const robin = person('robin', 2);
export const sam = person('sam', 3);
export const kim = person('kim', 4);

/** `.caws/trusted-keys.yaml` in which these people are maintainers. */
export function trustedKeys(
  maintainers: readonly Person[],
  revoked: Readonly<Record<string, string>> = {},
): string {
  const keys = maintainers.map(({ handle, publicKey }) => {
    const end = revoked[handle];
    const revocation = end === undefined ? '' : `, revoked: { at: ${end}, reason: lost laptop }`;
    return `  - { id: ${handle.slice(1)}-1, algorithm: ed25519, publicKey: ${publicKey}, role: maintainer, holder: '${handle}', validFrom: 2027-01-01T00:00:00Z${revocation} }\n`;
  });
  return `version: 1\nkeys:\n${keys.join('')}`;
}

/** The line that lists the arbiter's own key. */
export const arbiterListed = `  - { id: arbiter-1, algorithm: ed25519, publicKey: ${arbiter.publicKey}, role: arbiter, holder: '@arbiter', validFrom: 2027-01-01T00:00:00Z }\n`;
