/**
 * The words of a command line. Closed: what is not in these tables is refused by name, so that no
 * argument reaches a setting.
 */
import { nearest } from '../../caws/nearest.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { codePoints, isPlainLine, NAME_LENGTH_MAX, REASON_LENGTH_MAX } from '../waivers/event.ts';
import {
  type ArgumentKey,
  type Command,
  shapes,
  type TargetKind,
  type Verb,
  type VerbShape,
  verbs,
} from './verbs.ts';

export type CommandFault =
  | { readonly kind: 'verb-missing' }
  | { readonly kind: 'verb-unknown'; readonly word: string; readonly nearest: string | null }
  | {
      readonly kind: 'argument-unknown';
      readonly verb: Verb;
      readonly argument: string;
      readonly nearest: string | null;
      readonly known: readonly string[];
    }
  | { readonly kind: 'argument-twice'; readonly verb: Verb; readonly argument: string }
  | { readonly kind: 'argument-missing'; readonly verb: Verb; readonly argument: string }
  | {
      readonly kind: 'argument-unfit';
      readonly verb: Verb;
      readonly argument: string;
      readonly value: string;
    }
  | { readonly kind: 'quote-open'; readonly verb: Verb }
  /** Outside quotes only ASCII stands; inside them what a reader sees for what it is. */
  | { readonly kind: 'character'; readonly codePoint: number }
  | { readonly kind: 'line-too-long'; readonly max: number };

/** UTF-16 units of one command line: the longest reason, quoted, and everything else. */
export const COMMAND_LINE_MAX = 1_600;
/** What is repeated of a word that was not understood. */
const REPEATED_MAX = 40;
const aliases: ReadonlyMap<string, Verb> = new Map([['retest', 'recheck']]);

/** Whether a line of a comment speaks to the arbiter at all. */
export function isCommandLine(line: string): boolean {
  return /^\/caws(?:[ \t]|$)/i.test(line);
}

/** Reads one line for which `isCommandLine` holds. Total. */
export function parseLine(line: string): Result<Command, CommandFault> {
  if (line.length > COMMAND_LINE_MAX) return fail({ kind: 'line-too-long', max: COMMAND_LINE_MAX });
  const hidden = hiddenIn(line);
  if (hidden !== undefined) return fail({ kind: 'character', codePoint: hidden });
  const [, word = '', rest = ''] = /^\/caws[ \t]*([^ \t]*)(.*)$/i.exec(line) ?? [];
  if (word === '') return fail({ kind: 'verb-missing' });
  const verb = verbOf(word);
  if (verb === undefined) return fail(unknownVerb(word));
  const tokens = tokensOf(rest, verb);
  return tokens.ok ? commandOf(verb, tokens.value) : tokens;
}

/** The line that reads as the command. */
export function writeCommand(command: Command): string {
  const { verb, target, reason, expires, scope, sha, model } = command;
  const named = Object.entries({ reason, expires, scope, sha, model }).flatMap(([key, value]) =>
    value === null ? [] : [`${key}:${written(value)}`],
  );
  return ['/caws', verb, ...(target === null ? [] : [written(target)]), ...named].join(' ');
}

interface Token {
  readonly key: string | null;
  readonly value: string;
  readonly quoted: boolean;
  readonly text: string;
}

function verbOf(word: string): Verb | undefined {
  const lower = word.toLowerCase();
  return aliases.get(lower) ?? verbs.find((verb) => verb === lower);
}

function unknownVerb(word: string): CommandFault {
  const known = nearest(word, [...verbs, ...aliases.keys()]);
  return { kind: 'verb-unknown', word: cut(word), nearest: known ?? null };
}

