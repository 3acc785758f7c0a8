import type { RosterStorageFault } from '../../models/faults.ts';
import type { Result } from '../../primitives.ts';
import { prepareTables } from '../roster/further-tables.ts';
import type { Roster } from '../roster/roster.ts';

/**
 * The queue stands in the roster's own file: a task is done in the same transaction that writes what it
 * says of its model. How many wait is counted by triggers, so that no change of state can miss it.
 */
export const queueSteps: readonly string[] = [
  `
CREATE TABLE queue (one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, line REAL NOT NULL, waiting INTEGER NOT NULL CHECK (waiting >= 0), seed INTEGER NOT NULL, decided INTEGER NOT NULL, heard INTEGER NOT NULL, pacing TEXT) STRICT;
INSERT INTO queue VALUES (1, 0, 0, 0, abs(random() % 4294967296), 0, 0, NULL);
CREATE TABLE queue_repositories (name TEXT PRIMARY KEY, turn REAL NOT NULL, waiting INTEGER NOT NULL CHECK (waiting >= 0)) STRICT, WITHOUT ROWID;
CREATE TABLE queue_tasks (id TEXT PRIMARY KEY, repository TEXT NOT NULL, priority TEXT NOT NULL, due INTEGER NOT NULL, deadline INTEGER, asked_at INTEGER NOT NULL, state TEXT NOT NULL, not_before INTEGER NOT NULL, fence INTEGER NOT NULL, runner TEXT, avoid_runner TEXT, lease_until INTEGER NOT NULL, cancelling INTEGER NOT NULL, model TEXT, decision TEXT, ended_at INTEGER, body TEXT NOT NULL, lost TEXT NOT NULL, held TEXT NOT NULL, ending TEXT) STRICT;
CREATE INDEX queue_line ON queue_tasks (repository, due, id) WHERE state = 'waiting';
CREATE INDEX queue_deadlines ON queue_tasks (deadline) WHERE state = 'waiting' AND deadline IS NOT NULL;
CREATE INDEX queue_leases ON queue_tasks (lease_until) WHERE state = 'running';
CREATE INDEX queue_decisions ON queue_tasks (decision) WHERE decision IS NOT NULL;
CREATE INDEX queue_ended ON queue_tasks (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE TRIGGER queue_enters AFTER INSERT ON queue_tasks WHEN new.state = 'waiting' BEGIN
  UPDATE queue SET waiting = waiting + 1;
  UPDATE queue_repositories SET waiting = waiting + 1 WHERE name = new.repository;
END;
CREATE TRIGGER queue_moves AFTER UPDATE OF state ON queue_tasks WHEN (new.state = 'waiting') <> (old.state = 'waiting') BEGIN
  UPDATE queue SET waiting = waiting + iif(new.state = 'waiting', 1, -1);
  UPDATE queue_repositories SET waiting = waiting + iif(new.state = 'waiting', 1, -1) WHERE name = new.repository;
END;
CREATE TABLE queue_outputs (task TEXT NOT NULL, position INTEGER NOT NULL, step TEXT NOT NULL, at INTEGER NOT NULL, fence INTEGER NOT NULL, output TEXT NOT NULL, PRIMARY KEY (task, position)) STRICT;
CREATE TABLE routings (sequence INTEGER PRIMARY KEY, decision TEXT NOT NULL UNIQUE, surface TEXT NOT NULL, arm TEXT NOT NULL, expected_usd REAL NOT NULL, heard INTEGER UNIQUE, reward REAL) STRICT;
CREATE INDEX routings_unheard ON routings (decision) WHERE heard IS NULL;
CREATE TABLE breakers (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pulses (name TEXT PRIMARY KEY, seen_at INTEGER NOT NULL, every_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  // One order that several models may get; each of them has a task of its own.
  `
CREATE TABLE queue_strategies (id TEXT PRIMARY KEY, name TEXT NOT NULL, workers INTEGER NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, taken TEXT) STRICT;
ALTER TABLE queue_tasks ADD COLUMN strategy TEXT;
ALTER TABLE queue_tasks ADD COLUMN worker INTEGER;
CREATE INDEX queue_members ON queue_tasks (strategy, id) WHERE strategy IS NOT NULL;
`,
];

/** Brings the tables of this part up to date; call it once after the roster was opened. */
export const prepareQueueTables = (roster: Roster): Result<null, RosterStorageFault> =>
  prepareTables(roster, 'queue_steps', queueSteps);
