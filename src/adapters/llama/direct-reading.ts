import type { Token } from 'node-llama-cpp';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import { DirectSpeaker } from './direct-speaker.ts';
import type { Batch, Pointer } from './llama-header.ts';
import { CHECKPOINTS_MAX } from './memory.ts';
import type { Reading, Sampling, Speaker } from './reading.ts';
import type { SharedLibrary } from './shared-library.ts';

/** As `ggml.h` and `llama.h` number them. */
const cacheTypes = { f16: 1, q8_0: 8, q4_0: 2 } as const;
const flashAttention = { auto: -1, false: 0, true: 1 } as const;
/** Of a state, what cannot be cut. */
const PARTIAL_ONLY = 1;
/** The only sequence there is. */
const SEQUENCE = 0;
const TOKEN_BYTES = 4;
/** So long at most this thread hears nothing, e.g. that nobody waits any more. */
const DEAF_MS_MAX = 50;
/** As often as this an answer is left for a moment, to hear what came. */
const TURN_MS = 5;
/** Fewer tokens at once take each as long as one alone; so many share what the weights cost. */
const MANY = 32;
/** The least that threads look for more work before they sleep, which is longer than lies between two words. */
const POLL = 1;

/**
 * Reads by the shared library itself and in this thread: as long as that is short.
 *
 * @param layers that a graphics processor computes; 0: none.
 * @throws where the library refuses the file, or memory does not suffice for the context.
 */
export async function readDirectly(
  library: SharedLibrary,
  path: string,
  profile: RunProfile,
  { threads: threadCount, layers }: { readonly threads: number; readonly layers: number },
): Promise<Reading> {
  const ofModel = { ...library.llama_model_default_params(), n_gpu_layers: layers };
  const model = await library.elsewhere.llama_model_load_from_file(path, ofModel);
  if (model === null) throw new Error('the library cannot load it');
  const context = library.llama_init_from_model(model, {
    ...library.llama_context_default_params(),
    n_ctx: profile.contextTokens,
    n_batch: profile.batchTokens,
    n_ubatch: profile.batchTokens,
    n_threads: threadCount,
    n_threads_batch: threadCount,
    flash_attn_type: flashAttention[`${profile.flashAttention}`],
    type_k: cacheTypes[profile.cache],
    type_v: cacheTypes[profile.cache],
    // Of a window that slides, what lies behind it is not kept.
    swa_full: false,
  });
  if (context !== null) {
    const threads = threadsFor(library, context, threadCount);
    return new Direct(library, { model, context, threads }, profile);
  }
  library.llama_model_free(model);
  throw new Error(`there is no room for ${profile.contextTokens} tokens of context`);
}

/** What the library made for one model, to be given back to it. */
interface Opened {
  readonly model: Pointer;
  readonly context: Pointer;
  readonly threads: Pointer | null;
}

/**
 * Threads that stay with a context. Without them the library starts as many anew for each evaluation, that is for each
 * word, and ends them behind it: with two of them on two free cores a word of 0.4 MB took 8 to 18 ms for 0.09.
 */
function threadsFor(library: SharedLibrary, context: Pointer, count: number): Pointer | null {
  if (count < 2) return null;
  const threads = library.ggml_threadpool_new({
    ...library.ggml_threadpool_params_default(count),
    poll: POLL,
  });
  if (threads !== null) library.llama_attach_threadpool(context, threads, 0n);
  return threads;
}

class Direct implements Reading {
  readonly #library: SharedLibrary;
  readonly #model: Pointer;
  readonly #context: Pointer;
  readonly #threads: Pointer | null;
  readonly #memory: Pointer;
  /** Of the library's memory: the tokens of a batch, and then a byte for each that says that nothing is asked. */
  readonly #room: Pointer;
  readonly #given: Int32Array;
  readonly #tokens: Token[] = [];
  readonly size: number;
  readonly batch: number;
  readonly needsCheckpoints: boolean;
  #checkpoints: { readonly size: number; readonly state: Uint8Array }[] = [];
  /** Milliseconds that a token took last; nothing is known of the first ones. */
  readonly #took = { few: Infinity, many: Infinity };
  #heard = 0;
  #hasEnded = false;
  evaluated = 0;

  constructor(library: SharedLibrary, { model, context, threads }: Opened, profile: RunProfile) {
    const memory = library.llama_get_memory(context);
    if (memory === null) throw new Error('the model keeps nothing of what it reads');
    this.#library = library;
    this.#model = model;
    this.#context = context;
    this.#threads = threads;
    this.#memory = memory;
    this.size = profile.contextTokens;
    this.batch = profile.batchTokens;
    this.#room = library.allocate(this.batch * (TOKEN_BYTES + 1));
    this.#given = new Int32Array(library.view(this.#room, this.batch * TOKEN_BYTES));
    this.needsCheckpoints =
      library.llama_model_is_recurrent(model) ||
      library.llama_model_is_hybrid(model) ||
      library.llama_model_n_swa(model) > 0;
  }

  common(tokens: readonly Token[]): number {
    const differs = this.#tokens.findIndex((token, at) => token !== tokens[at]);
    return differs === -1 ? this.#tokens.length : differs;
  }

