/** How far a figure that was counted may be off. */

/** Both ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How sure: the normal quantile of both sides, and Student's where so few values are that no series holds. */
const sureness = {
  '95 %': { z: 1.959_963_984_540_054, few: [12.706, 4.303] },
  '99.8 %': { z: 3.090_232_306_167_814, few: [318.31, 22.327] },
} as const;

/**
 * The interval of a mean of figures between 0 and 1, by their own spread; all of 0..1 for fewer than two.
 * Student's factor widens it where they are few.
 */
export function meanInterval(
  values: readonly number[],
  sure: keyof typeof sureness = '95 %',
): Interval {
  const count = values.length;
  if (count < 2) return { low: 0, high: 1 };
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const off = studentFactor(count - 1, sure) * Math.sqrt(squares / (count - 1) / count);
  return { low: Math.max(0, mean - off), high: Math.min(1, mean + off) };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The quantile with linear interpolation between the two values around it; NaN where there are none. */
export function quantileOf(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** How many times as wide as a normal one an interval of so few is, whose spread they alone tell. */
export const widening = (count: number): number =>
  (studentFactor(Math.floor(count) - 1, '95 %') / sureness['95 %'].z) *
  Math.sqrt(count / (count - 1));

/** Cornish and Fisher's expansion of Student's quantile around the normal one. */
function studentFactor(freedom: number, sure: keyof typeof sureness): number {
  const { z, few } = sureness[sure];
  const exact = few[freedom - 1];
  if (exact !== undefined) return exact;
  const [cube, fifth] = [z ** 3, z ** 5];
  const first = (cube + z) / 4;
  const second = (5 * fifth + 16 * cube + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * fifth + 17 * cube - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
