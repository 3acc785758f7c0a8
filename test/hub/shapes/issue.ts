/** Comments, and pull requests seen as issues. */
import type { Comment, Pull, Reaction, Repository } from '../state.ts';
import { accountOf, iso, nodeId, type World } from '../world.ts';
import { appShape, userShape } from './accounts.ts';
import { association } from './pull.ts';
import { repositoryApi, repositoryPage } from './repository.ts';

export const reactionKinds = [
  '+1',
  '-1',
  'laugh',
  'hooray',
  'confused',
  'heart',
  'rocket',
  'eyes',
] as const;

function rollup(url: string, reactions: readonly Reaction[]) {
  const count = (kind: string) => reactions.filter((each) => each.content === kind).length;
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
}

export function reactionShape(world: World, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userShape(world, accountOf(world, reaction.accountId)),
    content: reaction.content,
    created_at: iso(reaction.createdAt),
  };
}

export const commentPage = (world: World, repository: Repository, comment: Comment): string =>
  `${repositoryPage(world, repository)}/pull/${comment.number}#issuecomment-${comment.id}`;

export function commentShape(world: World, repository: Repository, comment: Comment) {
  const author = accountOf(world, comment.authorId);
  const url = `${repositoryApi(world, repository)}/issues/comments/${comment.id}`;
  const app = world.apps.get(comment.viaAppId ?? -1);
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: commentPage(world, repository, comment),
    issue_url: `${repositoryApi(world, repository)}/issues/${comment.number}`,
    user: userShape(world, author),
    body: comment.body,
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    author_association: association(world, repository, author),
    reactions: rollup(url, comment.reactions),
    performed_via_github_app: app === undefined ? null : appShape(world, app),
  };
}

/** A pull request in the words of the issues API, as `issue_comment` tells of it. */
export function issueShape(world: World, repository: Repository, pull: Pull) {
  const author = accountOf(world, pull.authorId);
  const url = `${repositoryApi(world, repository)}/issues/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  const comments = [...repository.comments.values()].filter((each) => each.number === pull.number);
  return {
    url,
    repository_url: repositoryApi(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: page,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    title: pull.title,
    user: userShape(world, author),
    labels: [],
    state: pull.state,
    state_reason: null,
    locked: false,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: comments.length,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: pull.closedAt === null ? null : iso(pull.closedAt),
    author_association: association(world, repository, author),
    body: pull.body,
    draft: pull.draft,
    performed_via_github_app: null,
    reactions: rollup(url, []),
    pull_request: {
      url: `${repositoryApi(world, repository)}/pulls/${pull.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: pull.mergedAt === null ? null : iso(pull.mergedAt),
    },
  };
}
