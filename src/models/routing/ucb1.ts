/** UCB1 of Auer, Cesa-Bianchi and Fischer (2002): the mean and what chance may have hidden, √(2 ln N / n). */

import { type Candidate, type Choice, highest, memberAt, type Policy } from './policy.ts';

/**
 * What is added to the mean of an arm.
 *
 * @param all N: outcomes of all arms; 1 and fewer add nothing.
 * @param own n: outcomes of this arm; Infinity at 0, so that it must be tried.
 */
export function ucb1Bonus(all: number, own: number): number {
  if (own === 0) return Number.POSITIVE_INFINITY;
  return all <= 1 ? 0 : Math.sqrt((2 * Math.log(all)) / own);
}

export const ucb1: Policy = {
  choose(candidates): Choice {
    const scores = scoresOf(candidates);
    const numbers = candidates.map(({ arm, outcomes, mean, price }, at) => {
      const bonus = outcomes === 0 ? null : ucb1Bonus(outcomesOf(candidates), outcomes);
      const score = bonus === null ? null : memberAt(scores, at);
      return { arm, by: 'index' as const, outcomes, mean, bonus, price, score };
    });
    return { arm: memberAt(candidates, highest(scores)).arm, how: 'best', numbers };
  },
  propensities(candidates) {
    const best = highest(scoresOf(candidates));
    return candidates.map((_, at) => (at === best ? 1 : 0));
  },
};

function scoresOf(candidates: readonly Candidate[]): readonly number[] {
  const all = outcomesOf(candidates);
  return candidates.map(({ mean, outcomes, price }) => mean + ucb1Bonus(all, outcomes) - price);
}

const outcomesOf = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, { outcomes }) => sum + outcomes, 0);
