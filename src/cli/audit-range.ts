import { userEnvironment } from '../adapters/git/environment.ts';
import { runGit } from '../adapters/git/process.ts';
import type { RepositoryFault } from '../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../primitives.ts';
import type { World } from './world.ts';

/** What is audited: a branch, and the part of its line. */
export interface AuditRange {
  readonly since: CommitSha | null;
  readonly until: CommitSha;
  /** The full ref at the forge, or null where a bare commit was named. */
  readonly ref: string | null;
}

const GIT_LIMIT_MS = 10_000;
const OUTPUT_BYTES_MAX = 4_096;

/** Where a repository keeps its default branch, the remote's word first. */
const DEFAULTS = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master', 'HEAD'];

/** `A..B`, `A...B`, `B` or nothing: what came to B's line after A, or all of the default branch's. */
export async function auditRange(
  world: World,
  range: string | undefined,
): Promise<Result<AuditRange, RepositoryFault>> {
  const [, since, until] = /^(.*?)\.\.\.?(?!\.)(.*)$/s.exec(range ?? '') ?? [];
  const end = await firstNamed(world, until ?? range ?? null);
  if (!end.ok) return end;
  const from = since === undefined ? null : await commitNamed(world, since);
  if (from === undefined)
    return fail({ kind: 'unknown-revision', revision: since ?? '', known: [] });
  return ok({ since: from, until: end.value.sha, ref: await refOf(world, end.value.name) });
}

async function firstNamed(
  world: World,
  name: string | null,
): Promise<Result<{ readonly name: string; readonly sha: CommitSha }, RepositoryFault>> {
  for (const each of name === null ? DEFAULTS : [name === '' ? 'HEAD' : name]) {
    const sha = await commitNamed(world, each);
    if (sha !== undefined) return ok({ name: each, sha });
  }
  return fail(
    name === null
      ? { kind: 'no-default-branch' }
      : { kind: 'unknown-revision', revision: name.slice(0, 256), known: [] },
  );
}

async function commitNamed(world: World, name: string): Promise<CommitSha | undefined> {
  return commitSha(
    await asked(world, ['--verify', '--quiet', '--end-of-options', `${name}^{commit}`]),
  );
}

/** The branch at the forge that a name stands for here. */
async function refOf(world: World, name: string): Promise<string | null> {
  const full = await asked(world, [
    '--symbolic-full-name',
    '--verify',
    '--quiet',
    '--end-of-options',
    name,
  ]);
  const remote = /^refs\/remotes\/[^/]+\/(.+)$/.exec(full)?.[1];
  if (remote !== undefined) return `refs/heads/${remote}`;
  return full.startsWith('refs/heads/') ? full : null;
}

async function asked(world: World, args: readonly string[]): Promise<string> {
  const end = await runGit({
    args: ['rev-parse', ...args],
    env: userEnvironment(world.env),
    cwd: world.directory,
    limitMs: GIT_LIMIT_MS,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  return end.code === 0 ? end.stdout.toString('utf8').trim() : '';
}
