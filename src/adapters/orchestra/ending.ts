import type { ExecutionEvent, VerdictEvent } from '../../models/events.ts';
import { afterAttempt } from '../../models/orchestration/breaker.ts';
import type { QueueFault } from '../../models/orchestration/faults.ts';
import {
  DETAIL_CHARACTERS_MAX,
  type Loss,
  type LostAttempt,
  recovery,
} from '../../models/orchestration/recovery.ts';
import { nextStep } from '../../models/orchestration/steps.ts';
import type { Claim, QueuedTask } from '../../models/orchestration/task.ts';
import type { TaskFacts } from '../../models/performance.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { applyWithin } from '../roster/applying.ts';
import type { Roster } from '../roster/roster.ts';
import { breakerOf, writeBreaker } from './breakers.ts';
import type { Router } from './router.ts';
import { taskIn } from './rows.ts';
import { startedAt } from './standings.ts';
import { endTask } from './strategies.ts';

/** What a step gave. */
export interface StepDone {
  readonly output: string;
  /** What is known of how a model did it. */
  readonly measured?: Partial<
    Pick<
      ExecutionEvent,
      'completion' | 'efficiency' | 'tools' | 'retention' | 'claims' | 'hacks' | 'costUsd' | 'head'
    >
  >;
  /** What was decided about what the last model before it made. */
  readonly verdict?: Pick<VerdictEvent, 'verdict' | 'id' | 'waivers' | 'brokenGlass'>;
}

export interface StepLost {
  readonly ended: Loss;
  readonly detail: string;
}

/** Where attempts end. */
export interface Books {
  readonly roster: Roster;
  readonly router: Router;
}

interface Ended {
  readonly at: Instant;
  readonly latencyMs: number;
}

/** The task, where this claim still holds it. @throws as SQLite does. */
function heldTask(
  roster: Roster,
  { id, fence }: Claim,
  now: Instant,
): Result<QueuedTask, QueueFault> {
  const held = roster
    .statement(
      "SELECT 1 FROM queue_tasks WHERE id = ? AND fence = ? AND state = 'running' AND lease_until > ?",
    )
    .get(id, fence, now);
  const task = taskIn(roster, id);
  if (task === null) return fail({ kind: 'task-unknown', id });
  return held === undefined ? fail({ kind: 'lease-lost', id, fence, now: task.fence }) : ok(task);
}

/**
 * Keeps a step that is finished, with all that it says of its model; the last one ends the task. A part of
 * the transaction around it: a task is done, and counted as done, at one instant or not at all.
 *
 * @returns the task as it is then. @throws as SQLite does.
 */
export function finishStep(
  books: Books,
  claim: Claim,
  done: StepDone,
  ended: Ended,
): Result<QueuedTask, QueueFault> {
  const { roster } = books;
  const held = heldTask(roster, claim, ended.at);
  if (!held.ok) return held;
  const task = held.value;
  const step = nextStep(task.steps, task.finished);
  if (step === undefined) return fail({ kind: 'task-ended', id: task.id, state: task.state });
  startedAt(roster, task, true, ended.at);
  const { decision } = task;
  const rest = task.steps.slice(task.finished.length + 1);
  if (step.by === 'model' && decision !== null) {
    executed(books, task, { ...done.measured, ended: 'completed' }, ended);
    // A verdict is to come, and says more than that there is something to judge.
    if (rest.every(({ by }) => by === 'model')) rewarded(books, decision, done.measured?.costUsd);
  }
  if (done.verdict !== undefined && decision !== null) {
    const { verdict } = done;
    applyWithin(roster, {
      kind: 'verdict',
      at: since(roster, decision, ended.at),
      decision,
      ...verdict,
    });
    rewarded(books, decision, undefined);
  }
  roster
    .statement('INSERT INTO queue_outputs VALUES (?, ?, ?, ?, ?, ?)')
    .run(task.id, task.finished.length, step.name, ended.at, claim.fence, done.output);
  if (rest.length === 0) {
    const { id, verdict } = done.verdict ?? {};
    const judged = id === undefined || verdict === undefined ? null : { id, verdict };
    endTask(roster, task, { kind: 'done', verdict: judged }, ended.at);
  }
  const after = taskIn(roster, task.id);
  return after === null ? fail({ kind: 'task-unknown', id: task.id }) : ok(after);
}

/** Ends an attempt that this claim holds without a result. @returns the task as it is then. @throws as SQLite does. */
export function loseStep(
  books: Books,
  claim: Claim,
  lost: StepLost,
  ended: Ended,
): Result<QueuedTask, QueueFault> {
  const held = heldTask(books.roster, claim, ended.at);
  if (!held.ok) return held;
  endAttempt(books, held.value, lost, ended);
  const after = taskIn(books.roster, claim.id);
  return after === null ? fail({ kind: 'task-unknown', id: claim.id }) : ok(after);
}

