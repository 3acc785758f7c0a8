import type { GitHubClient } from './client.ts';

/** Hides a comment as resolved, or shows it again: GitHub knows both by its GraphQL alone. */
export async function foldComment(
  client: GitHubClient,
  at: { readonly owner: string; readonly repo: string },
  id: number,
  folded: boolean,
): Promise<void> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', {
    ...at,
    comment_id: id,
  });
  await client.graphql(folded ? FOLD : UNFOLD, { subject: data.node_id });
}

const FOLD = `mutation Fold($subject: ID!) {
  minimizeComment(input: { subjectId: $subject, classifier: RESOLVED }) { clientMutationId }
}`;
const UNFOLD = `mutation Unfold($subject: ID!) {
  unminimizeComment(input: { subjectId: $subject }) { clientMutationId }
}`;
