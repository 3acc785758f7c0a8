import { type Digest, digest } from '../primitives.ts';
import { readStrictJson } from './strict-json.ts';

/** Digests that one erasure entry names; more are erased in several entries. */
export const ERASED_PER_ENTRY_MAX = 10_000;

/** What an entry of kind `erasure` says in its body: what is gone, and why. */
export interface Erasure {
  readonly schema: 'caws-arbiter/erasure@1';
  /** blobs: case files and evidence, by retention. sealed: personal values, on request. */
  readonly what: 'blobs' | 'sealed';
  readonly digests: readonly Digest[];
  readonly reason: string;
}

/** @returns the erasure, or undefined where the body is none. */
export function readErasure(body: string): Erasure | undefined {
  const read = readStrictJson(body, { charactersMax: 2_000_000, depthMax: 4 });
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return undefined;
  const { schema, what, digests, reason } = read.value as Record<string, unknown>;
  if (schema !== 'caws-arbiter/erasure@1' || typeof reason !== 'string') return undefined;
  if ((what !== 'blobs' && what !== 'sealed') || !Array.isArray(digests)) return undefined;
  const named = digests.map((each) => (typeof each === 'string' ? digest(each) : undefined));
  if (named.length > ERASED_PER_ENTRY_MAX || !named.every((each) => each !== undefined)) {
    return undefined;
  }
  return { schema, what, digests: named, reason };
}
