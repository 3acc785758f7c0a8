/** Where a GraphQL query begins. */
import { actorOf, type Principal, sees } from '../auth.ts';
import { repositoryNamed, type World } from '../world.ts';
import { found } from './nodes.ts';
import { actorObject, commentObject, pullObject, repositoryObject } from './objects.ts';
import { Refused } from './refused.ts';

export function queriesOf(world: World, principal: Principal) {
  return {
    viewer: () => actorObject(world, actorOf(world, principal)),
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repository = repositoryNamed(world, owner, name);
      if (repository === undefined || !sees(world, principal, repository))
        throw new Refused(
          'NOT_FOUND',
          `Could not resolve to a Repository with the name '${owner}/${name}'.`,
        );
      return repositoryObject(world, repository);
    },
    node: ({ id }: { id: string }) => nodeOf(world, principal, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => nodeOf(world, principal, id)),
    rateLimit: () => ({
      cost: 1,
      limit: world.hourlyLimit,
      remaining: world.hourlyLimit,
      used: 0,
      resetAt: new Date(world.now() + 3_600_000).toISOString(),
    }),
  };
}

function nodeOf(world: World, principal: Principal, id: string) {
  const node = found(world, principal, id);
  switch (node.kind) {
    case 'pull':
      return pullObject(world, node.repository, node.pull);
    case 'comment':
      return commentObject(world, node.repository, node.comment);
    case 'repository':
      return repositoryObject(world, node.repository);
  }
}
