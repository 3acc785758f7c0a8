import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheFault } from '../../5-publication/faults.ts';
import { type CommitSha, ok, type Result } from '../../primitives.ts';
import { openReadings } from '../git/readings.ts';
import type { ReadBefore } from '../git/remembered.ts';
import { makeFolder } from '../new-file.ts';
import { bytesUnder, locatedAt } from './cache-folder.ts';
import { type FetchLimits, fetchRefs } from './fetching.ts';
import type { Transport } from './git-transport.ts';

export type { CacheFault } from '../../5-publication/faults.ts';

/** What the cache may hold, and what one fetch may cost. */
export interface CacheBounds extends FetchLimits {
  /** All repositories together; the one used longest ago goes first. */
  readonly bytesMax: number;
  readonly repositoriesMax: number;
}

const CACHE_BOUNDS: CacheBounds = {
  bytesMax: 50 * 1024 ** 3,
  repositoriesMax: 10_000,
  repositoryBytesMax: 10 * 1024 ** 3,
  fetchLimitMs: 10 * 60_000,
  packsMax: 50,
};

export interface ObjectCache {
  /**
   * Brings refs of a repository here, each under the name it has there.
   *
   * @param refs full names; one that is not there (any more) has no tip.
   */
  fetch(
    from: { readonly repositoryId: number } & Transport,
    refs: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<FetchedObjects, CacheFault>>;
}

/**
 * Objects that stay here until this is disposed of: what git would tell of their folder, which it need not be asked,
 * and what was read of them before.
 */
export interface FetchedObjects extends Disposable, ReadBefore {
  /** A bare repository: objects and these refs, nothing of the forge's configuration. */
  readonly directory: string;
  readonly tips: ReadonlyMap<string, CommitSha>;
}

/** A cached repository; the clock is the machine's, as on its files. */
interface Cached {
  readonly usedAt: number;
  readonly bytes: number;
  /** Whether this process fetched it last, and all went well. */
  readonly isWhole: boolean;
}

/**
 * Bare repositories under one folder, one a repository id. Objects come by git, so that the size of a
 * change is no matter; nothing is checked out and no hook, filter or configuration of anybody runs.
 */
export function openObjectCache(folder: string, given: Partial<CacheBounds> = {}): ObjectCache {
  const bounds = { ...CACHE_BOUNDS, ...given };
  makeFolder(folder, 0o700);
  const cached = cachedIn(folder);
  /** Fetches of one repository wait for each other: they would lock the same refs. */
  const running = new Map<number, Promise<unknown>>();
  /** How many fetch or read a repository at this moment. */
  const users = new Map<number, number>();
  const readingsOf = openReadings();
  const count = (id: number, by: 1 | -1) => {
    const left = (users.get(id) ?? 0) + by;
    if (left > 0) users.set(id, left);
    else users.delete(id);
  };

  return {
    async fetch(from, refs, signal) {
      const id = from.repositoryId;
      const directory = folderOf(folder, id);
      const before = running.get(id) ?? Promise.resolve();
      // Each user counts from here on: those that wait do not read yet, but nothing goes away under them.
      count(id, 1);
      const isRead = () => (users.get(id) ?? 0) > 1;
      const mine = before.then(() =>
        fetchRefs({
          ...{ directory, from, refs, limits: bounds, signal, isRead },
          bytesLeft: bytesLeft(cached.get(id)),
        }),
      );
      const over = mine.catch(() => undefined);
      running.set(id, over);
      const leave = once(() => {
        count(id, -1);
        makeRoom(folder, cached, users, bounds);
      });
      let kept = false;
      try {
        const fetched = await mine;
        kept = fetched.ok;
        return fetched.ok
          ? ok({
              directory,
              located: locatedAt(directory, from.url),
              readings: readingsOf(id),
              tips: fetched.value,
              [Symbol.dispose]: leave,
            })
          : fetched;
      } finally {
        if (running.get(id) === over) running.delete(id);
        cached.delete(id);
        cached.set(id, useNow(directory, kept));
        if (kept) makeRoom(folder, cached, users, bounds);
        else leave();
      }
    },
  };
}

const bytesLeft = (cached: Cached | undefined): number | undefined =>
  cached?.isWhole === true ? cached.bytes : undefined;

const folderOf = (folder: string, id: number): string => join(folder, `${id}.git`);

/** Whoever lets go twice must not let go for somebody else. */
function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function cachedIn(folder: string): Map<number, Cached> {
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const id = /^(\d+)\.git$/.exec(name)?.[1];
      const found = statSync(join(folder, name), { throwIfNoEntry: false });
      return id === undefined || found === undefined
        ? []
        : [
            [
              Number(id),
              {
                usedAt: found.mtimeMs,
                bytes: bytesUnder(join(folder, name)),
                isWhole: false,
              },
            ] as const,
          ];
    }),
  );
}

/** Writes down when it was used, for whoever opens the cache next. */
function useNow(directory: string, isWhole: boolean): Cached {
  const now = new Date();
  if (statSync(directory, { throwIfNoEntry: false }) !== undefined) utimesSync(directory, now, now);
  return { usedAt: now.getTime(), bytes: bytesUnder(directory), isWhole };
}

/** Takes away whole repositories until the rest fits, the one used longest ago first; those in use stay. */
function makeRoom(
  folder: string,
  cached: Map<number, Cached>,
  users: ReadonlyMap<number, number>,
  { bytesMax, repositoriesMax }: CacheBounds,
): void {
  let total = [...cached.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [id, { bytes }] of [...cached].sort(
    ([, one], [, other]) => one.usedAt - other.usedAt,
  )) {
    if (total <= bytesMax && cached.size <= repositoriesMax) return;
    if (users.has(id)) continue;
    rmSync(folderOf(folder, id), { recursive: true, force: true });
    cached.delete(id);
    total -= bytes;
  }
}
