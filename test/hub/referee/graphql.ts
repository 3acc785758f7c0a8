/** GraphQL documents against GitHub's own schema, `@octokit/graphql-schema`. */
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';

let loaded: GraphQLSchema | null = null;

export async function githubSchema(): Promise<GraphQLSchema> {
  if (loaded === null) {
    // Its import alone takes half a second, for a validator of its own that is not used here.
    const { schema } = await import('@octokit/graphql-schema');
    // The published text repeats fields, so that it counts as a schema only when it is taken as one.
    loaded = buildSchema(schema.idl, { assumeValidSDL: true, assumeValid: true });
  }
  return loaded;
}

export function judgeGraphql(schema: GraphQLSchema, document: string): readonly string[] {
  try {
    return validate(schema, parse(document)).map((error) => error.message);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
