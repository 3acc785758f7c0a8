import type { TextSign } from './change.ts';
import { passesAmongLatin } from './latin-look-alikes.ts';

export type SignKind = TextSign['kind'];

/** What a scan of text carries from one piece of a line to the next. */
export interface WordState {
  /** The word that is being read holds a Latin letter. */
  latin: boolean;
  /** The first look-alike letter of that word, where no Latin letter stood beside it yet. */
  lookAlike: { readonly codePoint: number; readonly column: number } | null;
  /** The word is already reported. */
  reported: boolean;
  /** The last code point before the piece; 0 at the start of a line. */
  previous: number;
}

export const freshWord = (): WordState => ({
  latin: false,
  lookAlike: null,
  reported: false,
  previous: 0,
});

// Sets of Unicode are built where a pattern of them is first met: only for text that needs them.
const isOfLatin = (letter: string) => /^\p{Script=Latin}$/u.test(letter);
const isOfWords = (letter: string) => /^[\p{L}\p{M}\p{N}_]$/u.test(letter);
const isPicture = (letter: string) =>
  /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]$/u.test(letter);
const KEYCAP = /^[0-9#*]$/;
/** Of a script whose spelling needs joiners (Persian, the scripts of India, Khmer). */
const isJoining = (letter: string) =>
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]$/u.test(
    letter,
  );

const between = (value: number, first: number, last: number) => value >= first && value <= last;

/**
 * Adds the signs of one piece of text.
 *
 * @param column the column of its first code point, 1-based.
 * @returns the column after its last code point.
 */
export function scanSigns(
  text: string,
  column: number,
  word: WordState,
  report: (kind: SignKind, codePoint: number, column: number) => void,
): number {
  let at = column;
  for (let index = 0; index < text.length; at += 1) {
    const codePoint = text.codePointAt(index) as number;
    index += codePoint > 0xffff ? 2 : 1;
    const next = index < text.length ? (text.codePointAt(index) as number) : 0;
    const kind = plainAscii(codePoint) ? null : signOf(codePoint, word.previous, next, at);
    if (kind !== null) report(kind, codePoint, at);
    readWord(codePoint, at, word, report);
    word.previous = codePoint;
  }
  return at;
}

/** Printable ASCII, which has no sign. */
const PRINTABLE = /^[ -~]*$/;
const NO_SIGNS: readonly TextSign[] = [];

/** The signs of a path: the same, and every control character, tab and line end among them. */
export function signsOfPath(path: string): readonly TextSign[] {
  if (PRINTABLE.test(path)) return NO_SIGNS;
  const signs: TextSign[] = [];
  const report = (kind: SignKind, codePoint: number) => {
    if (kind !== 'line-end') signs.push({ kind, codePoint, line: null, column: null });
  };
  scanSigns(path, 2, freshWord(), report);
  for (const character of path) {
    const codePoint = character.codePointAt(0) as number;
    if (isLineControl(codePoint)) report('control', codePoint);
  }
  return signs;
}

const plainAscii = (codePoint: number) => codePoint >= 0x20 && codePoint < 0x7f;
const isLineControl = (codePoint: number) =>
  between(codePoint, 0x09, 0x0d) || codePoint === 0x85 || between(codePoint, 0x2028, 0x2029);

function signOf(
  codePoint: number,
  previous: number,
  next: number,
  column: number,
): SignKind | null {
  if (isLineControl(codePoint)) return endsLineUnseen(codePoint, next) ? 'line-end' : null;
  if (codePoint < 0xa0) return 'control';
  if (between(codePoint, 0x202a, 0x202e) || between(codePoint, 0x2066, 0x2069)) return 'bidi';
  if (codePoint === 0x61c) return 'bidi';
  if (between(codePoint, 0xe0000, 0xe007f)) return 'tag';
  if (between(codePoint, 0xe0100, 0xe01ef)) return 'variation-selector';
  if (between(codePoint, 0xfe00, 0xfe0f)) {
    return selectsEmoji(codePoint, previous, next) ? null : 'variation-selector';
  }
  if (codePoint === 0xfeff) return column === 1 ? null : 'invisible';
  if (codePoint === 0x200c || codePoint === 0x200d) {
    return joins(previous, next) ? null : 'invisible';
  }
  return isInvisible(codePoint) ? 'invisible' : null;
}

