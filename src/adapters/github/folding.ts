import { fieldsOf } from './answer.ts';
import { type GitHubClient, mutate } from './client.ts';
import { mustBe } from './reading.ts';

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
  mustBe(data, 'comment', 'id', id);
  const subject = fieldsOf(data, 'comment').text('node_id');
  if (folded) await mutate(client, 'minimizeComment', FOLD, { subject });
  else await mutate(client, 'unminimizeComment', UNFOLD, { subject });
}

const FOLD = `mutation Fold($subject: ID!) {
  minimizeComment(input: { subjectId: $subject, classifier: RESOLVED }) { clientMutationId }
}`;
const UNFOLD = `mutation Unfold($subject: ID!) {
  unminimizeComment(input: { subjectId: $subject }) { clientMutationId }
}`;
