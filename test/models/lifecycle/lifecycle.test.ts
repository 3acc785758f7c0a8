import { describe, expect, test } from 'vitest';
import { decisionReason, decisionText } from '../../../src/5-publication/decision-words.ts';
import { type Baseline, baselineOf } from '../../../src/models/lifecycle/baseline.ts';
import { boardOf } from '../../../src/models/lifecycle/board.ts';
import { nothingYet } from '../../../src/models/lifecycle/canary.ts';
import { degradationOf, monthsAbove } from '../../../src/models/lifecycle/degradation.ts';
import { meanInterval, quantileOf } from '../../../src/models/lifecycle/interval.ts';
import { decide, retireForSecurity } from '../../../src/models/lifecycle/new-model.ts';
import { figuresOf, levelOf } from '../../../src/models/lifecycle/thresholds.ts';
import {
  after,
  beginTrial,
  type Evidence,
  isStep,
  type Stage,
  statusOf,
  type Trial,
} from '../../../src/models/lifecycle/trial.ts';
import { randomFrom } from '../../3-deliberation/judge/kit.ts';
import { daily, daysAgo, NOW, runOf } from './runs.ts';

const many = (count: number, composite: number) => Array.from({ length: count }, () => composite);

describe('the baseline', () => {
  test('is the 75th percentile of the last ninety days', () => {
    const runs = Array.from({ length: 21 }, (_, at) => runOf(at / 20, { at: daysAgo(at) }));
    expect(baselineOf(runs, 'code-editing', NOW)).toEqual({
      known: true,
      runs: 21,
      figures: { completion: 0.75, compliance: 0.75, composite: 0.75 },
    });
  });

  test.each([
    ['nineteen runs', daily(many(19, 0.9), 20)],
    [
      'runs of another surface',
      many(30, 0.9).map((each) => runOf(each, { surface: 'data-analysis' })),
    ],
    ['runs of ninety days ago', many(30, 0.9).map((each) => runOf(each, { at: daysAgo(90) }))],
    [
      'runs of a clock that is ahead',
      many(30, 0.9).map((each) => runOf(each, { at: daysAgo(-1) })),
    ],
  ])('is not known by %s', (_, runs) => {
    expect(baselineOf(runs, 'code-editing', NOW).known).toBe(false);
  });
});

test('a quantile lies between its neighbours, as in R and NumPy', () => {
  expect(quantileOf([2, 4, 4, 4, 5, 5, 7, 9], 0.75)).toBe(5.5);
  expect(quantileOf([3], 0.75)).toBe(3);
});

test('the interval of a mean is as wide as Student says', () => {
  // t(0.975) for 4 degrees of freedom is 2.776.
  const { low, high } = meanInterval([0.4, 0.5, 0.5, 0.5, 0.6]);
  expect(high - 0.5).toBeCloseTo((2.776 * 0.070_71) / Math.sqrt(5), 3);
  expect(0.5 - low).toBeCloseTo(high - 0.5, 9);
  expect(meanInterval([0.5])).toEqual({ low: 0, high: 1 });
});

describe('figures', () => {
  test.each([
    ['best', 0.92, 0.98, 0.88],
    ['production', 0.85, 0.95, 0.8],
    ['production', 0.92, 0.979, 0.88],
    ['minimum', 0.75, 0.85, 0.7],
    ['below-minimum', 1, 1, 0.69],
  ] as const)('are %s at %d, %d, %d', (level, completion, compliance, composite) => {
    expect(levelOf({ completion, compliance, composite })).toBe(level);
  });

  test.each([Number.NaN, -1, 1.01])('outside 0 to 1 are refused: %d', (value) => {
    const parts = { completion: value, compliance: 1, efficiency: null, tools: null };
    expect(figuresOf('code-editing', parts)).toMatchObject({ ok: false });
  });

  test('of parts that are all asked for follow the weights of the surface', () => {
    const parts = { completion: 1, compliance: 0, efficiency: 0, tools: 0 };
    const found = figuresOf('data-analysis', parts);
    expect(found).toMatchObject({ value: { composite: 0.4 } });
  });
});

