import { describe, expect, test } from 'vitest';
import type { Measured } from '../../src/3-deliberation/evidence/measured.ts';
import { addUp, assay } from '../../src/3-deliberation/measure.ts';
import { planGates } from '../../src/3-deliberation/plan.ts';
import { aGate, aPolicy } from '../2-examination/case.ts';

const tests = (passed: number, failed = 0, skipped = 0): Measured => ({
  kind: 'tests',
  total: passed + failed + skipped,
  passed,
  failed,
  skipped,
});
const coverage = (covered: number, total: number): Measured => ({
  kind: 'coverage',
  covered,
  total,
  lines: null,
  functions: null,
});
const mutation = (detected: number, total: number): Measured => ({
  kind: 'mutation',
  detected,
  total,
  ignored: 2,
});
const security = (findings: number): Measured => ({
  kind: 'security',
  findings,
  suppressed: 1,
  runs: 1,
});
const planned = (minimum: number | null) => ({ gate: aGate('x'), minimum });

describe('a report against its limit', () => {
  test.each<[string, Measured, number | null, object]>([
    [
      'tests pass',
      tests(3),
      null,
      { measured: { value: 3, unit: 'tests' }, limit: { value: 1, unit: 'tests' }, breach: null },
    ],
    [
      'one test fails',
      tests(3, 1, 2),
      null,
      {
        measured: { value: 1 },
        limit: { value: 0 },
        breach: 'gate.failed',
        detail: { passed: 3, skipped: 2, total: 6 },
      },
    ],
    [
      'none passes',
      tests(0, 0, 4),
      null,
      { measured: { value: 0 }, limit: { value: 1 }, breach: 'gate.no-tests' },
    ],
    ['as many as asked for', tests(5), 5, { limit: { value: 5 }, breach: null }],
    ['fewer than asked for', tests(4), 5, { limit: { value: 5 }, breach: 'gate.no-tests' }],
    ['none asked for', tests(1), 0, { limit: { value: 1 }, breach: null }],
    [
      'exactly enough covered',
      coverage(4, 5),
      80,
      {
        measured: { value: 80, unit: 'percent' },
        limit: { value: 80, unit: 'percent' },
        breach: null,
        detail: { part: 4, whole: 5 },
      },
    ],
    [
      'rounded up to enough',
      coverage(79_999_999, 100_000_000),
      80,
      { breach: 'gate.below-minimum' },
    ],
    ['nothing to cover', coverage(0, 0), 0, { breach: 'gate.below-minimum' }],
    ['no limit', coverage(1, 5), null, { limit: null, breach: null }],
    ['no limit and nothing covered', coverage(0, 5), null, { breach: 'gate.below-minimum' }],
    ['nothing asked for', coverage(0, 5), 0, { breach: null }],
    ['all asked for', coverage(5, 5), 100, { breach: null }],
    ['a limit beyond its range', coverage(5, 5), 101, { breach: 'gate.below-minimum' }],
    ['a limit below its range', coverage(5, 5), -1, { breach: 'gate.below-minimum' }],
    ['a limit that is no number', coverage(5, 5), Number.NaN, { breach: 'gate.below-minimum' }],
    [
      'mutants killed',
      mutation(3, 4),
      75,
      {
        measured: { value: 75, unit: 'percent' },
        breach: null,
        detail: { ignored: 2, part: 3, whole: 4 },
      },
    ],
    [
      'no security finding',
      security(0),
      null,
      {
        measured: { value: 0, unit: 'findings' },
        limit: { value: 0, unit: 'findings' },
        breach: null,
        detail: { suppressed: 1, runs: 1 },
      },
    ],
    ['one too many', security(3), 2, { limit: { value: 2 }, breach: 'gate.failed' }],
    ['as many as allowed', security(2), 2, { breach: null }],
  ])('%s', (_name, measured, minimum, wanted) => {
    expect(assay(measured, planned(minimum))).toMatchObject(wanted);
  });
});

describe('several reports', () => {
  test.each<[string, readonly Measured[], Measured | null]>([
    ['none', [], null],
    ['one', [tests(1)], tests(1)],
    ['of tests', [tests(1, 2, 3), tests(4, 5, 6)], tests(5, 7, 9)],
    ['of coverage', [coverage(1, 2), coverage(3, 4)], coverage(4, 6)],
    [
      'of mutants',
      [mutation(1, 2), mutation(3, 4)],
      { kind: 'mutation', detected: 4, total: 6, ignored: 4 },
    ],
    [
      'of scans',
      [security(1), security(2)],
      { kind: 'security', findings: 3, suppressed: 2, runs: 2 },
    ],
    ['of different things', [tests(1), coverage(1, 2)], null],
    ['of different things again', [coverage(1, 2), tests(1), coverage(1, 2)], null],
    ['of scans and mutants', [security(1), mutation(1, 2)], null],
    ['of mutants and scans', [mutation(1, 2), security(1)], null],
    ['of coverage and tests', [coverage(1, 2), tests(1)], null],
  ])('%s', (_name, reports, wanted) => {
    expect(addUp(reports)).toEqual(wanted);
  });
});

describe('gates are planned', () => {
  const command = {
    by: 'command',
    command: ['x'],
    report: null,
    sandbox: 'required',
    network: false,
  } as const;
  const gates = [
    aGate('own'),
    aGate('skipped', { answer: command, mode: 'skip' }),
    aGate('warned', { answer: command, mode: 'warn' }),
    aGate('coverage', { answer: command, measures: 'coverage', minimum: 60 }),
    aGate('mutation', { answer: command, measures: 'mutation' }),
    aGate('security', { answer: command, measures: 'security' }),
    aGate('allowed', { answer: command, measures: 'security', minimum: 3 }),
    aGate('tests', { answer: command, measures: 'tests', minimum: 4 }),
  ];
  const { tiers } = aPolicy();
  const policy = aPolicy({
    gates,
    tiers: { ...tiers, 2: { ...tiers[2], coveragePercentMin: 80, mutationPercentMin: 50 } },
  });
  const plan = (tier: 1 | 2, changeClass: 'code' | 'governance' | 'empty' = 'code') =>
    planGates({ policy, tier, changeClass }).map(({ gate, minimum }) => [gate.id, minimum]);

  test('with the stricter of their own limit and the tier’s', () => {
    expect(plan(2)).toEqual([
      ['warned', null],
      ['coverage', 80],
      ['mutation', 50],
      ['security', 0],
      ['allowed', 3],
      ['tests', 4],
    ]);
    expect(plan(1).slice(1, 3)).toEqual([
      ['coverage', 60],
      ['mutation', null],
    ]);
  });

  test('for code alone', () => {
    expect(plan(2, 'governance')).toEqual([]);
    expect(plan(2, 'empty')).toEqual([]);
  });
});
