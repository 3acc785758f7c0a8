/** Deliveries come in any order, twice or never: the same state ends in the same check. */
import { expect, test } from 'vitest';
import { converge } from './converging.ts';
import { asksFor, everyOrder, type Kind, kinds } from './orders.ts';

/** A few at every run; `npm run convergence` plays 2,000 of them. */
const SAMPLES = 16;

test('every order, with what is lost and what comes twice, ends in the check that the state deserves', () => {
  const { orders, moments, endings, wrong } = everyOrder();
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(endings).toBeGreaterThan(3);
  process.stdout.write(
    `convergence: ${orders} orders of ${kinds.length} kinds of deliveries, ${moments} moments, end in the check of their last state: ${endings} different ones\n`,
  );
});

test.each<Kind>(['opened', 'push', 'base', 'policy'])(
  'an order ends wrong where the delivery of %s asks for nothing',
  (deaf) => {
    const { wrong } = everyOrder((kind) => (kind === deaf ? [] : asksFor(kind)));
    expect(wrong.length).toBeGreaterThan(0);
  },
);

test('the same state ends in the same check, whatever came of its deliveries', async () => {
  const { count, endings, hearings } = await converge(0, SAMPLES);
  // Ways that all end alike would show nothing, nor would those of which nobody heard before the end.
  expect(endings.size).toBeGreaterThan(1);
  expect(hearings).toBeGreaterThan(SAMPLES);
  process.stdout.write(
    `convergence: ${count} ways end in the check of their last state: ${endings.size} different ones\n`,
  );
});
