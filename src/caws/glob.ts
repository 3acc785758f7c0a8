/**
 * Which paths a list of patterns names. The dialect is the one that CAWS documents are written in
 * (picomatch with `dot: true`, plain entries as prefixes), matched without regular expressions:
 * a compiled expression of a few stars takes minutes on one hostile 4,096-byte path.
 */

import { fail, ok, type Result } from '../primitives.ts';
import {
  addGlob,
  addName,
  emptyIndex,
  firstNaming,
  type Glob,
  NOWHERE,
  type ReadPath,
  readPath,
} from './glob-index.ts';
import {
  type CharacterClass,
  controlCharacter,
  type Segment,
  type Token,
  type WildSegment,
} from './glob-match.ts';

/** What a list of patterns may cost; a list over a bound is refused whole. */
export const globBounds = {
  patternsMax: 2_000,
  /** Longer than any path that a person would write into a policy. */
  patternLengthMax: 512,
  /** Braces multiply: eighteen pairs are a quarter of a million patterns. */
  alternativesPerPatternMax: 64,
  /** Each alternative is tried on every path of a change. */
  alternativesMax: 4_000,
  wildcardsPerPatternMax: 24,
} as const;

export interface GlobFault {
  readonly kind:
    | 'empty'
    | 'too-long'
    | 'too-many-patterns'
    | 'too-many-alternatives'
    | 'too-many-wildcards'
    | 'control-character'
    | 'absolute'
    | 'backslash'
    | 'dot-segment'
    | 'parent-segment'
    | 'empty-segment'
    | 'negation'
    | 'extglob'
    | 'brace-unreadable'
    | 'class-unreadable';
  readonly pattern: string;
  /** Position in the list. */
  readonly index: number;
}

export interface PathMatcher {
  /** Whether one of the patterns names the path, as git names it. Case counts; NFC and NFD are the same. */
  readonly matches: (path: string | ReadPath) => boolean;
  /** The first pattern that names the path, as it was written. */
  readonly which: (path: string | ReadPath) => string | undefined;
}

/**
 * Compiles patterns once for many paths.
 *
 * A pattern without `*`, `?`, `[` or `{` names the path itself and everything below it, at a segment's
 * boundary: `src` names `src/a.ts`, never `src-evil`. `**` as a whole segment spans any segments,
 * none included, and a leading dot needs nothing special. `*`, `?` and classes stay within a
 * segment and never stand for a control character, so that `docs/*.md` cannot name `docs/a\nb.md`.
 * A pattern always names the path that is spelled exactly like it (`app/[id]/page.tsx`).
 *
 * Refused: what could leave the repository (`..`, absolute, backslash), what has several meanings
 * (negation, `[!a]`, extglobs, ranges in braces, POSIX classes), and anything over `globBounds`.
 *
 * Matching takes at most (pattern length × path length) steps and never throws.
 */
export function compileGlobs(patterns: readonly string[]): Result<PathMatcher, GlobFault> {
  if (patterns.length > globBounds.patternsMax) {
    const index = globBounds.patternsMax;
    return fail({ kind: 'too-many-patterns', pattern: patterns[index] ?? '', index });
  }
  if (patterns.length === 0) return ok(namesNothing);
  const into = emptyIndex();
  let alternatives = 0;
  for (const [index, pattern] of patterns.entries()) {
    const compiled = compileGlob(pattern);
    if (!compiled.ok) return fail({ kind: compiled.fault, pattern, index });
    const { plain, alternatives: globs } = compiled.value;
    addName(globs.length === 0 ? into.folders : into.paths, plain, index);
    for (const glob of globs) addGlob(into, glob, index);
    alternatives += globs.length;
    if (alternatives > globBounds.alternativesMax)
      return fail({ kind: 'too-many-alternatives', pattern, index });
  }
  const find = (path: string | ReadPath) =>
    firstNaming(into, typeof path === 'string' ? readPath(path) : path);
  return ok({
    matches: (path) => find(path) !== NOWHERE,
    which: (path) => patterns[find(path)],
  });
}

interface CompiledPattern {
  /** The pattern as a path, normalised. */
  readonly plain: string;
  /** Empty where the pattern is plain. */
  readonly alternatives: readonly Glob[];
}

const namesNothing: PathMatcher = { matches: () => false, which: () => undefined };

