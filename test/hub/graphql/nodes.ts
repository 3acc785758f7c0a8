/** What a node id stands for, where whoever asks may see it. */
import { type Principal, sees } from '../auth.ts';
import type { Comment, Pull, Repository } from '../state.ts';
import { idOfNode, type World } from '../world.ts';
import { Refused } from './refused.ts';

export type Found =
  | { readonly kind: 'repository'; readonly repository: Repository }
  | { readonly kind: 'pull'; readonly repository: Repository; readonly pull: Pull }
  | { readonly kind: 'comment'; readonly repository: Repository; readonly comment: Comment };

export function found(world: World, principal: Principal, id: string): Found {
  for (const repository of world.repositories.values()) {
    if (!sees(world, principal, repository)) continue;
    const node = within(repository, id);
    if (node !== null) return node;
  }
  throw new Refused('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function within(repository: Repository, id: string): Found | null {
  if (idOfNode('R', id) === repository.id) return { kind: 'repository', repository };
  const pullId = idOfNode('PR', id);
  const pull = [...repository.pulls.values()].find((each) => each.id === pullId);
  if (pull !== undefined) return { kind: 'pull', repository, pull };
  const comment = repository.comments.get(idOfNode('IC', id) ?? -1);
  return comment === undefined ? null : { kind: 'comment', repository, comment };
}

export function foundPull(world: World, principal: Principal, id: string) {
  const node = found(world, principal, id);
  if (node.kind !== 'pull')
    throw new Refused(
      'NOT_FOUND',
      `Could not resolve to PullRequest node with the global id of '${id}'.`,
    );
  return node;
}

export function foundComment(world: World, principal: Principal, id: string) {
  const node = found(world, principal, id);
  if (node.kind !== 'comment')
    throw new Refused(
      'NOT_FOUND',
      `Could not resolve to Minimizable node with the global id of '${id}'.`,
    );
  return node;
}
