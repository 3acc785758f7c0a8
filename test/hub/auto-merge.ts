/** Merges what asked to be merged as soon as nothing blocks it any more. */
import { mergePull } from './merge.ts';
import { blocksOf } from './mergeable.ts';
import { openPulls, weighMergeability } from './pull-life.ts';
import { advance, enqueue } from './queue.ts';
import { exclusively } from './refs.ts';
import { queueRule } from './rules-life.ts';
import type { AutoMerge, Pull, Repository } from './state.ts';
import { accountOf, track, type World } from './world.ts';

/** Looks again at whatever waits for this commit, after whoever moved its checks has had an answer. */
export function afterChecks(world: World, repository: Repository, sha: string): void {
  const waiting = openPulls(repository).filter(
    (pull) => pull.head.sha === sha && pull.autoMerge !== null,
  );
  for (const pull of waiting) track(world, mergeIfReady(world, repository, pull));
  const queued = repository.queue.some((entry) => entry.group?.sha === sha);
  if (queued)
    track(
      world,
      exclusively(repository, () => advance(world, repository, sha)),
    );
}

export function mergeIfReady(world: World, repository: Repository, pull: Pull): Promise<boolean> {
  return exclusively(repository, async () => {
    const { autoMerge } = pull;
    if (autoMerge === null || pull.state === 'closed') return false;
    await weighMergeability(repository, pull);
    // Auto-merge waits for every requirement, also where whoever enabled it could pass it by.
    const blocks = blocksOf(world, repository, pull, null).filter(({ kind }) => kind !== 'queue');
    if (blocks.length > 0) return false;
    return mergeBy(world, repository, pull, autoMerge);
  });
}

async function mergeBy(
  world: World,
  repository: Repository,
  pull: Pull,
  wish: AutoMerge,
): Promise<boolean> {
  const by = accountOf(world, wish.enabledById);
  if (queueRule(repository, pull.base.ref) !== undefined)
    return typeof (await enqueue(world, repository, pull, by)) !== 'string';
  const merged = await mergePull(world, repository, pull, {
    by,
    method: wish.method,
    ...(wish.title === '' ? {} : { title: wish.title }),
    ...(wish.message === '' ? {} : { message: wish.message }),
    ...(wish.expectedHead === null ? {} : { sha: wish.expectedHead }),
  });
  return merged.ok;
}
