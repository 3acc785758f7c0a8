import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterOutcome,
  CANARY_TASKS,
  type CanaryRecord,
  canarySteps,
  lookAt,
  nothingYet,
  shareAfter,
} from '../../../src/models/lifecycle/canary.ts';
import { canaryOf } from '../../../src/models/lifecycle/canary-tasks.ts';
import type { Instant } from '../../../src/primitives.ts';
import { sentBack } from './canaries.ts';

const known = (count: number, mean: number) => ({
  count,
  sum: count * mean,
  squares: count * mean,
});
const recordOf = (fields: Partial<CanaryRecord>): CanaryRecord => ({
  control: known(500, 0.9),
  newcomer: nothingYet,
  errorsInARow: 0,
  ...fields,
});

describe('a canary', () => {
  test.each([0.6, 0.8, 0.95])(
    'sends back few newcomers that are as good where the models in use pass %d of their tasks',
    (chance) => {
      const planted = { control: chance, newcomer: chance, before: 300 };
      expect(sentBack(planted, 400).share).toBeLessThanOrEqual(0.06);
    },
  );

  test.each([
    [0.9, 0.95],
    [0.85, 0.93],
    // Here the best test of 200 tasks that there is catches 0.936 and 0.862.
    [0.8, 0.9],
    [0.6, 0.8],
  ])(
    'where the models in use pass %d, it sends back at least %d of those that are ten points worse',
    (control, atLeast) => {
      const planted = { control, newcomer: control - 0.1, before: 5_000 };
      const { share, meanTasks, letIn } = sentBack(planted, 200);
      expect(share).toBeGreaterThanOrEqual(atLeast);
      expect(meanTasks).toBeLessThan(CANARY_TASKS * 0.75);
      expect(letIn).toBe(0);
    },
  );

  test('is stricter at its last look than at all before, which share the rest of its error', () => {
    const missingMax = (count: number) =>
      lookAt(recordOf({ newcomer: known(count, 0.9) })).missingMax;
    expect(missingMax(1)).toBe(missingMax(CANARY_TASKS - 1));
    expect(missingMax(CANARY_TASKS)).toBeLessThan(0.9 * missingMax(CANARY_TASKS - 1));
  });

  test('allows for the longer tail of failures where they are rare', () => {
    const lineInDeviations = (mean: number) => {
      const line = lookAt(recordOf({ control: known(1e6, mean) })).missingMax;
      return line / Math.sqrt(CANARY_TASKS * mean * (1 - mean));
    };
    expect(lineInDeviations(0.5)).toBeCloseTo(2.2, 3);
    expect(lineInDeviations(0.95)).toBeGreaterThan(2.3);
  });

  test('sends a newcomer that never passes back before it gets a larger share', () => {
    const { share, meanTasks } = sentBack({ control: 0.9, newcomer: 0, before: 1_000 }, 20);
    expect(share).toBe(1);
    expect(meanTasks).toBeLessThanOrEqual(canarySteps[0].until);
  });

  test('grows by the tasks that the newcomer has done', () => {
    expect([0, 19, 20, 59, 60, 119, 120, 500].map(shareAfter)).toEqual([
      0.1, 0.1, 0.25, 0.25, 0.5, 0.5, 1, 1,
    ]);
  });

  test('waits while too little is known of the models in use', () => {
    expect(lookAt(recordOf({ control: known(19, 1) })).word).toBe('control-too-small');
    expect(lookAt(recordOf({ control: nothingYet })).missingMax).toBe(CANARY_TASKS);
  });

  test('takes a first failure for nothing where the models in use never failed', () => {
    const look = lookAt(recordOf({ control: known(40, 1), newcomer: known(1, 0) }));
    expect(look.word).toBe('go-on');
  });

  test('ends at the third task in a row without a result', () => {
    let record = recordOf({});
    for (const erred of [true, true, false, true, true, true]) {
      const next = afterOutcome(record, { by: 'newcomer', reward: erred ? 0 : 1, erred });
      if (next.ok) record = next.value;
    }
    expect(lookAt(record).word).toBe('errors-in-a-row');
  });

  test.each([Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY])(
    'refuses a reward of %d and stays as it was',
    (reward) => {
      const record = recordOf({});
      expect(afterOutcome(record, { by: 'newcomer', reward, erred: false })).toEqual({
        ok: false,
        fault: { kind: 'reward-out-of-range', reward },
      });
      expect(record).toEqual(recordOf({}));
    },
  );

  test('is passed after its tasks by whoever misses nothing', () => {
    expect(lookAt(recordOf({ newcomer: known(CANARY_TASKS, 0.9) })).word).toBe('passed');
  });

  test('never looks better for one more failure', () => {
    const tally = fc
      .array(fc.boolean(), { minLength: 1, maxLength: 150 })
      .map((passes) => known(passes.length, passes.filter(Boolean).length / passes.length));
    fc.assert(
      fc.property(tally, tally, (control, newcomer) => {
        const record = recordOf({ control, newcomer });
        const next = afterOutcome(record, { by: 'newcomer', reward: 0, erred: false });
        if (next.ok)
          expect(lookAt(next.value).missing).toBeGreaterThanOrEqual(lookAt(record).missing);
      }),
    );
  });
});

test('a task counts once its verdict is there; one without a result counts as nothing at once', () => {
  const at = (ms: number) => ms as Instant;
  const own = { model: 'new', generation: 2, inUse: false };
  const old = { model: 'old', generation: 1, inUse: true };
  const tasks = [
    { ...old, at: at(1), facts: { completion: 1, compliance: 1 } },
    { ...own, at: at(5), facts: { completion: 1, compliance: 1 } },
    { ...own, generation: 1, at: at(11), facts: { completion: 0, compliance: 0 } },
    { ...own, at: at(11), facts: { completion: 1 } },
    { ...own, at: at(12), facts: { completion: 1, compliance: 0.5 } },
    { ...own, at: at(13), facts: { completion: 0 } },
    {
      model: 'third',
      generation: 1,
      inUse: false,
      at: at(14),
      facts: { completion: 1, compliance: 1 },
    },
  ];
  expect(canaryOf(tasks, { newcomer: 'new', generation: 2, since: at(10) })).toEqual({
    control: { count: 1, sum: 1, squares: 1 },
    newcomer: { count: 2, sum: 0.5, squares: 0.25 },
    errorsInARow: 1,
  });
});
