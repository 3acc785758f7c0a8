import { namesOf, sameIdentity, shareName } from '../../2-examination/identities.ts';
import {
  judgeKey,
  type KeyStanding,
  readPublicKey,
  type TrustedKeyFacts,
} from '../../ledger/key.ts';
import type { Instant } from '../../primitives.ts';
import type { IgnoredBecause } from './event.ts';

/** A key of the base's trusted keys and the one person who holds it. */
export interface TrustedSigner extends TrustedKeyFacts {
  readonly holder: string;
}

export interface TrustedSigners {
  readonly keys: readonly TrustedSigner[];
}

export interface Signer {
  readonly publicKey: string;
  /** Several where the base lists one key for several people: then it speaks for none of them. */
  readonly holders: readonly string[];
  readonly listings: readonly TrustedSigner[];
}

/** The listed keys by the id that each has, whatever it is listed as. */
export function signersById(keys: readonly TrustedSigner[]): ReadonlyMap<string, Signer> {
  const found = new Map<string, Signer>();
  for (const key of keys) {
    const id = readPublicKey(key.publicKey)?.id;
    if (id === undefined) continue;
    const before = found.get(id);
    const holders = [...(before?.holders ?? []), key.holder];
    found.set(id, {
      publicKey: key.publicKey,
      holders: holders.filter(
        (holder, at) => at === holders.findIndex((each) => sameIdentity(each, holder)),
      ),
      listings: [...(before?.listings ?? []), key],
    });
  }
  return found;
}

/** Errs towards the same: an address and the handle in it count as one person. */
export function maySamePerson(one: string, other: string): boolean {
  return shareName(namesOf(one), namesOf(other));
}

/** Why the key speaks for no maintainer at this instant; undefined where it does. */
export function maintainerFault(
  signer: Signer | undefined,
  keyId: string,
  at: Instant,
): IgnoredBecause | undefined {
  if (signer === undefined) return 'key-unknown';
  if (signer.holders.length !== 1) return 'key-of-several-people';
  return keyFaults[judgeKey(keyId, at, signer.listings, 'maintainer')];
}

const keyFaults: Readonly<Record<KeyStanding, IgnoredBecause | undefined>> = {
  trusted: undefined,
  untrusted: 'key-not-a-maintainers',
  revoked: 'key-revoked',
  'not-valid-then': 'key-not-valid-then',
  expired: 'key-expired',
};
