import { dueOf, joining } from '../../models/orchestration/order.ts';
import type { Order, QueuedTask, TaskEnd, TaskStrategy } from '../../models/orchestration/task.ts';
import { type Attempt, nextMove } from '../../models/strategies/strategy.ts';
import type { Instant } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';
import { bodyText, tasksIn } from './rows.ts';

/** An order that several models may get, one task each: its members. */
export interface StrategyTask extends TaskStrategy {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled';
  /** The member whose verdict counts; null before there is one, and where nobody gave anything. */
  readonly taken: string | null;
  readonly members: readonly QueuedTask[];
}

/** Puts the first members of an order in line. @throws as SQLite does. */
export function beginStrategy(
  roster: Roster,
  order: Order,
  strategy: TaskStrategy,
  at: Instant,
): void {
  roster
    .statement('INSERT INTO queue_strategies VALUES (?, ?, ?, ?, ?, NULL)')
    .run(order.id, strategy.name, strategy.workers, JSON.stringify(order), 'running');
  advance(roster, order.id, at);
}

/** @returns null where no order of this id has a strategy. @throws as SQLite does. */
export function strategyIn(roster: Roster, id: string): StrategyTask | null {
  const row = roster
    .statement('SELECT name, workers, state, taken FROM queue_strategies WHERE id = ?')
    .get(id);
  if (row === undefined) return null;
  return {
    id,
    name: row['name'] as TaskStrategy['name'],
    workers: Number(row['workers']),
    state: row['state'] as StrategyTask['state'],
    taken: row['taken'] === null ? null : String(row['taken']),
    members: tasksIn(roster, 'WHERE strategy = ? ORDER BY asked_at, worker', [id]),
  };
}

/** Wants no result of an order any more, of none of its members. @throws as SQLite does. */
export function cancelStrategy(roster: Roster, { id }: StrategyTask, at: Instant): void {
  endStrategy(roster, id, { state: 'cancelled', taken: null, at });
}

/** Models that other members of the same order have or had: each model is asked once. @throws as SQLite does. */
export function othersModels(roster: Roster, { id, member }: QueuedTask): ReadonlySet<string> {
  if (member === null) return new Set();
  const rows = roster
    .statement('SELECT model FROM queue_tasks WHERE strategy = ? AND id <> ? AND model IS NOT NULL')
    .all(member.of, id);
  return new Set(rows.map(({ model }) => String(model)));
}

/**
 * Ends a task for good, and does what follows for the others of its order; what its steps gave is not kept.
 * All of it is a part of the transaction around it: no crash falls between an end and what follows.
 *
 * @throws as SQLite does.
 */
export function endTask(roster: Roster, task: QueuedTask, end: TaskEnd, at: Instant): void {
  const { id, member } = task;
  roster
    .statement(
      "UPDATE queue_tasks SET state = ?, ended_at = ?, ending = ?, runner = NULL, lease_until = 0, cancelling = 0, held = '[]' WHERE id = ?",
    )
    .run(end.kind, at, JSON.stringify(end), id);
  roster.statement("UPDATE queue_outputs SET output = '' WHERE task = ?").run(id);
  if (member !== null) advance(roster, member.of, at);
}

/** Does what the strategy says next, by how its members stand. */
function advance(roster: Roster, id: string, at: Instant): void {
  const strategy = strategyIn(roster, id);
  if (strategy === null || strategy.state !== 'running') return;
  const { members } = strategy;
  const move = nextMove(strategy, members.map(attemptOf));
  if (move.kind === 'take') {
    const [first = -1] = move.attempts;
    endStrategy(roster, id, { state: 'done', taken: members[first]?.id ?? null, at });
    return;
  }
  const order = orderIn(roster, id);
  for (const worker of move.workers)
    putInLine(roster, { ...order, id: `${id}-${worker + 1}` }, at, { of: id, worker });
}

/** A patch holds where its verdict lets it land; one that people would have to waive does not hold by itself. */
function attemptOf({ end, member }: QueuedTask): Attempt {
  const worker = member?.worker ?? 0;
  if (end === null) return { worker, ended: null };
  const verdict = end.kind === 'done' ? end.verdict : null;
  return { worker, ended: { key: verdict?.id ?? null, holds: verdict?.verdict === 'PASS' } };
}

/** Whoever is still at it is cancelled; its runner ends its programs. */
function endStrategy(
  roster: Roster,
  id: string,
  end: Pick<StrategyTask, 'state' | 'taken'> & { readonly at: Instant },
): void {
  roster
    .statement('UPDATE queue_strategies SET state = ?, taken = ? WHERE id = ?')
    .run(end.state, end.taken, id);
  for (const member of strategyIn(roster, id)?.members ?? []) {
    if (member.state === 'waiting') endTask(roster, member, { kind: 'cancelled' }, end.at);
    if (member.state === 'running')
      roster.statement('UPDATE queue_tasks SET cancelling = 1 WHERE id = ?').run(member.id);
  }
}

function orderIn(roster: Roster, id: string): Order {
  const row = roster.statement('SELECT body FROM queue_strategies WHERE id = ?').get(id);
  return JSON.parse(String(row?.['body'])) as Order;
}

/** Writes a task down as one that waits. @throws as SQLite does. */
export function putInLine(
  roster: Roster,
  order: Order,
  at: Instant,
  member: QueuedTask['member'],
): void {
  join(roster, order.repository);
  const { id, repository, priority, deadline } = order;
  const due = dueOf({ priority, deadline, askedAt: at });
  roster
    .statement(
      `INSERT INTO queue_tasks (id, repository, priority, due, deadline, asked_at, state, not_before, fence, lease_until, cancelling, body, lost, held, strategy, worker)
       VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, 0, 0, 0, ?, '[]', '[]', ?, ?)`,
    )
    .run(
      ...[id, repository, priority, due, deadline, at, bodyText(order)],
      ...[member?.of ?? null, member?.worker ?? null],
    );
}

/** Has a repository that wanted nothing stand where the line is now. */
function join(roster: Roster, repository: string): void {
  const row = roster
    .statement('SELECT turn, waiting FROM queue_repositories WHERE name = ?')
    .get(repository);
  if (Number(row?.['waiting'] ?? 0) > 0) return;
  const turn = joining(row === undefined ? null : Number(row['turn']), lineOf(roster));
  roster
    .statement(
      'INSERT INTO queue_repositories VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET turn = excluded.turn',
    )
    .run(repository, turn);
}

/** The line's own time. */
export const lineOf = (roster: Roster): number =>
  Number(roster.statement('SELECT line FROM queue').get()?.['line']);
