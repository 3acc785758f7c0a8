/** What happens to a pull request from its opening to its end, and the refs that git shows of it. */
import { emit } from './events.ts';
import { askGit, branchTip, git, isAncestor, writePullRef } from './git.ts';
import { mergeableState } from './mergeable.ts';
import { trialMerge } from './merging.ts';
import { wholePullShape } from './shapes/pull.ts';
import type { Account, Pull, Repository } from './state.ts';
import { nextId, type World } from './world.ts';

export interface Opening {
  readonly author: Account;
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  readonly base: string;
  readonly head: { readonly ref: string; readonly repository: Repository };
}

/** @returns why it cannot be opened, or the pull request. */
export async function openPull(
  world: World,
  repository: Repository,
  opening: Opening,
): Promise<Pull | string> {
  const base = branchTip(repository, opening.base);
  const head = branchTip(opening.head.repository, opening.head.ref);
  if (base === undefined) return 'base is invalid';
  if (head === undefined) return 'head is invalid';
  if (base === head) return `No commits between ${opening.base} and ${opening.head.ref}`;
  const label = `${opening.head.repository.id}:${opening.head.ref}`;
  const twin = openPulls(repository).find(
    (pull) =>
      pull.base.ref === opening.base && `${pull.head.repositoryId}:${pull.head.ref}` === label,
  );
  if (twin !== undefined) return `A pull request already exists for ${opening.head.ref}.`;
  const pull = newPull(world, repository, opening, base, head);
  repository.pulls.set(pull.number, pull);
  await showHead(repository, pull, opening.head.repository);
  await measure(repository, pull);
  await tell(world, repository, pull, 'opened', opening.author);
  return pull;
}

export const openPulls = (repository: Repository): readonly Pull[] =>
  [...repository.pulls.values()].filter((pull) => pull.state === 'open');

function newPull(
  world: World,
  repository: Repository,
  opening: Opening,
  base: string,
  head: string,
): Pull {
  const now = world.now();
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  return {
    id: nextId(world),
    number,
    authorId: opening.author.id,
    createdAt: now,
    title: opening.title,
    body: opening.body,
    state: 'open',
    draft: opening.draft,
    base: { ref: opening.base, sha: base },
    head: { ref: opening.head.ref, sha: head, repositoryId: opening.head.repository.id },
    updatedAt: now,
    closedAt: null,
    mergedAt: null,
    mergedById: null,
    mergeCommit: null,
    autoMerge: null,
    moves: [],
    labels: [],
    measured: null,
    mergeability: null,
    containsBase: null,
  };
}

/** Brings a fork's objects over and shows the head under refs/pull, as git clients may fetch it. */
async function showHead(repository: Repository, pull: Pull, from: Repository): Promise<void> {
  if (from.id !== repository.id)
    await git(repository.folder, ['fetch', '--quiet', '--no-tags', from.folder, pull.head.sha]);
  await writePullRef(repository, `${pull.number}/head`, pull.head.sha);
}

/** Counts commits and lines between the merge base and the head, once for each pair. */
async function measure(repository: Repository, pull: Pull): Promise<void> {
  const key = `${pull.base.sha}...${pull.head.sha}`;
  if (pull.measured?.key === key) return;
  const [count, diff] = await Promise.all([
    git(repository.folder, ['rev-list', '--left-right', '--count', key]),
    askGit(repository.folder, ['diff', '--shortstat', '--no-ext-diff', '--no-textconv', key]),
  ]);
  const [behind = '', ahead = ''] = count.trim().split('\t');
  pull.containsBase = behind === '0' ? pull.base.sha : null;
  const shown = diff.out.toString();
  const number = (pattern: RegExp) => Number(pattern.exec(shown)?.[1] ?? 0);
  pull.measured = {
    key,
    commits: Number(ahead),
    additions: number(/(\d+) insertion/),
    deletions: number(/(\d+) deletion/),
    changedFiles: number(/(\d+) file/),
  };
}

/** Tries the merge against the base's present tip and keeps the result under refs/pull/N/merge. */
export async function weighMergeability(repository: Repository, pull: Pull): Promise<void> {
  const base = branchTip(repository, pull.base.ref);
  if (pull.state !== 'open' || base === undefined) return;
  const key = `${base} ${pull.head.sha}`;
  if (pull.mergeability?.key === key) return;
  const commit = await trialMerge(repository, base, pull.head.sha);
  // The base has moved since the two were measured.
  if (base !== pull.base.sha && (await isAncestor(repository.folder, base, pull.head.sha)))
    pull.containsBase = base;
  await writePullRef(repository, `${pull.number}/merge`, commit);
  pull.mergeability = { key, clean: commit !== null, commit };
}

