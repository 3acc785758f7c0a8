import type { Forge, LivePull } from '../../src/forge.ts';
import { type Instant, ok, type Result } from '../../src/primitives.ts';
import { type LandedFault, noteLanding } from '../merging/landed.ts';
import type { Outcome } from '../work/task.ts';
import { settleAccepted } from './acceptances.ts';
import type { HeardPull } from './heard-pull.ts';
import { endLeft } from './passes.ts';
import { retry } from './waiting.ts';

/** A pull request that is closed leaves its head to the others that stand there. */
export async function close(
  { job, lease, deps }: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  live: LivePull | null,
): Promise<Outcome> {
  const { docket, again } = deps;
  const row = docket.row(job);
  const isMerged = live?.state === 'merged';
  const settled = await settleAccepted({ job, lease, deps }, () =>
    isMerged ? 'merged' : 'closed',
  );
  if (row === null) return settled.ok ? { kind: 'done' } : retry(settled.fault);
  if (row.open) {
    docket.leave(job, row.head, deps.now());
    docket.save({ ...row, open: false, shown: null });
    docket.unsay(job);
    await deps.runners.leave({ name: job, forge }, null);
    deps.bench?.leave(job, null);
    for (const other of docket.openAt(row.repositoryId, row.head))
      again({ ...job, pull: other.pull });
  }
  // Whoever opens it again, or its head a second time, waits until it was heard.
  const ended =
    live?.mergeCommit == null
      ? ({ kind: 'queued', ahead: null, runner: null, since: deps.now() } as const)
      : ({ kind: 'left', landed: live.mergeCommit } as const);
  const againAt = await endLeft({ forge, lease, deps, job }, ended);
  // Last: no commit that cannot be noted keeps a pass at its head.
  if (isMerged) {
    const noted = await noteMerged({ job, lease, deps }, forge, live);
    if (!noted.ok) return noteLater(noted.fault, live, { job, deps });
  }
  if (!settled.ok) return retry(settled.fault);
  return againAt === null ? { kind: 'done' } : { kind: 'done', againAt };
}

/** Tried again soon, then less and less often, and for as long as GitHub offers failed deliveries again. */
const NOTE_AGAIN_MS = { least: 3_000, most: 3_600_000, over: 259_200_000 } as const;

/** Not a try that failed, of which there are only so many: nobody else looks at what was merged. */
function noteLater(
  fault: LandedFault,
  { mergeCommit }: LivePull,
  { job, deps }: Pick<HeardPull, 'job' | 'deps'>,
): Outcome {
  const now = deps.now();
  const since = mergeCommit === null ? now : deps.docket.seen(job, mergeCommit, now);
  const { least, most, over } = NOTE_AGAIN_MS;
  if (now - since >= over) return { kind: 'park', because: fault.kind };
  const at = now + Math.min(most, Math.max(least, now - since));
  const theirs = fault.kind === 'forge-busy' ? fault.retryAt : 0;
  return retry(fault, Math.max(at, theirs) as Instant);
}

/** Whoever merged it, by whatever button: the verdict of the merged head is bound to the commit. */
async function noteMerged(
  { job, lease, deps }: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  live: LivePull,
): Promise<Result<unknown, LandedFault>> {
  const row = deps.docket.row(job);
  if (row?.verdict == null || row.head !== live.head.sha || live.mergeCommit === null)
    return ok(null);
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return ledger;
  const merged = {
    branch: live.base.branch,
    commit: live.mergeCommit,
    // What it landed by, also where something was said since.
    verdict: deps.groups.verdictOf(job.repositoryId, live.mergeCommit) ?? row.verdict.id,
  };
  const work = { forge, ledger: ledger.value, court: deps, signal: lease.signal };
  const noted = await noteLanding(merged, work);
  // Whoever tells the ledger counts it: a push that is looked at later finds it told.
  if (noted.ok && noted.value?.event === 'unverified_merge') deps.metrics.unverifiedMerge();
  return noted;
}
