/** What is believed of an arm on one surface: a Beta posterior, and another one in case it has changed. */

import { type Surface, surfaces } from '../profile.ts';
import type { Evidence, SurfaceRecord } from './evidence.ts';
import { noTrials, type Tally } from './likelihood.ts';

export interface Belief {
  readonly alpha: number;
  readonly beta: number;
  /** What would be believed were the arm changed, and the chance of that. */
  readonly changed: {
    readonly chance: number;
    readonly alpha: number;
    readonly beta: number;
  } | null;
}

/** How many trials elsewhere may stand in for here: enough to start from, soon outweighed. */
const ELSEWHERE_TRIALS_MAX = 5;

/** A suspicion fainter than this moves no decision that anyone could notice. */
const SUSPICION_MIN = 1e-4;

/**
 * The belief about an arm, one posterior a surface. What the arm has shown on other surfaces counts as at most
 * five trials here, so that a model which starts here is not a stranger; nothing anywhere is Beta(1, 1).
 *
 * @param here undefined where it has shown nothing.
 * @param elsewhere its outcomes on all other surfaces.
 */
export function beliefOf(here: Evidence | undefined, elsewhere: Tally): Belief {
  const { sum, trials } = here?.current ?? noTrials;
  const suspicion = here?.suspicion ?? null;
  const lent = Math.min(1, ELSEWHERE_TRIALS_MAX / Math.max(elsewhere.trials, 1));
  const ever = trials + lent * elsewhere.trials;
  const everSum = sum + lent * elsewhere.sum;
  const asEver = { alpha: alphaOf(everSum), beta: betaOf(ever, everSum) };
  if (suspicion === null || suspicion.chance < SUSPICION_MIN) return { ...asEver, changed: null };
  const { chance, since } = suspicion;
  const changed = { chance, alpha: alphaOf(since.sum), beta: betaOf(since.trials, since.sum) };
  return { ...asEver, changed };
}

const alphaOf = (sum: number): number => 1 + sum;

/** Sums of fractions can pass the count by a rounding. */
const betaOf = (trials: number, sum: number): number => Math.max(1, 1 + trials - sum);

/** The outcomes of an arm on all surfaces but one, on each since it last changed. */
export function tallyElsewhere(
  records: ReadonlyMap<Surface, SurfaceRecord>,
  here: Surface,
  arm: string,
): Tally {
  let { trials, sum } = noTrials;
  for (const surface of surfaces) {
    const current = surface === here ? undefined : records.get(surface)?.arms.get(arm)?.current;
    if (current === undefined) continue;
    trials += current.trials;
    sum += current.sum;
  }
  return trials === 0 ? noTrials : { trials, sum };
}
