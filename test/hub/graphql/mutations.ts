/** The mutations that the app uses, with GitHub's conditions and refusals. */
import { actorOf, installationReaches, type Principal } from '../auth.ts';
import { type MergeWish, mergePull } from '../merge.ts';
import { blocksOf, mergeableState } from '../mergeable.ts';
import { tell, weighMergeability } from '../pull-life.ts';
import { dequeue, enqueue } from '../queue.ts';
import { exclusively } from '../refs.ts';
import { queueRule } from '../rules-life.ts';
import type { MergeMethod, Pull, Repository } from '../state.ts';
import { atLeast, roleOf, type World } from '../world.ts';
import { foundComment, foundPull } from './nodes.ts';
import { actorObject, commentObject, entryObject, pullObject } from './objects.ts';
import { Refused } from './refused.ts';

interface PullInput {
  readonly pullRequestId: string;
  readonly clientMutationId?: string | null;
}

interface MergeInput extends PullInput {
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
  readonly expectedHeadOid?: string | null;
  readonly mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE' | null;
}

interface EnqueueInput extends PullInput {
  readonly expectedHeadOid?: string | null;
  readonly jump?: boolean | null;
}

interface MinimizeInput {
  readonly subjectId: string;
  readonly classifier?: string;
  readonly clientMutationId?: string | null;
}

export function mutationsOf(world: World, principal: Principal) {
  return {
    enablePullRequestAutoMerge: ({ input }: { input: MergeInput }) =>
      enableAutoMerge(world, principal, input),
    disablePullRequestAutoMerge: ({ input }: { input: PullInput }) =>
      disableAutoMerge(world, principal, input),
    mergePullRequest: ({ input }: { input: MergeInput }) => merge(world, principal, input),
    enqueuePullRequest: ({ input }: { input: EnqueueInput }) => enter(world, principal, input),
    dequeuePullRequest: ({ input }: { input: { id: string } }) => leave(world, principal, input.id),
    minimizeComment: ({ input }: { input: MinimizeInput }) =>
      minimize(world, principal, input, input.classifier ?? 'OUTDATED'),
    unminimizeComment: ({ input }: { input: MinimizeInput }) =>
      minimize(world, principal, input, null),
  };
}

/** GitHub's words for an app without the permission, and for a person without the role. */
function mayWrite(
  world: World,
  principal: Principal,
  repository: Repository,
  permission: string,
): void {
  const allowed =
    principal.kind === 'installation'
      ? principal.permissions[permission] === 'write' &&
        installationReaches(principal.installation, principal.repositoryIds, repository)
      : principal.kind === 'person' &&
        atLeast(roleOf(world, repository, principal.account.id), 'write');
  if (!allowed) throw new Refused('FORBIDDEN', 'Resource not accessible by integration');
}

const refuse = (message: string): Refused => new Refused('UNPROCESSABLE', message);

