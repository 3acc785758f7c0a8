import type { LlamaModel, Token } from 'node-llama-cpp';
import type { OptionLogits } from '../../3-deliberation/judge/judgement.ts';
import type { Reading } from './reading.ts';

const words = ['1', '2', 'tie', 'insufficient'] as const;

/** Tokens that a word can begin with: each of its beginnings that is one token. */
export function optionTokens(
  model: LlamaModel,
): ReadonlyMap<(typeof words)[number], readonly Token[]> {
  return new Map(
    words.map((word) => {
      const beginnings = Array.from(word, (_, at) => word.slice(0, at + 1));
      return [word, beginnings.map((text) => model.tokenize(text)).flatMap(onlyOne)] as const;
    }),
  );
}

const onlyOne = (tokens: readonly Token[]): readonly Token[] => (tokens.length === 1 ? tokens : []);

interface Said {
  /** Tokens before the answer. */
  readonly prompt: readonly Token[];
  readonly tokens: readonly Token[];
  readonly textOf: (tokens: readonly Token[]) => string;
}

/**
 * How likely each word was where an answer says which side is better, as logarithms of probabilities: one
 * token is evaluated once more, without the grammar, for its place's numbers.
 *
 * @returns null where the place is within a token, or a word has no token of its own: the answer then
 *   counts as a bare word.
 */
export async function optionLogits(
  reading: Reading,
  options: ReadonlyMap<(typeof words)[number], readonly Token[]>,
  { prompt, tokens, textOf }: Said,
): Promise<OptionLogits | null> {
  const at = placeOf(tokens, textOf);
  if (at === null) return null;
  const before = [...prompt, ...tokens.slice(0, at + 1)];
  const left = await reading.cut(before.length - 1);
  const all = [...new Set([...options.values()].flat())];
  const found = await reading.likelihoods(before.slice(left), all);
  if (found === null) return null;
  const of = (word: (typeof words)[number]) =>
    Math.max(...(options.get(word) ?? []).map((token) => found.get(token) ?? NaN));
  const read = { '1': of('1'), '2': of('2'), tie: of('tie'), insufficient: of('insufficient') };
  return Object.values(read).every(Number.isFinite) ? read : null;
}

/** Behind which token the word begins. Its text is ASCII, so tokens that hold half a character do not matter. */
function placeOf(tokens: readonly Token[], textOf: Said['textOf']): number | null {
  let text = '';
  for (const [at, token] of tokens.entries()) {
    text = (text + textOf([token])).slice(-40);
    if (/"better"\s*:\s*"$/.test(text)) return at;
  }
  return null;
}
