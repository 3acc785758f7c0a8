/** Real merges in a bare repository, by plumbing: no work tree, no configuration, no hooks. */
import { type Commit, type Person, readCommit, readCommits } from './commits.ts';
import { askGit, git, isAncestor } from './git.ts';
import type { MergeMethod, Repository } from './state.ts';

/** The tree of a merge, or null where the two conflict. */
export async function mergedTree(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<string | null> {
  const answer = await askGit(repository.folder, ['merge-tree', '--write-tree', ours, theirs]);
  const tree = answer.out.toString().split('\n')[0] ?? '';
  if (answer.code === 0) return tree;
  if (answer.code === 1) return null;
  // Unrelated histories: GitHub cannot merge them either.
  return null;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export async function writeCommit(repository: Repository, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const out = await git(repository.folder, ['commit-tree', commit.tree, ...parents, '-F', '-'], {
    input: commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`,
    env: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: commit.author.date,
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: commit.committer.date,
    },
  });
  return out.trim();
}

/** The trial merge that GitHub shows at refs/pull/N/merge; the same inputs give the same commit. */
export async function trialMerge(
  repository: Repository,
  base: string,
  head: string,
): Promise<string | null> {
  const tree = await mergedTree(repository, base, head);
  if (tree === null) return null;
  const { committer } = await readCommit(repository, head);
  const hub: Person = { name: 'GitHub', email: 'noreply@github.com', date: committer.date };
  return writeCommit(repository, {
    tree,
    parents: [base, head],
    author: hub,
    committer: hub,
    message: `Merge ${head} into ${base}`,
  });
}

export interface Wanted {
  readonly method: MergeMethod;
  readonly base: string;
  readonly head: string;
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/** Writes what the base branch becomes, or null where it conflicts. No ref moves. */
export async function writeMerge(repository: Repository, wanted: Wanted): Promise<string | null> {
  if (wanted.method === 'rebase') return rebase(repository, wanted);
  const tree = await mergedTree(repository, wanted.base, wanted.head);
  if (tree === null) return null;
  const parents = wanted.method === 'merge' ? [wanted.base, wanted.head] : [wanted.base];
  const { author, committer, message } = wanted;
  return writeCommit(repository, { tree, parents, author, committer, message });
}

/** Each commit again on the new base: same author, new committer, as GitHub does even without need. */
async function rebase(repository: Repository, wanted: Wanted): Promise<string | null> {
  let tip = wanted.base;
  for (const commit of await ownCommits(repository, wanted.base, wanted.head)) {
    if (commit.parents.length > 1) return null;
    const tree = await pickedTree(repository, tip, commit, wanted.committer);
    if (tree === null) return null;
    const { author, message } = commit;
    tip = await writeCommit(repository, {
      tree,
      parents: [tip],
      author,
      committer: wanted.committer,
      message,
    });
  }
  return tip;
}

export const ownCommits = (
  repository: Repository,
  base: string,
  head: string,
): Promise<readonly Commit[]> =>
  readCommits(repository, ['--reverse', '--topo-order', `${base}..${head}`]);

/**
 * The tree of a cherry-pick. `merge-tree` takes no merge base before git 2.40, so that a stand-in commit
 * with the tip's tree and the picked commit's parent makes that parent the merge base.
 */
async function pickedTree(
  repository: Repository,
  tip: string,
  commit: Commit,
  by: Person,
): Promise<string | null> {
  const parent = commit.parents[0];
  if (parent === undefined) return null;
  if (parent === tip) return commit.tree;
  if (await isAncestor(repository.folder, commit.sha, tip))
    return (await readCommit(repository, tip)).tree;
  const { tree } = await readCommit(repository, tip);
  const standIn = await writeCommit(repository, {
    tree,
    parents: [parent],
    author: by,
    committer: by,
    message: 'stand-in',
  });
  return mergedTree(repository, standIn, commit.sha);
}