export async function tell(
  world: World,
  repository: Repository,
  pull: Pull,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const shape = wholePullShape(world, repository, pull, mergeableState(world, repository, pull));
  emit(world, {
    event: 'pull_request',
    action,
    repository,
    sender,
    payload: { number: pull.number, pull_request: shape, ...more },
  });
}

/** The head branch moved. */
export async function synchronize(
  world: World,
  repository: Repository,
  pull: Pull,
  from: Repository,
  moved: { readonly sha: string; readonly by: Account },
): Promise<void> {
  const before = pull.head.sha;
  pull.head = { ...pull.head, sha: moved.sha };
  pull.base = { ...pull.base, sha: branchTip(repository, pull.base.ref) ?? pull.base.sha };
  pull.updatedAt = world.now();
  pull.mergeability = null;
  await showHead(repository, pull, from);
  await measure(repository, pull);
  await tell(world, repository, pull, 'synchronize', moved.by, { before, after: moved.sha });
}

export async function closePull(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
): Promise<void> {
  pull.state = 'closed';
  pull.closedAt = world.now();
  pull.moves.push({ kind: 'closed', at: world.now() });
  pull.updatedAt = world.now();
  pull.autoMerge = null;
  await tell(world, repository, pull, 'closed', by);
}

export async function markMerged(
  world: World,
  repository: Repository,
  pull: Pull,
  merged: { readonly by: Account; readonly commit: string },
): Promise<void> {
  pull.mergedAt = world.now();
  pull.mergedById = merged.by.id;
  pull.mergeCommit = merged.commit;
  await closePull(world, repository, pull, merged.by);
}

/** A closed pull request opens again where its branch still stands. */
async function reopenPull(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
): Promise<string | null> {
  const from = world.repositories.get(pull.head.repositoryId ?? -1);
  const tip = from === undefined ? undefined : branchTip(from, pull.head.ref);
  if (pull.mergedAt !== null || from === undefined || tip === undefined)
    return 'state cannot be changed. The branch has been deleted or merged.';
  pull.state = 'open';
  pull.closedAt = null;
  pull.updatedAt = world.now();
  pull.moves.push({ kind: 'reopened', at: world.now() });
  pull.head = { ...pull.head, sha: tip };
  pull.mergeability = null;
  await showHead(repository, pull, from);
  await measure(repository, pull);
  await tell(world, repository, pull, 'reopened', by);
  return null;
}

export interface PullEdit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly base?: string | undefined;
  readonly state?: 'open' | 'closed' | undefined;
}

/** @returns why it cannot be changed so, or null. */
export async function changePull(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
  edit: PullEdit,
): Promise<string | null> {
  const changes = applyEdit(world, repository, pull, edit);
  if (typeof changes === 'string') return changes;
  if (Object.keys(changes).length > 0) {
    pull.updatedAt = world.now();
    await measure(repository, pull);
    await tell(world, repository, pull, 'edited', by, { changes });
  }
  if (edit.state === 'closed' && pull.state === 'open')
    await closePull(world, repository, pull, by);
  await world.tendQueues(world);
  if (edit.state === 'open' && pull.state === 'closed')
    return reopenPull(world, repository, pull, by);
  return null;
}

function applyEdit(
  world: World,
  repository: Repository,
  pull: Pull,
  edit: PullEdit,
): Record<string, unknown> | string {
  const changes: Record<string, unknown> = {};
  if (edit.title !== undefined && edit.title !== pull.title) {
    changes['title'] = { from: pull.title };
    pull.title = edit.title;
  }
  if (edit.body !== undefined && edit.body !== pull.body) {
    changes['body'] = { from: pull.body ?? '' };
    pull.body = edit.body;
  }
  if (edit.base !== undefined && edit.base !== pull.base.ref) {
    const tip = branchTip(repository, edit.base);
    if (tip === undefined) return `Proposed base branch '${edit.base}' was not found`;
    changes['base'] = { ref: { from: pull.base.ref }, sha: { from: pull.base.sha } };
    pull.moves.push({ kind: 'aimed', at: world.now(), from: pull.base.ref, to: edit.base });
    pull.base = { ref: edit.base, sha: tip };
    pull.mergeability = null;
  }
  return changes;
}

export async function setDraft(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
  draft: boolean,
): Promise<void> {
  if (pull.draft === draft) return;
  pull.draft = draft;
  pull.updatedAt = world.now();
  await tell(world, repository, pull, draft ? 'converted_to_draft' : 'ready_for_review', by);
}