  async cut(count: number): Promise<number> {
    if (count < this.#tokens.length) this.#tokens.length = this.#setBack(count);
    return this.#tokens.length;
  }

  #setBack(count: number): number {
    const { llama_memory_seq_rm, llama_memory_clear, llama_state_seq_set_data_ext } = this.#library;
    this.#checkpoints = this.#checkpoints.filter(({ size }) => size <= count);
    const last = this.needsCheckpoints ? this.#checkpoints.at(-1) : { size: count, state: null };
    if (last !== undefined) {
      const { size, state } = last;
      const isSet =
        state === null ||
        llama_state_seq_set_data_ext(this.#context, state, state.length, SEQUENCE, PARTIAL_ONLY) ===
          state.length;
      if (isSet && llama_memory_seq_rm(this.#memory, SEQUENCE, size, -1)) return size;
    }
    this.#checkpoints = [];
    llama_memory_clear(this.#memory, false);
    return 0;
  }

  async read(tokens: readonly Token[]): Promise<void> {
    await this.#evaluate(tokens, false);
  }

  async checkpoint(): Promise<void> {
    const size = this.#tokens.length;
    if (!this.needsCheckpoints || this.#checkpoints.at(-1)?.size === size) return;
    const { llama_state_seq_get_size_ext, llama_state_seq_get_data_ext } = this.#library;
    const bytes = llama_state_seq_get_size_ext(this.#context, SEQUENCE, PARTIAL_ONLY);
    const state = new Uint8Array(bytes);
    const kept = llama_state_seq_get_data_ext(this.#context, state, bytes, SEQUENCE, PARTIAL_ONLY);
    if (kept !== bytes) return;
    this.#checkpoints.push({ size, state });
    if (this.#checkpoints.length > CHECKPOINTS_MAX) this.#checkpoints.shift();
  }

  speaker(sampling: Sampling): Speaker {
    const evaluate = (tokens: readonly Token[]) => this.#evaluate(tokens, true);
    return new DirectSpeaker(this.#library, this.#model, this.#context, sampling, evaluate);
  }

  async likelihoods(
    tokens: readonly Token[],
    of: readonly Token[],
  ): Promise<ReadonlyMap<Token, number> | null> {
    const { llama_get_logits_ith, llama_vocab_n_tokens, llama_model_get_vocab } = this.#library;
    await this.#evaluate(tokens, true);
    const found = llama_get_logits_ith(this.#context, -1);
    const vocabulary = llama_model_get_vocab(this.#model);
    if (found === null || vocabulary === null) return null;
    const words = llama_vocab_n_tokens(vocabulary);
    const logits = new Float32Array(
      this.#library.view(found, words * Float32Array.BYTES_PER_ELEMENT),
    );
    const most = logits.reduce((one, other) => Math.max(one, other), -Infinity);
    const weight = logits.reduce((sum, each) => sum + Math.exp(each - most), 0);
    const whole = most + Math.log(weight);
    return new Map(of.map((token) => [token, (logits[token] ?? NaN) - whole]));
  }

  async #evaluate(tokens: readonly Token[], isAsked: boolean): Promise<void> {
    for (let at = 0; at < tokens.length; at += this.batch) {
      const part = tokens.slice(at, at + this.batch);
      await this.#decode(part, isAsked && at + part.length === tokens.length);
    }
  }

  /** @param isAsked what comes behind the last of them; a batch without a list asks just that. */
  async #decode(tokens: readonly Token[], isAsked: boolean): Promise<void> {
    if (this.#hasEnded) throw new Error('the model is not open any more');
    const nothing = this.#room + BigInt(this.batch * TOKEN_BYTES);
    this.#given.set(tokens);
    const batch: Batch = {
      ...{ n_tokens: tokens.length, token: this.#room, logits: isAsked ? null : nothing },
      ...{ embd: null, pos: null, n_seq_id: null, seq_id: null },
    };
    const { elsewhere, llama_decode, llama_synchronize } = this.#library;
    const amount = tokens.length < MANY ? 'few' : 'many';
    const isLong = tokens.length * this.#took[amount] > DEAF_MS_MAX;
    const started = performance.now();
    const fault = isLong
      ? await elsewhere.llama_decode(this.#context, batch)
      : llama_decode(this.#context, batch);
    // A graphics processor was given its work and has not done it: what it takes has to be known here.
    if (isLong) await elsewhere.llama_synchronize(this.#context);
    else llama_synchronize(this.#context);
    if (fault !== 0) throw new Error(`the library read nothing: ${fault}`);
    const ended = performance.now();
    this.#took[amount] = (ended - started) / tokens.length;
    this.evaluated += tokens.length;
    this.#tokens.push(...tokens);
    if (isLong) this.#heard = ended;
    else if (amount === 'many' || ended - this.#heard > TURN_MS) await this.#hear();
  }

  async #hear(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
    this.#heard = performance.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#library.llama_free(this.#context);
    if (this.#threads !== null) this.#library.ggml_threadpool_free(this.#threads);
    this.#library.llama_model_free(this.#model);
    this.#library.free(this.#room);
  }
}
