import type { RosterStorageFault } from '../../models/faults.ts';
import type { Result } from '../../primitives.ts';
import { prepareTables } from '../roster/further-tables.ts';
import type { Roster } from '../roster/roster.ts';

/**
 * The tables of suites and lifecycles stand in the roster's own file, so that a run and what it is about
 * are kept and copied together; their version is counted apart. A released step is never edited.
 */
const steps: readonly string[] = [
  `
CREATE TABLE suite_runs (id TEXT PRIMARY KEY, suite TEXT NOT NULL, suite_version INTEGER NOT NULL, suite_digest TEXT NOT NULL, tier TEXT NOT NULL, surface TEXT NOT NULL, model TEXT NOT NULL, generation INTEGER NOT NULL, model_digest TEXT, prompt_version TEXT NOT NULL, hardware TEXT NOT NULL, worker TEXT NOT NULL, at INTEGER NOT NULL, completion REAL NOT NULL, compliance REAL NOT NULL, composite REAL NOT NULL, tasks INTEGER NOT NULL, passed INTEGER NOT NULL, smoke_tasks INTEGER NOT NULL, smoke_passed INTEGER NOT NULL, erred INTEGER NOT NULL, unresolved INTEGER NOT NULL, cost_usd REAL) STRICT, WITHOUT ROWID;
CREATE INDEX suite_runs_model ON suite_runs (model, surface, at);
CREATE INDEX suite_runs_at ON suite_runs (surface, at);
CREATE TABLE suite_tasks (run TEXT NOT NULL REFERENCES suite_runs (id), task TEXT NOT NULL, passed INTEGER NOT NULL, kept INTEGER NOT NULL, erred INTEGER NOT NULL, duration_ms INTEGER NOT NULL, wrong TEXT NOT NULL, PRIMARY KEY (run, task)) STRICT, WITHOUT ROWID;
CREATE TABLE trials (model TEXT NOT NULL, surface TEXT NOT NULL, generation INTEGER NOT NULL, stage TEXT NOT NULL, since INTEGER NOT NULL, began INTEGER NOT NULL, canary_since INTEGER, share REAL NOT NULL, PRIMARY KEY (model, surface)) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (name TEXT PRIMARY KEY, last_due INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
];

/** Brings the tables of this part up to date; call it once after the roster was opened. */
export const prepareSuiteTables = (roster: Roster): Result<null, RosterStorageFault> =>
  prepareTables(roster, 'suite_steps', steps);
