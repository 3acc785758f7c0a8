import type { DatabaseSync } from 'node:sqlite';

/**
 * The ledger's tables, kept through node:sqlite's prepared statements.
 *
 * Measured on Node 24.21: importing Kysely costs 75 to 110 ms, loading node:sqlite 0.4 ms; the whole
 * of `arbiter verify` must start within that. The statements are few and fixed; the contract suite of
 * LedgerStore, not a query builder, is what another database has to pass.
 */
export const SCHEMA_VERSION = 1;
/** 'CAWS' in ASCII: the file says in its header what it is. */
const APPLICATION_ID = 0x43415753;

const TABLES = `
CREATE TABLE ledger (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
CREATE TABLE keys (id TEXT PRIMARY KEY, public_key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entries (sequence INTEGER PRIMARY KEY CHECK (sequence > 0), at TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL, body TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL, signer TEXT NOT NULL, attached TEXT NOT NULL) STRICT;
CREATE INDEX entries_about ON entries (kind, about, sequence);
CREATE TABLE checkpoints (sequence INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE blobs (digest TEXT PRIMARY KEY, encoding TEXT NOT NULL CHECK (encoding IN ('plain', 'deflate')), size INTEGER NOT NULL CHECK (size >= 0), bytes BLOB NOT NULL) STRICT;
CREATE TABLE sealed (commitment TEXT PRIMARY KEY, salt TEXT NOT NULL, value TEXT NOT NULL) STRICT;
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_follow BEFORE INSERT ON entries WHEN NEW.sequence <> 1 + (SELECT coalesce(max(sequence), 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries follow without gaps'); END;
CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_remain BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER head_advances BEFORE UPDATE ON head WHEN NEW.sequence <= OLD.sequence BEGIN SELECT RAISE(ABORT, 'the head only advances'); END;
`;

/**
 * Sets what every connection needs. FULL: an entry is on the disk before anything is announced.
 * trusted_schema off: a function in a tampered table definition does not run.
 */
export function preparePragmas(database: DatabaseSync): void {
  database.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF');
}

/** Makes the tables in a fresh file, in one transaction. */
export function createSchema(database: DatabaseSync, ledgerId: string): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('BEGIN IMMEDIATE');
  // Another process may have made them between our look and our lock.
  if (versionOf(database) === 0) {
    database.exec(TABLES);
    database.prepare('INSERT INTO ledger VALUES (1, ?)').run(ledgerId);
    database.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
  }
  database.exec('COMMIT');
}

/** @returns the schema version; 0 for a file without one. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/**
 * Whether the file holds exactly our tables, indexes and triggers.
 *
 * A missing trigger takes away the guard against accidents, and an added one could rewrite what is
 * inserted: neither can be our doing.
 */
export function schemaIsOurs(database: DatabaseSync): boolean {
  const application = database.prepare('PRAGMA application_id').get()?.['application_id'];
  const found = database
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .all()
    .map((row) => String(row['sql']));
  const expected = TABLES.split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, -1));
  return (
    application === APPLICATION_ID &&
    found.length === expected.length &&
    expected.every((statement) => found.includes(statement))
  );
}
