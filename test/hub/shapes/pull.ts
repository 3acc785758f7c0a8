/** A pull request as GitHub tells of it. */
import type { Account, Pull, Repository } from '../state.ts';
import { accountOf, atLeast, iso, nodeId, type World } from '../world.ts';
import { userShape } from './accounts.ts';
import {
  repositoryApi,
  repositoryPage,
  repositoryShape,
  tinyRepositoryShape,
} from './repository.ts';

/** @see https://docs.github.com/graphql/reference/enums#commentauthorassociation */
export function association(world: World, repository: Repository, account: Account): string {
  if (account.id === repository.ownerId) return 'OWNER';
  if (world.members.get(repository.ownerId)?.has(account.id) === true) return 'MEMBER';
  return atLeast(repository.collaborators.get(account.id) ?? 'none', 'read')
    ? 'COLLABORATOR'
    : 'NONE';
}

function side(world: World, repository: Repository | null, ref: string, sha: string) {
  const owner = repository === null ? null : accountOf(world, repository.ownerId);
  return {
    label: `${owner?.login ?? 'unknown repository'}:${ref}`,
    ref,
    sha,
    user: owner === null ? null : userShape(world, owner),
    repo: repository === null ? null : repositoryShape(world, repository),
  };
}

function addresses(world: World, repository: Repository, pull: Pull) {
  const api = repositoryApi(world, repository);
  const url = `${api}/pulls/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  return {
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.head.sha}`,
  };
}

function links(to: ReturnType<typeof addresses>) {
  const href = (address: string) => ({ href: address });
  return {
    self: href(to.url),
    html: href(to.html_url),
    issue: href(to.issue_url),
    comments: href(to.comments_url),
    review_comments: href(to.review_comments_url),
    review_comment: href(to.review_comment_url),
    commits: href(to.commits_url),
    statuses: href(to.statuses_url),
  };
}

/** As in a list of pull requests. */
export function pullShape(world: World, repository: Repository, pull: Pull) {
  const author = accountOf(world, pull.authorId);
  const to = addresses(world, repository, pull);
  const fork = world.repositories.get(pull.head.repositoryId ?? -1) ?? null;
  return {
    ...to,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    title: pull.title,
    user: userShape(world, author),
    body: pull.body,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: pull.closedAt === null ? null : iso(pull.closedAt),
    merged_at: pull.mergedAt === null ? null : iso(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit ?? pull.mergeability?.commit ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((name) => labelShape(world, repository, name)),
    milestone: null,
    draft: pull.draft,
    head: side(world, fork, pull.head.ref, pull.head.sha),
    base: side(world, repository, pull.base.ref, pull.base.sha),
    _links: links(to),
    author_association: association(world, repository, author),
    auto_merge: autoMergeShape(world, pull),
  };
}

function labelShape(world: World, repository: Repository, name: string) {
  return {
    id: name.length,
    node_id: nodeId('LA', name.length),
    url: `${repositoryApi(world, repository)}/labels/${encodeURIComponent(name)}`,
    name,
    description: '',
    color: 'ededed',
    default: false,
  };
}

function autoMergeShape(world: World, pull: Pull) {
  if (pull.autoMerge === null) return null;
  return {
    enabled_by: userShape(world, accountOf(world, pull.autoMerge.enabledById)),
    merge_method: pull.autoMerge.method,
    commit_title: pull.autoMerge.title,
    commit_message: pull.autoMerge.message,
  };
}

/** One pull request asked for by its number, or told of in a webhook. */
export function wholePullShape(
  world: World,
  repository: Repository,
  pull: Pull,
  mergeableState: string,
) {
  const mergedBy = pull.mergedById === null ? null : accountOf(world, pull.mergedById);
  const comments = [...repository.comments.values()].filter((each) => each.number === pull.number);
  return {
    ...pullShape(world, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable: pull.state === 'open' ? (pull.mergeability?.clean ?? null) : null,
    rebaseable: pull.state === 'open' ? (pull.mergeability?.clean ?? null) : null,
    mergeable_state: mergeableState,
    merged_by: mergedBy === null ? null : userShape(world, mergedBy),
    comments: comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pull.measured?.commits ?? 0,
    additions: pull.measured?.additions ?? 0,
    deletions: pull.measured?.deletions ?? 0,
    changed_files: pull.measured?.changedFiles ?? 0,
  };
}

/** As a check tells of the pull requests at its head. */
export function tinyPullShape(world: World, repository: Repository, pull: Pull) {
  const repo = tinyRepositoryShape(world, repository);
  return {
    id: pull.id,
    number: pull.number,
    url: `${repositoryApi(world, repository)}/pulls/${pull.number}`,
    head: { ref: pull.head.ref, sha: pull.head.sha, repo },
    base: { ref: pull.base.ref, sha: pull.base.sha, repo },
  };
}
