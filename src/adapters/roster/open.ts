import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { RosterStorageFault } from '../../models/faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { stateFolder } from '../anchors/state-file.ts';
import { makeFolder } from '../new-file.ts';
import { ledgerFaultOf } from '../store-sqlite/faults.ts';
import { syncFolder, unsafeReason } from '../store-sqlite/open.ts';
import { migrations, ROSTER_APPLICATION_ID } from './schema.ts';

/** How long a writer waits for another one: a batch takes some milliseconds, a migration seconds. */
export const ROSTER_WAIT_MS = 5_000;

/**
 * Pages of 4 KB that are written before they are copied into the file itself, for which a writer waits. At SQLite's own
 * 1,000 so many decisions would that the slowest hundredth of them took twice as long.
 */
const CHECKPOINT_PAGES = 8_000;

/** Where the roster of this user stands. */
export function rosterFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(stateFolder(env), 'models.db');
}

/** Opens the file and brings its tables up to date; makes it where `create` allows. */
export function openDatabase(
  file: string,
  create: boolean,
  waitMs: number,
): Result<DatabaseSync, RosterStorageFault> {
  return orRosterFault(file, waitMs, () => {
    if (create && lstatSync(file, { throwIfNoEntry: false }) === undefined) createFile(file);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return unusable('missing', file, 'there is none');
    const unsafe = unsafeReason(file, stats);
    if (unsafe !== undefined) return unusable('unsafe', file, unsafe);
    const url = pathToFileURL(file);
    // rw, not rwc: a file that vanished meanwhile must not come back empty.
    url.searchParams.set('mode', 'rw');
    const database = new DatabaseSync(url, { timeout: waitMs });
    try {
      const prepared = prepare(database, file);
      if (!prepared.ok) database.close();
      return prepared;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** It gets its name when its tables are on the disk, so that an empty file in its place is damage. */
function createFile(file: string): void {
  makeFolder(dirname(file), 0o700);
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    const database = new DatabaseSync(draft);
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA application_id = ${ROSTER_APPLICATION_ID}`);
      migrate(database);
    } finally {
      database.close();
    }
    linkSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    // Another process made it first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true });
  }
}

function prepare(database: DatabaseSync, file: string): Result<DatabaseSync, RosterStorageFault> {
  // NORMAL: what is acknowledged has left the process, so that its crash loses nothing. A power cut can take
  // the last of it, and harms nothing else: a wait for the disk at each event would be most of its time, and
  // no verdict rests on the roster. trusted_schema off: nothing in a tampered table runs.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  if (numberOf(database, 'application_id') !== ROSTER_APPLICATION_ID)
    return unusable('broken', file, 'not a roster');
  const version = numberOf(database, 'user_version');
  const supported = migrations.length;
  if (version > supported) return fail({ kind: 'roster-newer', file, version, supported });
  if (version < supported) migrate(database);
  database.exec('PRAGMA journal_mode = WAL');
  return ok(database);
}

/** Runs the steps that the file lacks: all of them or none. */
function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have run them between our look and our lock.
    for (const step of migrations.slice(numberOf(database, 'user_version'))) step(database);
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

type Problem = Extract<RosterStorageFault, { readonly kind: 'roster-unusable' }>['problem'];

const problems: Readonly<Record<string, Problem>> = {
  'ledger-missing': 'missing',
  'ledger-locked': 'locked',
  'ledger-full': 'full',
  'ledger-unreadable': 'unreadable',
  'ledger-not-writable': 'not-writable',
  'ledger-broken': 'broken',
};

/** Runs one piece of storage work; SQLite's errors become faults, bugs stay errors. */
export function orRosterFault<Value, Fault>(
  file: string,
  waitMs: number,
  work: () => Result<Value, Fault>,
): Result<Value, Fault | RosterStorageFault> {
  try {
    return work();
  } catch (error) {
    // What stands in the file was written by JSON.stringify: anything else is damage.
    if (error instanceof SyntaxError) return unusable('broken', file, 'unreadable text in a table');
    const fault = ledgerFaultOf(error, file, waitMs);
    const problem = fault === undefined ? undefined : problems[fault.kind];
    if (fault === undefined || problem === undefined) throw error;
    return unusable(problem, file, 'reason' in fault ? fault.reason : `waited ${waitMs} ms`);
  }
}

function unusable(
  problem: Problem,
  file: string,
  reason: string,
): { readonly ok: false; readonly fault: RosterStorageFault } {
  return fail({ kind: 'roster-unusable', problem, file, reason });
}
