import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheFault } from '../../5-publication/faults.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import {
  bytesUnder,
  dropObstacles,
  isSound,
  makeAnew,
  makeReady,
  packsIn,
} from './cache-folder.ts';
import {
  type Git,
  gitOver,
  isGitServer,
  refusalOf,
  shownError,
  type Transport,
} from './git-transport.ts';
import { areUnmoved } from './unmoved.ts';

/** What one fetch may cost. */
export interface FetchLimits {
  /** One repository; a larger one is refused with its size. */
  readonly repositoryBytesMax: number;
  readonly fetchLimitMs: number;
  /** Each fetch brings a pack; more than this are put together. */
  readonly packsMax: number;
}

/** One fetch into one folder. */
export interface Fetching {
  readonly directory: string;
  readonly from: Transport;
  readonly refs: readonly string[];
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
  /** Whether somebody else reads what is here at this moment. */
  readonly isRead: () => boolean;
  /** How much lies here since the last fetch of this process that went well; undefined where there was none. */
  readonly bytesLeft: number | undefined;
}

/** Where the refs stand here, those that are there at all. */
type Tips = ReadonlyMap<string, CommitSha>;

/** How often a growing repository is measured. */
const WATCH_MS = 250;

/** Brings refs here, each under the name it has there. Whatever a crash left behind is mended on the way. */
export async function fetchRefs(fetching: Fetching): Promise<Result<Tips, CacheFault>> {
  const { directory, from, refs, limits } = fetching;
  makeReady(directory, from.url, limits.fetchLimitMs);
  const unmoved = await unmovedTips(fetching);
  if (unmoved !== null) return ok(unmoved);
  const git = gitOver(directory, from, limits.fetchLimitMs);
  // Most often all of them are there; git fetches none where one is missing.
  const all = await takeObjects(fetching, git, refs);
  if (all.ok) return tipsOf(fetching, git, refs);
  if (all.fault.kind !== 'objects-not-taken') return fail(all.fault);
  const some = await attempt(fetching, git, refs.length);
  if (some.ok) return some;
  if (some.fault.kind !== 'objects-not-taken') return fail(some.fault);
  await mend(fetching, git);
  const again = await attempt(fetching, git, 0);
  if (again.ok) return again;
  const { fault } = again;
  return fail(
    fault.kind === 'objects-not-taken' ? { kind: 'fetch-failed', stderr: fault.stderr } : fault,
  );
}

/**
 * Where nobody pushed, what an earlier fetch left is all there is. Only what this process fetched itself
 * counts, as long as nothing was taken from it.
 *
 * @returns null where git has to fetch.
 */
async function unmovedTips(fetching: Fetching): Promise<Tips | null> {
  const { directory, from, refs, limits, signal, bytesLeft } = fetching;
  const bytes = bytesUnder(directory);
  if (bytes !== bytesLeft || bytes > limits.repositoryBytesMax) return null;
  const standing = loose(directory, refs);
  return standing !== null && (await areUnmoved(from, standing, signal)) ? standing : null;
}

/** git ended by itself and took nothing: the reason may lie over there or here. */
type NotTaken = { readonly kind: 'objects-not-taken'; readonly stderr: string };

/**
 * Takes the refs that are there now.
 *
 * @param tried how many were asked for in vain just before: as many are not asked for again.
 */
async function attempt(
  fetching: Fetching,
  git: Git,
  tried: number,
): Promise<Result<Tips, CacheFault | NotTaken>> {
  const listed = await listRefs(fetching, git);
  if (!listed.ok) return listed;
  const names = [...listed.value];
  if (names.length === 0) return ok(new Map());
  if (names.length === tried) return fail({ kind: 'objects-not-taken', stderr: '' });
  const taken = await takeObjects(fetching, git, names);
  return taken.ok ? tipsOf(fetching, git, names) : taken;
}

async function mend({ directory, from, refs, isRead }: Fetching, git: Git): Promise<void> {
  await dropObstacles(git, refs);
  if (!isRead() && !(await isSound(git))) makeAnew(directory, from.url);
}

