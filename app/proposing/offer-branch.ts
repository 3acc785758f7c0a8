import { gitOver, shownError } from '../../src/adapters/github/git-transport.ts';
import type { CommitSha } from '../../src/primitives.ts';
import { fail, ok, type Result } from '../../src/primitives.ts';

/** Where all branches stand that hold what workers wrote. */
export const PROPOSAL_BRANCH = 'caws/propose/';

const PUSH_LIMIT_MS = 60_000;

/**
 * Pushes a proposed commit as a branch of its own. Its name tells the commit, so that pushed once more it is
 * the same, and no branch of anybody is moved.
 *
 * @param to.directory the bare repository that holds the commit.
 * @returns the branch's name; where the forge does not take it, what it said.
 */
export async function offerBranch(
  to: { readonly directory: string; readonly url: string; readonly token: string },
  pull: number,
  commit: CommitSha,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const branch = `${PROPOSAL_BRANCH}${pull}-${commit.slice(0, 12)}`;
  const git = gitOver(to.directory, to, PUSH_LIMIT_MS);
  const words = ['push', '--quiet', '--no-verify', '--end-of-options', to.url];
  const pushed = await git([...words, `${commit}:refs/heads/${branch}`], signal);
  return pushed.code === 0 ? ok(branch) : fail(shownError(pushed.stderr, to.token));
}
