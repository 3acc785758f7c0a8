import { existsSync } from 'node:fs';
import { type Break, type ChainCheck, type ChainReport, checkChain } from '../../ledger/chain.ts';
import { readNote } from '../../ledger/note.ts';
import type { LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Anchor, AnchorReading } from '../anchors/anchor.ts';
import { type BesideReport, besideChain } from './beside-chain.ts';
import { checkpointsAhead } from './checkpoints-ahead.ts';
import { orFault, orFaultLater } from './faults.ts';
import { vanishedFault } from './ledger.ts';
import { LEDGER_WAIT_MS, openStorage, type Storage } from './open.ts';
import { entriesAfter } from './rows.ts';
import { compareWithAnchor, ledgerIdOf } from './state.ts';

/** What `ledger verify` found in the whole ledger. */
export interface LedgerReport extends ChainReport, BesideReport {
  readonly ledger: string;
}

/**
 * Checks everything: SQLite's own structures, each entry, link, note and signature, each blob and
 * sealed value, and that nothing is gone that no erasure entry names.
 *
 * Linear in entries and bytes; memory is bounded by one page of entries, one blob, and the digests
 * that are gone. Run it on an open ledger, so that the anchors were compared as well, and do nothing else
 * with that ledger meanwhile: one transaction of its connection is open until this ends.
 */
export async function verifyLedger(ledger: {
  readonly id: string;
  readonly storage: Storage;
}): Promise<Result<LedgerReport, LedgerFault>> {
  const { id, storage } = ledger;
  return orFaultLater(storage.file, storage.waitMs, async () => {
    storage.database.exec('BEGIN');
    try {
      return ok(await reportOf(id, storage));
    } finally {
      if (storage.database.isTransaction) storage.database.exec('COMMIT');
    }
  });
}

/** A whole ledger checked, and what each anchor remembers of it. */
export interface Inspection {
  readonly report: LedgerReport;
  readonly anchored: readonly { readonly where: string; readonly reading: AnchorReading }[];
}

/**
 * Opens a ledger only to check it: also one whose newest part is broken, which `openLedger` refuses,
 * so that everything that is wrong with it is named. Anchors that disagree are breaks of the report.
 */
export async function inspectLedger(
  file: string,
  anchors: readonly Anchor[],
): Promise<Result<Inspection, LedgerFault>> {
  const vanished = existsSync(file) ? undefined : await vanishedFault(file, anchors);
  if (vanished !== undefined) return fail(vanished);
  const opened = orFault(file, LEDGER_WAIT_MS, () => openStorage(file, 'read', LEDGER_WAIT_MS));
  if (!opened.ok) return opened;
  const storage = opened.value;
  try {
    const id = orFault(file, storage.waitMs, () => ledgerIdOf(storage));
    if (!id.ok) return id;
    // Before the entries, as in openLedger: an anchor never leads what is read after it.
    const anchored = await Promise.all(
      anchors.map(async (anchor) => ({
        where: anchor.where,
        reading: await anchor.read(id.value),
      })),
    );
    const report = await verifyLedger({ id: id.value, storage });
    if (!report.ok) return report;
    const has = report.value.head?.sequence ?? 0;
    const isWhole = !report.value.breaks.some(({ reason }) => reason === 'storage-corrupt');
    const disagreements = (isWhole ? anchored : [])
      .map(({ where, reading }) => compareWithAnchor(storage, id.value, has, where, reading))
      .filter((fault) => fault !== undefined)
      .map(breakOf);
    const breaks = [...disagreements, ...report.value.breaks];
    return ok({ report: { ...report.value, breaks }, anchored });
  } finally {
    storage.database.close();
  }
}

function breakOf(fault: LedgerFault): Break {
  if (fault.kind === 'ledger-rolled-back') {
    const detail = `${fault.where} remembers entry ${fault.anchor}`;
    return { sequence: fault.has + 1, reason: 'rolled-back', detail };
  }
  const reason = 'reason' in fault ? fault.reason : fault.kind;
  return reason === 'anchor-differs' && 'sequence' in fault
    ? { sequence: fault.sequence, reason, detail: 'rewritten since it was anchored' }
    : { sequence: 0, reason: 'other-ledger', detail: reason };
}

async function reportOf(id: string, storage: Storage): Promise<LedgerReport> {
  const { database } = storage;
  const check = checkChain(id, null);
  if (isDamaged(storage, check)) {
    // Beyond this point a query over damaged pages may give anything, or never end.
    const nothing = { blobs: 0, sealed: 0, erasedBlobs: 0, erasedSealed: 0 };
    return { ...check.finish(null), ledger: id, ...nothing };
  }
  for (const key of database.prepare('SELECT id, public_key FROM keys ORDER BY id').iterate()) {
    check.key(String(key['id']), String(key['public_key']));
  }
  const beside = besideChain(storage, check);
  const checkpoints = checkpointsAhead(database, check);
  const verdicts = risingIds();
  for (const entry of entriesAfter(database, 0)) {
    if (checkpoints.next < entry.sequence) await checkpoints.feedTo(entry.sequence - 1);
    check.entry(entry);
    if (checkpoints.next === entry.sequence) await checkpoints.feedTo(entry.sequence);
    beside.entry(entry);
    if (entry.kind === 'verdict') verdicts.take(entry.about);
  }
  await checkpoints.feedTo(Number.POSITIVE_INFINITY);
  const besideReport = beside.finish();
  if (!verdicts.rise) verdictsStandOnce(storage, check);
  const report = check.finish(headNote(storage, check));
  return { ...report, ledger: id, ...besideReport };
}

/** What SQLite itself finds wrong with its file. */
function isDamaged({ database }: Storage, check: ChainCheck): boolean {
  const damages = database
    .prepare('PRAGMA integrity_check(20)')
    .all()
    .map((row) => String(row['integrity_check']))
    .filter((said) => said !== 'ok');
  for (const detail of damages) check.found({ sequence: 0, reason: 'storage-corrupt', detail });
  return damages.length > 0;
}

function headNote({ database }: Storage, check: ChainCheck): string | null {
  const head = database.prepare('SELECT sequence, note FROM head').get();
  const note = typeof head?.['note'] === 'string' ? head['note'] : null;
  // The number beside the note is what the guard against going back compares.
  const signed = note === null ? undefined : readNote(note)?.note.sequence;
  if (signed !== undefined && head?.['sequence'] !== signed)
    check.found({ sequence: signed, reason: 'head-malformed', detail: 'its number differs' });
  return note;
}

/** Ids begin with their time: as long as each is greater than the one before, none has come twice. */
function risingIds(): { readonly rise: boolean; take(id: string): void } {
  let newest = '';
  let rise = true;
  return {
    get rise() {
      return rise;
    },
    take(id) {
      rise &&= id > newest;
      newest = id;
    },
  };
}

/** A verdict has one entry: a second one under its id would leave it open which of them was announced. */
function verdictsStandOnce({ database }: Storage, check: ChainCheck): void {
  const again = database.prepare(
    `SELECT entries.sequence, entries.about, first FROM entries JOIN (
       SELECT about, min(sequence) AS first FROM entries WHERE kind = 'verdict'
       GROUP BY about HAVING count(*) > 1) AS twice ON entries.about = twice.about
     WHERE kind = 'verdict' AND entries.sequence > first ORDER BY entries.sequence`,
  );
  for (const { sequence, about, first } of again.iterate()) {
    const detail = `${String(about)} stands at entry ${Number(first)} already`;
    check.found({ sequence: Number(sequence), reason: 'verdict-repeated', detail });
  }
}
