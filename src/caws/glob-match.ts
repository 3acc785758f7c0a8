/** Matching of a compiled glob: segments against segments, tokens against characters. */

/** What no wildcard stands for. Written out: to build a set of Unicode takes longer than most starts may. */
export const controlCharacter = /[^ -~\u00a0-\uffff]/;

/** A segment: any number of segments, one literal, or a sequence of tokens within one segment. */
export type Segment = '**' | { readonly literal: string } | WildSegment;

export interface WildSegment {
  /** Literal text before the first and after the last wildcard. */
  readonly head: string;
  readonly tail: string;
  /** Null where head, any run and tail say it all. */
  readonly tokens: readonly Token[] | null;
}

export type Token = '*' | '?' | { readonly char: string } | CharacterClass;

export interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/**
 * Greedy matching with one point of return: where the only wildcard is "any run", going back to the
 * last run is enough, which keeps the work at pattern × path.
 */
export function matchesSegments(
  glob: readonly Segment[],
  path: readonly string[],
  odd: boolean,
): boolean {
  let at = 0;
  let position = 0;
  let runAt = -1;
  let runPosition = 0;
  while (position < path.length) {
    const segment = glob[at];
    if (segment === '**') {
      if (at === glob.length - 1) return true;
      runAt = at;
      runPosition = position;
      at += 1;
    } else if (segment !== undefined && matchesSegment(segment, path[position] as string, odd)) {
      at += 1;
      position += 1;
    } else if (runAt >= 0) {
      runPosition += 1;
      position = runPosition;
      at = runAt + 1;
    } else return false;
  }
  while (glob[at] === '**') at += 1;
  return at === glob.length;
}

function matchesSegment(segment: Exclude<Segment, '**'>, text: string, odd: boolean): boolean {
  if ('literal' in segment) return segment.literal === text;
  const { head, tail, tokens } = segment;
  if (text.length < head.length + tail.length) return false;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  if (odd && controlCharacter.test(text)) return false;
  return tokens === null || matchesTokens(tokens, Array.from(text));
}

function matchesTokens(tokens: readonly Token[], chars: readonly string[]): boolean {
  let at = 0;
  let position = 0;
  let runAt = -1;
  let runPosition = 0;
  while (position < chars.length) {
    const token = tokens[at];
    if (token === '*') {
      runAt = at;
      runPosition = position;
      at += 1;
    } else if (token !== undefined && accepts(token, chars[position] as string)) {
      at += 1;
      position += 1;
    } else if (runAt >= 0) {
      runPosition += 1;
      position = runPosition;
      at = runAt + 1;
    } else return false;
  }
  while (tokens[at] === '*') at += 1;
  return at === tokens.length;
}

function accepts(token: Exclude<Token, '*'>, char: string): boolean {
  if (token === '?') return true;
  if ('char' in token) return token.char === char;
  const code = char.codePointAt(0) as number;
  return token.ranges.some(([low, high]) => code >= low && code <= high) !== token.negated;
}
