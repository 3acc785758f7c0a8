/** GraphQL, executed against GitHub's own schema; a field that is not built is refused and remembered. */
import {
  defaultFieldResolver,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  graphql,
} from 'graphql';
import type { Principal } from '../auth.ts';
import { type Answer, asFields, type Fields, Refusal, text } from '../http.ts';
import { githubSchema } from '../referee/graphql.ts';
import type { World } from '../world.ts';
import { mutationsOf } from './mutations.ts';
import { queriesOf } from './queries.ts';
import { Refused } from './refused.ts';

const documentCharactersMax = 100_000;

export async function serveGraphql(
  world: World,
  principal: Principal,
  body: Fields,
): Promise<Answer> {
  if (principal.kind === 'nobody' || principal.kind === 'app')
    throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  const source = text(body, 'query') ?? '';
  if (source === '' || source.length > documentCharactersMax)
    throw new Refusal(400, 'A query attribute must be specified and must be a string.');
  world.referee.graphql(source);
  const result = await graphql({
    schema: githubSchema(),
    source,
    rootValue: { ...queriesOf(world, principal), ...mutationsOf(world, principal) },
    variableValues: asFields(body['variables']),
    fieldResolver: resolverOf(world),
    operationName: text(body, 'operationName') ?? null,
  });
  return { status: 200, body: shapeOf(result) };
}

/** A property that an object lacks is a field nobody built: silence would look like null. */
function resolverOf(world: World): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info: GraphQLResolveInfo) => {
    const built = typeof source === 'object' && source !== null && info.fieldName in source;
    if (!built) {
      const field = `${info.parentType.name}.${info.fieldName}`;
      world.unserved.add(`graphql ${field}`);
      throw new Refused('NOT_IMPLEMENTED', `The offline GitHub does not serve ${field}`);
    }
    return defaultFieldResolver(source, args, context, info);
  };
}

function shapeOf(result: ExecutionResult): unknown {
  if (result.errors === undefined) return { data: result.data };
  const errors = result.errors.map((error) => ({
    ...(error.originalError instanceof Refused ? { type: error.originalError.type } : {}),
    ...(error.path === undefined ? {} : { path: error.path }),
    locations: error.locations,
    message: error.message,
  }));
  return result.data === undefined ? { errors } : { data: result.data, errors };
}
