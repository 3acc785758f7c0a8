import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import type { Located } from './locate.ts';
import { runGit } from './process.ts';
import type { Workplace } from './workplace.ts';

const OUTPUT_BYTES_MAX = 64 * 1024;

/** Who "commits" the index: nobody, at no time, so that the same index gives the same id. */
const NOBODY = {
  GIT_AUTHOR_NAME: 'index',
  GIT_AUTHOR_EMAIL: 'index@localhost',
  GIT_AUTHOR_DATE: '1970-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'index',
  GIT_COMMITTER_EMAIL: 'index@localhost',
  GIT_COMMITTER_DATE: '1970-01-01T00:00:00Z',
};

/**
 * The index as a commit on top of `parent`. It is made from a copy and written into the view, so
 * that neither the user's index nor the object store changes.
 */
export async function commitIndex(
  located: Located,
  parent: CommitSha,
  place: Workplace,
): Promise<Result<CommitSha, RepositoryFault>> {
  copyIndex(located, place.directory);
  const tree = await ask(['write-tree'], place, { GIT_INDEX_FILE: join(place.directory, 'index') });
  if (!tree.ok) return tree;
  return ask(['commit-tree', '-p', parent, '-m', 'index', tree.value], place, NOBODY);
}

/** A split index keeps its larger part in files beside it. An index that does not exist yet is empty. */
function copyIndex(located: Located, directory: string): void {
  const index = join(located.gitDirectory, 'index');
  if (!existsSync(index)) return;
  copyFileSync(index, join(directory, 'index'));
  for (const name of readdirSync(located.gitDirectory)) {
    if (name.startsWith('sharedindex.')) {
      copyFileSync(join(located.gitDirectory, name), join(directory, name));
    }
  }
}

async function ask(
  args: readonly string[],
  place: Workplace,
  env: Readonly<Record<string, string>>,
): Promise<Result<CommitSha, RepositoryFault>> {
  const end = await runGit({
    args,
    env: { ...place.env, ...env },
    limitMs: place.limitMs,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  if (/unmerged|needs merge|error building trees/.test(end.stderr) && end.code !== 0) {
    if (!/invalid object/.test(end.stderr)) return fail({ kind: 'index-unmerged' });
  }
  const id = commitSha(end.stdout.toString('utf8').trim());
  if (end.code !== 0 || id === undefined) {
    return fail(faultOf(end, { doing: 'reading the index', ...place }));
  }
  return ok(id);
}
