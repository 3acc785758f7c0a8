/**
 * The merge queue: each entry is tried on top of the one before it, on a branch of its own, and the base
 * moves there once every required check has passed at exactly that commit.
 */
import { readCommit } from './commits.ts';
import { emit } from './events.ts';
import { branchTip } from './git.ts';
import { writeMergeOf } from './merge.ts';
import { blocksOf } from './mergeable.ts';
import { markMerged, tell, weighMergeability } from './pull-life.ts';
import { moveRefs, noCommit } from './refs.ts';
import { demandsOf, queueRule, standingOf } from './rules-life.ts';
import { simpleCommitShape } from './shapes/commit.ts';
import type { Account, MergeMethod, Pull, QueueEntry, Repository } from './state.ts';
import { accountOf, nextId, type World } from './world.ts';

/** Called while the repository is held. @returns why it cannot be queued, or its entry. */
export async function enqueue(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
): Promise<QueueEntry | string> {
  if (queueRule(repository, pull.base.ref) === undefined)
    return 'The merge queue is not enabled for this branch';
  const standing = repository.queue.find((entry) => entry.number === pull.number);
  if (standing !== undefined) return 'Pull request is already in the queue';
  await weighMergeability(repository, pull);
  const block = blocksOf(world, repository, pull, null).find((each) => each.kind !== 'queue');
  if (block !== undefined) return block.text;
  const entry: QueueEntry = {
    id: nextId(world),
    number: pull.number,
    enqueuedById: by.id,
    baseRef: pull.base.ref,
    group: null,
  };
  repository.queue = [...repository.queue, entry];
  await tell(world, repository, pull, 'enqueued', by);
  await buildGroups(world, repository, pull.base.ref);
  return repository.queue.find((each) => each.id === entry.id) ?? entry;
}

export type DequeueReason = 'CI_FAILURE' | 'MANUAL' | 'MERGE_CONFLICT' | 'INVALID_MERGE_COMMIT';

/** Takes one out; what stood behind it is tried anew without it. */
export async function dequeue(
  world: World,
  repository: Repository,
  number: number,
  reason: DequeueReason,
): Promise<void> {
  const at = repository.queue.findIndex((entry) => entry.number === number);
  const entry = repository.queue[at];
  const pull = repository.pulls.get(number);
  if (entry === undefined || pull === undefined) return;
  const behind = repository.queue.slice(at).filter((each) => each.baseRef === entry.baseRef);
  for (const each of behind)
    await dropGroup(world, repository, each, each === entry ? 'dequeued' : 'invalidated');
  repository.queue = repository.queue
    .filter((each) => each !== entry)
    .map((each) => (behind.includes(each) ? { ...each, group: null } : each));
  const by = accountOf(world, entry.enqueuedById);
  await tell(world, repository, pull, 'dequeued', by, { reason });
  await buildGroups(world, repository, entry.baseRef);
}

const rank = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

function methodOf(repository: Repository, base: string): MergeMethod {
  const named = queueRule(repository, base)?.parameters?.['merge_method'];
  return rank[(typeof named === 'string' ? named : 'MERGE') as keyof typeof rank] ?? 'merge';
}

/** Makes a trial branch for every entry that has none. */
async function buildGroups(world: World, repository: Repository, base: string): Promise<void> {
  let below = branchTip(repository, base);
  for (const entry of repository.queue.filter((each) => each.baseRef === base)) {
    if (entry.group === null && below !== undefined) {
      const built = await buildGroup(world, repository, entry, below);
      if (!built) {
        await dequeue(world, repository, entry.number, 'MERGE_CONFLICT');
        return;
      }
    }
    below = repository.queue.find((each) => each.id === entry.id)?.group?.sha ?? below;
  }
}

async function buildGroup(
  world: World,
  repository: Repository,
  entry: QueueEntry,
  baseSha: string,
): Promise<boolean> {
  const pull = repository.pulls.get(entry.number);
  const by = accountOf(world, entry.enqueuedById);
  // Title and message of whoever asked are not looked at: the queue words every commit itself.
  const wish = { by, method: methodOf(repository, entry.baseRef) };
  const sha =
    pull === undefined ? null : await writeMergeOf(world, repository, pull, wish, baseSha);
  if (sha === null) return false;
  const ref = `refs/heads/gh-readonly-queue/${entry.baseRef}/pr-${entry.number}-${baseSha}`;
  repository.queue = repository.queue.map((each) =>
    each.id === entry.id ? { ...each, group: { ref, sha, baseSha } } : each,
  );
  await moveRefs(world, repository, by, [
    { ref, before: repository.refs.get(ref) ?? noCommit, after: sha },
  ]);
  await tellOfGroup(world, repository, { ref, sha, baseSha }, entry, 'checks_requested', {});
  return true;
}

async function tellOfGroup(
  world: World,
  repository: Repository,
  group: NonNullable<QueueEntry['group']>,
  entry: QueueEntry,
  action: 'checks_requested' | 'destroyed',
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  emit(world, {
    event: 'merge_group',
    action,
    repository,
    sender: accountOf(world, entry.enqueuedById),
    payload: {
      ...more,
      merge_group: {
        head_sha: group.sha,
        head_ref: group.ref,
        base_sha: group.baseSha,
        base_ref: `refs/heads/${entry.baseRef}`,
        head_commit: simpleCommitShape(await readCommit(repository, group.sha)),
      },
    },
  });
}

async function dropGroup(
  world: World,
  repository: Repository,
  entry: QueueEntry,
  reason: 'merged' | 'invalidated' | 'dequeued',
): Promise<void> {
  if (entry.group === null) return;
  const { ref, sha } = entry.group;
  const by = accountOf(world, entry.enqueuedById);
  if (repository.refs.get(ref) === sha)
    await moveRefs(world, repository, by, [{ ref, before: sha, after: noCommit }]);
  await tellOfGroup(world, repository, entry.group, entry, 'destroyed', { reason });
}

/** Looks at the first of each queue after a check at this commit moved. Called while held. */
export async function advance(world: World, repository: Repository, sha: string): Promise<void> {
  const touched = repository.queue.find((entry) => entry.group?.sha === sha);
  if (touched === undefined) return;
  const demands = demandsOf(world, repository, touched.baseRef, null);
  if (demands.some((demand) => standingOf(world, repository, sha, demand) === 'failed')) {
    await dequeue(world, repository, touched.number, 'CI_FAILURE');
    return;
  }
  await mergeFirst(world, repository, touched.baseRef);
}

/** As many from the front as have passed; more than this at once is a bug of the hub. */
const mergedAtOnceMax = 100;

async function mergeFirst(world: World, repository: Repository, base: string): Promise<void> {
  for (let count = 0; count < mergedAtOnceMax; count += 1) {
    const entry = repository.queue.find((each) => each.baseRef === base);
    const pull = repository.pulls.get(entry?.number ?? -1);
    const tip = branchTip(repository, base);
    if (entry?.group == null || pull === undefined || tip === undefined) return;
    const { sha } = entry.group;
    const demands = demandsOf(world, repository, base, null);
    if (demands.some((demand) => standingOf(world, repository, sha, demand) !== 'passed')) return;
    const by = accountOf(world, entry.enqueuedById);
    pull.mergeCommit = sha;
    const ref = `refs/heads/${base}`;
    await moveRefs(world, repository, by, [{ ref, before: tip, after: sha }]);
    repository.queue = repository.queue.filter((each) => each !== entry);
    await dropGroup(world, repository, entry, 'merged');
    await markMerged(world, repository, pull, { by, commit: sha });
  }
}
