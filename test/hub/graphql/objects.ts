/** The objects of GitHub's schema, as far as the app asks for their fields. */
import { branchTip } from '../git.ts';
import { mergeableState } from '../mergeable.ts';
import { weighMergeability } from '../pull-life.ts';
import { exclusively } from '../refs.ts';
import { queueRule } from '../rules-life.ts';
import { accountNode } from '../shapes/accounts.ts';
import { commentPage } from '../shapes/issue.ts';
import { repositoryPage } from '../shapes/repository.ts';
import type { Account, Comment, Pull, QueueEntry, Repository } from '../state.ts';
import { accountOf, fullName, iso, nodeId, type World } from '../world.ts';

export function actorObject(world: World, account: Account) {
  return {
    __typename: account.kind,
    id: accountNode(account),
    databaseId: account.id,
    // GraphQL names a bot without the brackets that REST adds.
    login: account.login.replace(/\[bot\]$/, ''),
    url: `${world.url}/${account.login}`,
  };
}

export function repositoryObject(world: World, repository: Repository) {
  return {
    __typename: 'Repository',
    id: nodeId('R', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: fullName(world, repository),
    owner: () => actorObject(world, accountOf(world, repository.ownerId)),
    isPrivate: repository.settings.private,
    url: repositoryPage(world, repository),
    autoMergeAllowed: repository.settings.allowAutoMerge,
    mergeCommitAllowed: repository.settings.allowMerge,
    squashMergeAllowed: repository.settings.allowSquash,
    rebaseMergeAllowed: repository.settings.allowRebase,
    squashMergeCommitMessage: repository.settings.squashMessage,
    squashMergeCommitTitle: repository.settings.squashTitle,
    mergeCommitMessage: repository.settings.mergeMessage,
    mergeCommitTitle: repository.settings.mergeTitle,
    pullRequest: ({ number }: { number: number }) => {
      const pull = repository.pulls.get(number);
      return pull === undefined ? null : pullObject(world, repository, pull);
    },
    mergeQueue: ({ branch }: { branch?: string | null }) =>
      queueObject(world, repository, branch ?? repository.defaultBranch),
  };
}

const mergeStates: Readonly<Record<string, string>> = {
  behind: 'BEHIND',
  blocked: 'BLOCKED',
  clean: 'CLEAN',
  dirty: 'DIRTY',
  draft: 'DRAFT',
  unstable: 'UNSTABLE',
};

export function pullObject(world: World, repository: Repository, pull: Pull) {
  const entry = () => repository.queue.find((each) => each.number === pull.number);
  const weigh = () => exclusively(repository, () => weighMergeability(repository, pull));
  return {
    __typename: 'PullRequest',
    id: nodeId('PR', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    url: `${repositoryPage(world, repository)}/pull/${pull.number}`,
    state: pull.mergedAt !== null ? 'MERGED' : pull.state.toUpperCase(),
    merged: pull.mergedAt !== null,
    closed: pull.state === 'closed',
    isDraft: pull.draft,
    headRefName: pull.head.ref,
    headRefOid: pull.head.sha,
    baseRefName: pull.base.ref,
    baseRefOid: branchTip(repository, pull.base.ref) ?? pull.base.sha,
    createdAt: iso(pull.createdAt),
    updatedAt: iso(pull.updatedAt),
    author: () => actorObject(world, accountOf(world, pull.authorId)),
    repository: () => repositoryObject(world, repository),
    mergeCommit: pull.mergeCommit === null ? null : { oid: pull.mergeCommit },
    mergeable: async () => {
      await weigh();
      return pull.mergeability?.clean === false ? 'CONFLICTING' : 'MERGEABLE';
    },
    mergeStateStatus: async () => {
      await weigh();
      return mergeStates[mergeableState(world, repository, pull)] ?? 'UNKNOWN';
    },
    autoMergeRequest: () => autoMergeObject(world, repository, pull),
    isMergeQueueEnabled: queueRule(repository, pull.base.ref) !== undefined,
    isInMergeQueue: () => entry() !== undefined,
    mergeQueueEntry: () => {
      const found = entry();
      return found === undefined ? null : entryObject(world, repository, found);
    },
    timelineItems: (asked: { last?: number | null; itemTypes?: readonly string[] | null }) =>
      movesOf(pull, asked),
    comments: (asked: { first?: number | null; last?: number | null }) =>
      commentsOf(world, repository, pull, asked),
  };
}

const moveTypes = {
  closed: { __typename: 'ClosedEvent', itemType: 'CLOSED_EVENT' },
  reopened: { __typename: 'ReopenedEvent', itemType: 'REOPENED_EVENT' },
  aimed: { __typename: 'BaseRefChangedEvent', itemType: 'BASE_REF_CHANGED_EVENT' },
} as const;

/** Of its timeline, what became of the pull request as a whole. */
function movesOf(
  pull: Pull,
  { last, itemTypes }: { last?: number | null; itemTypes?: readonly string[] | null },
) {
  const wanted = pull.moves.filter(
    ({ kind }) => itemTypes?.includes(moveTypes[kind].itemType) !== false,
  );
  const nodes = wanted.slice(-Math.min(100, last ?? 100)).map((move) => ({
    __typename: moveTypes[move.kind].__typename,
    createdAt: iso(move.at),
    ...(move.kind === 'aimed' ? { previousRefName: move.from, currentRefName: move.to } : {}),
  }));
  const hasPreviousPage = nodes.length < wanted.length;
  return { nodes, pageInfo: { hasNextPage: false, hasPreviousPage } };
}

function commentsOf(
  world: World,
  repository: Repository,
  pull: Pull,
  { first, last }: { first?: number | null; last?: number | null },
) {
  const all = [...repository.comments.values()].filter((each) => each.number === pull.number);
  const size = Math.min(100, first ?? last ?? 30);
  const part = last == null ? all.slice(0, size) : all.slice(-size);
  const nodes = part.map((each) => commentObject(world, repository, each));
  const more = all.length > part.length;
  return {
    totalCount: all.length,
    nodes,
    pageInfo: {
      hasNextPage: last == null && more,
      hasPreviousPage: last != null && more,
      startCursor: null,
      endCursor: null,
    },
  };
}

function autoMergeObject(world: World, repository: Repository, pull: Pull) {
  const { autoMerge } = pull;
  if (autoMerge === null) return null;
  return {
    commitHeadline: autoMerge.title === '' ? null : autoMerge.title,
    commitBody: autoMerge.message === '' ? null : autoMerge.message,
    enabledAt: iso(pull.updatedAt),
    enabledBy: () => actorObject(world, accountOf(world, autoMerge.enabledById)),
    mergeMethod: autoMerge.method.toUpperCase(),
    pullRequest: () => pullObject(world, repository, pull),
  };
}

export function commentObject(world: World, repository: Repository, comment: Comment) {
  return {
    __typename: 'IssueComment',
    id: nodeId('IC', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    createdAt: iso(comment.createdAt),
    updatedAt: iso(comment.updatedAt),
    lastEditedAt: comment.lastEditedAt === null ? null : iso(comment.lastEditedAt),
    includesCreatedEdit: comment.lastEditedAt !== null,
    url: commentPage(world, repository, comment),
    author: () => actorObject(world, accountOf(world, comment.authorId)),
    isMinimized: comment.minimizedReason !== null,
    minimizedReason: comment.minimizedReason,
    viewerCanMinimize: true,
  };
}

export function entryObject(world: World, repository: Repository, entry: QueueEntry) {
  const same = repository.queue.filter((each) => each.baseRef === entry.baseRef);
  const pull = repository.pulls.get(entry.number);
  return {
    __typename: 'MergeQueueEntry',
    id: nodeId('MQE', entry.id),
    position: same.findIndex((each) => each.id === entry.id) + 1,
    state: entry.group === null ? 'QUEUED' : 'AWAITING_CHECKS',
    solo: false,
    jump: false,
    enqueuer: () => actorObject(world, accountOf(world, entry.enqueuedById)),
    headCommit: entry.group === null ? null : { oid: entry.group.sha },
    baseCommit: entry.group === null ? null : { oid: entry.group.baseSha },
    pullRequest: () => (pull === undefined ? null : pullObject(world, repository, pull)),
  };
}

function queueObject(world: World, repository: Repository, branch: string) {
  if (queueRule(repository, branch) === undefined) return null;
  const entries = repository.queue.filter((each) => each.baseRef === branch);
  return {
    __typename: 'MergeQueue',
    id: nodeId('MQ', repository.id),
    url: `${repositoryPage(world, repository)}/queue/${branch}`,
    entries: () => ({
      totalCount: entries.length,
      nodes: entries.map((entry) => entryObject(world, repository, entry)),
    }),
  };
}
