import type { RosterStorageFault } from '../../models/faults.ts';
import type { AddFault, QueueFault } from '../../models/orchestration/faults.ts';
import type { TaskState } from '../../models/orchestration/state.ts';
import { checkedOrder, type Order, type QueuedTask } from '../../models/orchestration/task.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';
import { taskIn, tasksIn } from './rows.ts';
import {
  beginStrategy,
  cancelStrategy,
  endTask,
  putInLine,
  type StrategyTask,
  strategyIn,
} from './strategies.ts';

/** Tasks that may wait: hours of work for a fleet, some 10 MB. */
const TASKS_WAITING_MAX = 10_000;
/** Of one repository: nobody fills the queue alone. */
const REPOSITORY_WAITING_MAX = 2_000;
/** Repositories with tasks that wait: each is looked at when the next task is chosen. */
const REPOSITORIES_MAX = 1_000;
/** Ended tasks that are kept to be looked at; the roster's log keeps what they said of models. */
const ENDED_MAX = 20_000;
/** Decisions that the router reads again, and those whose outcome may still come. */
const ROUTINGS_MAX = 50_000;
/** How far back one looks for how fast tasks go. */
const PACE_MS = 60_000;
const AGAIN_MS_MAX = 3_600_000;

export interface QueueSizes {
  readonly tasksMax: number;
  readonly repositoryMax: number;
}

const usual: QueueSizes = { tasksMax: TASKS_WAITING_MAX, repositoryMax: REPOSITORY_WAITING_MAX };

/**
 * Takes a task in, or says why not; as a part of the transaction around it.
 *
 * @throws as SQLite does.
 */
export function add(
  roster: Roster,
  order: Order,
  now: Instant,
  sizes: QueueSizes = usual,
): Result<null, AddFault> {
  const checked = checkedOrder(order, now);
  if (!checked.ok) return checked;
  const known = taskIn(roster, order.id) ?? strategyIn(roster, order.id);
  if (known !== null) return fail({ kind: 'task-doubled', id: order.id, state: known.state });
  const full = fullFor(roster, order.repository, now, sizes);
  if (full !== null) return fail(full);
  const { strategy = null } = order;
  if (strategy === null) putInLine(roster, order, now, null);
  else beginStrategy(roster, order, strategy, now);
  return ok(null);
}

function fullFor(
  roster: Roster,
  repository: string,
  now: Instant,
  { tasksMax, repositoryMax }: QueueSizes,
): AddFault | null {
  const waiting = waitingIn(roster);
  const againMs = () => againAfter(roster, now);
  if (waiting >= tasksMax)
    return { kind: 'queue-full', of: 'tasks', waiting, max: tasksMax, againMs: againMs() };
  const row = roster
    .statement('SELECT waiting FROM queue_repositories WHERE name = ?')
    .get(repository);
  const own = Number(row?.['waiting'] ?? 0);
  if (own >= repositoryMax)
    return {
      kind: 'queue-full',
      of: 'repository',
      waiting: own,
      max: repositoryMax,
      againMs: againMs(),
    };
  if (own > 0) return null;
  const others = roster
    .statement('SELECT count(*) AS n FROM queue_repositories WHERE waiting > 0')
    .get();
  const repositories = Number(others?.['n']);
  return repositories < REPOSITORIES_MAX
    ? null
    : {
        kind: 'queue-full',
        of: 'repositories',
        waiting: repositories,
        max: REPOSITORIES_MAX,
        againMs: againMs(),
      };
}

const waitingIn = (roster: Roster): number =>
  Number(roster.statement('SELECT waiting FROM queue').get()?.['waiting']);

/** When a tenth of a minute's work will have been done, at the pace of the last minute. */
function againAfter(roster: Roster, now: Instant): number {
  const row = roster
    .statement('SELECT count(*) AS n FROM queue_tasks WHERE ended_at > ? AND ended_at <= ?')
    .get(now - PACE_MS, now);
  const ended = Number(row?.['n']);
  if (ended === 0) return AGAIN_MS_MAX / 60;
  return Math.min(AGAIN_MS_MAX, Math.max(1_000, Math.ceil(PACE_MS / ended)));
}

