import type { SQLOutputValue } from 'node:sqlite';
import type { Priority } from '../../models/orchestration/order.ts';
import type { LostAttempt } from '../../models/orchestration/recovery.ts';
import type { TaskState } from '../../models/orchestration/state.ts';
import type { Order, QueuedTask, TaskEnd } from '../../models/orchestration/task.ts';
import type { LeftOut } from '../../models/routing/eligible.ts';
import type { Instant } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What of an order is looked at only as a whole. */
type Body = Pick<Order, 'task' | 'steps' | 'timeoutMs' | 'work'>;

export const bodyText = ({ task, steps, timeoutMs, work }: Order): string =>
  JSON.stringify({ task, steps, timeoutMs, work: work ?? null } satisfies Body);

const COLUMNS =
  'id, repository, priority, deadline, asked_at, state, fence, runner, cancelling, model, decision, ended_at, body, lost, held, ending, lease_until, strategy, worker';

/** One task, as a part of other work. @throws as SQLite does. */
export function taskIn(roster: Roster, id: string): QueuedTask | null {
  const row = roster.statement(`SELECT ${COLUMNS} FROM queue_tasks WHERE id = ?`).get(id);
  return row === undefined ? null : taskOfRow(roster, row);
}

/** Tasks that a condition holds for. @param where fixed text of this folder, never a value. */
export function tasksIn(
  roster: Roster,
  where: string,
  values: readonly (string | number | null)[],
): readonly QueuedTask[] {
  return roster
    .statement(`SELECT ${COLUMNS} FROM queue_tasks ${where}`)
    .all(...values)
    .map((row) => taskOfRow(roster, row));
}

function taskOfRow(roster: Roster, row: Row): QueuedTask {
  const id = String(row['id']);
  const text = (name: string) => (row[name] === null ? null : String(row[name]));
  const instant = (name: string) => (row[name] === null ? null : (Number(row[name]) as Instant));
  return {
    ...(JSON.parse(String(row['body'])) as Body),
    id,
    repository: String(row['repository']),
    priority: row['priority'] as Priority,
    deadline: instant('deadline'),
    state: row['state'] as TaskState,
    askedAt: Number(row['asked_at']) as Instant,
    fence: Number(row['fence']),
    runner: text('runner'),
    model: text('model'),
    decision: text('decision'),
    cancelling: row['cancelling'] === 1,
    finished: finishedOf(roster, id),
    lost: JSON.parse(String(row['lost'])) as readonly LostAttempt[],
    held: JSON.parse(String(row['held'])) as readonly LeftOut[],
    member:
      row['strategy'] === null
        ? null
        : { of: String(row['strategy']), worker: Number(row['worker']) },
    end: row['ending'] === null ? null : (JSON.parse(String(row['ending'])) as TaskEnd),
    endedAt: instant('ended_at'),
  };
}

const finishedOf = (roster: Roster, task: string): readonly string[] =>
  roster
    .statement('SELECT step FROM queue_outputs WHERE task = ? ORDER BY position')
    .all(task)
    .map((row) => String(row['step']));

/** What finished steps gave, by their names. @throws as SQLite does. */
export function outputsOf(roster: Roster, task: string): Readonly<Record<string, string>> {
  const rows = roster.statement('SELECT step, output FROM queue_outputs WHERE task = ?').all(task);
  return Object.fromEntries(rows.map((row) => [String(row['step']), String(row['output'])]));
}
