import { execFile } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { fail, ok, type Result } from '../../primitives.ts';

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
  return new Promise((resolve) => {
    execFile(
      'git',
      ['-C', directory, 'rev-parse', '--path-format=absolute', '--git-common-dir'],
      { timeout: GIT_TIMEOUT_MS, maxBuffer: 16_384 },
      (error, stdout) => {
        const path = stdout.replace(/\n$/, '');
        if (error === null && isAbsolute(path)) resolve(ok(path));
        else {
          const missing = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
          resolve(fail({ kind: missing ? 'git-missing' : 'not-a-repository', directory }));
        }
      },
    );
  });
}

/** Where the CLI keeps a repository's ledger. */
export function ledgerFileIn(gitDirectory: string): string {
  return join(gitDirectory, 'caws-arbiter', 'ledger.db');
}
