import { cutPieces } from './line-pieces.ts';
import type { MeasuredEntry, WholeSide } from './measured-entry.ts';
import { addMarkedLines, addPlainLines, plainTextAt } from './plain-text.ts';
import { measureText, type TextTotals } from './text-measure.ts';

/** git looks for NUL in so many bytes to call content binary. */
const BINARY_BYTES_SEEN = 8_000;
const LF = 0x0a;

/** Measures content that is added or deleted as a whole: every line of it, as its patch would say. */
export function measureWhole(entry: MeasuredEntry, side: WholeSide, content: Buffer): void {
  const text = plainTextAt(content, 0);
  if (text?.length === content.length) addWholeLines(entry[side], side, text);
  else measureAny(entry, side, content);
}

function addWholeLines(totals: TextTotals, side: WholeSide, text: string): void {
  if (side === 'added') addMarkedLines(totals, text, 0, totals.lines + 1);
  addPlainLines(totals, text, { from: 0, mark: null, linesMax: Infinity });
}

/** Content that is more than a window of plain lines. */
function measureAny(entry: MeasuredEntry, side: WholeSide, content: Buffer): void {
  if (content.subarray(0, BINARY_BYTES_SEEN).includes(0)) {
    entry.gitCallsBinary = true;
    return;
  }
  const totals = entry[side];
  const measure = measureText(side === 'added');
  measure.begin(totals);
  let open = false;

  function endOpen(newline: boolean): void {
    if (open) measure.endLine(newline);
    open = false;
  }

  const pieces = cutPieces(
    (bytes, from, to, first, last) => {
      if (first) endOpen(true);
      measure.piece(bytes, from, to, totals.lines + 1, last);
      open = true;
    },
    (bytes, start) => {
      endOpen(true);
      const text = plainTextAt(bytes, start);
      if (text === null) return start;
      addWholeLines(totals, side, text);
      return start + text.length;
    },
  );
  pieces.push(content);
  pieces.end();
  endOpen(content[content.length - 1] === LF);
}
