import type { StatementSync } from 'node:sqlite';
import type { Break, ChainCheck } from '../../ledger/chain.ts';
import { type ChainEntry, readAttached } from '../../ledger/entry.ts';
import { readErasure } from '../../ledger/erasure.ts';
import { type SealedValue, sealHolds } from '../../ledger/seal.ts';
import type { Digest } from '../../primitives.ts';
import { type StoredBlob, unpacked } from './draft.ts';
import type { Storage } from './open.ts';

/** What stands beside a chain, as it was found. */
export interface BesideReport {
  /** Blobs and sealed values that are there and are what their digests name. */
  readonly blobs: number;
  readonly sealed: number;
  /** What erasure entries say is gone, and is. */
  readonly erasedBlobs: number;
  readonly erasedSealed: number;
}

/** Checks blobs and sealed values against the entries that name them and the erasures that let them go. */
export function besideChain(
  storage: Storage,
  check: ChainCheck,
): { entry(entry: ChainEntry): void; finish(): BesideReport } {
  const erased = erasedIn(storage, check);
  const { database } = storage;
  const blobs = tally({
    kind: 'blob',
    row: database.prepare('SELECT digest, encoding, size, bytes FROM blobs WHERE digest = ?'),
    holds: (row) => unpacked(row as unknown as StoredBlob) !== undefined,
    erased: erased.blobs,
    found: check.found,
  });
  const sealed = tally({
    kind: 'sealed',
    row: database.prepare('SELECT commitment, salt, value FROM sealed WHERE commitment = ?'),
    holds: (row) => sealHolds(row as unknown as SealedValue),
    erased: erased.sealed,
    found: check.found,
  });
  return {
    entry(entry) {
      const attached = readAttached(entry.attached);
      for (const digest of attached?.blobs ?? []) blobs.named(digest, entry.sequence);
      for (const digest of attached?.sealed ?? []) sealed.named(digest, entry.sequence);
    },
    finish: () => ({
      blobs: rowsNobodyLost(storage, 'blobs', check),
      sealed: rowsNobodyLost(storage, 'sealed', check),
      erasedBlobs: blobs.finish(),
      erasedSealed: sealed.finish(),
    }),
  };
}

/** Which digests erasure entries name, and the newest entry that does. */
function erasedIn(
  storage: Storage,
  check: ChainCheck,
): Readonly<Record<'blobs' | 'sealed', ReadonlyMap<Digest, number>>> {
  const erased = { blobs: new Map<Digest, number>(), sealed: new Map<Digest, number>() };
  const bodies = storage.database.prepare(
    "SELECT sequence, body FROM entries WHERE kind = 'erasure' ORDER BY sequence",
  );
  for (const row of bodies.iterate()) {
    const sequence = Number(row['sequence']);
    const erasure = readErasure(String(row['body']));
    if (erasure === undefined) {
      check.found({ sequence, reason: 'erasure-malformed', detail: '' });
      continue;
    }
    for (const digest of erasure.digests) erased[erasure.what].set(digest, sequence);
  }
  return erased;
}

/** Follows what entries name; keeps only what erasures name, so that memory does not grow with the ledger. */
function tally(of: {
  readonly kind: 'blob' | 'sealed';
  readonly row: StatementSync;
  readonly holds: (row: Record<string, unknown>) => boolean;
  readonly erased: ReadonlyMap<Digest, number>;
  readonly found: (broken: Break) => void;
}): { named(digest: Digest, sequence: number): void; finish(): number } {
  const lastNamed = new Map<Digest, number>();
  const gone = new Set<Digest>();
  return {
    named(digest, sequence) {
      const erasedAt = of.erased.get(digest) ?? 0;
      if (erasedAt > 0) lastNamed.set(digest, sequence);
      const row = of.row.get(digest);
      if (row === undefined) {
        if (erasedAt > sequence) gone.add(digest);
        else of.found({ sequence, reason: `${of.kind}-missing`, detail: digest });
      } else if (!of.holds(row)) {
        of.found({ sequence, reason: `${of.kind}-differs`, detail: digest });
      }
    },
    finish() {
      for (const [digest, erasedAt] of of.erased) {
        const back = (lastNamed.get(digest) ?? 0) > erasedAt;
        if (!back && of.row.get(digest) !== undefined) {
          of.found({ sequence: erasedAt, reason: 'erased-but-present', detail: digest });
        }
      }
      return gone.size;
    },
  };
}

/** Counts the rows, and names what lies in the ledger and no entry names: nobody signed for it. */
function rowsNobodyLost(storage: Storage, table: 'blobs' | 'sealed', check: ChainCheck): number {
  const column = table === 'blobs' ? 'digest' : 'commitment';
  const reason = table === 'blobs' ? 'blob-stray' : 'sealed-stray';
  const { database } = storage;
  const rows = Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
  if (rows === 0) return 0;
  // json_valid: a tampered attachment list is named by the chain, and must not end this query.
  const strays = database.prepare(
    `SELECT ${column} AS digest FROM ${table} WHERE ${column} NOT IN (
       SELECT json_each.value FROM entries, json_each(entries.attached, '$.${table}')
       WHERE json_valid(entries.attached)) LIMIT 20`,
  );
  for (const stray of strays.iterate()) {
    check.found({ sequence: 0, reason, detail: String(stray['digest']) });
  }
  return rows;
}
