import type { LiveComment } from '../../forge.ts';
import { OddAnswer } from './answer.ts';
import { type GitHubClient, inGraphql } from './client.ts';

/** GitHub takes 100 nodes at once. */
const NODES_MAX = 100;

/**
 * The comments that nobody ever edited, by GitHub's own history of edits, which only its GraphQL shows. Where it
 * shows another text than the one that is asked about, it speaks of another moment and vouches for nothing.
 */
export async function neverEdited(
  client: GitHubClient,
  comments: readonly LiveComment[],
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (let from = 0; from < comments.length; from += NODES_MAX) {
    const asked = comments.slice(from, from + NODES_MAX);
    const answer = await inGraphql(client, EDITS, { ids: asked.map(({ nodeId }) => nodeId) });
    const nodes = answer.list('nodes');
    if (nodes.length !== asked.length) throw new OddAnswer('another number of comments');
    asked.forEach(({ id, body }, at) => {
      const node = nodes[at];
      if (node?.text('fullDatabaseId') !== String(id)) throw new OddAnswer('another comment');
      const edits = [node.maybeText('lastEditedAt') !== null, node.flag('includesCreatedEdit')];
      const isSame = node.text('body') === body;
      if (isSame && !edits.includes(true)) found.add(id);
    });
  }
  return found;
}

const EDITS = `query Edits($ids: [ID!]!) {
  nodes(ids: $ids) { ... on IssueComment { fullDatabaseId body lastEditedAt includesCreatedEdit } }
}`;
