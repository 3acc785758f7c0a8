/** All that the router has learned and spent: a fold over its decisions and their outcomes. */

import { ok, type Result } from '../../primitives.ts';
import type { Surface } from '../profile.ts';
import { beliefOf, tallyElsewhere } from './belief.ts';
import { type Evidence, emptyRecord, heard, type SurfaceRecord } from './evidence.ts';
import type { Tally } from './likelihood.ts';
import { closed, type Decisions, type Outcome, type OutcomeFault } from './outcomes.ts';
import { newPacing, type Pacing, settled } from './pacing.ts';
import type { Candidate } from './policy.ts';
import type { Alarm } from './trail.ts';

export type Records = ReadonlyMap<Surface, SurfaceRecord>;

export interface RouterState {
  readonly records: Records;
  readonly decisions: Decisions;
  /** null: no budget is kept to. */
  readonly pacing: Pacing | null;
  /** Decisions made: the second half of every decision's seed. */
  readonly decided: number;
}

/** A router that has seen nothing. @param usdPerTask what a task may cost on average; null: no budget. */
export const newRouterState = (usdPerTask: number | null): RouterState => ({
  records: new Map(),
  decisions: [],
  pacing: usdPerTask === null ? null : newPacing(usdPerTask),
  decided: 0,
});

/** What was made of each evidence last: between two decisions one arm's changes, and most others' stay the same. */
const lastSeen = new WeakMap<
  Evidence,
  { readonly elsewhere: Tally; readonly candidate: Candidate }
>();

/** What the policies see of an arm. @param price what its cost takes off its score. */
export function candidateOf(
  records: Records,
  surface: Surface,
  { arm, share }: Pick<Candidate, 'arm' | 'share'>,
  price = 0,
): Candidate {
  const here = records.get(surface)?.arms.get(arm);
  const elsewhere = tallyElsewhere(records, surface, arm);
  const last = here === undefined ? undefined : lastSeen.get(here);
  const isSame =
    last?.elsewhere.trials === elsewhere.trials && last.elsewhere.sum === elsewhere.sum;
  const before = isSame ? last.candidate : undefined;
  if (before?.arm === arm && before.price === price && before.share === share) return before;
  const trials = elsewhere.trials + (here?.current.trials ?? 0);
  const sum = elsewhere.sum + (here?.current.sum ?? 0);
  const candidate = {
    arm,
    outcomes: here?.outcomes ?? 0,
    mean: here?.mean ?? 0,
    belief: before?.belief ?? beliefOf(here, elsewhere),
    meanEverywhere: trials === 0 ? null : sum / trials,
    price,
    ...(share === undefined ? {} : { share }),
  };
  if (here !== undefined) lastSeen.set(here, { elsewhere, candidate });
  return candidate;
}

/** The records after one outcome. @param learned.reward in [0, 1]. */
export function recordsWith(
  records: Records,
  learned: { readonly surface: Surface; readonly arm: string; readonly reward: number },
): { readonly records: Records; readonly alarm: Alarm | null } {
  const before = records.get(learned.surface) ?? emptyRecord;
  const { alarm, record } = heard(before, learned.arm, learned.reward);
  return { records: new Map(records).set(learned.surface, record), alarm };
}

/**
 * Learns what became of a decision, however late. An outcome that teaches nothing is a fault to write down;
 * the state is then as it was.
 */
export function learn(
  state: RouterState,
  outcome: Outcome,
): Result<{ readonly state: RouterState; readonly alarm: Alarm | null }, OutcomeFault> {
  const ended = closed(state.decisions, outcome);
  if (!ended.ok) return ended;
  const { arm, expectedUsd, surface } = ended.value.decision;
  const { alarm, records } = recordsWith(state.records, { surface, arm, reward: outcome.reward });
  const pacing =
    state.pacing === null || outcome.usd === null
      ? state.pacing
      : settled(state.pacing, expectedUsd, outcome.usd);
  return ok({ state: { ...state, records, pacing, decisions: ended.value.decisions }, alarm });
}