/** The first character that is not ASCII outside quotes, or that nobody sees inside them. */
function hiddenIn(line: string): number | undefined {
  for (const [at, piece] of line
    .replaceAll(/\\["\\]/g, '  ')
    .split('"')
    .entries())
    for (const character of piece) {
      const isAscii = /[\t -~]/.test(character);
      if (!isAscii && (at % 2 === 0 || !isPlainLine(character))) return character.codePointAt(0);
    }
  return undefined;
}

function tokensOf(rest: string, verb: Verb): Result<readonly Token[], CommandFault> {
  const tokens: Token[] = [];
  const shape = /[ \t]+(?:(?:([A-Za-z]+):)?"((?:[^"\\]|\\.)*)"(?=[ \t]|$)|([^ \t"]+)(?=[ \t]|$))/y;
  const end = rest.replace(/[ \t]+$/, '').length;
  while (shape.lastIndex < end) {
    const found = shape.exec(rest);
    if (found === null) return fail({ kind: 'quote-open', verb });
    const [text, key, quoted, bare = ''] = found;
    if (quoted === undefined) tokens.push(bareToken(bare));
    else
      tokens.push({
        key: key?.toLowerCase() ?? null,
        value: quoted.replaceAll(/\\(["\\])/g, '$1'),
        quoted: true,
        text: text.trim(),
      });
  }
  return ok(tokens);
}

function bareToken(text: string): Token {
  const found = /^([A-Za-z]+):(.+)$/.exec(text);
  const [, key = null, value = text] = found ?? [];
  return { key: key?.toLowerCase() ?? null, value, quoted: false, text };
}

function commandOf(verb: Verb, tokens: readonly Token[]): Result<Command, CommandFault> {
  const shape = shapes[verb];
  const given = new Map<ArgumentKey | 'target', string>();
  for (const token of tokens) {
    const slot = slotOf(token, shape);
    if (slot === undefined || (slot === 'target' && isSmuggling(token)))
      return fail(unknownArgument(verb, token));
    if (given.has(slot)) {
      if (slot === 'target' && token.key === null) return fail(unknownArgument(verb, token));
      return fail({ kind: 'argument-twice', verb, argument: token.key ?? cut(token.text) });
    }
    const value = fitted(slot, token, shape);
    if (value === undefined)
      return fail({
        kind: 'argument-unfit',
        verb,
        argument: slot === 'target' ? (shape.target ?? '') : slot,
        value: cut(token.value),
      });
    given.set(slot, value);
  }
  for (const need of shape.needs)
    if (!given.has(need === shape.target || need === 'id' ? 'target' : need))
      return fail({ kind: 'argument-missing', verb, argument: need });
  const take = (slot: ArgumentKey | 'target') => given.get(slot) ?? null;
  return ok({
    verb,
    target: take('target'),
    reason: take('reason'),
    expires: take('expires'),
    scope: take('scope'),
    sha: take('sha'),
    model: take('model'),
  });
}

/** Where an argument belongs: a key of the verb, or the one word after it. */
function slotOf({ key }: Token, { target, keys }: VerbShape): ArgumentKey | 'target' | undefined {
  if (key === null) return target === null ? undefined : 'target';
  const known = keys.find((each) => each === key);
  return known === 'gate' ? 'target' : known;
}

/** `--judge__url=…` is an option of another tool, never the name of a gate. */
function isSmuggling({ value, quoted, key }: Token): boolean {
  return key === null && !quoted && /^-|__|[=:$`\\]/.test(value);
}

function unknownArgument(verb: Verb, { key, text }: Token): CommandFault {
  const known = shapes[verb].keys;
  const word = key ?? text.replace(/^-+/, '').replace(/[=:].*$/, '');
  const near = nearest(word, known) ?? null;
  return { kind: 'argument-unknown', verb, argument: cut(text), nearest: near, known };
}

/** @returns the value in its one form, or undefined where it does not fit. */
function fitted(
  slot: ArgumentKey | 'target',
  { value }: Token,
  { target }: VerbShape,
): string | undefined {
  if (slot === 'target') return target === null ? undefined : targetOf(target, value);
  switch (slot) {
    case 'reason':
      return reasonOf(value);
    case 'expires':
      return /^(?:[1-9]\d{0,4}[mhdw]|\d{4}-\d{2}-\d{2})$/.test(value) ? value : undefined;
    case 'sha':
      return /^[0-9a-f]{7,64}$/i.test(value) ? value.toLowerCase() : undefined;
    case 'model':
      return /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(value) && isFit(value) ? value : undefined;
    case 'gate':
    case 'scope':
      return isFit(value) && isPlainLine(value) ? value : undefined;
  }
}

function targetOf(kind: TargetKind, value: string): string | undefined {
  switch (kind) {
    case 'gate':
      // A waiver of everything has no bound.
      return isFit(value) &&
        isPlainLine(value) &&
        !/[*?]/.test(value) &&
        value.toLowerCase() !== 'all'
        ? value
        : undefined;
    case 'id':
      return /^[WB]-[0-9a-f]{4,16}$/i.test(value)
        ? `${value.slice(0, 1).toUpperCase()}${value.slice(1).toLowerCase()}`
        : undefined;
    case 'method':
      return ['merge', 'squash', 'rebase'].find((method) => method === value.toLowerCase());
    case 'verb':
      return verbOf(value);
  }
}

function reasonOf(value: string): string | undefined {
  const reason = value.trim().replaceAll(/[ \t]+/g, ' ');
  return reason !== '' && codePoints(reason) <= REASON_LENGTH_MAX && isPlainLine(reason)
    ? reason
    : undefined;
}

function isFit(value: string): boolean {
  return value !== '' && value.trim() === value && codePoints(value) <= NAME_LENGTH_MAX;
}

function written(value: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(value) && !value.includes('__')
    ? value
    : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function cut(text: string): string {
  return Array.from(text).slice(0, REPEATED_MAX).join('');
}
