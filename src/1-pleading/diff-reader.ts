import type { ObjectId } from '../primitives.ts';
import type { FileStatus } from './change.ts';
import { pathTextOf } from './path-text.ts';
import { measureText, noText, type TextMeasure, type TextTotals } from './text-measure.ts';

/** One record of `git diff-tree --raw -z`, with what its patch amounts to. */
export interface MeasuredEntry {
  readonly status: FileStatus;
  readonly path: string;
  readonly pathBefore: string | null;
  readonly pathIsLossy: boolean;
  /** Six octal digits, or null where the side does not exist. */
  readonly modeBefore: string | null;
  readonly modeAfter: string | null;
  readonly blobBefore: ObjectId | null;
  readonly blobAfter: ObjectId | null;
  readonly added: TextTotals;
  readonly deleted: TextTotals;
  /** git found NUL in the first 8,000 bytes of a side and gave no text. */
  gitCallsBinary: boolean;
}

/** Output that git does not produce: a bug, a broken object store, or a cut stream. */
export interface DiffFault {
  readonly kind: 'diff-unreadable';
  readonly reason: string;
}

/** Whether the output holds patches behind its listing. */
export type DiffParts = 'listing' | 'listing-and-patch';

export interface DiffReader {
  push(chunk: Buffer): void;
  /** Call once after the last chunk. @returns null where everything read made sense. */
  end(): DiffFault | null;
  readonly entries: readonly MeasuredEntry[];
}

/**
 * The longest piece of a line that is handled at once: pieces end where the line says, never where
 * a chunk happened to end, so that a result does not depend on how the stream was cut.
 */
export const PIECE_BYTES_MAX = 64 * 1024;
/** A record of the raw listing: modes, ids and one path, which git bounds no further. */
const RECORD_BYTES_MAX = 1024 * 1024;

/** git looks for NUL in so many bytes to call content binary. */
const BINARY_BYTES_SEEN = 8_000;

/** What is to know of one side of an entry that exists on that side only. */
export type WholeSide = 'added' | 'deleted';

/** @returns the side that is the whole of an entry's patch, or null where both sides exist. */
export function wholeSideOf(entry: MeasuredEntry): WholeSide | null {
  if (entry.status === 'added') return 'added';
  return entry.status === 'deleted' ? 'deleted' : null;
}

/** Whether git has lines to compare in an entry: both sides exist and hold different things. */
export function needsPatch(entry: MeasuredEntry): boolean {
  return wholeSideOf(entry) === null && entry.blobBefore !== entry.blobAfter;
}

/** Measures content that is added or deleted as a whole: every line of it, as its patch would say. */
export function measureWhole(entry: MeasuredEntry, side: WholeSide, content: Buffer): void {
  if (content.subarray(0, BINARY_BYTES_SEEN).includes(0)) {
    entry.gitCallsBinary = true;
    return;
  }
  if (content.length === 0) return;
  const measure = measureText(entry[side], side === 'added');
  let line = 0;
  const pieces = cutPieces((bytes, from, to, first, last) => {
    if (first && line > 0) measure.endLine(true);
    if (first) line += 1;
    measure.piece(bytes, from, to, line, last);
  });
  pieces.push(content);
  pieces.end();
  measure.endLine(content[content.length - 1] === 0x0a);
}

/**
 * Reads the output of `git diff-tree -r -z --raw -p -U0 -M --full-index` as it arrives. The raw
 * listing names the paths byte by byte; of the patch only counts are believed: a hunk states how many
 * lines follow, so no content can pass for a header.
 */
