import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Standing } from '../../../src/models/routing/eligible.ts';
import { type PolicyName, policyNames } from '../../../src/models/routing/policies.ts';
import { chosenAgain, type Routed, route } from '../../../src/models/routing/route.ts';
import { newRouterState } from '../../../src/models/routing/router-state.ts';
import { standing, task } from './kit.ts';

const canary = (id: string, share?: number): Standing =>
  standing(id, {
    status: 'canary',
    ...(share === undefined ? {} : { shares: { 'code-editing': share } }),
  });

function routed(models: readonly Standing[], seed: number, policy: PolicyName = 'thompson-reset') {
  const asked = { id: `task-${seed}`, task: task(), models, policy, seed };
  return route(newRouterState(null), asked, () => 0);
}

/** Of so many tasks, how many each model was given, and the last decision. */
function given(models: readonly Standing[], tasks: number, policy?: PolicyName) {
  const counts = new Map<string, number>();
  let last: Routed | undefined;
  for (let seed = 0; seed < tasks; seed += 1) {
    const made = routed(models, seed, policy);
    const model = made.ok ? made.value.routed.model : 'nobody';
    counts.set(model, (counts.get(model) ?? 0) + 1);
    if (made.ok) last = made.value.routed;
  }
  return { shareOf: (id: string) => (counts.get(id) ?? 0) / tasks, last };
}

const TASKS = 2_000;
/** Five standard deviations of a count of so many tasks. */
const near = (share: number): number => 5 * Math.sqrt((share * (1 - share)) / TASKS) + 1e-9;

describe('a canary', () => {
  test.each([
    ['at its first step', canary('new', 0.1), 0.1],
    ['at its third', canary('new', 0.5), 0.5],
    ['at its last', canary('new', 1), 1],
    ['of which nothing was decided yet', canary('new'), 0.1],
    [
      'of this surface that is in use on another',
      standing('new', { shares: { 'code-editing': 0.25 } }),
      0.25,
    ],
    ['of another surface alone', canary('new', 0), 0],
  ] as const)('%s is given its share', (_, newcomer, share) => {
    const { shareOf } = given([standing('a'), newcomer, standing('b')], TASKS);
    expect(Math.abs(shareOf('new') - share)).toBeLessThanOrEqual(near(share));
    expect(shareOf('nobody')).toBe(0);
  });

  test.each(policyNames)(
    'gets its share under %s, and the others what the policy says',
    (policy) => {
      const { last, shareOf } = given(
        [canary('new', 0.25), standing('a'), standing('b')],
        TASKS,
        policy,
      );
      expect(Math.abs(shareOf('new') - 0.25)).toBeLessThanOrEqual(near(0.25));
      const among = given([standing('a'), standing('b')], 1, policy).last?.propensities ?? [];
      expect(last?.propensities[0]).toBe(0.25);
      for (const [at, chance] of among.entries())
        expect(last?.propensities[at + 1]).toBeCloseTo(0.75 * chance, 12);
    },
  );

  test('is the reason itself where the lot fell on it, and stands in the reason where it did not', () => {
    const models = [standing('a'), canary('new', 0.25)];
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      const made = routed(models, seed);
      if (!made.ok) throw new Error(made.fault.kind);
      const { choice, model } = made.value.routed;
      const [lot] = choice.numbers;
      expect(lot).toMatchObject({ arm: 'new@1', by: 'share', share: 0.25 });
      if (lot?.by !== 'share') throw new Error('no lot');
      expect(model === 'new').toBe(lot.lot < 0.25);
      expect(choice.how === 'share').toBe(model === 'new');
      const copy = JSON.parse(JSON.stringify(made.value.routed)) as Routed;
      expect(chosenAgain(copy)).toEqual(choice);
      seen.add(model);
    }
    expect([...seen].sort()).toEqual(['a', 'new']);
  });

  test('gets no more where nobody else can: the rest of the tasks wait', () => {
    const { shareOf } = given([canary('new', 0.1), standing('a', { health: 'down' })], TASKS);
    expect(Math.abs(shareOf('new') - 0.1)).toBeLessThanOrEqual(near(0.1));
    expect(shareOf('a')).toBe(0);
    const waits = [...Array(20).keys()]
      .map((seed) => routed([canary('new', 0.1)], seed))
      .find((each) => !each.ok);
    expect(waits).toMatchObject({
      fault: {
        kind: 'no-model-eligible',
        leftOut: [{ id: 'new', because: { kind: 'share', surface: 'code-editing', share: 0.1 } }],
      },
    });
  });

  test('is left out, with the reason, where it may be given nothing', () => {
    const made = routed([standing('a'), canary('new', 0)], 1);
    if (!made.ok) throw new Error(made.fault.kind);
    expect(made.value.routed.leftOut).toEqual([
      { id: 'new', because: { kind: 'share', surface: 'code-editing', share: 0 } },
    ]);
  });
});

test('whatever the shares, chances sum to 1 and no canary has more than it may', () => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  fc.assert(
    fc.property(
      shares,
      fc.nat(4),
      fc.nat(1_000),
      fc.constantFrom(...policyNames),
      (of, others, seed, policy) => {
        const held = of.map((share, at) => canary(`new-${at}`, share));
        const inUse = Array.from({ length: others }, (_, at) => standing(`old-${at}`));
        const made = routed([...inUse, ...held], seed, policy);
        // Where nobody is in use, most tasks are nobody's.
        if (!made.ok) return others === 0;
        const { eligible, model, propensities } = made.value.routed;
        const sum = propensities.reduce((total, chance) => total + chance, 0);
        expect(sum).toBeCloseTo(1, 9);
        expect(propensities[eligible.findIndex(({ id }) => id === model)]).toBeGreaterThan(0);
        if (others === 0) return true;
        return eligible.every(({ share = 1 }, at) => (propensities[at] ?? 2) <= share + 1e-12);
      },
    ),
    { numRuns: 100 },
  );
});
