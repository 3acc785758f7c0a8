import { textDigest } from '../../src/caws/text-digest.ts';
import type { Forge, ForgeFault, LivePull } from '../../src/forge.ts';
import { type CommitSha, type Digest, ok, type Result } from '../../src/primitives.ts';
import type { Found, Search } from '../work/reconcile.ts';
import type { PullReference } from '../work/task.ts';
import { acceptedNow } from './acceptances.ts';
import type { PullName, RepositoryPlace } from './docket.ts';
import type { Rules } from './forges.ts';
import type { HearingDeps } from './hearing-deps.ts';
import { recordedVerdict } from './judge-pull.ts';
import { asForgeFault, ownersSearch } from './owners.ts';

/** What may have gone unnoticed: verdicts that ran out, and pull requests that nobody told of. */
export function searchesOf(deps: HearingDeps): readonly Search[] {
  return [
    ownersSearch(deps),
    {
      name: 'verdicts that ran out',
      async *find() {
        yield ok(lapsed(deps));
      },
    },
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

/** Every repository that is judged; where the forge says that it is asked too much, no other of that installation. */
async function* unheard(deps: HearingDeps): AsyncGenerator<Found> {
  const busy = new Set<number>();
  for (const place of deps.docket.enrolledRepositories()) {
    if (busy.has(place.installationId)) continue;
    for await (const found of unheardIn(place, deps)) {
      if (!found.ok && found.fault.kind === 'forge-busy') busy.add(place.installationId);
      yield found;
    }
  }
}

/**
 * A repository is asked for what is open; a head without a verdict is heard again, and so is one whose target
 * or whose owner's policy has moved since: its law may be another by now. What is not open any more is heard
 * once, so that its pass ends.
 */
async function* unheardIn(place: RepositoryPlace, deps: HearingDeps): AsyncGenerator<Found> {
  const forge = await deps.forgeFor({ ...place, pull: 0 });
  if (!forge.ok) return yield forge;
  const open = await forge.value.openPulls();
  if (!open.ok) return yield open;
  const isOpen = new Set(open.value.map(({ number }) => number));
  const closed = deps.docket.openIn(place.repositoryId).filter(({ pull }) => !isOpen.has(pull));
  yield ok(closed.flatMap((row) => referenceOf(place, row)));
  if (open.value.length === 0) return;
  const theirs = await deps.organizations.lawOf(place, AbortSignal.timeout(LOOK_MS_MAX));
  if (!theirs.ok) return yield { ok: false, fault: asForgeFault(theirs.fault) };
  const organization = theirs.value === undefined ? null : textDigest(theirs.value.policy.text);
  for (const [branch, pulls] of Map.groupBy(open.value, ({ base }) => base.branch))
    yield await unheardInto({ branch, pulls, organization, place, forge: forge.value }, deps);
}

async function unheardInto(
  {
    branch,
    pulls,
    organization,
    place,
    forge,
  }: {
    readonly branch: string;
    readonly pulls: readonly LivePull[];
    readonly organization: Digest | null;
    readonly place: RepositoryPlace;
    readonly forge: Forge;
  },
  deps: HearingDeps,
): Promise<Found> {
  const rules = await deps.rulesOf(forge, branch);
  if (!rules.ok) return rules;
  const queued = await lookAtQueue(forge, branch, rules.value, place, deps);
  if (!queued.ok) return queued;
  const { name } = rules.value;
  const tip = await forge.branchTip(branch);
  if (!tip.ok) return tip;
  const found: PullReference[] = [];
  for (const live of pulls)
    if (!(await stands(live, { base: tip.value, organization, name }, place, deps)))
      found.push(...referenceOf(place, { pull: live.number }));
  return ok(found);
}

/** What a merge queue has put together, and nobody told of, is looked at as well. */
async function lookAtQueue(
  forge: Forge,
  branch: string,
  rules: Rules,
  place: RepositoryPlace,
  { groups, againGroup }: HearingDeps,
): Promise<Result<void, ForgeFault>> {
  if (rules.queue === null) return ok(undefined);
  const queue = await forge.queueBranches(branch);
  if (!queue.ok) return queue;
  for (const { head } of queue.value)
    if (groups.at(place.repositoryId, head) === null) againGroup(place, { head, branch });
  for (const group of groups.of(place.repositoryId, branch))
    if (!queue.value.some(({ head }) => head === group.head)) againGroup(place, group);
  return ok(undefined);
}

const LOOK_MS_MAX = 60_000;

/**
 * Whether the verdict that was last given is of this head, into this branch, and by the law as it stands
 * now, and by what people accepted: looked at since the target moved, also where that changed nothing. A word whose delivery was lost moves only the time at which
 * the forge last touched the pull request. Our own words move it, too: what they cost is one more look, which says nothing new.
 */
async function stands(
  live: LivePull,
  law: {
    readonly base: CommitSha | null;
    readonly organization: Digest | null;
    /** Under which a verdict on changes into it is shown. */
    readonly name: string;
  },
  { repositoryId }: RepositoryPlace,
  { docket, ledgerFor }: HearingDeps,
): Promise<boolean> {
  const row = docket.row({ repositoryId, pull: live.number });
  if (row?.verdict == null || row.head !== live.head.sha || row.baseBranch !== live.base.branch)
    return false;
  if (row.name !== law.name || row.shown !== row.verdict.id) return false;
  if (row.looked?.base !== law.base || row.looked?.organization !== law.organization) return false;
  if (row.unread > 0) return false;
  const until = docket.heardUntil({ repositoryId, pull: live.number });
  if (until === null || until < live.updatedAt) return false;
  const ledger = await ledgerFor(repositoryId);
  if (!ledger.ok) return false;
  const recorded = await recordedVerdict(ledger.value, row.verdict.id);
  if (!recorded.ok || recorded.value === null) return false;
  const accepted = await acceptedNow(live, recorded.value.record, ledger.value);
  return accepted.ok && accepted.value.isSame;
}
