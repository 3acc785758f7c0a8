import { stripVTControlCharacters } from 'node:util';

/** A hanging indent deeper than this leaves no room for the text. */
const INDENT_MAX = 24;

/**
 * Breaks lines between words where they are wider than the terminal; what follows hangs below the
 * text, not below its label. Colour codes have no width. A word that is too wide stays whole.
 *
 * @param columns Infinity: nothing is broken.
 */
export function folded(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= columns ? line : foldedLine(line, columns)))
    .join('\n');
}

function foldedLine(line: string, columns: number): string {
  const label = /^ *(?:\S.*? {2,})?/.exec(stripVTControlCharacters(line))?.[0].length ?? 0;
  const indent = ' '.repeat(label <= INDENT_MAX ? label : 2);
  const lines: string[] = [];
  let current = '';
  for (const piece of line.split(/(?<=\S)(?= )/)) {
    if (current !== '' && widthOf(current + piece) > columns) {
      lines.push(current);
      current = indent + piece.trimStart();
    } else current += piece;
  }
  return [...lines, current].join('\n');
}

/** Columns on a terminal, for text without wide characters. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;
