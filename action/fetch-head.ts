import { gitOver, shownError } from '../src/adapters/github/git-transport.ts';
import { type CommitSha, fail, ok, type Result } from '../src/primitives.ts';

/** A large repository takes minutes. */
const FETCH_MS_MAX = 30 * 60_000;

/**
 * Brings a head into a bare repository, without its history, which no gate is shown: nothing is checked out,
 * and no hook, filter or configuration of anybody's is read.
 *
 * @param ref where the forge keeps it, for servers that hand out no commit by its name alone.
 */
export async function fetchHead(
  directory: string,
  head: CommitSha,
  ref: string,
  token: string,
  { repositoryUrl, signal }: { readonly repositoryUrl: string; readonly signal: AbortSignal },
): Promise<Result<void, string>> {
  const git = gitOver(directory, { token, url: repositoryUrl, readOnly: true }, FETCH_MS_MAX);
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
  for (const wanted of [head, ref]) {
    const spec = `+${wanted}:refs/heads/head`;
    const end = await git([...words, '--end-of-options', repositoryUrl, spec], signal);
    const found = await git(
      ['rev-parse', '--verify', '--quiet', 'refs/heads/head^{commit}'],
      signal,
    );
    if (end.code === 0 && found.stdout.toString().trim() === head) return ok(undefined);
    said ||= end.code === 0 ? 'the head has moved' : shownError(end.stderr, token);
  }
  return fail(`the head could not be fetched: ${said.trim()}`);
}
