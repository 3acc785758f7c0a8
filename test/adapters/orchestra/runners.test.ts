import { expect, test } from 'vitest';
import { breakerOf } from '../../../src/adapters/orchestra/breakers.ts';
import { finishStep, loseStep } from '../../../src/adapters/orchestra/ending.ts';
import type { Taker, Work } from '../../../src/adapters/orchestra/taking.ts';
import { must, profileOf } from '../roster/kit.ts';
import { addAll, at, orderOf, queueWith, taken, takerOf } from './kit.ts';

const ends = (taker: Taker, { claim }: Work, ended: 'crashed' | 'could-not-start', ms: number) =>
  must(
    must(
      taker.roster.write(() => loseStep(taker, claim, { ended, detail: 'no such file' }, at(ms))),
    ),
  );

test('a machine on which nothing can be started is left alone, and tried with one task after a pause', () => {
  using roster = queueWith(['one', 'two', 'three', 'four'].map((id) => profileOf(id)));
  addAll(
    roster,
    Array.from({ length: 12 }, (_, n) => orderOf(`t${n}`)),
  );
  const [bad, good] = [takerOf(roster, 'bad'), takerOf(roster, 'good')];
  // What crashes may be the model's own fault.
  for (const work of taken(bad, 3)) ends(bad, work, 'crashed', 100);
  expect(breakerOf(roster, 'runner:bad')).toEqual({ state: 'closed', failures: 0 });
  for (const work of taken(bad, 3, 200)) ends(bad, work, 'could-not-start', 300);
  expect(breakerOf(roster, 'runner:bad')).toMatchObject({ state: 'open', trips: 1 });
  expect(taken(bad, 3, 5_000)).toEqual([]);
  const [elsewhere] = taken(good, 1, 5_000);
  expect(elsewhere).toBeDefined();
  const [trial, ...more] = taken(bad, 3, 5_400);
  expect(more).toEqual([]);
  if (trial === undefined) throw new Error('there is no trial');
  expect(taken(bad, 3, 5_500)).toEqual([]);
  must(must(roster.write(() => finishStep(bad, trial.claim, { output: '' }, at(6_000)))));
  expect(breakerOf(roster, 'runner:bad')).toEqual({ state: 'closed', failures: 0 });
  expect(taken(bad, 2, 6_100).length).toBeGreaterThan(1);
});
