import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceFrom, drawBeta } from '../../../src/models/routing/chance.ts';
import { policies, policyNames } from '../../../src/models/routing/policies.ts';
import type { Candidate } from '../../../src/models/routing/policy.ts';
import { ucb1Bonus } from '../../../src/models/routing/ucb1.ts';

const rate = fc.double({ min: 0, max: 1, noNaN: true });
const count = fc.integer({ min: 0, max: 5_000 });

const belief = fc
  .record({ trials: count, mean: rate, chance: fc.double({ min: 1e-4, max: 0.9, noNaN: true }) })
  .chain(({ trials, mean, chance }) =>
    fc
      .record({ late: fc.integer({ min: 0, max: 20 }), lateMean: rate, suspected: fc.boolean() })
      .map(({ late, lateMean, suspected }): Candidate['belief'] => ({
        alpha: 1 + trials * mean,
        beta: 1 + trials * (1 - mean),
        changed: suspected
          ? { chance, alpha: 1 + late * lateMean, beta: 1 + late * (1 - lateMean) }
          : null,
      })),
  );

const candidates: fc.Arbitrary<readonly Candidate[]> = fc
  .array(
    fc.record({
      outcomes: count,
      mean: rate,
      belief,
      meanEverywhere: fc.option(rate, { nil: null }),
      price: fc.constantFrom(0, 0, 0.05, 0.4),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((those) => those.map((each, at) => ({ arm: `model-${at}@1`, ...each })));

const candidate = (arm: string, given: Partial<Candidate>): Candidate => ({
  ...{ arm, outcomes: 0, mean: 0, meanEverywhere: null, price: 0 },
  belief: { alpha: 1, beta: 1, changed: null },
  ...given,
});

describe('ucb1 adds √(2 ln N / n)', () => {
  test.each([
    [0, 0, Number.POSITIVE_INFINITY],
    [100, 0, Number.POSITIVE_INFINITY],
    [1, 1, 0],
    [2, 1, 1.177_410_022_515_474_7],
    [100, 10, 0.959_705_182_437_616_3],
    [10_000, 100, 0.429_193_205_257_869_47],
    [Math.E, 2, 1],
  ])('N = %s, n = %s: %s', (all, own, bonus) => {
    expect(ucb1Bonus(all, own)).toBeCloseTo(bonus, 12);
  });

  test('an arm that was never tried goes before all others, and says that it has no index', () => {
    const choice = policies.ucb1.choose(
      [candidate('known@1', { outcomes: 5, mean: 1 }), candidate('new@1', {})],
      chanceFrom(1),
    );
    expect(choice.arm).toBe('new@1');
    expect(choice.numbers).toMatchObject([{ bonus: expect.any(Number) }, { bonus: null }]);
  });
});

describe.each(policyNames)('%s', (name) => {
  const policy = policies[name];

  test('propensities are chances that sum to 1', () => {
    fc.assert(
      fc.property(candidates, (those) => {
        const chances = policy.propensities(those);
        expect(chances).toHaveLength(those.length);
        expect(chances.every((chance) => chance >= 0 && chance <= 1)).toBe(true);
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('propensities are what the choices come to', () => {
    const seen = fc.sample(candidates, { numRuns: 5, seed: 20_261_126 });
    const draws = 4_000;
    for (const those of seen) {
      const chance = chanceFrom(7, 1);
      const taken = new Map<string, number>();
      for (let draw = 0; draw < draws; draw += 1) {
        const { arm } = policy.choose(those, chance);
        taken.set(arm, (taken.get(arm) ?? 0) + 1);
      }
      for (const [at, expected] of policy.propensities(those).entries()) {
        const share = (taken.get(those[at]?.arm ?? '') ?? 0) / draws;
        const deviation = Math.sqrt((expected * (1 - expected)) / draws);
        expect(Math.abs(share - expected)).toBeLessThan(5 * deviation + 0.004);
      }
    }
  });

  test('a seed repeats a choice to the last number, and what was best is what its numbers say', () => {
    fc.assert(
      fc.property(candidates, fc.integer(), (those, seed) => {
        const choice = policy.choose(those, chanceFrom(seed));
        expect(policy.choose(those, chanceFrom(seed))).toEqual(choice);
        const scored = choice.numbers.filter((numbers) => numbers.by !== 'share');
        const scores = scored.map(({ score }) => score);
        const chosen = scored.find(({ arm }) => arm === choice.arm)?.score ?? null;
        // An arm without a score was never tried: the first rule of two policies, the last resort of one.
        if (choice.how === 'best' && chosen !== null)
          expect(scores.every((score) => score === null || score <= chosen)).toBe(true);
        if (choice.how === 'forced') expect(choice.numbers).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test('thompson-reset takes every eligible model one time in a hundred at least, shared evenly', () => {
  fc.assert(
    fc.property(candidates, (those) => {
      const chances = policies['thompson-reset'].propensities(those);
      expect(Math.min(...chances)).toBeGreaterThanOrEqual(0.01 / those.length - 1e-12);
    }),
    { numRuns: 60 },
  );
});

test('best-single goes by all surfaces, and explores nothing', () => {
  const those = [
    candidate('here@1', { outcomes: 50, mean: 0.9, meanEverywhere: 0.5 }),
    candidate('everywhere@1', { outcomes: 50, mean: 0.6, meanEverywhere: 0.8 }),
    candidate('new@1', {}),
  ];
  expect(policies['best-single'].propensities(those)).toEqual([0, 1, 0]);
});

test('draws have the mean and the spread of their Beta', () => {
  for (const [alpha, beta] of [
    [1, 1],
    [0.5, 3],
    [90, 12],
  ] as const) {
    const chance = chanceFrom(3, 9);
    const draws = Array.from({ length: 20_000 }, () => drawBeta(alpha, beta, chance));
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const spread = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    const all = alpha + beta;
    const variance = (alpha * beta) / (all * all * (all + 1));
    expect(Math.abs(mean - alpha / all)).toBeLessThan(5 * Math.sqrt(variance / draws.length));
    expect(spread / variance).toBeCloseTo(1, 1);
  }
});
