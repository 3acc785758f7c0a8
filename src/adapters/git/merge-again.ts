import type { Landing, MergedAgain } from '../../4-verdict/landing.ts';
import type { RepositoryFault } from '../../ports.ts';
import {
  type CommitSha,
  fail,
  type ObjectId,
  objectId,
  ok,
  type Result,
} from '../../primitives.ts';
import { faultOf } from './faults.ts';
import type { ObjectSource } from './objects.ts';
import type { runGit } from './process.ts';

const DOING = 'merging again';

/** Where merges are tried again: a view, whose objects go with it. */
export interface MergePlace {
  readonly objects: ObjectSource;
  readonly partialClone: boolean;
  readonly limitMs: number;
  readonly run: (args: readonly string[], input?: string) => ReturnType<typeof runGit>;
}

/** Commits that a picking needs are written into the view and go with it. */
export const NOBODY = {
  GIT_AUTHOR_NAME: 'nobody',
  GIT_AUTHOR_EMAIL: 'nobody',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'nobody',
  GIT_COMMITTER_EMAIL: 'nobody',
  GIT_COMMITTER_DATE: '@0 +0000',
};

/** The automatic merge of both, tried again. */
export async function mergedAgain(
  place: MergePlace,
  onto: CommitSha,
  head: CommitSha,
): Promise<Result<MergedAgain, RepositoryFault>> {
  if (typeof (await place.objects.info(head)) === 'string') return ok({ kind: 'head-missing' });
  const end = await mergeTree(place, onto, head);
  if (end.code === 1) return ok({ kind: 'conflicts' });
  const tree = objectId(end.stdout.toString('utf8').trim());
  if (end.code === 0 && tree !== undefined) return ok({ kind: 'tree', tree });
  // Where no merge can be made at all, the landing is none of it.
  if (/unrelated histories/.test(end.stderr)) return ok({ kind: 'conflicts' });
  return fail(mergeFault(end, place));
}

/**
 * `merge-tree` takes no merge base before git 2.40, so that a stand-in commit with the tree it is picked
 * onto and the picked commit's parent makes that parent the merge base.
 */
export async function picked(
  place: MergePlace,
  onto: Landing,
  commit: Landing,
): Promise<Result<ObjectId | null, RepositoryFault>> {
  const [parent] = commit.parents;
  if (parent === undefined) return ok(null);
  if (parent === onto.sha) return ok(commit.tree);
  const made = await place.run(['commit-tree', onto.tree, '-p', parent], 'stand-in\n');
  if (made.code !== 0) return fail(mergeFault(made, place));
  const end = await mergeTree(place, made.stdout.toString('utf8').trim(), commit.sha);
  if (end.code === 1) return ok(null);
  const tree = objectId(end.stdout.toString('utf8').trim());
  return end.code === 0 && tree !== undefined ? ok(tree) : fail(mergeFault(end, place));
}

const mergeTree = ({ run }: MergePlace, onto: string, head: string) =>
  run(['merge-tree', '--write-tree', '--no-messages', '--end-of-options', onto, head]);

/** `merge-tree --write-tree` came with 2.38. */
function mergeFault(
  end: Awaited<ReturnType<MergePlace['run']>>,
  { limitMs, partialClone }: MergePlace,
): RepositoryFault {
  if (end.code === 129) return { kind: 'git-too-old', version: 'this one', needed: '2.38.0' };
  return faultOf(end, { doing: DOING, limitMs, partialClone });
}
