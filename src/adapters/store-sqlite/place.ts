import { isAbsolute, join } from 'node:path';
import { fail, ok, type Result } from '../../primitives.ts';
import { runGit } from '../git/process.ts';

const GIT_TIMEOUT_MS = 10_000;

/**
 * The repository's common git folder: one for all its work trees, and never part of a change.
 *
 * @returns an absolute path.
 */
export async function commonGitDirectory(
  directory: string,
): Promise<
  Result<string, { readonly kind: 'not-a-repository' | 'git-missing'; readonly directory: string }>
> {
  const end = await runGit({
    args: ['-C', directory, 'rev-parse', '--path-format=absolute', '--git-common-dir'],
    env: process.env as Record<string, string>,
    ...{ limitMs: GIT_TIMEOUT_MS, bytesMax: 16_384 },
  });
  const path = end.stdout.toString('utf8').replace(/\n$/, '');
  if (end.ended === 'exited' && end.code === 0 && isAbsolute(path)) return ok(path);
  return fail({ kind: end.ended === 'missing' ? 'git-missing' : 'not-a-repository', directory });
}

/** Where the CLI keeps a repository's ledger. */
export function ledgerFileIn(gitDirectory: string): string {
  return join(gitDirectory, 'caws-arbiter', 'ledger.db');
}
