import type { Forge, LivePull } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { type LandedFault, noteLanding } from '../merging/landed.ts';
import type { Outcome } from '../work/task.ts';
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
  if (row === null) return { kind: 'done' };
  if (row.open) {
    docket.leave(job, row.head, deps.now());
    docket.save({ ...row, open: false, shown: null });
    docket.unsay(job);
    await deps.runners.leave({ name: job, forge }, null);
    for (const other of docket.openAt(row.repositoryId, row.head))
      again({ ...job, pull: other.pull });
  }
  // Whoever opens it again, or its head a second time, waits until it was heard.
  const ended =
    live?.mergeCommit == null
      ? ({ kind: 'queued', ahead: null, runner: null, since: deps.now() } as const)
      : ({ kind: 'left', landed: live.mergeCommit } as const);
  const againAt = await endLeft({ forge, lease, deps, job }, ended);
  // Last: no commit that cannot be noted, as where its branch is gone, keeps a pass.
  if (live?.state === 'merged') {
    const noted = await noteMerged({ job, lease, deps }, forge, live);
    if (!noted.ok) return retry(noted.fault);
  }
  return againAt === null ? { kind: 'done' } : { kind: 'done', againAt };
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
  return noteLanding(merged, { forge, ledger: ledger.value, court: deps, signal: lease.signal });
}
