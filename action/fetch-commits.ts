import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupDigits } from '../src/5-publication/quantity.ts';
import { watchDisk } from '../src/adapters/gates/disk-watch.ts';
import { watchOver } from '../src/adapters/gates/watchdog.ts';
import { bytesUnder } from '../src/adapters/github/cache-folder.ts';
import { gitOver, shownError } from '../src/adapters/github/git-transport.ts';
import { type CommitSha, fail, ok, type Result } from '../src/primitives.ts';

/** A large repository takes minutes. */
const FETCH_MS_MAX = 30 * 60_000;
/** Of the objects of all commits together. */
const FETCH_BYTES_MAX = 8 * 1024 ** 3;

/** A commit by its id, and where the forge keeps it, for servers that hand out none by its id alone. */
interface Sought {
  readonly what: 'head' | 'base';
  readonly commit: CommitSha;
  readonly ref: string | null;
}

/** Where commits come from, and what they may cost. */
export interface FetchWorld {
  /** `https://github.com/OWNER/NAME.git`: where the token may go, whatever a case says. */
  readonly repositoryUrl: string;
  readonly signal: AbortSignal;
  /** Of what is fetched; left out: what a large repository takes. */
  readonly fetchBytesMax?: number;
}

/**
 * Brings commits into a new bare repository, without their history, which no gate is shown: nothing is checked
 * out, and no hook, filter or configuration of anybody's is read. All come in one fetch; where the server
 * refuses that, one after the other.
 */
export async function fetchCommits(
  directory: string,
  sought: readonly Sought[],
  token: string,
  world: FetchWorld,
): Promise<Result<void, string>> {
  await makeBare(directory);
  const fetched = (wanted: readonly Wanted[]) => fetchOnce(directory, wanted, token, world);
  const all = await fetched(sought.map(({ what, commit }) => ({ what, commit, from: commit })));
  if (all.ok) return all;
  const { isLast, said } = all.fault;
  if (isLast) return fail(said);
  for (const each of sought) {
    const one = await fetchOne(each, fetched);
    if (!one.ok) return one;
  }
  return ok(undefined);
}

/** As `git init` would; whatever the machine is like, no file of it is ever checked out here. */
async function makeBare(directory: string): Promise<void> {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    await mkdir(join(directory, part), { recursive: true });
  const config = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';
  await writeFile(join(directory, 'config'), config);
  await writeFile(join(directory, 'HEAD'), 'ref: refs/heads/.invalid\n');
}

interface Wanted extends Omit<Sought, 'ref'> {
  /** An id or the name of a ref. */
  readonly from: string;
}

interface Refused {
  readonly said: string;
  /** Asking in another way would not help. */
  readonly isLast: boolean;
}

async function fetchOne(
  { what, commit, ref }: Sought,
  fetched: (wanted: readonly Wanted[]) => Promise<Result<void, Refused>>,
): Promise<Result<void, string>> {
  let said = '';
  for (const from of [commit, ...(ref === null ? [] : [ref])]) {
    const end = await fetched([{ what, commit, from }]);
    if (end.ok) return end;
    said ||= end.fault.said;
    if (end.fault.isLast) return fail(end.fault.said);
  }
  return fail(said);
}

async function fetchOnce(
  directory: string,
  wanted: readonly Wanted[],
  token: string,
  { repositoryUrl, signal, fetchBytesMax: bytesMax = FETCH_BYTES_MAX }: FetchWorld,
): Promise<Result<void, Refused>> {
  const full = new AbortController();
  const watch = (group: number) => {
    const disk = { folder: directory, bytesMax, first: group };
    const releases = [watchOver(group, directory), watchDisk(disk, () => full.abort())];
    return () => {
      for (const release of releases) release();
    };
  };
  const transport = { token, url: repositoryUrl, readOnly: true, watch };
  const git = gitOver(directory, transport, FETCH_MS_MAX);
  const words = [
    ...['fetch', '--depth=1', '--quiet', '--no-tags', '--no-write-fetch-head'],
    ...['--no-recurse-submodules', '--end-of-options', repositoryUrl],
  ];
  const specs = wanted.map(({ from, what }) => `+${from}:${keptAs(what)}`);
  const end = await git([...words, ...specs], AbortSignal.any([signal, full.signal]));
  const names = wanted.map(({ what }) => `the ${what}`).join(' and ');
  const refused = (said: string, isLast: boolean) => fail({ said: `${names} ${said}`, isLast });
  // What came between two looks is looked at here.
  if (full.signal.aborted || bytesUnder(directory) > bytesMax) {
    const room = `${groupDigits(bytesMax)} bytes of the disk, or all that is free`;
    return refused(`would take more than ${room}; nothing of it was run`, true);
  }
  const isLast = end.ended !== 'exited';
  if (end.code !== 0)
    return refused(`could not be fetched: ${shownError(end.stderr, token).trim()}`, isLast);
  for (const { what, commit } of wanted)
    if ((await keptIn(directory, what)) !== commit)
      return fail({ said: `the ${what} could not be fetched: it has moved`, isLast });
  return ok(undefined);
}

const keptAs = (what: Sought['what']): string => `refs/heads/${what}`;

/** What git wrote as a branch is a commit with all that belongs to it: of anything else it makes none. */
async function keptIn(directory: string, what: Sought['what']): Promise<string> {
  const written = await readFile(join(directory, keptAs(what)), 'latin1').catch(() => '');
  return written.trim();
}
