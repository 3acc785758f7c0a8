import { ERASED_PER_ENTRY_MAX, type Erasure } from '../../ledger/erasure.ts';
import type { LedgerFault, Signer } from '../../ports.ts';
import { type Digest, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { orFault } from './faults.ts';
import type { SqliteLedger } from './ledger.ts';

/** What one erasure took away. */
export interface Erased {
  readonly count: number;
  /** The entries that say so; several where one would name too many. */
  readonly entries: readonly number[];
  /** False where another process kept the file from being rewritten: the bytes may linger in free pages. */
  readonly rewritten: boolean;
}

export interface ErasureOrder {
  readonly at: Instant;
  /** Stands in the chain for ever: it must not repeat what is erased. */
  readonly reason: string;
  readonly signer: Signer;
}

/**
 * Erases personal values: salt and text go, the commitments in the chain stay and say nothing.
 *
 * What is not there is passed over. Backups and exports made before keep their copy.
 */
export async function eraseSealed(
  ledger: SqliteLedger,
  commitments: readonly Digest[],
  order: ErasureOrder,
): Promise<Result<Erased, LedgerFault>> {
  const { database, file, waitMs } = ledger.storage;
  const present = orFault(file, waitMs, () => {
    const row = database.prepare('SELECT 1 FROM sealed WHERE commitment = ?');
    return ok([...new Set(commitments)].filter((each) => row.get(each) !== undefined));
  });
  return present.ok ? erase(ledger, 'sealed', present.value, order) : present;
}

/** The blobs that every entry naming them brought before the given instant, oldest first. */
export function blobsOlderThan(
  ledger: SqliteLedger,
  before: Instant,
): Result<readonly Digest[], LedgerFault> {
  const { database, file, waitMs } = ledger.storage;
  return orFault(file, waitMs, () =>
    ok(
      database
        .prepare(
          `SELECT blobs.digest AS digest FROM blobs JOIN (
             SELECT json_each.value AS digest, max(at) AS newest, min(sequence) AS first
             FROM entries, json_each(entries.attached, '$.blobs')
             WHERE json_valid(entries.attached) GROUP BY 1) AS named
           ON named.digest = blobs.digest WHERE named.newest < ? ORDER BY named.first`,
        )
        .all(isoOf(before))
        .map((row) => row['digest'] as Digest),
    ),
  );
}

/** Drops case files and evidence by retention; the verdicts stay, and can no longer be replayed. */
export async function pruneBlobs(
  ledger: SqliteLedger,
  digests: readonly Digest[],
  order: ErasureOrder,
): Promise<Result<Erased, LedgerFault>> {
  return erase(ledger, 'blobs', digests, order);
}

async function erase(
  ledger: SqliteLedger,
  what: Erasure['what'],
  digests: readonly Digest[],
  order: ErasureOrder,
): Promise<Result<Erased, LedgerFault>> {
  const { database, file, waitMs } = ledger.storage;
  const entries: number[] = [];
  let count = 0;
  for (let from = 0; from < digests.length; from += ERASED_PER_ENTRY_MAX) {
    const part = digests.slice(from, from + ERASED_PER_ENTRY_MAX);
    const erasure: Erasure = {
      schema: 'caws-arbiter/erasure@1',
      what,
      digests: part,
      reason: order.reason,
    };
    const appended = ledger.appendWith(
      { at: order.at, kind: 'erasure', about: `${part.length} ${what}`, body: erasure, blobs: [] },
      order.signer,
      () => {
        const column = what === 'blobs' ? 'digest' : 'commitment';
        const gone = database.prepare(`DELETE FROM ${what} WHERE ${column} = ?`);
        for (const digest of part) count += Number(gone.run(digest).changes);
      },
    );
    if (!appended.ok) return appended;
    entries.push(appended.value.sequence);
  }
  await ledger.remember(false);
  // Freed and split pages still hold the values, and so does the log: both are rewritten. Elsewhere
  // secure_delete would cost every append a fifth of its speed, and not reach copies of split pages.
  const rewritten = orFault(file, waitMs, () => {
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
    return ok(null);
  });
  return ok({ count, entries, rewritten: rewritten.ok });
}
