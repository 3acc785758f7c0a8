import { deserialize, serialize } from 'node:v8';

/** What was read of the commits of one repository, by what it follows from. */
export interface Readings {
  /** A copy of its own for each who asks; undefined where it is not known, or not any more. */
  recall<Value>(key: string): Value | undefined;
  /**
   * @param key says everything that the value follows from, by the ids of objects.
   * @param value plain data, complete: it is what everybody is told from now on.
   */
  keep(key: string, value: unknown): void;
}

/** What is remembered of all repositories together. */
export interface ReadingBounds {
  readonly countMax: number;
  readonly bytesMax: number;
  /** A larger one is read again: few changes are, and one must not push out all others. */
  readonly bytesEachMax: number;
}

const BOUNDS: ReadingBounds = {
  countMax: 2_000,
  bytesMax: 32 * 1024 ** 2,
  bytesEachMax: 512 * 1024,
};

/**
 * Readings of many repositories in the memory of this process; what was not asked for longest goes first.
 *
 * @returns those of a repository, by the forge's number: another one's are never among them.
 */
export function openReadings(
  given: Partial<ReadingBounds> = {},
): (repositoryId: number) => Readings {
  const { countMax, bytesMax, bytesEachMax } = { ...BOUNDS, ...given };
  /** Written out: a string may hold on to the whole output of git that it was cut from. */
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  const take = (name: string): Buffer | undefined => {
    const found = kept.get(name);
    kept.delete(name);
    bytes -= found === undefined ? 0 : found.length + name.length;
    return found;
  };
  const put = (name: string, written: Buffer): void => {
    kept.set(name, written);
    bytes += written.length + name.length;
    for (const oldest of kept.keys()) {
      if (kept.size <= countMax && bytes <= bytesMax) return;
      take(oldest);
    }
  };
  return (repositoryId) => ({
    recall: <Value>(key: string) => {
      const name = `${repositoryId} ${key}`;
      const found = take(name);
      if (found === undefined) return undefined;
      put(name, found);
      return deserialize(found) as Value;
    },
    keep: (key, value) => {
      if (roomLeft(value, bytesEachMax) < 0) return;
      const written = serialize(value);
      if (written.length > bytesEachMax) return;
      const name = `${repositoryId} ${key}`;
      take(name);
      put(name, written);
    },
  });
}

/** Below zero as soon as it is more, so that what is huge is not written out to be thrown away. */
function roomLeft(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length;
  if (typeof value !== 'object' || value === null) return room - 1;
  let left = room - 1;
  for (const each of Object.values(value)) {
    left = roomLeft(each, left);
    if (left < 0) return left;
  }
  return left;
}
