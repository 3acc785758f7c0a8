/** A model on its way on one surface: where it stands, what is known, what was decided. */

import { type Instant, unreachable } from '../../primitives.ts';
import type { Status, Surface } from '../profile.ts';
import type { Baseline, SuiteRun } from './baseline.ts';
import { type CanaryRecord, nothingYet, shareAfter } from './canary.ts';
import type { DegradationLook } from './degradation.ts';
import type { Measure } from './measure.ts';

/** Where a model stands on a surface. It works from `canary` on; the last three are ends. */
export type Stage =
  | 'smoke'
  | 'capability'
  | 'head-to-head'
  | 'canary'
  | 'stability'
  | 'active'
  | 'degraded'
  | 'rejected'
  | 'rolled-back'
  | 'retired';

/** One model on its way on one surface. */
export interface Trial {
  readonly model: string;
  readonly surface: Surface;
  readonly stage: Stage;
  /** Since when it stands there. */
  readonly since: Instant;
  /** Of the surface's tasks, what it is given. */
  readonly share: number;
  readonly canary: CanaryRecord;
}

/** Whether it has still to be measured by suites before it may work. */
export const isTested = (stage: Stage): boolean =>
  stage === 'smoke' || stage === 'capability' || stage === 'head-to-head';

/** What is known when a step is decided. */
export interface Evidence {
  readonly now: Instant;
  /** The newest smoke run of this very model, since the trial began. */
  readonly smoke: Passed | null;
  readonly capability: Passed | null;
  /** Its own runs of the whole suite since the trial began. */
  readonly runs: readonly SuiteRun[];
  /** Of the models in use on the surface. */
  readonly baseline: Baseline;
  /** Mean cost of a task in any one unit, of both; null where either is not known or is nothing. */
  readonly cost: { readonly newcomer: number; readonly control: number } | null;
  /** How it does beside its own past. */
  readonly degradation: DegradationLook;
  /** What `monthsAbove` says of it and the baseline. */
  readonly monthsAboveBaseline: readonly (number | null)[];
}

/** Tasks that passed, of all. */
export interface Passed {
  readonly passed: number;
  readonly tasks: number;
}

export interface Decision {
  readonly model: string;
  readonly surface: Surface;
  readonly at: Instant;
  readonly from: Stage;
  readonly to: Stage;
  /** Of the surface's tasks, what it is given from now on. */
  readonly share: number;
  readonly because: Because;
  /** The numbers that decided. */
  readonly measures: readonly Measure[];
}

export type Because =
  | 'passed'
  | 'waits'
  | 'not-good-enough'
  | 'worse-in-the-canary'
  | 'errors-in-the-canary'
  | 'share-grows'
  | 'better'
  | 'cheaper'
  | 'not-better-enough'
  | 'stable'
  | 'unstable'
  | 'degraded'
  | 'steady-again'
  | 'long-below-baseline'
  | 'security';

/**
 * The trial of a model about which nothing was decided yet. One that people put into use themselves begins
 * there: it is looked after from then on, and not sent back to its first test.
 */
export function beginTrial(
  { model, surface, status }: Pick<Trial, 'model' | 'surface'> & { readonly status: Status },
  at: Instant,
): Trial {
  const canary = { control: nothingYet, newcomer: nothingYet, errorsInARow: 0 };
  const stage = status === 'candidate' ? 'smoke' : status;
  return { model, surface, stage, since: at, share: shareIn(stage, canary), canary };
}

/** What the roster calls a model in this stage. */
export function statusOf(stage: Stage): Status {
  switch (stage) {
    case 'smoke':
    case 'capability':
    case 'head-to-head':
    case 'rejected':
    case 'rolled-back':
      return 'candidate';
    case 'canary':
      return 'canary';
    case 'stability':
    case 'active':
      return 'active';
    case 'degraded':
      return 'degraded';
    case 'retired':
      return 'retired';
    default:
      return unreachable(stage);
  }
}

/** What a model in this stage is given of the surface's tasks, 0 to 1. */
export function shareIn(stage: Stage, canary: CanaryRecord): number {
  if (stage === 'canary') return shareAfter(canary.newcomer.count);
  return stage === 'stability' || stage === 'active' || stage === 'degraded' ? 1 : 0;
}

/** The trial once a decision was recorded. */
export function after(trial: Trial, { to, at, share }: Decision): Trial {
  return to === trial.stage ? { ...trial, share } : { ...trial, stage: to, since: at, share };
}

/** Whether a decision changes anything, and so belongs into the ledger. */
export function isStep({ from, to, because }: Decision): boolean {
  return from !== to || because === 'share-grows';
}
