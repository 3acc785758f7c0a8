/** One model for everything: the best over all surfaces. The baseline that a router has to beat. */

import { type Candidate, type Choice, highest, memberAt, type Policy } from './policy.ts';

export const bestSingle: Policy = {
  choose(candidates): Choice {
    const scores = candidates.map(scoreOf);
    const numbers = candidates.map(({ arm, outcomes, meanEverywhere, price }, at) => {
      const score = meanEverywhere === null ? null : memberAt(scores, at);
      return { arm, by: 'mean' as const, outcomes, mean: meanEverywhere, price, score };
    });
    return { arm: memberAt(candidates, highest(scores)).arm, how: 'best', numbers };
  },
  propensities(candidates) {
    const best = highest(candidates.map(scoreOf));
    return candidates.map((_, at) => (at === best ? 1 : 0));
  },
};

/** It never explores: an unknown model is taken only where all are unknown, and then the first. */
const scoreOf = ({ meanEverywhere, price }: Candidate): number =>
  meanEverywhere === null ? Number.NEGATIVE_INFINITY : meanEverywhere - price;
