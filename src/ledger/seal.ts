import { hash } from 'node:crypto';
import type { Digest } from '../primitives.ts';

/** Longest personal value kept beside the chain: a comment of GitHub has 65,536 characters. */
export const SEALED_CHARACTERS_MAX = 70_000;

/** A personal value beside the chain: entries name the commitment only, so that salt and value can be erased. */
export interface SealedValue {
  readonly commitment: Digest;
  /** 64 lower-case hex digits; without it a guessed name or address cannot be tried against the commitment. */
  readonly salt: string;
  readonly value: string;
}

/**
 * Commits to a personal value. Put `commitment` into the entry's body and the whole into the draft's `sealed`.
 *
 * @param salt 32 fresh random bytes for each value; the same salt twice would show that two values are equal.
 * @throws RangeError for another length: a short salt is a bug of the caller.
 */
export function seal(value: string, salt: Uint8Array): SealedValue {
  if (salt.length !== 32) throw new RangeError('a seal takes 32 bytes of salt');
  const hex = Buffer.from(salt).toString('hex');
  return { commitment: commitmentOf(hex, value), salt: hex, value };
}

/** @returns whether salt and value are what the commitment stands for. */
export function sealHolds(sealed: SealedValue): boolean {
  return (
    /^[0-9a-f]{64}$/.test(sealed.salt) &&
    commitmentOf(sealed.salt, sealed.value) === sealed.commitment
  );
}

function commitmentOf(saltHex: string, value: string): Digest {
  return `sha256:${hash('sha256', `caws-arbiter/sealed@1\n${saltHex}\n${value}`)}` as Digest;
}
