/** The steps by which a newcomer is let in on one surface, and by which a model leaves it. */

import { type Instant, unreachable } from '../../primitives.ts';
import { DAY_MS } from '../events.ts';
import { BASELINE_RUNS_MIN } from './baseline.ts';
import {
  CANARY_TASKS,
  type CanaryRecord,
  CONTROL_TASKS_MIN,
  ERRORS_IN_A_ROW_MAX,
  lookAt,
} from './canary.ts';
import { RETIRE_MONTHS } from './degradation.ts';
import { meanOf } from './interval.ts';
import { type Measure, measure } from './measure.ts';
import {
  type Decision,
  type Evidence,
  type Passed,
  type Stage,
  shareIn,
  type Trial,
} from './trial.ts';

const SMOKE_MIN = 0.95;
const CAPABILITY_MIN = 0.8;
const HEAD_TO_HEAD_MIN = 0.05;
/** One run of a suite of some tasks is luck. */
export const HEAD_TO_HEAD_RUNS = 3;
const BETTER_MIN = 0.1;
const CHEAPER_MIN = 0.15;
const STABLE_DAYS = 30;

/** The next step, or that it waits: then `from` and `to` are the same and so is the share. */
export function decide(trial: Trial, evidence: Evidence): Decision {
  const step = stepOf(trial, evidence);
  const { model, surface, stage } = trial;
  const share = shareIn(step.to, trial.canary);
  return { model, surface, at: evidence.now, from: stage, share, ...step };
}

/** At once and from wherever it stands: what harms is not measured first. */
export function retireForSecurity({ model, surface, stage }: Trial, at: Instant): Decision {
  return {
    model,
    surface,
    at,
    from: stage,
    to: 'retired',
    share: 0,
    because: 'security',
    measures: [],
  };
}

type Step = Pick<Decision, 'to' | 'because' | 'measures'>;

function stepOf(trial: Trial, evidence: Evidence): Step {
  switch (trial.stage) {
    case 'smoke':
      return tested(trial.stage, 'capability', evidence.smoke, ['smoke tasks passed', SMOKE_MIN]);
    case 'capability':
      return tested(trial.stage, 'head-to-head', evidence.capability, [
        'capability tasks passed',
        CAPABILITY_MIN,
      ]);
    case 'head-to-head':
      return headToHead(evidence);
    case 'canary':
      return canaryStep(trial, evidence);
    case 'stability':
      return stabilityStep(trial.since, evidence);
    case 'active':
    case 'degraded':
      return inUse(trial.stage, evidence);
    case 'rejected':
    case 'rolled-back':
    case 'retired':
      return { to: trial.stage, because: 'waits', measures: [] };
    default:
      return unreachable(trial.stage);
  }
}

function tested(
  stage: Stage,
  next: Stage,
  passed: Passed | null,
  [what, limit]: readonly ['smoke tasks passed' | 'capability tasks passed', number],
): Step {
  const share = passed === null || passed.tasks === 0 ? null : passed.passed / passed.tasks;
  const found = measure(what, share, 'at-least', limit, passed?.tasks ?? 0);
  if (found.value === null) return { to: stage, because: 'waits', measures: [found] };
  return found.holds
    ? { to: next, because: 'passed', measures: [found] }
    : { to: 'rejected', because: 'not-good-enough', measures: [found] };
}

function headToHead({ runs, baseline }: Evidence): Step {
  const known = measure('baseline runs', baseline.runs, 'at-least', BASELINE_RUNS_MIN);
  const own = measure('head-to-head runs', runs.length, 'at-least', HEAD_TO_HEAD_RUNS);
  if (!baseline.known || !own.holds)
    return { to: 'head-to-head', because: 'waits', measures: [known, own] };
  const mean = meanOf(runs.map(({ figures }) => figures.composite));
  const above = rounded(mean - baseline.figures.composite);
  const found = measure(
    'composite above the baseline',
    above,
    'at-least',
    HEAD_TO_HEAD_MIN,
    runs.length,
  );
  const measures = [known, own, found];
  return found.holds
    ? { to: 'canary', because: 'passed', measures }
    : { to: 'rejected', because: 'not-good-enough', measures };
}

