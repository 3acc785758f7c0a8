/** How far a figure that was counted may be off. */

/** Both ends of an interval of 95 percent. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two sides of 95 percent. */
const Z = 1.959_963_984_540_054;

/**
 * The interval of a mean of figures between 0 and 1, by their own spread; all of 0..1 for fewer than two.
 * Student's factor, approximated to a hundredth from three values on, widens it where they are few.
 */
export function meanInterval(values: readonly number[]): Interval {
  const count = values.length;
  if (count < 2) return { low: 0, high: 1 };
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const off = studentFactor(count - 1) * Math.sqrt(squares / (count - 1) / count);
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

/** Cornish and Fisher's expansion of Student's quantile around the normal one; exact for one and two. */
function studentFactor(freedom: number): number {
  if (freedom === 1) return 12.706;
  if (freedom === 2) return 4.303;
  const cube = Z ** 3;
  const fifth = Z ** 5;
  const first = (cube + Z) / 4;
  const second = (5 * fifth + 16 * cube + 3 * Z) / 96;
  const third = (3 * Z ** 7 + 19 * fifth + 17 * cube - 15 * Z) / 384;
  return Z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
