import { watchOver } from '../src/adapters/gates/watchdog.ts';
import { gitOver, shownError } from '../src/adapters/github/git-transport.ts';
import { type CommitSha, fail, ok, type Result } from '../src/primitives.ts';

/** A large repository takes minutes. */
const FETCH_MS_MAX = 30 * 60_000;

/** A commit by its id, and where the forge keeps it, for servers that hand out none by its id alone. */
interface Sought {
  readonly what: 'head' | 'base';
  readonly commit: CommitSha;
  readonly ref: string | null;
}

/**
 * Brings a commit into a bare repository, without its history, which no gate is shown: nothing is checked out,
 * and no hook, filter or configuration of anybody's is read.
 */
export async function fetchCommit(
  directory: string,
  { what, commit, ref }: Sought,
  token: string,
  { repositoryUrl, signal }: { readonly repositoryUrl: string; readonly signal: AbortSignal },
): Promise<Result<void, string>> {
  const watch = (group: number) => watchOver(group, directory);
  const transport = { token, url: repositoryUrl, readOnly: true, watch };
  const git = gitOver(directory, transport, FETCH_MS_MAX);
  const made = await git(['init', '--quiet', '--bare', '--template=', '--', directory], signal);
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
    const end = await git([...words, '--end-of-options', repositoryUrl, spec], signal);
    const found = await git(['rev-parse', '--verify', '--quiet', `${kept}^{commit}`], signal);
    if (end.code === 0 && found.stdout.toString().trim() === commit) return ok(undefined);
    said ||= end.code === 0 ? `the ${what} has moved` : shownError(end.stderr, token);
  }
  return fail(`the ${what} could not be fetched: ${said.trim()}`);
}
