import canonicalize from 'canonicalize';
import { fail, ok, type Result } from '../primitives.ts';

/** Deeper values are refused: serialisers recurse, and a hostile document must not end the process. */
export const CANONICAL_DEPTH_MAX = 128;

/** Why a value has no canonical JSON; `path` is a JSON pointer to the first offending member. */
export interface CanonicalFault {
  readonly kind: 'not-canonicalizable';
  readonly path: string;
  readonly reason: 'not-finite' | 'lone-surrogate' | 'undefined' | 'not-plain' | 'too-deep';
}

/**
 * The value as JSON by RFC 8785: keys sorted by UTF-16 code units at every depth, no spaces, numbers
 * as ECMAScript prints them.
 *
 * Refuses what JSON cannot say (NaN, Infinity, undefined, functions, bigint, dates, maps, cycles by
 * their depth, lone surrogates) instead of dropping it: a dropped member would not be signed.
 */
export function canonicalJson(value: unknown): Result<string, CanonicalFault> {
  const fault = firstFault(value, '', 0);
  if (fault !== undefined) return fail(fault);
  const text = canonicalize(value);
  // A checked value always has a text; undefined would mean that the check above let something pass.
  if (text === undefined) throw new Error('canonical JSON of a checked value is missing');
  return ok(text);
}

function firstFault(value: unknown, path: string, depth: number): CanonicalFault | undefined {
  if (depth > CANONICAL_DEPTH_MAX) return refused(path, 'too-deep');
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : refused(path, 'not-finite');
    case 'string':
      return value.isWellFormed() ? undefined : refused(path, 'lone-surrogate');
    case 'undefined':
      return refused(path, 'undefined');
    case 'object':
      if (value === null) return undefined;
      return Array.isArray(value)
        ? firstFaultOfItems(value, path, depth)
        : firstFaultOfMembers(value, path, depth);
    case 'bigint':
    case 'function':
    case 'symbol':
      return refused(path, 'not-plain');
  }
}

function firstFaultOfItems(
  items: readonly unknown[],
  path: string,
  depth: number,
): CanonicalFault | undefined {
  // An own key that is no index (array.extra = …) would silently be lost.
  if (Object.keys(items).length !== items.length) return refused(path, 'not-plain');
  for (let index = 0; index < items.length; index += 1) {
    const fault = firstFault(items[index], `${path}/${index}`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFaultOfMembers(
  members: object,
  path: string,
  depth: number,
): CanonicalFault | undefined {
  const prototype: unknown = Object.getPrototypeOf(members);
  const plain = prototype === Object.prototype || prototype === null;
  if (!plain || Object.getOwnPropertySymbols(members).length > 0) {
    return refused(path, 'not-plain');
  }
  for (const [key, member] of Object.entries(members)) {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!key.isWellFormed()) return refused(at, 'lone-surrogate');
    // canonicalize asks any `toJSON` member for another value; data must not choose its own text.
    if (key === 'toJSON' && typeof member === 'function') return refused(at, 'not-plain');
    const fault = firstFault(member, at, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function refused(path: string, reason: CanonicalFault['reason']): CanonicalFault {
  return { kind: 'not-canonicalizable', path, reason };
}
