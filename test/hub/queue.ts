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
    head: pull.head.sha,
    enqueuedById: by.id,
    baseRef: pull.base.ref,
    group: null,
  };
  repository.queue = [...repository.queue, entry];
  await tell(world, repository, pull, 'enqueued', by);
  await buildGroups(world, repository, pull.base.ref);
  return repository.queue.find((each) => each.id === entry.id) ?? entry;
}

export type DequeueReason =
  | 'CI_FAILURE'
  | 'MANUAL'
  | 'MERGE_CONFLICT'
  | 'INVALID_MERGE_COMMIT'
  | 'UNKNOWN_REMOVAL_REASON';

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
  repository.queue = repository.queue
    .filter((each) => each !== entry)
    .map((each) => (behind.includes(each) ? { ...each, group: null } : each));
  for (const each of behind)
    await dropGroup(world, repository, each, each === entry ? 'dequeued' : 'invalidated');
  const by = accountOf(world, entry.enqueuedById);
  await tell(world, repository, pull, 'dequeued', by, { reason });
  await buildGroups(world, repository, entry.baseRef);
}

/**
 * Looks after the queues once a branch or a pull request moved: whoever is not what was enqueued goes, and
 * what was built on a base that is another by now is built anew.
 */
export async function tendQueues(world: World): Promise<void> {
  for (const repository of world.repositories.values()) {
    const gone = repository.queue.find((entry) => !isAsEnqueued(repository, entry));
    if (gone !== undefined) await dequeue(world, repository, gone.number, 'UNKNOWN_REMOVAL_REASON');
    for (const base of new Set(repository.queue.map(({ baseRef }) => baseRef)))
      await rebuildIfMoved(world, repository, base);
  }
}

function isAsEnqueued(repository: Repository, { number, head, baseRef }: QueueEntry): boolean {
  const pull = repository.pulls.get(number);
  return pull?.state === 'open' && pull.head.sha === head && pull.base.ref === baseRef;
}

async function rebuildIfMoved(world: World, repository: Repository, base: string): Promise<void> {
  const standing = repository.queue.filter((entry) => entry.baseRef === base);
  const built = standing[0]?.group;
  if (built == null || built.baseSha === branchTip(repository, base)) return;
  repository.queue = repository.queue.map((entry) =>
    entry.baseRef === base ? { ...entry, group: null } : entry,
  );
  for (const entry of standing) await dropGroup(world, repository, entry, 'invalidated');
  await buildGroups(world, repository, base);
}

const rank = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

function methodOf(repository: Repository, base: string): MergeMethod {
  const named = queueRule(repository, base)?.parameters?.['merge_method'];
  return rank[(typeof named === 'string' ? named : 'MERGE') as keyof typeof rank] ?? 'merge';
}

function numberOf(repository: Repository, base: string, name: string, otherwise: number): number {
  const set = queueRule(repository, base)?.parameters?.[name];
  return typeof set === 'number' ? set : otherwise;
}

/** GitHub's own figures where a rule names none. */
const builtMax = 5;
const mergedMax = 5;

/** Makes a trial branch for each of the first entries that has none. */
async function buildGroups(world: World, repository: Repository, base: string): Promise<void> {
  let below = branchTip(repository, base);
  const max = numberOf(repository, base, 'max_entries_to_build', builtMax);
  const standing = repository.queue.filter((each) => each.baseRef === base);
  for (const entry of standing.slice(0, max)) {
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
  await showGroup(world, repository, entry, { ref, sha, baseSha });
  return true;
}

async function showGroup(
  world: World,
  repository: Repository,
  entry: QueueEntry,
  group: NonNullable<QueueEntry['group']>,
): Promise<void> {
  const { ref, sha } = group;
  repository.queue = repository.queue.map((each) =>
    each.id === entry.id ? { ...each, group } : each,
  );
  const by = accountOf(world, entry.enqueuedById);
  await moveRefs(world, repository, by, [
    { ref, before: repository.refs.get(ref) ?? noCommit, after: sha },
  ]);
  await tellOfGroup(world, repository, group, entry, 'checks_requested', {});
}

/** Puts another commit where the queue has made its own, as whoever may write its branches could. */
export async function slipIn(
  world: World,
  repository: Repository,
  number: number,
  sha: string,
): Promise<void> {
  const entry = repository.queue.find((each) => each.number === number);
  if (entry?.group == null) throw new Error(`#${number} has no group`);
  await showGroup(world, repository, entry, { ...entry.group, sha });
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
  const failed = demands.some((demand) => standingOf(world, repository, sha, demand) === 'failed');
  if (failed && decides(repository, touched)) {
    await dequeue(world, repository, touched.number, 'CI_FAILURE');
    return;
  }
  await mergeFirst(world, repository, touched.baseRef);
}

const strategyOf = (repository: Repository, base: string): unknown =>
  queueRule(repository, base)?.parameters?.['grouping_strategy'];

/** HEADGREEN overlooks what fails as long as something stands on top of it. */
function decides(repository: Repository, { id, baseRef }: QueueEntry): boolean {
  if (strategyOf(repository, baseRef) !== 'HEADGREEN') return true;
  const built = repository.queue.filter((each) => each.baseRef === baseRef && each.group !== null);
  return built.at(-1)?.id === id;
}

/** Merges as many from the front as may land together; the base moves once. */
async function mergeFirst(world: World, repository: Repository, base: string): Promise<void> {
  const landing = ready(world, repository, base);
  const last = landing.at(-1);
  const tip = branchTip(repository, base);
  if (last === undefined || tip === undefined) return;
  for (const { pull, group } of landing) pull.mergeCommit = group.sha;
  repository.queue = repository.queue.filter((each) =>
    landing.every(({ entry }) => entry !== each),
  );
  const by = accountOf(world, last.entry.enqueuedById);
  const moved = { ref: `refs/heads/${base}`, before: tip, after: last.group.sha };
  await moveRefs(world, repository, by, [moved]);
  for (const { entry, pull, group } of landing) {
    await dropGroup(world, repository, entry, 'merged');
    const merger = accountOf(world, entry.enqueuedById);
    await markMerged(world, repository, pull, { by: merger, commit: group.sha });
  }
  await buildGroups(world, repository, base);
}

interface Ready {
  readonly entry: QueueEntry;
  readonly pull: Pull;
  readonly group: NonNullable<QueueEntry['group']>;
}

/** HEADGREEN asks for the last commit's checks alone; ALLGREEN for those of every one before it. */
function ready(world: World, repository: Repository, base: string): readonly Ready[] {
  const max = numberOf(repository, base, 'max_entries_to_merge', mergedMax);
  const first = repository.queue
    .filter((entry) => entry.baseRef === base)
    .slice(0, max)
    .flatMap((entry): readonly Ready[] => {
      const pull = repository.pulls.get(entry.number);
      return pull === undefined || entry.group === null
        ? []
        : [{ entry, pull, group: entry.group }];
    });
  const demands = demandsOf(world, repository, base, null);
  const passed = ({ group }: Ready) =>
    demands.every((demand) => standingOf(world, repository, group.sha, demand) === 'passed');
  const strategy = strategyOf(repository, base);
  const failing = first.findIndex((each) => !passed(each));
  const count =
    strategy === 'HEADGREEN'
      ? first.findLastIndex(passed) + 1
      : failing < 0
        ? first.length
        : failing;
  const min = numberOf(repository, base, 'min_entries_to_merge', 1);
  return count < min ? [] : first.slice(0, count);
}
