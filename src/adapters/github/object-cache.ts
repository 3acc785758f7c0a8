import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CacheFault } from '../../5-publication/faults.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { runGit } from '../git/process.ts';
import { shownError, type Transport, transportEnvironment } from './git-transport.ts';

export type { CacheFault } from '../../5-publication/faults.ts';

/** What the cache may hold, and what one fetch may cost. */
export interface CacheBounds {
  /** All repositories together; the one used longest ago goes first. */
  readonly bytesMax: number;
  /** One repository; a larger one is refused with its size. */
  readonly repositoryBytesMax: number;
  readonly fetchLimitMs: number;
}

const CACHE_BOUNDS: CacheBounds = {
  bytesMax: 50 * 1024 ** 3,
  repositoryBytesMax: 10 * 1024 ** 3,
  fetchLimitMs: 10 * 60_000,
};

export interface ObjectCache {
  /**
   * Brings refs of a repository here, each under the name it has there.
   *
   * @param refs full names; one that is not there (any more) comes back as null.
   */
  fetch(
    from: { readonly repositoryId: number } & Transport,
    refs: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<FetchedObjects, CacheFault>>;
}

/** Objects that stay here until this is disposed of. */
export interface FetchedObjects extends Disposable {
  /** A bare repository: objects and these refs, nothing of the forge's configuration. */
  readonly directory: string;
  readonly tips: ReadonlyMap<string, CommitSha>;
}

const LISTING_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Bare repositories under one folder, one a repository id. Objects come by git, so that the size of a
 * change is no matter; nothing is checked out and no hook, filter or configuration of anybody runs.
 */
export function openObjectCache(folder: string, given: Partial<CacheBounds> = {}): ObjectCache {
  const bounds = { ...CACHE_BOUNDS, ...given };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  /** Fetches of one repository wait for each other: they would lock the same refs. */
  const running = new Map<number, Promise<unknown>>();
  /** How many read a repository at this moment. */
  const readers = new Map<number, number>();
  const count = (id: number, by: 1 | -1) => {
    const left = (readers.get(id) ?? 0) + by;
    if (left > 0) readers.set(id, left);
    else readers.delete(id);
  };

  return {
    async fetch(from, refs, signal) {
      const id = from.repositoryId;
      const before = running.get(id) ?? Promise.resolve();
      const mine = before.then(() => fetchInto(folder, from, refs, { bounds, signal }));
      const settled = mine.catch(() => undefined);
      running.set(id, settled);
      count(id, 1);
      let kept = false;
      try {
        const fetched = await mine;
        if (!fetched.ok) return fetched;
        kept = true;
        return ok({ ...fetched.value, [Symbol.dispose]: () => count(id, -1) });
      } finally {
        if (!kept) count(id, -1);
        if (running.get(id) === settled) running.delete(id);
        makeRoom(folder, bounds.bytesMax, new Set([...running.keys(), ...readers.keys()]));
      }
    },
  };
}

type Fetched = Pick<FetchedObjects, 'directory' | 'tips'>;

interface Fetching {
  readonly bounds: CacheBounds;
  readonly signal: AbortSignal;
}

async function fetchInto(
  folder: string,
  from: { readonly repositoryId: number } & Transport,
  refs: readonly string[],
  { bounds, signal }: Fetching,
): Promise<Result<Fetched, CacheFault>> {
  const directory = join(folder, `${from.repositoryId}.git`);
  if (!existsSync(join(directory, 'HEAD'))) prepare(directory, from.url);
  else rememberUrl(directory, from.url);
  const env = transportEnvironment(directory, from);
  const fetching = { bounds, signal };
  const fetched = await fetchRefs(env, from.url, refs, fetching);
  if (!fetched.ok) return fetched;
  const bytes = bytesUnder(directory);
  if (bytes > bounds.repositoryBytesMax) {
    rmSync(directory, { recursive: true, force: true });
    return fail({ kind: 'repository-too-large', bytes, limit: bounds.repositoryBytesMax });
  }
  return tipsOf(env, directory, fetched.value, fetching);
}

/** Most often all of them are there; git fetches none where one is missing. @returns those that are. */
async function fetchRefs(
  env: Readonly<Record<string, string>>,
  url: string,
  refs: readonly string[],
  fetching: Fetching,
): Promise<Result<readonly string[], CacheFault>> {
  const all = await fetchAll(env, url, refs, fetching);
  if (all.ok || all.fault.kind !== 'fetch-failed' || !MISSING.test(all.fault.stderr))
    return all.ok ? ok(refs) : all;
  const listed = await listRefs(env, url, refs, fetching);
  if (!listed.ok || listed.value.length === 0) return listed;
  const some = await fetchAll(env, url, listed.value, fetching);
  return some.ok ? listed : some;
}

/** What git says, in the language of nobody, of a ref that is not there. */
const MISSING = /couldn't find remote ref/;

async function fetchAll(
  env: Readonly<Record<string, string>>,
  url: string,
  refs: readonly string[],
  { bounds, signal }: Fetching,
): Promise<Result<void, CacheFault>> {
  const end = await runGit({
    args: [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-auto-maintenance',
      '--end-of-options',
      url,
      ...refs.map((ref) => `+${ref}:${ref}`),
    ],
    env,
    signal,
    limitMs: bounds.fetchLimitMs,
    bytesMax: LISTING_BYTES_MAX,
  });
  if (end.ended === 'timed-out')
    return fail({ kind: 'fetch-timed-out', limitMs: bounds.fetchLimitMs });
  return end.code === 0
    ? ok(undefined)
    : fail({ kind: 'fetch-failed', stderr: shownError(end.stderr) });
}

/** Those that exist over there. */
async function listRefs(
  env: Readonly<Record<string, string>>,
  url: string,
  refs: readonly string[],
  { bounds, signal }: Fetching,
): Promise<Result<readonly string[], CacheFault>> {
  const end = await runGit({
    args: ['ls-remote', '--quiet', '--end-of-options', url, ...refs],
    env,
    signal,
    limitMs: bounds.fetchLimitMs,
    bytesMax: LISTING_BYTES_MAX,
  });
  if (end.ended === 'timed-out')
    return fail({ kind: 'fetch-timed-out', limitMs: bounds.fetchLimitMs });
  if (end.code !== 0) return fail({ kind: 'fetch-failed', stderr: shownError(end.stderr) });
  const wanted = new Set(refs);
  // ls-remote matches the ends of names: what only ends like one of ours is not it.
  return ok([...refsIn(end.stdout, '\t', wanted).keys()]);
}

/** Reads back what stands here now: another fetch may have moved a ref since it was listed. */
async function tipsOf(
  env: Readonly<Record<string, string>>,
  directory: string,
  there: readonly string[],
  { bounds, signal }: Fetching,
): Promise<Result<Fetched, CacheFault>> {
  const end = await runGit({
    args: ['for-each-ref', '--format=%(objectname) %(refname)', '--', ...there],
    env,
    signal,
    limitMs: bounds.fetchLimitMs,
    bytesMax: LISTING_BYTES_MAX,
  });
  if (end.code !== 0) return fail({ kind: 'fetch-failed', stderr: shownError(end.stderr) });
  const now = new Date();
  utimesSync(directory, now, now);
  const tips = there.length === 0 ? new Map() : refsIn(end.stdout, ' ', new Set(there));
  return ok({ directory, tips });
}

function refsIn(stdout: Buffer, separator: string, wanted: ReadonlySet<string>) {
  const found = new Map<string, CommitSha>();
  for (const line of stdout.toString('utf8').split('\n')) {
    const at = line.indexOf(separator);
    const sha = commitSha(line.slice(0, at));
    const ref = line.slice(at + 1);
    if (sha !== undefined && wanted.has(ref)) found.set(ref, sha);
  }
  return found;
}

function prepare(directory: string, url: string): void {
  rmSync(directory, { recursive: true, force: true });
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    mkdirSync(join(directory, part), { recursive: true, mode: 0o700 });
  rememberUrl(directory, url);
  // Last, because a folder with a HEAD counts as prepared.
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/.invalid\n');
}

/** The address names the repository in every verdict; it carries no credentials. */
function rememberUrl(directory: string, url: string): void {
  writeFileSync(
    join(directory, 'config'),
    `[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n[remote "origin"]\n\turl = "${url.replaceAll(/["\\]/g, '\\$&')}"\n`,
  );
}

/** Takes away whole repositories until the rest fits; those in use stay. */
function makeRoom(folder: string, bytesMax: number, inUse: ReadonlySet<number>): void {
  const cached = readdirSync(folder)
    .filter((name) => name.endsWith('.git'))
    .map((name) => {
      const path = join(folder, name);
      const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      return { path, usedAt, id: Number(name.slice(0, -4)), bytes: bytesUnder(path) };
    })
    .sort((one, other) => one.usedAt - other.usedAt);
  let total = cached.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, id } of cached) {
    if (total <= bytesMax) return;
    if (inUse.has(id)) continue;
    rmSync(path, { recursive: true, force: true });
    total -= bytes;
  }
}

/** Bytes of the packs and loose objects of a repository. */
function bytesUnder(directory: string): number {
  try {
    return readdirSync(join(directory, 'objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce(
        (sum, entry) =>
          sum +
          (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
  } catch {
    return 0;
  }
}
