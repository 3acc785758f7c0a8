import type { QueueBranch } from '../../forge.ts';
import { listOf } from './answer.ts';
import type { GitHubClient } from './client.ts';

/** Where GitHub keeps what its merge queues try. */
const QUEUES = 'heads/gh-readonly-queue/';
const NAME = /^refs\/heads\/gh-readonly-queue\/(.+)\/pr-([1-9]\d{0,15})-[0-9a-f]{40,64}$/;

/**
 * The branches that merge queues have now: `gh-readonly-queue/BASE/pr-NUMBER-SHA`.
 *
 * @param branch whose queue; null: every one of the repository.
 */
export async function queueBranches(
  client: GitHubClient,
  at: { readonly owner: string; readonly repo: string },
  branch: string | null,
): Promise<readonly QueueBranch[]> {
  // GitHub lists these without pages.
  const { data } = await client.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
    ...at,
    ref: branch === null ? QUEUES : `${QUEUES}${branch}/`,
  });
  return listOf(data, 'references').flatMap((each) => {
    const ref = each.text('ref');
    const [, base, number] = NAME.exec(ref) ?? [];
    const head = each.fields('object').commit('sha');
    return base === undefined || (branch !== null && base !== branch)
      ? []
      : [{ ref, base, head, pull: Number(number) }];
  });
}
