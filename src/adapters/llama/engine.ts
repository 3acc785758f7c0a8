import { createHash } from 'node:crypto';
import type {
  ChatWrapper,
  LlamaContext,
  LlamaContextSequence,
  LlamaGrammar,
  LlamaModel,
  Token,
} from 'node-llama-cpp';
import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import { Decoder, type Sampling } from './decoder.ts';
import type { Library } from './library.ts';
import { CHECKPOINTS_MAX } from './memory.ts';
import { optionLogits, optionTokens } from './option-logits.ts';

export interface Engine extends AsyncDisposable {
  /** One call at a time, in the order they come: each finds what the last one left evaluated. */
  answer(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence>;
  /** The surest next words after a text, as token numbers: what a self-test compares. */
  continuation(text: string, count: number): Promise<readonly number[]>;
  /**
   * How many of the expected next words are the surest ones, each behind those that are expected before it.
   *
   * @param expected words of the model's vocabulary; another number may end the process.
   */
  agreement(text: string, expected: readonly number[]): Promise<number>;
  /** Tokens that were evaluated so far, prompts and answers. */
  readonly evaluated: number;
}

/** Grammars of answers that are kept: a case has one for each of its two orders. */
const GRAMMARS_MAX = 8;

/** As the library calls them. */
const cacheTypes = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/**
 * Loads a model that was verified before, and answers calls with it.
 *
 * @throws what the library throws, e.g. where memory does not suffice. What ends the whole process cannot
 *   be caught here: whoever calls is in a process of its own.
 */
export async function openEngine(
  library: Library,
  path: string,
  profile: RunProfile,
): Promise<Engine> {
  const gpuLayers = library.provider === 'cpu' ? 0 : 'auto';
  const model = await library.llama.loadModel({ modelPath: path, gpuLayers });
  const context = await model.createContext({
    contextSize: profile.contextTokens,
    batchSize: profile.batchTokens,
    flashAttention: profile.flashAttention,
    threads: library.threads,
    experimentalKvCacheKeyType: cacheTypes[profile.cache],
    experimentalKvCacheValueType: cacheTypes[profile.cache],
    sequences: 1,
    // One sequence has nothing to be gathered with: waiting for the next turn of the loop gains nothing.
    batching: { dispatchSchedule: (dispatch) => dispatch() },
  });
  return new OneByOne(library, model, context);
}

class OneByOne implements Engine {
  readonly #library: Library;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #sequence: LlamaContextSequence;
  readonly #wrapper: ChatWrapper;
  readonly #options: ReturnType<typeof optionTokens>;
  readonly #grammars = new Map<string, LlamaGrammar>();
  /** Of each token said so far, whether it can close an answer. */
  readonly #ends = new Map<Token, boolean>();
  #last: Promise<unknown> = Promise.resolve();
  #decoded = 0;

