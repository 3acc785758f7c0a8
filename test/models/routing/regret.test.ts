import { expect, test } from 'vitest';
import { regretOf, resetPlayer, ucb1Player } from './simulation.ts';
import { otherWorlds, referenceWorlds } from './worlds.ts';

const SEEDS = [11, 12];
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Far above what 200 seeds come to, far below what a policy comes to that has stopped learning. */
const worlds = [...referenceWorlds, ...otherWorlds.filter(({ name }) => /drawn|wears/.test(name))];

test.each(worlds)('$name: the default loses less than ucb1 in the same luck', (world) => {
  const reset = mean(SEEDS.map((seed) => regretOf(world, resetPlayer, seed)));
  const ucb1 = mean(SEEDS.map((seed) => regretOf(world, ucb1Player, seed)));
  expect(reset).toBeGreaterThan(0);
  expect(reset).toBeLessThan(ucb1);
});
