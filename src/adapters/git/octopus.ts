import type { LoggedCommit } from '../../1-pleading/history-reader.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, commitSha, fail, objectId, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import { NOBODY } from './merge-again.ts';
import { runGit } from './process.ts';
import type { Workplace } from './workplace.ts';

/** Parents that one change may have merged again; each costs two runs of git. git itself knows merges of some sixty. */
const PARENTS_MAX = 64;
const OUTPUT_BYTES_MAX = 64 * 1024;
const DOING = 'merging again';

/** A git before 2.38 does not know the question, and says so by this. */
const USAGE = 129;

/**
 * Tries merges of more than two parents again, as git's own strategy for them does: one parent after the other onto
 * the first, without pairing renames. All of it is written into the view and goes with it.
 *
 * @returns for each merge a stand-in of its tree whose only parent is the automatic merge: what it shows is what the
 *   merge holds of its own; no two merges share one. null where git cannot make that merge, or there are more parents than are tried.
 */
export async function triedAgain(
  octopuses: readonly LoggedCommit[],
  place: Workplace,
): Promise<Result<ReadonlyMap<CommitSha, CommitSha | null>, RepositoryFault>> {
  const standIns = new Map<CommitSha, CommitSha | null>();
  const git = gitUntil(performance.now() + place.limitMs, place);
  let parentsLeft = PARENTS_MAX;
  for (const { sha, parents } of octopuses) {
    parentsLeft -= parents.length;
    const merged = parentsLeft < 0 ? ok(null) : await mergeAll(parents, git);
    if (!merged.ok) return merged;
    const standIn =
      merged.value === null ? ok(null) : await commit(`${sha}^{tree}`, [merged.value], sha, git);
    if (!standIn.ok) return standIn;
    standIns.set(sha, standIn.value);
  }
  return ok(standIns);
}

/** Git in the view, where all runs together may take no longer than one. */
function gitUntil(endsAt: number, place: Workplace) {
  const run = (args: readonly string[], input = '') =>
    runGit({
      args,
      input,
      env: { ...place.env, ...NOBODY },
      signal: place.signal,
      limitMs: Math.max(1, Math.ceil(endsAt - performance.now())),
      bytesMax: OUTPUT_BYTES_MAX,
    });
  const refused = (end: Awaited<ReturnType<typeof run>>) =>
    fail(faultOf(end, { doing: DOING, ...place }));
  return { run, refused };
}

type Git = ReturnType<typeof gitUntil>;

/** @returns a commit of the automatic merge of all; null where there is none. */
async function mergeAll(
  [first, ...others]: readonly CommitSha[],
  git: Git,
): Promise<Result<CommitSha | null, RepositoryFault>> {
  let merged = first as CommitSha;
  for (const other of others) {
    const end = await git.run([
      ...['-c', 'merge.renames=false', 'merge-tree', '--write-tree', '--no-messages'],
      ...['--end-of-options', merged, other],
    ]);
    const tree = objectId(end.stdout.toString('utf8').trim());
    if (end.code === 1 || end.code === USAGE || isUnrelated(end.stderr)) return ok(null);
    if (end.code !== 0 || tree === undefined) return git.refused(end);
    // Both are its parents, so that the next one meets it where it met either of them.
    const made = await commit(tree, [merged, other], 'merged', git);
    if (!made.ok) return made;
    merged = made.value;
  }
  return ok(merged);
}

const isUnrelated = (stderr: string): boolean => /unrelated histories/.test(stderr);

async function commit(
  tree: string,
  parents: readonly CommitSha[],
  message: string,
  git: Git,
): Promise<Result<CommitSha, RepositoryFault>> {
  const named = parents.flatMap((parent) => ['-p', parent]);
  const end = await git.run(['commit-tree', ...named, '-m', message, tree]);
  const made = commitSha(end.stdout.toString('utf8').trim());
  return end.code === 0 && made !== undefined ? ok(made) : git.refused(end);
}
