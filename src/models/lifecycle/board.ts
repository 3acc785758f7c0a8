/** What a report shows of a surface: who did how well, how sure that is, and how it moved. */

import { type Instant, unreachable } from '../../primitives.ts';
import { DAY_MS } from '../events.ts';
import type { Surface } from '../profile.ts';
import { wilson } from '../scores.ts';
import type { SuiteRun } from './baseline.ts';
import { meanInterval, meanOf } from './interval.ts';
import { type Level, levelOf } from './thresholds.ts';

/** Below so many tasks a model has no place on the board: its interval is as wide as the scale. */
const BOARD_TASKS_MIN = 20;

export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One model on one surface over the span of a report. */
export interface BoardRow {
  readonly model: string;
  readonly runs: number;
  readonly tasks: number;
  /** False: not enough data, and nothing of it is compared. */
  readonly enough: boolean;
  readonly completion: Share;
  readonly compliance: Share;
  readonly composite: Share;
  readonly level: Level;
  /** Mean composite of each day with runs, oldest first. */
  readonly days: readonly { readonly at: Instant; readonly composite: number }[];
}

export type Period = 'daily' | 'weekly' | 'monthly' | 'quarterly';
export const periods = [
  'daily',
  'weekly',
  'monthly',
  'quarterly',
] as const satisfies readonly Period[];

/** How far back a report looks, in days. */
export function daysOf(period: Period): number {
  switch (period) {
    case 'daily':
      return 1;
    case 'weekly':
      return 7;
    case 'monthly':
      return 30;
    case 'quarterly':
      return 91;
    default:
      return unreachable(period);
  }
}

/** Best first, by the lower end of the composite; those without enough data come last, by name. */
export function boardOf(runs: readonly SuiteRun[], surface: Surface): readonly BoardRow[] {
  const byModel = Map.groupBy(
    runs.filter((run) => run.surface === surface),
    ({ model }) => model,
  );
  return [...byModel]
    .map(([model, own]) => rowOf(model, own))
    .toSorted(
      (one, other) =>
        Number(other.enough) - Number(one.enough) ||
        (one.enough ? other.composite.low - one.composite.low : 0) ||
        (one.model < other.model ? -1 : 1),
    );
}

function rowOf(model: string, runs: readonly SuiteRun[]): BoardRow {
  const tasks = runs.reduce((sum, run) => sum + run.tasks, 0);
  const share = (figure: 'completion' | 'compliance'): Share => {
    const held = runs.reduce((sum, run) => sum + run.figures[figure] * run.tasks, 0);
    const value = tasks === 0 ? 0 : held / tasks;
    return { value, ...wilson(value, tasks) };
  };
  const composites = runs.map(({ figures }) => figures.composite);
  const [completion, compliance] = [share('completion'), share('compliance')];
  const composite = { value: meanOf(composites), ...meanInterval(composites) };
  const level = levelOf({
    completion: completion.value,
    compliance: compliance.value,
    composite: composite.value,
  });
  const enough = tasks >= BOARD_TASKS_MIN && runs.length >= 2;
  const days = daysIn(runs);
  return {
    model,
    runs: runs.length,
    tasks,
    enough,
    completion,
    compliance,
    composite,
    level,
    days,
  };
}

function daysIn(runs: readonly SuiteRun[]): BoardRow['days'] {
  const byDay = Map.groupBy(runs, ({ at }) => Math.floor(at / DAY_MS));
  return [...byDay]
    .toSorted(([one], [other]) => one - other)
    .map(([day, own]) => ({
      at: (day * DAY_MS) as Instant,
      composite: meanOf(own.map(({ figures }) => figures.composite)),
    }));
}
