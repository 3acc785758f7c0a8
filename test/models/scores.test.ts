import { describe, expect, test } from 'vitest';
import { counted, noPerformance, type TaskFacts } from '../../src/models/performance.ts';
import { surfaces } from '../../src/models/profile.ts';
import {
  compositeOf,
  compositeWeights,
  quantileEstimate,
  rankOf,
  scoresOf,
  shareEstimate,
  TASKS_ENOUGH,
  wilson,
} from '../../src/models/scores.ts';

const recordOf = (tasks: readonly TaskFacts[]) =>
  tasks.reduce((record, facts) => counted(record, null, facts), noPerformance);
const done = (composite: number): TaskFacts => ({ composite, completion: composite });

describe('the composite', () => {
  test.each(surfaces)('of %s weighs to one', (surface) => {
    const sum = Object.values(compositeWeights[surface]).reduce((total, each) => total + each, 0);
    expect(sum).toBeCloseTo(1, 12);
    const ones = { completion: 1, compliance: 1, efficiency: 1, tools: 1 };
    expect(compositeOf(surface, ones)).toBeCloseTo(1, 12);
  });

  test.each([
    ['code-editing', 0.35 + 0.15 * 0.4 + 0.2 * 0.5],
    ['research-assistant', 0.25 + 0.3 * 0.4 + 0.25 * 0.5],
    ['data-analysis', 0.4 + 0.2 * 0.4 + 0.15 * 0.5],
  ] as const)('of %s has the weights of its surface', (surface, expected) => {
    const facts = { completion: 1, compliance: 0, efficiency: 0.5, tools: 0.4 };
    expect(compositeOf(surface, facts)).toBeCloseTo(expected, 12);
  });

  test('shares the weight of what does not apply', () => {
    expect(compositeOf('code-editing', { completion: 1, compliance: 0 })).toBeCloseTo(0.35 / 0.65);
  });

  test.each([
    ['no verdict', { completion: 1 }],
    ['no outcome', { compliance: 1 }],
  ])('is not known with %s', (_, facts) => {
    expect(compositeOf('code-editing', facts)).toBeNull();
  });
});

describe('what is shown has an interval', () => {
  // Values of Wilson's interval in textbooks: 95 %, two-sided.
  test.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [81, 100, 0.7222, 0.8749],
  ])('%i of %i', (hits, count, low, high) => {
    const interval = wilson(hits / count, count);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });

  test('of nothing it is everything', () => {
    expect(wilson(0.5, 0)).toEqual({ low: 0, high: 1 });
    expect(shareEstimate(undefined)).toBeNull();
    expect(quantileEstimate(undefined, 0.5)).toBeNull();
  });

  test('covers the true share of partly done tasks in 95 of 100 records at least', () => {
    // Of each task some of four checks pass, so that a task is a share and no yes or no.
    let state = 7;
    const chance = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    let covered = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      const facts = Array.from({ length: 30 }, () =>
        done([1, 2, 3, 4].filter(() => chance() < 0.8).length / 4),
      );
      const estimate = shareEstimate(recordOf(facts).tallies.completion);
      if (estimate !== null && estimate.low <= 0.8 && estimate.high >= 0.8) covered += 1;
    }
    expect(covered / 400).toBeGreaterThan(0.95);
  });

  test('a latency lies between the ends of its own', () => {
    const record = recordOf(Array.from({ length: 100 }, (_, at) => ({ latencyMs: at * 10 + 10 })));
    const latency = scoresOf(record).amounts.latencyMs;
    expect(latency?.p50.value).toBeGreaterThan(490);
    expect(latency?.p50.value).toBeLessThan(510);
    expect(latency?.p50.low).toBeGreaterThan(390);
    expect(latency?.p50.high).toBeLessThan(610);
    expect(latency?.p95.high).toBeGreaterThanOrEqual(latency?.p95.value ?? 0);
  });

  test('fewer than twenty tasks are not enough', () => {
    const tasks = (count: number) => recordOf(Array.from({ length: count }, () => done(1)));
    expect(scoresOf(tasks(TASKS_ENOUGH - 1)).enough).toBe(false);
    expect(scoresOf(tasks(TASKS_ENOUGH)).enough).toBe(true);
  });
});

test('one lucky task ranks below a hundred good ones, and nothing known below both', () => {
  const lucky = rankOf(recordOf([done(1)]));
  const good = rankOf(
    recordOf(Array.from({ length: 100 }, (_, at) => done(at % 10 === 0 ? 0 : 1))),
  );
  expect(good).toBeGreaterThan(lucky);
  expect(lucky).toBeGreaterThan(rankOf(noPerformance));
});
