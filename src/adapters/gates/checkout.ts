import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CommitSha } from '../../primitives.ts';

const run = promisify(execFile);

/** A checkout of a large repository takes seconds; one that takes longer hangs. */
const gitTimeoutMs = 120_000;

/** What git may know of this machine while it works for a stranger's tree. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
  };
}

/** Where a repository keeps its objects, and how it names them. */
export interface ObjectStore {
  readonly directory: string;
  readonly format: 'sha1' | 'sha256';
}

/** @throws what git says, where the folder is no repository. */
export async function objectStoreOf(repository: string): Promise<ObjectStore> {
  // The owner's own list of safe directories stands in the global configuration.
  const { GIT_CONFIG_GLOBAL: _, ...environment } = gitEnvironment();
  const asked = ['rev-parse', '--path-format=absolute', '--git-path', 'objects'];
  const { stdout } = await run('git', ['-C', repository, ...asked, '--show-object-format'], {
    env: { ...environment, HOME: process.env['HOME'] ?? '/nonexistent' },
    timeout: gitTimeoutMs,
  });
  const [directory = '', format = ''] = stdout.trimEnd().split('\n');
  return { directory, format: format === 'sha256' ? 'sha256' : 'sha1' };
}

/**
 * Checks the commit out into a new folder, as a repository of its own that borrows the objects of
 * another: nothing is copied or hard-linked, so what runs in it reaches the other one through no file
 * of its own. No hooks, no filters (no configuration defines one), no submodules, no remote.
 *
 * @throws what git says, e.g. for a missing object or a path that git holds dangerous.
 */
export async function checkOut(
  store: ObjectStore,
  commit: CommitSha,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const git = (...words: readonly string[]) =>
    run('git', ['-C', folder, '-c', 'core.hooksPath=/dev/null', ...words], {
      env: gitEnvironment(),
      timeout: gitTimeoutMs,
      maxBuffer: 1024 * 1024,
    });
  await git('init', '--quiet', '--template=', `--object-format=${store.format}`);
  await mkdir(join(folder, '.git', 'objects', 'info'), { recursive: true });
  await writeFile(join(folder, '.git', 'objects', 'info', 'alternates'), `${store.directory}\n`);
  await git('checkout', '--quiet', '--force', '--detach', '--no-recurse-submodules', commit, '--');
}
