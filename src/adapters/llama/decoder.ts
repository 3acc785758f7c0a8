import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { Library } from './library.ts';
import { drawn, type Sampling, type Speaker } from './reading.ts';

/** What the package keeps to itself, as far as it is called here: at the one version that is pinned. */
interface Sampler {
  applyConfig(config: object): void;
  dispose(): void;
}
interface Addon {
  initBatch(size: number): void;
  /** @returns where the numbers of the words lie that are asked for. */
  addToBatch(id: number, at: number, tokens: Uint32Array, asked: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(at: number, sampler: Sampler): Promise<number>;
}
interface Sequence {
  readonly _context: { readonly _ctx: Addon };
  readonly _sequenceId: number;
  readonly _contextTokens: Token[];
  _nextTokenIndex: number;
  _resolveSamplerConfig(options: object): object;
}
interface Bindings {
  readonly _bindings: { readonly AddonSampler: new (model: unknown) => Sampler };
}

/**
 * Says one word after the other, straight through the library's addon.
 *
 * The library's own generator crosses over to another thread twice for each word, and takes some thirty
 * promises, four locks and a timer for it, all of which a large model's weights have put out of the
 * processor's cache in between: a tenth of the time of a word on a model of 81 MB. Here one crossing is left.
 * What it evaluates the sequence knows as if it had been asked, and a test holds every word against the
 * library's own.
 */
export class Decoder implements Speaker {
  readonly #sequence: Sequence;
  readonly #sampler: Sampler;
  readonly #inOrder: boolean;

  constructor(
    { llama, module, inOrder }: Pick<Library, 'llama' | 'module' | 'inOrder'>,
    model: LlamaModel,
    sequence: LlamaContextSequence,
    { temperature, seed, grammar }: Sampling,
  ) {
    this.#inOrder = inOrder;
    this.#sequence = sequence as unknown as Sequence;
    const { AddonSampler } = (llama as unknown as Bindings)._bindings;
    this.#sampler = new AddonSampler((model as unknown as { readonly _model: unknown })._model);
    const { LlamaGrammarEvaluationState } = module;
    const options = {
      ...{ ...drawn, temperature, seed },
      ...(grammar === null
        ? {}
        : { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }),
    };
    this.#sampler.applyConfig(this.#sequence._resolveSamplerConfig(options));
  }

  /**
   * @param tokens one batch at most; nobody else asks anything of the sequence meanwhile.
   * @returns what comes behind them.
   */
  async after(tokens: readonly Token[]): Promise<Token> {
    const { _context, _sequenceId, _nextTokenIndex, _contextTokens } = this.#sequence;
    const { _ctx: addon } = _context;
    addon.initBatch(tokens.length);
    const asked = Uint32Array.of(tokens.length - 1);
    const [at = 0] = addon.addToBatch(
      _sequenceId,
      _nextTokenIndex,
      Uint32Array.from(tokens),
      asked,
    );
    const decoded = addon.decodeBatch();
    // Where one thread does all, in the order it is asked, the next question needs no answer to the first.
    if (!this.#inOrder) await decoded;
    const [next] = await Promise.all([addon.sampleToken(at, this.#sampler), decoded]);
    if (next < 0) throw new Error('no word was found');
    _contextTokens.push(...tokens);
    this.#sequence._nextTokenIndex += tokens.length;
    return next as Token;
  }

  [Symbol.dispose](): void {
    this.#sampler.dispose();
  }
}
