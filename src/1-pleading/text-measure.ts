import { STUB_LINES_MAX } from './bounds.ts';
import { LINE_ENDS_MAX, SIGNS_MAX, type TextSign } from './change.ts';
import { isExemption } from './exemptions.ts';
import { freshWord, type SignKind, scanSigns, type WordState } from './signs.ts';
import { isStub } from './stubs.ts';

/** A longer line is held against by its length; nobody reads it for a stub token or what it leaves out. */
export const STUB_LINE_BYTES_MAX = 4_096;

/** What one side of one file's patch amounts to. */
export interface TextTotals {
  /** Lines by LF, as git counts them. */
  lines: number;
  /** Lines by every line end. */
  ownLines: number;
  /** Bytes with line ends. */
  bytes: number;
  /** The longest line by every line end, without it. */
  longestLineBytes: number;
  holdsNul: boolean;
  /** A line begins as one of an LFS pointer does. */
  mentionsLfs: boolean;
  readonly signs: TextSign[];
  signsTotal: number;
  /** How many of the signs are line ends. */
  lineEnds: number;
  readonly stubLines: number[];
  readonly exemptLines: number[];
}

export const noText = (): TextTotals => ({
  lines: 0,
  ownLines: 0,
  bytes: 0,
  longestLineBytes: 0,
  holdsNul: false,
  mentionsLfs: false,
  signs: [],
  signsTotal: 0,
  lineEnds: 0,
  stubLines: [],
  exemptLines: [],
});

/** For a side that holds nothing and never will: writing to it is a bug, and throws. */
export const NO_TEXT: TextTotals = Object.freeze({
  ...noText(),
  signs: Object.freeze([]) as unknown as TextSign[],
  stubLines: Object.freeze([]) as unknown as number[],
  exemptLines: Object.freeze([]) as unknown as number[],
});

/** Notes a line that holds a stub token, or keeps code out of a check. */
export function addMarks(totals: TextTotals, text: string, line: number): void {
  const { stubLines, exemptLines } = totals;
  if (stubLines.length < STUB_LINES_MAX && isStub(text)) stubLines.push(line);
  if (exemptLines.length < STUB_LINES_MAX && isExemption(text)) exemptLines.push(line);
}

/** Takes the text of one side line by line; a long line comes in pieces. */
export interface TextMeasure {
  /** What follows is added to these totals; the text before has ended. */
  begin(totals: TextTotals): void;
  /**
   * One piece of a line, without the line's LF.
   *
   * @param line 1-based number in the new file, by LF.
   * A piece that is not the last of its line splits no UTF-8 sequence, and a CR at its end is not
   * that of a CRLF.
   */
  piece(bytes: Buffer, start: number, end: number, line: number, last: boolean): void;
  /** The line is over; `newline` is false where the file ends without LF. */
  endLine(newline: boolean): void;
}

const PLAIN = 0;
const CARRIAGE_RETURN = 1;
const LINE_END = 2;
const CONTROL = 3;
const HIGH = 4;
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x0d) return CARRIAGE_RETURN;
  if (byte === 0x0b || byte === 0x0c) return LINE_END;
  if (byte === 0x09) return PLAIN;
  if (byte < 0x20 || byte === 0x7f) return CONTROL;
  return byte < 0x80 ? PLAIN : HIGH;
});

/**
 * Measures text into the totals that it is given. Line ends of our own count are LF, CRLF, CR, VT, FF,
 * U+0085, U+2028 and U+2029, because an interpreter or an editor ends a line at each of them.
 *
 * @param reads added text is read for signs and stubs, deleted text is only counted.
 */
