import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type ChainEntry, digestOfEntry, entryIsWellFormed } from '../../ledger/entry.ts';
import type { Digest } from '../../primitives.ts';
import { damaged } from './faults.ts';

const ENTRY_COLUMNS = 'sequence, at, kind, about, body, previous, digest, signer, attached';

/** One prepared query over entries, in the order its SQL gives. */
export interface EntryQuery {
  all(...parameters: readonly (string | number)[]): readonly ChainEntry[];
}

/**
 * Prepares a query over entries.
 *
 * @param clause everything after FROM entries: fixed text of this folder, never a value.
 */
export function entryQuery(database: DatabaseSync, clause: string): EntryQuery {
  const statement = database.prepare(`SELECT ${ENTRY_COLUMNS} FROM entries ${clause}`);
  // Arrays instead of objects: a quarter less time over 100,000 entries.
  statement.setReturnArrays(true);
  // Hardly ever needed, and as dear to prepare as a query that is.
  let prepared: StatementSync | undefined;
  const exact = () =>
    (prepared ??= database.prepare(
      'SELECT CAST(body AS BLOB) AS body FROM entries WHERE sequence = ?',
    ));
  return {
    all: (...parameters) =>
      (statement.all(...parameters) as unknown as readonly (readonly unknown[])[]).map((row) =>
        entryOf(row, exact),
      ),
  };
}

function entryOf(row: readonly unknown[], exact: () => StatementSync): ChainEntry {
  const entry: ChainEntry = {
    sequence: row[0] as number,
    at: row[1] as string,
    kind: row[2] as string,
    about: row[3] as string,
    body: row[4] as string,
    previous: row[5] as Digest,
    digest: row[6] as Digest,
    signer: row[7] as string,
    attached: row[8] as string,
  };
  // Broken UTF-8 reads as U+FFFD: where one stands, the stored bytes must be those of the text, or a
  // changed byte would read, and hash, as the same text.
  if (typeof entry.body === 'string' && entry.body.includes('\uFFFD')) {
    const stored = exact().get(entry.sequence)?.['body'];
    if (!(stored instanceof Uint8Array) || !Buffer.from(entry.body).equals(stored)) {
      return { ...entry, body: '' };
    }
  }
  return entry;
}

/** @returns whether the entry is what its own digest says; its place in the chain is another question. */
export function entryHolds(entry: ChainEntry): boolean {
  return entryIsWellFormed(entry, null) && digestOfEntry(entry) === entry.digest;
}

/** Rows of one page: bounds memory while 100,000 entries pass. */
const PAGE_ROWS = 512;

/**
 * Every entry after the given one, ascending, a page at a time.
 *
 * @throws as SQLite does for a damaged file, where the numbers do not rise: a tampered page can lead back
 * to where the reading began, and would be read for ever.
 */
export function* entriesAfter(database: DatabaseSync, sequence: number): Generator<ChainEntry> {
  const page = entryQuery(database, `WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE_ROWS}`);
  let last = sequence;
  for (;;) {
    const entries = page.all(last);
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (!(entry.sequence > last)) throw damaged('entries out of order');
      last = entry.sequence;
      yield entry;
    }
  }
}
