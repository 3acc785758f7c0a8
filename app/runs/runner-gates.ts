import type {
  GateAnswerGiven,
  GateLost,
  GateRunning,
} from '../../src/3-deliberation/deliberation.ts';
import { RUN_WORKFLOW } from '../../src/3-deliberation/runner/claims.ts';
import { runGatesOf } from '../../src/3-deliberation/runner/run-case.ts';
import { durationText } from '../../src/5-publication/check/progress.ts';
import type { ForgeFault, StartedRun } from '../../src/forge.ts';
import type { GateSource, LedgerFault } from '../../src/ports.ts';
import {
  cutTo,
  type Digest,
  type Instant,
  ok,
  type Result,
  unreachable,
} from '../../src/primitives.ts';
import { bringArtifact, type FetchArtifact } from './artifact.ts';
import { type Recording, recordedAnswers } from './record-evidence.ts';
import type { Run } from './runs.ts';
import { findRun, keyOf, type Question, type Starting, startRun } from './start.ts';

/** A runner that was lost is given one more chance. */
const ATTEMPTS_MAX = 2;
/** The forge tells of a run that ends; should that go astray, it is looked at so often. */
const LOOK_MS = 60_000;
/** Where the forge did not answer. */
const AGAIN_MS = 30_000;
/** So long a run may not be found by its case before it counts as never started. */
const FIND_MS = 120_000;

export interface Asking extends Starting, Recording {
  readonly policy: Digest;
  readonly artifact: FetchArtifact;
  /** null: a run may be started; else why not, for people. A fault: that is not known now. */
  readonly refused: Result<string | null, ForgeFault>;
  /** Somebody let nobody wait any longer. */
  readonly cancelled: boolean;
}

/** What is known about a question. */
type Known =
  | { readonly kind: 'answered'; readonly answers: readonly GateAnswerGiven[] }
  | {
      readonly kind: 'unanswered';
      readonly state: 'missing' | 'timed-out';
      readonly detail: string;
    }
  | (Omit<GateRunning, 'gate' | 'state'> & { readonly kind: 'running' })
  | (Omit<GateLost, 'gate' | 'state'> & { readonly kind: 'lost' });

/**
 * Gates that a runner answers: by the evidence that is recorded for this head under this policy, else by a run
 * that is started for it. One that is lost is started once more; after that it is ours, and no verdict.
 */
export function runnerGates(asking: Asking): GateSource {
  return {
    answer: async (planned, { base, head }) => {
      const gates = runGatesOf(planned);
      const known = await knownOf({ gates, base, head, policy: asking.policy }, asking);
      return planned.map(({ gate: { id } }) => shown(id, known));
    },
  };
}

function shown(gate: string, known: Known): GateAnswerGiven | GateRunning | GateLost {
  switch (known.kind) {
    case 'answered': {
      const nothing = {
        state: 'missing',
        detail: 'its run said nothing of it',
        durationMs: 0,
      } as const;
      return known.answers.find((answer) => answer.gate === gate) ?? { gate, ...nothing };
    }
    case 'unanswered':
      return { gate, state: known.state, detail: known.detail, durationMs: 0 };
    case 'running': {
      const { kind: _, ...running } = known;
      return { gate, state: 'running', ...running };
    }
    case 'lost': {
      const { kind: _, ...lost } = known;
      return { gate, state: 'lost', ...lost };
    }
    default:
      return unreachable(known);
  }
}

async function knownOf(question: Question, asking: Asking): Promise<Known> {
  const { forge, runs, pull } = asking;
  const before = runs.of(forge.repository.id, question.head, keyOf(question, pull));
  const last = before.at(-1);
  if (last === undefined) return begin(question, 1, asking);
  const recorded = await recordedAnswers(last, asking.ledger);
  if (!recorded.ok) return later(recorded.fault, asking);
  if (recorded.value !== null) {
    runs.answered(last.id, asking.now());
    return { kind: 'answered', answers: recorded.value };
  }
  switch (last.state) {
    case 'answered':
      // Retention dropped it: what is not there any more is asked for again.
      runs.ended(last.id, 'over', 'its evidence is kept no longer', asking.now());
      return begin(question, 1, asking);
    case 'asked':
    case 'started':
      return look(question, last, asking);
    case 'lost':
      return afterLoss(question, last, asking);
    case 'over':
      return begin(question, 1, asking);
  }
}

async function begin(question: Question, attempt: number, asking: Asking): Promise<Known> {
  const { refused } = asking;
  if (!refused.ok) return later(refused.fault, asking);
  if (refused.value !== null)
    return { kind: 'unanswered', state: 'missing', detail: refused.value };
  if (asking.cancelled) return cancelled();
  const begun = await startRun(question, attempt, asking);
  if (begun.ok) return waiting(begun.value, null, asking);
  const { fault } = begun;
  return fault.kind === 'forge-refused'
    ? { kind: 'unanswered', state: 'missing', detail: refusalOf(fault, asking) }
    : later(fault, asking);
}

