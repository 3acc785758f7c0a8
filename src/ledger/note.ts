import { type Digest, digest } from '../primitives.ts';
import { isIsoInstant } from './entry.ts';
import { type PublicKey, signatureHolds } from './key.ts';

/**
 * A checkpoint stands in the ledger every so many entries, so that opening checks only what came
 * since, and a proof of one entry is short.
 */
export const CHECKPOINT_EVERY = 32;

/**
 * What a key says of a ledger. A `head` says that nothing follows and is replaced by each append; a
 * `checkpoint` says only that the entry stands there, so that an old one cannot pass for the head.
 */
export interface Note {
  readonly says: 'head' | 'checkpoint';
  readonly ledger: string;
  readonly sequence: number;
  readonly digest: Digest;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly keyId: string;
}

/** The signed lines of the note: UTF-8, LF, final LF. The signature covers exactly these bytes. */
export function noteText(note: Note): string {
  return `caws-arbiter/ledger-${note.says}@1\nledger ${note.ledger}\nentry ${note.sequence} ${note.digest}\nat ${note.at}\nkey ${note.keyId}\n`;
}

/** Joins text and signature: an empty line, then an em dash, the key id and base64, as signed notes have it. */
export function signedNote(note: Note, signature: Uint8Array): string {
  return `${noteText(note)}\n— ${note.keyId} ${Buffer.from(signature).toString('base64')}\n`;
}

/** A note as read, its signature not yet checked. */
export interface ReadNote {
  readonly note: Note;
  readonly signature: Uint8Array;
}

const FORM =
  /^caws-arbiter\/ledger-(head|checkpoint)@1\nledger ([0-9a-f]{32})\nentry ([1-9]\d{0,15}) (sha256:[0-9a-f]{64})\nat (\S{24})\nkey ([0-9a-f]{64})\n\n— ([0-9a-f]{64}) ([A-Za-z0-9+/]{86}==)\n$/;

/** @returns the note, or undefined for any text that `signedNote` could not have written. */
export function readNote(text: string): ReadNote | undefined {
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [, says, ledger, sequence, stated, at, keyId, signedBy, base64] = parts;
  const entryDigest = digest(stated ?? '');
  if (ledger === undefined || at === undefined || keyId === undefined) return undefined;
  if (entryDigest === undefined || signedBy !== keyId || !isIsoInstant(at)) return undefined;
  const signature = Buffer.from(base64 ?? '', 'base64');
  // 86 characters carry 516 bits for 512: the last ones must be zero, or two texts are one signature.
  if (signature.toString('base64') !== base64 || !Number.isSafeInteger(Number(sequence))) {
    return undefined;
  }
  return {
    note: {
      says: says === 'head' ? 'head' : 'checkpoint',
      ledger,
      sequence: Number(sequence),
      digest: entryDigest,
      at,
      keyId,
    },
    signature,
  };
}

/** @returns whether the key named in the note signed exactly its text. */
export function noteHolds(read: ReadNote, key: PublicKey): boolean {
  return (
    key.id === read.note.keyId &&
    signatureHolds(key, Buffer.from(noteText(read.note)), read.signature)
  );
}
