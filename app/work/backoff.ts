/** The first wait: a hiccup of the network is over by then. */
const FIRST_MS = 2_000;
/** The longest: an outage ends without anybody telling us. */
export const BACKOFF_MAX_MS = 300_000;

/**
 * How long to wait before the next try: doubled each time, up to five minutes, and somewhere in the
 * upper half of that, so that what failed together does not come back together.
 *
 * @param attempt 1 after the first failure.
 * @param chance 0 up to, not including, 1.
 */
export function backoffMs(attempt: number, chance: number): number {
  const whole = Math.min(BACKOFF_MAX_MS, FIRST_MS * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.round(whole / 2 + (whole / 2) * chance);
}
