/** What the routing benchmark measures, one figure a function, each from its seeds alone. */
import { chanceFrom } from '../src/models/routing/chance.ts';
import { emptyRecord } from '../src/models/routing/evidence.ts';
import {
  affordableUsd,
  newPacing,
  type Pacing,
  priceOf,
  spent,
} from '../src/models/routing/pacing.ts';
import { policies } from '../src/models/routing/policies.ts';
import { memberAt } from '../src/models/routing/policy.ts';
import { candidateOf, type Records, recordsWith } from '../src/models/routing/router-state.ts';
import { regretOf, resetPlayer, ucb1Player } from '../test/models/routing/simulation.ts';
import { otherWorlds, referenceWorlds } from '../test/models/routing/worlds.ts';

export const worlds = [...referenceWorlds, ...otherWorlds];
const SURFACE = 'code-editing';

/** A model of a made-up world: what it earns and costs. */
export interface Maker {
  readonly arm: string;
  readonly rate: number;
  readonly usd: number;
}

/** Regret of both policies in one world under one seed. */
export interface Regrets {
  readonly world: string;
  readonly reset: number;
  readonly ucb1: number;
}

export function regretsOf(at: number, seed: number): Regrets {
  const world = memberAt(worlds, at);
  return {
    world: world.name,
    reset: regretOf(world, resetPlayer, seed),
    ucb1: regretOf(world, ucb1Player, seed),
  };
}

/** Plays the default policy; `present` says who is on the roster at a step. */
function play(
  steps: number,
  seed: number,
  present: (step: number) => readonly Maker[],
  budget: Pacing | null,
  seen: (maker: Maker, step: number) => void,
): void {
  const chance = chanceFrom(seed, 3);
  const luck = chanceFrom(seed, 4);
  let records: Records = new Map([[SURFACE, emptyRecord]]);
  let pacing = budget;
  for (let step = 0; step < steps; step += 1) {
    const limit = pacing === null ? Number.POSITIVE_INFINITY : affordableUsd(pacing);
    const makers = present(step).filter(({ usd }) => usd <= limit);
    const candidates = makers.map(({ arm, usd }) =>
      candidateOf(records, SURFACE, { arm }, priceOf(pacing, usd)),
    );
    const { arm } = policies['thompson-reset'].choose(candidates, chance);
    const maker = memberAt(
      makers,
      makers.findIndex((each) => each.arm === arm),
    );
    seen(maker, step);
    if (pacing !== null) pacing = spent(pacing, maker.usd);
    const reward = luck() < maker.rate ? 1 : 0;
    ({ records } = recordsWith(records, { surface: SURFACE, arm, reward }));
  }
}

const fleet: readonly Maker[] = [
  { arm: 'large@1', rate: 0.9, usd: 0.1 },
  { arm: 'middle@1', rate: 0.75, usd: 0.02 },
  { arm: 'small@1', rate: 0.6, usd: 0.004 },
];
/** From hardly more than the cheapest to nearly what binds no more. */
export const budgetsUsd = [0.005, 0.02, 0.05, 0.08];
const PACED_STEPS = 1_000;

/** Spending over the budget, as a share of it, and the reward beside the best that the budget could buy. */
export interface Paced {
  readonly overshoot: number;
  readonly rewardShare: number;
}

export function pacedBy(usdPerTask: number, seed: number): Paced {
  let usd = 0;
  let reward = 0;
  play(
    PACED_STEPS,
    seed,
    () => fleet,
    newPacing(usdPerTask),
    (maker) => {
      usd += maker.usd;
      reward += maker.rate;
    },
  );
  return {
    overshoot: usd / PACED_STEPS / usdPerTask - 1,
    rewardShare: reward / PACED_STEPS / bestWithin(usdPerTask),
  };
}

/** The best mix of two models that spends the budget on average: a linear program of two vertices. */
function bestWithin(usdPerTask: number): number {
  const mixes = fleet.flatMap((one) =>
    fleet.map((other) => {
      if (one.usd <= usdPerTask) return one.rate;
      if (other.usd > usdPerTask) return 0;
      const share = (usdPerTask - other.usd) / (one.usd - other.usd);
      return share * one.rate + (1 - share) * other.rate;
    }),
  );
  return Math.max(...mixes);
}

const incumbents: readonly Maker[] = [0.8, 0.7, 0.6].map((rate, at) => ({
  ...{ arm: `incumbent-${at}@1`, rate, usd: 0 },
}));
const ARRIVES = 1_000;

/** The newcomer's share of the 150 steps after it came, and of the last fifty of them. */
export function bestNewcomer(seed: number): { readonly whole: number; readonly last: number } {
  const pulls = newcomerPulls(0.95, 150, seed);
  return { whole: pulls.length / 150, last: pulls.filter((step) => step >= 100).length / 50 };
}

/** How often a bad newcomer is tried in the 1,000 steps after it came. */
export const badNewcomer = (seed: number): number => newcomerPulls(0.4, 1_000, seed).length;

function newcomerPulls(rate: number, steps: number, seed: number): readonly number[] {
  const newcomer: Maker = { arm: 'newcomer@1', rate, usd: 0 };
  const pulls: number[] = [];
  play(
    ARRIVES + steps,
    seed,
    (step) => (step < ARRIVES ? incumbents : [...incumbents, newcomer]),
    null,
    (maker, step) => {
      if (maker === newcomer) pulls.push(step - ARRIVES);
    },
  );
  return pulls;
}
