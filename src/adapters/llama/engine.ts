import { createHash } from 'node:crypto';
import type { ChatWrapper, LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import { readByAddon } from './addon-reading.ts';
import { readDirectly } from './direct-reading.ts';
import type { Library } from './library.ts';
import { optionLogits, optionTokens } from './option-logits.ts';
import type { Reading } from './reading.ts';

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
  const { llama, provider, shared, threads } = library;
  const { contextTokens: contextSize } = profile;
  // As many as the memory of a graphics processor has room for beside such a context.
  const gpuLayers = provider === 'cpu' ? 0 : { fitContext: { contextSize } };
  // Where the weights are read without the package, it is there for the words alone.
  const vocabOnly = shared !== null;
  const model = await llama.loadModel({ modelPath: path, gpuLayers, vocabOnly });
  try {
    const reading =
      shared === null
        ? await readByAddon(library, model, profile)
        : await readDirectly(shared, path, profile, { threads, layers: model.gpuLayers });
    return new OneByOne(library, model, reading);
  } catch (error) {
    // The library would wait for a model that nobody has any more, and never end.
    await model.dispose();
    throw error;
  }
}

class OneByOne implements Engine {
  readonly #library: Library;
  readonly #model: LlamaModel;
  readonly #reading: Reading;
  readonly #wrapper: ChatWrapper;
  readonly #options: ReturnType<typeof optionTokens>;
  readonly #grammars = new Map<string, LlamaGrammar>();
  /** Of each token said so far, whether it can close an answer. */
  readonly #ends = new Map<Token, boolean>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(library: Library, model: LlamaModel, reading: Reading) {
    this.#library = library;
    this.#model = model;
    this.#reading = reading;
    this.#wrapper = wrapperOf(library, model);
    this.#options = optionTokens(model);
  }

  get evaluated(): number {
    return this.#reading.evaluated;
  }

  async answer(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    return await this.#inTurn(async () => {
      if (signal.aborted) return 'cancelled';
      const started = performance.now();
      const tokens = promptTokens(this.#model, this.#wrapper, call);
      if (tokens.length + call.tokensMax > this.#reading.size) return 'prompt-too-long';
      const begun = await this.#prefill(tokens, this.#marks(call, tokens), signal);
      if (begun === null) return 'cancelled';
      const { cached } = begun;
      const said = await this.#generate(call, begun.rest, signal);
      if (typeof said === 'string') return said;
      const { text, spoken } = said;
      const logits =
        call.purpose === 'decide'
          ? await optionLogits(this.#reading, this.#options, {
              prompt: tokens,
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
      await this.#reading.cut(0);
      using speaker = this.#reading.speaker({ temperature: 0, seed: 1, grammar: null });
      let rest: readonly Token[] = this.#model.tokenize(text);
      for (let at = 0; at < count; at += 1) rest = [next(await speaker.after(rest), at)];
      await this.#reading.cut(0);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#reading[Symbol.asyncDispose]();
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
    if (!this.#reading.needsCheckpoints) return [];
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
    const reading = this.#reading;
    const before = reading.evaluated;
    const begin = await reading.cut(Math.min(reading.common(tokens), tokens.length - 1));
    const cached = begin - (reading.evaluated - before);
    // A checkpoint is of use to later calls where it lies right before the answer.
    const restMax = reading.needsCheckpoints ? 1 : reading.batch;
    let at = begin;
    while (tokens.length - at > restMax) {
      if (signal.aborted) return null;
      const mark = marks.find((each) => each > at) ?? tokens.length;
      const end = Math.min(at + reading.batch, mark, tokens.length - 1);
      await reading.read(tokens.slice(at, end));
      at = end;
      if (marks.includes(at)) await reading.checkpoint();
    }
    if (reading.needsCheckpoints) await reading.checkpoint();
    return { cached, rest: tokens.slice(at) };
  }

  /** @param rest of the prompt; one token at least. */
  async #generate(
    call: ModelCall,
    rest: readonly Token[],
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly spoken: readonly Token[] } | Silence> {
    const grammar = call.schema === null ? null : await this.#grammarOf(call.schema);
    const { temperature, seed } = call;
    using speaker = this.#reading.speaker({ temperature, seed, grammar });
    const spoken: Token[] = [];
    // The first word comes of all the rest, each further one of the word before.
    for (let next = rest; ; ) {
      const token = await speaker.after(next);
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
