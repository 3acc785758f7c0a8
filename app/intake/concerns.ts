import { hash } from 'node:crypto';
import type { Actor } from '../../src/forge.ts';
import type { Digest } from '../../src/primitives.ts';
import type { Concern, Heard, Hearing, NoBearing, Note, Self, Where } from './concern-types.ts';
import { branchOf, type Payload, payloadOf } from './payload.ts';

/** Pull requests that one check names; GitHub lists fewer. */
const NAMED_PULLS_MAX = 100;
/** Repositories of one installation event; those beyond are found when open pull requests are reconciled. */
const REPOSITORIES_MAX = 10_000;

/** What a reader of one event finds: what to look at and remember, or why there is nothing. */
type Found =
  | { readonly concerns: readonly Concern[]; readonly notes?: readonly Note[] }
  | NoBearing;
type Reader = (payload: Payload, self: Self) => Found;

/**
 * What a delivery is about. Total: any event's name and any JSON value give an answer, and none throws.
 *
 * Nothing of a payload is judged: it may be old, replayed or out of order. It only says where to look.
 */
export function concernsOf(event: string, body: unknown, self: Self): Hearing {
  const payload = payloadOf(body);
  if (event === 'installation' || event === 'installation_repositories')
    return installationHearing(event, payload);
  const reader = Object.hasOwn(readers, event) ? readers[event] : undefined;
  if (reader === undefined) return { heard: [], because: 'event-not-heard' };
  const where = whereOf(payload.part('repository'), payload.id('installation', 'id'));
  if (typeof where === 'string') return { heard: [], because: where };
  const found = reader(payload, self);
  return typeof found === 'string'
    ? { heard: [], because: found }
    : { heard: [{ where, concerns: found.concerns, notes: found.notes ?? [] }], because: null };
}

const readers: Readonly<Record<string, Reader>> = {
  pull_request: pullRequest,
  pull_request_review: (payload) => pull(payload.id('pull_request', 'number')),
  issue_comment: issueComment,
  check_run: checkRun,
  check_suite: (payload, self) =>
    ownUnlessAsked(payload, self, 'check_suite') ?? atHead(payload.part('check_suite'), payload),
  workflow_run: workflowRun,
  status: (payload) => atHead(payload.part(), payload, 'sha'),
  push,
  merge_group: mergeGroup,
  // Who may approve, and what a branch requires, is read anew wherever it counts.
  member: everyPull,
  branch_protection_rule: everyPull,
  repository_ruleset: everyPull,
  repository: everyPull,
};

/** Of a pull request, nothing that the arbiter looks at depends on these. */
const silentPullActions = new Set([
  'assigned',
  'unassigned',
  'locked',
  'unlocked',
  'milestoned',
  'demilestoned',
  'review_requested',
  'review_request_removed',
]);

function pullRequest(payload: Payload, self: Self): Found {
  const number = payload.id('pull_request', 'number') ?? payload.id('number');
  if (number === null) return 'not-as-documented';
  const notes = headNote(payload.part('pull_request'), number);
  const action = payload.text('action') ?? '';
  const silent =
    silentPullActions.has(action) ||
    // We edit descriptions (the trailer); whoever else does may have changed the plea.
    (action === 'edited' && isSelf(payload, self) && !payload.has('changes', 'base'));
  return { concerns: silent ? [] : [{ kind: 'pull', pull: number }], notes };
}

function headNote(request: Payload, number: number): readonly Note[] {
  const head = request.sha('head', 'sha');
  const updatedAt = request.instant('updated_at');
  if (head === null || updatedAt === null) return [];
  return [{ kind: 'head', pull: number, head, updatedAt }];
}

