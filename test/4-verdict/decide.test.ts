import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, lower } from '../../src/4-verdict/decide.ts';
import type { Verdict } from '../../src/4-verdict/verdict.ts';
import type { Standing } from '../../src/caws/findings.ts';

const standings = fc.array(fc.constantFrom<Standing>('fails', 'needs-waiver', 'waived', 'warns'), {
  maxLength: 30,
});
const order: readonly Verdict[] = ['FAIL', 'WAIVER_REQUIRED', 'PASS'];

describe('the verdict', () => {
  test.each<[Verdict, Standing[]]>([
    ['PASS', []],
    ['PASS', ['warns', 'waived']],
    ['WAIVER_REQUIRED', ['warns', 'needs-waiver', 'waived']],
    ['FAIL', ['needs-waiver', 'fails', 'waived']],
  ])('is %s for standings %j', (verdict, given) => {
    expect(decide({ standings: given, measured: true })).toBe(verdict);
  });

  test('is not PASS where nothing was measured', () => {
    expect(decide({ standings: [], measured: false })).toBe('WAIVER_REQUIRED');
    expect(decide({ standings: ['fails'], measured: false })).toBe('FAIL');
  });

  test('is FAIL for a standing that no one defined', () => {
    for (const unknown of ['approved', '', 'constructor', '__proto__'] as unknown as Standing[])
      expect(decide({ standings: [unknown], measured: true })).toBe('FAIL');
  });

  test('does not depend on the order of its grounds', () => {
    fc.assert(
      fc.property(standings, fc.boolean(), fc.infiniteStream(fc.nat()), (given, measured, keys) => {
        const shuffled = given
          .map((standing) => ({ standing, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ standing }) => standing);
        expect(decide({ standings: shuffled, measured })).toBe(
          decide({ standings: given, measured }),
        );
      }),
    );
  });

  test('never rises when a ground is added', () => {
    fc.assert(
      fc.property(standings, standings, fc.boolean(), (given, more, measured) => {
        const before = order.indexOf(decide({ standings: given, measured }));
        const after = order.indexOf(decide({ standings: [...given, ...more], measured }));
        expect(after).toBeLessThanOrEqual(before);
      }),
    );
  });

  test('of two is the lower one', () => {
    for (const one of order)
      for (const other of order)
        expect(lower(one, other)).toBe(order[Math.min(order.indexOf(one), order.indexOf(other))]);
  });
});
