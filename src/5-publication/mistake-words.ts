import { helpHintText } from './ending.ts';
import { shellWord, visible } from './escape.ts';

/** An argument or an option that a command needs. */
export interface Needed {
  /** `--reason`, or null for an argument. */
  readonly option: string | null;
  /** What its value is called: `text`, `gate`. */
  readonly value: string;
  readonly description: string;
}

/** What is wrong with a command line. */
export type Mistake =
  | {
      readonly kind: 'unknown';
      readonly of: 'command' | 'option';
      readonly named: string;
      readonly meant: string | null;
    }
  | {
      readonly kind: 'lacking';
      readonly needed: readonly Needed[];
      /** Words that were typed and that the command has no place for. */
      readonly surplus: readonly string[];
    }
  /** The last word is an option without its value. */
  | { readonly kind: 'valueless'; readonly option: Needed | null }
  /** Words with nothing in them, for each place that took one: arguments first, then options. */
  | { readonly kind: 'empty'; readonly empty: readonly Needed[] }
  | { readonly kind: 'other'; readonly what: string };

/** The words that were typed, without the folder, and those of them that name the command. */
export interface Typed {
  readonly typed: readonly string[];
  readonly command: readonly string[];
}

const LINE_MAX = 300;

/** What is wrong, and the line as it may have been meant, or where it is explained. */
export function mistakeText(mistake: Mistake, { typed, command }: Typed): string {
  const example = exampleOf(mistake, typed);
  const next = example === null ? '' : `Try: arbiter ${example}\n`;
  return `${whatIsWrong(mistake, command.join(' '))}\nNothing was done.\n${next}${helpHintText(command)}`;
}

function whatIsWrong(mistake: Mistake, command: string): string {
  switch (mistake.kind) {
    case 'empty':
      return `${command} was given an empty ${mistake.empty.map(neededText).join(', and an empty ')}. A variable of the shell that is not set gives such a word.`;
    case 'unknown':
      return `There is no ${mistake.of} ${visible(mistake.named, 60) || 'without a name'}.${mistake.meant === null ? '' : ` Did you mean ${mistake.meant}?`}`;
    case 'lacking':
      return `${command} needs ${mistake.needed.map(neededText).join(', and ')}.${surplusText(mistake.surplus)}`;
    case 'valueless':
      return mistake.option === null
        ? 'The last option needs a value.'
        : `${command} needs a value for ${neededText(mistake.option)}.`;
    case 'other':
      return `This cannot be meant: ${visible(mistake.what, LINE_MAX)}`;
  }
}

function surplusText(surplus: readonly string[]): string {
  if (surplus.length === 0) return '';
  return ` It takes no ${surplus.map((word) => visible(shellWord(word), 60)).join(' ')}.`;
}

function neededText({ option, value, description }: Needed): string {
  return `${option ?? value.toUpperCase()}${description === '' ? '' : ` (${description})`}`;
}

/** The line as it may have been meant; null where nobody can tell. */
function exampleOf(mistake: Mistake, typed: readonly string[]): string | null {
  const words = typed.map((word) => visible(shellWord(word), LINE_MAX));
  switch (mistake.kind) {
    case 'empty':
      return filled(words, mistake.empty).join(' ');
    case 'unknown': {
      const { named, meant } = mistake;
      if (meant === null) return null;
      return words
        .map((word) => (word.split('=')[0] === named ? word.replace(named, () => meant) : word))
        .join(' ');
    }
    case 'lacking':
      return [...without(words, mistake.surplus), ...mistake.needed.map(typedNeeded)].join(' ');
    case 'valueless':
      return mistake.option === null ? null : [...words, exampleValue(mistake.option)].join(' ');
    case 'other':
      return null;
  }
}

/** The words with a value in each empty place. The folder is no word of the command. */
function filled(words: readonly string[], empty: readonly Needed[]): readonly string[] {
  const options = new Map(empty.map((each) => [each.option, exampleValue(each)]));
  const places = empty.filter(({ option }) => option === null).map(exampleValue);
  const folder = options.get('-C');
  const full = words.map((word, at) => {
    if (word === EMPTY) return options.get(words[at - 1] ?? '') ?? places.shift() ?? word;
    return word.endsWith('=') ? `${word}${options.get(word.slice(0, -1)) ?? ''}` : word;
  });
  return folder === undefined ? full : ['-C', folder, ...full];
}

/** How an empty word is typed. */
const EMPTY = shellWord('');

/** The words less what has no place, the last of each: a command's own name stands before. */
function without(words: readonly string[], surplus: readonly string[]): readonly string[] {
  const left = [...words];
  for (const word of surplus) {
    const at = left.lastIndexOf(visible(shellWord(word), LINE_MAX));
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

function typedNeeded(needed: Needed): string {
  return needed.option === null ? exampleValue(needed) : `${needed.option} ${exampleValue(needed)}`;
}

/** A value as the description gives one, or the word that stands for it. */
function exampleValue({ value, description }: Needed): string {
  const given = /\b\d{4}-\d\d-\d\dT[\d:]+Z|\b\d+[mhdw]\b/.exec(description)?.[0];
  return given ?? (value === 'text' ? '"…"' : value.toUpperCase());
}
