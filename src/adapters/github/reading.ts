import type {
  Actor,
  CheckConclusion,
  LiveCheckRun,
  LiveComment,
  LivePull,
  LiveWorkflowRun,
} from '../../forge.ts';
import { type CommitSha, commitSha, type Instant } from '../../primitives.ts';
import { PartOfAnAnswer } from './client.ts';

/** As GitHub's own description types its numbers. */
type Id = number | bigint;

/** The parts of GitHub's answers that are read; everything else is left alone. */
export interface GitHubUser {
  readonly id: Id;
  readonly login: string;
  readonly type?: string;
}

interface GitHubPull {
  readonly number: number;
  readonly state: string;
  readonly merged_at?: string | null;
  readonly draft?: boolean | undefined;
  readonly user: GitHubUser | null;
  readonly title: string;
  readonly body: string | null;
  readonly base: { readonly ref: string; readonly sha: string };
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repo: {
      readonly id: Id;
      readonly name: string;
      readonly owner: { readonly login: string };
    } | null;
  };
  readonly merge_commit_sha: string | null;
  readonly auto_merge?: unknown;
  readonly comments?: number;
  readonly updated_at: string;
}

export function pullOf(pull: GitHubPull): LivePull {
  const merged = typeof pull.merged_at === 'string';
  return {
    number: pull.number,
    state: merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    draft: pull.draft === true,
    author: actorOf(pull.user),
    title: pull.title,
    body: pull.body ?? '',
    base: { branch: pull.base.ref, sha: commitOf(pull.base.sha) },
    head: {
      branch: pull.head.ref,
      sha: commitOf(pull.head.sha),
      repositoryId: pull.head.repo === null ? null : idOf(pull.head.repo.id),
      repositoryName:
        pull.head.repo === null
          ? null
          : { owner: pull.head.repo.owner.login, repo: pull.head.repo.name },
    },
    mergeCommit: merged && pull.merge_commit_sha !== null ? commitOf(pull.merge_commit_sha) : null,
    autoMerge: pull.auto_merge !== null && pull.auto_merge !== undefined,
    comments: pull.comments ?? null,
    updatedAt: instantOf(pull.updated_at),
  };
}

/** Deleted accounts come as null or as `ghost`; neither is anybody. */
export function actorOf(user: GitHubUser | null): Actor {
  if (user === null || user.login === 'ghost') return { id: 0, login: 'ghost', kind: 'ghost' };
  const kinds: Readonly<Record<string, Actor['kind']>> = {
    User: 'person',
    Bot: 'bot',
    Organization: 'organization',
  };
  // An account of a kind that is not known here is treated as no person.
  return { id: idOf(user.id), login: user.login, kind: kinds[user.type ?? ''] ?? 'bot' };
}

interface GitHubComment {
  readonly id: Id;
  readonly user: GitHubUser | null;
  readonly body?: string | undefined;
  readonly created_at: string;
  readonly updated_at: string;
  readonly performed_via_github_app?: { readonly id: Id } | null | undefined;
}

export function commentOf(comment: GitHubComment): LiveComment {
  return {
    id: idOf(comment.id),
    author: actorOf(comment.user),
    body: comment.body ?? '',
    createdAt: instantOf(comment.created_at),
    updatedAt: instantOf(comment.updated_at),
    appId: maybeId(comment.performed_via_github_app?.id),
  };
}

interface GitHubCheckRun {
  readonly id: Id;
  readonly name: string;
  readonly head_sha: string;
  readonly app: { readonly id: Id } | null;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string | null;
  readonly details_url: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly check_suite: { readonly id: Id } | null;
  readonly output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly annotations_count: number;
  };
}

export function checkRunOf(run: GitHubCheckRun): LiveCheckRun {
  return {
    id: idOf(run.id),
    name: run.name,
    head: commitOf(run.head_sha),
    appId: maybeId(run.app?.id),
    // waiting, requested and pending are states of a run that has not begun.
    status: run.status === 'completed' || run.status === 'in_progress' ? run.status : 'queued',
    conclusion: run.conclusion as CheckConclusion | null,
    externalId: run.external_id ?? '',
    title: run.output.title ?? '',
    summary: run.output.summary ?? '',
    annotations: run.output.annotations_count,
    startedAt: run.started_at === null ? null : instantOf(run.started_at),
    completedAt: run.completed_at === null ? null : instantOf(run.completed_at),
    checkSuiteId: maybeId(run.check_suite?.id),
    detailsUrl: run.details_url ?? '',
  };
}

interface GitHubWorkflowRun {
  readonly id: Id;
  readonly path: string;
  readonly event: string;
  readonly head_sha: string;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly check_suite_id?: Id | undefined;
  readonly run_attempt?: number | undefined;
}

export function workflowRunOf(run: GitHubWorkflowRun): LiveWorkflowRun {
  return {
    id: idOf(run.id),
    // `path@ref` for workflows of another repository; the part before is the file.
    path: run.path.split('@')[0] ?? run.path,
    event: run.event,
    head: commitOf(run.head_sha),
    status: run.status ?? 'queued',
    conclusion: run.conclusion,
    checkSuiteId: maybeId(run.check_suite_id),
    attempt: run.run_attempt ?? 1,
  };
}

/** @throws PartOfAnAnswer for a number that JavaScript would round to another one. */
export function idOf(id: Id): number {
  const number = Number(id);
  if (!Number.isSafeInteger(number)) throw new PartOfAnAnswer('an id that is no whole number');
  return number;
}

const maybeId = (id: Id | undefined): number | null => (id === undefined ? null : idOf(id));

export function commitOf(text: string): CommitSha {
  const sha = commitSha(text);
  if (sha === undefined) throw new PartOfAnAnswer('a commit without its id');
  return sha;
}

function instantOf(text: string): Instant {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new PartOfAnAnswer('a time that is none');
  return at as Instant;
}
