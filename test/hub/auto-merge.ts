/** Merges what asked to be merged as soon as nothing blocks it any more. */

import { mergePull } from './merge.ts';
import { blocksOf } from './mergeable.ts';
import { openPulls, weighMergeability } from './pull-life.ts';
import { exclusively } from './refs.ts';
import type { Pull, Repository } from './state.ts';
import { accountOf, track, type World } from './world.ts';

/** Looks again at the pull requests at this commit, after whoever caused it has had an answer. */
export function afterMaybe(world: World, repository: Repository, sha: string): void {
  const waiting = openPulls(repository).filter(
    (pull) => pull.head.sha === sha && pull.autoMerge !== null,
  );
  for (const pull of waiting) track(world, mergeIfReady(world, repository, pull));
  for (const again of queueWatchers) again(world, repository, sha);
}

/** The merge queue looks at checks on its own commits, which no pull request has as its head. */
type Watcher = (world: World, repository: Repository, sha: string) => void;
const queueWatchers: Watcher[] = [];
export const watchChecks = (watcher: Watcher): void => {
  queueWatchers.push(watcher);
};

export function mergeIfReady(world: World, repository: Repository, pull: Pull): Promise<boolean> {
  return exclusively(repository, async () => {
    const { autoMerge } = pull;
    if (autoMerge === null || pull.state === 'closed') return false;
    await weighMergeability(repository, pull);
    // Auto-merge waits for every requirement, also where whoever enabled it could pass it by.
    if (blocksOf(world, repository, pull, null).length > 0) return false;
    const merged = await mergePull(world, repository, pull, {
      by: accountOf(world, autoMerge.enabledById),
      method: autoMerge.method,
      ...(autoMerge.title === '' ? {} : { title: autoMerge.title }),
      ...(autoMerge.message === '' ? {} : { message: autoMerge.message }),
      ...(autoMerge.expectedHead === null ? {} : { sha: autoMerge.expectedHead }),
    });
    return merged.ok;
  });
}
