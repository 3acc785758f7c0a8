import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import { Decoder } from './decoder.ts';
import type { Library } from './library.ts';
import { CHECKPOINTS_MAX } from './memory.ts';
import type { Reading, Sampling, Speaker } from './reading.ts';

/** As the library calls them. */
const cacheTypes = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/** Reads by the package's addon: on every processor that it has a build for. */
export async function readByAddon(
  library: Library,
  model: LlamaModel,
  profile: RunProfile,
): Promise<Reading> {
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
  return new ByAddon(library, model, context);
}

class ByAddon implements Reading {
  readonly #library: Library;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #sequence: LlamaContextSequence;
  #said = 0;

  constructor(library: Library, model: LlamaModel, context: LlamaContext) {
    this.#library = library;
    this.#model = model;
    this.#context = context;
    this.#sequence = context.getSequence({
      contextShift: { strategy: refuseShift },
      checkpoints: { max: CHECKPOINTS_MAX },
    });
  }

  get size(): number {
    return this.#sequence.contextSize;
  }

  get batch(): number {
    return this.#context.batchSize;
  }

  /** By the library's own count, too: where it sets a state back, it reads what lies behind again by itself. */
  get evaluated(): number {
    const { usedInputTokens, usedOutputTokens } = this.#sequence.tokenMeter;
    return this.#said + usedInputTokens + usedOutputTokens;
  }

  get needsCheckpoints(): boolean {
    return this.#sequence.needsCheckpoints;
  }

  common(tokens: readonly Token[]): number {
    return this.#sequence.compareContextTokens([...tokens]).firstDifferentIndex;
  }

  async cut(count: number): Promise<number> {
    const { nextTokenIndex: end } = this.#sequence;
    if (count < end) await this.#sequence.eraseContextTokenRanges([{ start: count, end }]);
    return this.#sequence.nextTokenIndex;
  }

  async read(tokens: readonly Token[]): Promise<void> {
    await this.#sequence.evaluateWithoutGeneratingNewTokens([...tokens]);
  }

  async checkpoint(): Promise<void> {
    await this.#sequence.takeCheckpoint();
  }

  speaker(sampling: Sampling): Speaker {
    const decoder = new Decoder(this.#library, this.#model, this.#sequence, sampling);
    return {
      after: async (tokens) => {
        const next = await decoder.after(tokens);
        this.#said += tokens.length;
        return next;
      },
      [Symbol.dispose]: () => decoder[Symbol.dispose](),
    };
  }

  async likelihoods(
    tokens: readonly Token[],
    of: readonly Token[],
  ): Promise<ReadonlyMap<Token, number> | null> {
    const [last] = tokens.slice(-1);
    if (last === undefined) return null;
    const generateNext = {
      logits: { filter: { tokens: [...of], includeTop: 1 } },
      totalLogitWeight: true,
    } as const;
    const asked = [...tokens.slice(0, -1), [last, { generateNext }] as const];
    const [found] = (await this.#sequence.controlledEvaluate(asked as never)).slice(-1);
    const { logits, totalLogitWeight } = found?.next ?? {};
    if (logits === undefined || totalLogitWeight === undefined) return null;
    // The weight is relative to the likeliest token, which `includeTop` brought.
    const whole = Math.max(...logits.values()) + Math.log(totalLogitWeight);
    return new Map(of.map((token) => [token, (logits.get(token) ?? NaN) - whole]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.dispose();
  }
}

/** A prompt that lost its beginning is another prompt. */
function refuseShift(): never {
  throw new Error('the context is full');
}
