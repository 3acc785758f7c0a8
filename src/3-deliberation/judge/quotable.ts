/** What of a candidate's files may be quoted: whole lines, where they stand, that its judge sees as well. */
import { CANDIDATE_CHARS_MAX, FILE_CHARS_MAX, QUOTE_CHARS_MIN } from './bounds.ts';
import type { QuotableLine } from './debate.ts';
import { seenPath } from './seen-text.ts';

/** The newlines up to the last line that may be quoted are rebuilt, so their number is bounded. */
const LINE_NUMBER_MAX = 100_000;

/**
 * @param files of a change at its head, byte for byte.
 * @param shown the candidate's normalised diff.
 * @returns as many lines as a diff may have characters, in the order of the files. A path whose name the judge
 *   is not shown as it is, or that holds a blank or a colon, cannot be quoted.
 */
export function quotableLines(
  files: Iterable<readonly [string, Uint8Array]>,
  shown: string,
): readonly QuotableLine[] {
  const shownLines = new Set(shown.split('\n').map((line) => line.slice(1).trim()));
  const found: QuotableLine[] = [];
  let length = 0;
  for (const [path, bytes] of files) {
    if (seenPath(path) !== path || /[\s:«»]/.test(path)) continue;
    for (const [at, text] of linesIn(bytes).entries()) {
      if (at >= LINE_NUMBER_MAX) break;
      const isQuotable = text.trim().length >= QUOTE_CHARS_MIN && !/[«»]/.test(text);
      if (!isQuotable || !shownLines.has(text.trim())) continue;
      length += path.length + text.length + 8;
      if (length > CANDIDATE_CHARS_MAX) return found;
      found.push({ path, line: at + 1, text });
    }
  }
  return found;
}

/** None where it is no text, or longer than anybody writes. */
function linesIn(bytes: Uint8Array): readonly string[] {
  if (bytes.length > FILE_CHARS_MAX) return [];
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).split('\n');
  } catch {
    return [];
  }
}
