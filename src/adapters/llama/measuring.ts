import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { ModelFault } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Shelf } from './shelf.ts';

/** As the measurements of llama.cpp's own bench are usually given: 512 tokens read, 128 said. */
const PROMPT_WORDS = 512;
const ANSWER_TOKENS = 128;

export interface Speed {
  readonly backend: string;
  readonly promptTokens: number;
  readonly promptTokensPerSecond: number;
  readonly answerTokens: number;
  readonly answerTokensPerSecond: number;
}

/** How fast one model of a shelf reads and answers here, once, with nothing else asked of it. */
export async function speedOf(
  shelf: Shelf,
  name: string,
  sha256: string,
): Promise<Result<Speed, ModelFault>> {
  const opened = await shelf.open(sha256);
  if (!opened.ok) return opened;
  const signal = new AbortController().signal;
  const text = Array.from({ length: PROMPT_WORDS }, (_, at) => `w${at % 97}`).join(' ');
  const call: ModelCall = {
    purpose: 'think',
    system: 'Go on.',
    shared: text,
    own: 'Next.',
    schema: null,
    temperature: 1,
    seed: 1,
    tokensMax: 1,
  };
  const read = await shelf.answer(sha256, call, signal);
  // The prompt is there now, so that what follows is the answer's time alone.
  const said = await shelf.answer(sha256, { ...call, tokensMax: ANSWER_TOKENS }, signal);
  if (typeof read === 'string' || typeof said === 'string')
    return fail({
      kind: 'model-not-opened',
      name,
      reason: String([read, said].find((each) => typeof each === 'string')),
    });
  const backend = shelf.models.find(({ model }) => model.sha256 === sha256)?.opened;
  const perSecond = (tokens: number | null, ms: number) =>
    Math.round(((tokens ?? 0) * 1000) / Math.max(ms, 1));
  return ok({
    backend: `${backend?.version} on ${backend?.provider}`,
    promptTokens: read.tokensIn ?? 0,
    promptTokensPerSecond: perSecond(read.tokensIn, read.ms),
    answerTokens: said.tokensOut ?? 0,
    answerTokensPerSecond: perSecond(said.tokensOut, said.ms),
  });
}