/** A tab and LF are seen by all, and CR is where it belongs to LF or ends the text. */
function endsLineUnseen(codePoint: number, next: number): boolean {
  if (codePoint === 0x0d) return next !== 0x0a && next !== 0;
  return codePoint > 0x0a;
}

function isInvisible(codePoint: number): boolean {
  return (
    codePoint === 0xad ||
    codePoint === 0x34f ||
    between(codePoint, 0x115f, 0x1160) ||
    between(codePoint, 0x17b4, 0x17b5) ||
    between(codePoint, 0x180b, 0x180f) ||
    between(codePoint, 0x200b, 0x200f) ||
    between(codePoint, 0x2060, 0x2065) ||
    between(codePoint, 0x206a, 0x206f) ||
    codePoint === 0x2800 ||
    codePoint === 0x3164 ||
    codePoint === 0xffa0 ||
    between(codePoint, 0xfff0, 0xfffb) ||
    between(codePoint, 0x1bca0, 0x1bca3) ||
    between(codePoint, 0x1d173, 0x1d17a) ||
    between(codePoint, 0xe0080, 0xe0fff) ||
    between(codePoint, 0x13430, 0x1343f) ||
    isPrivateUse(codePoint)
  );
}

/** What it looks like is up to the font of whoever reads it, and most fonts show nothing. */
const isPrivateUse = (codePoint: number) =>
  between(codePoint, 0xe000, 0xf8ff) || codePoint >= 0xf0000;

/** U+FE0E and U+FE0F choose how an emoji looks; after anything else they only hide. */
function selectsEmoji(codePoint: number, previous: number, next: number): boolean {
  if (codePoint < 0xfe0e || previous === 0) return false;
  const before = String.fromCodePoint(previous);
  return KEYCAP.test(before) ? next === 0x20e3 : isPicture(before);
}

/** A joiner belongs between two emoji, or between letters of a script that is spelled with it. */
function joins(previous: number, next: number): boolean {
  if (previous === 0 || next === 0) return false;
  const [before, after] = [String.fromCodePoint(previous), String.fromCodePoint(next)];
  if (isJoining(before) && isJoining(after)) return true;
  return (isPicture(before) || previous === 0xfe0f) && isPicture(after);
}

/** A word that mixes Latin letters with look-alikes of another alphabet is reported once. */
function readWord(
  codePoint: number,
  column: number,
  word: WordState,
  report: (kind: SignKind, codePoint: number, column: number) => void,
): void {
  const latin = isLatin(codePoint);
  const lookAlike = !latin && isLookAlike(codePoint);
  if (!latin && !lookAlike && !isWord(codePoint)) {
    word.latin = false;
    word.lookAlike = null;
    word.reported = false;
    return;
  }
  word.latin ||= latin;
  if (lookAlike) word.lookAlike ??= { codePoint, column };
  if (!word.latin || word.lookAlike === null || word.reported) return;
  word.reported = true;
  report('homoglyph', word.lookAlike.codePoint, word.lookAlike.column);
}

function isLookAlike(codePoint: number): boolean {
  return (
    passesAmongLatin(codePoint) ||
    between(codePoint, 0xff21, 0xff3a) ||
    between(codePoint, 0xff41, 0xff5a) ||
    between(codePoint, 0x1d400, 0x1d7ff)
  );
}

function isLatin(codePoint: number): boolean {
  if (codePoint < 0x80) return between(codePoint | 0x20, 0x61, 0x7a);
  // Full-width letters are Latin by script, and yet another letter to a compiler.
  if (between(codePoint, 0xff21, 0xff5a)) return false;
  return isOfLatin(String.fromCodePoint(codePoint));
}

function isWord(codePoint: number): boolean {
  if (codePoint < 0x80) return between(codePoint, 0x30, 0x39) || codePoint === 0x5f;
  return isOfWords(String.fromCodePoint(codePoint));
}
