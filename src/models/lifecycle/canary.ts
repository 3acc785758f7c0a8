/** Whether a newcomer that gets a growing share of real tasks does worse than the models in use. */

import { fail, ok, type Result } from '../../primitives.ts';

/** Outcomes of 0..1 added up: all that a mean and its spread need. */
export interface Tally {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

export const nothingYet: Tally = { count: 0, sum: 0, squares: 0 };

/** What is known of one canary on one surface. */
export interface CanaryRecord {
  /** The models in use: what they did before the canary began, and beside it since. */
  readonly control: Tally;
  readonly newcomer: Tally;
  /** Tasks of the newcomer, counted back from the last, that came to no result at all. */
  readonly errorsInARow: number;
}

/** What one task came to. */
export interface CanaryOutcome {
  readonly by: 'newcomer' | 'control';
  /** 0..1; 1 is a verdict that passed. */
  readonly reward: number;
  /** It crashed, ran out of time or answered nothing; its reward counts beside that. */
  readonly erred: boolean;
}

export type CanaryFault = { readonly kind: 'reward-out-of-range'; readonly reward: number };

/** Each share of tasks holds until the newcomer has done so many in all. */
export const canarySteps = [
  { share: 0.1, until: 20 },
  { share: 0.25, until: 60 },
  { share: 0.5, until: 120 },
  { share: 1, until: 200 },
] as const;

/** The newcomer's tasks in one canary: the error of the test is spread over these looks, and over no more. */
export const CANARY_TASKS = 200;
/** Below, the models in use are themselves not known well enough to compare with. */
export const CONTROL_TASKS_MIN = 20;
export const ERRORS_IN_A_ROW_MAX = 3;

/** What a look at the record comes to, with the numbers that decided. */
export interface CanaryLook {
  readonly word: 'go-on' | 'passed' | 'worse' | 'errors-in-a-row' | 'control-too-small';
  /** Of the tasks of this surface, while it goes on. */
  readonly share: number;
  /** Passes that the newcomer lacks beside what the control's mean makes expected of as many tasks. */
  readonly missing: number;
  /** So many missing are a difference, and no chance. */
  readonly missingMax: number;
}

/** Adds one outcome. A reward that is no number of 0..1 is refused, and the record stays. */
export function afterOutcome(
  record: CanaryRecord,
  { by, reward, erred }: CanaryOutcome,
): Result<CanaryRecord, CanaryFault> {
  if (!(reward >= 0 && reward <= 1)) return fail({ kind: 'reward-out-of-range', reward });
  const { count, sum, squares } = record[by];
  const tally = { count: count + 1, sum: sum + reward, squares: squares + reward ** 2 };
  const errorsInARow = by === 'control' ? record.errorsInARow : erred ? record.errorsInARow + 1 : 0;
  return ok({ ...record, [by]: tally, errorsInARow });
}

/**
 * Looks at a canary; may be asked after every task.
 *
 * The newcomer's missing passes wander around zero where it is as good as the control. How many tasks there
 * will be is known beforehand, so the error is spread over the looks (Lan and DeMets 1983): little of it
 * on one straight line for all looks (O'Brien and Fleming 1979), which a bad newcomer crosses long
 * before the end, and nearly all of it on the last look, which then has nearly the power of the best
 * test that looks once. A walk that ends below E without having been above L went, mirrored at L, with
 * the same chance to above 2L - E, so of newcomers that are as good so many are sent back:
 * tail(E) + tail(2L - E) = 0.034 + 0.005. Tests that need no last task (a sequential probability ratio, bets
 * against the null) pay for that with power that 200 tasks do not have.
 */
export function lookAt({ control, newcomer, errorsInARow }: CanaryRecord): CanaryLook {
  const mean = control.count === 0 ? 0 : control.sum / control.count;
  const missing = newcomer.count * mean - newcomer.sum;
  const missingMax = lineOf(control, newcomer);
  const share = shareAfter(newcomer.count);
  const look = (word: CanaryLook['word']) => ({ word, share, missing, missingMax });
  if (errorsInARow >= ERRORS_IN_A_ROW_MAX) return look('errors-in-a-row');
  if (control.count < CONTROL_TASKS_MIN) return look('control-too-small');
  if (missing >= missingMax) return look('worse');
  return look(newcomer.count >= CANARY_TASKS ? 'passed' : 'go-on');
}

/** The share of tasks that a newcomer gets once it has done so many. */
export function shareAfter(tasks: number): number {
  return canarySteps.find(({ until }) => tasks < until)?.share ?? 1;
}

/** L and E of `lookAt`, in standard deviations of the missing passes at the end. */
const LINE = 2.2;
const LAST_LOOK = 1.82;
/** Of newcomers that are as good, the share that is sent back. */
export const CANARY_SIZE = 0.039;

/**
 * The control's own mean is uncertain too, by as much as its tasks are few. Two passes and two failures
 * are added for the spread alone: a control that never failed would else make any failure a difference.
 */
function lineOf(control: Tally, newcomer: Tally): number {
  // More than all cannot be missing.
  if (control.count === 0) return CANARY_TASKS;
  const chance = (control.sum + 2) / (control.count + 4);
  const spread = Math.max(spreadOf(control), spreadOf(newcomer)) * chance * (1 - chance);
  const deviations = skewed(newcomer.count < CANARY_TASKS ? LINE : LAST_LOOK, chance);
  return deviations * Math.sqrt(CANARY_TASKS * (1 + CANARY_TASKS / control.count) * spread);
}

/**
 * Where failures are rare their sum has a longer tail than a normal one: the first term of the expansion of
 * Cornish and Fisher (1938), for the skewness of CANARY_TASKS outcomes that are 0 or 1.
 */
function skewed(deviations: number, chance: number): number {
  const skewness = (2 * chance - 1) / Math.sqrt(CANARY_TASKS * chance * (1 - chance));
  return deviations + (Math.max(0, skewness) * (deviations ** 2 - 1)) / 6;
}

/** As many outcomes that are 0 or 1 are thought of beside the real ones until those say enough. */
const SPREAD_PRIOR = 10;

/**
 * How far outcomes spread, as a part of what outcomes of the same mean would that are all 0 or 1: then it
 * is 1, the most there is. Taken so and not as a variance, it does not grow because the mean fell.
 */
function spreadOf({ count, sum, squares }: Tally): number {
  if (count < 2) return 1;
  const mean = sum / count;
  const widest = mean * (1 - mean);
  const ratio = widest <= 0 ? 1 : Math.min(1, Math.max(0, squares / count - mean ** 2) / widest);
  return (count * ratio + SPREAD_PRIOR) / (count + SPREAD_PRIOR);
}