  constructor(library: Library, model: LlamaModel, context: LlamaContext) {
    this.#library = library;
    this.#model = model;
    this.#context = context;
    this.#sequence = context.getSequence({
      contextShift: { strategy: refuseShift },
      checkpoints: { max: CHECKPOINTS_MAX },
    });
    this.#wrapper = wrapperOf(library, model);
    this.#options = optionTokens(model);
  }

  get evaluated(): number {
    return this.#decoded + this.#metered();
  }

  /** By the library's own count: where it sets a state back, it reads what lies behind again by itself. */
  #metered(): number {
    const { usedInputTokens, usedOutputTokens } = this.#sequence.tokenMeter;
    return usedInputTokens + usedOutputTokens;
  }

  async answer(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    return await this.#inTurn(async () => {
      if (signal.aborted) return 'cancelled';
      const started = performance.now();
      const tokens = promptTokens(this.#model, this.#wrapper, call);
      if (tokens.length + call.tokensMax > this.#sequence.contextSize) return 'prompt-too-long';
      const begun = await this.#prefill(tokens, this.#marks(call, tokens), signal);
      if (begun === null) return 'cancelled';
      const { cached } = begun;
      const said = await this.#generate(call, begun.rest, signal);
      if (typeof said === 'string') return said;
      const { text, spoken } = said;
      const logits =
        call.purpose === 'decide'
          ? await optionLogits(this.#sequence, this.#options, {
              prompt: tokens.length,
              tokens: spoken,
              textOf: (part) => this.#model.detokenize(part),
            })
          : null;
      return {
        text,
        optionLogits: logits,
        tokensIn: tokens.length,
        tokensOut: spoken.length,
        tokensCached: cached,
        ms: Math.round(performance.now() - started),
      };
    });
  }

  async continuation(text: string, count: number): Promise<readonly number[]> {
    const said: Token[] = [];
    await this.#surest(text, count, (token) => {
      said.push(token);
      return token;
    });
    return said;
  }

  async agreement(text: string, expected: readonly number[]): Promise<number> {
    let agreed = 0;
    await this.#surest(text, expected.length, (token, at) => {
      if (token === expected[at]) agreed += 1;
      return (expected[at] ?? token) as Token;
    });
    return agreed;
  }

  /** @param next what the text goes on with behind each surest word. */
  async #surest(
    text: string,
    count: number,
    next: (token: Token, at: number) => Token,
  ): Promise<void> {
    await this.#inTurn(async () => {
      await this.#sequence.clearHistory();
      using decoder = this.#decoder({ temperature: 0, seed: 1, grammar: null });
      let rest: readonly Token[] = this.#model.tokenize(text);
      for (let at = 0; at < count; at += 1) rest = [next(await decoder.after(rest), at)];
      await this.#sequence.clearHistory();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#context.dispose();
    await this.#model.dispose();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.catch(() => undefined).then(work);
    this.#last = turn;
    return await turn;
  }

  /**
   * Where later calls may part from this one: behind what all cases share, and behind what this case does. Of use
   * where a model has a state that cannot be cut, and is set back to a checkpoint instead.
   */
  #marks(call: ModelCall, tokens: readonly Token[]): readonly number[] {
    if (!this.#sequence.needsCheckpoints) return [];
    return [{ shared: '', own: '' }, { own: '' }].map((change) => {
      const other = promptTokens(this.#model, this.#wrapper, { ...call, ...change });
      const parts = tokens.findIndex((token, at) => token !== other[at]);
      return parts === -1 ? tokens.length : parts;
    });
  }

  /**
   * Evaluates what is not there yet in batches, but for the last one, by which the answer begins.
   *
   * @returns how many tokens were there, and those that are left; null: nobody waits any more.
   */
  async #prefill(
    tokens: readonly Token[],
    marks: readonly number[],
    signal: AbortSignal,
  ): Promise<{ readonly cached: number; readonly rest: readonly Token[] } | null> {
    const sequence = this.#sequence;
    const common = sequence.compareContextTokens([...tokens]).firstDifferentIndex;
    const known = Math.min(common, tokens.length - 1);
    const before = this.#metered();
    if (known < sequence.nextTokenIndex)
      await sequence.eraseContextTokenRanges([{ start: known, end: sequence.nextTokenIndex }]);
    const begin = sequence.nextTokenIndex;
    const cached = begin - (this.#metered() - before);
    const step = this.#context.batchSize;
    // A checkpoint is of use to later calls where it lies right before the answer.
    const restMax = sequence.needsCheckpoints ? 1 : step;
    let at = begin;
    while (tokens.length - at > restMax) {
      if (signal.aborted) return null;
      const mark = marks.find((each) => each > at) ?? tokens.length;
      const end = Math.min(at + step, mark, tokens.length - 1);
      await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, end));
      at = end;
      if (marks.includes(at)) await sequence.takeCheckpoint();
    }
    if (sequence.needsCheckpoints) await sequence.takeCheckpoint();
    return { cached, rest: tokens.slice(at) };
  }

  /** @param rest of the prompt; one token at least. */
  async #generate(
    call: ModelCall,
    rest: readonly Token[],
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly spoken: readonly Token[] } | Silence> {
    const { LlamaGrammarEvaluationState } = this.#library.module;
    const grammar = call.schema === null ? null : await this.#grammarOf(call.schema);
    using decoder = this.#decoder({
      temperature: call.temperature,
      seed: call.seed,
      grammar:
        grammar === null ? null : new LlamaGrammarEvaluationState({ model: this.#model, grammar }),
    });
    const spoken: Token[] = [];
    // The first word comes of all the rest, each further one of the word before.
    for (let next = rest; ; ) {
      const token = await decoder.after(next);
      this.#decoded += next.length;
      if (this.#model.isEogToken(token)) break;
      if (signal.aborted) return 'cancelled';
      spoken.push(token);
      if (grammar !== null && this.#mayEnd(token) && isJson(this.#model.detokenize(spoken))) break;
      if (spoken.length >= call.tokensMax) {
        // Reasons that are cut are reasons; half an answer is none.
        if (call.schema !== null) return 'answer-too-long';
        break;
      }
      next = [token];
    }
    return { text: this.#model.detokenize(spoken), spoken };
  }

  #decoder(sampling: Sampling): Decoder {
    return new Decoder(this.#library, this.#model, this.#sequence, sampling);
  }

  #mayEnd(token: Token): boolean {
    const known = this.#ends.get(token);
    if (known !== undefined) return known;
    const ends = this.#model.detokenize([token]).includes('}');
    this.#ends.set(token, ends);
    return ends;
  }

  async #grammarOf(schema: object): Promise<LlamaGrammar> {
    const text = JSON.stringify(schema);
    const key = createHash('sha256').update(text).digest('hex');
    const known = this.#grammars.get(key);
    if (known !== undefined) return known;
    // What the library cannot make a grammar of, it refuses.
    const grammar = await this.#library.llama.createGrammarForJsonSchema(JSON.parse(text));
    const [oldest] = this.#grammars.keys();
    if (oldest !== undefined && this.#grammars.size >= GRAMMARS_MAX) this.#grammars.delete(oldest);
    this.#grammars.set(key, grammar);
    return grammar;
  }
}

/** How a model's template puts a conversation. */
export function wrapperOf({ module }: Library, model: LlamaModel): ChatWrapper {
  // Reasons are asked for in a call of their own, and in plain words.
  const customWrapperSettings = { qwen: { thoughts: 'discourage' } } as const;
  return module.resolveChatWrapper(model, { customWrapperSettings });
}

/** The template's own marks are special tokens; the same characters in the texts are characters. */
export function promptTokens(
  model: LlamaModel,
  wrapper: ChatWrapper,
  { system, shared, own }: Pick<ModelCall, 'system' | 'shared' | 'own'>,
): Token[] {
  const { contextText } = wrapper.generateContextState({
    chatHistory: [
      { type: 'system', text: system },
      { type: 'user', text: `${shared}\n\n${own}` },
      { type: 'model', response: [] },
    ],
  });
  return contextText.tokenize(model.tokenizer);
}

/** A prompt that lost its beginning is another prompt. */
function refuseShift(): never {
  throw new Error('the context is full');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
