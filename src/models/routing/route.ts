/** Which model gets a task: classify it, leave out who cannot, choose among the rest. */

import { fail, ok, type Result } from '../../primitives.ts';
import { chanceFrom } from './chance.ts';
import { type Classified, classify } from './classify.ts';
import { type Eligible, eligible, type LeftOut, type Standing } from './eligible.ts';
import { choiceAmong, propensitiesAmong } from './held.ts';
import { opened } from './outcomes.ts';
import { priceOf, spent } from './pacing.ts';
import { type PolicyName, policies } from './policies.ts';
import { type Candidate, type Choice, memberAt } from './policy.ts';
import { candidateOf, type RouterState } from './router-state.ts';
import type { Task } from './task.ts';

/** Two numbers that make the chance of a decision: the caller's, and how many decisions came before. */
export interface Seed {
  readonly seed: number;
  readonly decision: number;
}

/** One decision, whole: from these numbers it can be explained, repeated and judged by another policy. */
export interface Routed {
  readonly id: string;
  readonly policy: PolicyName;
  readonly seed: Seed;
  readonly classified: Classified;
  readonly eligible: readonly Eligible[];
  readonly leftOut: readonly LeftOut[];
  /** What the policy saw of each eligible model, in their order. */
  readonly candidates: readonly Candidate[];
  /** The very numbers that decided. */
  readonly choice: Choice;
  /** The chance that each eligible model had, in their order. */
  readonly propensities: readonly number[];
  /** The chosen model. */
  readonly model: string;
  readonly milliseconds: {
    readonly classify: number;
    readonly eligible: number;
    readonly choose: number;
  };
}

/**
 * Nobody can be given the task; the state stays as it was, so that asking again does not draw again. Canaries
 * are eligible for their share alone: without a model in use most tasks are given to nobody.
 */
export type RouteFault =
  | { readonly kind: 'roster-empty' }
  | { readonly kind: 'model-twice'; readonly id: string }
  | { readonly kind: 'no-model-eligible'; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'decision-twice'; readonly id: string };

export interface RouteRequest {
  /** The decision's own id, which its outcome will name. */
  readonly id: string;
  readonly task: Task;
  readonly models: readonly Standing[];
  readonly policy: PolicyName;
  /** An integer. */
  readonly seed: number;
}

/**
 * Decides, and remembers that it did.
 *
 * @param milliseconds a clock that never goes back; it only times the steps, and decides nothing.
 */
export function route(
  state: RouterState,
  request: RouteRequest,
  milliseconds: () => number,
): Result<{ readonly routed: Routed; readonly state: RouterState }, RouteFault> {
  const { id, models, policy, task } = request;
  if (models.length === 0) return fail({ kind: 'roster-empty' });
  const twice = firstTwice(models.map(({ profile }) => profile.id));
  if (twice !== undefined) return fail({ kind: 'model-twice', id: twice });
  const began = milliseconds();
  const classified = classify(task.facts);
  const classifiedAt = milliseconds();
  const { pacing, records } = state;
  const { surface, size } = classified;
  const found = eligible(models, { surface, size, needs: task.needs, pacing });
  const eligibleAt = milliseconds();
  if (found.eligible.length === 0)
    return fail({ kind: 'no-model-eligible', leftOut: found.leftOut });
  const candidates = found.eligible.map((each) =>
    candidateOf(records, surface, each, priceOf(pacing, each.expectedUsd)),
  );
  const seed = { seed: request.seed, decision: state.decided };
  const choice = chosenBy({ policy, candidates, seed });
  if (choice === null) {
    const held = found.eligible.map(({ id, share = 0 }) => {
      return { id, because: { kind: 'share', surface, share } } as const;
    });
    return fail({ kind: 'no-model-eligible', leftOut: [...found.leftOut, ...held] });
  }
  const propensities = propensitiesAmong(policies[policy], candidates);
  const chosenAt = milliseconds();
  const at = candidates.findIndex(({ arm }) => arm === choice.arm);
  const { arm, expectedUsd, id: model } = memberAt(found.eligible, at);
  const decisions = opened(state.decisions, id, { surface, arm, expectedUsd });
  if (decisions === undefined) return fail({ kind: 'decision-twice', id });
  const routed: Routed = {
    ...{ id, policy, seed, classified, ...found, candidates, choice, propensities, model },
    milliseconds: {
      classify: classifiedAt - began,
      eligible: eligibleAt - classifiedAt,
      choose: chosenAt - eligibleAt,
    },
  };
  const next = { ...state, decisions, decided: state.decided + 1 };
  return ok({ routed, state: { ...next, pacing: pacing && spent(pacing, expectedUsd) } });
}

type Chosen = Pick<Routed, 'candidates' | 'policy' | 'seed'>;

const chosenBy = ({ candidates, policy, seed }: Chosen): Choice | null =>
  choiceAmong(policies[policy], candidates, chanceFrom(seed.seed, seed.decision));

/**
 * Makes a logged choice once more, from its logged numbers alone.
 *
 * @throws where they give the task to nobody, as those of no decision do.
 */
export function chosenAgain(chosen: Chosen): Choice {
  const choice = chosenBy(chosen);
  if (choice === null) throw new Error('numbers of a decision that chose nobody');
  return choice;
}

function firstTwice(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
