import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  affordableUsd,
  newPacing,
  priceOf,
  settled,
  spent,
} from '../../../src/models/routing/pacing.ts';

test('whatever the models cost, spending stays within the budget and two tasks ahead of it', () => {
  const costs = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(costs, fc.double({ min: 0.01, max: 2, noNaN: true }), (given, budget) => {
      let pacing = newPacing(budget);
      for (const cost of given) {
        // A task that nobody can take within the budget goes to whoever costs nothing.
        pacing = spent(pacing, cost <= affordableUsd(pacing) ? cost : 0);
        expect(pacing.spentUsd).toBeLessThanOrEqual((pacing.tasks + 2) * budget * (1 + 1e-12));
      }
    }),
  );
});

test('the price rises while tasks cost more than the budget, and falls to nothing when they cost less', () => {
  let pacing = newPacing(0.1);
  for (let at = 0; at < 50; at += 1) pacing = spent(pacing, 0.2);
  expect(pacing.pricePerBudget).toBeCloseTo(1, 9);
  expect(priceOf(pacing, 0.2)).toBeCloseTo(2, 9);
  for (let at = 0; at < 100; at += 1) pacing = spent(pacing, 0);
  expect(pacing.pricePerBudget).toBe(0);
  expect(priceOf(null, 1_000)).toBe(0);
});

test('what a task really cost takes the place of what it was expected to', () => {
  const pacing = settled(spent(newPacing(1), 0.4), 0.4, 0.9);
  expect(pacing.spentUsd).toBeCloseTo(0.9, 12);
  expect(affordableUsd(pacing)).toBeCloseTo(4 - 0.9, 12);
});
