import { type Chance, chanceFrom } from '../../../src/models/routing/chance.ts';
import { meanWith } from '../../../src/models/routing/evidence.ts';
import { policies } from '../../../src/models/routing/policies.ts';
import type { Candidate } from '../../../src/models/routing/policy.ts';
import {
  candidateOf,
  type Records,
  recordsWith,
} from '../../../src/models/routing/router-state.ts';
import type { BanditWorld } from './worlds.ts';

/** A policy at work: it chooses one of its arms, and hears what came of it. */
export interface Player {
  readonly choose: () => number;
  readonly hear: (arm: number, reward: number) => void;
}

const names = Array.from({ length: 64 }, (_, arm) => `arm-${arm}@1`);
const nameOf = (arm: number): string => names[arm] ?? `arm-${arm}@1`;
const SURFACE = 'code-editing';

/** The default policy with all that it learns. */
export function resetPlayer(arms: number, chance: Chance): Player {
  let records: Records = new Map();
  const seen = (arm: number) => candidateOf(records, SURFACE, { arm: nameOf(arm) });
  const candidates: Candidate[] = Array.from({ length: arms }, (_, arm) => seen(arm));
  return {
    choose: () => armOf(policies['thompson-reset'].choose(candidates, chance).arm),
    hear: (arm, reward) => {
      const learned = recordsWith(records, { surface: SURFACE, arm: nameOf(arm), reward });
      ({ records } = learned);
      // An alarm makes every arm suspect; otherwise only what was heard of has changed.
      if (learned.alarm === null) candidates[arm] = seen(arm);
      else for (const at of candidates.keys()) candidates[at] = seen(at);
    },
  };
}

/** `ucb1`, which needs no more than counts and means. */
export function ucb1Player(arms: number, chance: Chance): Player {
  const belief = { alpha: 1, beta: 1, changed: null };
  const candidates: Candidate[] = Array.from({ length: arms }, (_, arm) => {
    return { arm: nameOf(arm), outcomes: 0, mean: 0, belief, meanEverywhere: null, price: 0 };
  });
  return {
    choose: () => armOf(policies.ucb1.choose(candidates, chance).arm),
    hear: (arm, reward) => {
      const before = candidates[arm];
      if (before === undefined) return;
      const mean = meanWith(before.mean, before.outcomes, reward);
      candidates[arm] = { ...before, mean, outcomes: before.outcomes + 1 };
    },
  };
}

const armOf = (name: string): number => Number(name.slice(4, -2));

/** What was lost against always taking the best arm. */
export function regretOf(
  world: BanditWorld,
  newPlayer: (arms: number, chance: Chance) => Player,
  seed: number,
): number {
  const player = newPlayer(world.arms, chanceFrom(seed, 1));
  const luck = chanceFrom(seed, 2);
  const late: { readonly arm: number; readonly reward: number }[] = [];
  let regret = 0;
  for (let step = 0; step < world.steps; step += 1) {
    const arm = player.choose();
    const rate = world.rate(step, arm, seed);
    let best = rate;
    for (let other = 0; other < world.arms; other += 1)
      best = Math.max(best, world.rate(step, other, seed));
    regret += best - rate;
    late.push({ arm, reward: luck() < rate ? 1 : 0 });
    if (late.length <= world.delay) continue;
    const due = late.shift();
    if (due !== undefined) player.hear(due.arm, due.reward);
  }
  return regret;
}