/**
 * Wants a task ended without a result. One that waits is ended at once; whoever works on one ends its
 * programs first.
 *
 * @returns whether it has ended already. @throws as SQLite does.
 */
export function cancel(
  roster: Roster,
  id: string,
  now: Instant,
): Result<'cancelled' | 'cancelling', QueueFault> {
  const strategy = strategyIn(roster, id);
  if (strategy !== null) return cancelAll(roster, strategy, now);
  const task = taskIn(roster, id);
  if (task === null) return fail({ kind: 'task-unknown', id });
  if (task.state === 'running') {
    roster.statement('UPDATE queue_tasks SET cancelling = 1 WHERE id = ?').run(id);
    return ok('cancelling');
  }
  if (task.state !== 'waiting') return fail({ kind: 'task-ended', id, state: task.state });
  endTask(roster, task, { kind: 'cancelled' }, now);
  return ok('cancelled');
}

function cancelAll(
  roster: Roster,
  strategy: StrategyTask,
  now: Instant,
): Result<'cancelled' | 'cancelling', QueueFault> {
  const { id, members, state } = strategy;
  if (state !== 'running') return fail({ kind: 'task-ended', id, state });
  cancelStrategy(roster, strategy, now);
  return ok(members.some((member) => member.state === 'running') ? 'cancelling' : 'cancelled');
}

/** What waits, runs and has ended, and for how long the first one waits. */
export interface QueueState {
  readonly waiting: number;
  readonly running: number;
  readonly ended: Readonly<Record<'done' | 'error' | 'cancelled', number>>;
  readonly oldestAt: Instant | null;
}

export function queueState(roster: Roster): Result<QueueState, RosterStorageFault> {
  return roster.read(() => {
    const count = (state: TaskState) =>
      Number(
        roster.statement('SELECT count(*) AS n FROM queue_tasks WHERE state = ?').get(state)?.['n'],
      );
    const oldest = roster
      .statement("SELECT min(asked_at) AS at FROM queue_tasks WHERE state = 'waiting'")
      .get()?.['at'];
    return {
      waiting: waitingIn(roster),
      running: count('running'),
      ended: { done: count('done'), error: count('error'), cancelled: count('cancelled') },
      oldestAt: oldest === null || oldest === undefined ? null : (Number(oldest) as Instant),
    };
  });
}

/** What is listed: the newest, at most `limit`. */
export function tasksListed(
  roster: Roster,
  of: {
    readonly states: readonly TaskState[];
    readonly repository: string | null;
    readonly limit: number;
  },
): Result<readonly QueuedTask[], RosterStorageFault> {
  return roster.read(() =>
    tasksIn(
      roster,
      `WHERE state IN (${of.states.map(() => '?').join(', ')}) AND (? IS NULL OR repository = ?)
       ORDER BY asked_at DESC, id DESC LIMIT ?`,
      [...of.states, of.repository, of.repository, of.limit],
    ),
  );
}

export function taskNamed(
  roster: Roster,
  id: string,
): Result<QueuedTask | StrategyTask | null, RosterStorageFault> {
  return roster.read(() => taskIn(roster, id) ?? strategyIn(roster, id));
}

/** Forgets the oldest ended tasks, and repositories that stand where a new one would. @throws as SQLite does. */
export function sweep(roster: Roster): void {
  const old = roster
    .statement(
      `SELECT id FROM queue_tasks WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 500 OFFSET ${ENDED_MAX}`,
    )
    .all();
  for (const { id } of old)
    roster.statement('DELETE FROM queue_tasks WHERE id = ?').run(String(id));
  roster
    .statement(
      "DELETE FROM queue_strategies WHERE state <> 'running' AND id NOT IN (SELECT strategy FROM queue_tasks WHERE strategy IS NOT NULL)",
    )
    .run();
  roster
    .statement(
      'DELETE FROM queue_repositories WHERE waiting = 0 AND turn <= (SELECT line FROM queue)',
    )
    .run();
  roster
    .statement('DELETE FROM routings WHERE sequence <= (SELECT max(sequence) FROM routings) - ?')
    .run(ROUTINGS_MAX);
}
