import type { DatabaseSync } from 'node:sqlite';
import { counted, noPerformance, type TaskFacts } from '../../models/performance.ts';
import { dayOf } from '../../models/task.ts';
import type { Instant } from '../../primitives.ts';

/** 'CAWM' in ASCII: the file says in its header what it is. */
export const ROSTER_APPLICATION_ID = 0x4341574d;

/**
 * Every version's step from the one before, oldest first; a step that was released is never edited.
 * Each runs in the same transaction as all the others that a file lacks.
 */
export const migrations: readonly ((database: DatabaseSync) => void)[] = [
  firstTables,
  dailyRecords,
  judgeReadings,
];

/**
 * Models with their standing, the tasks they were given, and the log of what happened. Long texts stand
 * last in a row, and what a query asks about an offer in its index: it reads them of the models that fit.
 * A revision is the number of the last event before the text was written, so that nobody parses it twice.
 */
function firstTables(database: DatabaseSync): void {
  database.exec(`
CREATE TABLE roster (one INTEGER PRIMARY KEY CHECK (one = 1), salt TEXT NOT NULL) STRICT;
INSERT INTO roster VALUES (1, lower(hex(randomblob(32))));
CREATE TABLE models (id TEXT PRIMARY KEY, role TEXT NOT NULL, status TEXT NOT NULL, generation INTEGER NOT NULL, context_tokens INTEGER NOT NULL, running INTEGER NOT NULL CHECK (running >= 0), running_max INTEGER NOT NULL, changed_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, revision INTEGER NOT NULL, profile TEXT NOT NULL) STRICT;
CREATE TABLE offers (model TEXT NOT NULL, surface TEXT NOT NULL, rank REAL NOT NULL, abilities TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (model, surface)) STRICT;
CREATE INDEX offers_rank ON offers (surface, rank DESC, model, abilities);
CREATE TABLE tasks (decision TEXT PRIMARY KEY, model TEXT NOT NULL, generation INTEGER NOT NULL, surface TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, facts TEXT, head TEXT, origin TEXT) STRICT;
CREATE INDEX tasks_model ON tasks (model, surface, at);
CREATE INDEX tasks_head ON tasks (head) WHERE head IS NOT NULL;
CREATE TABLE events (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, model TEXT, decision TEXT, key TEXT UNIQUE, body TEXT NOT NULL) STRICT;
CREATE INDEX events_model ON events (model, sequence);
CREATE INDEX events_decision ON events (decision, sequence);
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TABLE refusals (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, about TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX refusals_about ON refusals (about, sequence);
CREATE TABLE verdicts (id TEXT PRIMARY KEY, head TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX verdicts_head ON verdicts (head, id);
CREATE TABLE cursors (source TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`);
}

/** A record for each day, so that one can look at any span of them. */
function dailyRecords(database: DatabaseSync): void {
  database.exec(
    'CREATE TABLE days (model TEXT NOT NULL, generation INTEGER NOT NULL, surface TEXT NOT NULL, day INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (model, surface, generation, day)) STRICT',
  );
  const put = database.prepare(
    'INSERT INTO days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
  );
  const get = database.prepare(
    'SELECT record FROM days WHERE model = ? AND generation = ? AND surface = ? AND day = ?',
  );
  const tasks = database.prepare(
    'SELECT model, generation, surface, at, facts FROM tasks WHERE facts IS NOT NULL',
  );
  for (const row of tasks.iterate()) {
    const key = [
      String(row['model']),
      Number(row['generation']),
      String(row['surface']),
      dayOf(Number(row['at']) as Instant),
    ] as const;
    const record = get.get(...key)?.['record'];
    const before = typeof record === 'string' ? JSON.parse(record) : noPerformance;
    const facts = JSON.parse(String(row['facts'])) as TaskFacts;
    put.run(...key, JSON.stringify(counted(before, null, facts)));
  }
}

/**
 * What judges said where the answer is known; one row an anchor, so that a second run replaces the first. A judge is
 * its weights, and what it is told: other prompts begin anew.
 */
function judgeReadings(database: DatabaseSync): void {
  database.exec(`
CREATE TABLE judge_readings (judge TEXT NOT NULL, surface TEXT NOT NULL, prompts TEXT NOT NULL, anchor TEXT NOT NULL, kind TEXT NOT NULL, hit REAL NOT NULL, lean REAL NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (judge, surface, prompts, anchor, kind)) STRICT, WITHOUT ROWID;
`);
}
