import { STRING_CHARS_MAX } from './bounds.ts';
import { familyOf, type SourceFamily } from './source-families.ts';

/**
 * A file as a judge sees it: no comments, no long strings, one space where there were several, no blank
 * lines. Adding a comment changes nothing of it, so no comment can speak to a judge.
 *
 * Prose and unknown languages keep the length of each line alone: `‹t:42›`.
 *
 * @param text in one normal form, see `seenText`.
 */
export function normalisedSource(path: string, text: string): readonly string[] {
  const family = familyOf(path);
  const lines = family === null ? proseLines(text) : withoutComments(text, family).split('\n');
  return lines.map(oneSpaced).filter((line) => line.trim() !== '');
}

const proseLines = (text: string): readonly string[] =>
  text.split('\n').map((line) => (line.trim() === '' ? '' : `‹t:${line.trim().length}›`));

/** What stands before a line tells structure in some languages, so its width stays. */
function oneSpaced(line: string): string {
  const [, indent = '', rest = ''] = /^(\s*)(.*?)\s*$/.exec(line) ?? [];
  return indent.replaceAll('\t', '  ') + rest.replaceAll(/\s+/g, ' ');
}

/** One piece of source: where it ends, and what is shown of it. */
interface Piece {
  readonly end: number;
  readonly shown: string;
}

function withoutComments(text: string, family: SourceFamily): string {
  const shown: string[] = [];
  const ordinary = ordinaryIn(family);
  let before = '';
  for (let at = 0; at < text.length; ) {
    const piece =
      commentAt(text, at, family) ??
      stringAt(text, at, family) ??
      (family.hasRegex ? regexAt(text, at, before) : null) ??
      plainAt(text, at, ordinary);
    shown.push(piece.shown);
    before = (before + piece.shown).slice(-12);
    at = piece.end;
  }
  return shown.join('');
}

/** A run of characters that begin neither a comment nor a literal: most of any file. */
function ordinaryIn({ line, block, quotes, longQuotes, hasRegex }: SourceFamily): RegExp {
  const opens = [...line, ...block.map(([open]) => open), ...quotes, ...longQuotes];
  const firsts = new Set([
    ...opens.map((open) => open.charAt(0)),
    ...(hasRegex ? ['/'] : []),
    '\\',
  ]);
  return new RegExp(`[^${[...firsts].map((each) => `\\${each}`).join('')}]+`, 'y');
}

function plainAt(text: string, at: number, ordinary: RegExp): Piece {
  ordinary.lastIndex = at;
  const run = ordinary.exec(text)?.[0];
  if (run !== undefined) return { end: at + run.length, shown: run };
  const end = at + (text.charAt(at) === '\\' && text.charAt(at + 1) !== '\n' ? 2 : 1);
  return { end, shown: text.slice(at, end) };
}

function commentAt(text: string, at: number, family: SourceFamily): Piece | null {
  for (const [open, close] of family.block) {
    if (!text.startsWith(open, at)) continue;
    const closed = text.indexOf(close, at + open.length);
    const end = closed < 0 ? text.length : closed + close.length;
    // Two words that only a comment parts stay two words.
    return { end, shown: /\w/.test(text.charAt(at - 1) || ' ') ? ' ' : '' };
  }
  const mark = family.line.find((each) => text.startsWith(each, at));
  if (mark === undefined) return null;
  if (family.lineAfterBlank && !/\s/.test(text.charAt(at - 1) || ' ')) return null;
  const end = text.indexOf('\n', at);
  return { end: end < 0 ? text.length : end, shown: '' };
}

function stringAt(text: string, at: number, family: SourceFamily): Piece | null {
  const long = family.longQuotes.find((quote) => text.startsWith(quote, at));
  if (long !== undefined) {
    const closed = closingAt(text, at + long.length, long, true) ?? text.length + long.length;
    // A string that begins its line says something to readers and nothing to the program.
    const isDocumentation =
      long.length === 3 && /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, at - 80), at));
    return isDocumentation ? { end: closed, shown: '' } : shownString(text, at, closed, long);
  }
  const quote = family.quotes.find((each) => text.startsWith(each, at));
  if (quote === undefined) return null;
  const closed = closingAt(text, at + 1, quote, false);
  return closed === null ? restOfLine(text, at) : shownString(text, at, closed, quote);
}

/** The place after the closing quote, or null where the line or the text ends first. */
function closingAt(text: string, from: number, quote: string, overLines: boolean): number | null {
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith(quote, at)) return at + quote.length;
    if (text.charAt(at) === '\\') at += 1;
    else if (!overLines && text.charAt(at) === '\n') return null;
  }
  return null;
}

/** As it stands, in one step: looking for an end behind each quote again would take the square of a line. */
function restOfLine(text: string, at: number): Piece {
  const ends = text.indexOf('\n', at);
  const end = ends < 0 ? text.length : ends;
  return { end, shown: text.slice(at, end) };
}

function shownString(text: string, at: number, end: number, quote: string): Piece {
  const length = end - at - 2 * quote.length;
  const shown = length > STRING_CHARS_MAX ? `${quote}‹s:${length}›${quote}` : text.slice(at, end);
  return { end, shown };
}

/** A literal begins where an operand may stand, and its line ends it. */
function regexAt(text: string, at: number, before: string): Piece | null {
  if (text.charAt(at) !== '/') return null;
  const last = before.trimEnd();
  const operand = last === '' || /[(,=:[!&|?{};+\-*%<>~^]$|\b(?:return|typeof|case)$/.test(last);
  if (!operand) return null;
  let inClass = false;
  for (let end = at + 1; end < text.length && text.charAt(end) !== '\n'; end += 1) {
    const letter = text.charAt(end);
    if (letter === '\\') end += 1;
    else if (letter === '[') inClass = true;
    else if (letter === ']') inClass = false;
    else if (letter === '/' && !inClass) return { end: end + 1, shown: text.slice(at, end + 1) };
  }
  return restOfLine(text, at);
}
