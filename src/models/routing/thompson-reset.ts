/**
 * Thompson sampling with a change detector and forced exploration: each arm draws from what is believed of
 * it, and the highest draw is taken. An arm that has changed starts anew (see trail.ts); one that may have
 * changed draws, as often as that is likely, from what it has shown since (see suspicion.ts).
 */

import { type Chance, drawBeta } from './chance.ts';
import {
  type Candidate,
  type Choice,
  highest,
  lotOf,
  memberAt,
  type Policy,
  withForced,
} from './policy.ts';
import { winningChances } from './winning-chances.ts';

/** Of all decisions: an arm that has got better unseen is noticed by nothing else. */
const FORCED_SHARE = 0.01;

export const thompsonReset: Policy = {
  choose(candidates, chance): Choice {
    if (chance() < FORCED_SHARE)
      return { arm: lotOf(candidates, chance).arm, how: 'forced', numbers: [] };
    const numbers = candidates.map((candidate) => drawnFor(candidate, chance));
    const best = highest(numbers.map(({ score }) => score));
    return { arm: memberAt(numbers, best).arm, how: 'best', numbers };
  },
  propensities: (candidates) => withForced(winningChances(candidates), FORCED_SHARE),
};

function drawnFor({ arm, belief, price }: Candidate, chance: Chance) {
  const { changed } = belief;
  const isChanged = changed !== null && chance() < changed.chance;
  const { alpha, beta } = isChanged ? changed : belief;
  const drawn = drawBeta(alpha, beta, chance);
  const from = isChanged ? ('changed' as const) : ('as-ever' as const);
  return { arm, by: 'drawn' as const, from, alpha, beta, drawn, price, score: drawn - price };
}
