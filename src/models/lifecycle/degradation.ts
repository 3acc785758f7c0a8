/** Whether a model in use does worse than it used to. */

import type { Instant } from '../../primitives.ts';
import { DAY_MS } from '../events.ts';
import type { Surface } from '../profile.ts';
import {
  BASELINE_DAYS,
  BASELINE_QUANTILE,
  BASELINE_RUNS_MIN,
  type Baseline,
  baselineOf,
  runsWithin,
  type SuiteRun,
} from './baseline.ts';
import { meanInterval, meanOf, quantileOf } from './interval.ts';
import { type Measure, type MeasureName, measure } from './measure.ts';
import { type Figures, levels } from './thresholds.ts';

export interface DegradationLook {
  readonly word: 'steady' | 'degraded' | 'not-enough-data';
  /** What was held against a limit; a drop is a part of the baseline's figure. */
  readonly measures: readonly Measure[];
}

/** A week of daily runs. */
const RECENT_DAYS = 7;
const RECENT_RUNS_MIN = 3;
const FAILED_RUNS_MAX = 2;
/** Parts of the baseline's own figure. */
const drops: readonly (readonly [keyof Figures, MeasureName, number])[] = [
  ['composite', 'composite under its baseline', 0.05],
  ['completion', 'completion under its baseline', 0.05],
  ['compliance', 'compliance under its baseline', 0.02],
];

/**
 * Compares a week with the baseline of the days before it, and counts failed runs back from the last.
 *
 * The baseline is a high percentile, which the mean of a model that never changed stays below. So the
 * week's mean is raised by as much as the baseline lies above the mean of its own runs, and a drop counts
 * only as far as the upper end of the interval lies below the baseline too. The interval is a wide one:
 * with every day that is looked at chance has one more try.
 *
 * @param runs of one model; other surfaces and times after now are left out.
 */
export function degradationOf(
  runs: readonly SuiteRun[],
  surface: Surface,
  now: Instant,
): DegradationLook {
  const recent = runsWithin(runs, surface, { days: RECENT_DAYS, now });
  const failed = failedInARow(runsWithin(runs, surface, { days: BASELINE_DAYS, now }));
  const streak = measure('failed runs in a row', failed, 'at-most', FAILED_RUNS_MAX);
  const before = (now - RECENT_DAYS * DAY_MS) as Instant;
  const baseline = baselineOf(runs, surface, before);
  if (!streak.holds) return { word: 'degraded', measures: [streak] };
  if (!baseline.known || recent.length < RECENT_RUNS_MIN)
    return {
      word: 'not-enough-data',
      measures: [
        streak,
        measure('runs before the last week', baseline.runs, 'at-least', BASELINE_RUNS_MIN),
        measure('runs in the last week', recent.length, 'at-least', RECENT_RUNS_MIN),
      ],
    };
  const past = runsWithin(runs, surface, { days: BASELINE_DAYS, now: before });
  const measures = drops.map(([figure, what, limit]) => {
    const usual = baseline.figures[figure];
    const raised = usual - meanOf(past.map(({ figures }) => figures[figure]));
    const week = recent.map(({ figures }) => figures[figure]);
    const { high } = meanInterval(week, '99.8 %');
    const drop = usual === 0 ? 0 : Math.max(0, (usual - high - raised) / usual);
    return measure(what, drop, 'at-most', limit, recent.length);
  });
  const word = measures.every(({ holds }) => holds) ? 'steady' : 'degraded';
  return { word, measures: [streak, ...measures] };
}

/** So many months below the baseline, and a model goes. */
export const RETIRE_MONTHS = 3;
const MONTH_DAYS = 30;
/** What the weekly runs come to in the shortest month of them. */
const MONTH_RUNS_MIN = 4;
/** So far apart lie the first and the last of them, be one a day late: a busy week is no month. */
const MONTH_SPAN_MS = 20 * DAY_MS;
const BELOW_BASELINE = 0.05;

/**
 * How far a model was above the baseline of its surface in each of the last months, newest first, as a
 * part of the baseline; null for a month of too few runs, or of runs on some days alone. A high percentile
 * is compared with a high percentile: the mean of a model that is as good as all others would always lie
 * below. Less than five percent below counts as on the line, so that chance does not retire anybody.
 */
export function monthsAbove(
  runs: readonly SuiteRun[],
  surface: Surface,
  { baseline, now }: { readonly baseline: Baseline; readonly now: Instant },
): readonly (number | null)[] {
  return Array.from({ length: RETIRE_MONTHS }, (_, back) => {
    const until = (now - back * MONTH_DAYS * DAY_MS) as Instant;
    const month = runsWithin(runs, surface, { days: MONTH_DAYS, now: until });
    if (!baseline.known || !isMeasured(month) || baseline.figures.composite === 0) return null;
    const reached = quantileOf(
      month.map(({ figures }) => figures.composite),
      BASELINE_QUANTILE,
    );
    return reached / baseline.figures.composite - 1 + BELOW_BASELINE;
  });
}

/** @param month runs of one month, oldest first. */
function isMeasured(month: readonly SuiteRun[]): boolean {
  const [first, last] = [month[0], month.at(-1)];
  if (first === undefined || last === undefined || month.length < MONTH_RUNS_MIN) return false;
  return last.at - first.at >= MONTH_SPAN_MS;
}

/** A run fails that completes less than the minimum, or in which no task came to a result. */
function failedInARow(runs: readonly SuiteRun[]): number {
  const lastGood = runs.findLastIndex(
    ({ figures, erred, tasks }) =>
      figures.completion >= levels.minimum.completion && !(tasks > 0 && erred === tasks),
  );
  return runs.length - 1 - lastGood;
}
