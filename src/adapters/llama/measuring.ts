import type { Silence } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { ModelFault } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Shelf } from './shelf.ts';

/** As the measurements of llama.cpp's own bench are usually given: 512 tokens read, 128 said. */
const PROMPT_WORDS = 512;
const ANSWER_TOKENS = 128;
const ANSWERS_MAX = 16;

export interface Speed {
  readonly backend: string;
  readonly promptTokens: number;
  readonly promptTokensPerSecond: number;
  readonly answerTokens: number;
  readonly answerTokensPerSecond: number;
}

/** Reads much and says next to nothing. */
const call: ModelCall = {
  purpose: 'think',
  system: 'Go on.',
  shared: Array.from({ length: PROMPT_WORDS }, (_, at) => `w${at % 97}`).join(' '),
  own: 'Next.',
  schema: null,
  temperature: 1,
  seed: 1,
  tokensMax: 1,
};

/** How fast one model of a shelf reads and answers here, once, with nothing else asked of it. */
export async function speedOf(
  shelf: Shelf,
  name: string,
  sha256: string,
): Promise<Result<Speed, ModelFault>> {
  const opened = await shelf.open(sha256);
  if (!opened.ok) return opened;
  const signal = new AbortController().signal;
  const ask = async (change: Partial<ModelCall>) =>
    await shelf.answer(sha256, { ...call, ...change }, signal);
  const silent = (reason: Silence) =>
    fail({ kind: 'model-not-opened', name, reason, provider: null } as const);
  // Another beginning first: what was read once is kept. As long, since a graphics processor makes its programs at first use.
  const other = await ask({ system: '-' });
  if (typeof other === 'string') return silent(other);
  const read = await ask({});
  if (typeof read === 'string') return silent(read);
  // The prompt is there now, so that what follows is the answers' time alone. A model that ends early is asked anew.
  let [answerTokens, answerMs] = [0, 0];
  for (let seed = 1; seed <= ANSWERS_MAX && answerTokens < ANSWER_TOKENS; seed += 1) {
    const said = await ask({ seed, tokensMax: ANSWER_TOKENS });
    if (typeof said === 'string') return silent(said);
    answerTokens += said.tokensOut ?? 0;
    answerMs += said.ms;
  }
  const promptTokens = (read.tokensIn ?? 0) - (read.tokensCached ?? 0);
  const backend = shelf.models.find(({ model }) => model.sha256 === sha256)?.opened;
  const perSecond = (tokens: number, ms: number) => Math.round((tokens * 1000) / Math.max(ms, 1));
  return ok({
    backend: `${backend?.version} on ${backend?.provider}`,
    promptTokens,
    promptTokensPerSecond: perSecond(promptTokens, read.ms),
    answerTokens,
    answerTokensPerSecond: perSecond(answerTokens, answerMs),
  });
}
