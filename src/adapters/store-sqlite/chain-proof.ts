import type { BundleParts } from '../../ledger/bundle.ts';
import { readPublicKey } from '../../ledger/key.ts';
import { readNote } from '../../ledger/note.ts';
import type { LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { inSnapshot } from './checked-head.ts';
import { orFault } from './faults.ts';
import type { SqliteLedger } from './ledger.ts';
import { entryHolds, entryQuery } from './rows.ts';

/** The part of a bundle that the ledger gives. */
type ChainProof = Pick<BundleParts, 'chain' | 'note'> & {
  /** Key id and PEM of the note's signer. */
  readonly noteKey: { readonly id: string; readonly pem: string };
};

/**
 * The entry and what links it to the next signed note: a few dozen entries at most.
 *
 * @returns null where there is no such entry.
 */
export function chainProof(
  ledger: SqliteLedger,
  sequence: number,
): Result<ChainProof | null, LedgerFault> {
  const { storage } = ledger;
  const { database, file } = storage;
  return orFault(file, storage.waitMs, () =>
    inSnapshot(storage, () => {
      const row =
        database
          .prepare('SELECT note FROM checkpoints WHERE sequence >= ? ORDER BY sequence LIMIT 1')
          .get(sequence) ?? database.prepare('SELECT note FROM head').get();
      const text = row?.['note'];
      const read = typeof text === 'string' ? readNote(text) : undefined;
      if (typeof text !== 'string' || read === undefined) return ok(null);
      const { note } = read;
      const chain = entryQuery(
        database,
        'WHERE sequence BETWEEN ? AND ? ORDER BY sequence LIMIT 100',
      ).all(sequence, note.sequence);
      if (chain.length === 0) return ok(null);
      const linked = chain.every(
        (entry, index) =>
          entryHolds(entry) && (index === 0 || entry.previous === chain[index - 1]?.digest),
      );
      if (!linked || chain.at(-1)?.digest !== note.digest) {
        return fail({ kind: 'ledger-broken', file, sequence, reason: 'previous-differs' });
      }
      const stored = database.prepare('SELECT public_key FROM keys WHERE id = ?').get(note.keyId);
      const key = readPublicKey(String(stored?.['public_key']));
      if (key?.id !== note.keyId) {
        return fail({ kind: 'ledger-broken', file, sequence, reason: 'key-malformed' });
      }
      return ok({ chain, note: text, noteKey: { id: key.id, pem: key.pem } });
    }),
  );
}
