/** Merging a pull request: the last look at every rule, the message, the commit, the refs, the events. */
import type { Commit, Person } from './commits.ts';
import { branchTip } from './git.ts';
import { blocksOf } from './mergeable.ts';
import { ownCommits, writeMerge } from './merging.ts';
import { markMerged, weighMergeability } from './pull-life.ts';
import { moveRefs, noCommit } from './refs.ts';
import { noreply } from './shapes/commit.ts';
import type { Account, MergeMethod, Pull, Repository } from './state.ts';
import { accountOf, fullName, iso, type World } from './world.ts';

export interface MergeWish {
  readonly by: Account;
  readonly method: MergeMethod;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  /** The head that is to be merged, and no other. */
  readonly sha?: string | undefined;
}

export type Merged =
  | { readonly ok: true; readonly sha: string }
  | { readonly ok: false; readonly status: 405 | 409; readonly message: string };

const refused = (status: 405 | 409, message: string): Merged => ({ ok: false, status, message });

/** Called while the repository is held exclusively. */
export async function mergePull(
  world: World,
  repository: Repository,
  pull: Pull,
  wish: MergeWish,
): Promise<Merged> {
  if (wish.sha !== undefined && wish.sha !== pull.head.sha)
    return refused(409, 'Head branch was modified. Review and try the merge again.');
  if (!allowed(repository, wish.method))
    return refused(405, `${titled(wish.method)} merges are not allowed on this repository.`);
  await weighMergeability(repository, pull);
  const block = blocksOf(world, repository, pull, wish.by)[0];
  const base = branchTip(repository, pull.base.ref);
  if (block !== undefined || base === undefined)
    return refused(405, block?.text ?? 'Base branch was deleted');
  const commit = await writeMergeOf(world, repository, pull, wish, base);
  if (commit === null) return refused(405, 'Pull Request is not mergeable');
  pull.mergeCommit = commit;
  const ref = `refs/heads/${pull.base.ref}`;
  await moveRefs(world, repository, wish.by, [{ ref, before: base, after: commit }]);
  await markMerged(world, repository, pull, { by: wish.by, commit });
  if (repository.settings.deleteBranchOnMerge) await deleteHead(world, repository, pull, wish.by);
  return { ok: true, sha: commit };
}

const titled = (method: MergeMethod): string => method.charAt(0).toUpperCase() + method.slice(1);

function allowed({ settings }: Repository, method: MergeMethod): boolean {
  return { merge: settings.allowMerge, squash: settings.allowSquash, rebase: settings.allowRebase }[
    method
  ];
}

async function deleteHead(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
): Promise<void> {
  const tip = branchTip(repository, pull.head.ref);
  if (pull.head.repositoryId !== repository.id || tip === undefined) return;
  const ref = `refs/heads/${pull.head.ref}`;
  await moveRefs(world, repository, by, [{ ref, before: tip, after: noCommit }]);
}

/** The commit that the base would become; no ref moves. */
export async function writeMergeOf(
  world: World,
  repository: Repository,
  pull: Pull,
  wish: MergeWish,
  base: string,
): Promise<string | null> {
  const date = iso(world.now());
  const committer: Person = { name: 'GitHub', email: 'noreply@github.com', date };
  const squashed = wish.method === 'squash';
  const writer = squashed ? accountOf(world, pull.authorId) : wish.by;
  const author = { name: writer.login, email: noreply(writer), date };
  const commits = squashed ? await ownCommits(repository, base, pull.head.sha) : [];
  const message = squashed
    ? withCoAuthors(world, squashMessage(repository, pull, wish, commits), author, commits)
    : mergeMessage(world, repository, pull, wish);
  const { method } = wish;
  return writeMerge(repository, { method, base, head: pull.head.sha, author, committer, message });
}

const joined = (title: string, message: string): string =>
  message.trim() === '' ? title : `${title}\n\n${message}`;

function mergeMessage(world: World, repository: Repository, pull: Pull, wish: MergeWish): string {
  const { settings } = repository;
  const from = world.repositories.get(pull.head.repositoryId ?? -1);
  const owner = from === undefined ? 'unknown' : fullName(world, from).split('/')[0];
  const title =
    settings.mergeTitle === 'PR_TITLE'
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${owner}/${pull.head.ref}`;
  const message = { PR_BODY: pull.body ?? '', PR_TITLE: pull.title, BLANK: '' }[
    settings.mergeMessage
  ];
  return joined(wish.title ?? title, wish.message ?? message);
}

function squashMessage(
  repository: Repository,
  pull: Pull,
  wish: MergeWish,
  commits: readonly Commit[],
): string {
  const { settings } = repository;
  const only = commits.length === 1 ? commits[0] : undefined;
  const [headline = '', ...rest] = (only?.message ?? '').split('\n');
  const single = only !== undefined && settings.squashTitle === 'COMMIT_OR_PR_TITLE';
  const title = `${single ? headline : pull.title} (#${pull.number})`;
  const listed = commits.map((commit) => `* ${commit.message}`).join('\n\n');
  const messages = {
    PR_BODY: pull.body ?? '',
    BLANK: '',
    COMMIT_MESSAGES: only === undefined ? listed : rest.join('\n').trim(),
  };
  return joined(wish.title ?? title, wish.message ?? messages[settings.squashMessage]);
}

/** GitHub's line between what was written and the authors it adds; it is no trailer any more for git. */
const separator = '---------';

function withCoAuthors(
  world: World,
  message: string,
  author: Person,
  commits: readonly Commit[],
): string {
  const others = new Map(
    commits
      .map((commit) => commit.author)
      .filter(({ email }) => email !== author.email)
      .map(({ name, email }) => [email, `Co-authored-by: ${name} <${email}>`]),
  );
  const lines = [...others]
    .filter(([email]) => world.coAuthorSeparator === 'always' || !names(message, email))
    .map(([, line]) => line);
  if (lines.length === 0 || world.coAuthorSeparator === 'never') return message;
  return `${message}\n\n${separator}\n\n${lines.join('\n')}`;
}

const names = (message: string, email: string): boolean =>
  message.split('\n').some((line) => /^co-authored-by:/i.test(line) && line.includes(`<${email}>`));