function issueComment(payload: Payload, self: Self): Found {
  if (!payload.has('issue', 'pull_request')) return 'not-a-pull-request';
  const number = payload.id('issue', 'number');
  const comment = payload.id('comment', 'id');
  const text = payload.text('comment', 'body');
  const author = payload.id('comment', 'user', 'id');
  const createdAt = payload.instant('comment', 'created_at');
  if (number === null || comment === null || text === null || author === null || createdAt === null)
    return 'not-as-documented';
  const appId = payload.id('comment', 'performed_via_github_app', 'id');
  // Our own words may quote a command; hearing them would be talking to ourselves.
  if (appId === self.appId || isSelf(payload, self)) return 'our-own-doing';
  const about = { pull: number, comment, digest: textDigest(text) };
  const action = payload.text('action') ?? '';
  const looks: readonly Concern[] =
    mayCommand(text) || mayCommand(payload.text('changes', 'body', 'from') ?? '')
      ? [{ kind: 'pull', pull: number }]
      : [];
  switch (action) {
    case 'created': {
      const kind = actorKind(payload.text('comment', 'user', 'type'));
      const person = { id: author, login: payload.text('comment', 'user', 'login') ?? '', kind };
      return {
        concerns: looks,
        notes: [{ kind: 'comment', ...about, author: person, appId, createdAt, text }],
      };
    }
    case 'edited':
    case 'deleted': {
      const actor = payload.id('sender', 'id') ?? author;
      return {
        concerns: looks,
        notes: [{ kind: 'comment-change', change: action, ...about, actor }],
      };
    }
    default:
      return 'action-not-heard';
  }
}

/**
 * Whether a comment could hold a command under any reading of Markdown: the letters, or a character
 * reference that could stand for one of them. What it says is read later, and live.
 */
function mayCommand(text: string): boolean {
  return /caws|&/i.test(text);
}

function textDigest(text: string): Digest {
  return `sha256:${hash('sha256', text, 'hex')}` as Digest;
}

function checkRun(payload: Payload, self: Self): Found {
  const action = payload.text('action');
  const run = payload.part('check_run');
  if (action === 'requested_action') return button(payload, run, self);
  return ownUnlessAsked(payload, self, 'check_run') ?? atHead(run, payload);
}

/**
 * Our own check's changes are our own doing, except where a person asks for it again. GitHub asks for a
 * suite of ours with every push; what that push was to a pull request, it says in another event.
 */
function ownUnlessAsked(
  payload: Payload,
  self: Self,
  part: 'check_run' | 'check_suite',
): NoBearing | null {
  const asked = payload.text('action') === 'rerequested';
  return payload.id(part, 'app', 'id') === self.appId && !asked ? 'our-own-doing' : null;
}

function button(payload: Payload, run: Payload, self: Self): Found {
  if (run.id('app', 'id') !== self.appId) return 'action-not-heard';
  const head = run.sha('head_sha');
  const checkRunId = run.id('id');
  const identifier = payload.text('requested_action', 'identifier');
  const actor = actorOf(payload.part('sender'));
  if (head === null || checkRunId === null || identifier === null || actor === null)
    return 'not-as-documented';
  const externalId = run.text('external_id') ?? '';
  // GitHub allows 20 characters; nobody needs to remember more of something else.
  if (identifier.length > 20 || externalId.length > 255) return 'not-as-documented';
  const note: Note = { kind: 'button', head, checkRun: checkRunId, externalId, identifier, actor };
  return { concerns: [{ kind: 'pulls-at', head, named: namedPulls(run, payload) }], notes: [note] };
}

/** A run that somebody started stands at the commit of its workflow, and may answer gates of any head. */
function workflowRun(payload: Payload): Found {
  const run = payload.part('workflow_run');
  const found = atHead(run, payload);
  const id = run.id('id');
  const isEnd = payload.text('action') === 'completed' && run.text('event') === 'workflow_dispatch';
  return typeof found === 'string' || !isEnd || id === null
    ? found
    : { concerns: [...found.concerns, { kind: 'run', run: id }] };
}

/** A push of a fork names no pull request, so the head is what counts. */
function atHead(part: Payload, payload: Payload, key = 'head_sha'): Found {
  const head = part.sha(key);
  if (head === null) return 'not-as-documented';
  return { concerns: [{ kind: 'pulls-at', head, named: namedPulls(part, payload) }] };
}

