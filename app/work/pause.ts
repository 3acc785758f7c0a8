import type { Instant } from '../../src/primitives.ts';

/** The longest pause between two runs of one task: what is said amid a flood is heard within it. */
export const PAUSE_MS_MAX = 30_000;
/** Each run counts for this long. So a task never runs more often than this over a longer time. */
export const COOLING_MS = 30_000;
/** The first pause: two people who answer each other hardly notice it. */
const FIRST_PAUSE_MS = 1_000;
/** Doubled this often, the first pause has reached the longest. */
const DOUBLINGS_MAX = 5;

/** What a task is to remember of its runs. */
export interface Pause {
  /** When none of them counts any more. */
  readonly coolAt: number;
  /** Before it the task does not run again. */
  readonly pauseUntil: number;
}

/**
 * The pause after a run that begins now: none for so many runs at once, then 1, 2, 4, 8, 16 and at last
 * 30 seconds. A run counts for 30 seconds, one after the other, so that a task which rests may soon
 * run at once again.
 *
 * @param coolAt what the run before left there; 0 for the first.
 * @param runsAtOnce 1 or more.
 */
export function pauseAfterRun(coolAt: number, now: Instant, runsAtOnce: number): Pause {
  const runsMax = runsAtOnce + DOUBLINGS_MAX + 1;
  const next = Math.min(Math.max(coolAt, now) + COOLING_MS, now + runsMax * COOLING_MS);
  const over = Math.ceil((next - now) / COOLING_MS) - runsAtOnce;
  const pauseMs = over <= 0 ? 0 : Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (over - 1));
  return { coolAt: next, pauseUntil: now + pauseMs };
}
