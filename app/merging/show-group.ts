/** What the check of a commit of a merge queue shows. */
import { checkFace } from '../../src/5-publication/check/face.ts';
import type { GroupShown, SingleState } from '../../src/5-publication/check/state.ts';
import type { LiveCheckRun } from '../../src/forge.ts';
import { ok, type VerdictId } from '../../src/primitives.ts';
import { imitatorsAmong, ownCheck, showFace } from '../hearing/check-post.ts';
import type { Docket } from '../hearing/docket.ts';
import type { Where } from '../intake/concern-types.ts';
import { NO_PULL } from './groups.ts';
import type { HeldGroup } from './heard-group.ts';

export const show = (held: HeldGroup, id: string, shown: GroupShown) =>
  write(held, id, { kind: 'merge-group', baseBranch: held.group.branch, shown });

const isDecided = (state: SingleState): boolean =>
  state.kind === 'merge-group' && state.shown.kind === 'decided';

/** Whether a check run of ours was written for a queue's commit, not for a pull request. */
export function isOfGroup(
  { externalId, head }: LiveCheckRun,
  { repositoryId }: Pick<Where, 'repositoryId'>,
  docket: Pick<Docket, 'placeOf'>,
): boolean {
  const place = docket.placeOf(externalId as VerdictId);
  return place?.pull === NO_PULL && place.repositoryId === repositoryId && place.head === head;
}

/**
 * The check of a queue's commit. What a pull request wrote under the same name is not it, and is covered by
 * a newer one: no pass is taken over, and no failure.
 */
export function groupCheck({
  where,
  deps,
  forge,
  name,
  checkRuns,
}: Pick<HeldGroup, 'where' | 'deps' | 'forge' | 'name' | 'checkRuns'>): LiveCheckRun | null {
  const own = ownCheck(checkRuns, forge.appId, name);
  return own !== null && isOfGroup(own, where, deps.docket) ? own : null;
}

export async function write(
  { where, group, deps, forge, name, aside, checkRuns, lease }: HeldGroup,
  id: string,
  state: SingleState,
): ReturnType<typeof showFace> {
  if (!lease.stillHeld())
    return {
      ok: false,
      fault: { kind: 'forge-unexpected', doing: 'writing the check', detail: 'lease lost' },
    };
  deps.live.tell(id as VerdictId, state);
  const { owner } = forge.repository;
  const face = checkFace(state, {
    site: deps.site,
    repository: { owner, name: forge.repository.name },
    name,
    id,
    now: deps.now(),
    mode: 'enforce',
    unsaid: null,
    aside,
    imitators: imitatorsAmong(checkRuns, forge.appId, name),
  });
  const own = groupCheck({ where, deps, forge, name, checkRuns });
  // A queue drops what failed at once: that its commit cannot be read after that takes nothing back.
  if (own?.conclusion === 'failure' && !isDecided(state)) return ok(own);
  // What is decided stands in the ledger; until then its page shows what its check does.
  if (state.kind !== 'decided') deps.groups.keepShown(id, isDecided(state) ? null : state);
  return showFace(forge, group.head, own, face);
}