/** Only those into this repository: the list also has pull requests of a fork into others. */
function namedPulls(part: Payload, payload: Payload): readonly number[] {
  const repository = payload.id('repository', 'id');
  return part
    .list(NAMED_PULLS_MAX, 'pull_requests')
    .filter((named) => named.id('base', 'repo', 'id') === repository)
    .flatMap((named) => named.id('number') ?? []);
}

function push(payload: Payload): Found {
  const branch = branchOf(payload.text('ref'));
  const after = payload.sha('after');
  // A branch that is gone has no commits to audit, and its pull requests are closed by the forge.
  if (branch === null || after === null) return 'action-not-heard';
  const concerns: Concern[] = [
    { kind: 'open-pulls', branch },
    { kind: 'audit', branch, before: payload.sha('before'), after },
  ];
  const isOwnersDefault =
    payload.text('repository', 'name') === '.github' &&
    branch === payload.text('repository', 'default_branch');
  return { concerns: isOwnersDefault ? [...concerns, { kind: 'organization' }] : concerns };
}

/** What is gone is looked at as well: only the queue itself says what it has now. */
function mergeGroup(payload: Payload): Found {
  if (!['checks_requested', 'destroyed'].includes(payload.text('action') ?? ''))
    return 'action-not-heard';
  const head = payload.sha('merge_group', 'head_sha');
  const branch = branchOf(payload.text('merge_group', 'base_ref'));
  if (head === null || branch === null) return 'not-as-documented';
  return { concerns: [{ kind: 'merge-group', head, branch }] };
}

function everyPull(): Found {
  return { concerns: [{ kind: 'open-pulls', branch: null }] };
}

function pull(number: number | null): Found {
  return number === null ? 'not-as-documented' : { concerns: [{ kind: 'pull', pull: number }] };
}

function installationHearing(event: string, payload: Payload): Hearing {
  const id = payload.id('installation', 'id');
  if (id === null) return { heard: [], because: 'not-as-documented' };
  const action = payload.text('action') ?? '';
  const gone = ['deleted', 'suspend'].includes(action);
  const added = event === 'installation' ? 'repositories' : 'repositories_added';
  const listed = (key: string, isGone: boolean) =>
    payload.list(REPOSITORIES_MAX, key).flatMap((entry) => installed(entry, id, isGone));
  const heard = [...listed(added, gone), ...listed('repositories_removed', true)];
  return heard.length === 0 ? { heard: [], because: 'action-not-heard' } : { heard, because: null };
}

function installed(entry: Payload, installationId: number, gone: boolean): readonly Heard[] {
  const where = whereOf(entry, installationId);
  if (typeof where === 'string') return [];
  return gone
    ? [{ where, concerns: [], notes: [{ kind: 'taken-away' }] }]
    : [{ where, concerns: [{ kind: 'open-pulls', branch: null }], notes: [] }];
}

function whereOf(repository: Payload, installationId: number | null): Where | NoBearing {
  const repositoryId = repository.id('id');
  const [owner = '', name = '', ...more] = (repository.text('full_name') ?? '').split('/');
  if (repositoryId === null || !isName(owner) || !isName(name) || more.length > 0)
    return 'not-as-documented';
  return installationId === null
    ? 'no-installation'
    : { installationId, repositoryId, owner, name };
}

/** These become parts of addresses and of paths of files. */
function isName(text: string): boolean {
  return /^[\w.-]{1,100}$/.test(text) && !/^\.{1,2}$/.test(text);
}

function isSelf(payload: Payload, self: Self): boolean {
  // A login ending in [bot] belongs to an app alone: people cannot have one.
  return (
    self.login !== null &&
    payload.text('sender', 'login') === self.login &&
    payload.text('sender', 'type') === 'Bot'
  );
}

function actorOf(sender: Payload): Actor | null {
  const id = sender.id('id');
  const login = sender.text('login');
  if (id === null || login === null || login.length > 100) return null;
  return { id, login, kind: actorKind(sender.text('type')) };
}

function actorKind(type: string | null): Actor['kind'] {
  switch (type ?? '') {
    case 'User':
      return 'person';
    case 'Organization':
      return 'organization';
    case 'Bot':
      return 'bot';
    // Whatever GitHub invents is not taken for a person.
    default:
      return 'ghost';
  }
}