function canaryStep({ canary, share }: Trial, evidence: Evidence): Step {
  const look = lookAt(canary);
  const measures = [
    measure(
      'passes missing in the canary',
      look.missing,
      'at-most',
      look.missingMax,
      canary.newcomer.count,
    ),
    measure('canary errors in a row', canary.errorsInARow, 'at-most', ERRORS_IN_A_ROW_MAX - 1),
    measure('canary tasks of the newcomer', canary.newcomer.count, 'at-least', CANARY_TASKS),
    measure(
      'canary tasks of the models in use',
      canary.control.count,
      'at-least',
      CONTROL_TASKS_MIN,
    ),
  ];
  switch (look.word) {
    case 'worse':
      return { to: 'rolled-back', because: 'worse-in-the-canary', measures };
    case 'errors-in-a-row':
      return { to: 'rolled-back', because: 'errors-in-the-canary', measures };
    case 'control-too-small':
      return { to: 'canary', because: 'waits', measures };
    case 'go-on':
      return { to: 'canary', because: look.share > share ? 'share-grows' : 'waits', measures };
    case 'passed':
      return adoption(canary, evidence, measures);
    default:
      return unreachable(look.word);
  }
}

/** What passed the canary is not worse; in it comes only where it is worth the change. */
function adoption(
  { newcomer, control }: CanaryRecord,
  { cost }: Evidence,
  looked: readonly Measure[],
): Step {
  const ratio = newcomer.sum / newcomer.count / (control.sum / control.count);
  const better = measure(
    'better than the models in use',
    rounded(ratio - 1),
    'at-least',
    BETTER_MIN,
    newcomer.count,
  );
  const worth = cost === null ? null : rounded((ratio * cost.control) / cost.newcomer - 1);
  const cheaper = measure('better for the cost', worth, 'at-least', CHEAPER_MIN, newcomer.count);
  const measures = [...looked, better, cheaper];
  if (better.holds) return { to: 'stability', because: 'better', measures };
  if (cheaper.holds) return { to: 'stability', because: 'cheaper', measures };
  return { to: 'rejected', because: 'not-better-enough', measures };
}

function stabilityStep(since: Instant, { now, degradation }: Evidence): Step {
  const days = measure(
    'days of stability',
    Math.floor((now - since) / DAY_MS),
    'at-least',
    STABLE_DAYS,
  );
  const measures = [days, ...degradation.measures];
  if (degradation.word === 'degraded') return { to: 'rolled-back', because: 'unstable', measures };
  // Days in which nothing was measured show no stability.
  return days.holds && degradation.word === 'steady'
    ? { to: 'active', because: 'stable', measures }
    : { to: 'stability', because: 'waits', measures };
}

function inUse(
  stage: 'active' | 'degraded',
  { baseline, degradation, monthsAboveBaseline }: Evidence,
): Step {
  const below = monthsBelow(monthsAboveBaseline);
  const months = measure('months below the baseline', below, 'at-most', RETIRE_MONTHS - 1);
  const measures = [...degradation.measures, months];
  if (!months.holds) return { to: 'retired', because: 'long-below-baseline', measures };
  if (degradation.word === 'degraded' && stage === 'active')
    return { to: 'degraded', because: 'degraded', measures };
  if (degradation.word === 'steady' && stage === 'degraded')
    return { to: 'active', because: 'steady-again', measures };
  // Without a baseline no month lies below it, which is not the same as a good one.
  const known = measure('baseline runs', baseline.runs, 'at-least', BASELINE_RUNS_MIN);
  return { to: stage, because: 'waits', measures: [...measures, known] };
}

/** Months in a row, counted from the newest; one without runs says nothing and ends the row. */
function monthsBelow(months: readonly (number | null)[]): number {
  const first = months.findIndex((above) => above === null || above >= 0);
  return first < 0 ? months.length : first;
}

/** A difference of two decimal fractions is off by some 1e-17, which must not decide at a limit. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;
