import { ok } from '../../src/primitives.ts';
import type { Search } from '../work/reconcile.ts';
import type { PullReference } from '../work/task.ts';
import type { PullName } from './docket.ts';
import type { HearingDeps } from './heard-pull.ts';

/** What may have gone unnoticed: verdicts that ran out, and open pull requests that were never heard. */
export function searchesOf(deps: HearingDeps): readonly Search[] {
  return [
    { name: 'verdicts that ran out', find: async () => ok(lapsed(deps)) },
    { name: 'open pull requests without a verdict', find: () => unheard(deps) },
  ];
}

function lapsed({ docket, now }: HearingDeps): readonly PullReference[] {
  return docket
    .lapsed(now())
    .flatMap((name) => referenceOf(docket.repository(name.repositoryId), name));
}

function referenceOf(
  place: ReturnType<HearingDeps['docket']['repository']>,
  { pull }: Pick<PullName, 'pull'>,
): readonly PullReference[] {
  return place === null ? [] : [{ ...place, pull }];
}

/** Every repository that is judged is asked for what is open; a head without a verdict is heard again. */
async function unheard({ docket, forgeFor }: HearingDeps): ReturnType<Search['find']> {
  const found: PullReference[] = [];
  for (const place of docket.enrolledRepositories()) {
    const forge = await forgeFor({ ...place, pull: 0 });
    if (!forge.ok) return forge;
    const open = await forge.value.openPulls();
    if (!open.ok) return open;
    for (const live of open.value) {
      const row = docket.row({ repositoryId: place.repositoryId, pull: live.number });
      const stands = row !== null && row.head === live.head.sha && row.verdict !== null;
      if (!stands || row.baseBranch !== live.base.branch)
        found.push(...referenceOf(place, { pull: live.number }));
    }
  }
  return ok(found);
}