function refusalOf(
  { status, permission }: Extract<ForgeFault, { readonly kind: 'forge-refused' }>,
  { pull }: Asking,
): string {
  if (status === 404)
    return cutTo(`${pull.base.branch} has no ${RUN_WORKFLOW}: arbiter init writes one`, 200);
  if (status === 422) return `GitHub does not start ${RUN_WORKFLOW} as it stands (422)`;
  const needed = permission === null ? '' : `, which needs ${permission}`;
  return `GitHub does not let the app start ${RUN_WORKFLOW} (${status}${needed})`.slice(0, 200);
}

/** How a run stands that nobody has heard the end of. */
async function look(question: Question, run: Run, asking: Asking): Promise<Known> {
  const { forge, runs, now } = asking;
  const found = run.runId === null ? await findRun(run, asking) : ok(run);
  if (!found.ok) return later(found.fault, asking);
  const { runId } = found.value;
  if (asking.cancelled) {
    if (runId !== null) await forge.cancelRun(runId);
    runs.ended(run.id, 'over', 'nobody waits for it any more', now());
    return cancelled();
  }
  if (runId === null) return unfound(question, run, asking);
  const live = await forge.startedRun(runId);
  if (!live.ok) return later(live.fault, asking);
  if (live.value === null) return lose(question, found.value, 'GitHub has no such run', asking);
  if (live.value.status === 'completed') return ended(question, found.value, live.value, asking);
  if (now() < run.deadline) return waiting(found.value, live.value, asking);
  const stopped = await forge.cancelRun(runId);
  if (!stopped.ok) return later(stopped.fault, asking);
  const late = `it had not ended after ${durationText(now() - run.askedAt)}`;
  return lose(question, found.value, late, asking);
}

function unfound(question: Question, run: Run, asking: Asking): Promise<Known> | Known {
  const missing = asking.now() - run.askedAt >= FIND_MS;
  return missing
    ? lose(question, run, 'GitHub never began it', asking)
    : waiting(run, null, asking);
}

/** It may have left what it could not send. */
async function ended(
  question: Question,
  run: Run,
  live: StartedRun,
  asking: Asking,
): Promise<Known> {
  const brought = await bringArtifact(run, live, asking);
  if (!brought.ok) return later(brought.fault, asking);
  const left = brought.value.kind === 'refused' ? `left ${brought.value.because}` : 'sent nothing';
  const how = live.conclusion ?? 'nothing';
  return lose(question, run, `it ended as ${how} and ${left}`, asking);
}

/** What it sent may have come after the ledger was asked, while the forge was: that counts, and nothing is lost. */
async function lose(question: Question, run: Run, because: string, asking: Asking): Promise<Known> {
  const recorded = await recordedAnswers(run, asking.ledger);
  if (!recorded.ok) return later(recorded.fault, asking);
  if (recorded.value !== null) return { kind: 'answered', answers: recorded.value };
  const at = asking.now();
  asking.runs.ended(run.id, 'lost', because, at);
  return afterLoss(question, { ...run, state: 'lost', because, endedAt: at }, asking);
}

function afterLoss(question: Question, run: Run, asking: Asking): Promise<Known> | Known {
  if (asking.cancelled) return cancelled();
  if (run.attempt < ATTEMPTS_MAX) return begin(question, run.attempt + 1, asking);
  return {
    kind: 'lost',
    runner: run.runId === null ? RUN_WORKFLOW : `run ${run.runId} of ${RUN_WORKFLOW}`,
    because: run.because,
    afterMs: (run.endedAt ?? run.askedAt) - run.askedAt,
    attempts: run.attempt,
  };
}

function waiting(run: Run, live: StartedRun | null, { now }: Asking): Known {
  const state = (live?.status ?? 'queued').replaceAll('_', ' ');
  const again = run.attempt === 1 ? '' : `, attempt ${run.attempt}`;
  const which = run.runId === null ? RUN_WORKFLOW : `run ${run.runId}`;
  return {
    kind: 'running',
    detail: `${which} is ${state}${again}`,
    until: run.deadline,
    againAt: Math.min(run.deadline, now() + LOOK_MS) as Instant,
  };
}

/** The forge or the ledger did not answer: nothing is known, and nothing is decided by that. */
function later(fault: ForgeFault | LedgerFault, { now }: Asking): Known {
  const at = fault.kind === 'forge-busy' ? fault.retryAt : ((now() + AGAIN_MS) as Instant);
  return {
    kind: 'running',
    detail: `waiting for an answer (${fault.kind})`,
    until: at,
    againAt: at,
  };
}

const cancelled = (): Known => ({
  kind: 'unanswered',
  state: 'timed-out',
  detail: 'no runner had answered when waiting for it was cancelled',
});
