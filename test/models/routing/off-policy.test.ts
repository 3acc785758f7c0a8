import { expect, test } from 'vitest';
import { chanceFrom } from '../../../src/models/routing/chance.ts';
import {
  armTarget,
  evaluate,
  type LoggedDecision,
  logFaultOf,
  policyTarget,
  type Target,
} from '../../../src/models/routing/off-policy.ts';

const rates = { 'a@1': 0.5, 'b@1': 0.7, 'c@1': 0.2 } as const;
const shares = { 'a@1': 0.6, 'b@1': 0.1, 'c@1': 0.3 } as const;
type Arm = keyof typeof rates;
const arms = Object.keys(rates) as readonly Arm[];

/** Decisions of a policy that takes the best arm one time in ten. */
function log(decisions: number, seed: number): readonly LoggedDecision[] {
  const chance = chanceFrom(seed, 8);
  return Array.from({ length: decisions }, () => {
    const drawn = chance();
    const chosen: Arm = drawn < 0.6 ? 'a@1' : drawn < 0.7 ? 'b@1' : 'c@1';
    return {
      surface: 'code-editing',
      arms: arms.map((arm) => ({ arm, propensity: shares[arm] })),
      chosen,
      reward: chance() < rates[chosen] ? 1 : 0,
    };
  });
}

const half: Target = () => [0.5, 0.5, 0];

const estimators = ['ips', 'snips', 'dr'] as const;

test.each<[string, Target, number]>([
  ['always the best', armTarget('b@1'), 0.7],
  ['half and half', half, 0.6],
  ['as it was', armTarget('nobody@1'), 0.43],
])('%s: all three estimates find what the policy is worth', (_, target, value) => {
  const found = evaluate(log(6_000, 3), target);
  for (const estimator of estimators) {
    const { high, low, value: said } = found?.[estimator] ?? { value: 0, low: 0, high: 0 };
    expect(Math.abs(said - value)).toBeLessThan(high - low);
    expect(high - low).toBeLessThan(0.16);
  }
});

test.each([
  ['b@1', 150, 0.7],
  ['a@1', 60, 0.5],
  ['c@1', 100, 0.2],
] as const)(
  'an interval of %s from %d decisions holds the truth as often as it says',
  (arm, decisions, value) => {
    const LOGS = 80;
    const found = Array.from({ length: LOGS }, (_, seed) =>
      evaluate(log(decisions, seed + 1_000), armTarget(arm)),
    );
    for (const estimator of estimators) {
      const held = found.filter((each) => {
        const { high, low } = each?.[estimator] ?? { low: 1, high: 0 };
        return low <= value && value <= high;
      });
      // 95 %, less what chance may take off eighty logs.
      expect(held.length / LOGS).toBeGreaterThan(0.88);
    }
    const width = (estimator: (typeof estimators)[number]) =>
      found.reduce(
        (sum, each) => sum + (each?.[estimator].high ?? 0) - (each?.[estimator].low ?? 0),
        0,
      );
    expect(width('dr')).toBeLessThan(width('ips'));
  },
);

test('a policy is judged as it would have learned from the log', () => {
  const found = evaluate(log(1_500, 5), policyTarget('thompson-reset'));
  expect(found?.logged.value).toBeCloseTo(0.43, 1);
  expect(found?.dr.value).toBeGreaterThan(0.62);
  expect(found?.effectiveDecisions).toBeLessThan(300);
});

test.each<[string, Partial<LoggedDecision>]>([
  ['surface-unknown', { surface: 'poetry' as LoggedDecision['surface'] }],
  ['arm-twice', { arms: [0.5, 0.5].map((propensity) => ({ arm: 'a@1', propensity })) }],
  ['propensity-out-of-range', { arms: [{ arm: 'a@1', propensity: Number.NaN }] }],
  ['propensities-do-not-sum-to-1', { arms: [{ arm: 'a@1', propensity: 0.9 }] }],
  ['chosen-not-among-arms', { chosen: 'd@1' }],
  [
    'propensity-out-of-range',
    { arms: [1, 0].map((propensity, at) => ({ arm: `${'ba'[at]}@1`, propensity })) },
  ],
  ['reward-out-of-range', { reward: Number.NaN }],
  ['reward-out-of-range', { reward: 2 }],
])('%s', (fault, given) => {
  const sound: LoggedDecision = {
    ...({ surface: 'code-editing', chosen: 'a@1', reward: 1 } as const),
    arms: [{ arm: 'a@1', propensity: 1 }],
  };
  expect(logFaultOf(sound)).toBeNull();
  expect(logFaultOf({ ...sound, ...given })).toBe(fault);
});

test('an empty log says nothing', () => {
  expect(evaluate([], half)).toBeNull();
});

test('where all passed, an interval still leaves room for a failure', () => {
  const passed = log(300, 1).map((each) => ({ ...each, reward: 1 }));
  const found = evaluate(passed, armTarget('a@1'));
  for (const estimator of estimators) {
    expect(found?.[estimator].low).toBeGreaterThan(0.8);
    expect(found?.[estimator].low).toBeLessThan(0.99);
    expect(found?.[estimator].high).toBeGreaterThan(0.98);
  }
});

test('a log that is worth hardly a decision leaves everything open', () => {
  const few = log(40, 2).map((each, at) => ({ ...each, chosen: at < 3 ? 'b@1' : 'c@1' }));
  const found = evaluate(few, armTarget('b@1'));
  for (const estimator of estimators) expect(found?.[estimator]).toMatchObject({ low: 0, high: 1 });
  expect(evaluate(few, armTarget('a@1'))?.snips.value).toBeNaN();
});

test('the same log has the same intervals', () => {
  const once = evaluate(log(3_000, 4), half);
  expect(evaluate(log(3_000, 4), half)).toEqual(once);
});
