/** Commit statuses, which anybody who may write can set under any name. */

import type { CommitStatus } from './check-state.ts';
import { readCommit } from './commits.ts';
import { emit } from './events.ts';
import { commitShape } from './shapes/commit.ts';
import type { Account, Repository } from './state.ts';
import { fullName, iso, nextId, track, type World } from './world.ts';

export function setStatus(
  world: World,
  repository: Repository,
  by: Account,
  words: Omit<CommitStatus, 'id' | 'creatorId' | 'createdAt'>,
): CommitStatus {
  const status = { ...words, id: nextId(world), creatorId: by.id, createdAt: world.now() };
  repository.statuses.push(status);
  track(world, tellOfStatus(world, repository, by, status));
  return status;
}

async function tellOfStatus(
  world: World,
  repository: Repository,
  sender: Account,
  status: CommitStatus,
): Promise<void> {
  const commit = await readCommit(repository, status.sha);
  emit(world, {
    event: 'status',
    repository,
    sender,
    payload: {
      id: status.id,
      sha: status.sha,
      name: fullName(world, repository),
      target_url: status.targetUrl,
      context: status.context,
      description: status.description,
      state: status.state,
      commit: commitShape(world, repository, commit),
      branches: [],
      created_at: iso(status.createdAt),
      updated_at: iso(status.createdAt),
      avatar_url: null,
    },
  });
}
