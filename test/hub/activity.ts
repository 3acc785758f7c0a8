/** Who moved which branch: what GitHub itself recorded, whatever a commit says of its author. */
import type { RefChange } from './refs.ts';
import type { Account, Repository } from './state.ts';
import { nextId, type World } from './world.ts';

export interface Activity extends RefChange {
  readonly id: number;
  readonly byId: number;
  readonly at: number;
}

const recorded = new WeakMap<Repository, Activity[]>();

/** Newest first, as GitHub lists them. */
export function activitiesOf(repository: Repository): readonly Activity[] {
  return (recorded.get(repository) ?? []).toReversed();
}

export function recordActivity(
  world: World,
  repository: Repository,
  by: Account,
  change: RefChange,
): void {
  const known = recorded.get(repository) ?? [];
  recorded.set(repository, known);
  known.push({ ...change, id: nextId(world), byId: by.id, at: world.now() });
}
