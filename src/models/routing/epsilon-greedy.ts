/** The highest mean so far, and one time in ten anyone by lot. */

import {
  type Candidate,
  type Choice,
  highest,
  lotOf,
  memberAt,
  type Policy,
  withForced,
} from './policy.ts';

const EPSILON = 0.1;

export const epsilonGreedy: Policy = {
  choose(candidates, chance): Choice {
    if (chance() < EPSILON)
      return { arm: lotOf(candidates, chance).arm, how: 'forced', numbers: [] };
    const scores = candidates.map(scoreOf);
    const numbers = candidates.map(({ arm, outcomes, mean, price }, at) => {
      const known = outcomes > 0;
      const score = known ? memberAt(scores, at) : null;
      return { arm, by: 'mean' as const, outcomes, mean: known ? mean : null, price, score };
    });
    return { arm: memberAt(candidates, highest(scores)).arm, how: 'best', numbers };
  },
  propensities(candidates) {
    const best = highest(candidates.map(scoreOf));
    return withForced(
      candidates.map((_, at) => (at === best ? 1 : 0)),
      EPSILON,
    );
  },
};

/** An arm that was never tried goes first: a mean of nothing would hide it until the lot finds it. */
const scoreOf = ({ mean, outcomes, price }: Candidate): number =>
  outcomes === 0 ? Number.POSITIVE_INFINITY : mean - price;
