import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AMOUNT_MAX,
  counted,
  merged,
  mergedTally,
  noPerformance,
  noTally,
  quantileOf,
  type Tally,
  type TaskFacts,
  varianceOf,
  without,
  withValue,
} from '../../src/models/performance.ts';

const tallyOf = (values: readonly number[]): Tally => values.reduce(withValue, noTally);
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 2,
  maxLength: 60,
});
const amounts = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

/** The textbook's two passes over all values. */
function twoPasses(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

describe('a tally', () => {
  test('moves its mean by (x − old) / (count + 1)', () => {
    const three = tallyOf([0.2, 0.4, 0.9]);
    expect(withValue(three, 1).mean).toBe(three.mean + (1 - three.mean) / 4);
  });

  test('has the mean and the variance of all its values', () => {
    fc.assert(
      fc.property(shares, (values) => {
        const expected = twoPasses(values);
        const tally = tallyOf(values);
        expect(tally.mean).toBeCloseTo(expected.mean, 12);
        expect(varianceOf(tally)).toBeCloseTo(expected.variance, 10);
      }),
    );
  });

  test('gives back what it was when a value is taken out again', () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 1, noNaN: true }), (values, extra) => {
        const before = tallyOf(values);
        const after = without(withValue(before, extra), extra);
        expect(after.count).toBe(before.count);
        expect(after.buckets).toEqual(before.buckets);
        expect(after.mean).toBeCloseTo(before.mean, 10);
        expect(after.squares).toBeCloseTo(before.squares, 9);
      }),
    );
    expect(without(tallyOf([0.5]), 0.5)).toEqual(noTally);
  });

  test('merged from parts is the same as counted in one', () => {
    fc.assert(
      fc.property(shares, shares, (one, other) => {
        const [parts, whole] = [
          mergedTally(tallyOf(one), tallyOf(other)),
          tallyOf([...one, ...other]),
        ];
        expect(parts.buckets).toEqual(whole.buckets);
        expect(parts.mean).toBeCloseTo(whole.mean, 12);
        expect(parts.squares).toBeCloseTo(whole.squares, 9);
      }),
    );
    expect(mergedTally(noTally, noTally)).toEqual(noTally);
  });

  test('knows every quantile to one percent', () => {
    fc.assert(
      fc.property(amounts, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const rank = Math.min(values.length, Math.max(1, Math.ceil(q * values.length)));
        const exact = values.toSorted((one, other) => one - other)[rank - 1] ?? Number.NaN;
        const found = quantileOf(tallyOf(values), q) ?? Number.NaN;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(1e-4, exact * 0.0101));
      }),
    );
    expect(quantileOf(noTally, 0.5)).toBeNull();
  });

  test('stays small however many different values come', () => {
    const values = Array.from({ length: 4_000 }, (_, at) => AMOUNT_MAX ** (at / 4_000));
    expect(JSON.stringify(tallyOf(values)).length).toBeLessThan(20_000);
  });

  test.each([Number.NaN, -0.1, Number.POSITIVE_INFINITY])('does not count %s', (value) => {
    expect(() => withValue(noTally, value)).toThrow(RangeError);
  });
});

describe('a record', () => {
  const task: TaskFacts = { completion: 1, latencyMs: 1_200 };

  test('counts a task once, however often what is known of it changes', () => {
    const judged: TaskFacts = { ...task, compliance: 0.5 };
    const reverted: TaskFacts = { ...judged, completion: 0, reverted: 1 };
    const record = [task, judged, reverted].reduce(
      ({ now, before }, facts) => ({ now: counted(now, before, facts), before: facts }),
      { now: noPerformance, before: null as TaskFacts | null },
    ).now;
    expect(record.tasks).toBe(1);
    expect(record.tallies.completion).toMatchObject({ count: 1, mean: 0 });
    expect(record.tallies.compliance).toMatchObject({ count: 1, mean: 0.5 });
    expect(record.tallies.latencyMs?.count).toBe(1);
    expect(counted(record, reverted, null).tasks).toBe(0);
  });

  test('of two spans is that of both', () => {
    const day = counted(noPerformance, null, task);
    const both = merged(day, counted(noPerformance, null, { completion: 0 }));
    expect(both.tasks).toBe(2);
    expect(both.tallies.completion).toMatchObject({ count: 2, mean: 0.5 });
    expect(both.tallies.latencyMs).toEqual(day.tallies.latencyMs);
  });
});