export function readDiff(parts: DiffParts): DiffReader {
  const entries: MeasuredEntry[] = [];
  const patch = readPatch(entries);
  let carried: Buffer | null = null;
  let fields: Buffer[] = [];
  let listing = true;
  let fault: DiffFault | null = null;

  function takeRecord(token: Buffer): void {
    if (fields.length === 0 && token.length === 0) {
      listing = false;
      return;
    }
    fields.push(token);
    const entry = entryOf(fields);
    if (entry === 'more') return;
    fields = [];
    if (entry === null) fault ??= unreadable('a record of the raw listing');
    else entries.push(entry);
  }

  function takeListing(chunk: Buffer): number {
    let position = 0;
    while (listing && position < chunk.length) {
      const end = chunk.indexOf(0, position);
      if (end < 0) {
        const rest = chunk.subarray(position);
        carried = carried === null ? Buffer.from(rest) : Buffer.concat([carried, rest]);
        if (carried.length > RECORD_BYTES_MAX) fault ??= unreadable('a path longer than any');
        return chunk.length;
      }
      const token = chunk.subarray(position, end);
      takeRecord(carried === null ? Buffer.from(token) : Buffer.concat([carried, token]));
      carried = null;
      position = end + 1;
    }
    return position;
  }

  return {
    entries,
    push(chunk) {
      if (fault !== null) return;
      const position = listing ? takeListing(chunk) : 0;
      if (position < chunk.length) patch.push(position === 0 ? chunk : chunk.subarray(position));
    },
    end() {
      if (fault !== null) return fault;
      if (carried !== null || fields.length > 0) return unreadable('the raw listing is cut');
      return parts === 'listing' ? null : patch.end();
    },
  };
}

const unreadable = (reason: string): DiffFault => ({ kind: 'diff-unreadable', reason });

const STATUSES: Readonly<Record<string, FileStatus>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

