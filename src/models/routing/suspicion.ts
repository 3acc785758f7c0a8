/** Whether an arm may have changed lately: too little for an alarm, enough to look again. */

import { noTrials, rateEvidence, type Tally } from './likelihood.ts';
import type { Trail } from './trail.ts';

/** That an arm has changed, and what it has shown since, were it so. */
export interface Suspicion {
  /** In [0, 1). */
  readonly chance: number;
  readonly since: Tally;
}

/** The youngest splits are weighed; an older change has made an alarm, or is too small to matter. */
const SPLITS_MAX = 8;

/** However long nobody looked, a change between two trials stays the exception. */
const CHANGE_BETWEEN_TRIALS_MAX = 0.1;

/** Another arm of the surface has just changed: so may this one have, at the same moment. */
const CHANGED_TOGETHER = 0.5;
/** That suspicion is dropped once the trials since speak against it so clearly. */
const TOGETHER_DROPPED_BELOW = 0.005;
const TOGETHER_TRIALS_MIN = 8;

/** Changes of one arm a step: expected before any was seen, and the bounds of what is learned. */
const HAZARD = { alarms: 0.1, armSteps: 10_000, min: 5e-6, max: 3e-4 } as const;

/** How often an arm changes, a step: few alarms in a long time mean a calm surface, where looking again is wasted. */
export function hazardOf(seen: { readonly alarms: number; readonly armSteps: number }): number {
  const rate = (HAZARD.alarms + seen.alarms) / (HAZARD.armSteps + seen.armSteps);
  return Math.min(HAZARD.max, Math.max(HAZARD.min, rate));
}

/**
 * Weighs "changed before its last 1, 2, … trials" against "as ever" (Bayes factors, each hypothesis being
 * as likely beforehand as the steps that it had to happen in).
 *
 * @param all the tally of the whole trail.
 * @param together the tally at the moment when another arm changed; null: none has.
 */
export function suspicionOf(
  trail: Trail,
  all: Tally,
  hazard: number,
  together: Tally | null,
): { readonly suspicion: Suspicion | null; readonly together: Tally | null } {
  let odds = 0;
  let likeliest = noTrials;
  let likeliestOdds = 0;
  const weigh = (before: number, trials: number, sum: number): number => {
    const those = before * Math.exp(rateEvidence(all.trials, all.sum, trials, sum));
    odds += those;
    if (those > likeliestOdds) {
      likeliestOdds = those;
      likeliest = { trials, sum };
    }
    return those;
  };
  let trials = 0;
  let sum = 0;
  for (let at = 0; at < SPLITS_MAX && at < trail.length - 1; at += 1) {
    const stretch = trail[at];
    if (stretch === undefined) break;
    trials += stretch.trials;
    sum += stretch.sum;
    weigh(Math.min(CHANGE_BETWEEN_TRIALS_MAX, hazard * stretch.steps), trials, sum);
  }
  let still = together;
  if (together !== null) {
    const since = all.trials - together.trials;
    const prior = CHANGED_TOGETHER / (1 - CHANGED_TOGETHER);
    const those = weigh(prior, since, all.sum - together.sum);
    if (since > TOGETHER_TRIALS_MIN && those < TOGETHER_DROPPED_BELOW) still = null;
  }
  const suspicion = odds === 0 ? null : { chance: odds / (1 + odds), since: likeliest };
  return { suspicion, together: still };
}
