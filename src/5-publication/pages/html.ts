/**
 * HTML as a value. It comes only from this template, and whatever is put into one is escaped: there
 * is no other way to make one, so no page can forget it.
 */
import { visible } from '../escape.ts';
import { type Marked, piecesOf } from '../marked.ts';

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
export type Html = Safe;
type Value = string | number | null | Html | readonly Html[];

/**
 * Text is escaped for where it stands; null is nothing.
 *
 * @throws where a value stands in a tag outside a quoted attribute, or in one that runs code or
 * styles: a template that would do so is a bug, whatever the value is.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const places = placesOf(strings);
  return new Safe(
    strings.reduce(
      (text, part, at) =>
        `${text}${rendered(values[at - 1] ?? null, places[at - 1] ?? 'text')}${part}`,
    ),
  );
}

type Where = 'text' | 'attribute' | 'address';

/** A template is read once: a page of many rows is made of few templates. */
const known = new WeakMap<TemplateStringsArray, readonly Where[]>();

function placesOf(strings: TemplateStringsArray): readonly Where[] {
  const places =
    known.get(strings) ??
    strings.slice(0, -1).map((_, at) => placeOf(strings.slice(0, at + 1).join('')));
  known.set(strings, places);
  return places;
}

function placeOf(before: string): Where {
  if (/<(?:script|style)\b[^>]*>[^<]*$/i.test(before)) throw new Error('a value in code or style');
  const tag = /<[^<>]*$/.exec(before)?.[0];
  if (tag === undefined) return 'text';
  const attribute = /\s([a-z-]+)="[^"]*$/.exec(tag)?.[1];
  if (attribute === undefined || /^(?:on|style$|srcdoc$)/.test(attribute))
    throw new Error(`a value in ${tag}`);
  return /^(?:href|src|action)$/.test(attribute) && tag.endsWith('="') ? 'address' : 'attribute';
}

function rendered(value: Value, place: Where): string {
  if (value === null) return '';
  if (value instanceof Safe) {
    if (place !== 'text') throw new Error('markup in an attribute');
    return value.toString();
  }
  if (typeof value === 'object') return value.map((each) => rendered(each, place)).join('');
  const text = escaped(String(value));
  // An address of another kind than ours would run what it says.
  return place === 'address' && !/^(?:https?:\/\/|\/(?!\/)|#)/.test(text) ? '#' : text;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that nobody sees stand as escapes; a line end stays one. */
function escaped(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line, 10_000))
    .join('\n')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A sentence with its names and commands in the type of code. */
export function sentence(text: Marked): Html {
  return html`${piecesOf(text).map(({ literal, text: piece }) => (literal ? html`<code>${piece}</code>` : html`${piece}`))}`;
}

export function joined(parts: readonly Html[], seam: Html): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html`${seam}${part}`))}`;
}
