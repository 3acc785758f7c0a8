/** A commit of a merge queue that pull requests have as their head, too: there the queue's own check stands. */
import type { Forge, ForgeFault, LiveCheckRun } from '../../src/forge.ts';
import { type CommitSha, ok, type Result } from '../../src/primitives.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Lease } from '../work/task.ts';
import type { GroupName } from './groups.ts';
import { groupCheck, show } from './show-group.ts';

/** A merge queue that has a commit, and the name under which its branch demands a verdict of it. */
export interface QueueAt {
  readonly group: GroupName;
  readonly name: string;
}

/**
 * The merge queues that have a commit: as the forge says now, and as was last heard. Nobody can push a commit
 * of a queue before the queue has it, so whoever asks once a pull request stands there is not too early.
 */
export async function queuesAt(
  forge: Forge,
  { repositoryId }: Pick<Where, 'repositoryId'>,
  head: CommitSha,
  { groups, rulesOf }: Pick<HearingDeps, 'groups' | 'rulesOf'>,
): Promise<Result<readonly QueueAt[], ForgeFault>> {
  const listed = await forge.queueBranches(null);
  if (!listed.ok) return listed;
  const known = groups.at(repositoryId, head);
  const branches = new Set([
    ...listed.value.filter((each) => each.head === head).map(({ base }) => base),
    ...(known === null ? [] : [known.branch]),
  ]);
  const found: QueueAt[] = [];
  for (const branch of branches) {
    const rules = await rulesOf(forge, branch);
    if (!rules.ok) return rules;
    found.push({ group: { head, branch }, name: rules.value.name });
  }
  return ok(found);
}

/**
 * Sees to it that what counts under the queue's name was said for the queue: what a pull request wrote there
 * is covered by a newer check, which waits until the queue's commit was judged.
 *
 * @returns the check runs as they are now.
 */
export async function holdForQueue(
  { group, name }: QueueAt,
  at: {
    readonly where: Where;
    readonly lease: Lease;
    readonly forge: Forge;
    readonly deps: HearingDeps;
    readonly checkRuns: readonly LiveCheckRun[];
  },
): Promise<Result<readonly LiveCheckRun[], ForgeFault>> {
  const { where, deps, checkRuns } = at;
  const held = { ...at, group, name, aside: null };
  if (groupCheck(held) !== null) return ok(checkRuns);
  const begun = deps.groups.begin(where.repositoryId, group, deps.now(), () =>
    deps.newId(deps.now()),
  );
  const shown = await show(held, begun.id, { kind: 'judging', since: begun.since });
  if (!shown.ok) return shown;
  deps.againGroup(where, group);
  return ok([...checkRuns, shown.value]);
}
