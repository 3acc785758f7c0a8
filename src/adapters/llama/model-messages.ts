/** What a model's process is told and tells, one JSON message each. */
import type { OptionLogits, Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import type { PassedOver, Provider } from './library.ts';

export interface Opening {
  readonly file: string;
  /** The first of them that is there computes. */
  readonly providers: readonly Provider[];
  readonly profile: RunProfile;
  /** What it may be expected to say to the self-test's text, by one run or another. */
  readonly expected: readonly (readonly number[])[];
}

export type ToModel =
  | { readonly kind: 'open'; readonly opening: Opening }
  | { readonly kind: 'answer'; readonly id: number; readonly call: ModelCall }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromModel =
  /** Before the model is opened: what ends the process then ends it on that provider. */
  | { readonly kind: 'computes'; readonly provider: Provider }
  | {
      readonly kind: 'opened';
      readonly version: string;
      readonly provider: Provider;
      /** Tried before it, and not to be had. */
      readonly passedOver: readonly PassedOver[];
      /** What it says to the self-test's text. */
      readonly tokens: readonly number[];
      /** How many of the tokens of each expectation it says. */
      readonly agreed: readonly number[];
    }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'said';
      readonly id: number;
      readonly said: Spoken | Silence;
      /** Tokens evaluated since the process began. */
      readonly evaluated: number;
    };

const silences: ReadonlySet<unknown> = new Set<Silence>([
  'timed-out',
  'cancelled',
  'unavailable',
  'prompt-too-long',
  'answer-too-long',
  'wrong-model',
]);

type Keyed = Readonly<Record<string, unknown>>;
const isKeyed = (value: unknown): value is Keyed => typeof value === 'object' && value !== null;

const isCount = (value: unknown): value is number | null =>
  value === null || (Number.isSafeInteger(value) && (value as number) >= 0);

function isOptionLogits(value: unknown): value is OptionLogits | null {
  if (value === null) return true;
  if (!isKeyed(value)) return false;
  return ['1', '2', 'tie', 'insufficient'].every((word) => Number.isFinite(value[word]));
}

/** What a process that read a stranger's file, or a socket, says of an answer: taken for what it is, or not at all. */
export function readSaid(said: unknown): Spoken | Silence {
  if (silences.has(said)) return said as Silence;
  if (!isKeyed(said)) return 'unavailable';
  const { text, optionLogits, tokensIn, tokensOut, tokensCached, ms } = said;
  const counts = [tokensIn, tokensOut, tokensCached];
  if (typeof text !== 'string' || !isOptionLogits(optionLogits) || !counts.every(isCount))
    return 'unavailable';
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return 'unavailable';
  return { text, optionLogits, tokensIn, tokensOut, tokensCached, ms } as Spoken;
}
