import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { CopyFault } from '../../5-publication/faults.ts';
import type { LedgerFault, Signer } from '../../ports.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import type { Anchor, Mark } from '../anchors/anchor.ts';
import { makeFolder } from '../new-file.ts';
import { orFault } from './faults.ts';
import { openLedger, type SqliteLedger } from './ledger.ts';
import { LEDGER_WAIT_MS, openStorage, syncFolder } from './open.ts';
import { verifyLedger } from './verify.ts';

/** Copies the ledger, whole and consistent, while others may append; 0600, and on the disk when this returns. */
export function backupLedger(ledger: SqliteLedger, file: string): Result<null, CopyFault> {
  if (existsSync(file)) return fail({ kind: 'file-exists', file });
  const copied = orFault(file, ledger.storage.waitMs, () => {
    closeSync(openSync(file, 'wx', 0o600));
    try {
      ledger.storage.database.prepare('VACUUM INTO ?').run(file);
      syncFile(file);
      syncFolder(dirname(file));
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
    return ok(null);
  });
  return copied.ok ? copied : fail(faultOfCopy(copied.fault, file, ledger.storage.file));
}

/** What ails the place of the copy is told of the copy, what ails its source of the ledger. */
function faultOfCopy(fault: LedgerFault, copy: string, source: string): CopyFault {
  switch (fault.kind) {
    case 'ledger-missing':
      return {
        kind: 'backup-unwritable',
        file: copy,
        reason: existsSync(dirname(copy)) ? 'no file can be made there' : 'no such folder',
      };
    case 'ledger-unreadable':
    case 'ledger-full':
    case 'ledger-not-writable':
      return { kind: 'backup-unwritable', file: copy, reason: fault.reason };
    default:
      return 'file' in fault ? { ...fault, file: source } : fault;
  }
}

export interface RestoreOrder {
  readonly backup: string;
  readonly file: string;
  readonly anchors: readonly Anchor[];
  readonly signer: Signer;
  readonly at: Instant;
  /** Stands in the ledger for ever. */
  readonly reason: string;
  /** Whether a person confirmed that entries after the backup are given up. */
  readonly goBack: boolean;
  /** How long to wait for other processes to leave the ledger; default LEDGER_WAIT_MS. */
  readonly waitMs?: number;
}

export interface Restored {
  readonly ledger: string;
  readonly entries: number;
  /** Where the replaced file now stands, or null where there was none. */
  readonly kept: string | null;
}

/**
 * Puts a backup in the ledger's place, after checking all of it, and records that in the ledger.
 *
 * The replaced file is kept beside it under another name. A backup that is older than any anchor or
 * than the present ledger is refused unless `goBack`; the anchors then follow.
 */
export async function restoreLedger(order: RestoreOrder): Promise<Result<Restored, CopyFault>> {
  const { backup, file } = order;
  const draft = `${file}.restore-${randomBytes(6).toString('hex')}`;
  try {
    const unusable = unusableReason(backup);
    if (unusable !== undefined) return fail(unusable);
    const copied = orFault(file, LEDGER_WAIT_MS, () => {
      makeFolder(dirname(file), 0o700);
      copyFileSync(backup, draft, constants.COPYFILE_EXCL);
      chmodSync(draft, 0o600);
      return ok(null);
    });
    if (!copied.ok) return copied;
    const prepared = await preparedDraft(draft, order);
    if (!prepared.ok) return prepared;
    const placed = place(draft, order, prepared.value.present);
    if (!placed.ok) return placed;
    const { mark } = prepared.value;
    for (const anchor of order.anchors) await anchor.write(mark, order.goBack);
    const { ledger, sequence } = mark;
    return ok({ ledger, entries: sequence, kept: placed.value });
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${draft}${end}`, { force: true });
  }
}

/** Whether the backup is no file that can be read; nothing else of it is looked at. */
function unusableReason(file: string): CopyFault | undefined {
  try {
    // A pipe would be waited for.
    if (!statSync(file).isFile()) {
      return { kind: 'backup-unreadable', file, reason: 'not a plain file' };
    }
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    return reason === 'ENOENT'
      ? { kind: 'backup-missing', file }
      : { kind: 'backup-unreadable', file, reason };
  }
}

/** What ails the copy of a backup ails the backup, unless it is the place that the copy stands in. */
function faultOfBackup(fault: LedgerFault, { backup, file }: RestoreOrder): CopyFault {
  switch (fault.kind) {
    case 'ledger-broken':
      return { ...fault, kind: 'backup-broken', file: backup };
    case 'ledger-newer':
      return { ...fault, file: backup };
    default:
      return 'file' in fault ? { ...fault, file } : fault;
  }
}

/** The draft's new head, and how many entries the ledger had that it replaces; null where it had none to read. */
interface PreparedRestore {
  readonly mark: Mark;
  readonly present: number | null;
}

/** Checks the copy of the backup and appends the entry that says what happens. */
async function preparedDraft(
  draft: string,
  order: RestoreOrder,
): Promise<Result<PreparedRestore, CopyFault>> {
  const opened = await openLedger({ file: draft, access: 'write', anchors: [] });
  if (!opened.ok) return fail(faultOfBackup(opened.fault, order));
  await using ledger = opened.value;
  const report = await verifyLedger(ledger);
  if (!report.ok) return fail(faultOfBackup(report.fault, order));
  const broken = report.value.breaks[0];
  if (broken !== undefined) {
    const { sequence, reason } = broken;
    return fail({ kind: 'backup-broken', file: order.backup, sequence, reason });
  }
  const known = await knownHeads(order);
  const newest = await newestKnown(order, known, ledger.id);
  if (newest !== null && !order.goBack) {
    const fault = await behind(ledger, newest);
    if (fault !== undefined) return fail(fault);
  }
  const body = {
    schema: 'caws-arbiter/restore@1',
    reason: order.reason,
    backup: { sequence: ledger.head?.sequence ?? 0, digest: ledger.head?.digest ?? null },
    replaced: newest === null ? null : { ...newest.mark, where: newest.where },
  };
  const about = `entries after ${ledger.head?.sequence ?? 0}`;
  const { at, signer } = order;
  const appended = await ledger.append({ at, kind: 'restore', about, body, blobs: [] }, signer);
  if (!appended.ok) return fail(faultOfBackup(appended.fault, order));
  const { sequence, digest } = appended.value;
  const mark: Mark = { schema: 'caws-arbiter/anchor@1', ledger: ledger.id, sequence, digest };
  return ok({ mark, present: known[0]?.mark.sequence ?? null });
}

interface Known {
  readonly mark: Mark;
  readonly where: string;
}

/** The present ledger's own head, where it can be read. */
async function knownHeads(order: RestoreOrder): Promise<readonly Known[]> {
  const present = await openLedger({ file: order.file, access: 'read', anchors: [] });
  // A present ledger that cannot be opened is why one restores; the anchors speak for it.
  if (!present.ok) return [];
  await using ledger = present.value;
  if (ledger.head === null) return [];
  const { sequence, digest } = ledger.head;
  const schema = 'caws-arbiter/anchor@1';
  return [{ mark: { schema, ledger: ledger.id, sequence, digest }, where: order.file }];
}

/** The newest head that the present ledger or an anchor remembers; null where nobody remembers one. */
async function newestKnown(
  order: RestoreOrder,
  present: readonly Known[],
  id: string,
): Promise<Known | null> {
  const known = [...present];
  for (const anchor of order.anchors) {
    const reading = await anchor.read(id);
    if (reading.state === 'remembers') known.push({ mark: reading.mark, where: anchor.where });
  }
  const foreign = known.find((each) => each.mark.ledger !== id);
  return foreign ?? known.sort((a, b) => b.mark.sequence - a.mark.sequence)[0] ?? null;
}

async function behind(ledger: SqliteLedger, newest: Known): Promise<CopyFault | undefined> {
  const { mark, where } = newest;
  if (mark.ledger !== ledger.id) {
    return { kind: 'backup-of-other-ledger', backup: ledger.id, present: mark.ledger };
  }
  const has = ledger.head?.sequence ?? 0;
  if (mark.sequence > has) {
    return { kind: 'backup-is-older', backup: has, present: mark.sequence, where };
  }
  const entry = await ledger.entry(mark.sequence);
  if (!entry.ok) return entry.fault;
  return entry.value?.digest === mark.digest
    ? undefined
    : { kind: 'backup-diverges', sequence: mark.sequence };
}

/**
 * Swaps the files while nobody else has the present ledger open: SQLite finds its log by name, and
 * another process that closes the old file would delete the new one's log.
 */
function place(
  draft: string,
  order: RestoreOrder,
  present: number | null,
): Result<string | null, CopyFault> {
  const { file, at, waitMs = LEDGER_WAIT_MS } = order;
  return orFault(file, waitMs, () => {
    syncFile(draft);
    const opened = orFault(file, waitMs, () => openStorage(file, 'write', waitMs));
    if (!opened.ok) {
      return opened.fault.kind === 'ledger-locked' ? opened : ok(replaceFile(draft, file, at));
    }
    const { database } = opened.value;
    try {
      // Leaving the log mode succeeds for the only connection, and throws "locked" for others.
      database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
      const found = database.prepare('SELECT sequence FROM head').get()?.['sequence'] ?? null;
      if (present !== null && found !== present) {
        return fail({ kind: 'head-moved', expected: present, found: Number(found) });
      }
      return ok(replaceFile(draft, file, at));
    } finally {
      database.close();
    }
  });
}

/** @returns where the replaced file now stands, or null where there was none. */
function replaceFile(draft: string, file: string, at: Instant): string | null {
  const kept = `${file}.replaced-${isoOf(at).replaceAll(':', '')}`;
  const there = existsSync(file);
  // The log first: beside a new file it would be taken for that file's own.
  for (const end of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${kept}${end}`);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
  return there ? kept : null;
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
