import type {
  GateAnswerGiven,
  GateRunning,
  PlannedGate,
} from '../../3-deliberation/deliberation.ts';
import type { GateAnswer } from '../../caws/policy.ts';
import type { LiveCheckRun, LiveWorkflowRun } from '../../forge.ts';
import type { GateSource } from '../../ports.ts';
import type { Instant } from '../../primitives.ts';

type ByCheck = Extract<GateAnswer, { readonly by: 'check' }>;

/** What the repository's own CI says of one head, and since when that head is known. */
export interface HeadFacts {
  readonly checkRuns: readonly LiveCheckRun[];
  readonly workflowRuns: readonly LiveWorkflowRun[];
  readonly seenAt: Instant;
  readonly now: Instant;
  /** Somebody let nobody wait any longer: what has not answered by now has not answered. */
  readonly cancelled: boolean;
}

/** Checks are there, or are not yet: none of them is ours to lose. */
export interface CheckGates extends GateSource {
  answer(
    ...asked: Parameters<GateSource['answer']>
  ): Promise<readonly (GateAnswerGiven | GateRunning)[]>;
}

/** Gates that the repository's own CI answers; every other kind has nobody here to answer it. */
export function checkGates(facts: HeadFacts): CheckGates {
  return {
    answer: async (planned, subject) =>
      planned.map(({ gate }) =>
        gate.answer.by === 'check'
          ? checkAnswer({ gate, answer: gate.answer }, subject.head, facts)
          : missing(gate.id, 'no runner is connected that could answer it'),
      ),
  };
}

/**
 * Only a success of the named app, on exactly this head, of the named workflow, passes. Of several runs the
 * newest of each suite counts, and the worst of those: push and pull_request both have to hold, also the one
 * of the two that has not come to the job yet. Where a suite has more than can be of one job, all of them count.
 */
function checkAnswer(
  { gate, answer }: { readonly gate: PlannedGate['gate']; readonly answer: ByCheck },
  head: string,
  facts: HeadFacts,
): GateAnswerGiven | GateRunning {
  const until = (facts.seenAt + gate.timeoutMs) as Instant;
  const late = facts.cancelled || facts.now >= until;
  const waitedMs = Math.min(gate.timeoutMs, Math.max(0, facts.now - facts.seenAt));
  const ending = facts.cancelled ? ' when waiting for it was cancelled' : '';
  const waiting = (detail: string): GateAnswerGiven | GateRunning =>
    late
      ? { gate: gate.id, state: 'timed-out', detail: `${detail}${ending}`, durationMs: waitedMs }
      : { gate: gate.id, state: 'running', detail, until };
  const named = facts.checkRuns.filter(
    (run) => run.name === answer.name && run.appId === answer.appId && run.head === head,
  );
  const runs = countedOfEachSuite(
    named.filter((run) => isOfWorkflow(run, answer, facts)),
    facts,
  );
  if (runs.length === 0) {
    const others = facts.checkRuns.filter(({ name }) => name === answer.name).length;
    if (!late) return waiting(`${answer.name} has not reported`);
    const instead =
      others === 0 ? '' : `; ${others} of this name come from another app or workflow`;
    const never = facts.cancelled ? `had not reported${ending}` : 'never reported on this head';
    return missing(gate.id, `${answer.name} ${never}${instead}`);
  }
  const open = runs.find(({ status }) => status !== 'completed');
  if (open !== undefined) return waiting(`${answer.name} is ${open.status.replace('_', ' ')}`);
  if (runs.some((run) => isRunAgain(run, facts)))
    return waiting(`${answer.name} is of an attempt before the one that runs`);
  const silent = runWithoutAnswer(runs, answer, head, facts);
  if (silent !== null)
    return waiting(`${answer.name} has not reported in the run for ${silent.event}`);
  const [worst] = runs.toSorted((one, other) => rankOf(one) - rankOf(other));
  return concluded(gate.id, worst as LiveCheckRun);
}

function isOfWorkflow(run: LiveCheckRun, answer: ByCheck, facts: HeadFacts): boolean {
  if (answer.workflow === null) return true;
  if (run.checkSuiteId === null) return false;
  return facts.workflowRuns.some(
    ({ checkSuiteId, path, head }) =>
      checkSuiteId === run.checkSuiteId && path === answer.workflow && head === run.head,
  );
}

/**
 * Whether its workflow has begun another attempt since. A job that waits for others has no run in it yet,
 * and what it said before is no answer to being asked again.
 */
function isRunAgain(run: LiveCheckRun, { workflowRuns }: HeadFacts): boolean {
  return workflowRuns.some(
    ({ checkSuiteId, status, startedAt, attempt }) =>
      attempt > 1 &&
      checkSuiteId !== null &&
      checkSuiteId === run.checkSuiteId &&
      status !== 'completed' &&
      startedAt !== null &&
      (run.startedAt === null || run.startedAt < startedAt),
  );
}

/**
 * A run of the named workflow on this head that is not over and has no run of the job: it may come to it
 * still. Where no workflow is named nobody can tell which of the head's runs have such a job.
 */
function runWithoutAnswer(
  runs: readonly LiveCheckRun[],
  { workflow }: ByCheck,
  head: string,
  { workflowRuns }: HeadFacts,
): LiveWorkflowRun | null {
  if (workflow === null) return null;
  const answered = new Set(runs.map(({ checkSuiteId }) => checkSuiteId));
  const silent = workflowRuns.find(
    (run) =>
      run.path === workflow &&
      run.head === head &&
      run.status !== 'completed' &&
      !(run.checkSuiteId !== null && answered.has(run.checkSuiteId)),
  );
  return silent ?? null;
}

/**
 * Each attempt of a workflow makes one run of a job. More of one name are of jobs named alike, as in a matrix, or
 * somebody else's who may write checks: none of them stands for another.
 */
function countedOfEachSuite(
  runs: readonly LiveCheckRun[],
  { workflowRuns }: HeadFacts,
): readonly LiveCheckRun[] {
  const attempts = new Map(
    workflowRuns.map(({ checkSuiteId, attempt }) => [checkSuiteId, attempt]),
  );
  const bySuite = Map.groupBy(runs, ({ checkSuiteId }) => checkSuiteId);
  return [...bySuite].flatMap(([suiteId, suite]) => {
    const most = suiteId === null ? undefined : attempts.get(suiteId);
    if (most !== undefined && suite.length > most) return suite;
    // Ids grow; a run that was started again has a new one.
    return [suite.reduce((newest, run) => (run.id > newest.id ? run : newest))];
  });
}

/** Failure first, then what says nothing, success last. */
function rankOf({ conclusion }: LiveCheckRun): number {
  if (conclusion === 'failure') return 0;
  return conclusion === 'success' ? 2 : 1;
}

function concluded(gate: string, run: LiveCheckRun): GateAnswerGiven {
  const { conclusion, startedAt, completedAt } = run;
  if (conclusion !== 'success' && conclusion !== 'failure')
    return missing(gate, `${run.name} ended as ${conclusion ?? 'nothing'}, which is no answer`);
  return {
    gate,
    state: 'answered',
    trust: 'check',
    exitCode: conclusion === 'success' ? 0 : 1,
    // Both times are the reporter's word: they say nothing of the result, and may be anything.
    durationMs:
      startedAt === null || completedAt === null ? 0 : Math.max(0, completedAt - startedAt),
    evidence: [],
    outputTail: '',
    isolation: `check run ${run.id} of app ${run.appId}`,
  };
}

function missing(gate: string, detail: string): GateAnswerGiven {
  return { gate, state: 'missing', detail, durationMs: 0 };
}
