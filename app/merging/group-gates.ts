import type { PlannedGate } from '../../src/3-deliberation/deliberation.ts';
import type { GroupFault } from '../../src/4-verdict/group.ts';
import { checkGates } from '../../src/adapters/github/check-gates.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../src/primitives.ts';
import { workflowRunsFor } from '../hearing/judge-pull.ts';
import type { GroupJudged, HeardGroup } from './heard-group.ts';
import type { MemberHeard } from './member.ts';

/**
 * What the repository's own CI says of the group's commit: a gate that passed for each change alone has
 * to pass for what they are together. One that people waived for a change is theirs to answer for.
 *
 * @returns null where every gate holds.
 */
export async function gatesOfGroup(
  { forge, group, deps, checkRuns, since }: HeardGroup,
  members: readonly MemberHeard[],
  base: CommitSha,
): Promise<
  Result<GroupFault | Extract<GroupJudged, { readonly kind: 'waits' }> | null, ForgeFault>
> {
  const planned = new Map(members.flatMap(passedByCheck).map((each) => [each.gate.id, each]));
  if (planned.size === 0) return ok(null);
  const workflowRuns = await workflowRunsFor(forge, group.head, checkRuns);
  if (!workflowRuns.ok) return workflowRuns;
  const answers = await checkGates({
    checkRuns,
    workflowRuns: workflowRuns.value,
    seenAt: since,
    now: deps.now(),
    // Nobody can take the waiting for a queue's commit away: taking it out of the queue does.
    cancelled: false,
  }).answer([...planned.values()], { base, head: group.head }, () => undefined);
  const running = answers.filter((answer) => answer.state === 'running');
  const failed = answers.find(
    (answer) =>
      answer.state !== 'running' && (answer.state !== 'answered' || answer.exitCode !== 0),
  );
  if (failed !== undefined) {
    const detail = 'detail' in failed ? failed.detail : 'its check ended in a failure';
    return ok({ kind: 'gate', gate: failed.gate, detail });
  }
  if (running.length === 0) return ok(null);
  const until = Math.min(...running.map((answer) => answer.until)) as Instant;
  return ok({ kind: 'waits', wait: { kind: 'gates', gates: running }, until });
}

function passedByCheck({ weighed }: MemberHeard): readonly PlannedGate[] {
  const { gates } = weighed.record.deliberation;
  const passed = new Set(
    gates.filter(({ outcome }) => outcome === 'passed').map(({ gate }) => gate),
  );
  return weighed.planned.filter(
    ({ gate }) => gate.mode === 'block' && gate.answer.by === 'check' && passed.has(gate.id),
  );
}
