import type { Priority } from '../../models/orchestration/order.ts';
import { type Head, nextOf, taken } from '../../models/orchestration/order.ts';
import { spentModels } from '../../models/orchestration/recovery.ts';
import { nextStep, type Step } from '../../models/orchestration/steps.ts';
import type { Claim, QueuedTask, TaskEnd } from '../../models/orchestration/task.ts';
import type { ModelProfile } from '../../models/profile.ts';
import type { LeftOut, Standing } from '../../models/routing/eligible.ts';
import type { RouteFault } from '../../models/routing/route.ts';
import { fail, type Instant, type Result } from '../../primitives.ts';
import { applyWithin } from '../roster/applying.ts';
import type { Roster } from '../roster/roster.ts';
import { pulsesIn } from './breakers.ts';
import { type Books, endAttempt } from './ending.ts';
import type { KnownProfiles } from './profiles.ts';
import { type Decided, eventOf } from './router.ts';
import { outputsOf, taskIn, tasksIn } from './rows.ts';
import { hasRoom, markRunnersTrial, markTrial, mayTake, standingsIn } from './standings.ts';
import { endTask, lineOf, othersModels, strategyIn } from './strategies.ts';

/** Who takes tasks, and for how long before it has to be heard of again. */
export interface Taker extends Books {
  readonly runner: string;
  readonly leaseMs: number;
  readonly elapsed: () => number;
  readonly profiles: KnownProfiles;
}

