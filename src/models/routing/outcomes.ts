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

/**
 * What is remembered of the decisions, in the order in which they were made: blocks of a few, the newest first.
 * A state that was handed out never changes, and to make the next one no more than one block is copied.
 */
export type Decisions = readonly ReadonlyMap<string, OpenDecision>[];

/** Decisions kept; past it the oldest go, and their outcomes count as unknown. A fleet works on far fewer. */
export const DECISIONS_MAX = 1_024;
const BLOCK = 64;
const BLOCKS_MAX = DECISIONS_MAX / BLOCK;

/** Decisions that stand somewhere else, in the order in which they were made. */
export function decisionsFrom(made: readonly (readonly [string, OpenDecision])[]): Decisions {
  const kept = made.slice(-DECISIONS_MAX);
  const blocks: ReadonlyMap<string, OpenDecision>[] = [];
  for (let at = 0; at < kept.length; at += BLOCK)
    blocks.unshift(new Map(kept.slice(at, at + BLOCK)));
  return blocks;
}

/** @returns undefined where it was never made, or is forgotten. */
export function decisionOf(decisions: Decisions, id: string): OpenDecision | undefined {
  for (const block of decisions) {
    const found = block.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

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
  if (decisionOf(decisions, id) !== undefined) return undefined;
  const [newest = new Map(), ...older] = decisions;
  const entry = [id, { ...made, heard: false }] as const;
  return newest.size < BLOCK
    ? [new Map(newest).set(...entry), ...older]
    : [new Map([entry]), ...decisions.slice(0, BLOCKS_MAX - 1)];
}

export function closed(
  decisions: Decisions,
  outcome: Outcome,
): Result<{ readonly decisions: Decisions; readonly decision: OpenDecision }, OutcomeFault> {
  const { decision: id, reward, usd } = outcome;
  if (!isReward(reward)) return fail({ kind: 'reward-out-of-range', reward });
  if (usd !== null && !(Number.isFinite(usd) && usd >= 0))
    return fail({ kind: 'cost-out-of-range', usd });
  const decision = decisionOf(decisions, id);
  if (decision === undefined) return fail({ kind: 'decision-unknown', decision: id });
  if (decision.heard) return fail({ kind: 'outcome-twice', decision: id });
  const heard = { ...decision, heard: true };
  const next = decisions.map((block) => (block.has(id) ? new Map(block).set(id, heard) : block));
  return ok({ decisions: next, decision });
}
