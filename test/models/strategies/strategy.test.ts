import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  nextMove,
  type Strategy,
  strategyNames,
} from '../../../src/models/strategies/strategy.ts';

const ended = (worker: number, key: string | null, holds = false): Attempt => ({
  worker,
  ended: { key, holds },
});
const busy = (worker: number): Attempt => ({ worker, ended: null });
const ask = (...workers: number[]) => ({ kind: 'ask', workers });
const take = (...attempts: number[]) => ({ kind: 'take', attempts });

describe.each<[Strategy, readonly [string, readonly Attempt[], unknown][]]>([
  [
    { name: 'every', workers: 2 },
    [
      ['asks in turn', [], ask(0)],
      ['waits for the one that is at it', [busy(0)], ask()],
      ['asks the next', [ended(0, null)], ask(1)],
      ['takes every patch there is', [ended(0, null), ended(1, 'p')], take(1)],
    ],
  ],
  [
    { name: 'self-consistency', workers: 2, samples: 3 },
    [
      ['asks the first worker alone', [ended(0, 'p')], ask(0)],
      ['stops as soon as more than half agree', [ended(0, 'p'), ended(0, 'p')], take(0)],
      [
        'takes the first of those that agree',
        [ended(0, 'q'), ended(0, 'p'), ended(0, 'p')],
        take(1),
      ],
      ['takes nothing where none agree', [ended(0, 'p'), ended(0, 'q'), ended(0, 'r')], take()],
      ['stops where none can agree any more', [ended(0, null), ended(0, null)], take()],
    ],
  ],
  [
    { name: 'majority', workers: 3 },
    [
      ['asks each', [ended(0, 'p')], ask(1)],
      ['takes what two of three wrote', [ended(0, 'p'), ended(1, 'q'), ended(2, 'q')], take(1)],
      ['half is no majority', [ended(0, 'p'), ended(1, null), ended(2, 'q')], take()],
    ],
  ],
  [
    { name: 'cascade', workers: 2 },
    [
      ['asks the small one first', [], ask(0)],
      ['spares the large one where its patch holds', [ended(0, 'p', true)], take(0)],
      ['asks the large one where it does not', [ended(0, 'p')], ask(1)],
      ['falls back on what the large one wrote', [ended(0, 'p'), ended(1, 'q')], take(1)],
      ['or on what there is', [ended(0, 'p'), ended(1, null)], take(0)],
      ['and on nothing where nobody wrote', [ended(0, null), ended(1, null)], take()],
    ],
  ],
  [
    { name: 'race', workers: 3 },
    [
      ['asks all at once', [], ask(0, 1, 2)],
      [
        'waits for the others where the first does not hold',
        [ended(0, 'p'), busy(1), busy(2)],
        ask(),
      ],
      [
        'takes the first that holds, whoever is still at it',
        [busy(0), ended(1, 'p', true), busy(2)],
        take(1),
      ],
      ['takes nothing that does not hold', [ended(0, 'p'), ended(1, null), ended(2, 'q')], take()],
    ],
  ],
])('$name', (strategy, rows) => {
  test.each(rows)('%s', (_, attempts, move) => {
    expect(nextMove(strategy, attempts)).toEqual(move);
  });
});

test('whatever comes back, a strategy ends within its attempts, takes what was written, and moves while anything can', () => {
  const outcome = fc.record({
    key: fc.option(fc.constantFrom('p', 'q', 'r')),
    holds: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...strategyNames),
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.integer({ min: -3, max: 20 }), { nil: undefined }),
      fc.array(outcome, { minLength: 9, maxLength: 9 }),
      fc.infiniteStream(fc.nat()),
      (name, workers, samples, outcomes, order) => {
        const strategy = { name, workers, ...(samples === undefined ? {} : { samples }) };
        const attempts: Attempt[] = [];
        for (let steps = 0; steps < 40; steps += 1) {
          const move = nextMove(strategy, attempts);
          if (move.kind === 'take') {
            for (const at of move.attempts) expect(attempts[at]?.ended?.key).not.toBeNull();
            for (const at of move.attempts) expect(attempts[at]?.ended).not.toBeNull();
            return;
          }
          attempts.push(...move.workers.map(busy));
          expect(attempts.length).toBeLessThanOrEqual(9);
          const open = attempts.flatMap(({ ended }, at) => (ended === null ? [at] : []));
          const [next = 0] = order.take(1);
          const at = open[next % open.length];
          // Somebody has to be at it, or nothing would ever move again.
          expect(at).toBeDefined();
          const { key = null, holds = false } = outcomes[at ?? 0] ?? {};
          attempts[at ?? 0] = ended(attempts[at ?? 0]?.worker ?? 0, key, key !== null && holds);
        }
        throw new Error('it goes on for ever');
      },
    ),
    { numRuns: 300 },
  );
});
