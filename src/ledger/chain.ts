import type { Digest } from '../primitives.ts';
import { type ChainEntry, digestOfEntry, entryIsWellFormed, genesisOf } from './entry.ts';
import { type PublicKey, readPublicKey } from './key.ts';
import { CHECKPOINT_EVERY, noteHolds, type ReadNote, readNote } from './note.ts';

type BreakReason =
  | 'entry-malformed'
  | 'entry-missing'
  | 'sequence-repeated'
  | 'out-of-order'
  | 'previous-differs'
  | 'entry-digest-differs'
  | 'checkpoint-malformed'
  | 'checkpoint-missing'
  | 'checkpoint-digest-differs'
  | 'head-malformed'
  | 'head-missing'
  | 'head-digest-differs'
  | 'tail-cut'
  | 'beyond-head'
  | 'other-ledger'
  | 'key-unknown'
  | 'key-malformed'
  | 'signature-wrong'
  | 'signer-differs'
  | 'signer-not-shown'
  | 'blob-missing'
  | 'blob-differs'
  | 'blob-stray'
  | 'sealed-missing'
  | 'sealed-differs'
  | 'sealed-stray'
  | 'verdict-repeated'
  | 'erased-but-present'
  | 'erasure-malformed'
  | 'line-malformed'
  | 'storage-corrupt'
  | 'anchor-differs'
  | 'rolled-back';

/** One thing wrong: which entry it is about (0 where none can be named), and why. */
export interface Break {
  readonly sequence: number;
  readonly reason: BreakReason;
  /** What was expected and found, or the digest concerned; empty where the reason says it all. */
  readonly detail: string;
}

/** A stretch of entries by one key, ended by a note that the key signed. */
export interface SignerRun {
  readonly keyId: string;
  readonly from: number;
  readonly to: number;
  /** When the run's last entry says it was appended. */
  readonly until: string;
  /** Kinds of its entries, sorted: which key may sign depends on what it signs. */
  readonly kinds: readonly string[];
}

export interface ChainReport {
  readonly entries: number;
  readonly head: { readonly sequence: number; readonly digest: Digest } | null;
  readonly checkpoints: number;
  readonly signers: readonly SignerRun[];
  /** The first ones in order of discovery; empty means that the chain holds. */
  readonly breaks: readonly Break[];
  /** How many more there are than `breaks` names. */
  readonly breaksUnnamed: number;
}

/** Named breaks: one tampered page can break thousands of entries, and the first ones tell the story. */
const BREAKS_NAMED_MAX = 100;

/** Where checking starts when what came before is vouched for by a checkpoint. */
export interface ChainStart {
  readonly sequence: number;
  readonly digest: Digest;
  readonly signer: string;
}

/** Takes a ledger piece by piece, in order, in bounded memory. */
export interface ChainCheck {
  /** A public key, before the first note that it signed. */
  key(id: string, text: string): void;
  /** The checkpoint that vouches for the start, when there is one; after the keys. */
  startedAt(text: string): void;
  /** The next entry. */
  entry(entry: ChainEntry): void;
  /**
   * A checkpoint, straight after the entry it is about.
   *
   * @param held what `noteHolds` says of it and the key that it names, where that was looked at before;
   * without it, it is looked at here.
   */
  checkpoint(sequence: number, text: string, held?: boolean): void;
  /** Something else that is wrong, e.g. a blob that does not match. */
  readonly found: (found: Break) => void;
  /** The signed head, last; null where there is none. */
  finish(head: string | null): ChainReport;
}

/**
 * Checks a chain of entries and the notes signed over it.
 *
 * Beyond digests and links it demands that each stretch of entries by one key ends with a note by
 * that key: so nobody can append in another's name and cover it with a later entry.
 *
 * @param ledger the id that genesis and every note must carry.
 * @param start where to begin; null for the first entry.
 */
