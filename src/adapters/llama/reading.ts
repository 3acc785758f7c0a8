import type { LlamaGrammar, Token } from 'node-llama-cpp';

export interface Sampling {
  /** 0: always the likeliest. */
  readonly temperature: number;
  readonly seed: number;
  /** What may be said; null: anything. */
  readonly grammar: LlamaGrammar | null;
}

/** Says one word after the other: with a grammar, it knows what it said before. */
export interface Speaker extends Disposable {
  /**
   * Reads tokens, and finds what comes behind them.
   *
   * @param tokens one batch at most.
   */
  after(tokens: readonly Token[]): Promise<Token>;
}

/**
 * What a model has read of one text, and what comes behind. Each question waits for the end of the one before.
 *
 * It throws where the library fails; what ends the whole process cannot be caught.
 */
export interface Reading extends AsyncDisposable {
  /** Tokens that it can hold. */
  readonly size: number;
  /** Tokens that are read at once, at most. */
  readonly batch: number;
  /** Tokens that were evaluated so far, for whatever reason. */
  readonly evaluated: number;
  /** Whether it cannot be cut, and is set back to a checkpoint instead. */
  readonly needsCheckpoints: boolean;
  /** With how many of these tokens it begins. */
  common(tokens: readonly Token[]): number;
  /**
   * Forgets what lies behind so many tokens.
   *
   * @returns how many are left: fewer where it has to be set back further.
   */
  cut(count: number): Promise<number>;
  /** @param tokens one batch at most. */
  read(tokens: readonly Token[]): Promise<void>;
  /** Marks a place that it can be set back to; the oldest marks are given up for new ones. */
  checkpoint(): Promise<void>;
  speaker(sampling: Sampling): Speaker;
  /**
   * Reads tokens, and finds how likely each of some others is behind them.
   *
   * @param tokens one at least.
   * @returns logarithms of probabilities; null: the library gave none.
   */
  likelihoods(
    tokens: readonly Token[],
    of: readonly Token[],
  ): Promise<ReadonlyMap<Token, number> | null>;
}

/** How the usual samplers of llama.cpp are set: the likeliest words alone are drawn from. */
export const drawn = { topK: 40, topP: 0.95 } as const;