/** Gives a task back as if it had not been taken, or ends it where that is wanted. @returns the task as it was. @throws as SQLite does. */
export function handBack(books: Books, claim: Claim, ended: Ended): Result<QueuedTask, QueueFault> {
  const held = heldTask(books.roster, claim, ended.at);
  if (!held.ok) return held;
  const task = held.value;
  if (nextStep(task.steps, task.finished)?.by === 'model')
    executed(books, task, { ended: 'cancelled' }, ended);
  if (task.cancelling) endTask(books.roster, task, { kind: 'cancelled' }, ended.at);
  else waitAgain(books.roster, task, { notBefore: 0, avoidRunner: null, lost: task.lost });
  return held;
}

/** Ends an attempt, whoever holds it, and says what follows. @throws as SQLite does. */
export function endAttempt(books: Books, task: QueuedTask, lost: StepLost, ended: Ended): void {
  const { roster, router } = books;
  const step = nextStep(task.steps, task.finished);
  const byModel = step?.by === 'model';
  if (byModel) executed(books, task, { ended: executionEnd[lost.ended] }, ended);
  if (lost.ended === 'could-not-start') startedAt(roster, task, false, ended.at);
  if (byModel && task.decision !== null && lost.ended !== 'runner-lost')
    router.hear(task.decision, 0, null);
  const attempt: LostAttempt = {
    step: step?.name ?? '',
    model: byModel ? task.model : null,
    runner: task.runner ?? '',
    ended: lost.ended,
    detail: lost.detail.slice(-DETAIL_CHARACTERS_MAX),
    at: ended.at,
  };
  const all = [...task.lost, attempt];
  const next = recovery(all);
  roster
    .statement('UPDATE queue_tasks SET lost = ? WHERE id = ?')
    .run(JSON.stringify(all), task.id);
  if (task.cancelling) endTask(roster, task, { kind: 'cancelled' }, ended.at);
  else if (next.kind === 'give-up')
    endTask(
      roster,
      task,
      { kind: 'error', error: { kind: 'attempts-spent', step: attempt.step } },
      ended.at,
    );
  else {
    const notBefore = next.afterMs === 0 ? 0 : ended.at + next.afterMs;
    waitAgain(roster, task, { notBefore, avoidRunner: next.avoidRunner, lost: all });
  }
}

/** What a loss says of the model: a runner that was lost says nothing. */
const executionEnd: Readonly<Record<Loss, ExecutionEvent['ended']>> = {
  'runner-lost': 'cancelled',
  crashed: 'crashed',
  'could-not-start': 'crashed',
  'timed-out': 'timed-out',
  failed: 'failed',
};

/** Records how a model's step ended, and what that says of whether the model works at all. */
function executed(
  { roster }: Books,
  { decision, model }: QueuedTask,
  event: Pick<ExecutionEvent, 'ended'> & StepDone['measured'],
  { at, latencyMs }: Ended,
): void {
  if (decision === null || model === null) return;
  applyWithin(roster, {
    kind: 'execution',
    at: since(roster, decision, at),
    decision,
    latencyMs: Math.max(0, Math.round(latencyMs)),
    ...event,
  });
  if (event.ended === 'cancelled') return;
  // Saying that one cannot is an answer.
  const works = event.ended === 'completed' || event.ended === 'failed';
  const name = `model:${model}` as const;
  writeBreaker(
    roster,
    name,
    afterAttempt(breakerOf(roster, name), { id: decision, works, now: at }),
  );
}

/** Nothing ends before it was decided, whatever the clock says by now: the model would stay taken for good. */
function since(roster: Roster, decision: string, at: Instant): Instant {
  const row = roster.statement('SELECT at FROM tasks WHERE decision = ?').get(decision);
  return Math.max(at, Number(row?.['at'] ?? at)) as Instant;
}

/** Tells the router what became of a decision, by what the roster knows of it now. */
function rewarded({ roster, router }: Books, decision: string, usd: number | undefined): void {
  const row = roster.statement('SELECT facts FROM tasks WHERE decision = ?').get(decision);
  if (typeof row?.['facts'] !== 'string') return;
  const facts = JSON.parse(row['facts']) as TaskFacts;
  const reward = facts.composite ?? facts.completion;
  if (reward !== undefined) router.hear(decision, reward, usd ?? facts.costUsd ?? null);
}

/** Has the router hear verdicts that came after their tasks had ended, by way of the ledger. @throws as SQLite does. */
export function hearLate(books: Books): number {
  const rows = books.roster
    .statement(
      `SELECT r.decision FROM routings r JOIN tasks t ON t.decision = r.decision
       WHERE r.heard IS NULL AND json_extract(t.facts, '$.composite') IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM queue_tasks q WHERE q.decision = r.decision AND q.state IN ('waiting', 'running'))
       LIMIT 1000`,
    )
    .all();
  for (const { decision } of rows) rewarded(books, String(decision), undefined);
  return rows.length;
}

interface Again {
  readonly notBefore: number;
  readonly avoidRunner: string | null;
  readonly lost: readonly LostAttempt[];
}

function waitAgain(roster: Roster, { id }: QueuedTask, again: Again): void {
  roster
    .statement(
      "UPDATE queue_tasks SET state = 'waiting', runner = NULL, lease_until = 0, not_before = ?, avoid_runner = ?, lost = ? WHERE id = ?",
    )
    .run(again.notBefore, again.avoidRunner, JSON.stringify(again.lost), id);
}
