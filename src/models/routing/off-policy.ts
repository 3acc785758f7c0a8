/**
 * What another policy would have earned on past decisions: inverse propensity scoring, its self-normalised
 * form (Swaminathan and Joachims 2015) and the doubly robust estimate (Dudík, Langford and Li 2011).
 */

import { type Interval, meanOf } from '../lifecycle/interval.ts';
import { type Surface, surfaces } from '../profile.ts';
import { wilson } from '../scores.ts';
import { isReward } from './evidence.ts';
import { type PolicyName, policies } from './policies.ts';
import {
  type Estimator,
  effectiveOf,
  estimators,
  resampledIntervals,
  sumsOf,
  type Weighed,
} from './resampling.ts';
import { candidateOf, type Records, recordsWith } from './router-state.ts';

/** One past decision and what became of it. */
export interface LoggedDecision {
  /** Its own id, by which a second outcome of it is told; absent where nobody gave one. */
  readonly decision?: string;
  readonly surface: Surface;
  /** Who could have been chosen, and with which chance. */
  readonly arms: readonly { readonly arm: string; readonly propensity: number }[];
  readonly chosen: string;
  readonly reward: number;
}

/** The chance that the policy under test would have given each arm of a decision, in their order. */
export type Target = (logged: LoggedDecision, before: Records) => readonly number[];

/** A value and where the true one lies with 95 % confidence. */
export interface Estimate extends Interval {
  /** NaN for `snips` where the policy takes nothing that was taken: then the log says nothing of it. */
  readonly value: number;
}

export interface Evaluated {
  readonly decisions: number;
  /** What the policy that was in force earned. */
  readonly logged: Estimate;
  readonly ips: Estimate;
  readonly snips: Estimate;
  readonly dr: Estimate;
  /** How many decisions the weighted ones are worth; few mean that the log says little of this policy. */
  readonly effectiveDecisions: number;
  readonly largestWeight: number;
}

/** Why a logged decision cannot be weighed; two of one id are for whoever sees all of them to tell. */
export type LogFault =
  | 'surface-unknown'
  | 'chosen-not-among-arms'
  | 'arm-twice'
  | 'propensity-out-of-range'
  | 'propensities-do-not-sum-to-1'
  | 'reward-out-of-range';

const SUM_TOLERANCE = 1e-6;

export function logFaultOf(logged: LoggedDecision): LogFault | null {
  const { arms, chosen, reward, surface } = logged;
  if (!surfaces.includes(surface)) return 'surface-unknown';
  if (new Set(arms.map(({ arm }) => arm)).size !== arms.length) return 'arm-twice';
  if (!arms.every(({ propensity }) => propensity >= 0 && propensity <= 1))
    return 'propensity-out-of-range';
  const sum = arms.reduce((total, { propensity }) => total + propensity, 0);
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) return 'propensities-do-not-sum-to-1';
  const taken = arms.find(({ arm }) => arm === chosen);
  if (taken === undefined) return 'chosen-not-among-arms';
  if (taken.propensity === 0) return 'propensity-out-of-range';
  return isReward(reward) ? null : 'reward-out-of-range';
}

/** A policy as it would have learned from the log so far. */
export const policyTarget =
  (policy: PolicyName): Target =>
  ({ arms, surface }, before) =>
    policies[policy].propensities(arms.map(({ arm }) => candidateOf(before, surface, { arm })));

/** Always the one arm; where it could not be chosen, as was done. */
export const armTarget =
  (arm: string): Target =>
  ({ arms }) =>
    arms.some((each) => each.arm === arm)
      ? arms.map((each) => (each.arm === arm ? 1 : 0))
      : arms.map(({ propensity }) => propensity);

/**
 * Goes through the log in its order. The model of rewards that DR corrects is the mean of each arm in the
 * decisions before, so that no decision is judged by its own outcome.
 *
 * @param log decisions without a fault (`logFaultOf`), oldest first.
 * @returns null where the log is empty.
 */
export function evaluate(log: readonly LoggedDecision[], target: Target): Evaluated | null {
  if (log.length === 0) return null;
  let records: Records = new Map();
  const weighed: Weighed[] = [];
  for (const logged of log) {
    const { arms, chosen, reward, surface } = logged;
    const shares = target(logged, records);
    const rewards = arms.map(({ arm }) => expectedReward(records, surface, arm));
    const at = arms.findIndex(({ arm }) => arm === chosen);
    const weight = (shares[at] ?? 0) / (arms[at]?.propensity ?? Number.NaN);
    const model = shares.reduce((sum, share, arm) => sum + share * (rewards[arm] ?? 0), 0);
    weighed.push({ weight, reward, model, expected: rewards[at] ?? 0 });
    ({ records } = recordsWith(records, { surface, arm: chosen, reward }));
  }
  const sums = sumsOf(weighed);
  const intervals = resampledIntervals(weighed);
  const estimate = (of: Estimator): Estimate => ({ value: estimators[of](sums), ...intervals[of] });
  const mean = meanOf(log.map(({ reward }) => reward));
  return {
    decisions: log.length,
    logged: { value: mean, ...wilson(mean, log.length) },
    ips: estimate('ips'),
    snips: estimate('snips'),
    dr: estimate('dr'),
    effectiveDecisions: effectiveOf(weighed),
    largestWeight: weighed.reduce((most, { weight }) => Math.max(most, weight), 0),
  };
}

/** An arm that was never seen is expected to do middling. */
function expectedReward(records: Records, surface: Surface, arm: string): number {
  const { mean, outcomes } = candidateOf(records, surface, { arm });
  return (outcomes * mean + 1) / (outcomes + 2);
}
