import { checkFace } from '../../src/5-publication/check/face.ts';
import { CHECK_NAME } from '../../src/5-publication/check/state.ts';
import { type Hands, outcomeOfFault } from '../hands.ts';
import { ownCheck, showFace } from '../hearing/check-post.ts';
import type { HearingDeps } from '../hearing/heard-pull.ts';
import type { Lease, Outcome } from '../work/task.ts';

type Group = Parameters<Hands['mergeGroup']>;

/** A commit of a queue belongs to several pull requests; its check is remembered under this number. */
const NO_PULL = 0;

/**
 * Refuses what a merge queue puts together: verdicts are of single pull requests, and a combination of
 * them that nobody judged must not pass. Said at once, so that no queue waits until its time runs out.
 */
export async function refuseGroup(
  { where, group, lease }: { where: Group[0]; group: Group[1]; lease: Lease },
  deps: HearingDeps,
): Promise<Outcome> {
  const forge = await deps.forgeFor({ ...where, pull: NO_PULL });
  if (!forge.ok) return outcomeOfFault(forge.fault);
  const required = await deps.isRequired(forge.value, group.branch);
  if (!required.ok) return outcomeOfFault(required.fault);
  if (!required.value && !deps.docket.enrolled(where.repositoryId)) return { kind: 'done' };
  const runs = await forge.value.checkRuns(group.head);
  if (!runs.ok) return outcomeOfFault(runs.fault);
  if (!lease.stillHeld()) return { kind: 'done', againAt: deps.now() };
  const { owner, name } = forge.value.repository;
  const now = deps.now();
  const subject = { repositoryId: where.repositoryId, pull: NO_PULL };
  const face = checkFace(
    { kind: 'merge-group', baseBranch: group.branch },
    {
      site: deps.site,
      repository: { owner, name },
      id: deps.docket.nextId(subject, group.head, () => deps.newId(now)),
      now,
      mode: 'enforce',
      imitators: [],
      unsaid: null,
    },
  );
  const own = ownCheck(runs.value, forge.value.appId, CHECK_NAME);
  const shown = await showFace(forge.value, group.head, own, face);
  return shown.ok ? { kind: 'done' } : outcomeOfFault(shown.fault);
}
