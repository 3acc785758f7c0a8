import type { CheckFace, Forge, ForgeFault, LiveCheckRun } from '../../src/forge.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../src/primitives.ts';

/** The one check of a head that is ours: the newest of our own, whatever others named the same. */
export function ownCheck(
  runs: readonly LiveCheckRun[],
  appId: number,
  name: string,
): LiveCheckRun | null {
  const own = runs.filter((run) => run.appId === appId && run.name === name);
  return own.reduce<LiveCheckRun | null>(
    (newest, run) => (newest === null || run.id > newest.id ? run : newest),
    null,
  );
}

/** Apps with a check of our name: somebody imitates a verdict, or configured a workflow so. */
export function imitatorsAmong(
  runs: readonly LiveCheckRun[],
  appId: number,
  name: string,
): readonly (number | null)[] {
  const others = runs.filter((run) => run.appId !== appId && run.name === name);
  return [...new Set(others.map((run) => run.appId))];
}

/** The forge keeps whole seconds. */
const SECOND_MS = 1_000;

/**
 * Makes the check of a head show this face, in place. What shows it already is left alone, so that
 * looking again costs nothing and notifies nobody; but for a check with a button that was pressed: word of the same
 * press once more would be a replay, so the next press has to find the check completed at another time.
 *
 * @param pressedAt when a button of the check was last pressed, by our clock; null: never.
 */
export async function showFace(
  forge: Forge,
  head: CommitSha,
  before: LiveCheckRun | null,
  face: CheckFace,
  pressedAt: Instant | null = null,
): Promise<Result<LiveCheckRun, ForgeFault>> {
  if (before === null) return forge.createCheck(head, face);
  const { completedAt } = before;
  const isSpent = completedAt !== null && pressedAt !== null && completedAt <= pressedAt;
  if (shows(before, face) && !isSpent) return ok(before);
  const anew = isSpent && face.status === 'completed' && { completedAt: secondAfter(pressedAt) };
  const updated = await forge.updateCheck(before, { ...face, ...anew });
  // The newest of a name counts: a new one says it as well where the old one is not ours to write any more.
  return !updated.ok && updated.fault.kind === 'forge-refused'
    ? forge.createCheck(head, face)
    : updated;
}

const secondAfter = (instant: Instant): Instant =>
  ((Math.floor(instant / SECOND_MS) + 1) * SECOND_MS) as Instant;

function shows(run: LiveCheckRun, face: CheckFace): boolean {
  return (
    run.externalId === face.externalId &&
    run.status === face.status &&
    run.conclusion === face.conclusion &&
    run.title === face.title &&
    run.summary === face.summary
  );
}