export function measureText(reads: boolean): TextMeasure {
  let totals = noText();
  let breaks = 0;
  let tailBytes = 0;
  let endsWithReturn = false;
  let column = 1;
  let firstPiece = true;
  let word: WordState = freshWord();
  /** Column or word differ from those of a line's start. */
  let touched = false;

  function breakLine(length: number): void {
    breaks += 1;
    if (tailBytes + length > totals.longestLineBytes) totals.longestLineBytes = tailBytes + length;
    tailBytes = 0;
  }

  /** @returns whether anything but printable ASCII and the CR of a CRLF stands in the piece. */
  function countBreaks(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    let special = false;
    let from = start;
    for (let at = plainUntil(bytes, start, end); at < end; at += 1) {
      const kind = CLASS[bytes[at] as number] as number;
      if (kind === PLAIN) continue;
      let width = 0;
      if (kind === CARRIAGE_RETURN) {
        if (last && at === end - 1) endsWithReturn = true;
        else width = 1;
      } else if (kind === LINE_END) {
        width = 1;
      } else {
        special = true;
        if (kind === HIGH) width = wideLineEnd(bytes, at, end);
        else if (bytes[at] === 0) totals.holdsNul = true;
      }
      if (width === 0) continue;
      special = true;
      breakLine(at - from);
      from = at + width;
      at += width - 1;
    }
    tailBytes += end - from - (endsWithReturn ? 1 : 0);
    return special;
  }

  function readSigns(bytes: Buffer, start: number, end: number, line: number): void {
    const text = bytes.toString('utf8', start, end);
    const report = (kind: SignKind, codePoint: number, at: number): void => {
      if (kind === 'line-end') {
        if (totals.lineEnds === LINE_ENDS_MAX) return;
        totals.lineEnds += 1;
      }
      totals.signsTotal += 1;
      if (totals.signs.length < SIGNS_MAX) {
        totals.signs.push({ kind, codePoint, line, column: at });
      }
    };
    // A byte order mark is one only at the very start of a file.
    if (line > 1 && column === 1 && text.startsWith('\ufeff')) report('invisible', 0xfeff, 1);
    column = scanSigns(text, column, word, report);
    touched = true;
  }

  /** A long line's ASCII piece holds no sign, but the next piece goes on at its end. */
  function passPlain(bytes: Buffer, start: number, end: number): void {
    column += end - start;
    word = wordAtEnd(bytes, start, end);
    touched = true;
  }

  function readMarks(bytes: Buffer, start: number, end: number, line: number): void {
    if (!firstPiece || end - start > STUB_LINE_BYTES_MAX) return;
    addMarks(totals, bytes.toString('latin1', start, end), line);
  }

  return {
    begin(next) {
      totals = next;
    },
    piece(bytes, start, end, line, last) {
      if (firstPiece && startsAsPointer(bytes, start, end)) totals.mentionsLfs = true;
      totals.bytes += end - start;
      const special = countBreaks(bytes, start, end, last);
      if (reads) {
        if (special || word.lookAlike !== null) readSigns(bytes, start, end, line);
        else if (!last) passPlain(bytes, start, end);
        readMarks(bytes, start, end, line);
      }
      firstPiece = last;
      if (!last || !touched) return;
      column = 1;
      word = freshWord();
      touched = false;
    },
    endLine(newline) {
      totals.lines += 1;
      totals.bytes += newline ? 1 : 0;
      const open = newline || endsWithReturn || tailBytes > 0 || breaks === 0;
      totals.ownLines += breaks + (open ? 1 : 0);
      if (tailBytes > totals.longestLineBytes) totals.longestLineBytes = tailBytes;
      breaks = 0;
      tailBytes = 0;
      endsWithReturn = false;
    },
  };
}

/** Shorter text is looked at byte by byte sooner than a view of it is made. */
const LONG_BYTES_MIN = 1_024;

/** Passes printable ASCII four bytes at a time. @returns where the first other byte may stand. */
function plainUntil(bytes: Buffer, start: number, end: number): number {
  if (end - start < LONG_BYTES_MIN) return start;
  let at = start;
  while ((bytes.byteOffset + at) % 4 !== 0) {
    if (CLASS[bytes[at] as number] !== PLAIN) return at;
    at += 1;
  }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
  let index = 0;
  while (index < words.length && isPlainWord(words[index] as number)) index += 1;
  return at + index * 4;
}

/** Whether each of four bytes is 0x20 to 0x7e: none has its top bit, is below space or is DEL. */
function isPlainWord(word: number): boolean {
  const del = word ^ 0x7f7f7f7f;
  return (((word - 0x20202020) | word | (del - 0x01010101)) & 0x80808080) === 0;
}

/** U+0085, U+2028 and U+2029 in UTF-8: their width in bytes, 0 where none starts here. */
function wideLineEnd(bytes: Buffer, at: number, end: number): number {
  if (bytes[at] === 0xc2) return at + 1 < end && bytes[at + 1] === 0x85 ? 2 : 0;
  if (bytes[at] !== 0xe2 || at + 2 >= end || bytes[at + 1] !== 0x80) return 0;
  return bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9 ? 3 : 0;
}

const POINTER_STARTS = ['version https://', 'version http://', 'oid sha256:', 'size '];

function startsAsPointer(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start];
  if (end === start || (first !== 0x76 && first !== 0x6f && first !== 0x73)) return false;
  return isPointerStart(bytes.toString('latin1', start, Math.min(end, start + 20)), 0);
}

/** Whether the line at `at` begins as one of an LFS pointer does. */
export function isPointerStart(text: string, at: number): boolean {
  return POINTER_STARTS.some((head) => text.startsWith(head, at));
}

/** The state of the word that an ASCII piece ends in; a longer word than this is no word. */
const WORD_BYTES_MAX = 256;

function wordAtEnd(bytes: Buffer, start: number, end: number): WordState {
  const word = freshWord();
  word.previous = end > start ? (bytes[end - 1] as number) : 0;
  for (let at = end - 1; at >= Math.max(start, end - WORD_BYTES_MAX); at -= 1) {
    const byte = bytes[at] as number;
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (!letter && byte !== 0x5f && !(byte >= 0x30 && byte <= 0x39)) break;
    word.latin ||= letter;
  }
  return word;
}
