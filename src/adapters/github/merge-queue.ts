import type { QueueBranch } from '../../forge.ts';
import { listOf } from './answer.ts';
import type { GitHubClient } from './client.ts';

/** Where GitHub keeps what its merge queues try. */
const QUEUES = 'refs/heads/gh-readonly-queue';
const NAME = /^pr-([1-9]\d{0,15})-[0-9a-f]{40,64}$/;

/** The branches that the queue of a branch has now: `gh-readonly-queue/BASE/pr-NUMBER-SHA`. */
export async function queueBranches(
  client: GitHubClient,
  at: { readonly owner: string; readonly repo: string },
  branch: string,
): Promise<readonly QueueBranch[]> {
  const prefix = `${QUEUES}/${branch}/`;
  // GitHub lists these without pages.
  const { data } = await client.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
    ...at,
    ref: prefix.slice('refs/'.length),
  });
  return listOf(data, 'references').flatMap((each) => {
    const ref = each.text('ref');
    const number = ref.startsWith(prefix) ? NAME.exec(ref.slice(prefix.length))?.[1] : undefined;
    const head = each.fields('object').commit('sha');
    return number === undefined ? [] : [{ ref, head, pull: Number(number) }];
  });
}