const methodOf = (input: MergeInput): MergeMethod =>
  (({ MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' }) as const)[input.mergeMethod ?? 'MERGE'];

async function enableAutoMerge(world: World, principal: Principal, input: MergeInput) {
  const { repository, pull } = foundPull(world, principal, input.pullRequestId);
  mayWrite(world, principal, repository, 'contents');
  mayWrite(world, principal, repository, 'pull_requests');
  const by = actorOf(world, principal);
  await exclusively(repository, async () => {
    await weighMergeability(repository, pull);
    const why = notForAutoMerge(world, repository, pull, input);
    if (why !== null) throw refuse(why);
    // With a queue the branch's own settings word the commit, whatever is asked here.
    const queued = queueRule(repository, pull.base.ref) !== undefined;
    pull.autoMerge = {
      enabledById: by.id,
      method: queued ? 'merge' : methodOf(input),
      title: queued ? '' : (input.commitHeadline ?? ''),
      message: queued ? '' : (input.commitBody ?? ''),
      expectedHead: input.expectedHeadOid ?? null,
    };
    await tell(world, repository, pull, 'auto_merge_enabled', by);
  });
  return {
    actor: () => actorObject(world, by),
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: () => pullObject(world, repository, pull),
  };
}

function notForAutoMerge(
  world: World,
  repository: Repository,
  pull: Pull,
  input: MergeInput,
): string | null {
  if (!repository.settings.allowAutoMerge) return 'Auto merge is not allowed for this repository';
  if (pull.state === 'closed') return 'Pull request is closed';
  if (pull.draft) return 'Pull request Pull request is in draft state';
  if (input.expectedHeadOid != null && input.expectedHeadOid !== pull.head.sha)
    return 'Head sha didn’t match expected head oid';
  if (blocksOf(world, repository, pull, null).length > 0) return null;
  // What could be merged at once has nothing to wait for.
  const state = mergeableState(world, repository, pull);
  return `Pull request Pull request is in ${state} status`;
}

async function disableAutoMerge(world: World, principal: Principal, input: PullInput) {
  const { repository, pull } = foundPull(world, principal, input.pullRequestId);
  mayWrite(world, principal, repository, 'pull_requests');
  const by = actorOf(world, principal);
  if (pull.autoMerge === null) throw refuse('Auto merge is not enabled for this pull request');
  pull.autoMerge = null;
  await tell(world, repository, pull, 'auto_merge_disabled', by, {
    reason: 'Auto-merge was disabled',
  });
  return {
    actor: () => actorObject(world, by),
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: () => pullObject(world, repository, pull),
  };
}

async function merge(world: World, principal: Principal, input: MergeInput) {
  const { repository, pull } = foundPull(world, principal, input.pullRequestId);
  mayWrite(world, principal, repository, 'contents');
  const by = actorOf(world, principal);
  const wish: MergeWish = {
    by,
    method: methodOf(input),
    title: input.commitHeadline ?? undefined,
    message: input.commitBody ?? undefined,
    sha: input.expectedHeadOid ?? undefined,
  };
  const merged = await exclusively(repository, () => mergePull(world, repository, pull, wish));
  if (!merged.ok) throw refuse(merged.message);
  return {
    actor: () => actorObject(world, by),
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: () => pullObject(world, repository, pull),
  };
}

async function enter(world: World, principal: Principal, input: EnqueueInput) {
  const { repository, pull } = foundPull(world, principal, input.pullRequestId);
  mayWrite(world, principal, repository, 'contents');
  mayWrite(world, principal, repository, 'pull_requests');
  if (input.expectedHeadOid != null && input.expectedHeadOid !== pull.head.sha)
    throw refuse('Head branch was modified. Review and try the merge again.');
  const by = actorOf(world, principal);
  const entry = await exclusively(repository, () => enqueue(world, repository, pull, by));
  if (typeof entry === 'string') throw refuse(entry);
  return {
    clientMutationId: input.clientMutationId ?? null,
    mergeQueueEntry: () => entryObject(world, repository, entry),
  };
}

async function leave(world: World, principal: Principal, id: string) {
  const { repository, pull } = foundPull(world, principal, id);
  mayWrite(world, principal, repository, 'contents');
  const entry = repository.queue.find((each) => each.number === pull.number);
  if (entry === undefined) throw refuse('Pull request is not in the queue');
  await exclusively(repository, () => dequeue(world, repository, pull.number, 'MANUAL'));
  return { clientMutationId: null, mergeQueueEntry: () => entryObject(world, repository, entry) };
}

/** The classifier as it is told back: lower case, with a dash where GitHub writes one. */
const reasons: Readonly<Record<string, string>> = { OFF_TOPIC: 'off-topic' };

function minimize(
  world: World,
  principal: Principal,
  input: MinimizeInput,
  classifier: string | null,
) {
  const { repository, comment } = foundComment(world, principal, input.subjectId);
  if (principal.kind === 'installation' && principal.permissions['issues'] === 'write')
    mayWrite(world, principal, repository, 'issues');
  else mayWrite(world, principal, repository, 'pull_requests');
  comment.minimizedReason =
    classifier === null ? null : (reasons[classifier] ?? classifier.toLowerCase());
  const subject = commentObject(world, repository, comment);
  const done = { clientMutationId: input.clientMutationId ?? null };
  return classifier === null
    ? { ...done, unminimizedComment: subject }
    : { ...done, minimizedComment: subject };
}
