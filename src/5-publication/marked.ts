/**
 * A sentence in which what is to be read letter by letter is set apart: names that come from the
 * change, and commands. Terminals show it plain, faces in the type of code.
 */
export type Marked = string;

// Noncharacters of Unicode: no document has them, and `visible` lets neither through.
const OPEN = '\u{fdd0}';
const CLOSE = '\u{fdd1}';

export interface Piece {
  readonly literal: boolean;
  readonly text: string;
}

/** @param text as `visible` gives it, or our own. Empty text stays empty. */
export function marked(text: string): Marked {
  return text === '' ? '' : `${OPEN}${text}${CLOSE}`;
}

export function plain(sentence: Marked): string {
  return sentence.replaceAll(OPEN, '').replaceAll(CLOSE, '');
}

/** The sentence in its order; no piece is empty. */
export function piecesOf(sentence: Marked): readonly Piece[] {
  return sentence
    .split(OPEN)
    .flatMap((part, at) => {
      const [first = '', rest = ''] = part.split(CLOSE);
      return at === 0
        ? [{ literal: false, text: plain(part) }]
        : [
            { literal: true, text: first },
            { literal: false, text: rest },
          ];
    })
    .filter(({ text }) => text !== '');
}