describe('degradation', () => {
  const noisy = (mean: number, count: number, seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: count }, () => mean + (random() - 0.5) * 0.1);
  };

  test('is not seen in a model that never changed', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const runs = daily(noisy(0.85, 60, seed), 60);
      expect(degradationOf(runs, 'code-editing', NOW).word).toBe('steady');
    }
  });

  test('is seen within a week where a model loses ten points', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const runs = [...daily(noisy(0.85, 53, seed), 60), ...daily(noisy(0.72, 7, seed + 99), 6.5)];
      expect(degradationOf(runs, 'code-editing', NOW).word).toBe('degraded');
    }
  });

  test('needs no baseline where three runs in a row failed', () => {
    expect(degradationOf(daily([0.9, 0.5, 0.5, 0.5], 3), 'code-editing', NOW).word).toBe(
      'degraded',
    );
    expect(degradationOf(daily([0.5, 0.5, 0.9, 0.5], 3), 'code-editing', NOW).word).toBe(
      'not-enough-data',
    );
  });

  test('over months compares like with like, so that the ordinary model stays', () => {
    const runs = daily(noisy(0.85, 90, 5), 90);
    const baseline = baselineOf(runs, 'code-editing', NOW);
    expect(
      monthsAbove(runs, 'code-editing', { baseline, now: NOW }).every((by) => (by ?? 1) > 0),
    ).toBe(true);
    const worse = daily(noisy(0.75, 90, 6), 90);
    expect(
      monthsAbove(worse, 'code-editing', { baseline, now: NOW }).every((by) => (by ?? 1) < 0),
    ).toBe(true);
  });

  test('over months is seen by weekly runs alone, on whichever day of the week one looks', () => {
    const known = baselineOf(daily(many(90, 0.85), 90), 'code-editing', NOW);
    for (let day = 0; day < 7; day += 1) {
      const weekly = many(13, 0.7).map((each, week) =>
        runOf(each, { at: daysAgo(day + 7 * week) }),
      );
      const months = monthsAbove(weekly, 'code-editing', { baseline: known, now: NOW });
      expect(months.map((by) => by !== null && by < 0)).toEqual([true, true, true]);
    }
  });

  test('over months takes no busy day and no busy week for a month', () => {
    const known = baselineOf(daily(many(90, 0.85), 90), 'code-editing', NOW);
    const lately = many(9, 0.7).map((each, week) => runOf(each, { at: daysAgo(7 * week) }));
    const onDays = (days: readonly number[]) =>
      monthsAbove(
        [...lately, ...days.map((ago) => runOf(0.7, { at: daysAgo(ago) }))],
        'code-editing',
        { baseline: known, now: NOW },
      )[2];
    expect(onDays(many(22, 61))).toBeNull();
    expect(onDays([67, 66, 65, 64, 63, 62, 61])).toBeNull();
    expect(onDays([82, 75, 68, 61])).toBeLessThan(0);
  });
});

const baseline: Baseline = {
  known: true,
  runs: 25,
  figures: { completion: 0.85, compliance: 0.95, composite: 0.8 },
};
const nothing: Evidence = {
  now: NOW,
  smoke: null,
  capability: null,
  runs: [],
  baseline,
  cost: null,
  degradation: { word: 'not-enough-data', measures: [] },
  monthsAboveBaseline: [null, null, null],
};
const trialIn = (stage: Stage, fields: Partial<Trial> = {}): Trial => ({
  ...beginTrial({ model: 'new-8b', surface: 'code-editing', status: 'candidate' }, daysAgo(40)),
  stage,
  ...fields,
});
const done = (count: number, mean: number) => ({ count, sum: count * mean, squares: count * mean });
const canary = (newcomer: number, control = 0.8, count = 200) => ({
  newcomer: done(count, newcomer),
  control: done(1_000, control),
  errorsInARow: 0,
});

