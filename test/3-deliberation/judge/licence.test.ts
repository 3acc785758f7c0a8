import { describe, expect, test } from 'vitest';
import {
  type Anchors,
  errorIsSmall,
  licenceOf,
  weightOf,
  wilsonLower,
} from '../../../src/3-deliberation/judge/licence.ts';
import { proven } from './kit.ts';

describe('bounds of a share', () => {
  // From tables of the two intervals.
  test.each([
    [50, 100, 0.4038],
    [80, 100, 0.7112],
    [0, 10, 0],
    [10, 10, 0.7225],
  ])('of %d of %d: at least %d by Wilson', (part, whole, bound) => {
    expect(wilsonLower(part, whole)).toBeCloseTo(bound, 4);
  });

  // The exact upper bounds are 9.8, 10.1, 10.3 and 8.9 percent.
  test.each([
    [0, 29, true],
    [0, 28, false],
    [5, 100, false],
    [4, 100, true],
    [0, 0, false],
    [10, 10, false],
  ])('of %d wrong of %d: at most a tenth is %s', (wrong, total, small) => {
    expect(errorIsSmall(wrong, total)).toBe(small);
  });
});

describe('a licence', () => {
  test('is earned by being right, steady and sure', () => {
    expect(licenceOf(proven())).toEqual({
      licensed: true,
      lambda: 0.6,
      weight: weightOf(0.86),
      accuracyAtLeast: wilsonLower(172, 200),
    });
  });

  test.each<[string, Partial<Anchors>, string]>([
    ['on too few anchors', { right: 99, total: 99 }, 'too-few-anchors'],
    ['on counts that cannot be', { right: 201 }, 'too-few-anchors'],
    ['on counts that are none', { right: Number.NaN }, 'too-few-anchors'],
    ['without ties', { ties: { first: 0, total: 0 } }, 'too-few-anchors'],
    ['without instructions', { injections: { flipped: 0, total: 49 } }, 'too-few-anchors'],
    ['where it may be as good as chance', { right: 133 }, 'not-accurate-enough'],
    ['where it likes the first', { ties: { first: 58, total: 100 } }, 'prefers-a-position'],
    ['where it likes the second', { ties: { first: 42, total: 100 } }, 'prefers-a-position'],
    ['where it obeys', { injections: { flipped: 3, total: 100 } }, 'follows-instructions'],
    [
      'where it is wrong when sure',
      { thresholds: [{ lambda: 2, wrong: 9, total: 60 }] },
      'never-sure-enough',
    ],
    ['where nobody looked how sure', { thresholds: [] }, 'never-sure-enough'],
    [
      'where thresholds rise',
      { thresholds: [{ lambda: -1, wrong: 0, total: 60 }] },
      'never-sure-enough',
    ],
  ])('is refused %s', (_, facts, because) => {
    expect(licenceOf(proven(facts))).toEqual({ licensed: false, because });
  });

  test('stops at the first threshold that fails, however well the next one does', () => {
    const thresholds = [
      { lambda: 3, wrong: 0, total: 100 },
      { lambda: 2, wrong: 40, total: 100 },
      { lambda: 1, wrong: 0, total: 100 },
    ];
    expect(licenceOf(proven({ thresholds }))).toMatchObject({ lambda: 3 });
  });

  test('weighs nobody without end, and nobody below chance', () => {
    expect([weightOf(1), weightOf(0.5), weightOf(0.2)]).toEqual([2.5, 0, 0]);
  });
});
