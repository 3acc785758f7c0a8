/** What every routing policy is asked, and what it answers. */

import type { Belief } from './belief.ts';
import type { Chance } from './chance.ts';

/** One eligible arm as the policies see it. */
export interface Candidate {
  readonly arm: string;
  /** Outcomes ever heard on this surface, and their mean; 0 and 0 where none were. */
  readonly outcomes: number;
  readonly mean: number;
  readonly belief: Belief;
  /** Mean over all surfaces; null where nothing was heard anywhere. */
  readonly meanEverywhere: number | null;
  /** What its cost takes off its score; 0 where no budget is paced. */
  readonly price: number;
  /** Of the surface's tasks, what it gets by lot, above 0 to 1; absent: as the policy chooses. */
  readonly share?: number;
}

/** The numbers of one arm that decided; every policy has its own. */
export type Numbers =
  | {
      readonly arm: string;
      readonly by: 'share';
      readonly share: number;
      /** In [0, 1): the held arms have their shares of it in their order, the others the rest. */
      readonly lot: number;
    }
  | {
      readonly arm: string;
      readonly by: 'drawn';
      /** The belief that the number was drawn from. */
      readonly from: 'as-ever' | 'changed';
      readonly alpha: number;
      readonly beta: number;
      readonly drawn: number;
      readonly price: number;
      readonly score: number;
    }
  | {
      readonly arm: string;
      readonly by: 'index';
      readonly outcomes: number;
      readonly mean: number;
      /** null for an arm that was never tried: it goes first. */
      readonly bonus: number | null;
      readonly price: number;
      readonly score: number | null;
    }
  | {
      readonly arm: string;
      readonly by: 'mean';
      readonly outcomes: number;
      readonly mean: number | null;
      readonly price: number;
      readonly score: number | null;
    };

/** One choice with the very numbers that made it. */
export interface Choice {
  readonly arm: string;
  /**
   * `forced`: taken by lot, whatever the numbers, so that nothing stays unseen. `share`: it is a canary, and
   * the lot fell on its share.
   */
  readonly how: 'forced' | 'best' | 'share';
  /** None of the policy's where a lot decided. */
  readonly numbers: readonly Numbers[];
}

export interface Policy {
  /** The choice among at least one candidate; the same candidates and seed give the same choice. */
  readonly choose: (candidates: readonly Candidate[], chance: Chance) => Choice;
  /** The chance of each candidate to be chosen, in their order; they sum to 1. */
  readonly propensities: (candidates: readonly Candidate[]) => readonly number[];
}

/** The place of the highest value; the first one where several are equal. */
export function highest(values: readonly number[]): number {
  let best = 0;
  for (let at = 1; at < values.length; at += 1)
    if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best;
}

/** An even lot among the candidates. */
export const lotOf = (candidates: readonly Candidate[], chance: Chance): Candidate =>
  memberAt(candidates, Math.floor(chance() * candidates.length));

/** @throws where there is none: a policy is asked only when somebody is eligible. */
export function memberAt<Member>(members: readonly Member[], at: number): Member {
  const member = members[at];
  if (member === undefined) throw new Error(`a choice without candidates: ${at}`);
  return member;
}

/** Chance `forcedShare` spread evenly, the rest as `shares` say. */
export function withForced(shares: readonly number[], forcedShare: number): readonly number[] {
  const chances: number[] = [];
  for (const share of shares) chances.push((1 - forcedShare) * share + forcedShare / shares.length);
  return chances;
}
