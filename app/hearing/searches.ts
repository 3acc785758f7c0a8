import type { LivePull } from '../../src/forge.ts';
import { type CommitSha, ok } from '../../src/primitives.ts';
import type { Search } from '../work/reconcile.ts';
import type { PullReference } from '../work/task.ts';
import type { PullName, RepositoryPlace } from './docket.ts';
import type { HearingDeps } from './heard-pull.ts';
import { recordedVerdict } from './judge-pull.ts';

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
  place: RepositoryPlace | null,
  { pull }: Pick<PullName, 'pull'>,
): readonly PullReference[] {
  return place === null ? [] : [{ ...place, pull }];
}

/**
 * Every repository that is judged is asked for what is open; a head without a verdict is heard again, and
 * so is one whose target has moved since: its law may be another by now.
 */
async function unheard(deps: HearingDeps): ReturnType<Search['find']> {
  const found: PullReference[] = [];
  for (const place of deps.docket.enrolledRepositories()) {
    const forge = await deps.forgeFor({ ...place, pull: 0 });
    if (!forge.ok) return forge;
    const open = await forge.value.openPulls();
    if (!open.ok) return open;
    for (const [branch, pulls] of Map.groupBy(open.value, ({ base }) => base.branch)) {
      const tip = await forge.value.branchTip(branch);
      if (!tip.ok) return tip;
      for (const live of pulls)
        if (!(await stands(live, tip.value, place, deps)))
          found.push(...referenceOf(place, { pull: live.number }));
    }
  }
  return ok(found);
}

/** Whether the verdict that was last given is of this head, into this branch as it stands now. */
async function stands(
  live: LivePull,
  tip: CommitSha | null,
  { repositoryId }: RepositoryPlace,
  { docket, ledgerFor }: HearingDeps,
): Promise<boolean> {
  const row = docket.row({ repositoryId, pull: live.number });
  if (row?.verdict == null || row.head !== live.head.sha || row.baseBranch !== live.base.branch)
    return false;
  const ledger = await ledgerFor(repositoryId);
  if (!ledger.ok) return false;
  const recorded = await recordedVerdict(ledger.value, row.verdict.id);
  return recorded.ok && recorded.value?.record.subject.base === tip;
}
