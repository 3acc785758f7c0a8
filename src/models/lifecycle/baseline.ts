/** What the models in use usually reach on a surface: the mark for newcomers and for themselves. */

import type { Instant } from '../../primitives.ts';
import { DAY_MS } from '../events.ts';
import type { Surface } from '../profile.ts';
import { quantileOf } from './interval.ts';
import type { Figures } from './thresholds.ts';

/** One run of a suite by one model, as far as lifecycles are decided by it. */
export interface SuiteRun {
  readonly model: string;
  readonly surface: Surface;
  readonly at: Instant;
  readonly figures: Figures;
  /** Tasks that came to no result: a crash, no answer, out of time. */
  readonly erred: number;
  readonly tasks: number;
}

export type Baseline =
  | { readonly known: true; readonly figures: Figures; readonly runs: number }
  | { readonly known: false; readonly runs: number };

export const BASELINE_DAYS = 90;
export const BASELINE_RUNS_MIN = 20;
export const BASELINE_QUANTILE = 0.75;

/**
 * The 75th percentile of each figure over the last 90 days, where there are at least 20 runs.
 *
 * @param runs of whichever models count; those of other surfaces, older or later than now are left out.
 */
export function baselineOf(runs: readonly SuiteRun[], surface: Surface, now: Instant): Baseline {
  const counted = runsWithin(runs, surface, { days: BASELINE_DAYS, now });
  if (counted.length < BASELINE_RUNS_MIN) return { known: false, runs: counted.length };
  const of = (figure: keyof Figures) =>
    quantileOf(
      counted.map(({ figures }) => figures[figure]),
      BASELINE_QUANTILE,
    );
  const figures = {
    completion: of('completion'),
    compliance: of('compliance'),
    composite: of('composite'),
  };
  return { known: true, figures, runs: counted.length };
}

/** The runs of one surface in the days before now, oldest first; one right at the far end is out. */
export function runsWithin(
  runs: readonly SuiteRun[],
  surface: Surface,
  { days, now }: { readonly days: number; readonly now: Instant },
): readonly SuiteRun[] {
  const from = now - days * DAY_MS;
  return runs
    .filter((run) => run.surface === surface && run.at > from && run.at <= now)
    .toSorted((one, other) => one.at - other.at);
}
