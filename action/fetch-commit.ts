import { groupDigits } from '../src/5-publication/quantity.ts';
import { watchDisk } from '../src/adapters/gates/disk-watch.ts';
import { watchOver } from '../src/adapters/gates/watchdog.ts';
import { bytesUnder } from '../src/adapters/github/cache-folder.ts';
import { gitOver, shownError } from '../src/adapters/github/git-transport.ts';
import { type CommitSha, fail, ok, type Result } from '../src/primitives.ts';

/** A large repository takes minutes. */
const FETCH_MS_MAX = 30 * 60_000;
/** Of the objects of one commit. */
const FETCH_BYTES_MAX = 8 * 1024 ** 3;

/** A commit by its id, and where the forge keeps it, for servers that hand out none by its id alone. */
interface Sought {
  readonly what: 'head' | 'base';
  readonly commit: CommitSha;
  readonly ref: string | null;
}

/** Where a commit comes from, and what it may cost. */
export interface FetchWorld {
  /** `https://github.com/OWNER/NAME.git`: where the token may go, whatever a case says. */
  readonly repositoryUrl: string;
  readonly signal: AbortSignal;
  /** Of what is fetched of one commit; left out: what a large repository takes. */
  readonly fetchBytesMax?: number;
}

/**
 * Brings a commit into a bare repository, without its history, which no gate is shown: nothing is checked out,
 * and no hook, filter or configuration of anybody's is read.
 */
export async function fetchCommit(
  directory: string,
  { what, commit, ref }: Sought,
  token: string,
  { repositoryUrl, signal, fetchBytesMax: bytesMax = FETCH_BYTES_MAX }: FetchWorld,
): Promise<Result<void, string>> {
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
  const until = AbortSignal.any([signal, full.signal]);
  const made = await git(['init', '--quiet', '--bare', '--template=', '--', directory], until);
  if (made.code !== 0) return fail(`git makes no repository: ${shownError(made.stderr, token)}`);
  const words = [
    'fetch',
    '--depth=1',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
  ];
  let said = '';
  const kept = `refs/heads/${what}`;
  for (const wanted of [commit, ...(ref === null ? [] : [ref])]) {
    const spec = `+${wanted}:${kept}`;
    const end = await git([...words, '--end-of-options', repositoryUrl, spec], until);
    // What came between two looks is looked at here.
    if (full.signal.aborted || bytesUnder(directory) > bytesMax)
      return fail(
        `the ${what} takes more than ${groupDigits(bytesMax)} bytes of the disk, or all that is free; nothing of it was run`,
      );
    const found = await git(['rev-parse', '--verify', '--quiet', `${kept}^{commit}`], until);
    if (end.code === 0 && found.stdout.toString().trim() === commit) return ok(undefined);
    said ||= end.code === 0 ? `the ${what} has moved` : shownError(end.stderr, token);
  }
  return fail(`the ${what} could not be fetched: ${said.trim()}`);
}
