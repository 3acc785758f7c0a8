import { expect, test } from 'vitest';
import { armOf, type Bar, eligible, type Standing } from '../../../src/models/routing/eligible.ts';
import { newPacing, type Pacing } from '../../../src/models/routing/pacing.ts';
import type { TaskNeeds } from '../../../src/models/routing/task.ts';
import { anyNeeds, standing } from './kit.ts';

const asked = (needs: Partial<TaskNeeds> = {}, pacing: Pacing | null = null) => ({
  ...({ surface: 'code-editing', size: 'standard' } as const),
  needs: { ...anyNeeds, ...needs },
  pacing,
});
/** A standard task takes 16,000 and 4,000 tokens: 2 + 4 cents. */
const dear = { cost: { inputMillionTokensUsd: 1.25, outputMillionTokensUsd: 10 } };

test.each<[string, Standing, Partial<TaskNeeds>, Bar]>([
  [
    'a judge is no worker',
    standing('m', { profile: { role: 'judge' } }),
    {},
    { kind: 'role', has: 'judge', needs: 'worker' },
  ],
  [
    'a candidate is not given work yet',
    standing('m', { status: 'candidate' }),
    {},
    { kind: 'status', status: 'candidate' },
  ],
  [
    'a retired model',
    standing('m', { status: 'retired' }),
    {},
    { kind: 'status', status: 'retired' },
  ],
  [
    'another surface',
    standing('m', { capabilities: { surfaces: ['data-analysis'] } }),
    {},
    { kind: 'surface', needs: 'code-editing' },
  ],
  [
    'another kind of task',
    standing('m'),
    { kind: 'migration' },
    { kind: 'task-kind', needs: 'migration' },
  ],
  [
    'a language it does not write',
    standing('m', { capabilities: { languages: ['go'] } }),
    { languages: ['go', 'rust'] },
    { kind: 'language', needs: 'rust' },
  ],
  [
    'a tool it cannot call',
    standing('m'),
    { tools: ['browser'] },
    { kind: 'tool', needs: 'browser' },
  ],
  [
    'too little context',
    standing('m', { capabilities: { contextTokens: 19_999 } }),
    {},
    { kind: 'context', hasTokens: 19_999, needsTokens: 20_000 },
  ],
  [
    'a backend that is down',
    standing('m', { health: 'down' }),
    {},
    { kind: 'health', health: 'down' },
  ],
  [
    'nobody knows how it is',
    standing('m', { health: 'unknown' }),
    {},
    { kind: 'health', health: 'unknown' },
  ],
  [
    'as many tasks as it takes',
    standing('m', { running: 2, profile: { concurrentMax: 2 } }),
    {},
    { kind: 'load', running: 2, runningMax: 2 },
  ],
  [
    'dearer than this task may be',
    standing('m', { profile: dear }),
    { usdMax: 0.05 },
    { kind: 'task-cost', expectedUsd: 0.06, usdMax: 0.05 },
  ],
])('left out with its numbers: %s', (_, model, needs, because) => {
  const { eligible: chosen, leftOut } = eligible([model, standing('other')], asked(needs));
  const [first] = leftOut;
  expect(first?.id).toBe('m');
  expect(first?.because).toEqual(because);
  expect(chosen.some(({ id }) => id === 'm')).toBe(false);
});

test.each(['canary', 'active', 'degraded'] as const)(
  'a model that is %s is given work',
  (status) => {
    expect(eligible([standing('m', { status })], asked()).eligible).toHaveLength(1);
  },
);

test('a model that the budget does not reach waits until it has grown', () => {
  const models = [standing('dear', { profile: dear })];
  const poor = newPacing(0.01);
  expect(eligible(models, asked({}, poor)).leftOut).toEqual([
    { id: 'dear', because: { kind: 'budget', expectedUsd: 0.06, affordableUsd: 0.03 } },
  ]);
  const grown = { ...poor, tasks: 3 };
  expect(eligible(models, asked({}, grown)).eligible).toHaveLength(1);
});

test('other weights under the same name start a record of their own', () => {
  const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
  const arms = [null, digest('a'), digest('b')].map((weights) =>
    armOf(standing('m', { profile: { digest: weights } }).profile),
  );
  expect(new Set(arms).size).toBe(3);
});
