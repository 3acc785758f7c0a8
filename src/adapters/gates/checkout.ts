import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
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

/** A place of objects, and how they are named. */
export interface ObjectStore {
  readonly directory: string;
  readonly format: 'sha1' | 'sha256';
}

/**
 * Copies what the commit's own tree is made of out of a repository. What else is there (other branches,
 * the history, what was only fetched) may be nobody's to read who can make a gate run.
 *
 * @param folder where they are put; it must not be there yet.
 * @throws what git says, e.g. where the folder is no repository or the commit is not in it.
 */
export async function objectsOf(
  repository: string,
  commit: CommitSha,
  folder: string,
): Promise<ObjectStore> {
  const from = await storeOf(repository);
  await emptyRepository(folder, commit, from);
  const own = join(folder, '.git', 'objects');
  await borrowed(own, from.directory, async () => {
    const asked = ['pack-objects', '--quiet', '--revs', '--window=0', join(own, 'pack', 'pack')];
    const packing = git(folder, asked);
    packing.child.stdin?.on('error', () => undefined).end(`${commit}\n`);
    await packing;
  });
  return { directory: own, format: from.format };
}

/**
 * Checks the commit out into a new folder, as a repository of its own that borrows the objects of
 * another: nothing is hard-linked, so what runs in it reaches the other one through no file of its own. No
 * hooks, no filters (no configuration defines one), no submodules, no remote, and no history.
 *
 * @throws what git says, e.g. for a missing object or a path that git holds dangerous.
 */
export async function checkOut(
  objects: ObjectStore,
  commit: CommitSha,
  folder: string,
): Promise<void> {
  await emptyRepository(folder, commit, objects);
  await writeFile(alternatesIn(join(folder, '.git', 'objects')), `${objects.directory}\n`);
  const how = ['--quiet', '--force', '--detach', '--no-recurse-submodules'];
  await git(folder, ['checkout', ...how, commit, '--']);
}

async function emptyRepository(
  folder: string,
  commit: CommitSha,
  { format }: ObjectStore,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await git(folder, ['init', '--quiet', '--template=', `--object-format=${format}`]);
  await mkdir(join(folder, '.git', 'objects', 'info'), { recursive: true });
  // The commit stands for itself, without those before it.
  await writeFile(join(folder, '.git', 'shallow'), `${commit}\n`);
}

const alternatesIn = (objects: string): string => join(objects, 'info', 'alternates');

/** Objects of another place are there while the work is done, and not afterwards. */
async function borrowed(objects: string, from: string, work: () => Promise<void>): Promise<void> {
  await writeFile(alternatesIn(objects), `${from}\n`);
  await work();
  await rm(alternatesIn(objects));
}

function git(folder: string, words: readonly string[]) {
  return run('git', ['-C', folder, '-c', 'core.hooksPath=/dev/null', ...words], {
    env: gitEnvironment(),
    timeout: gitTimeoutMs,
    maxBuffer: 1024 * 1024,
  });
}

/** @throws what git says, where the folder is no repository. */
async function storeOf(repository: string): Promise<ObjectStore> {
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
