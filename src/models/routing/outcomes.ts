/** Decisions whose outcome is still to come: a verdict can arrive days after the task was given away. */

import { fail, ok, type Result } from '../../primitives.ts';
import type { Surface } from '../profile.ts';
import { isReward } from './evidence.ts';

export interface OpenDecision {
  readonly surface: Surface;
  readonly arm: string;
  readonly expectedUsd: number;
  /** Its outcome has come: kept for a while, so that a second one is told from a strange one. */
  readonly heard: boolean;
}

/** By the decision's id, in the order in which they were made. */
export type Decisions = ReadonlyMap<string, OpenDecision>;

/** Decisions kept; past it the oldest goes, and its outcome counts as unknown. A fleet works on far fewer. */
export const DECISIONS_MAX = 1_024;

/** What became of a task. */
export interface Outcome {
  readonly decision: string;
  /** In [0, 1]. */
  readonly reward: number;
  /** What it cost; null where nobody measured it: then what was expected stands. */
  readonly usd: number | null;
}

/** An outcome that teaches nothing; the state stays as it was. */
export type OutcomeFault =
  | { readonly kind: 'reward-out-of-range'; readonly reward: unknown }
  | { readonly kind: 'cost-out-of-range'; readonly usd: unknown }
  | { readonly kind: 'decision-unknown'; readonly decision: string }
  | { readonly kind: 'outcome-twice'; readonly decision: string };

/** @returns undefined where the id was used before: a decision is made once. */
export function opened(
  decisions: Decisions,
  id: string,
  made: Omit<OpenDecision, 'heard'>,
): Decisions | undefined {
  if (decisions.has(id)) return undefined;
  const next = new Map(decisions).set(id, { ...made, heard: false });
  const [oldest] = next.keys();
  if (next.size > DECISIONS_MAX && oldest !== undefined) next.delete(oldest);
  return next;
}

export function closed(
  decisions: Decisions,
  outcome: Outcome,
): Result<{ readonly decisions: Decisions; readonly decision: OpenDecision }, OutcomeFault> {
  const { decision: id, reward, usd } = outcome;
  if (!isReward(reward)) return fail({ kind: 'reward-out-of-range', reward });
  if (usd !== null && !(Number.isFinite(usd) && usd >= 0))
    return fail({ kind: 'cost-out-of-range', usd });
  const decision = decisions.get(id);
  if (decision === undefined) return fail({ kind: 'decision-unknown', decision: id });
  if (decision.heard) return fail({ kind: 'outcome-twice', decision: id });
  return ok({ decisions: new Map(decisions).set(id, { ...decision, heard: true }), decision });
}
