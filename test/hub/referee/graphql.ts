/** GraphQL documents against GitHub's own schema, `@octokit/graphql-schema`. */
import { schema } from '@octokit/graphql-schema';
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';

let loaded: GraphQLSchema | null = null;

export function githubSchema(): GraphQLSchema {
  if (loaded === null) {
    // The published text repeats fields, so that it counts as a schema only when it is taken as one.
    loaded = buildSchema(schema.idl, { assumeValidSDL: true, assumeValid: true });
  }
  return loaded;
}

export function judgeGraphql(document: string): readonly string[] {
  try {
    return validate(githubSchema(), parse(document)).map((error) => error.message);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
