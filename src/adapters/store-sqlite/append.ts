import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { checkpointIsDue } from '../../ledger/chain.ts';
import { type ChainEntry, digestOfEntry, genesisOf } from '../../ledger/entry.ts';
import { readPublicKey, signatureHolds } from '../../ledger/key.ts';
import { type Note, noteText, signedNote } from '../../ledger/note.ts';
import type { Signer } from '../../ports.ts';
import type { PreparedDraft } from './draft.ts';
import type { HeadState } from './state.ts';

/** What a writer asks of the file, prepared once. */
export type Statements = Readonly<
  Record<
    'head' | 'rotation' | 'key' | 'entry' | 'checkpoint' | 'newHead' | 'blob' | 'sealed',
    StatementSync
  >
>;

export function statementsFor(database: DatabaseSync): Statements {
  return {
    head: database.prepare('SELECT note FROM head'),
    rotation: database.prepare(
      "SELECT sequence FROM entries WHERE kind = 'key' AND signer = ?1 AND CASE WHEN json_valid(body) THEN json_extract(body, '$.from') END = ?1 LIMIT 1",
    ),
    key: database.prepare('INSERT INTO keys VALUES (?, ?) ON CONFLICT DO NOTHING'),
    entry: database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    checkpoint: database.prepare('INSERT INTO checkpoints VALUES (?, ?) ON CONFLICT DO NOTHING'),
    newHead: database.prepare(
      'INSERT INTO head VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence, note = excluded.note',
    ),
    blob: database.prepare('INSERT INTO blobs VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    sealed: database.prepare('INSERT INTO sealed VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
  };
}

interface Appended {
  /** The ledger's id. */
  readonly ledger: string;
  /** Null: nothing stands there yet. */
  readonly head: HeadState | null;
  readonly draft: PreparedDraft;
  readonly signer: Signer;
}

/**
 * Writes an entry behind the head, with what belongs to it, and signs the new head. Inside a transaction of the caller,
 * who holds the write lock.
 */
export function appendEntry(
  insert: Statements,
  { ledger, head, draft, signer }: Appended,
): { readonly entry: ChainEntry; readonly head: HeadState } {
  const undigested = {
    sequence: (head?.sequence ?? 0) + 1,
    at: draft.at,
    kind: draft.kind,
    about: draft.about,
    body: draft.body,
    previous: head?.digest ?? genesisOf(ledger),
    signer: signer.keyId,
    attached: draft.attached,
  };
  const entry: ChainEntry = { ...undigested, digest: digestOfEntry(undigested) };
  const { sequence, digest } = entry;
  if (head?.signer !== signer.keyId) {
    insert.key.run(signer.keyId, readPublicKey(signer.publicKey)?.pem ?? '');
    // The last word of the key before: without it nobody could tell whose the entries before are.
    if (head !== null) insert.checkpoint.run(head.sequence, head.note);
  }
  insert.entry.run(
    sequence,
    entry.at,
    entry.kind,
    entry.about,
    entry.body,
    entry.previous,
    digest,
    entry.signer,
    entry.attached,
  );
  for (const blob of draft.blobs) {
    insert.blob.run(blob.digest, blob.encoding, blob.size, blob.bytes);
  }
  for (const each of draft.sealed) insert.sealed.run(each.commitment, each.salt, each.value);
  const said = { ledger, sequence, digest, at: entry.at, keyId: signer.keyId };
  if (checkpointIsDue(sequence, entry.kind)) {
    insert.checkpoint.run(sequence, signed({ ...said, says: 'checkpoint' }, signer));
  }
  const note = signed({ ...said, says: 'head' }, signer);
  insert.newHead.run(sequence, note);
  return { entry, head: { sequence, digest, signer: signer.keyId, note } };
}

function signed(note: Note, signer: Signer): string {
  return signedNote(note, signer.sign(Buffer.from(noteText(note))));
}

/** A signer whose halves do not fit would end the chain with a head that nobody can verify. */
export function signerIsWhole(signer: Signer): boolean {
  const key = readPublicKey(signer.publicKey);
  const challenge = Buffer.from('caws-arbiter/signer-is-whole@1\n');
  return (
    key !== undefined &&
    key.id === signer.keyId &&
    signatureHolds(key, challenge, signer.sign(challenge))
  );
}
