import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterAttempt,
  type Breaker,
  closedBreaker,
  FAILURES_MAX,
  onTrial,
  passes,
} from '../../../src/models/orchestration/breaker.ts';
import { vitalOf } from '../../../src/models/orchestration/health.ts';
import type { Instant } from '../../../src/primitives.ts';

const t = (ms: number) => (1_000_000_000 + ms) as Instant;
const fails = (breaker: Breaker, now: number, id = 'any') =>
  afterAttempt(breaker, { id, works: false, now: t(now) });
const opened = (now = 0): Breaker =>
  Array.from({ length: FAILURES_MAX }).reduce<Breaker>((each) => fails(each, now), closedBreaker);
const tried = (breaker: Breaker, now: number) =>
  onTrial(breaker, { attempt: 'trial', now: t(now), lostAfterMs: 60_000 });

describe('a circuit breaker', () => {
  test('opens after three failures in a row, and a success between them starts the count anew', () => {
    const twice = fails(fails(closedBreaker, 0), 0);
    expect(passes(twice, t(0))).toBe('yes');
    const mended = afterAttempt(twice, { id: 'x', works: true, now: t(0) });
    expect(passes(fails(fails(mended, 0), 0), t(0))).toBe('yes');
    expect(passes(fails(twice, 0), t(0))).toBe('no');
  });

  test('lets one attempt through after its pause, and no second one beside it', () => {
    expect(passes(opened(), t(4_999))).toBe('no');
    expect(passes(opened(), t(5_000))).toBe('trial');
    const trying = tried(opened(), 5_000);
    expect(passes(trying, t(5_001))).toBe('no');
    // The trial itself was lost: somebody else may try.
    expect(passes(trying, t(65_000))).toBe('trial');
  });

  test('closes when its trial works, and pauses twice as long when it does not', () => {
    const trying = tried(opened(), 5_000);
    expect(afterAttempt(trying, { id: 'trial', works: true, now: t(6_000) })).toEqual(
      closedBreaker,
    );
    const again = fails(trying, 6_000, 'trial');
    expect([passes(again, t(15_999)), passes(again, t(16_000))]).toEqual(['no', 'trial']);
  });

  test('is not decided by attempts that began before it opened', () => {
    const late = { id: 'early', works: true, now: t(100) };
    expect(afterAttempt(opened(), late)).toEqual(opened());
    const trying = tried(opened(), 5_000);
    expect(afterAttempt(trying, late)).toEqual(trying);
    expect(fails(trying, 5_500, 'early')).toEqual(trying);
  });

  test('a clock that is set back does not hold it open', () => {
    expect(passes(opened(86_400_000), t(0))).toBe('trial');
  });

  test('whatever happens, it never waits longer than five minutes for its next trial', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (answers) => {
        let breaker: Breaker = closedBreaker;
        let now = 0;
        for (const works of answers) {
          if (passes(breaker, t(now)) === 'trial') breaker = tried(breaker, now);
          breaker = afterAttempt(breaker, { id: 'trial', works, now: t(now) });
          expect(passes(breaker, t(now + 300_000))).not.toBe('no');
          now += 300_000;
        }
      }),
    );
  });
});

describe('whoever announces itself', () => {
  test.each([
    [0, 'alive'],
    [20_000, 'alive'],
    [20_001, 'late'],
    [40_000, 'late'],
    [40_001, 'lost'],
    // Within what clocks differ by themselves, and beyond.
    [-60_000, 'alive'],
    [-60_001, 'lost'],
  ])('every 10 s and was heard %i ms ago is %s', (ago, vital) => {
    expect(vitalOf({ seenAt: t(0), everyMs: 10_000 }, t(ago))).toBe(vital);
  });
});
