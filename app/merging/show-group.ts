/** What the check of a commit of a merge queue shows. */
import { checkFace } from '../../src/5-publication/check/face.ts';
import type { GroupShown, SingleState } from '../../src/5-publication/check/state.ts';
import { ok } from '../../src/primitives.ts';
import { imitatorsAmong, ownCheck, showFace } from '../hearing/check-post.ts';
import type { HeldGroup } from './heard-group.ts';

export const show = (held: HeldGroup, id: string, shown: GroupShown) =>
  write(held, id, { kind: 'merge-group', baseBranch: held.group.branch, shown });

const isDecided = (state: SingleState): boolean =>
  state.kind === 'merge-group' && state.shown.kind === 'decided';

export async function write(
  { group, deps, forge, name, checkRuns, lease }: HeldGroup,
  id: string,
  state: SingleState,
): ReturnType<typeof showFace> {
  if (!lease.stillHeld())
    return {
      ok: false,
      fault: { kind: 'forge-unexpected', doing: 'writing the check', detail: 'lease lost' },
    };
  const { owner } = forge.repository;
  const face = checkFace(state, {
    site: deps.site,
    repository: { owner, name: forge.repository.name },
    name,
    id,
    now: deps.now(),
    mode: 'enforce',
    unsaid: null,
    imitators: imitatorsAmong(checkRuns, forge.appId, name),
  });
  const own = ownCheck(checkRuns, forge.appId, name);
  // A queue drops what failed at once: that its commit cannot be read after that takes nothing back.
  if (own?.conclusion === 'failure' && !isDecided(state)) return ok(own);
  // What is decided stands in the ledger; until then its page shows what its check does.
  if (state.kind !== 'decided') deps.groups.keepShown(id, isDecided(state) ? null : state);
  return showFace(forge, group.head, own, face);
}
