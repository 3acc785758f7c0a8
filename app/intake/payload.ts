import { type CommitSha, commitSha, type Instant } from '../../src/primitives.ts';

/**
 * Reads a payload by path. A signature says that GitHub sent it, not that it has the form that today's
 * documentation gives it: whatever is not as expected is null, and nothing here throws.
 */
export interface Payload {
  readonly part: (...path: readonly string[]) => Payload;
  readonly text: (...path: readonly string[]) => string | null;
  /** A positive whole number that a double holds exactly: ids and numbers of GitHub. */
  readonly id: (...path: readonly string[]) => number | null;
  readonly sha: (...path: readonly string[]) => CommitSha | null;
  readonly instant: (...path: readonly string[]) => Instant | null;
  readonly flag: (...path: readonly string[]) => boolean | null;
  readonly has: (...path: readonly string[]) => boolean;
  /** At most `most` of a list; empty where there is none. */
  readonly list: (most: number, ...path: readonly string[]) => readonly Payload[];
}

/** A branch's or event's name in a payload; git allows no longer ref than a path of the system. */
const TEXT_LENGTH_MAX = 262_144;

export function payloadOf(value: unknown): Payload {
  const at = (path: readonly string[]): unknown => path.reduce(member, value);
  return {
    part: (...path) => payloadOf(at(path)),
    text: (...path) => {
      const found = at(path);
      return typeof found === 'string' && found.length <= TEXT_LENGTH_MAX ? found : null;
    },
    id: (...path) => {
      const found = at(path);
      return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : null;
    },
    sha: (...path) => {
      const found = at(path);
      // Forty zeros stand for "there is none".
      return typeof found === 'string' && !/^0*$/.test(found) ? (commitSha(found) ?? null) : null;
    },
    instant: (...path) => {
      const found = at(path);
      const parsed =
        typeof found === 'string' && found.length <= 40 ? Date.parse(found) : Number.NaN;
      return Number.isNaN(parsed) ? null : (parsed as Instant);
    },
    flag: (...path) => {
      const found = at(path);
      return typeof found === 'boolean' ? found : null;
    },
    has: (...path) => {
      const found = at(path);
      return found !== undefined && found !== null;
    },
    list: (most, ...path) => {
      const found = at(path);
      return Array.isArray(found) ? found.slice(0, most).map(payloadOf) : [];
    },
  };
}

/** Own members only: a payload may have a key `constructor`. */
function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** `main` of `refs/heads/main`; null for tags and everything else. */
export function branchOf(ref: string | null): string | null {
  const branch = ref?.startsWith('refs/heads/') === true ? ref.slice('refs/heads/'.length) : '';
  // 1,024 bytes: what a file system gives a ref's file.
  return branch !== '' && branch.length <= 1_024 ? branch : null;
}