describe('a step', () => {
  test.each<[string, Trial, Partial<Evidence>, Stage, string]>([
    ['waits without a smoke run', trialIn('smoke'), {}, 'smoke', 'waits'],
    [
      'passes smoke at 19 of 20',
      trialIn('smoke'),
      { smoke: { passed: 19, tasks: 20 } },
      'capability',
      'passed',
    ],
    [
      'is refused at 18 of 20',
      trialIn('smoke'),
      { smoke: { passed: 18, tasks: 20 } },
      'rejected',
      'not-good-enough',
    ],
    [
      'passes capability at .80',
      trialIn('capability'),
      { capability: { passed: 8, tasks: 10 } },
      'head-to-head',
      'passed',
    ],
    [
      'is refused below .80',
      trialIn('capability'),
      { capability: { passed: 7, tasks: 10 } },
      'rejected',
      'not-good-enough',
    ],
    [
      'waits for three runs',
      trialIn('head-to-head'),
      { runs: [runOf(1), runOf(1)] },
      'head-to-head',
      'waits',
    ],
    [
      'waits for a baseline',
      trialIn('head-to-head'),
      { runs: many(3, 1).map((each) => runOf(each)), baseline: { known: false, runs: 19 } },
      'head-to-head',
      'waits',
    ],
    [
      'enters the canary at .05 above',
      trialIn('head-to-head'),
      { runs: many(3, 0.85).map((each) => runOf(each)) },
      'canary',
      'passed',
    ],
    [
      'is refused at .04 above',
      trialIn('head-to-head'),
      { runs: many(3, 0.84).map((each) => runOf(each)) },
      'rejected',
      'not-good-enough',
    ],
    [
      'gets a larger share',
      trialIn('canary', { share: 0.1, canary: canary(0.8, 0.8, 20) }),
      {},
      'canary',
      'share-grows',
    ],
    [
      'keeps its share meanwhile',
      trialIn('canary', { share: 0.25, canary: canary(0.8, 0.8, 30) }),
      {},
      'canary',
      'waits',
    ],
    [
      'is rolled back',
      trialIn('canary', { share: 1, canary: canary(0.6, 0.8, 150) }),
      {},
      'rolled-back',
      'worse-in-the-canary',
    ],
    [
      'is adopted at 10 % better',
      trialIn('canary', { share: 1, canary: canary(0.88) }),
      {},
      'stability',
      'better',
    ],
    [
      'is not adopted at 9 %',
      trialIn('canary', { share: 1, canary: canary(0.872) }),
      {},
      'rejected',
      'not-better-enough',
    ],
    [
      'is adopted where it is as good for less',
      trialIn('canary', { share: 1, canary: canary(0.8) }),
      { cost: { newcomer: 1, control: 1.15 } },
      'stability',
      'cheaper',
    ],
    [
      'is not adopted for a little less',
      trialIn('canary', { share: 1, canary: canary(0.8) }),
      { cost: { newcomer: 1, control: 1.14 } },
      'rejected',
      'not-better-enough',
    ],
    [
      'is stable after thirty days',
      trialIn('stability', { since: daysAgo(30) }),
      { degradation: { word: 'steady', measures: [] } },
      'active',
      'stable',
    ],
    [
      'is not stable by days in which nothing was measured',
      trialIn('stability', { since: daysAgo(90) }),
      {},
      'stability',
      'waits',
    ],
    [
      'is on probation before',
      trialIn('stability', { since: daysAgo(29) }),
      { degradation: { word: 'steady', measures: [] } },
      'stability',
      'waits',
    ],
    [
      'is rolled back on probation',
      trialIn('stability'),
      { degradation: { word: 'degraded', measures: [] } },
      'rolled-back',
      'unstable',
    ],
    [
      'degrades in use',
      trialIn('active'),
      { degradation: { word: 'degraded', measures: [] } },
      'degraded',
      'degraded',
    ],
    [
      'recovers',
      trialIn('degraded'),
      { degradation: { word: 'steady', measures: [] } },
      'active',
      'steady-again',
    ],
    ['stays degraded in doubt', trialIn('degraded'), {}, 'degraded', 'waits'],
    [
      'retires after three months',
      trialIn('active'),
      { monthsAboveBaseline: [-0.1, -0.1, -0.1] },
      'retired',
      'long-below-baseline',
    ],
    [
      'stays after a better month',
      trialIn('active'),
      { monthsAboveBaseline: [-0.1, 0, -0.1] },
      'active',
      'waits',
    ],
    ['stays retired', trialIn('retired'), { smoke: { passed: 20, tasks: 20 } }, 'retired', 'waits'],
  ])('%s', (_, trial, evidence, to, because) => {
    const decision = decide(trial, { ...nothing, ...evidence });
    expect([decision.from, decision.to, decision.because]).toEqual([trial.stage, to, because]);
    expect(isStep(decision)).toBe(because !== 'waits');
    // A step that was taken rests on something, and says on what.
    expect(because === 'waits' || decision.measures.length > 0).toBe(true);
    expect(decisionReason(decision)).toMatch(/^new-8b on code-editing .+\.$/);
    expect(after(trial, decision).stage).toBe(to);
  });

  test('out of use gives no share of the tasks, whatever it was', () => {
    for (const stage of ['rejected', 'rolled-back', 'retired'] as const)
      expect(decide(trialIn(stage, { share: 1 }), nothing).share).toBe(0);
  });

  test('for security goes from wherever it stands, and is not measured first', () => {
    const decision = retireForSecurity(trialIn('canary', { canary: canary(1) }), NOW);
    expect(decision).toMatchObject({ to: 'retired', share: 0, because: 'security' });
    expect(statusOf(decision.to)).toBe('retired');
  });

  test('is told with the numbers that decided', () => {
    const decision = decide(trialIn('smoke'), { ...nothing, smoke: { passed: 18, tasks: 20 } });
    expect(decisionText(decision)).toBe(
      'new-8b on code-editing goes from the smoke test to rejected: it did not reach the limit.\n' +
        '  fails  smoke tasks passed: 0.90 (n = 20), at least 0.95\n',
    );
  });

  test.each<[Trial['stage'], string, string]>([
    ['smoke', 'smoke tasks passed: not measured (n = 0)', 'arbiter bench new-model --model new-8b'],
    ['head-to-head', 'baseline runs: 0', 'arbiter bench macro --model MODEL-IN-USE'],
    ['canary', 'canary tasks of the newcomer: 0', 'arbiter tasks run --worker COMMAND'],
    ['stability', 'days of stability: 0', 'arbiter bench micro --model new-8b'],
    ['active', 'baseline runs: 0', 'arbiter bench macro --model ANOTHER-IN-USE'],
    ['degraded', 'baseline runs: 0', 'arbiter bench macro --model ANOTHER-IN-USE'],
  ])('that waits in %s says for what, and what brings it', (stage, waits, next) => {
    const unknown = { ...nothing, baseline: { known: false, runs: 0 } as const };
    const told = decisionText(decide(trialIn(stage, { since: NOW }), unknown));
    expect(told).toContain(`\n  waits  ${waits}, at least `);
    expect(told).toContain(`\n  Next: ${next}`);
  });

  test('that was taken back says how to start anew', () => {
    const told = decisionText(decide(trialIn('rolled-back'), nothing));
    expect(told).toContain('\n  Next: arbiter models register FILE --replace --reason TEXT ');
  });

  test('of a model that people put into use begins there', () => {
    const trial = beginTrial({ model: 'old', surface: 'code-editing', status: 'active' }, NOW);
    expect([trial.stage, trial.share, trial.canary.newcomer]).toEqual(['active', 1, nothingYet]);
  });
});

test('the board sorts by what is sure, and compares nobody of whom too little is known', () => {
  const runs = [
    ...daily(many(4, 0.8), 4).map((run) => ({ ...run, model: 'steady' })),
    ...daily([0.5, 1, 0.5, 1], 4).map((run) => ({ ...run, model: 'fickle' })),
    ...daily([1], 1).map((run) => ({ ...run, model: 'lucky' })),
  ];
  const board = boardOf(runs, 'code-editing');
  expect(board.map(({ model, enough }) => [model, enough])).toEqual([
    ['steady', true],
    ['fickle', true],
    ['lucky', false],
  ]);
});
