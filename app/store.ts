import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { StoreFault } from '../src/5-publication/app-faults.ts';
import { makeFolder } from '../src/adapters/new-file.ts';
import { fail, ok, type Result } from '../src/primitives.ts';
import { migrations } from './migrations.ts';

/** 'CAWA' in ASCII: a ledger or somebody else's database is not taken for ours. */
const APPLICATION_ID = 0x43415741;

/**
 * A busy database stops the whole process, and GitHub waits for 10 s: one that stays locked for longer
 * than this is answered with 503, and the delivery comes again.
 */
const STORE_WAIT_MS = 1_000;

/** app.db, open. Everything in it is written synchronously, in transactions of our own. */
export interface Store extends Disposable {
  readonly file: string;
  readonly database: DatabaseSync;
  /** The same text gives the same prepared statement. */
  readonly statement: (sql: string) => StatementSync;
  /** All of it or nothing; the only way in which the app writes. */
  readonly transaction: <Value>(work: () => Value) => Value;
}

/**
 * Opens app.db of a data folder, makes it where there is none, and brings it to the present form.
 * Several processes may have it open: work is handed out under leases.
 *
 * @param steps all migrations; a part of them only in tests.
 */
export function openStore(
  folder: string,
  steps: readonly string[] = migrations,
  waitMs = STORE_WAIT_MS,
): Result<Store, StoreFault> {
  const file = join(folder, 'app.db');
  let database: DatabaseSync | undefined;
  try {
    prepareFolder(folder);
    database = new DatabaseSync(file, { timeout: waitMs });
    // FULL: what was answered with 2xx is on the disk. NORMAL would lose the last ones in a power cut.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF',
    );
    const fault = migrate(database, file, steps);
    if (fault === undefined) return ok(storeOf(file, database));
    database.close();
    return fail(fault);
  } catch (error) {
    database?.close();
    return fail({ kind: 'data-unusable', folder, reason: reasonOf(error) });
  }
}

/** The private key of the arbiter, deliveries and ledgers stand in it: nobody else reads or writes there. */
function prepareFolder(folder: string): void {
  makeFolder(folder, 0o700);
  if ((statSync(folder).mode & 0o022) !== 0) throw new Error('others may write it (chmod go-w)');
}

function storeOf(file: string, database: DatabaseSync): Store {
  const prepared = new Map<string, StatementSync>();
  return {
    file,
    database,
    statement: (sql) => {
      const known = prepared.get(sql) ?? database.prepare(sql);
      prepared.set(sql, known);
      return known;
    },
    transaction: (work) => {
      // immediate: a read that becomes a write after another writer fails at once, whatever the timeout.
      database.exec('BEGIN IMMEDIATE');
      try {
        const value = work();
        database.exec('COMMIT');
        return value;
      } catch (error) {
        // A full disk has ended the transaction already.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close();
    },
  };
}

function migrate(
  database: DatabaseSync,
  file: string,
  steps: readonly string[],
): StoreFault | undefined {
  const look = (): StoreFault | undefined => {
    const version = pragma(database, 'user_version');
    const application = pragma(database, 'application_id');
    const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
    if (application !== APPLICATION_ID && (version !== 0 || tables !== 0))
      return { kind: 'store-not-ours', file };
    return version > steps.length
      ? { kind: 'store-newer', file, version, supported: steps.length }
      : undefined;
  };
  const fault = look();
  if (fault !== undefined || pragma(database, 'user_version') === steps.length) return fault;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it between our look and our lock.
    for (const step of steps.slice(pragma(database, 'user_version'))) database.exec(step);
    database.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${steps.length}`,
    );
    database.exec('COMMIT');
    return undefined;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** A process's hold of a data folder, until it lets go or dies. */
export interface DataHold extends Disposable {
  readonly folder: string;
}

/**
 * Makes sure that only one app works in a data folder: two would each hear every pull request's
 * deliveries, and a person who starts a second one by mistake has to be told.
 *
 * A locked SQLite file, not a file with a process's number: the system takes the lock away with the
 * process, however it ends.
 */
export function holdData(folder: string): Result<DataHold, StoreFault> {
  let lock: DatabaseSync | undefined;
  try {
    prepareFolder(folder);
    lock = new DatabaseSync(join(folder, 'app.lock'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    const held = lock;
    return ok({ folder, [Symbol.dispose]: () => (held.isOpen ? held.close() : undefined) });
  } catch (error) {
    lock?.close();
    return isBusy(error)
      ? fail({ kind: 'data-in-use', folder })
      : fail({ kind: 'data-unusable', folder, reason: reasonOf(error) });
  }
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;

/** The low byte of an error of SQLite; the rest says where it came from. */
const codeOf = (error: unknown): number =>
  Number((error as { readonly errcode?: number }).errcode ?? 0) & 0xff;

const isBusy = (error: unknown): boolean => [SQLITE_BUSY, SQLITE_LOCKED].includes(codeOf(error));

/** Whether the database could not take anything at the moment, whatever it was. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    isBusy(error) || [SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN].includes(code)
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