const RAW =
  /^:(\d{6}) (\d{6}) ([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([ADMRCT])\d*$/;

/** @returns 'more' while paths of the record are still to come, null where it is no record. */
function entryOf(fields: readonly Buffer[]): MeasuredEntry | 'more' | null {
  const [head, first, second] = fields;
  const match = RAW.exec((head as Buffer).toString('latin1'));
  if (match === null) return null;
  const [, modeBefore, modeAfter, blobBefore, blobAfter, letter] = match as unknown as string[];
  const pair = letter === 'R' || letter === 'C';
  if (first === undefined || (pair && second === undefined)) return 'more';
  const path = pathTextOf(pair ? (second as Buffer) : first);
  const before = pair ? pathTextOf(first) : null;
  return {
    status: STATUSES[letter as string] as FileStatus,
    path: path.text,
    pathBefore: before?.text ?? null,
    pathIsLossy: path.lossy || (before?.lossy ?? false),
    modeBefore: modeBefore === '000000' ? null : (modeBefore as string),
    modeAfter: modeAfter === '000000' ? null : (modeAfter as string),
    blobBefore: presentId(blobBefore as string),
    blobAfter: presentId(blobAfter as string),
    added: noText(),
    deleted: noText(),
    gitCallsBinary: false,
  };
}

const presentId = (hex: string): ObjectId | null => (/^0+$/.test(hex) ? null : (hex as ObjectId));

/** Between two kinds of file git writes two sections: the end of one and the start of the other. */
function sectionsOf(entry: MeasuredEntry): number {
  const [before, after] = [entry.modeBefore, entry.modeAfter];
  return before !== null && after !== null && before.slice(0, 3) !== after.slice(0, 3) ? 2 : 1;
}

const HUNK = /^@@ -\d+(?:,(\d{1,15}))? \+(\d{1,15})(?:,(\d{1,15}))? @@/;
const NO_NEWLINE = 0x5c;
const DELETED = 0x2d;
const ADDED = 0x2b;
/** Headers are known by their first bytes; a path in them may be as long as it likes. */
const HEADER_BYTES_READ = 256;

interface PatchReader {
  push(chunk: Buffer): void;
  end(): DiffFault | null;
}

/** Reads the patch part: sections in the order of the entries, lines by the hunks' own counts. */
function readPatch(entries: readonly MeasuredEntry[]): PatchReader {
  let index = -1;
  let sectionsLeft = 0;
  let deletionsLeft = 0;
  let additionsLeft = 0;
  let line = 0;
  let sides: { deleted: TextMeasure; added: TextMeasure } | null = null;
  /** The last text line, whose LF is known only from what follows it. */
  let open: TextMeasure | null = null;
  let current: TextMeasure | null = null;
  let fault: DiffFault | null = null;

  function startSection(): void {
    if (sectionsLeft === 0) {
      index += 1;
      const entry = entries[index];
      if (entry === undefined) {
        fault ??= unreadable('a patch that the listing does not name');
        return;
      }
      sectionsLeft = sectionsOf(entry);
      sides = {
        deleted: measureText(entry.deleted, false),
        added: measureText(entry.added, true),
      };
    }
    sectionsLeft -= 1;
  }

  function takeHeader(text: string): void {
    if (text.startsWith('diff --git ')) startSection();
    else if (text.startsWith('@@ ')) startHunk(text);
    else if (text.startsWith('Binary files ')) {
      const entry = entries[index];
      if (entry !== undefined) entry.gitCallsBinary = true;
    }
  }

  function startHunk(text: string): void {
    const match = HUNK.exec(text);
    if (match === null || sides === null) {
      fault ??= unreadable('a hunk without counts');
      return;
    }
    deletionsLeft = match[1] === undefined ? 1 : Number(match[1]);
    additionsLeft = match[3] === undefined ? 1 : Number(match[3]);
    line = Number(match[2]);
  }

  /** @param first whether the piece begins its line, @param last whether it ends it. */
  function takePiece(bytes: Buffer, from: number, to: number, first: boolean, last: boolean): void {
    if (!first) {
      current?.piece(bytes, from, to, line, last);
      if (current !== null && last) endText();
      return;
    }
    const mark = bytes[from];
    if (open !== null) {
      open.endLine(mark !== NO_NEWLINE);
      open = null;
      if (mark === NO_NEWLINE) return;
    }
    if (deletionsLeft + additionsLeft === 0) {
      takeHeader(bytes.toString('latin1', from, Math.min(to, from + HEADER_BYTES_READ)));
      return;
    }
    const deleting = deletionsLeft > 0;
    if (mark !== (deleting ? DELETED : ADDED) || sides === null) {
      fault ??= unreadable('a line of a hunk without its mark');
      return;
    }
    current = deleting ? sides.deleted : sides.added;
    current.piece(bytes, from + 1, to, line, last);
    if (last) endText();
  }

  function endText(): void {
    open = current;
    current = null;
    if (deletionsLeft > 0) deletionsLeft -= 1;
    else {
      additionsLeft -= 1;
      line += 1;
    }
  }

  const pieces = cutPieces(takePiece);
  return {
    push(chunk) {
      if (fault === null) pieces.push(chunk);
    },
    end() {
      pieces.end();
      open?.endLine(true);
      if (fault !== null) return fault;
      if (deletionsLeft + additionsLeft + sectionsLeft > 0) return unreadable('a cut patch');
      return index + 1 < entries.length ? unreadable('a path without its patch') : null;
    },
  };
}

type TakePiece = (bytes: Buffer, from: number, to: number, first: boolean, last: boolean) => void;

const NOTHING = Buffer.alloc(0);

/** Cuts a stream at LF, and longer lines into pieces, wherever its chunks happen to end. */
function cutPieces(take: TakePiece): { push(chunk: Buffer): void; end(): void } {
  /** Most content has no line that needs it, and it is far larger than most content. */
  let held = NOTHING;
  let heldBytes = 0;
  let first = true;

  /** Moves bytes of one line into `held`, giving off a piece whenever that is full. */
  function hold(chunk: Buffer, from: number, to: number): void {
    if (held.length === 0) held = Buffer.allocUnsafe(PIECE_BYTES_MAX);
    let position = from;
    while (position < to) {
      const taken = Math.min(to - position, PIECE_BYTES_MAX - heldBytes);
      chunk.copy(held, heldBytes, position, position + taken);
      heldBytes += taken;
      position += taken;
      if (heldBytes < PIECE_BYTES_MAX) continue;
      const cut = PIECE_BYTES_MAX - heldBackBytes(held, PIECE_BYTES_MAX);
      take(held, 0, cut, first, false);
      held.copy(held, 0, cut, PIECE_BYTES_MAX);
      heldBytes = PIECE_BYTES_MAX - cut;
      first = false;
    }
  }

  function flush(): void {
    take(held, 0, heldBytes, first, true);
    heldBytes = 0;
    first = true;
  }

  return {
    push(chunk) {
      let position = 0;
      while (position < chunk.length) {
        const end = chunk.indexOf(0x0a, position);
        if (end < 0) {
          hold(chunk, position, chunk.length);
          return;
        }
        const whole = first && heldBytes === 0 && end - position < PIECE_BYTES_MAX;
        if (whole) {
          take(chunk, position, end, true, true);
        } else {
          hold(chunk, position, end);
          flush();
        }
        position = end + 1;
      }
    },
    end() {
      if (heldBytes > 0 || !first) flush();
    },
  };
}

/** Bytes at the end that belong with what follows: a CR, or the start of a UTF-8 sequence. */
function heldBackBytes(bytes: Buffer, end: number): number {
  if (bytes[end - 1] === 0x0d) return 1;
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}
