import { checkChain } from '../../ledger/chain.ts';
import type { ChainEntry } from '../../ledger/entry.ts';
import { readNote } from '../../ledger/note.ts';
import type { LedgerFault } from '../../ports.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import type { AnchorReading } from '../anchors/anchor.ts';
import type { Storage } from './open.ts';
import { entriesAfter, entryQuery } from './rows.ts';

/** The newest entry, as the signed head vouches for it. */
export interface HeadState {
  readonly sequence: number;
  readonly digest: Digest;
  readonly signer: string;
  readonly note: string;
}

/** @returns the id that the ledger got when it was made. */
export function ledgerIdOf(storage: Storage): Result<string, LedgerFault> {
  const id = storage.database.prepare('SELECT id FROM ledger').get()?.['id'];
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id)
    ? ok(id)
    : broken(storage, 0, 'ledger-id-malformed');
}

/**
 * Checks the signed head, the last checkpoint before it and every entry since: at most a few dozen,
 * however long the ledger is. Run it inside a transaction, so that it sees one state.
 *
 * @returns null for a ledger without entries.
 */
export function loadHead(storage: Storage, id: string): Result<HeadState | null, LedgerFault> {
  const { database } = storage;
  const head = database.prepare('SELECT sequence, note FROM head').get();
  const note = typeof head?.['note'] === 'string' ? head['note'] : null;
  const signed = note === null ? undefined : readNote(note);
  if (note !== null && signed === undefined) return broken(storage, 0, 'head-malformed');

  const before = database
    .prepare('SELECT note FROM checkpoints WHERE sequence < ? ORDER BY sequence DESC LIMIT 1')
    .get(signed?.note.sequence ?? 1)?.['note'];
  const checkpoint = typeof before === 'string' ? readNote(before) : undefined;
  if (before !== undefined && checkpoint === undefined) {
    return broken(storage, 0, 'checkpoint-malformed');
  }
  const start =
    checkpoint === undefined ? null : { ...checkpoint.note, signer: checkpoint.note.keyId };
  const check = checkChain(id, start);
  for (const key of database.prepare('SELECT id, public_key FROM keys').iterate()) {
    check.key(String(key['id']), String(key['public_key']));
  }
  if (typeof before === 'string') check.startedAt(before);
  const noteAt = database.prepare('SELECT note FROM checkpoints WHERE sequence = ?');
  let last: ChainEntry | undefined;
  for (const entry of entriesAfter(database, start?.sequence ?? 0)) {
    check.entry(entry);
    const standing = noteAt.get(entry.sequence)?.['note'];
    if (standing !== undefined) check.checkpoint(entry.sequence, String(standing));
    last = entry;
  }
  const report = check.finish(note);
  const first = report.breaks[0];
  if (first !== undefined) return broken(storage, first.sequence, first.reason);
  if (head !== undefined && head['sequence'] !== signed?.note.sequence) {
    return broken(storage, signed?.note.sequence ?? 0, 'head-malformed');
  }
  if (last === undefined || note === null) return ok(null);
  return ok({ sequence: last.sequence, digest: last.digest, signer: last.signer, note });
}

/**
 * Compares the ledger with what one anchor remembers of it.
 *
 * @param has how many entries the ledger has.
 */
export function compareWithAnchor(
  storage: Storage,
  id: string,
  has: number,
  where: string,
  reading: AnchorReading,
): LedgerFault | undefined {
  if (reading.state !== 'remembers') return undefined;
  const { mark } = reading;
  const { file } = storage;
  if (mark.ledger !== id) {
    const reason = `other-ledger: ${where} remembers ledger ${mark.ledger}, this is ${id}`;
    return { kind: 'ledger-broken', file, sequence: 0, reason };
  }
  if (mark.sequence > has) {
    return { kind: 'ledger-rolled-back', file, has, anchor: mark.sequence, where };
  }
  const [entry] = entryQuery(storage.database, 'WHERE sequence = ?').all(mark.sequence);
  if (entry?.digest === mark.digest) return undefined;
  return { kind: 'ledger-broken', file, sequence: mark.sequence, reason: 'anchor-differs' };
}

export function broken(
  storage: Storage,
  sequence: number,
  reason: string,
): { readonly ok: false; readonly fault: LedgerFault } {
  return fail({ kind: 'ledger-broken', file: storage.file, sequence, reason });
}
