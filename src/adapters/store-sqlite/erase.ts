import type { Attachments } from '../../ledger/entry.ts';
import { ERASED_PER_ENTRY_MAX, type Erasure } from '../../ledger/erasure.ts';
import type { LedgerFault, Signer } from '../../ports.ts';
import { type Digest, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { orFault } from './faults.ts';
import type { SqliteLedger } from './ledger.ts';

/** What one erasure took away. */
export interface Erased {
  readonly blobs: number;
  readonly sealed: number;
  /** The entries that say so; several where one would name too many. */
  readonly entries: readonly number[];
  /** False where another process kept the file from being rewritten: the bytes linger in it. */
  readonly rewritten: boolean;
}

export interface ErasureOrder {
  readonly at: Instant;
  /** Stands in the chain for ever: it must not repeat what is erased. */
  readonly reason: string;
  readonly signer: Signer;
}

/**
 * Erases case files and reports, and personal values with their salt: the digests in the chain stay,
 * and so do the verdicts, which can no longer be replayed.
 *
 * What is not there is passed over. Backups and exports made before keep their copy.
 */
export async function eraseBeside(
  ledger: SqliteLedger,
  { blobs, sealed }: Attachments,
  order: ErasureOrder,
): Promise<Result<Erased, LedgerFault>> {
  const gone = { blobs: 0, sealed: 0 };
  const entries: number[] = [];
  for (const [what, named] of [
    ['blobs', blobs],
    ['sealed', sealed],
  ] as const) {
    const present = presentOf(ledger, what, named);
    if (!present.ok) return present;
    for (let from = 0; from < present.value.length; from += ERASED_PER_ENTRY_MAX) {
      const part = present.value.slice(from, from + ERASED_PER_ENTRY_MAX);
      const appended = eraseOnce(ledger, what, part, order);
      if (!appended.ok) return appended;
      entries.push(appended.value);
      gone[what] += part.length;
    }
  }
  await ledger.remember(false);
  return ok({ ...gone, entries, rewritten: rewrite(ledger) });
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

const KEYS = { blobs: 'digest', sealed: 'commitment' } as const;

function presentOf(
  ledger: SqliteLedger,
  what: Erasure['what'],
  named: readonly Digest[],
): Result<readonly Digest[], LedgerFault> {
  const { database, file, waitMs } = ledger.storage;
  return orFault(file, waitMs, () => {
    const row = database.prepare(`SELECT 1 FROM ${what} WHERE ${KEYS[what]} = ?`);
    return ok([...new Set(named)].filter((each) => row.get(each) !== undefined));
  });
}

function eraseOnce(
  ledger: SqliteLedger,
  what: Erasure['what'],
  digests: readonly Digest[],
  { at, reason, signer }: ErasureOrder,
): Result<number, LedgerFault> {
  const { database } = ledger.storage;
  const body: Erasure = { schema: 'caws-arbiter/erasure@1', what, digests, reason };
  const appended = ledger.appendWith(
    { at, kind: 'erasure', about: `${digests.length} ${what}`, body, blobs: [] },
    signer,
    () => {
      const gone = database.prepare(`DELETE FROM ${what} WHERE ${KEYS[what]} = ?`);
      for (const digest of digests) gone.run(digest);
    },
  );
  return appended.ok ? ok(appended.value.sequence) : appended;
}

/**
 * Freed and split pages still hold the values, and so does the log: both are rewritten. Elsewhere
 * secure_delete would cost every append a fifth of its speed, and not reach copies of split pages.
 *
 * @returns whether nothing of them is left: while somebody reads, SQLite keeps the pages they read from.
 */
function rewrite({ storage: { database, file, waitMs } }: SqliteLedger): boolean {
  const left = orFault(file, waitMs, () => {
    database.exec('VACUUM');
    return ok(database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get());
  });
  return left.ok && left.value?.['busy'] === 0;
}
