import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beliefOf } from '../../../src/models/routing/belief.ts';
import { chanceFrom } from '../../../src/models/routing/chance.ts';
import { emptyRecord, heard, type SurfaceRecord } from '../../../src/models/routing/evidence.ts';
import { noTrials } from '../../../src/models/routing/likelihood.ts';

const MODEL = 'model@1';

/** A record after rewards of one arm, and the places of its alarms. */
function hearing(rewards: readonly number[], arm = MODEL, before = emptyRecord) {
  let record: SurfaceRecord = before;
  const alarms: number[] = [];
  for (const [at, reward] of rewards.entries()) {
    const learned = heard(record, arm, reward);
    ({ record } = learned);
    if (learned.alarm !== null) alarms.push(at);
  }
  return { record, alarms };
}

/** Coin flips. */
function flips(rate: number, count: number, seed: number): readonly number[] {
  const chance = chanceFrom(seed, 5);
  return Array.from({ length: count }, () => (chance() < rate ? 1 : 0));
}

const evidenceOf = ({ record }: ReturnType<typeof hearing>) => {
  const evidence = record.arms.get(MODEL);
  if (evidence === undefined) throw new Error('nothing was heard');
  return evidence;
};

test('whatever is heard, the mean is the mean of all, and the trail adds up to what is current', () => {
  const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(rewards, (given) => {
      const { current, mean, outcomes, trail } = evidenceOf(hearing(given));
      expect(outcomes).toBe(given.length);
      expect(mean).toBeCloseTo(given.reduce((sum, each) => sum + each, 0) / given.length, 9);
      expect(trail.reduce((sum, { trials }) => sum + trials, 0)).toBe(current.trials);
      expect(trail.reduce((sum, each) => sum + each.sum, 0)).toBeCloseTo(current.sum, 9);
      expect(trail.length).toBeLessThanOrEqual(5 * Math.log2(given.length + 2));
      const sizes = trail.map(({ trials }) => trials);
      expect(sizes).toEqual(sizes.toSorted((one, other) => one - other));
    }),
    { numRuns: 60 },
  );
});

test('a planted change is found soon, and the record starts at it', () => {
  const found = Array.from({ length: 40 }, (_, seed) => {
    const learned = hearing([...flips(0.9, 500, seed), ...flips(0.5, 150, seed + 1_000)]);
    const first = learned.alarms.find((at) => at >= 500);
    return { first, trials: evidenceOf(learned).current.trials };
  });
  expect(found.filter(({ first }) => first !== undefined && first < 600).length).toBe(40);
  expect(found.filter(({ trials }) => trials <= 200).length).toBeGreaterThanOrEqual(38);
});

test.each([0.5, 0.9, 0.05])('steady rewards at %s raise hardly an alarm', (rate) => {
  const loud = Array.from({ length: 40 }, (_, seed) => hearing(flips(rate, 1_000, seed)).alarms);
  expect(loud.filter((alarms) => alarms.length > 0).length).toBeLessThanOrEqual(3);
});

test('rewards between 0 and 1 raise no alarm where coin flips of their mean raise none', () => {
  const chance = chanceFrom(1, 6);
  const steady = Array.from({ length: 1_000 }, () => 0.6 + 0.2 * (chance() - 0.5));
  expect(hearing(steady).alarms).toEqual([]);
});

test('when one model changes, the others are suspected until they show that they have not', () => {
  const calm = hearing(flips(0.6, 200, 1)).record;
  const broken = hearing([...flips(0.9, 200, 2), ...flips(0.1, 60, 3)], 'other@1', calm);
  expect(broken.alarms.length).toBeGreaterThan(0);
  const suspected = broken.record.arms.get(MODEL)?.suspicion?.chance ?? 0;
  const trusted = evidenceOf(hearing(flips(0.6, 60, 4), MODEL, broken.record));
  expect(suspected).toBeGreaterThan(0.4);
  expect(trusted.suspicion?.chance ?? 0).toBeLessThan(suspected / 2 + 0.01);
  expect(trusted.current.trials).toBe(260);
});

test('a model that starts here is believed in by what it did elsewhere, as by five trials at most', () => {
  expect(beliefOf(undefined, noTrials)).toEqual({ alpha: 1, beta: 1, changed: null });
  expect(beliefOf(undefined, { trials: 2, sum: 1 })).toMatchObject({ alpha: 2, beta: 2 });
  expect(beliefOf(undefined, { trials: 1_000, sum: 800 })).toMatchObject({ alpha: 5, beta: 2 });
  const here = evidenceOf(hearing(Array.from({ length: 40 }, () => 0.25)));
  const { alpha, beta } = beliefOf(here, { trials: 1_000, sum: 800 });
  expect([alpha, beta]).toEqual([1 + 10 + 4, 1 + 30 + 1]);
});
