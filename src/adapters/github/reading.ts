import type {
  Actor,
  CheckConclusion,
  LiveCheckRun,
  LiveComment,
  LivePull,
  LiveWorkflowRun,
} from '../../forge.ts';
import { type Fields, fieldsOf, OddAnswer } from './answer.ts';

/** @param repositoryId whose pull request it has to be: a name can lead to another repository by now. */
export function pullOf(pull: Fields, repositoryId: number): LivePull {
  const base = pull.fields('base');
  if (base.fields('repo').id('id') !== repositoryId)
    throw new OddAnswer('a pull request of another repository');
  const head = pull.fields('head');
  const repository = head.maybeFields('repo');
  const merged = pull.maybeInstant('merged_at') !== null;
  const state = pull.text('state');
  if (state !== 'open' && state !== 'closed') throw new OddAnswer('a pull request of no state');
  return {
    number: pull.id('number'),
    state: merged ? 'merged' : state,
    draft: pull.maybeFlag('draft') === true,
    author: actorIn(pull, 'user'),
    title: pull.text('title'),
    body: pull.maybeText('body') ?? '',
    base: { branch: base.text('ref'), sha: base.commit('sha') },
    head: {
      branch: head.text('ref'),
      sha: head.commit('sha'),
      repositoryId: repository?.id('id') ?? null,
      repositoryName:
        repository === null
          ? null
          : { owner: repository.fields('owner').text('login'), repo: repository.text('name') },
    },
    mergeCommit: merged && pull.has('merge_commit_sha') ? pull.commit('merge_commit_sha') : null,
    autoMerge: autoMergeIn(pull),
    comments: pull.has('comments') ? pull.count('comments') : null,
    updatedAt: pull.instant('updated_at'),
  };
}

function autoMergeIn(pull: Fields): LivePull['autoMerge'] {
  const waits = pull.maybeFields('auto_merge');
  if (waits === null) return null;
  const method = waits.maybeText('merge_method');
  const known = method === 'merge' || method === 'squash' || method === 'rebase' ? method : null;
  return { message: waits.maybeText('commit_message') ?? '', method: known };
}

/** Deleted accounts come as null or as `ghost`; neither is anybody. */
export function actorIn(fields: Fields, name: string): Actor {
  const user = fields.maybeFields(name);
  return user === null ? nobody : actorOf(user);
}

export function actorOf(user: Fields): Actor {
  const login = user.text('login');
  if (login === 'ghost') return nobody;
  const kinds: Readonly<Record<string, Actor['kind']>> = {
    User: 'person',
    Bot: 'bot',
    Organization: 'organization',
  };
  // An account of a kind that is not known here is treated as no person.
  return { id: user.id('id'), login, kind: kinds[user.maybeText('type') ?? ''] ?? 'bot' };
}

const nobody: Actor = { id: 0, login: 'ghost', kind: 'ghost' };

export function commentOf(comment: Fields): LiveComment {
  return {
    id: comment.id('id'),
    nodeId: comment.text('node_id'),
    author: actorIn(comment, 'user'),
    body: comment.text('body'),
    createdAt: comment.instant('created_at'),
    updatedAt: comment.instant('updated_at'),
    appId: comment.maybeFields('performed_via_github_app')?.id('id') ?? null,
  };
}

export function checkRunOf(run: Fields): LiveCheckRun {
  const status = run.text('status');
  const output = run.fields('output');
  return {
    id: run.id('id'),
    name: run.text('name'),
    head: run.commit('head_sha'),
    appId: run.maybeFields('app')?.id('id') ?? null,
    // waiting, requested and pending are states of a run that has not begun.
    status: status === 'completed' || status === 'in_progress' ? status : 'queued',
    conclusion: run.maybeText('conclusion') as CheckConclusion | null,
    externalId: run.maybeText('external_id') ?? '',
    title: output.maybeText('title') ?? '',
    summary: output.maybeText('summary') ?? '',
    annotations: output.count('annotations_count'),
    startedAt: run.maybeInstant('started_at'),
    completedAt: run.maybeInstant('completed_at'),
    checkSuiteId: run.maybeFields('check_suite')?.id('id') ?? null,
    detailsUrl: run.maybeText('details_url') ?? '',
  };
}

export function workflowRunOf(run: Fields): LiveWorkflowRun {
  const path = run.text('path');
  return {
    id: run.id('id'),
    // `path@ref` for workflows of another repository; the part before is the file.
    path: path.split('@')[0] ?? path,
    event: run.text('event'),
    head: run.commit('head_sha'),
    status: run.maybeText('status') ?? 'queued',
    conclusion: run.maybeText('conclusion'),
    checkSuiteId: run.maybeId('check_suite_id'),
    attempt: run.maybeId('run_attempt') ?? 1,
    startedAt: run.maybeInstant('run_started_at'),
  };
}

/** @throws OddAnswer where what was written is not what the answer speaks of. */
export function mustBe(data: unknown, what: string, name: 'id' | 'number', written: number): void {
  if (fieldsOf(data, what).id(name) !== written) throw new OddAnswer(`another ${what}`);
}
