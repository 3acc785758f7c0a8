import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CandidatePatch, type PatchFault, refused } from '../../1-pleading/candidate-patch.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import { runGit } from './process.ts';
import type { Workplace } from './workplace.ts';

const OUTPUT_BYTES_MAX = 64 * 1024;

/** Whose the commit is: nobody's, at no time, so that one patch on one base has one name. */
const NOBODY = {
  GIT_AUTHOR_NAME: 'candidate',
  GIT_AUTHOR_EMAIL: 'candidate@localhost',
  GIT_AUTHOR_DATE: '1970-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'candidate',
  GIT_COMMITTER_EMAIL: 'candidate@localhost',
  GIT_COMMITTER_DATE: '1970-01-01T00:00:00Z',
};
/** Names that other systems take for git's folder are refused here as well. */
const GUARDED = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true'];

/**
 * Makes a commit on the base of a patch, by git and in an index of the view: nothing is checked out, and
 * neither hooks nor filters nor attributes of either side have a part in it. Its objects go to the repository, because
 * gates and whoever merges it look there; no ref names them, so that git drops in time what nobody takes.
 */
export async function commitPatch(
  base: CommitSha,
  patch: CandidatePatch,
  objects: string,
  place: Workplace,
): Promise<Result<CommitSha, RepositoryFault | PatchFault>> {
  const index = join(place.directory, 'candidate.index');
  const env = { ...place.env, ...NOBODY, GIT_INDEX_FILE: index, GIT_OBJECT_DIRECTORY: objects };
  const git = (args: readonly string[], input = '') =>
    runGit({
      args: [...GUARDED, ...args],
      env,
      cwd: place.directory,
      input,
      signal: place.signal,
      limitMs: place.limitMs,
      bytesMax: OUTPUT_BYTES_MAX,
    });
  try {
    const read = await git(['read-tree', base]);
    if (read.code !== 0) return fail(faultOf(read, { doing: 'reading the base', ...place }));
    // Without fuzz: context that is not there is another change than the one that was written.
    const applied = await git(['apply', '--cached', '--whitespace=nowarn', '-'], patch.text);
    if (applied.ended !== 'exited')
      return fail(faultOf(applied, { doing: 'applying a patch', ...place }));
    if (applied.code !== 0)
      return refused('does-not-apply', null, applied.stderr.split('\n')[0] ?? '');
    const tree = await git(['write-tree']);
    if (tree.code !== 0) return fail(faultOf(tree, { doing: 'writing a tree', ...place }));
    const id = tree.stdout.toString('utf8').trim();
    const made = await git(['commit-tree', '-p', base, id], `${patch.message || 'A candidate'}\n`);
    const commit = commitSha(made.stdout.toString('utf8').trim());
    if (made.code !== 0 || commit === undefined)
      return refused('unreadable', null, made.stderr.split('\n')[0] ?? '');
    return ok(commit);
  } finally {
    rmSync(index, { force: true });
  }
}
