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

test.each<[string, Target, number]>([
  ['always the best', armTarget('b@1'), 0.7],
  ['half and half', half, 0.6],
  ['as it was', armTarget('nobody@1'), 0.43],
])('%s: all three estimates find what the policy is worth', (_, target, value) => {
  const found = evaluate(log(6_000, 3), target);
  for (const estimate of [found?.ips, found?.snips, found?.dr]) {
    const error = Math.abs((estimate?.value ?? 0) - value);
    expect(error).toBeLessThan(4 * (estimate?.standardError ?? 0));
    expect(estimate?.standardError).toBeLessThan(0.04);
  }
});

test('over many logs the errors are what they say, and the doubly robust one is the smallest', () => {
  const logs = Array.from({ length: 40 }, (_, seed) => evaluate(log(600, seed), armTarget('b@1')));
  const spread = (of: 'ips' | 'snips' | 'dr') => {
    const errors = logs.map((each) => (each?.[of].value ?? 0) - 0.7);
    return Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  };
  for (const of of ['ips', 'snips', 'dr'] as const) {
    const said = logs.reduce((sum, each) => sum + (each?.[of].standardError ?? 0), 0) / 40;
    expect(spread(of) / said).toBeGreaterThan(0.6);
    expect(spread(of) / said).toBeLessThan(1.5);
  }
  expect(spread('dr')).toBeLessThan(spread('ips'));
});

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