/** One step to be done now. */
export interface Work {
  readonly claim: Claim;
  readonly task: QueuedTask;
  readonly step: Step;
  /** null for a step that no model does. */
  readonly model: ModelProfile | null;
  /** What the finished steps gave. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** What one look at the line came to. */
export interface Taken {
  readonly works: readonly Work[];
  /** Tasks that ended as an error, because nobody will do them any more. */
  readonly ended: readonly QueuedTask[];
}

/** Tasks of one kind of leftovers that one transaction looks at. */
const LEFT_AT_ONCE = 256;
/** A longest pause, and how far clocks go back by themselves: what waits for longer waits for a clock. */
const FAR_MS = 120_000;
/** Tasks that one transaction puts back because no model can take them now. */
const HELD_AT_ONCE = 32;
/** When a task is looked at again that no model can take now. */
const HELD_MS = 5_000;
const LOADED_MS = 500;
/** Models whose reasons are kept with a task. */
const HELD_KEPT_MAX = 16;

/**
 * Takes the next tasks, decides who does each, and records it: a part of the transaction around it. Tasks
 * whose runner was lost and those whose deadline has passed are seen to first.
 *
 * @param slots how many may be taken. @throws as SQLite does.
 */
export function take(taker: Taker, slots: number, now: Instant): Taken {
  const ended = seeToLeftovers(taker, now);
  const works: Work[] = [];
  const most = mayTake(taker, slots, now);
  if (most === 0) return { works, ended: endedIn(taker.roster, ended) };
  const standings = standingsIn(taker, now);
  const heads = new Map(headsIn(taker, now, null).map((head) => [head.repository, head]));
  const looks = hasRoom(standings) ? most + HELD_AT_ONCE : 1;
  for (let look = 0; look < looks && works.length < most; look += 1) {
    const head = nextOf([...heads.values()], lineOf(taker.roster));
    if (head === undefined) break;
    const work = begin(taker, claimed(taker, head, now), { standings, ended, now });
    if (work !== null) works.push(work);
    heads.delete(head.repository);
    for (const next of headsIn(taker, now, head.repository)) heads.set(next.repository, next);
  }
  for (const { claim, timeoutMs } of works) markRunnersTrial(taker, claim, { now, timeoutMs });
  return { works, ended: endedIn(taker.roster, ended) };
}

/** Goes on with a task whose step is finished, without another turn in line. @throws as SQLite does. */
export function goOn(taker: Taker, task: QueuedTask, now: Instant): Taken {
  const ended: string[] = [];
  const work = begin(taker, task, { standings: standingsIn(taker, now), ended, now });
  return { works: work === null ? [] : [work], ended: endedIn(taker.roster, ended) };
}

const endedIn = (roster: Roster, ids: readonly string[]): readonly QueuedTask[] =>
  ids.map((id) => taskIn(roster, id)).filter((task) => task?.end?.kind === 'error') as QueuedTask[];

/** @returns the ids of tasks that may have ended with it. */
function seeToLeftovers(taker: Taker, now: Instant): string[] {
  const { roster } = taker;
  const abandoned = tasksIn(
    roster,
    `WHERE state = 'running' AND (lease_until <= ? OR lease_until > ?) ORDER BY lease_until LIMIT ${LEFT_AT_ONCE}`,
    [now, now + taker.leaseMs + FAR_MS],
  );
  for (const task of abandoned) {
    const detail = `nothing was heard of ${task.runner ?? 'it'} any more`;
    endAttempt(taker, task, { ended: 'runner-lost', detail }, { at: now, latencyMs: 0 });
  }
  const late = tasksIn(
    roster,
    `WHERE state = 'waiting' AND deadline <= ? ORDER BY deadline LIMIT ${LEFT_AT_ONCE}`,
    [now],
  );
  for (const task of late)
    if (task.deadline !== null)
      endTask(roster, task, failing({ kind: 'deadline-passed', deadline: task.deadline }), now);
  return [...abandoned, ...late].map(({ id }) => id);
}

type TaskError = Extract<TaskEnd, { readonly kind: 'error' }>['error'];
const failing = (error: TaskError): TaskEnd => ({ kind: 'error', error });

const HEADS = `SELECT r.name AS repository, r.turn, t.id AS task, t.due, t.priority
 FROM queue_repositories r JOIN queue_tasks t ON t.id = (
   SELECT q.id FROM queue_tasks q WHERE q.repository = r.name AND q.state = 'waiting'
     AND (q.not_before <= :now OR q.not_before > :far)
     AND (q.avoid_runner IS NULL OR q.avoid_runner <> :runner OR :alone)
   ORDER BY q.due, q.id LIMIT 1)
 WHERE r.waiting > 0`;

/** The first task of each repository's line that may be taken here; of one of them alone where it is named. */
function headsIn({ roster, runner }: Taker, now: Instant, only: string | null): readonly Head[] {
  const others = [...pulsesIn(roster, now)].some(
    ([name, { vital }]) =>
      name.startsWith('runner:') && name !== `runner:${runner}` && vital === 'alive',
  );
  const at = { now, far: now + FAR_MS, runner, alone: others ? 0 : 1 };
  const rows =
    only === null
      ? roster.statement(HEADS).all(at)
      : roster.statement(`${HEADS} AND r.name = :only`).all({ ...at, only });
  return rows.map((row) => ({
    task: String(row['task']),
    repository: String(row['repository']),
    due: Number(row['due']) as Instant,
    priority: row['priority'] as Priority,
    turn: Number(row['turn']),
  }));
}

/** Puts the task into these hands, under a fence of its own. */
function claimed({ roster, runner, leaseMs }: Taker, head: Head, now: Instant): QueuedTask {
  const after = taken(head, lineOf(roster));
  roster.statement('UPDATE queue SET fence = fence + 1, line = ?').run(after.now);
  roster
    .statement('UPDATE queue_repositories SET turn = ? WHERE name = ?')
    .run(after.turn, head.repository);
  roster
    .statement(
      `UPDATE queue_tasks SET state = 'running', fence = (SELECT fence FROM queue), runner = ?, lease_until = ?, not_before = 0, held = '[]' WHERE id = ?`,
    )
    .run(runner, now + leaseMs, head.task);
  const task = taskIn(roster, head.task);
  if (task === null) throw new Error(`a task that was found is not there: ${head.task}`);
  return task;
}

interface Moment {
  readonly standings: Map<string, Standing>;
  /** Filled with the ids of tasks that end here. */
  readonly ended: string[];
  readonly now: Instant;
}

/** @returns null where nobody can do it now: it waits, or has ended. */
function begin(taker: Taker, task: QueuedTask, { standings, ended, now }: Moment): Work | null {
  const { roster } = taker;
  const step = nextStep(task.steps, task.finished);
  if (step === undefined) throw new Error(`a finished task is begun: ${task.id}`);
  const left = task.deadline === null ? task.timeoutMs : task.deadline - now;
  const work = {
    claim: { id: task.id, fence: task.fence },
    step,
    timeoutMs: Math.max(1, Math.min(task.timeoutMs, left)),
    outputs: outputsOf(roster, task.id),
  };
  if (step.by === 'arbiter') return { ...work, task, model: null };
  const decision = `${task.id}.${task.fence}.${task.finished.length}`;
  const spent = new Set([...spentModels(task.lost, step.name), ...othersModels(roster, task)]);
  const models = [...standings.values()].filter(({ profile }) => !spent.has(profile.id));
  const decided = decide(taker, task, decision, models);
  if (!decided.ok) {
    unroutable(roster, task, step, { fault: decided.fault, spent: spent.size > 0, now });
    ended.push(task.id);
    return null;
  }
  const { routed } = decided.value;
  const event = eventOf(routed, { at: now, repository: task.repository });
  // Refused, it stands among the refusals: the roster has changed, or the clock went back.
  if (!applyWithin(roster, event).ok) {
    const because = { kind: 'health', health: 'unknown' } as const;
    hold(roster, task, [{ id: routed.model, because }], now + HELD_MS);
    return null;
  }
  taker.router.keep(decided.value);
  roster
    .statement('UPDATE queue_tasks SET model = ?, decision = ? WHERE id = ?')
    .run(routed.model, decision, task.id);
  const standing = standings.get(routed.model);
  if (standing === undefined) throw new Error(`a model that was chosen is not there: ${decision}`);
  standings.set(routed.model, { ...standing, running: standing.running + 1 });
  markTrial(taker, routed.model, { attempt: decision, now, timeoutMs: work.timeoutMs }, standings);
  const given = { ...task, model: routed.model, decision };
  return { ...work, task: given, model: standing.profile };
}

/** The router chooses among all; in a cascade the smallest that can take it is asked, and nobody else. */
function decide(
  { elapsed, roster, router }: Taker,
  { member, task }: QueuedTask,
  id: string,
  models: readonly Standing[],
): Result<Decided, RouteFault> {
  const isCascade = member !== null && strategyIn(roster, member.of)?.name === 'cascade';
  if (!isCascade) return router.decide({ id, task, models }, elapsed);
  const leftOut: LeftOut[] = [];
  for (const model of models.toSorted(bySize)) {
    const decided = router.decide({ id, task, models: [model] }, elapsed);
    if (decided.ok || decided.fault.kind !== 'no-model-eligible') return decided;
    leftOut.push(...decided.fault.leftOut);
  }
  return fail(
    leftOut.length === 0 ? { kind: 'roster-empty' } : { kind: 'no-model-eligible', leftOut },
  );
}

/** By what it costs, and where nobody pays for a model by what it takes in memory. */
function bySize({ profile: one }: Standing, { profile: other }: Standing): number {
  return (
    one.cost.outputMillionTokensUsd - other.cost.outputMillionTokensUsd ||
    one.cost.inputMillionTokensUsd - other.cost.inputMillionTokensUsd ||
    (one.memoryBytes ?? 0) - (other.memoryBytes ?? 0) ||
    (one.id < other.id ? -1 : 1)
  );
}

/** Bars that go away by themselves. */
const passing: ReadonlySet<LeftOut['because']['kind']> = new Set(['health', 'load', 'budget']);

function unroutable(
  roster: Roster,
  task: QueuedTask,
  step: Step,
  why: { readonly fault: RouteFault; readonly spent: boolean; readonly now: Instant },
): void {
  const { fault, now, spent } = why;
  const leftOut = fault.kind === 'no-model-eligible' ? fault.leftOut : [];
  const kept = leftOut.slice(0, HELD_KEPT_MAX);
  const waits = leftOut.filter(({ because }) => passing.has(because.kind));
  // A roster that is empty for now, or holds an id twice, is no fault of the task's.
  const isTasks = fault.kind === 'no-model-eligible' || (fault.kind === 'roster-empty' && spent);
  if (waits.length > 0 || !isTasks) {
    const loaded = waits.length > 0 && waits.every(({ because }) => because.kind === 'load');
    hold(roster, task, kept, now + (loaded ? LOADED_MS : HELD_MS));
    return;
  }
  const kind = spent ? 'models-spent' : 'no-model-able';
  endTask(roster, task, failing({ kind, step: step.name, leftOut: kept }), now);
}

/** Puts a task back untried, and its repository where it stood. */
function hold(roster: Roster, task: QueuedTask, held: readonly LeftOut[], until: number): void {
  const { id, repository } = task;
  roster.statement('UPDATE queue_repositories SET turn = turn - 1 WHERE name = ?').run(repository);
  roster
    .statement(
      "UPDATE queue_tasks SET state = 'waiting', runner = NULL, lease_until = 0, not_before = ?, held = ? WHERE id = ?",
    )
    .run(until, JSON.stringify(held), id);
}

/** Renews what is still held. @returns the ids of tasks that are held no more. @throws as SQLite does. */
export function renew(
  { roster, runner, leaseMs }: Pick<Taker, 'roster' | 'runner' | 'leaseMs'>,
  claims: readonly Claim[],
  now: Instant,
): ReadonlySet<string> {
  const put = roster.statement(
    "UPDATE queue_tasks SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running' AND runner = ? AND lease_until > ?",
  );
  const lost = claims.filter(
    ({ id, fence }) => put.run(now + leaseMs, id, fence, runner, now).changes === 0,
  );
  return new Set(lost.map(({ id }) => id));
}