function compileGlob(pattern: string): Result<CompiledPattern, GlobFault['kind']> {
  const fault = faultOf(pattern);
  if (fault !== null) return fail(fault);
  const plain = pattern
    .normalize('NFC')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/$/, '');
  const segments = plain.split('/');
  if (segments.includes('..')) return fail('parent-segment');
  if (segments.includes('.')) return fail('dot-segment');
  if (segments.includes('')) return fail('empty-segment');
  if (/[?*+@!]\(/.test(plain)) return fail('extglob');
  if (!/[*?[{]/.test(plain)) return ok({ plain, alternatives: [] });
  if (plain.replace(/[^*?[]/g, '').length > globBounds.wildcardsPerPatternMax)
    return fail('too-many-wildcards');
  const expanded = expandBraces(pattern.endsWith('/') ? `${plain}/**` : plain);
  if (!expanded.ok) return expanded;
  const alternatives: Glob[] = [];
  for (const text of expanded.value) {
    const glob = globOf(text);
    if (!glob.ok) return glob;
    alternatives.push(glob.value);
  }
  return ok({ plain, alternatives });
}

function faultOf(pattern: string): GlobFault['kind'] | null {
  if (pattern.trim() === '') return 'empty';
  if (pattern.length > globBounds.patternLengthMax) return 'too-long';
  if (controlCharacter.test(pattern)) return 'control-character';
  if (pattern.includes('\\')) return 'backslash';
  if (pattern.startsWith('/') || pattern.startsWith('~/') || /^[A-Za-z]:\//.test(pattern))
    return 'absolute';
  return pattern.startsWith('!') ? 'negation' : null;
}

/** Expands `{a,b}` into every alternative; nested braces too, never more than the bound. */
function expandBraces(pattern: string): Result<readonly string[], GlobFault['kind']> {
  const done: string[] = [];
  const waiting = [pattern];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const open = next.lastIndexOf('{');
    const close = next.indexOf('}', Math.max(open, 0));
    if (open < 0 && close < 0) {
      done.push(next);
      continue;
    }
    if (open < 0 || close < 0) return fail('brace-unreadable');
    // The last opening brace is an innermost one, so what it holds has no braces of its own.
    const choices = next.slice(open + 1, close).split(',');
    if (choices.length < 2) return fail('brace-unreadable');
    if (done.length + waiting.length + choices.length > globBounds.alternativesPerPatternMax)
      return fail('too-many-alternatives');
    for (const choice of choices)
      waiting.push(`${next.slice(0, open)}${choice}${next.slice(close + 1)}`);
  }
  return ok(done);
}

function globOf(text: string): Result<Glob, GlobFault['kind']> {
  const segments: Segment[] = [];
  for (const part of text.split('/')) {
    if (part === '') return fail('empty-segment');
    if (part === '..') return fail('parent-segment');
    if (part === '.') return fail('dot-segment');
    const segment = segmentOf(part);
    if (segment === null) return fail('class-unreadable');
    // A run of `**` means what one of them means, and only one of them has to be searched.
    if (segment !== '**' || segments.at(-1) !== '**') segments.push(segment);
  }
  return ok({
    segments,
    prefix: literalPrefix(segments),
    suffix: literalSuffix(segments),
    within: longestLiteral(segments),
  });
}

function segmentOf(part: string): Segment | null {
  if (part === '**') return '**';
  if (!/[*?[]/.test(part)) return { literal: part };
  const tokens: Token[] = [];
  const chars = Array.from(part);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] as string;
    if (char === '[') {
      const close = chars.indexOf(']', at + 2);
      const inner = close < 0 ? null : classOf(chars.slice(at + 1, close));
      if (inner === null) return null;
      tokens.push(inner);
      at = close;
    } else if (char === '*') {
      if (tokens.at(-1) !== '*') tokens.push('*');
    } else tokens.push(char === '?' ? '?' : { char });
  }
  return wildSegment(tokens);
}

function wildSegment(tokens: readonly Token[]): WildSegment {
  const isChar = (token: Token) => typeof token === 'object' && 'char' in token;
  const first = tokens.findIndex((token) => !isChar(token));
  const last = tokens.findLastIndex((token) => !isChar(token));
  const text = (part: readonly Token[]) =>
    part.map((token) => (typeof token === 'object' && 'char' in token ? token.char : '')).join('');
  return {
    head: text(tokens.slice(0, first)),
    tail: text(tokens.slice(last + 1)),
    tokens: first === last && tokens[first] === '*' ? null : tokens,
  };
}

function classOf(chars: readonly string[]): CharacterClass | null {
  // All others to git and to shells, one of these to the matcher of the published tools.
  if (chars[0] === '!') return null;
  const negated = chars[0] === '^';
  const members = negated ? chars.slice(1) : chars;
  if (members.length === 0 || members.includes('[')) return null;
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const low = (members[at] as string).codePointAt(0) as number;
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    const high = isRange ? ((members[at + 2] as string).codePointAt(0) as number) : low;
    if (high < low) return null;
    ranges.push([low, high]);
    if (isRange) at += 2;
  }
  return { negated, ranges };
}

/** What a path must begin with. `a/**` names `a` too, so no slash follows the last literal. */
function literalPrefix(segments: readonly Segment[]): string {
  const literals: string[] = [];
  for (const segment of segments) {
    if (segment === '**' || !('literal' in segment)) break;
    literals.push(segment.literal);
  }
  return literals.join('/');
}

function literalSuffix(segments: readonly Segment[]): string {
  const last = segments.at(-1);
  if (last === undefined || last === '**') return '';
  return 'literal' in last ? last.literal : last.tail;
}

function longestLiteral(segments: readonly Segment[]): string {
  let longest = '';
  for (const segment of segments) {
    const literal = segment !== '**' && 'literal' in segment ? segment.literal : '';
    if (literal.length > longest.length) longest = literal;
  }
  return longest;
}

/** What to do about a pattern that was refused. */
export function globHint(kind: GlobFault['kind']): string {
  return globHints[kind];
}

const globHints: Readonly<Record<GlobFault['kind'], string>> = {
  empty: 'Name a path, or delete the entry.',
  'too-long': `Use at most ${globBounds.patternLengthMax} characters.`,
  'too-many-patterns': `Use at most ${globBounds.patternsMax} entries; a folder names all below it.`,
  'too-many-alternatives': 'Write fewer alternatives in braces; they multiply.',
  'too-many-wildcards': `Use at most ${globBounds.wildcardsPerPatternMax} wildcards.`,
  'control-character': 'Delete the control character.',
  absolute: 'Write the path from the root of the repository, without a leading slash.',
  backslash: 'Use / between folders; nothing is escaped here.',
  'dot-segment': 'Leave out the segment "."; name the folders that are meant.',
  'parent-segment': 'A path cannot leave the repository; delete "..".',
  'empty-segment': 'Use one slash between folders.',
  negation: 'Name what is meant; a list cannot take back what another entry names.',
  extglob: 'Write the alternatives as {a,b} or as entries of their own.',
  'brace-unreadable': 'Close the brace and separate alternatives by commas; ranges are not read.',
  'class-unreadable':
    'Close the bracket and list characters or ranges such as [a-z]; all others are [^a-z].',
};
