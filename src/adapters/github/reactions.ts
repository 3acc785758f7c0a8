import type { Reaction } from '../../forge.ts';
import { type Fields, fieldsOf } from './answer.ts';
import type { GitHubClient } from './client.ts';
import { everyPage, PER_PAGE, plainPage } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

export async function react(
  client: GitHubClient,
  at: RepositoryName,
  id: number,
  reaction: Reaction,
): Promise<Fields> {
  const { data } = await client.request(
    'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    { ...at, comment_id: id, content: reaction },
  );
  const made = fieldsOf(data, 'reaction');
  made.id('id');
  return made;
}

/** Leaves this reaction alone of all that we gave. */
export async function replaceReaction(
  client: GitHubClient,
  at: RepositoryName,
  id: number,
  reaction: Reaction,
): Promise<void> {
  const mine = whoIn(await react(client, at, id, reaction));
  const given = await everyPage('reactions', async (page) =>
    plainPage(
      await client.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
        ...at,
        comment_id: id,
        per_page: PER_PAGE,
        page,
      }),
      'reactions',
    ),
  );
  for (const other of given) {
    // Nobody's reactions are not ours, even where GitHub does not say who we are.
    if (mine === null || whoIn(other) !== mine || other.text('content') === reaction) continue;
    await client.request(
      'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}',
      { ...at, comment_id: id, reaction_id: other.id('id') },
    );
  }
}

const whoIn = (reaction: Fields): number | null => reaction.maybeFields('user')?.id('id') ?? null;
