import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { OptionLogits } from '../../3-deliberation/judge/judgement.ts';

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
  readonly prompt: number;
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
  sequence: LlamaContextSequence,
  options: ReadonlyMap<(typeof words)[number], readonly Token[]>,
  { prompt, tokens, textOf }: Said,
): Promise<OptionLogits | null> {
  const at = placeOf(tokens, textOf);
  const last = at === null ? undefined : tokens[at];
  if (at === null || last === undefined) return null;
  await sequence.eraseContextTokenRanges([{ start: prompt + at, end: sequence.nextTokenIndex }]);
  const all = [...new Set([...options.values()].flat())];
  const generateNext = {
    logits: { filter: { tokens: all, includeTop: 1 } },
    totalLogitWeight: true,
  } as const;
  const [found] = await sequence.controlledEvaluate([[last, { generateNext }]]);
  const { logits, totalLogitWeight } = found?.next ?? {};
  if (logits === undefined || totalLogitWeight === undefined) return null;
  // The weight is relative to the likeliest token, which `includeTop` brought.
  const whole = Math.max(...logits.values()) + Math.log(totalLogitWeight);
  const of = (word: (typeof words)[number]) =>
    Math.max(...(options.get(word) ?? []).map((token) => (logits.get(token) ?? NaN) - whole));
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
