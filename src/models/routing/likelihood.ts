/** How likely a run of rewards is; read thousands of times a second, so whole numbers come from a table. */

const TABLE_SIZE = 16_384;
const xLogXOf = new Float64Array(TABLE_SIZE);
const logFactorialOf = new Float64Array(TABLE_SIZE);
for (let n = 2; n < TABLE_SIZE; n += 1) {
  xLogXOf[n] = n * Math.log(n);
  logFactorialOf[n] = (logFactorialOf[n - 1] ?? 0) + Math.log(n);
}

/** Trials and the sum of their rewards, each in [0, 1]. */
export interface Tally {
  readonly trials: number;
  readonly sum: number;
}

export const noTrials: Tally = { trials: 0, sum: 0 };

/**
 * The generalized likelihood ratio of "two rates" against "one rate", in nats: what the rewards gain
 * in likelihood when the earlier and the later ones may each have their own mean. For rewards between
 * 0 and 1 it is at most what it would be for coin flips of the same means.
 *
 * @param trials all of them, and the sum of their rewards.
 * @param lateTrials the later ones among them.
 */
export function rateRatio(
  trials: number,
  sum: number,
  lateTrials: number,
  lateSum: number,
): number {
  return (
    maxLogLikelihood(trials - lateTrials, sum - lateSum) +
    maxLogLikelihood(lateTrials, lateSum) -
    maxLogLikelihood(trials, sum)
  );
}

/** Log of the Bayes factor of the same two hypotheses, every rate being equally likely beforehand. */
export function rateEvidence(
  trials: number,
  sum: number,
  lateTrials: number,
  lateSum: number,
): number {
  return (
    logMarginal(trials - lateTrials, sum - lateSum) +
    logMarginal(lateTrials, lateSum) -
    logMarginal(trials, sum)
  );
}

const maxLogLikelihood = (trials: number, sum: number): number =>
  xLogX(sum) + xLogX(trials - sum) - xLogX(trials);

const logMarginal = (trials: number, sum: number): number =>
  logFactorial(sum) + logFactorial(trials - sum) - logFactorial(trials + 1);

/** Asked first: to look a fraction up in an array takes a hundred times as long as to find a number there. */
const isListed = (x: number): boolean => x >= 0 && x < TABLE_SIZE && (x | 0) === x;

/** Continued by 0 below 0, where only rounding leads. */
function xLogX(x: number): number {
  if (isListed(x)) return xLogXOf[x] ?? 0;
  return x > 0 ? x * Math.log(x) : 0;
}

/** log Γ(x + 1) for x ≥ 0, by Stirling's series above 7. */
export function logFactorial(x: number): number {
  if (isListed(x)) return logFactorialOf[x] ?? 0;
  let shifted = Math.max(x, 0) + 1;
  let product = 1;
  while (shifted < 7) {
    product *= shifted;
    shifted += 1;
  }
  const square = 1 / (shifted * shifted);
  const series = (1 / 12 - square * (1 / 360 - square / 1260)) / shifted;
  const halfLogTwoPi = 0.918_938_533_204_672_7;
  return (shifted - 0.5) * Math.log(shifted) - shifted + halfLogTwoPi + series - Math.log(product);
}