/** Which of the refs there are over there. */
async function listRefs(
  { from, refs, limits, signal }: Fetching,
  git: Git,
): Promise<Result<ReadonlySet<string>, CacheFault>> {
  const end = await git(['ls-remote', '--quiet', '--end-of-options', from.url, ...refs], signal);
  if (end.ended === 'timed-out')
    return fail({ kind: 'fetch-timed-out', limitMs: limits.fetchLimitMs });
  if (end.code !== 0) {
    const status = end.ended === 'exited' ? await refusalOf(from, signal) : null;
    return fail(
      status === null
        ? { kind: 'fetch-failed', stderr: shownError(end.stderr, from.token) }
        : { kind: 'fetch-refused', status },
    );
  }
  // ls-remote matches the ends of names: what only ends like one of ours is not it.
  const found = new Set(refsIn(end.stdout, '\t', new Set(refs)).keys());
  return found.size > 0 || (await isGitServer(from, signal))
    ? ok(found)
    : fail({ kind: 'fetch-failed', stderr: 'what answered is no git server' });
}

async function takeObjects(
  { directory, from, limits, signal, isRead }: Fetching,
  git: Git,
  names: readonly string[],
): Promise<Result<void, CacheFault | NotTaken>> {
  const full = new AbortController();
  const watch = setInterval(() => {
    if (bytesUnder(directory) > limits.repositoryBytesMax) full.abort();
  }, WATCH_MS);
  const args = [
    ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'],
    ...['--no-auto-maintenance', '--end-of-options', from.url],
    ...names.map((ref) => `+${ref}:${ref}`),
  ];
  const end = await git(args, AbortSignal.any([signal, full.signal]));
  clearInterval(watch);
  const bytes = bytesUnder(directory);
  if (full.signal.aborted || bytes > limits.repositoryBytesMax) {
    // What is being read stays until the next fetch finds nobody reading.
    if (!isRead()) makeAnew(directory, from.url);
    return fail({ kind: 'repository-too-large', bytes, limit: limits.repositoryBytesMax });
  }
  if (end.ended === 'timed-out')
    return fail({ kind: 'fetch-timed-out', limitMs: limits.fetchLimitMs });
  if (end.code === 0) return ok(undefined);
  const stderr = shownError(end.stderr, from.token);
  return fail({ kind: end.ended === 'exited' ? 'objects-not-taken' : 'fetch-failed', stderr });
}

/** Reads back what stands here now: over there a ref may have moved since it was listed. */
async function tipsOf(
  { directory, from, limits, signal }: Fetching,
  git: Git,
  names: readonly string[],
): Promise<Result<Tips, CacheFault>> {
  if (packsIn(directory) > limits.packsMax)
    // An older git cannot, and goes on with more packs.
    await git(['repack', '-d', '-q', '--geometric=2'], signal);
  const standing = loose(directory, names);
  if (standing !== null) return ok(standing);
  const format = '--format=%(objectname) %(refname)';
  const end = await git(['for-each-ref', format, '--', ...names], signal);
  if (end.code !== 0)
    return fail({ kind: 'fetch-failed', stderr: shownError(end.stderr, from.token) });
  return ok(refsIn(end.stdout, ' ', new Set(names)));
}

/**
 * As git writes the refs that it has just fetched: each in a file of its own, which is read without
 * a process.
 *
 * @returns null where it is not so for all of them, and git has to be asked.
 */
function loose(directory: string, names: readonly string[]): Tips | null {
  const found = new Map<string, CommitSha>();
  for (const name of names) {
    const sha = commitSha(textOf(join(directory, name)).trimEnd());
    if (sha === undefined) return null;
    found.set(name, sha);
  }
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function refsIn(stdout: Buffer, separator: string, wanted: ReadonlySet<string>): Tips {
  const found = new Map<string, CommitSha>();
  for (const line of stdout.toString('utf8').split('\n')) {
    const at = line.indexOf(separator);
    const sha = commitSha(line.slice(0, at));
    const ref = line.slice(at + 1);
    if (sha !== undefined && wanted.has(ref)) found.set(ref, sha);
  }
  return found;
}
