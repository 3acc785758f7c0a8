/**
 * What follows an attempt that came to nothing: the same model elsewhere where the fault may be the
 * place's, another model where it is the model's own, and a clear end where enough was tried.
 */

import type { Instant } from '../../primitives.ts';

export const losses = ['runner-lost', 'crashed', 'timed-out', 'could-not-start', 'failed'] as const;
export type Loss = (typeof losses)[number];

/** An attempt at one step that came to nothing. */
export interface LostAttempt {
  readonly step: string;
  /** null for a step that no model does. */
  readonly model: string | null;
  readonly runner: string;
  readonly ended: Loss;
  /** What it said last, for a person; bounded. */
  readonly detail: string;
  readonly at: Instant;
}

export type Recovery =
  | {
      readonly kind: 'again';
      readonly afterMs: number;
      /** `elsewhere`: the model may have it again; `fall-back`: it had its tries, and another one gets it. */
      readonly how: 'elsewhere' | 'fall-back';
      /** Left out while another runner is there. */
      readonly avoidRunner: string | null;
    }
  | { readonly kind: 'give-up' };

/** Attempts at one step: three models with what the first two may take. */
export const ATTEMPTS_MAX = 5;
/**
 * Tries of one model, by how the last one ended. What crashed may have met a busy machine; what timed out or
 * said that it cannot would do the same again, and somebody waits.
 */
const TRIES_MAX: Readonly<Record<Loss, number>> = {
  'runner-lost': ATTEMPTS_MAX,
  crashed: 2,
  'could-not-start': 2,
  'timed-out': 1,
  failed: 1,
};
const PAUSE_MS_FIRST = 1_000;
const PAUSE_MS_MAX = 60_000;
/** What is kept of what an attempt said last. */
export const DETAIL_CHARACTERS_MAX = 300;

/** What follows the last one of these attempts at one task. */
export function recovery(lost: readonly LostAttempt[]): Recovery {
  const last = lost.at(-1);
  if (last === undefined) return { kind: 'again', afterMs: 0, how: 'elsewhere', avoidRunner: null };
  const here = lost.filter(({ step }) => step === last.step);
  if (here.length >= ATTEMPTS_MAX) return { kind: 'give-up' };
  const over = isSpent(here, last.model);
  // Nobody else does a step that no model does.
  if (over && last.model === null) return { kind: 'give-up' };
  const theirs = here.filter(({ ended }) => ended !== 'runner-lost').length;
  return {
    kind: 'again',
    afterMs:
      last.ended === 'runner-lost' || over
        ? 0
        : Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (theirs - 1)),
    how: over ? 'fall-back' : 'elsewhere',
    avoidRunner: over ? null : last.runner,
  };
}

/** Models that had their tries at a step and are not asked again. */
export function spentModels(lost: readonly LostAttempt[], step: string): ReadonlySet<string> {
  const here = lost.filter((each) => each.step === step);
  const models = here.flatMap(({ model }) => (model === null ? [] : [model]));
  return new Set(models.filter((model) => isSpent(here, model)));
}

function isSpent(lost: readonly LostAttempt[], model: string | null): boolean {
  const own = lost.filter((each) => each.model === model && each.ended !== 'runner-lost');
  const allowed = Math.min(...own.map(({ ended }) => TRIES_MAX[ended]));
  return own.length >= allowed;
}
