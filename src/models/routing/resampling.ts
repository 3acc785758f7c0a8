/** How far what is estimated of past decisions may be off: the same estimates of decisions drawn from them anew. */

import { type Interval, quantileOf, widening } from '../lifecycle/interval.ts';
import { type Chance, chanceFrom } from './chance.ts';
import { memberAt } from './policy.ts';

/** One past decision as the policy under test weighs it. */
export interface Weighed {
  readonly weight: number;
  readonly reward: number;
  /** What the reward model expects of the policy under test, and of the arm that was chosen. */
  readonly model: number;
  readonly expected: number;
}

/** Sums over some decisions, of which every estimate is a ratio. */
export interface Sums {
  readonly count: number;
  readonly weight: number;
  readonly weightedReward: number;
  readonly robust: number;
}

export const estimators = {
  ips: ({ count, weightedReward }: Sums): number => weightedReward / count,
  snips: ({ weight, weightedReward }: Sums): number => weightedReward / weight,
  dr: ({ count, robust }: Sums): number => robust / count,
} as const;

export type Estimator = keyof typeof estimators;

const RESAMPLES = 500;
/** However long the log is: past it neighbours in the deal are drawn together, which changes no variance. */
const GROUPS_MAX = 500;
/** Worth fewer decisions than this, the log holds none of what it would have to be drawn from. */
const EFFECTIVE_MIN = 10;
/** The same log has the same intervals. */
const SEED = 95;

const all: Interval = { low: 0, high: 1 };

export function sumsOf(decisions: readonly Weighed[]): Sums {
  let [weight, weightedReward, robust] = [0, 0, 0];
  for (const each of decisions) {
    weight += each.weight;
    weightedReward += each.weight * each.reward;
    robust += each.model + each.weight * (each.reward - each.expected);
  }
  return { count: decisions.length, weight, weightedReward, robust };
}

/** How many decisions of its own the weighted ones are worth to the policy under test; 0 where it takes none of them. */
export function effectiveOf(decisions: readonly Weighed[]): number {
  const squares = decisions.reduce((sum, { weight }) => sum + weight ** 2, 0);
  return squares === 0 ? 0 : sumsOf(decisions).weight ** 2 / squares;
}

/**
 * 95 % intervals by the percentile bootstrap (Efron 1979), within the 0 and 1 that every reward lies in. Two more
 * decisions are drawn from, a failed and a passed one of the largest weight: where all that was seen passed,
 * a resample would otherwise never hold a failure. The fewer decisions they are worth the wider (Hesterberg 2015),
 * as Student's interval is beside the normal one. All of 0..1 where the log is worth too little.
 */
export function resampledIntervals(
  decisions: readonly Weighed[],
): Readonly<Record<Estimator, Interval>> {
  const effective = effectiveOf(decisions);
  if (effective < EFFECTIVE_MIN) return { ips: all, snips: all, dr: all };
  const groups = groupsOf([...decisions, ...unseenBeside(decisions)]);
  const chance = chanceFrom(SEED, decisions.length);
  const drawn = Array.from({ length: RESAMPLES }, () => drawnFrom(groups, chance));
  const whole = sumsOf(decisions);
  const wider = widening(effective);
  const interval = (of: Estimator): Interval => {
    // A resample without any weight says nothing of a policy.
    const values = drawn.map(estimators[of]).filter(Number.isFinite);
    const value = estimators[of](whole);
    const end = (part: number): number => wider * (quantileOf(values, part) - value);
    return {
      low: within(value + Math.min(0, end(0.025))),
      high: within(value + Math.max(0, end(0.975))),
    };
  };
  return { ips: interval('ips'), snips: interval('snips'), dr: interval('dr') };
}

function unseenBeside(decisions: readonly Weighed[]): readonly Weighed[] {
  const weight = decisions.reduce((most, each) => Math.max(most, each.weight), 0);
  const model = decisions.reduce((sum, each) => sum + each.model, 0) / decisions.length;
  return [0, 1].map((reward) => ({ weight, reward, model, expected: model }));
}

/** Deals the decisions out in turn, so that every group has early and late ones. */
function groupsOf(decisions: readonly Weighed[]): readonly Sums[] {
  const hands: Weighed[][] = Array.from(
    { length: Math.min(GROUPS_MAX, decisions.length) },
    () => [],
  );
  for (const [at, each] of decisions.entries()) hands[at % hands.length]?.push(each);
  return hands.map(sumsOf);
}

function drawnFrom(groups: readonly Sums[], chance: Chance): Sums {
  let [count, weight, weightedReward, robust] = [0, 0, 0, 0];
  for (let draw = 0; draw < groups.length; draw += 1) {
    const group = memberAt(groups, Math.floor(chance() * groups.length));
    count += group.count;
    weight += group.weight;
    weightedReward += group.weightedReward;
    robust += group.robust;
  }
  return { count, weight, weightedReward, robust };
}

const within = (value: number): number => Math.min(1, Math.max(0, value));
