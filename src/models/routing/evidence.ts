/** What the models have shown on one surface: the one record that every policy reads. */

import { noTrials, type Tally } from './likelihood.ts';
import { hazardOf, type Suspicion, suspicionOf } from './suspicion.ts';
import { type Alarm, changeIn, followed, type Trail } from './trail.ts';

/** What one arm has shown. */
export interface Evidence {
  /** Outcomes heard ever, and their mean: what `ucb1` and `epsilon-greedy` go by. */
  readonly outcomes: number;
  readonly mean: number;
  /** Outcomes since the arm last changed for certain: what `thompson-reset` goes by. */
  readonly current: Tally;
  readonly trail: Trail;
  readonly suspicion: Suspicion | null;
  /** What `current` was when another arm changed; null once it is clear whether this one did too. */
  readonly together: Tally | null;
  /** The surface's step of its last outcome. */
  readonly lastStep: number;
}

/** The record of a surface. An arm without an entry has shown nothing. */
export interface SurfaceRecord {
  /** Outcomes heard on this surface: the router's own time, which no clock can turn back. */
  readonly step: number;
  readonly alarms: number;
  readonly arms: ReadonlyMap<string, Evidence>;
}

export const emptyRecord: SurfaceRecord = { step: 0, alarms: 0, arms: new Map() };

/** Arms whose record is kept a surface: a roster of 1,000 models, each with a few older digests. */
const ARMS_MAX = 4_096;

/** The running mean, before this reward counts: exact for any order that keeps the count. */
export const meanWith = (mean: number, outcomes: number, reward: number): number =>
  mean + (reward - mean) / (outcomes + 1);

/** Whether a reward can be learned from at all. */
export const isReward = (reward: unknown): reward is number =>
  typeof reward === 'number' && reward >= 0 && reward <= 1;

/**
 * Takes in the outcome of one decision. Where the arm has changed for certain, only what came after the
 * change stays current, and the others are suspected of having changed with it.
 *
 * @param reward in [0, 1]; see `isReward`.
 * @returns the new record, and the alarm where one was raised.
 */
export function heard(
  record: SurfaceRecord,
  arm: string,
  reward: number,
): { readonly record: SurfaceRecord; readonly alarm: Alarm | null } {
  const step = record.step + 1;
  const old = record.arms.get(arm);
  const longer = followed(old?.trail ?? [], reward, step - (old?.lastStep ?? 0));
  const { trials, sum } = old?.current ?? noTrials;
  const all = { trials: trials + 1, sum: sum + reward };
  const change = changeIn(longer, all);
  const alarms = record.alarms + (change === undefined ? 0 : 1);
  const hazard = hazardOf({ alarms, armSteps: step * Math.max(1, record.arms.size) });
  const arms = new Map(record.arms);
  if (change !== undefined) suspectOthers(arms, arm, hazard);
  const current = change?.alarm.after ?? all;
  const trail = change?.since ?? longer;
  const together = change === undefined ? (old?.together ?? null) : null;
  arms.set(arm, {
    outcomes: (old?.outcomes ?? 0) + 1,
    mean: meanWith(old?.mean ?? 0, old?.outcomes ?? 0, reward),
    current,
    trail,
    lastStep: step,
    ...suspicionOf(trail, current, hazard, together),
  });
  if (arms.size > ARMS_MAX) arms.delete(longestSilent(arms));
  return { record: { step, alarms, arms }, alarm: change?.alarm ?? null };
}

function longestSilent(arms: ReadonlyMap<string, Evidence>): string {
  const [first] = [...arms].sort(([, one], [, other]) => one.lastStep - other.lastStep);
  return first?.[0] ?? '';
}

function suspectOthers(arms: Map<string, Evidence>, changed: string, hazard: number): void {
  for (const [arm, evidence] of arms)
    if (arm !== changed) {
      const { trail, current } = evidence;
      arms.set(arm, { ...evidence, ...suspicionOf(trail, current, hazard, current) });
    }
}
