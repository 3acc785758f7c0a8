import { STUB_LINES_MAX } from './bounds.ts';
import { isStub } from './stubs.ts';
import { isPointerStart, STUB_LINE_BYTES_MAX, type TextTotals } from './text-measure.ts';

/**
 * Nearly all text is printable ASCII, of which nothing but the length of its lines is to be known.
 * It is measured here in whole lines, by what the engine searches and splits by itself; a loop over
 * bytes costs several times as much, and far more before it is compiled.
 */

/** So much is looked at in one go: much more than a line, little enough to look at again. */
const WINDOW_BYTES = 8 * 1024;
const NOT_PLAIN = /[^\t\n -~]/;

/**
 * Whole lines of printable ASCII and tabs, with their LFs.
 *
 * @returns null where the line at `start` is another, is not whole, or is longer than a window.
 */
export function plainTextAt(bytes: Buffer, start: number): string | null {
  const text = bytes.toString('latin1', start, Math.min(bytes.length, start + WINDOW_BYTES));
  const special = text.search(NOT_PLAIN);
  const end = text.lastIndexOf('\n', special < 0 ? text.length : special) + 1;
  return end === 0 ? null : text.slice(0, end);
}

/** Counts one plain line that ends in LF. @param skipped bytes in front that are not its own. */
export function addPlainLine(totals: TextTotals, text: string, skipped: number): void {
  const bytes = text.length - skipped;
  totals.lines += 1;
  totals.ownLines += 1;
  totals.bytes += bytes + 1;
  if (bytes > totals.longestLineBytes) totals.longestLineBytes = bytes;
  if (totals.mentionsLfs) return;
  const first = text.charCodeAt(skipped);
  // The first letters of a pointer's lines: version, oid, size.
  if (first === 0x76 || first === 0x6f || first === 0x73) {
    totals.mentionsLfs = isPointerStart(text.slice(skipped, skipped + 20));
  }
}

/** Names a line that holds a stub token. @param line 1-based number in the new file. */
export function addStub(totals: TextTotals, text: string, line: number): void {
  if (totals.stubLines.length >= STUB_LINES_MAX || text.length > STUB_LINE_BYTES_MAX) return;
  if (isStub(text)) totals.stubLines.push(line);
}
