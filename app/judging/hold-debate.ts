import {
  type ComparisonRecord,
  type Judged,
  pairsToCompare,
  preferenceIn,
  rank,
} from '../../src/4-verdict/arbitration.ts';
import { comparedReply } from '../../src/5-publication/check/reply-candidates.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { compareNear, type Said } from '../../src/arbitration/compare.ts';
import type { ArbitrationFault } from '../../src/arbitration/lease.ts';
import type { LedgerStore } from '../../src/ports.ts';
import { isoOf, ok, type Result } from '../../src/primitives.ts';
import { newestVerdict } from '../hearing/command-context.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import type { JudgeFault } from '../hearing/judge-pull.ts';
import {
  acceptedIn,
  isCompared,
  newestComparison,
  type Rivalry,
  rivalryOf,
  rivalsIn,
} from '../hearing/rivals.ts';
import { retry } from '../hearing/waiting.ts';
import type { Job, Lease, Outcome } from '../work/task.ts';
import type { Seats } from './open-bench.ts';

/** Of nearly equal changes the best so many are compared, two by two: each pair costs a model some ten calls. */
const NEAR_MAX = 4;

/** What holding debates needs beside hearing. */
export interface DebatingDeps extends HearingDeps {
  readonly seats: Seats | null;
}

interface Errand {
  readonly job: Job;
  readonly lease: Lease;
  readonly deps: DebatingDeps;
  readonly ledger: LedgerStore;
}

/**
 * Has what is open for the spec of a pull request debated and compared where it is nearly equal, records what was
 * said, and leaves word of it for the hearing that says it. Nothing is accepted or superseded by it.
 *
 * What was compared before and stands as it did is not asked again; after a crash only the word of it is left.
 */
export async function holdDebate(job: Job, lease: Lease, deps: DebatingDeps): Promise<Outcome> {
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return retry(ledger.fault);
  const said = await compared({ job, lease, deps, ledger: ledger.value });
  if (lease.signal.aborted) return { kind: 'retry', because: 'ended before it was done' };
  if (!said.ok) return retry(said.fault);
  if (said.value !== null) {
    const { entry, text } = said.value;
    const key = `comparison ${entry}`;
    if (!deps.docket.isAnswered(job, key)) {
      deps.docket.answered(job, key, { key, reaction: null, says: text });
      deps.again(job);
    }
  }
  return { kind: 'done' };
}

/** @returns the table, and the entry that holds all that was said; null where there is nothing to compare. */
async function compared(
  errand: Errand,
): Promise<
  Result<{ readonly entry: number; readonly text: string } | null, JudgeFault | ArbitrationFault>
> {
  const { deps, ledger, job } = errand;
  const newest = await newestVerdict({ deps, job, ledger });
  if (!newest.ok) return newest;
  const own = newest.value?.record;
  const rivalry = await rivalryOf({ deps, job, ledger, own });
  if (!rivalry.ok) return rivalry;
  if (rivalry.value === null || own === undefined) return ok(null);
  const near = nearest(rivalry.value);
  const pairs = pairsToCompare(near, rivalry.value.spec);
  if (pairs.length === 0) return ok(null);
  const known = await newestComparison(rivalry.value.spec, ledger);
  if (!known.ok) return known;
  const isKnown = pairs.every(([one, other]) => isCompared(known.value, one, other));
  const said = isKnown ? ok([]) : await askedAbout(near, rivalry.value.spec, errand);
  if (!said.ok) return said;
  const entry = isKnown
    ? await ledger.find('comparison', rivalry.value.spec)
    : await recorded(rivalry.value, said.value, errand);
  if (!entry.ok) return entry;
  if (entry.value === null) return ok(null);
  const { sequence, body } = entry.value;
  const accepted = await acceptedIn(rivalry.value, ledger);
  if (!accepted.ok) return accepted;
  const comparison = JSON.parse(body) as ComparisonRecord;
  const as = { known: comparison, accepted: accepted.value, isDebated: false };
  const rivals = rivalsIn(rivalry.value, as);
  const text = comparedReply(own.subject.head, rivals, { site: deps.site, entry: sequence });
  return ok({ entry: sequence, text });
}

/** The best of those in the tie band, which all pass. */
function nearest({ judged, spec }: Rivalry): readonly Judged[] {
  const ids = rank(judged, spec, () => null)
    .filter(({ isInBand }) => isInBand)
    .slice(0, NEAR_MAX)
    .map(({ verdict }) => verdict);
  return judged.filter(({ record }) => ids.includes(record.id));
}

/** Brings the objects of all of them here, and has the judge hear them two by two. */
async function askedAbout(
  near: readonly Judged[],
  spec: string,
  { job, lease, deps, ledger }: Errand,
): Promise<Result<readonly Said[], JudgeFault | ArbitrationFault>> {
  const forge = await deps.forgeFor(job);
  if (!forge.ok) return forge;
  const token = await forge.value.gitToken();
  if (!token.ok) return token;
  const { repositoryId } = job;
  const from = { repositoryId, url: forge.value.gitUrl, token: token.value };
  const base = near[0]?.record.subject.baseRef ?? '';
  const heads = near.map(({ name }) => `refs/pull/${name.replace('#', '')}/head`);
  const fetched = await deps.objects.fetch(from, [base, ...heads], lease.signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const opened = await openRepository(objects.located, { env: deps.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const { reports, seats } = deps;
  const world = { ledger, repository, reports, signal: lease.signal, ...seats };
  return await compareNear(near, spec, world);
}

async function recorded(
  { spec, judged }: Rivalry,
  said: readonly Said[],
  { deps, ledger, lease }: Errand,
): ReturnType<LedgerStore['find']> {
  const [first] = judged;
  // Whoever has the task now records it.
  if (said.length === 0 || first === undefined || !lease.stillHeld()) return ok(null);
  const { repository, baseRef } = first.record.subject;
  const comparisons = said.map(({ compared: one }) => one);
  const candidates = rank(judged, spec, preferenceIn(comparisons));
  const body: ComparisonRecord = {
    schema: 'caws-arbiter/comparison@1',
    ...{ spec, repository, baseRef },
    comparedAt: isoOf(deps.now()),
    candidates,
    winner: candidates.find(({ standing }) => standing === 'accepted')?.verdict ?? null,
    compared: comparisons,
  };
  const blobs = said.flatMap((each) => each.blobs);
  const draft = { at: deps.now(), kind: 'comparison', about: spec, body, blobs } as const;
  return await ledger.append(draft, deps.signer);
}
