/** Worlds whose best arm is known, to measure how much a policy loses against always knowing it. */

export interface BanditWorld {
  readonly name: string;
  readonly arms: number;
  readonly steps: number;
  /** Steps until an outcome is heard; 0 where at once. */
  readonly delay: number;
  /** The chance of a reward of 1. @param seed worlds that are drawn differ by it. */
  readonly rate: (step: number, arm: number, seed: number) => number;
}

const STEPS = 10_000;
const steady =
  (rates: readonly number[]): BanditWorld['rate'] =>
  (_, arm) =>
    rates[arm] ?? 0;
const changing =
  (at: number, before: readonly number[], after: readonly number[]): BanditWorld['rate'] =>
  (step, arm) =>
    (step < at ? before : after)[arm] ?? 0;
const along = (step: number, from: number, to: number): number =>
  from + ((to - from) * Math.min(step, STEPS)) / STEPS;

const world = (
  name: string,
  arms: number,
  rate: BanditWorld['rate'],
  more: Partial<BanditWorld> = {},
): BanditWorld => ({ name, arms, steps: STEPS, delay: 0, rate, ...more });

const bestMoves =
  (every: number): BanditWorld['rate'] =>
  (step, arm) =>
    arm === Math.floor(step / every) % 4 ? 0.9 : 0.6;

/** The four worlds that published figures exist for. */
export const referenceWorlds = [
  world('S1: five steady arms', 5, steady([0.9, 0.85, 0.8, 0.7, 0.5])),
  world('S2: one of ten is better', 10, (_, arm) => (arm === 0 ? 0.6 : 0.5)),
  world('D1: the best arm moves', 4, bestMoves(2_500)),
  world('D2: the best arm gets worse', 3, changing(5_000, [0.9, 0.75, 0.6], [0.5, 0.75, 0.6])),
] as const;

/** A number in [0, 1) that only its name decides. */
function mixed(name: number): number {
  let x = Math.imul(name ^ (name >>> 16), 0x45_d9_f3_b);
  x = Math.imul(x ^ (x >>> 16), 0x45_d9_f3_b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * Worlds that nobody tuned for. Where an arm gets better that nobody uses any more, `ucb1` notices it sooner: it looks
 * at every arm again and again, which is what it loses in all the others.
 */
export const otherWorlds: readonly BanditWorld[] = [
  world(
    'an unused arm gets better',
    4,
    changing(5_000, [0.6, 0.5, 0.4, 0.3], [0.6, 0.5, 0.8, 0.3]),
  ),
  world('two arms cross slowly', 3, (step, arm) =>
    arm === 0 ? along(step, 0.9, 0.5) : arm === 1 ? along(step, 0.5, 0.9) : 0.6,
  ),
  world('the best arm wears out', 4, (step, arm) =>
    arm === 0 ? Math.max(0.3, 0.9 - 0.6 * Math.max(0, (step - 2_500) / 5_000)) : 0.8 - arm / 10,
  ),
  world('fifty steady arms', 50, (_, arm) => (arm === 0 ? 0.8 : 0.3 + 0.4 * mixed(arm * 77))),
  world('the best arm moves every 1,000', 4, bestMoves(1_000)),
  world('all rates drawn anew every 2,000', 5, (step, arm, seed) =>
    mixed(seed * 1_000 + Math.floor(step / 2_000) * 10 + arm),
  ),
  world('three arms swing', 3, (step, arm) => {
    return 0.6 + 0.3 * Math.sin(2 * Math.PI * (step / 4_000 + arm / 3));
  }),
  world('low rates', 5, (_, arm) => (arm === 0 ? 0.1 : 0.05)),
  world(
    'all arms get worse together',
    4,
    changing(5_000, [0.9, 0.8, 0.7, 0.6], [0.5, 0.4, 0.3, 0.2]),
  ),
  world('three near ties', 3, steady([0.8, 0.79, 0.78])),
  world('a hundred arms, one better', 100, (_, arm) => (arm === 7 ? 0.9 : 0.6)),
  world('the best arm dies', 4, changing(3_000, [0.9, 0.7, 0.6, 0.5], [0, 0.7, 0.6, 0.5])),
  world('the worst arm rises slowly to the best', 4, (step, arm) =>
    arm === 3 ? along(step, 0.2, 0.95) : 0.7 - arm / 10,
  ),
  world('the best arm gets worse, and back', 3, (step, arm) =>
    arm === 0 ? (step < 3_000 || step >= 6_000 ? 0.9 : 0.4) : 0.9 - arm / 5,
  ),
  world('nearly everything passes', 3, steady([0.99, 0.98, 0.95])),
  world('nearly nothing passes', 3, steady([0.02, 0.01, 0.005])),
  world('two near arms change places', 3, changing(5_000, [0.65, 0.6, 0.5], [0.6, 0.65, 0.5])),
  world('S1, heard 200 steps late', 5, referenceWorlds[0].rate, { delay: 200 }),
  world('D1, heard 200 steps late', 4, referenceWorlds[2].rate, { delay: 200 }),
];
