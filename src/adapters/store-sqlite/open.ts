import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { makeFolder } from '../new-file.ts';
import { isOnReadOnlyDisk } from './faults.ts';
import { createSchema, preparePragmas, SCHEMA_VERSION, schemaIsOurs, versionOf } from './schema.ts';

/** How long a writer waits for another one: an append takes a millisecond, a prune of years some seconds. */
export const LEDGER_WAIT_MS = 5_000;

/** An open file of ours, its tables checked, its content not yet. */
export interface Storage {
  readonly file: string;
  readonly database: DatabaseSync;
  readonly waitMs: number;
  /** The file that was opened: a path can come to name another one. */
  readonly device: number;
  readonly inode: number;
}

/**
 * Opens a ledger's file.
 *
 * Refuses links, other kinds of files, files that others may write, tables that are not ours, and
 * versions newer than this program. Never creates: see `createStorage`.
 */
export function openStorage(
  file: string,
  access: 'read' | 'write',
  waitMs: number,
): Result<Storage, LedgerFault> {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return fail({ kind: 'ledger-missing', file });
  const unsafe = unsafeReason(file, stats);
  if (unsafe !== undefined) return fail({ kind: 'ledger-unsafe', file, reason: unsafe });
  if (access === 'write' && (stats.mode & 0o200) === 0) {
    return fail({ kind: 'ledger-not-writable', file, reason: 'its owner may not write it' });
  }
  const url = pathToFileURL(file);
  // rw, not rwc: a file that vanished meanwhile must not come back empty.
  url.searchParams.set('mode', access === 'write' ? 'rw' : 'ro');
  // SQLite writes beside a file even to read it. Where nobody can, and no log is left to be read, it need not.
  if (access === 'read' && isOnReadOnlyDisk(file) && isEmpty(`${file}-wal`))
    url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { timeout: waitMs });
  try {
    preparePragmas(database);
    const version = versionOf(database);
    if (version > SCHEMA_VERSION) {
      database.close();
      return fail({ kind: 'ledger-newer', file, version, supported: SCHEMA_VERSION });
    }
    if (version < SCHEMA_VERSION || !schemaIsOurs(database)) {
      database.close();
      return fail({ kind: 'ledger-broken', file, sequence: 0, reason: 'tables-differ' });
    }
    // A backup comes back without its log; elsewhere this changes nothing.
    if (access === 'write') database.exec('PRAGMA journal_mode = WAL');
  } catch (error) {
    database.close();
    throw error;
  }
  return ok({ file, database, waitMs, device: stats.dev, inode: stats.ino });
}

const isEmpty = (file: string): boolean =>
  (lstatSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;

/**
 * Makes an empty ledger, complete or not at all: it gets its name when its tables are on the disk, so
 * that an empty file in its place is always damage. Keeps a ledger that another process made first.
 */
export function createStorage(file: string): void {
  makeFolder(dirname(file), 0o700);
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    // SQLite gives its side files the mode of the file itself.
    closeSync(openSync(draft, 'wx', 0o600));
    const database = new DatabaseSync(draft);
    try {
      preparePragmas(database);
      createSchema(database, randomBytes(16).toString('hex'));
    } finally {
      database.close();
    }
    linkSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true });
  }
}

/** A new name is durable only when its folder is. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** @returns why appending would write into nothing, or undefined while the path names the opened file. */
export function lostReason(storage: Storage): string | undefined {
  const now = lstatSync(storage.file, { throwIfNoEntry: false });
  if (now === undefined) return 'deleted while open';
  if (now.dev !== storage.device || now.ino !== storage.inode) return 'replaced while open';
  // The newest entries stand in the write-ahead log until SQLite moves them.
  const log = lstatSync(`${storage.file}-wal`, { throwIfNoEntry: false });
  return log === undefined ? 'its write-ahead log was deleted while open' : undefined;
}

/** @returns why a file or one of SQLite's beside it is none of ours, or undefined. */
export function unsafeReason(file: string, stats: Stats): string | undefined {
  const reason = unsafeReasonOf(stats);
  if (reason !== undefined) return reason;
  for (const end of ['-wal', '-shm', '-journal']) {
    const side = lstatSync(`${file}${end}`, { throwIfNoEntry: false });
    const sideReason = side === undefined ? undefined : unsafeReasonOf(side);
    if (sideReason !== undefined) return `its ${end.slice(1)} file: ${sideReason}`;
  }
  return undefined;
}

function unsafeReasonOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (!stats.isFile()) return 'not a plain file';
  if ((stats.mode & 0o022) !== 0) return 'others may write it (chmod go-w)';
  return undefined;
}
