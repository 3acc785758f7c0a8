/** Deliveries come in any order, twice or never: the same state ends in the same check. */
import { expect, test } from 'vitest';
import { converge } from './converging.ts';

/** A few at every run; `npm run convergence` plays 2,000 of them. */
const SAMPLES = 16;

test('the same state ends in the same check, whatever came of its deliveries', async () => {
  const { count, endings, hearings } = await converge(0, SAMPLES);
  // Ways that all end alike would show nothing, nor would those of which nobody heard before the end.
  expect(endings.size).toBeGreaterThan(1);
  expect(hearings).toBeGreaterThan(SAMPLES);
  process.stdout.write(
    `convergence: ${count} ways end in the check of their last state: ${endings.size} different ones\n`,
  );
}, 120_000);
