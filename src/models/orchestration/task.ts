/** A task as it waits, is worked on and ends. */

import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { instantFault, type VerdictEvent } from '../events.ts';
import type { LeftOut } from '../routing/eligible.ts';
import type { Task } from '../routing/task.ts';
import type { AddFault } from './faults.ts';
import { type Priority, priorities } from './order.ts';
import type { LostAttempt } from './recovery.ts';
import type { TaskState } from './state.ts';
import { checkedSteps, type Step } from './steps.ts';

/** What is asked for. */
export interface Order {
  /** Whoever asks twice with one id gets one task. */
  readonly id: string;
  /** Whose turn it takes; any name, e.g. a folder or `github.com/acme/shop`. */
  readonly repository: string;
  readonly priority: Priority;
  /** After it nothing is begun, and what runs is ended. */
  readonly deadline: Instant | null;
  /** What a model for it is chosen by. */
  readonly task: Task;
  readonly steps: readonly Step[];
  /** Most that one step may take. */
  readonly timeoutMs: number;
  /** For whoever does the steps; plain data. */
  readonly work: unknown;
  /** Left out: one model gets it. */
  readonly strategy?: TaskStrategy;
}

export const taskStrategies = ['cascade', 'race'] as const;

/** How an order is given to several models, a task each. A patch holds where its verdict is PASS. */
export interface TaskStrategy {
  /** `cascade`: from the smallest on, until one holds; `race`: all at once, and whoever is not first is cancelled. */
  readonly name: (typeof taskStrategies)[number];
  /** How many models at most. */
  readonly workers: number;
}

/** As many as one model may be asked for samples. */
const WORKERS_MAX = 9;

/** How a task ended; what was tried stands beside it. */
export type TaskEnd =
  | { readonly kind: 'done'; readonly verdict: Pick<VerdictEvent, 'verdict' | 'id'> | null }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'error'; readonly error: TaskError };

/** Why nothing came of a task. It blames neither the change nor its author. */
export type TaskError =
  | { readonly kind: 'attempts-spent'; readonly step: string }
  /** Whoever could do it was tried, and the others cannot. */
  | { readonly kind: 'models-spent'; readonly step: string; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'no-model-able'; readonly step: string; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'deadline-passed'; readonly deadline: Instant };

/** A task in somebody's hands. Only the newest fence may say how it went. */
export interface Claim {
  readonly id: string;
  readonly fence: number;
}

/** A task as it stands. */
export interface QueuedTask extends Order {
  readonly state: TaskState;
  readonly askedAt: Instant;
  /** Of its newest attempt; 0 before the first one. */
  readonly fence: number;
  /** Whose it is while it runs. */
  readonly runner: string | null;
  readonly model: string | null;
  readonly decision: string | null;
  readonly cancelling: boolean;
  readonly finished: readonly string[];
  readonly lost: readonly LostAttempt[];
  /** Why it waits though its turn came. */
  readonly held: readonly LeftOut[];
  /** The order that it is one of several tasks of, and its place there; null: it stands by itself. */
  readonly member: { readonly of: string; readonly worker: number } | null;
  readonly end: TaskEnd | null;
  readonly endedAt: Instant | null;
}

/** A title, a spec's id and what else a worker looks its task up by; the rest stands in the repository. */
const WORK_CHARACTERS_MAX = 256 * 1024;
const REPOSITORY_CHARACTERS_MAX = 512;
const TIMEOUT_MS_MAX = 86_400_000;

/** Checks an order by itself. @param now a deadline before it is none that can be kept. */
export function checkedOrder(order: Order, now: Instant): Result<Order, AddFault> {
  const bad = (field: string, given: unknown, allowed: string): Result<Order, AddFault> =>
    fail({ kind: 'order-malformed', field, given: String(given).slice(0, 100), allowed });
  const { deadline, id, priority, repository, timeoutMs } = order;
  // Room for what a decision's id adds to it, and the place of one of several.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,61}$/.test(id))
    return bad('id', id, '1 to 62 of A to Z, a to z, 0 to 9 and . _ -');
  if (repository.length === 0 || repository.length > REPOSITORY_CHARACTERS_MAX)
    return bad('repository', repository.length, `1 to ${REPOSITORY_CHARACTERS_MAX} characters`);
  if (!priorities.includes(priority)) return bad('priority', priority, priorities.join(', '));
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX)
    return bad('timeoutMs', timeoutMs, `1 to ${TIMEOUT_MS_MAX}`);
  if (instantFault(now) !== null) return bad('now', now, 'milliseconds since 1970');
  if (deadline !== null && instantFault(deadline) !== null)
    return bad('deadline', deadline, 'milliseconds since 1970');
  if (deadline !== null && deadline <= now) return fail({ kind: 'deadline-over', deadline, now });
  const { strategy } = order;
  if (strategy !== undefined && !taskStrategies.includes(strategy.name))
    return bad('strategy', strategy.name, taskStrategies.join(', '));
  if (strategy !== undefined && !isWorkers(strategy.workers))
    return bad('workers', strategy.workers, `2 to ${WORKERS_MAX}`);
  const work = JSON.stringify([order.work ?? null, order.task]);
  if (work.length > WORK_CHARACTERS_MAX)
    return bad('work', work.length, `at most ${WORK_CHARACTERS_MAX} characters of JSON`);
  const steps = checkedSteps(order.steps);
  return steps.ok ? ok(order) : steps;
}

const isWorkers = (count: number): boolean =>
  Number.isSafeInteger(count) && count >= 2 && count <= WORKERS_MAX;
