import { expect, test } from 'vitest';
import {
  after,
  begun,
  durationText,
  type ProgressStep,
} from '../../../src/5-publication/check/progress.ts';
import type { Step } from '../../../src/cycle/world.ts';
import { at, midway, recordOf } from './kit.ts';

test('whatever the cycle tells, a face can show', () => {
  // Holds by its type: a step of the cycle is a step of a progress.
  const told = (step: Step): ProgressStep => step;
  expect(
    told({ kind: 'stage-started', stage: 'Pleading', at: at('2027-03-01T10:00:00Z') }).kind,
  ).toBe('stage-started');
});

test('a stage runs once the one before it is done, and says what came of it', () => {
  const states = (progress: ReturnType<typeof midway>) =>
    progress.stages.map(
      ({ name, state, said }) => `${name}: ${state}${said === '' ? '' : `, ${said}`}`,
    );
  expect(states(begun(at('2027-03-01T10:00:00Z')))[0]).toBe('Pleading: running');
  const asking = midway();
  expect(states(asking)).toEqual([
    'Pleading: done, 1 file, +5 −0 in 1 commit',
    'Examination: done, CART-1, tier 2: 1 of 5 files, 5 of 60 lines',
    'Deliberation: running',
    'Verdict: waiting',
    'Publication: waiting',
  ]);
  expect(asking.gate).toMatchObject({ id: 'coverage', at: 1 });

  const record = recordOf('coverage-below-the-tier');
  const end = at('2027-03-01T10:01:00Z');
  const steps: readonly ProgressStep[] = [
    { kind: 'gate', gate: 'coverage', state: 'done', at: end },
    { kind: 'deliberated', deliberation: record.deliberation, at: end },
    { kind: 'decided', record, at: end },
    { kind: 'published', entry: { sequence: 1842 }, at: end },
  ];
  const done = steps.reduce(after, asking);
  expect(states(done).slice(2)).toEqual([
    'Deliberation: done, 0 of 1 gates hold; coverage: 79 %',
    'Verdict: done, WAIVER REQUIRED',
    'Publication: done, ledger entry 1,842',
  ]);
  expect(done.gate).toBeNull();
});

test.each([
  [-5, '0.0 s'],
  [400, '0.4 s'],
  [9_990, '10.0 s'],
  [42_900, '42 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [3_725_000, '1 h 2 min'],
  [9 * 86_400_000, '9 days'],
])('%d ms are told as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
