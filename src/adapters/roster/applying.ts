import { hash } from 'node:crypto';
import {
  checkedEvent,
  type DecisionEvent,
  type ModelEvent,
  type TaskEvent,
  wentBack,
} from '../../models/events.ts';
import type { Refusal, RosterStorageFault } from '../../models/faults.ts';
import {
  counted,
  noPerformance,
  type Performance,
  type TaskFacts,
} from '../../models/performance.ts';
import { rankOf } from '../../models/scores.ts';
import { afterEvent, dayOf, type Task } from '../../models/task.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { recordRefusal } from './refusing.ts';
import { unknownModel, wentBackFault } from './registering.ts';
import type { Roster } from './roster.ts';

/** What became of one event: its number in the log, or why it was refused. */
export type Applied = Result<number, Refusal>;

/**
 * Writes a batch of events and everything that follows from them, in one transaction. An event that is
 * refused changes nothing but the list of refusals; the others of its batch stand.
 *
 * @param alongside further work of the same transaction: what it writes stands if and only if the events do.
 */
export function applyEvents(
  roster: Roster,
  events: readonly ModelEvent[],
  alongside: () => void = () => undefined,
): Result<readonly Applied[], RosterStorageFault> {
  return roster.write(() => {
    const applied = events.map((event) => applyWithin(roster, event));
    alongside();
    return applied;
  });
}

/** The same for one event as a part of the transaction around it. @throws as SQLite does. */
export function applyWithin(roster: Roster, event: ModelEvent): Applied {
  const done = applyEvent(roster, event);
  if (!done.ok) {
    const about = event.decision ?? ('model' in event ? event.model : null) ?? '';
    recordRefusal(roster, { about: String(about), at: event.at, refusal: done.fault });
  }
  return done;
}

function applyEvent(roster: Roster, given: ModelEvent): Applied {
  const event = checkedEvent(given);
  if (!event.ok) return event;
  if (given.kind === 'decision') return applyDecision(roster, given);
  if (given.kind === 'override' && given.decision === null) return applyOverruled(roster, given);
  return applyToTask(roster, given, given.decision ?? '');
}

function applyDecision(roster: Roster, event: DecisionEvent): Applied {
  const { decision, model: id, surface, at } = event;
  if (taskOf(roster, decision) !== null) return fail({ kind: 'decision-doubled', decision });
  const model = roster.standing(id);
  if (model === null) return fail(unknownModel(roster, id));
  if (model.status === 'retired')
    return fail({ kind: 'model-retired', id, because: 'a retired model is given no work' });
  if (!model.profile.capabilities.surfaces.includes(surface))
    return fail({ kind: 'surface-undeclared', id, surface });
  if (wentBack(model.changedAt, at)) return fail(wentBackFault(id, model.changedAt, at));
  roster
    .statement("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, 'open', NULL, NULL, ?)")
    .run(decision, id, model.generation, surface, at, originOf(roster, event.repository));
  roster.statement('UPDATE models SET running = running + 1 WHERE id = ?').run(id);
  const { repository: _, ...kept } = event;
  return ok(logEvent(roster, { model: id, decision, key: null, event: kept }));
}

/** A judge was overruled: no task of its own has to be known. */
function applyOverruled(
  roster: Roster,
  event: Extract<TaskEvent, { readonly kind: 'override' }>,
): Applied {
  const id = event.model ?? '';
  if (roster.standing(id) === null) return fail(unknownModel(roster, id));
  const key = `override ${event.verdict} ${id}`;
  const known = sequenceOf(roster, key);
  return ok(known ?? logEvent(roster, { model: id, decision: null, key, event }));
}

function applyToTask(roster: Roster, event: TaskEvent, decision: string): Applied {
  const task = taskOf(roster, decision);
  if (task === null) return fail({ kind: 'decision-unknown', decision });
  const key = keyOf(event, decision);
  const known = key === null ? undefined : sequenceOf(roster, key);
  // What the ledger says is said again whenever it is read again.
  if (known !== undefined) return ok(known);
  const after = afterEvent(task, event);
  if (!after.ok) return after;
  writeTask(roster, task, after.value);
  if (event.kind === 'execution')
    roster
      .statement('UPDATE models SET running = running - 1, seen_at = max(seen_at, ?) WHERE id = ?')
      .run(event.at, task.model);
  return ok(logEvent(roster, { model: task.model, decision, key, event }));
}

