import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerFault } from '../../ports.ts';
import { fail, type Result } from '../../primitives.ts';
import { NO_PLAIN_FILE } from '../plain-file.ts';

/** What the system says of a disk that is mounted read-only. */
const READ_ONLY_DISK = 'EROFS';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const sqlite = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/**
 * What an error of SQLite or of the file system means for a ledger.
 *
 * @returns undefined for an error that is neither: a bug, to be thrown on.
 */
export function ledgerFaultOf(
  error: unknown,
  file: string,
  waitedMs: number,
): LedgerFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as Error & { code?: string; errcode?: number };
  if (code === 'ERR_SQLITE_ERROR' && errcode !== undefined) {
    return faultOfSqlite(errcode, error.message, file, waitedMs);
  }
  switch (code ?? '') {
    // A folder that cannot be made is told as one that is not there.
    case 'ENOENT':
      return isOnReadOnlyDisk(file) ? readOnly(file) : { kind: 'ledger-missing', file };
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return { kind: 'ledger-full', file, reason: code ?? '' };
    case READ_ONLY_DISK:
      return readOnly(file);
    case 'EACCES':
    case 'EPERM':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'EIO':
    case NO_PLAIN_FILE:
      return { kind: 'ledger-unreadable', file, reason: code ?? '' };
    default:
      return undefined;
  }
}

function faultOfSqlite(
  errcode: number,
  message: string,
  file: string,
  waitedMs: number,
): LedgerFault {
  // The low byte is the primary code; the rest says more, e.g. 517 is busy on a stale snapshot.
  const code = errcode & 0xff;
  if (NEEDS_WRITING.has(code) && isOnReadOnlyDisk(file)) return readOnly(file);
  switch (code) {
    case sqlite.busy:
    case sqlite.locked:
      return { kind: 'ledger-locked', file, waitedMs };
    case sqlite.full:
      return { kind: 'ledger-full', file, reason: message };
    case sqlite.readonly:
    case sqlite.perm:
      return { kind: 'ledger-not-writable', file, reason: message };
    case sqlite.corrupt:
    case sqlite.notadb:
      return { kind: 'ledger-broken', file, sequence: 0, reason: 'storage-corrupt' };
    case sqlite.ioerr:
    case sqlite.cantopen:
      return hasRoom(file)
        ? { kind: 'ledger-unreadable', file, reason: message }
        : { kind: 'ledger-full', file, reason: message };
    default:
      return { kind: 'ledger-unreadable', file, reason: message };
  }
}

/** What SQLite says where it may not write; it opens no log beside a file then either. */
const NEEDS_WRITING: ReadonlySet<number> = new Set([sqlite.readonly, sqlite.perm, sqlite.cantopen]);

const readOnly = (file: string): LedgerFault => ({
  kind: 'ledger-not-writable',
  file,
  reason: READ_ONLY_DISK,
});

/** Whether what a file lies on, or would lie on, is mounted so that nobody can write there. */
export function isOnReadOnlyDisk(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === READ_ONLY_DISK) return true;
    return code === 'ENOENT' && dirname(file) !== file && isOnReadOnlyDisk(dirname(file));
  }
}

/** What is thrown where a file reads otherwise than SQLite could have written it, and SQLite did not notice. */
export function damaged(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: sqlite.corrupt });
}

/** SQLite's side files are some 32 KB; where they find no room it says "I/O error", not "full". */
const SIDE_FILES_BYTES = 64 * 1024;

function hasRoom(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize >= SIDE_FILES_BYTES;
  } catch {
    return true;
  }
}

/** Runs one piece of storage work; its errors become faults, bugs stay errors. */
export function orFault<Value>(
  file: string,
  waitMs: number,
  work: () => Result<Value, LedgerFault>,
): Result<Value, LedgerFault> {
  try {
    return work();
  } catch (error) {
    const fault = ledgerFaultOf(error, file, waitMs);
    if (fault === undefined) throw error;
    return fail(fault);
  }
}

/** The same for work that waits in between. */
export async function orFaultLater<Value>(
  file: string,
  waitMs: number,
  work: () => Promise<Result<Value, LedgerFault>>,
): Promise<Result<Value, LedgerFault>> {
  try {
    return await work();
  } catch (error) {
    return orFault(file, waitMs, () => {
      throw error;
    });
  }
}

/** Runs work under the write lock: a fault or an error rolls everything back. */
export function inTransaction<Value, Fault = LedgerFault>(
  database: DatabaseSync,
  work: () => Result<Value, Fault>,
): Result<Value, Fault> {
  // Immediate: a deferred transaction that reads first fails at its first write after another writer.
  database.exec('BEGIN IMMEDIATE');
  let committed = false;
  try {
    const done = work();
    if (done.ok) {
      database.exec('COMMIT');
      committed = true;
    }
    return done;
  } finally {
    // SQLite rolls back by itself on a full disk, and then has no transaction left to end.
    if (!committed && database.isTransaction) database.exec('ROLLBACK');
  }
}
