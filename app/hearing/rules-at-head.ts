import { UNREQUIRED_NAME } from '../../src/5-publication/check/names.ts';
import type { Forge, ForgeFault, LiveCheckRun, LivePull } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { holdForQueue, queuesAt } from '../merging/queues-at.ts';
import type { Rules } from './forges.ts';
import type { HeardPull } from './heard-pull.ts';

/**
 * What the target of a pull request asks, and under which name it may be answered at this head: a check
 * hangs on a commit, so what is said here for one pull request is read for whatever else stands here.
 *
 * @param checkRuns those of the head.
 * @returns the check runs as they are now, too.
 */
export async function rulesAtHead(
  errand: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  live: LivePull,
  checkRuns: readonly LiveCheckRun[],
): Promise<Result<Pick<HeardPull, 'rules' | 'checkRuns' | 'refused'>, ForgeFault>> {
  const { job, lease, deps } = errand;
  const asked = await deps.rulesOf(forge, live.base.branch);
  if (!asked.ok) return asked;
  const rules = asked.value;
  if (!rules.required) return sharedRules(errand, forge, live, { rules, checkRuns });
  const queues = await queuesAt(forge, job, live.head.sha, deps);
  if (!queues.ok)
    return queues.fault.kind === 'forge-refused'
      ? ok({ rules, checkRuns, refused: queues.fault })
      : queues;
  const queue = queues.value.find(({ name }) => name === rules.name);
  if (queue === undefined) return ok({ rules, checkRuns, refused: null });
  const held = await holdForQueue(queue, { where: job, lease, forge, deps, checkRuns });
  if (!held.ok) return held;
  const { name, group } = queue;
  const aside = { kind: 'queue', name, branch: group.branch } as const;
  const own = { ...rules, name: UNREQUIRED_NAME, aside };
  return ok({ rules: own, checkRuns: held.value, refused: null });
}

/** Where one target of those here demands the name that opens nothing, it does not pass for any of them. */
async function sharedRules(
  { job, deps }: Pick<HeardPull, 'job' | 'deps'>,
  forge: Forge,
  live: LivePull,
  { rules, checkRuns }: { readonly rules: Rules; readonly checkRuns: readonly LiveCheckRun[] },
): ReturnType<typeof rulesAtHead> {
  for (const row of deps.docket.openAt(job.repositoryId, live.head.sha)) {
    if (rules.aside !== null || row.name !== UNREQUIRED_NAME) continue;
    const theirs = await deps.rulesOf(forge, row.baseBranch);
    if (!theirs.ok) return theirs;
    if (theirs.value.aside !== null)
      return ok({ rules: { ...rules, aside: theirs.value.aside }, checkRuns, refused: null });
  }
  return ok({ rules, checkRuns, refused: null });
}
