import { isExemption } from './exemptions.ts';
import { isStub } from './stubs.ts';
import { addMarks, isPointerStart, STUB_LINE_BYTES_MAX, type TextTotals } from './text-measure.ts';

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

/**
 * Counts plain lines from `from` on, until one begins without the mark or `linesMax` are counted.
 *
 * @param mark the first byte of every line, which is not its own; null: they have none.
 * @returns where the next line begins.
 */
export function addPlainLines(
  totals: TextTotals,
  text: string,
  { from, mark, linesMax }: { from: number; mark: number | null; linesMax: number },
): number {
  const skipped = mark === null ? 0 : 1;
  let at = from;
  let lines = 0;
  let longest = totals.longestLineBytes;
  while (lines < linesMax && at < text.length && (skipped === 0 || text.charCodeAt(at) === mark)) {
    const end = text.indexOf('\n', at);
    if (end - at - skipped > longest) longest = end - at - skipped;
    if (!totals.mentionsLfs) totals.mentionsLfs = mayPoint(text, at + skipped);
    lines += 1;
    at = end + 1;
  }
  totals.lines += lines;
  totals.ownLines += lines;
  totals.bytes += at - from - lines * skipped;
  totals.longestLineBytes = longest;
  return at;
}

function mayPoint(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  // The first letters of a pointer's lines: version, oid, size.
  if (first !== 0x76 && first !== 0x6f && first !== 0x73) return false;
  return isPointerStart(text, at);
}

/**
 * Names the lines of the text that hold a stub token, or keep code out of a check.
 *
 * @param text whole lines, each behind a mark of as many characters as `skipped` says.
 * @param line 1-based number of the first line in the new file.
 */
export function addMarkedLines(
  totals: TextTotals,
  text: string,
  skipped: number,
  line: number,
): void {
  if (!isStub(text) && !isExemption(text)) return;
  const lines = text.split('\n');
  lines.pop();
  for (const [at, marked] of lines.entries())
    if (marked.length - skipped <= STUB_LINE_BYTES_MAX)
      addMarks(totals, marked.slice(skipped), line + at);
}
