/** One task of a model, from the decision to everything that became of it. */

import { fail, type Instant, isoOf, ok, type Result } from '../primitives.ts';
import {
  DAY_MS,
  type ExecutionEvent,
  OUTCOME_DAYS_MAX,
  type TaskEvent,
  type VerdictEvent,
  wentBack,
} from './events.ts';
import type { Refusal } from './faults.ts';
import type { TaskFacts } from './performance.ts';
import type { Surface } from './profile.ts';
import { compositeOf } from './scores.ts';

export interface Task {
  readonly decision: string;
  readonly model: string;
  /** Which weights of that model did it. */
  readonly generation: number;
  readonly surface: Surface;
  readonly at: Instant;
  readonly state: 'open' | 'done' | 'cancelled';
  /** null before it is done, and for good where it was cancelled. */
  readonly facts: TaskFacts | null;
  readonly head: string | null;
}

/** The task as an event leaves it, or why the event cannot be about it. */
export function afterEvent(task: Task, event: TaskEvent): Result<Task, Refusal> {
  const { decision } = task;
  if (wentBack(task.at, event.at))
    return fail({
      kind: 'clock-went-back',
      about: decision,
      last: isoOf(task.at),
      given: isoOf(event.at),
    });
  if (event.kind === 'execution') return afterExecution(task, event);
  // Nothing can be said of what a task made before it is known to have made something.
  if (task.facts === null) return fail({ kind: 'outcome-missing', decision });
  return ok({ ...task, facts: withComposite(task.surface, { ...task.facts, ...added(event) }) });
}

function afterExecution(task: Task, event: ExecutionEvent): Result<Task, Refusal> {
  const { decision } = task;
  if (task.state !== 'open') return fail({ kind: 'outcome-doubled', decision });
  const days = (event.at - task.at) / DAY_MS;
  if (days > OUTCOME_DAYS_MAX)
    return fail({
      kind: 'outcome-late',
      decision,
      days: Math.floor(days),
      daysMax: OUTCOME_DAYS_MAX,
    });
  if (event.ended === 'cancelled') return ok({ ...task, state: 'cancelled' });
  const facts = withComposite(task.surface, executionFacts(event));
  return ok({ ...task, state: 'done', facts, head: event.head ?? null });
}

function executionFacts(event: ExecutionEvent): TaskFacts {
  const { claims, efficiency, tools, retention, costUsd, hacks } = event;
  return {
    completion: event.completion ?? (event.ended === 'completed' ? 1 : 0),
    latencyMs: event.latencyMs,
    hacked: (hacks ?? 0) > 0 ? 1 : 0,
    ...(efficiency === undefined ? {} : { efficiency }),
    ...(tools === undefined ? {} : { tools }),
    ...(retention === undefined ? {} : { retention }),
    ...(costUsd === undefined ? {} : { costUsd }),
    ...(claims === undefined || claims.made === 0
      ? {}
      : { hallucination: claims.unresolved / claims.made }),
  };
}

function added(event: Exclude<TaskEvent, ExecutionEvent>): TaskFacts {
  switch (event.kind) {
    case 'verdict':
      return { compliance: complianceOf(event), waived: event.waivers.length > 0 ? 1 : 0 };
    case 'override':
      return { overridden: 1 };
    case 'revert':
      // What had to be taken back was not done, whatever its checks had said.
      return { reverted: 1, completion: 0 };
  }
}

/** 1: passed by itself; .5: needs or had the help of a waiver; 0: failed, or one person let it through. */
function complianceOf({ verdict, waivers, brokenGlass }: VerdictEvent): number {
  if (verdict === 'FAIL' || brokenGlass) return 0;
  return verdict === 'WAIVER_REQUIRED' || waivers.length > 0 ? 0.5 : 1;
}

function withComposite(surface: Surface, facts: TaskFacts): TaskFacts {
  const composite = compositeOf(surface, facts);
  return composite === null ? facts : { ...facts, composite };
}

/** Days since 1970 in UTC. */
export function dayOf(at: Instant): number {
  return Math.floor(at / DAY_MS);
}