export function checkChain(ledger: string, start: ChainStart | null): ChainCheck {
  const breaks: Break[] = [];
  let breaksUnnamed = 0;
  const found = (broken: Break) => {
    if (breaks.length < BREAKS_NAMED_MAX) breaks.push(broken);
    else breaksUnnamed += 1;
  };
  const report = (sequence: number, reason: BreakReason, detail = '') =>
    found({ sequence, reason, detail });

  const keys = new Map<string, PublicKey>();
  const signers: SignerRun[] = [];
  let last: ChainStart & { readonly at: string } = {
    ...(start ?? { sequence: 0, digest: genesisOf(ledger), signer: '' }),
    at: '',
  };
  let lastKind = '';
  let runFrom = last.sequence + 1;
  let runKinds = new Set<string>();
  /** The newest entry that a note by its own signer covers. */
  let shownTo = last.sequence;
  let lastNoted = 0;
  let entries = 0;
  let checkpoints = 0;

  const noteIsGood = (read: ReadNote, held?: boolean): boolean => {
    const { note } = read;
    const key = keys.get(note.keyId);
    if (note.ledger !== ledger) report(note.sequence, 'other-ledger', note.ledger);
    else if (key === undefined) report(note.sequence, 'key-unknown', note.keyId);
    else if (!(held ?? noteHolds(read, key))) report(note.sequence, 'signature-wrong', note.keyId);
    else return true;
    return false;
  };

  const leave = () => {
    if (last.sequence > 0 && checkpointIsDue(last.sequence, lastKind) && shownTo < last.sequence) {
      report(last.sequence, 'checkpoint-missing');
    }
  };

  const endRun = (to: ChainStart & { readonly at: string }) => {
    const kinds = [...runKinds].toSorted();
    signers.push({ keyId: to.signer, from: runFrom, to: to.sequence, until: to.at, kinds });
    runFrom = to.sequence + 1;
    runKinds = new Set();
  };

  const follow = (entry: ChainEntry): boolean => {
    if (entry.sequence === last.sequence) report(entry.sequence, 'sequence-repeated');
    else if (entry.sequence < last.sequence) report(entry.sequence, 'out-of-order');
    else {
      const missing = entry.sequence - last.sequence - 1;
      if (missing > 0) report(last.sequence + 1, 'entry-missing', `${missing} missing`);
      return true;
    }
    return false;
  };

  return {
    found,
    key(id, text) {
      const key = readPublicKey(text);
      // One spelling of a key, so that a change of any character is seen.
      if (key === undefined || key.pem !== text || key.id !== id || keys.has(id))
        report(0, 'key-malformed', id.slice(0, 64));
      else keys.set(id, key);
    },
    startedAt(text) {
      const read = readNote(text);
      if (read === undefined) report(last.sequence, 'checkpoint-malformed');
      else noteIsGood(read);
    },
    entry(entry) {
      leave();
      if (!entryIsWellFormed(entry, last)) {
        report(Number.isSafeInteger(entry.sequence) ? entry.sequence : 0, 'entry-malformed');
        if (entry.sequence === last.sequence + 1) last = { ...last, sequence: entry.sequence };
        return;
      }
      if (!follow(entry)) return;
      if (entries > 0 && last.signer !== '' && entry.signer !== last.signer) {
        if (shownTo < last.sequence) report(last.sequence, 'signer-not-shown', last.signer);
        endRun(last);
      }
      if (entry.previous !== last.digest && entry.sequence === last.sequence + 1) {
        report(
          entry.sequence,
          'previous-differs',
          `${last.digest} before, ${entry.previous} named`,
        );
      }
      const actual = digestOfEntry(entry);
      if (actual !== entry.digest) {
        report(
          entry.sequence,
          'entry-digest-differs',
          `${actual} computed, ${entry.digest} stated`,
        );
      }
      last = entry;
      lastKind = entry.kind;
      runKinds.add(entry.kind);
      entries += 1;
    },
    checkpoint(sequence, text, held) {
      const read = readNote(text);
      if (read === undefined || read.note.sequence !== sequence || sequence <= lastNoted) {
        report(sequence, 'checkpoint-malformed');
      } else if (noteIsGood(read, held)) {
        checkpoints += 1;
        lastNoted = sequence;
        if (sequence !== last.sequence || read.note.digest !== last.digest) {
          report(sequence, 'checkpoint-digest-differs');
        } else if (read.note.keyId !== last.signer) {
          report(sequence, 'signer-differs', read.note.keyId);
        } else shownTo = sequence;
      }
    },
    finish(head) {
      leave();
      if (last.sequence > 0 && runFrom <= last.sequence) endRun(last);
      const read = head === null ? null : readNote(head);
      if (head === null) {
        if (last.sequence > 0) report(last.sequence, 'head-missing');
      } else if (read?.note.says !== 'head') report(last.sequence, 'head-malformed');
      else if (noteIsGood(read)) compareHead(read.note, last, report);
      return {
        entries,
        head: last.sequence === 0 ? null : { sequence: last.sequence, digest: last.digest },
        checkpoints,
        signers,
        breaks,
        breaksUnnamed,
      };
    },
  };
}

/** Where the ledger keeps a checkpoint for good: regularly, and where keys change hands. */
export function checkpointIsDue(sequence: number, kind: string): boolean {
  return sequence % CHECKPOINT_EVERY === 0 || kind === 'key';
}

function compareHead(
  head: ReadNote['note'],
  last: ChainStart,
  report: (sequence: number, reason: BreakReason, detail?: string) => void,
): void {
  if (head.sequence > last.sequence) {
    report(last.sequence + 1, 'tail-cut', `the head signs ${head.sequence} entries`);
  } else if (head.sequence < last.sequence) {
    report(head.sequence + 1, 'beyond-head', `the head signs ${head.sequence} entries`);
  } else if (head.digest !== last.digest) report(head.sequence, 'head-digest-differs');
  else if (head.keyId !== last.signer) report(head.sequence, 'signer-differs', head.keyId);
}
