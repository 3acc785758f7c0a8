/** Holding newcomers to their share: a canary gets so many of a surface's tasks, by lot, and never more. */

import type { Chance } from './chance.ts';
import { type Candidate, type Choice, memberAt, type Policy } from './policy.ts';

/** A candidate that gets its share whatever its record says. */
type Held = Candidate & { readonly share: number };

const isHeld = (candidate: Candidate): candidate is Held => candidate.share !== undefined;

/**
 * One lot decides between the held and all others, among whom the policy chooses; without a held candidate
 * there is no lot, and the policy chooses as ever.
 *
 * @returns null where the lot falls on the others, and nobody else is there: then nobody gets the task.
 */
export function choiceAmong(
  policy: Policy,
  candidates: readonly Candidate[],
  chance: Chance,
): Choice | null {
  const held = candidates.filter(isHeld);
  if (held.length === 0) return policy.choose(candidates, chance);
  const shares = sharesWithin(held);
  const lot = chance();
  const numbers = held.map(({ arm }, at) => {
    return { arm, by: 'share' as const, share: memberAt(shares, at), lot };
  });
  let end = 0;
  for (const [at, { arm }] of held.entries()) {
    end += memberAt(shares, at);
    if (lot < end) return { arm, how: 'share', numbers };
  }
  const others = candidates.filter((each) => !isHeld(each));
  if (others.length === 0) return null;
  const choice = policy.choose(others, chance);
  return { ...choice, numbers: [...numbers, ...choice.numbers] };
}

/** The chance of each candidate to be chosen where anybody is, in their order; they sum to 1. */
export function propensitiesAmong(
  policy: Policy,
  candidates: readonly Candidate[],
): readonly number[] {
  const held = candidates.filter(isHeld);
  if (held.length === 0) return policy.propensities(candidates);
  const shares = sharesWithin(held);
  const all = shares.reduce((sum, share) => sum + share, 0);
  const others = candidates.filter((each) => !isHeld(each));
  if (others.length === 0) return shares.map((share) => share / all);
  const chances = policy.propensities(others);
  let [heldSeen, othersSeen] = [0, 0];
  return candidates.map((candidate) =>
    isHeld(candidate) ? memberAt(shares, heldSeen++) : (1 - all) * memberAt(chances, othersSeen++),
  );
}

/** Their shares; where they ask for more than everything together, each gets as much less. */
function sharesWithin(held: readonly Held[]): readonly number[] {
  const asked = held.reduce((sum, { share }) => sum + share, 0);
  return held.map(({ share }) => share / Math.max(1, asked));
}
