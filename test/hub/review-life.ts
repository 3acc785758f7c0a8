/** Reviews: they are told of, and no rule here counts them. See UNPROVEN.md. */
import { emit } from './events.ts';
import { userShape } from './shapes/accounts.ts';
import { association, pullShape } from './shapes/pull.ts';
import { repositoryApi, repositoryPage } from './shapes/repository.ts';
import type { Account, Pull, Repository } from './state.ts';
import { iso, nextId, nodeId, type World } from './world.ts';

export type ReviewState = 'approved' | 'changes_requested' | 'commented' | 'dismissed';

export function tellOfReview(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account,
  review: { readonly state: ReviewState; readonly body: string },
): void {
  const id = nextId(world);
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}#pullrequestreview-${id}`;
  const url = `${repositoryApi(world, repository)}/pulls/${pull.number}`;
  emit(world, {
    event: 'pull_request_review',
    action: review.state === 'dismissed' ? 'dismissed' : 'submitted',
    repository,
    sender: by,
    payload: {
      review: {
        id,
        node_id: nodeId('PRR', id),
        user: userShape(world, by),
        body: review.body,
        commit_id: pull.head.sha,
        submitted_at: iso(world.now()),
        updated_at: iso(world.now()),
        state: review.state,
        html_url: page,
        pull_request_url: url,
        author_association: association(world, repository, by),
        _links: { html: { href: page }, pull_request: { href: url } },
      },
      pull_request: pullShape(world, repository, pull),
    },
  });
}
