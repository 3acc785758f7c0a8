import { cutPieces } from './line-pieces.ts';
import { type DiffFault, type MeasuredEntry, unreadable } from './measured-entry.ts';
import { addMarkedLines, addPlainLines, plainTextAt } from './plain-text.ts';
import { measureText, type TextMeasure, type TextTotals } from './text-measure.ts';

export interface PatchReader {
  push(chunk: Buffer): void;
  /** Call once after the last chunk. @returns null where every entry had its patch. */
  end(): DiffFault | null;
}

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

/** Reads the patch part: sections in the order of the entries, lines by the hunks' own counts. */
export function readPatch(entries: readonly MeasuredEntry[]): PatchReader {
  const deleted = measureText(false);
  const added = measureText(true);
  let index = -1;
  let sectionsLeft = 0;
  let deletionsLeft = 0;
  let additionsLeft = 0;
  let line = 0;
  /** The last text line, whose LF is known only from what follows it. */
  let open: TextMeasure | null = null;
  let current: TextMeasure | null = null;
  /** Where the last line was counted, as one with LF, if it was a plain one. */
  let plain: TextTotals | null = null;
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
      deleted.begin(entry.deleted);
      added.begin(entry.added);
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
    if (match === null || index < 0) {
      fault ??= unreadable('a hunk without counts');
      return;
    }
    deletionsLeft = match[1] === undefined ? 1 : Number(match[1]);
    additionsLeft = match[3] === undefined ? 1 : Number(match[3]);
    line = Number(match[2]);
  }

  function endOpen(newline: boolean): void {
    open?.endLine(newline);
    open = null;
  }

  function takePiece(bytes: Buffer, from: number, to: number, first: boolean, last: boolean): void {
    if (!first) {
      current?.piece(bytes, from, to, line, last);
      if (current !== null && last) endText();
      return;
    }
    const mark = bytes[from];
    if (open !== null || plain !== null) {
      if (plain !== null && mark === NO_NEWLINE) plain.bytes -= 1;
      plain = null;
      endOpen(mark !== NO_NEWLINE);
      if (mark === NO_NEWLINE) return;
    }
    if (deletionsLeft + additionsLeft === 0) {
      // Of all that stands between hunks these three begin what matters: diff, @@ and Binary.
      if (mark === 0x64 || mark === 0x40 || mark === 0x42) {
        takeHeader(bytes.toString('latin1', from, Math.min(to, from + HEADER_BYTES_READ)));
      }
      return;
    }
    const deleting = deletionsLeft > 0;
    if (mark !== (deleting ? DELETED : ADDED)) {
      fault ??= unreadable('a line of a hunk without its mark');
      return;
    }
    current = deleting ? deleted : added;
    current.piece(bytes, from + 1, to, line, last);
    if (last) endText();
  }

  function endText(): void {
    open = current;
    current = null;
    passLine();
  }

  function passLine(): void {
    if (deletionsLeft > 0) {
      deletionsLeft -= 1;
    } else {
      additionsLeft -= 1;
      line += 1;
    }
  }

  /** Whole plain lines at once; whatever else there is comes as pieces. */
  function takeLines(bytes: Buffer, start: number): number {
    const text = fault === null ? plainTextAt(bytes, start) : null;
    if (text === null) return start;
    if (open !== null) endOpen(bytes[start] !== NO_NEWLINE);
    for (let at = 0; at < text.length && fault === null; ) {
      if (text.charCodeAt(at) === NO_NEWLINE || deletionsLeft + additionsLeft === 0) {
        at = takeBetween(text, at);
      } else at = takeRun(text, at);
    }
    return start + text.length;
  }

  /** A line that is none of a hunk's, or says of the line before that it has no LF. */
  function takeBetween(text: string, at: number): number {
    const mark = text.charCodeAt(at);
    // The line before was counted with its LF; a slow one has been told already.
    if (mark === NO_NEWLINE && plain !== null) plain.bytes -= 1;
    plain = null;
    const end = text.indexOf('\n', at);
    if (mark === 0x64 || mark === 0x40 || mark === 0x42) {
      takeHeader(text.slice(at, Math.min(end, at + HEADER_BYTES_READ)));
    }
    return end + 1;
  }

  /** The lines of a hunk that are deleted, or those that are added, as far as the text has them. */
  function takeRun(text: string, from: number): number {
    const deleting = deletionsLeft > 0;
    const totals = (entries[index] as MeasuredEntry)[deleting ? 'deleted' : 'added'];
    const before = totals.lines;
    const mark = deleting ? DELETED : ADDED;
    const linesMax = deleting ? deletionsLeft : additionsLeft;
    const end = addPlainLines(totals, text, { from, mark, linesMax });
    const lines = totals.lines - before;
    if (lines === 0) fault ??= unreadable('a line of a hunk without its mark');
    plain = totals;
    if (deleting) deletionsLeft -= lines;
    else {
      addMarkedLines(totals, text.slice(from, end), 1, line);
      additionsLeft -= lines;
      line += lines;
    }
    return end;
  }

  const pieces = cutPieces(takePiece, takeLines);
  return {
    push(chunk) {
      if (fault === null) pieces.push(chunk);
    },
    end() {
      pieces.end();
      endOpen(true);
      if (fault !== null) return fault;
      if (deletionsLeft + additionsLeft + sectionsLeft > 0) return unreadable('a cut patch');
      return index + 1 < entries.length ? unreadable('a path without its patch') : null;
    },
  };
}
