/** Stock git, run on the hub's own bare repositories. No configuration of the machine reaches it. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GitAnswer, runGit } from './git-runs.ts';
import type { Repository } from './state.ts';

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

export function gitEnvironment(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** Runs git and gives whatever it answered. */
export function askGit(
  folder: string,
  args: readonly string[],
  { input = '', env = {} }: GitOptions = {},
): Promise<GitAnswer> {
  return runGit({
    program: 'git',
    args,
    cwd: folder,
    env: { ...gitEnvironment(folder), ...env },
    input: Buffer.from(input),
  });
}

/** Runs git where anything but success is a bug of the hub. */
export async function git(
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const answer = await askGit(folder, args, options);
  if (answer.code !== 0) throw new Error(`git ${args.join(' ')}: ${answer.err.trim()}`);
  return answer.out.toString();
}

/**
 * A bare repository that serves what GitHub serves: any object by its SHA, partial clones, pushes. Written
 * down instead of asked of `git init`, which takes longer than everything else a new repository needs.
 */
export async function createBare(folder: string, defaultBranch: string): Promise<void> {
  for (const inside of ['objects', 'refs/heads', 'hooks'])
    await mkdir(join(folder, inside), { recursive: true });
  await writeFile(join(folder, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  await writeFile(join(folder, 'config'), configuration);
  await writeFile(join(folder, 'hooks', 'update'), updateHook, { mode: 0o755 });
}

const configuration = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
[http]
\treceivepack = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
# GitHub answers "deny updating a hidden ref" to a push to refs/pull.
\thideRefs = refs/pull
# GitHub cleans up by itself; to look whether it is time is a program more at each push.
\tautogc = false
[maintenance]
\tauto = false
`;

/** refs/pull/N/head and /merge: the hub alone writes them, and never two at once. */
export async function writePullRef(
  repository: Repository,
  name: string,
  sha: string | null,
): Promise<void> {
  const file = join(repository.folder, 'refs', 'pull', name);
  if (sha === null) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${sha}\n`);
}

/** Refuses the refs that the hub listed before a push, in GitHub's words. */
const updateHook = `#!/bin/sh
[ -f hub-refused ] || exit 0
grep -Fqx "$1" hub-refused || exit 0
echo "error: GH013: Repository rule violations found for $1." >&2
echo "- Changes must be made through a pull request." >&2
exit 1
`;

/** All refs but refs/pull. */
export async function readRefs(folder: string): Promise<Map<string, string>> {
  const out = await git(folder, ['for-each-ref', '--format=%(refname) %(objectname)']);
  const refs = new Map<string, string>();
  for (const line of out.split('\n')) {
    const [name = '', sha = ''] = line.split(' ');
    if (name !== '' && !name.startsWith('refs/pull/')) refs.set(name, sha);
  }
  return refs;
}

export const branchTip = (repository: Repository, branch: string): string | undefined =>
  repository.refs.get(`refs/heads/${branch}`);

const ancestriesMax = 4_096;
const ancestries = new Map<string, boolean>();

/** Between two whole SHAs it never changes, so git is asked once for each pair. */
export async function isAncestor(folder: string, older: string, newer: string): Promise<boolean> {
  if (older === newer) return true;
  const key = `${folder} ${older} ${newer}`;
  const known = ancestries.get(key);
  if (known !== undefined) return known;
  const { code } = await askGit(folder, ['merge-base', '--is-ancestor', older, newer]);
  // Any other code: one of them is not there, and may come.
  if (code <= 1 && [older, newer].every((each) => /^[0-9a-f]{40}$/.test(each))) {
    if (ancestries.size >= ancestriesMax) ancestries.clear();
    ancestries.set(key, code === 0);
  }
  return code === 0;
}