/** What makes two reports the same one; null where doubling is a mistake of whoever reports. */
function keyOf(event: TaskEvent, decision: string): string | null {
  switch (event.kind) {
    case 'execution':
      return null;
    case 'verdict':
      return `verdict ${event.id} ${decision}`;
    case 'override':
      return `override ${event.verdict} ${decision}`;
    case 'revert':
      return `revert ${event.by} ${decision}`;
  }
}

function writeTask(roster: Roster, before: Task, after: Task): void {
  roster
    .statement('UPDATE tasks SET state = ?, facts = ?, head = ? WHERE decision = ?')
    .run(
      after.state,
      after.facts === null ? null : JSON.stringify(after.facts),
      after.head,
      after.decision,
    );
  if (before.facts === null && after.facts === null) return;
  const { model, surface, generation } = after;
  const changed = (text: unknown): Performance =>
    counted(
      typeof text === 'string' ? (JSON.parse(text) as Performance) : noPerformance,
      before.facts,
      after.facts,
    );
  const key = [model, generation, surface, dayOf(after.at)] as const;
  const day = roster
    .statement(
      'SELECT record FROM days WHERE model = ? AND generation = ? AND surface = ? AND day = ?',
    )
    .get(...key);
  roster
    .statement(
      'INSERT INTO days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
    )
    .run(...key, JSON.stringify(changed(day?.['record'])));
  // Other weights have a record of their own: what the old ones did late changes theirs alone.
  const standing = roster
    .statement(
      `SELECT record FROM offers JOIN models ON models.id = offers.model
       WHERE offers.model = ? AND surface = ? AND generation = ?`,
    )
    .get(model, surface, generation);
  if (standing === undefined) return;
  const record = changed(standing['record']);
  roster
    .statement(
      'UPDATE offers SET record = ?, rank = ?, revision = ? WHERE model = ? AND surface = ?',
    )
    .run(JSON.stringify(record), rankOf(record), roster.lastEvent(), model, surface);
}

function taskOf(roster: Roster, decision: string): Task | null {
  const row = roster
    .statement(
      'SELECT model, generation, surface, at, state, facts, head FROM tasks WHERE decision = ?',
    )
    .get(decision);
  if (row === undefined) return null;
  const facts = row['facts'];
  return {
    decision,
    model: String(row['model']),
    generation: Number(row['generation']),
    surface: row['surface'] as Task['surface'],
    at: Number(row['at']) as Instant,
    state: row['state'] as Task['state'],
    facts: typeof facts === 'string' ? (JSON.parse(facts) as TaskFacts) : null,
    head: typeof row['head'] === 'string' ? row['head'] : null,
  };
}

/** The same repository gives the same text in this file, and in no other; nobody reads it back. */
function originOf(roster: Roster, repository: string | null): string | null {
  if (repository === null) return null;
  const salt = String(roster.statement('SELECT salt FROM roster').get()?.['salt']);
  return hash('sha256', `${salt}\n${repository}`, 'hex').slice(0, 32);
}

function sequenceOf(roster: Roster, key: string): number | undefined {
  const row = roster.statement('SELECT sequence FROM events WHERE key = ?').get(key);
  return row === undefined ? undefined : Number(row['sequence']);
}

function logEvent(
  roster: Roster,
  logged: {
    readonly model: string;
    readonly decision: string | null;
    readonly key: string | null;
    readonly event: Omit<DecisionEvent, 'repository'> | TaskEvent;
  },
): number {
  const { event, model, decision, key } = logged;
  const { lastInsertRowid } = roster
    .statement(
      'INSERT INTO events (at, kind, model, decision, key, body) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(event.at, event.kind, model, decision, key, JSON.stringify(event));
  return Number(lastInsertRowid);
}
