import { userEnvironment } from '../adapters/git/environment.ts';
import { locate } from '../adapters/git/locate.ts';
import { runGit } from '../adapters/git/process.ts';
import { defaultBranches } from '../adapters/git/revisions.ts';
import type { LawTexts } from '../caws/law.ts';
import type { Repository, RepositoryFault } from '../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../primitives.ts';
import type { World } from './world.ts';

const GIT_LIMIT_MS = 10_000;
/** A line for each of a handful of names. */
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** A branch that changes merge into, as it stands now. */
export interface Branch {
  /** The ref that was found, or what was named. */
  readonly name: string;
  readonly tip: CommitSha;
}

/**
 * Others move branches on, and a key is revoked there: the remote's word on a branch comes before
 * the local one.
 *
 * @param baseRef as a verdict names it.
 * @returns null where no such branch is here.
 */
export function branchNow(world: World, baseRef: string): Promise<Branch | null> {
  const branch = baseRef.replace(/^refs\/heads\//, '');
  return firstOf(
    world,
    branch === baseRef ? [baseRef] : [`refs/remotes/origin/${branch}`, baseRef],
  );
}

/** The branch that `arbiter verify` takes for the target where none is named; null where there is none. */
export async function defaultBranch(world: World): Promise<Result<Branch | null, RepositoryFault>> {
  const { directory, env } = world;
  const located = await locate({ at: directory, env, limitMs: GIT_LIMIT_MS, launcher: null });
  return located.ok ? ok(await firstOf(world, defaultBranches(located.value))) : located;
}

/**
 * What changes are to land on.
 *
 * @param named undefined: the default branch.
 */
export async function targetNamed(
  world: World,
  named: string | undefined,
): Promise<Result<Branch, RepositoryFault>> {
  if (named === undefined) {
    const found = await defaultBranch(world);
    if (!found.ok) return found;
    return found.value === null ? fail({ kind: 'no-default-branch' }) : ok(found.value);
  }
  const tip = await commitOf(world, named);
  return tip === undefined
    ? fail({ kind: 'unknown-revision', revision: named, known: [] })
    : ok({ name: named, tip });
}

/** The documents that a change into this branch is judged by. */
export function lawOf(
  repository: Repository,
  { name, tip }: Branch,
): Promise<Result<LawTexts, RepositoryFault>> {
  const ends = { base: tip, mergeBase: tip, head: tip };
  return repository.law({ ...ends, repository: '', baseRef: name, branches: [], dirty: null });
}

/** All are looked up at once: a line for each name, in which no name holds a line's end. */
async function firstOf(world: World, wanted: readonly string[]): Promise<Branch | null> {
  const names = wanted.filter((name) => !/[\n\0]/.test(name));
  const end = await runGit({
    args: ['cat-file', '--batch-check=%(objectname)'],
    env: userEnvironment(world.env),
    cwd: world.directory,
    limitMs: GIT_LIMIT_MS,
    bytesMax: OUTPUT_BYTES_MAX,
    input: names.map((name) => `${name}^{commit}\n`).join(''),
  });
  if (end.code !== 0) return null;
  const lines = end.stdout.toString('utf8').split('\n');
  for (const [at, name] of names.entries()) {
    // Where there is none the line says so in words.
    const tip = commitSha(lines[at] ?? '');
    if (tip !== undefined) return { name, tip };
  }
  return null;
}

/** The commit that a name resolves to, as the person's own git sees it. */
export async function commitOf(world: World, name: string): Promise<CommitSha | undefined> {
  const end = await runGit({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    env: userEnvironment(world.env),
    cwd: world.directory,
    limitMs: GIT_LIMIT_MS,
    bytesMax: 1_000,
  });
  return end.code === 0 ? commitSha(end.stdout.toString('utf8').trim()) : undefined;
}

/** What is checked out: its branch as a verdict names it, without `refs/heads/`, and its commit; null where there is none. */
export async function headNow(
  world: World,
): Promise<{ readonly branch: string | null; readonly sha: CommitSha | null }> {
  const [end, sha] = await Promise.all([
    runGit({
      args: ['symbolic-ref', '--quiet', 'HEAD'],
      env: userEnvironment(world.env),
      cwd: world.directory,
      limitMs: GIT_LIMIT_MS,
      bytesMax: OUTPUT_BYTES_MAX,
    }),
    commitOf(world, 'HEAD'),
  ]);
  const ref = end.code === 0 ? end.stdout.toString('utf8').replace(/\n$/, '') : '';
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? null;
  return { branch, sha: sha ?? null };
}
