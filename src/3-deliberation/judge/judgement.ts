import type { Digest } from '../../primitives.ts';
import type { PROTOCOL } from './bounds.ts';
import type { Dossier } from './dossier.ts';
import type { Anchors } from './licence.ts';

/** Which model it was, to the byte where it is a file. */
export interface ModelIdentity {
  readonly name: string;
  /** Models of one family repeat each other's mistakes. */
  readonly family: string;
  /** Of the file of weights; null where the model is somebody else's. */
  readonly file: Digest | null;
  readonly quantisation: string | null;
  /** Program and version that ran it, e.g. `llama.cpp v0.5.0 by node-llama-cpp 3.22.1`. */
  readonly backend: string;
}

/** `change`: one change beside the base as it is; `candidates`: two changes for one task. */
export type JudgedSurface = 'change' | 'candidates';

/** A model with what is known of its judgement on this kind of change. */
export interface Seat {
  readonly model: ModelIdentity;
  readonly anchors: Anchors;
}

/** One check of the rubric; what it informs is fixed, what it asks stands in the prompts. */
export interface Check {
  readonly id: string;
  /** `rationale`: the linguistic half of P alone. */
  readonly informs: 'verdict' | 'rationale';
}

/** One call that the protocol asks for. */
export interface PlannedCall {
  /** `1.12.0`: round, order and number; unique within a judgement but for its retry. */
  readonly slot: string;
  readonly retry: boolean;
  readonly round: 1 | 2 | 3;
  readonly seat: 0 | 1;
  /** `12`: the dossier's first candidate stands at place 1. */
  readonly order: '12' | '21';
  /** `V1`: the diffs alone; `V1+V2`: the claims as well. */
  readonly view: 'V1' | 'V1+V2';
  /** Whether it reasons in a call of its own before it decides. */
  readonly thinks: boolean;
  readonly temperature: number;
  readonly seed: number;
}

/** Log-odds of the four words of `better`, as the model gave them. */
export type OptionLogits = Readonly<Record<'1' | '2' | 'tie' | 'insufficient', number>>;

/** What a model cost and said. Counts are the backend's own; null where it does not count. */
export interface Spoken {
  readonly text: string;
  readonly optionLogits: OptionLogits | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Of tokensIn, those that an earlier call had left evaluated. */
  readonly tokensCached: number | null;
  readonly ms: number;
}

/** Why a model said nothing. */
export type Silence =
  | 'timed-out'
  | 'cancelled'
  | 'unavailable'
  | 'prompt-too-long'
  | 'answer-too-long'
  | 'wrong-model';

/** One call as it happened. */
export interface RecordedCall {
  readonly slot: string;
  readonly retry: boolean;
  /** 32 hex digits that fence this call's data. */
  readonly nonce: string;
  readonly prefixDigest: Digest;
  readonly promptDigest: Digest;
  readonly thought: Spoken | null;
  readonly answer: Spoken | Silence;
}

/**
 * All that a judge was shown and said about one comparison. Recorded in the case file: the opinion is a
 * pure function of it, so that replay asks no model.
 */
export interface Judgement {
  readonly schema: 'caws-arbiter/judgement@1';
  readonly protocol: typeof PROTOCOL;
  readonly prompts: { readonly version: number; readonly digest: Digest };
  readonly rubric: readonly Check[];
  /** What the licences were earned on. */
  readonly surface: JudgedSurface;
  /** The first hears rounds 1 and 2; the second, of another family, is the tie-breaker. */
  readonly seats: readonly Seat[];
  readonly dossier: Dossier;
  /** Fences what all calls of the case share. */
  readonly caseNonce: string;
  readonly calls: readonly RecordedCall[];
  /** Why nobody was asked further, where the protocol would have; null: it ran to its end. */
  readonly stopped:
    | 'deadline'
    | 'cancelled'
    | 'may-not-leave'
    | 'no-judge'
    | 'nonce-in-data'
    | null;
}

/** Why a judge gives no opinion. The same as if there were none. */
export type Abstention =
  | NonNullable<Judgement['stopped']>
  | Silence
  | 'unlicensed'
  | 'role-token'
  | 'too-large'
  | 'nothing-to-compare'
  | 'invalid-answer'
  | 'instructions-found'
  | 'views-differ'
  | 'orders-disagree'
  | 'unreadable';

/** A check that the side which came out worse does not meet, with what shows it. */
export interface Concern {
  readonly check: string;
  /** Facts of the dossier, by id. */
  readonly facts: readonly string[];
  readonly quotes: readonly string[];
}

/** Sides are the dossier's: 0 is its first candidate. */
export type Opinion =
  | { readonly kind: 'abstains'; readonly because: Abstention; readonly calls: number }
  | {
      readonly kind: 'decides';
      readonly better: 0 | 1 | 'tie';
      /** Log-odds toward side 0, over both orders and all judges. */
      readonly lean: number;
      readonly lambda: number;
      /** Against the other side; each was cited in both orders. */
      readonly concerns: readonly Concern[];
      /** The linguistic half of P of each side, 0..1; null: no call saw its claims. */
      readonly rationale: readonly [number | null, number | null];
      /** Of the calls, those that said the same by themselves. */
      readonly agreeing: number;
      readonly calls: number;
    };
