import type { Token } from 'node-llama-cpp';
import type { Pointer } from './llama-header.ts';
import { drawn, type Sampling, type Speaker } from './reading.ts';
import type { SharedLibrary } from './shared-library.ts';

/**
 * One word that is asked about, as `llama_token_data_array` and `llama_token_data` have it: where the list of words
 * stands, how many they are, which is chosen and whether they are sorted; then the word, how likely it is, and 0.
 */
const [LIST_BYTES, WORD_BYTES] = [32, 12];

/** Says what the package's own sampler says: a test holds every word against it. */
export class DirectSpeaker implements Speaker {
  readonly #library: SharedLibrary;
  readonly #context: Pointer;
  readonly #vocabulary: Pointer;
  readonly #evaluate: (tokens: readonly Token[]) => Promise<void>;
  /** Chooses among all words. */
  readonly #free: Pointer;
  /** Chooses among those that the form allows; it holds the other two, and they end with it. */
  readonly #formed: Pointer | null;
  readonly #form: Pointer | null;
  /** Of the library's memory. */
  readonly #question: Pointer;
  readonly #list: BigInt64Array;
  readonly #word: Int32Array;
  readonly #likely: Float32Array;

  constructor(
    library: SharedLibrary,
    model: Pointer,
    context: Pointer,
    { grammar, temperature, seed }: Sampling,
    evaluate: (tokens: readonly Token[]) => Promise<void>,
  ) {
    this.#library = library;
    this.#context = context;
    this.#evaluate = evaluate;
    this.#vocabulary = there(library.llama_model_get_vocab(model));
    this.#free = chain(library, choosing(library, temperature, seed));
    this.#form =
      grammar === null
        ? null
        : there(
            library.llama_sampler_init_grammar(
              this.#vocabulary,
              grammar.grammar,
              grammar.rootRuleName,
            ),
          );
    this.#formed = this.#form === null ? null : chain(library, [this.#form, this.#free]);
    this.#question = library.allocate(LIST_BYTES + WORD_BYTES);
    const bytes = library.view(this.#question, LIST_BYTES + WORD_BYTES);
    this.#list = new BigInt64Array(bytes, 0, 3);
    this.#word = new Int32Array(bytes, LIST_BYTES, 1);
    this.#likely = new Float32Array(bytes, LIST_BYTES + 4, 1);
  }

  async after(tokens: readonly Token[]): Promise<Token> {
    await this.#evaluate(tokens);
    const token = this.#choose();
    if (token < 0) throw new Error('no word was found');
    return token as Token;
  }

  #choose(): number {
    const { llama_sampler_sample, llama_sampler_accept, llama_vocab_is_eog } = this.#library;
    const token = llama_sampler_sample(this.#free, this.#context, -1);
    if (this.#form === null || this.#formed === null || token < 0) return token;
    // To look all words through for the form takes long, and mostly the one that is chosen anyway is right.
    if (!this.#allows(this.#form, token))
      return llama_sampler_sample(this.#formed, this.#context, -1);
    if (!llama_vocab_is_eog(this.#vocabulary, token)) llama_sampler_accept(this.#form, token);
    return token;
  }

  #allows(form: Pointer, token: number): boolean {
    this.#list.set([this.#question + BigInt(LIST_BYTES), 1n, -1n]);
    this.#word.set([token]);
    this.#likely.set([1]);
    this.#library.llama_sampler_apply(form, this.#question);
    return this.#likely[0] !== -Infinity;
  }

  [Symbol.dispose](): void {
    this.#library.llama_sampler_free(this.#formed ?? this.#free);
    this.#library.free(this.#question);
  }
}

function choosing(library: SharedLibrary, temperature: number, seed: number): readonly Pointer[] {
  const all =
    temperature <= 0
      ? [library.llama_sampler_init_greedy()]
      : [
          library.llama_sampler_init_top_k(drawn.topK),
          library.llama_sampler_init_top_p(drawn.topP, 1),
          library.llama_sampler_init_temp(temperature),
          library.llama_sampler_init_dist(seed),
        ];
  return all.map(there);
}

/** Samplers one after the other; they end with it. */
function chain(library: SharedLibrary, samplers: readonly Pointer[]): Pointer {
  const all = there(library.llama_sampler_chain_init({ no_perf: true }));
  for (const each of samplers) library.llama_sampler_chain_add(all, each);
  return all;
}

function there(found: Pointer | null): Pointer {
  if (found === null) throw new Error('the library made nothing of it');
  return found;
}
