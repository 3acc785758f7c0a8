import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ATTEMPTS_MAX,
  type Loss,
  type LostAttempt,
  losses,
  recovery,
  spentModels,
} from '../../../src/models/orchestration/recovery.ts';
import { checkedSteps, nextStep, type Step } from '../../../src/models/orchestration/steps.ts';
import type { Instant } from '../../../src/primitives.ts';

const lost = (ended: Loss, model: string | null = 'small', step = 'work'): LostAttempt => ({
  step,
  model,
  runner: 'here',
  ended,
  detail: '',
  at: 0 as Instant,
});
const again = (how: string, afterMs: number, avoidRunner: string | null) => ({
  kind: 'again',
  how,
  afterMs,
  avoidRunner,
});

describe('what follows an attempt that came to nothing', () => {
  test.each([
    ['a lost runner', [lost('runner-lost')], again('elsewhere', 0, 'here')],
    ['a crash', [lost('crashed')], again('elsewhere', 1_000, 'here')],
    ['a program that does not start', [lost('could-not-start')], again('elsewhere', 1_000, 'here')],
    ['a second crash', [lost('crashed'), lost('crashed')], again('fall-back', 0, null)],
    ['a timeout', [lost('timed-out')], again('fall-back', 0, null)],
    ['a model that cannot', [lost('failed')], again('fall-back', 0, null)],
    [
      'crashes of two models',
      [lost('crashed'), lost('crashed', 'large')],
      again('elsewhere', 2_000, 'here'),
    ],
    [
      'a crash after lost runners',
      [lost('runner-lost'), lost('runner-lost'), lost('crashed')],
      again('elsewhere', 1_000, 'here'),
    ],
    ['a step that no model does, failed', [lost('failed', null, 'judge')], { kind: 'give-up' }],
    [
      'the fifth attempt',
      ['a', 'b', 'c', 'd', 'e'].map((model) => lost('timed-out', model)),
      { kind: 'give-up' },
    ],
    [
      'another step, which has tries of its own',
      [
        ...['a', 'b', 'c', 'd'].map((model) => lost('failed', model)),
        lost('crashed', 'a', 'check'),
      ],
      again('elsewhere', 1_000, 'here'),
    ],
  ])('%s', (_, all, expected) => {
    expect(recovery(all)).toEqual(expected);
  });

  test('a model that had its tries is not asked again, and one whose runner was lost is', () => {
    const all = [lost('runner-lost', 'a'), lost('failed', 'b'), lost('crashed', 'c')];
    expect([...spentModels(all, 'work')]).toEqual(['b']);
    expect([...spentModels([...all, lost('crashed', 'c')], 'work')]).toEqual(['b', 'c']);
    expect([...spentModels(all, 'other')]).toEqual([]);
  });

  test('whatever goes wrong, it ends within the attempts that a step has', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.constantFrom(...losses)), (faults) => {
        const all: LostAttempt[] = [];
        while (recovery(all).kind === 'again') {
          const free = ['a', 'b'].find((model) => !spentModels(all, 'work').has(model));
          if (free === undefined) return;
          all.push(lost(faults.next().value ?? 'failed', free));
          expect(all.length).toBeLessThanOrEqual(ATTEMPTS_MAX);
        }
      }),
    );
  });
});

describe('a task of several steps', () => {
  const steps: readonly Step[] = [
    { name: 'propose', by: 'model' },
    { name: 'judge', by: 'arbiter' },
  ];

  test('goes on at the first step that is not finished', () => {
    expect(nextStep(steps, [])?.name).toBe('propose');
    expect(nextStep(steps, ['propose'])?.name).toBe('judge');
    expect(nextStep(steps, ['propose', 'judge'])).toBeUndefined();
  });

  test('cannot have finished what was not begun', () => {
    expect(() => nextStep(steps, ['judge'])).toThrow('no beginning');
    expect(() => nextStep(steps, ['propose', 'judge', 'more'])).toThrow('no beginning');
  });

  test.each([
    [[], 'steps-counted'],
    [
      Array.from({ length: 17 }, (_, at): Step => ({ name: `s${at}`, by: 'model' })),
      'steps-counted',
    ],
    [[...steps, ...steps], 'step-twice'],
    [[{ name: 'Judge it', by: 'arbiter' } as const], 'step-named-badly'],
  ])('%# is refused', (given, kind) => {
    expect(checkedSteps(given)).toMatchObject({ ok: false, fault: { kind } });
  });
});
