import { checkFace } from '../../src/5-publication/check/face.ts';
import { CHECK_NAME } from '../../src/5-publication/check/state.ts';
import type { Forge, ForgeFault, LivePull } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { type LandedFault, noteLanding } from '../merging/landed.ts';
import type { Outcome } from '../work/task.ts';
import { ownCheck, showFace } from './check-post.ts';
import type { DocketRow } from './docket.ts';
import type { HeardPull } from './heard-pull.ts';
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
  if (live?.state === 'merged') {
    const noted = await noteMerged({ job, lease, deps }, forge, live);
    if (!noted.ok) return retry(noted.fault);
  }
  if (!row.open) return { kind: 'done' };
  const taken = live?.state === 'merged' ? null : await takeBack({ job, lease, deps }, forge, row);
  if (taken !== null && !taken.ok) return retry(taken.fault);
  docket.save({ ...row, open: false });
  for (const other of docket.openAt(row.repositoryId, row.head))
    again({ ...job, pull: other.pull });
  return { kind: 'done' };
}

/**
 * Nobody looks at a head at which nothing is open: waivers end and policies change there unseen. So its pass
 * ends with the pull request, and whoever opens it again waits until it was heard.
 */
async function takeBack(
  { job, lease, deps }: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  { head, verdict }: DocketRow,
): Promise<Result<unknown, ForgeFault>> {
  const others = deps.docket.openAt(job.repositoryId, head).filter(({ pull }) => pull !== job.pull);
  if (verdict?.word !== 'PASS' || verdict.mode === 'observe' || others.length > 0) return ok(null);
  const runs = await forge.checkRuns(head);
  if (!runs.ok) return runs;
  const own = ownCheck(runs.value, forge.appId, CHECK_NAME);
  if (own === null || !lease.stillHeld()) return ok(null);
  const { owner, name } = forge.repository;
  const now = deps.now();
  const face = checkFace(
    { kind: 'queued', ahead: null, runner: null, since: now },
    {
      site: deps.site,
      repository: { owner, name },
      id: verdict.id,
      now,
      mode: verdict.mode,
      imitators: [],
      unsaid: null,
    },
  );
  return showFace(forge, head, own, face);
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
