/**
 * What a model's tasks came to, kept in bounded space: counts, means, variances and quantiles that can
 * be added to, taken back and merged in any order.
 */

/** Shares, each 0 to 1 for one task. */
export const shareMeasures = [
  'composite',
  'completion',
  'compliance',
  'efficiency',
  'tools',
  'hallucination',
  'retention',
  'hacked',
  'waived',
  'overridden',
  'reverted',
] as const;
/** Amounts, each from 0 up for one task. */
export const amountMeasures = ['latencyMs', 'costUsd'] as const;

export type Measure = (typeof shareMeasures)[number] | (typeof amountMeasures)[number];

/** What is known of one task; a measure that does not apply to it is absent. */
export type TaskFacts = { readonly [Name in Measure]?: number };

/** The values of one measure over many tasks. */
export interface Tally {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
  /** How many values fell between two powers of GROWTH, by `bucketOf`. */
  readonly buckets: Readonly<Record<string, number>>;
}

/** What many tasks of one model on one surface came to. */
export interface Performance {
  readonly tasks: number;
  readonly tallies: { readonly [Name in Measure]?: Tally };
}

export const noPerformance: Performance = { tasks: 0, tallies: {} };
export const noTally: Tally = { count: 0, mean: 0, squares: 0, buckets: {} };

/** Largest amount: 31 years in milliseconds, and more money than any task costs. */
export const AMOUNT_MAX = 1e12;
/** Two values in one bucket differ by this factor at most, so that a quantile is right to 1 %. */
const GROWTH = 1.02;
/** Smaller values share one bucket. With AMOUNT_MAX this bounds a tally to some 1,900 buckets. */
const VALUE_MIN = 1e-4;
const LOG_GROWTH = Math.log(GROWTH);
const FIRST_BUCKET = 1 - Math.ceil(Math.log(VALUE_MIN) / LOG_GROWTH);

/** Counts a task, corrects what was counted of it, or takes it back. */
export function counted(
  record: Performance,
  before: TaskFacts | null,
  after: TaskFacts | null,
): Performance {
  const tallies: { [Name in Measure]?: Tally } = { ...record.tallies };
  for (const name of [...shareMeasures, ...amountMeasures]) {
    const [old, now] = [before?.[name], after?.[name]];
    if (old === now) continue;
    const kept = old === undefined ? tallies[name] : without(tallies[name] ?? noTally, old);
    tallies[name] = now === undefined ? (kept ?? noTally) : withValue(kept ?? noTally, now);
  }
  return {
    tasks: record.tasks + (after === null ? 0 : 1) - (before === null ? 0 : 1),
    tallies,
  };
}

/** Adds two records of different tasks; in whichever order many are added, the sum is the same. */
export function merged(one: Performance, other: Performance): Performance {
  const tallies: { [Name in Measure]?: Tally } = { ...one.tallies };
  for (const name of [...shareMeasures, ...amountMeasures]) {
    const added = other.tallies[name];
    if (added !== undefined) tallies[name] = mergedTally(tallies[name] ?? noTally, added);
  }
  return { tasks: one.tasks + other.tasks, tallies };
}

/** @param value finite and within 0 to AMOUNT_MAX. @throws RangeError otherwise: whoever reads events checks them. */
export function withValue(tally: Tally, value: number): Tally {
  if (!(value >= 0 && value <= AMOUNT_MAX)) throw new RangeError(`${value} cannot be counted`);
  const { count, mean: old, squares } = tally;
  const mean = old + (value - old) / (count + 1);
  const bucket = bucketOf(value);
  return {
    count: count + 1,
    mean,
    squares: squares + (value - old) * (value - mean),
    buckets: { ...tally.buckets, [bucket]: (tally.buckets[bucket] ?? 0) + 1 },
  };
}

/** Takes back a value that was added before. */
export function without(tally: Tally, value: number): Tally {
  const { count, mean: old, squares } = tally;
  if (count <= 1) return noTally;
  const mean = old + (old - value) / (count - 1);
  const bucket = bucketOf(value);
  const { [bucket]: held = 0, ...others } = tally.buckets;
  return {
    count: count - 1,
    mean: Math.max(0, mean),
    squares: Math.max(0, squares - (value - old) * (value - mean)),
    buckets: held > 1 ? { ...others, [bucket]: held - 1 } : others,
  };
}

export function mergedTally(one: Tally, other: Tally): Tally {
  const count = one.count + other.count;
  if (count === 0) return noTally;
  const apart = other.mean - one.mean;
  const buckets: Record<string, number> = { ...one.buckets };
  for (const [bucket, held] of Object.entries(other.buckets))
    buckets[bucket] = (buckets[bucket] ?? 0) + held;
  return {
    count,
    mean: one.mean + (apart * other.count) / count,
    squares: one.squares + other.squares + (apart ** 2 * one.count * other.count) / count,
    buckets,
  };
}

/** @returns the sample variance, or null for fewer than two values. */
export function varianceOf({ count, squares }: Tally): number | null {
  return count < 2 ? null : squares / (count - 1);
}

/**
 * The value below which the share `q` of all values lies.
 *
 * @param q 0 to 1. @returns within 1 % of a value that was counted (0 for less than 1e-4); null without values.
 */
export function quantileOf(tally: Tally, q: number): number | null {
  if (tally.count === 0) return null;
  const rank = Math.min(tally.count, Math.max(1, Math.ceil(q * tally.count)));
  const buckets = Object.entries(tally.buckets).map(([at, held]) => [Number(at), held] as const);
  let seen = 0;
  for (const [bucket, held] of buckets.toSorted(([one], [other]) => one - other)) {
    seen += held;
    if (seen >= rank) return middleOf(bucket);
  }
  return null;
}

function bucketOf(value: number): number {
  return value < VALUE_MIN ? 0 : FIRST_BUCKET + Math.ceil(Math.log(value) / LOG_GROWTH);
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** (bucket - FIRST_BUCKET)) / (GROWTH + 1);
}
