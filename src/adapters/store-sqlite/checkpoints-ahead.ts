import { verify } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck } from '../../ledger/chain.ts';
import { type PublicKey, readPublicKey } from '../../ledger/key.ts';
import { noteText, type ReadNote, readNote } from '../../ledger/note.ts';

/** Checkpoints whose signatures are looked at before their entries come: bounds memory, and keeps every core busy. */
const AHEAD_MAX = 64;

/** The checkpoints of a ledger in their order, fed between its entries; one that no entry belongs to is fed too, and named. */
export interface CheckpointsAhead {
  /** What the next one says it is about; Infinity after the last. */
  readonly next: number;
  /** Feeds the next ones as long as they are about this entry or an earlier one. */
  feedTo(sequence: number): Promise<void>;
}

interface Coming {
  readonly sequence: number;
  readonly text: string;
  readonly held: Promise<boolean | undefined>;
}

/**
 * Feeds checkpoints to a check. A signature takes ten times as long as an entry's digests, so those that
 * come are looked at in other threads while entries are read and hashed here.
 */
export function checkpointsAhead(database: DatabaseSync, check: ChainCheck): CheckpointsAhead {
  const keys = keysIn(database);
  const rows = database
    .prepare('SELECT sequence, note FROM checkpoints ORDER BY sequence')
    .iterate();
  const coming: Coming[] = [];
  const fill = () => {
    while (coming.length < AHEAD_MAX) {
      const row = rows.next();
      if (row.done === true) return;
      coming.push(comingOf(Number(row.value['sequence']), String(row.value['note']), keys));
    }
  };
  fill();
  return {
    get next() {
      return coming[0]?.sequence ?? Number.POSITIVE_INFINITY;
    },
    async feedTo(sequence) {
      for (let first = coming[0]; first !== undefined; first = coming[0]) {
        if (first.sequence > sequence) return;
        coming.shift();
        fill();
        check.checkpoint(first.sequence, first.text, await first.held);
      }
    },
  };
}

function comingOf(sequence: number, text: string, keys: ReadonlyMap<string, PublicKey>): Coming {
  const read = readNote(text);
  const key = read === undefined ? undefined : keys.get(read.note.keyId);
  const known = read !== undefined && key !== undefined;
  return { sequence, text, held: known ? heldBy(key, read) : Promise.resolve(undefined) };
}

/** What `noteHolds` says, found in one of Node's own threads; undefined where that could not be done. */
function heldBy(key: PublicKey, { note, signature }: ReadNote): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    verify(null, Buffer.from(noteText(note)), key.key, signature, (error, holds) =>
      resolve(error === null ? holds : undefined),
    );
  });
}

/** A row that is not what its id says stands for no key; the check names it. */
function keysIn(database: DatabaseSync): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  for (const row of database.prepare('SELECT public_key FROM keys').iterate()) {
    const key = readPublicKey(String(row['public_key']));
    if (key !== undefined) keys.set(key.id, key);
  }
  return keys;
}
