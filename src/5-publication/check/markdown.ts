/**
 * Markdown as a forge renders it. A Markdown value comes only from here, and every text that is put
 * into one is escaped: nothing a stranger wrote becomes a link, an image, HTML, a mention, a
 * reference, the edge of a table or a marker.
 */
import { visible } from '../escape.ts';
import { type Marked, piecesOf } from '../marked.ts';

/** Code points of one name or sentence that a face shows; the record has them whole. */
const SHOWN_MAX = 600;

class Safe {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** Not exported as a class, so that nobody else can make one. */
export type Markdown = Safe;
type Value = string | number | Markdown | readonly Markdown[];

/** Text stands as prose, escaped; Markdown stands as it is; a list of it without a seam. */
export function md(strings: TemplateStringsArray, ...values: readonly Value[]): Markdown {
  return new Safe(
    strings.reduce((text, part, at) => `${text}${rendered(values[at - 1] ?? '')}${part}`),
  );
}

function rendered(value: Value): string {
  if (typeof value === 'string') return prose(value);
  if (typeof value === 'number') return prose(String(value));
  return value instanceof Safe ? value.toString() : value.join('');
}

export const nothing: Markdown = new Safe('');

export const isEmpty = (text: Markdown): boolean => text.toString() === '';

export function joined(parts: readonly Markdown[], seam: string): Markdown {
  return new Safe(parts.map(String).join(prose(seam)));
}

/** A sentence with its names and commands in the type of code. */
export function sentence(text: Marked): Markdown {
  return md`${piecesOf(text).map((piece) => (piece.literal ? code(piece.text) : md`${piece.text}`))}`;
}

/**
 * Text to be read letter by letter. Nothing inside a code span means anything to a forge but the
 * backtick, and inside a table the upright bar, which is shown as an unseen character is.
 */
export function code(text: string): Markdown {
  const shown = visible(text, SHOWN_MAX).replaceAll('|', '\\u{7c}');
  if (shown === '') return md`(empty)`;
  const fence = '`'.repeat(longestRun(shown) + 1);
  const pad = /^`|`$|^ .*[^ ].* $/.test(shown) ? ' ' : '';
  return new Safe(`${fence}${pad}${shown}${pad}${fence}`);
}

/** Lines to be copied or read as they are, e.g. commands or the end of a gate's output. */
export function fenced(lines: readonly string[], language: '' | 'sh' | 'text' = ''): Markdown {
  const shown = lines.map((line) => visible(line, SHOWN_MAX)).join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1));
  return new Safe(`${fence}${language}\n${shown}\n${fence}`);
}

/**
 * Lines to be copied to the letter, e.g. a patch; null where somebody could copy what nobody sees. Tabs stand.
 */
export function verbatim(text: string, language: 'diff'): Markdown | null {
  const lines = text.replaceAll('\t', '').split('\n');
  if (lines.some((line) => visible(line, line.length) !== line)) return null;
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return new Safe(`${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`);
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}

/** A link to an address of ours; one that could end early stands as text. */
export function link(text: string | Markdown, address: string): Markdown {
  const label = typeof text === 'string' ? md`${text}` : text;
  return /^https?:\/\/[\w.~:/?#@!$&*+,;=%-]+$/.test(address)
    ? new Safe(`[${label.toString()}](${address})`)
    : label;
}

/** The opening of something folded away, with plain words of ours alone. */
export function fold(summary: string): Markdown {
  return new Safe(`<details><summary>${summary.replaceAll(/[^\w ,.-]/g, '')}</summary>\n`);
}

/** Calls somebody: only ever whoever has just asked. What is no login calls nobody. */
export function mention(login: string): Markdown {
  return /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i.test(login)
    ? new Safe(`@${login}`)
    : code(login);
}

/** A text of ours that sets names in backticks: they become code, and the rest prose. */
export function ticked(text: string): Markdown {
  return md`${text.split('`').map((part, at) => (at % 2 === 1 ? code(part) : md`${part}`))}`;
}

/** A comment that readers do not see and by which a text of ours is found again. */
export function marker(name: string, fields: Readonly<Record<string, string | number>> = {}) {
  const plainFields = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'number' ? value : value.replaceAll(/[^\w. -]|--+/g, ''),
    ]),
  );
  const json = Object.keys(fields).length === 0 ? '' : `${JSON.stringify(plainFields)} `;
  return new Safe(`<!-- caws:${name} ${json}-->`);
}

/** A zero-width space: what follows it is no longer what a forge looks for. */
const BREAK = '&#8203;';

const special =
  /[\\`*_{}[\]|~^]|[<>&]|[@#$]|:(?=[^\s\d]|\d+:)|www(?=\.)|GH(?=-\d)|[0-9a-f]{6}(?=[0-9a-f])/gi;
const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  // The one way that is documented to keep a dollar sign from opening a formula.
  $: '<span>$</span>',
};

/**
 * Forges look for mentions, references, addresses, emoji and formulas in the text that Markdown has
 * already become, where a backslash no longer helps: those are broken by a space of no width.
 */
function prose(text: string): string {
  return visible(text, SHOWN_MAX)
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(special, (found) => {
      const entity = entities[found];
      if (entity !== undefined) return entity;
      if (/^[\\`*_{}[\]|~^]$/.test(found)) return `\\${found}`;
      return `${found === '#' ? '\\#' : found}${BREAK}`;
    })
    .replace(/^( ?)([-+=])/, '$1\\$2')
    .replace(/^( ?\d{1,9})([.)])(?= |$)/, '$1\\$2');
}
