/** An arm's rewards in the order they came, folded: the newest one by one, older ones in ever larger groups. */

import { noTrials, rateRatio, type Tally } from './likelihood.ts';

/** Consecutive trials of one arm. */
export interface Stretch extends Tally {
  /** The router's steps from the trial before this stretch to its last one: how long the arm had to change. */
  readonly steps: number;
}

/** Newest first; 1, 2, 4, 8 … trials a stretch, so that n trials take some 4 log₂ n stretches. */
export type Trail = readonly Stretch[];

/** Stretches of one size before the two oldest become one (Bifet and Gavaldà's exponential histogram, 2007). */
const SAME_SIZE_MAX = 4;

/** Fewer trials on one side of a split say nothing of a change. */
const SIDE_TRIALS_MIN = 5;

/**
 * Nats of likelihood from which an arm counts as changed. Measured over every split of 10,000 steady
 * rewards: at 12 about one arm in forty is ever cut for nothing, at 8 every second one is.
 */
const CHANGED_NATS = 12;

export function followed(trail: Trail, reward: number, steps: number): Trail {
  const next: Stretch[] = [{ trials: 1, sum: reward, steps }].concat(trail);
  for (let size = 1, from = 0; ; size *= 2) {
    let end = from;
    while (next[end]?.trials === size) end += 1;
    const [younger, older] = [next[end - 2], next[end - 1]];
    if (end - from <= SAME_SIZE_MAX || younger === undefined || older === undefined) return next;
    next.splice(end - 2, 2, {
      trials: younger.trials + older.trials,
      sum: younger.sum + older.sum,
      steps: younger.steps + older.steps,
    });
    from = end - 2;
  }
}

/** A change for certain: what came after it is the arm's trail from now on. */
export interface Alarm {
  readonly before: Tally;
  readonly after: Tally;
  readonly nats: number;
}

/**
 * Looks for the split of the trail that two rates explain best.
 *
 * @param all the tally of the whole trail.
 * @returns undefined where one rate explains it well enough.
 */
export function changeIn(
  trail: Trail,
  all: Tally,
): { readonly alarm: Alarm; readonly since: Trail } | undefined {
  let cut = 0;
  let nats = CHANGED_NATS;
  let best = noTrials;
  let trials = 0;
  let sum = 0;
  // Read after every outcome: no iterator, and nothing is made for a split that is not the best.
  for (let at = 0; at < trail.length; at += 1) {
    const stretch = trail[at] ?? noTrials;
    trials += stretch.trials;
    sum += stretch.sum;
    if (all.trials - trials < SIDE_TRIALS_MIN) break;
    if (trials < SIDE_TRIALS_MIN) continue;
    const here = rateRatio(all.trials, all.sum, trials, sum);
    if (here <= nats) continue;
    nats = here;
    cut = at + 1;
    best = { trials, sum };
  }
  if (cut === 0) return undefined;
  const before = { trials: all.trials - best.trials, sum: all.sum - best.sum };
  return { alarm: { before, after: best, nats }, since: trail.slice(0, cut) };
}
