/** What a record is worth: one number a task and surface, and how sure anything shown is. */

import {
  amountMeasures,
  type Measure,
  noTally,
  type Performance,
  quantileOf,
  shareMeasures,
  type Tally,
  type TaskFacts,
} from './performance.ts';
import type { Surface } from './profile.ts';

type Weighed = 'completion' | 'compliance' | 'efficiency' | 'tools';

/** What counts how much on each surface; each row sums to 1. */
export const compositeWeights: Readonly<Record<Surface, Readonly<Record<Weighed, number>>>> = {
  'code-editing': { completion: 0.35, compliance: 0.3, efficiency: 0.2, tools: 0.15 },
  'research-assistant': { completion: 0.25, compliance: 0.2, efficiency: 0.25, tools: 0.3 },
  'data-analysis': { completion: 0.4, compliance: 0.25, efficiency: 0.15, tools: 0.2 },
};

/** Below this many tasks a score is shown with the words "not enough data". */
export const TASKS_ENOUGH = 20;
/** Two-sided 95 %. */
const Z = 1.959964;

/**
 * The composite of one task. The weights of what does not apply to it are shared among what does.
 *
 * @returns 0..1, or null before both its completion and its compliance are known.
 */
export function compositeOf(surface: Surface, facts: TaskFacts): number | null {
  if (facts.completion === undefined || facts.compliance === undefined) return null;
  let [sum, weight] = [0, 0];
  for (const [name, share] of Object.entries(compositeWeights[surface])) {
    const value = facts[name as Weighed];
    if (value === undefined) continue;
    sum += share * value;
    weight += share;
  }
  return sum / weight;
}

/** A value and where the true one lies with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Tasks that it rests on. */
  readonly count: number;
}

/**
 * Wilson's interval of a share.
 *
 * For shares within a task (half of its checks passed) it is too wide rather than too narrow: no variable
 * of 0..1 varies more than one that is 0 or 1 with the same mean.
 *
 * @param share 0..1, over `count` tasks. @returns 0..1 where there are none.
 */
export function wilson(
  share: number,
  count: number,
): { readonly low: number; readonly high: number } {
  if (count <= 0) return { low: 0, high: 1 };
  const z2 = Z ** 2;
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half =
    (Z / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count ** 2));
  return {
    low: Math.max(0, Math.min(share, middle - half)),
    high: Math.min(1, Math.max(share, middle + half)),
  };
}

/** @returns null without values. */
export function shareEstimate(tally: Tally | undefined): Estimate | null {
  if (tally === undefined || tally.count === 0) return null;
  const value = Math.min(1, Math.max(0, tally.mean));
  return { value, ...wilson(value, tally.count), count: tally.count };
}

/**
 * A quantile of an amount. Its interval is Wilson's for the rank, read off the values: whatever they are
 * distributed like, it holds.
 */
export function quantileEstimate(tally: Tally | undefined, q: number): Estimate | null {
  const value = quantileOf(tally ?? noTally, q);
  if (tally === undefined || value === null) return null;
  const rank = wilson(q, tally.count);
  return {
    value,
    low: quantileOf(tally, rank.low) ?? value,
    high: quantileOf(tally, rank.high) ?? value,
    count: tally.count,
  };
}

/** Everything that is shown of a record, each with its interval; null where nothing is known. */
export interface Scores {
  readonly tasks: number;
  readonly enough: boolean;
  readonly shares: Readonly<Record<(typeof shareMeasures)[number], Estimate | null>>;
  readonly amounts: Readonly<
    Record<
      (typeof amountMeasures)[number],
      { readonly p50: Estimate; readonly p95: Estimate } | null
    >
  >;
}

export function scoresOf({ tasks, tallies }: Performance): Scores {
  const each = <Name extends Measure, Value>(
    names: readonly Name[],
    of: (tally: Tally | undefined) => Value,
  ) => Object.fromEntries(names.map((name) => [name, of(tallies[name])])) as Record<Name, Value>;
  return {
    tasks,
    enough: (tallies.composite?.count ?? 0) >= TASKS_ENOUGH,
    shares: each(shareMeasures, shareEstimate),
    amounts: each(amountMeasures, (tally) => {
      const [p50, p95] = [quantileEstimate(tally, 0.5), quantileEstimate(tally, 0.95)];
      return p50 === null || p95 === null ? null : { p50, p95 };
    }),
  };
}

/**
 * By what models are sorted: the lower end of the composite's interval, so that one lucky task does not
 * stand above a hundred good ones. -1 where nothing is known.
 */
export function rankOf(record: Performance): number {
  return shareEstimate(record.tallies.composite)?.low ?? -1;
}
