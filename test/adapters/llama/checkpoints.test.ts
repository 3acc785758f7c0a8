import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Spoken } from '../../../src/3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { type Engine, openEngine } from '../../../src/adapters/llama/engine.ts';
import { readGguf } from '../../../src/adapters/llama/gguf.ts';
import type { Library } from '../../../src/adapters/llama/library.ts';
import { CHECKPOINTS_MAX, estimatedBytes } from '../../../src/adapters/llama/memory.ts';
import { writeTinyGguf } from './tiny-gguf.ts';
import { flashAttention, libraryOfTests, waysOf } from './ways.ts';

/** Every second layer keeps a state that knows all that was read, and cannot be cut back to a part of it. */
const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
const file = join(folder, 'hybrid.gguf');
const profile = {
  contextTokens: 2048,
  batchTokens: 256,
  cache: 'f16',
  threads: 1,
  flashAttention,
} as const;
let library: Library;
beforeAll(async () => {
  library = await libraryOfTests();
  writeTinyGguf(file, { architecture: 'jamba', layers: 2 });
});
afterAll(async () => {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const shared = `TASK\n${'prices are right\n'.repeat(40)}`;
const call: ModelCall = {
  purpose: 'think',
  system: 'You compare.',
  shared,
  own: 'Place 1 is K.',
  schema: null,
  temperature: 0,
  seed: 3,
  tokensMax: 12,
};
/** The calls of one case: both orders, reasons and a word, and one side again. */
const decision = { type: 'object', properties: { better: { enum: ['1', '2', 'tie'] } } } as const;
const calls: readonly ModelCall[] = [
  call,
  { ...call, own: 'Place 1 is R.' },
  { ...call, purpose: 'decide', own: 'Place 1 is K. Decide.', schema: decision, tokensMax: 60 },
  { ...call, purpose: 'decide', own: 'Place 1 is R. Decide.', schema: decision, tokensMax: 60 },
  call,
];

async function said(engine: Engine, each: ModelCall): Promise<Spoken> {
  const spoken = await engine.answer(each, new AbortController().signal);
  if (typeof spoken === 'string') throw new Error(spoken);
  return spoken;
}

test('a model with a state that cannot be cut may be pinned, and its checkpoints are counted before', () => {
  const hybrid = readGguf(file);
  if (!hybrid.ok) throw new Error(hybrid.fault.kind);
  const { shape } = hybrid.value;
  // One of two layers: 128 channels of 8 numbers, and of four tokens that are folded.
  expect(shape).toMatchObject({ architecture: 'jamba', state: 128 * (8 + 4), cached: 2 * 64 });
  const bare = { ...hybrid.value, shape: { ...shape, state: 0 } };
  const states = estimatedBytes(hybrid.value, profile) - estimatedBytes(bare, profile);
  expect(states).toBe(shape.state * 4 * (1 + CHECKPOINTS_MAX));
});

test.each(waysOf(() => library))(
  'such a model, run %s, reads what the calls of a case share once, and says what it says to each alone',
  async (_, asked) => {
    await using together = await openEngine(asked(), file, profile);
    const answers: Spoken[] = [];
    for (const each of calls) answers.push(await said(together, each));

    await using alone = await openEngine(asked(), file, profile);
    for (const [at, each] of calls.entries()) {
      // Another text in between takes all of it away.
      await alone.continuation('prices', 1);
      const { text, optionLogits, tokensCached } = await said(alone, each);
      expect([text, tokensCached]).toEqual([answers[at]?.text, 0]);
      for (const [word, odds] of Object.entries(optionLogits ?? {}))
        expect(answers[at]?.optionLogits?.[word as '1']).toBeCloseTo(odds, 3);
    }
    const { tokensIn: first } = await said(alone, { ...call, own: '' });
    const own = answers.map(
      ({ tokensIn, tokensOut }) => (tokensIn ?? 0) - (first ?? 0) + (tokensOut ?? 0),
    );
    const least = (first ?? 0) + own.reduce((sum, each) => sum + each, 0);
    expect(together.evaluated).toBeLessThanOrEqual(1.1 * least);
    expect(together.evaluated).toBeGreaterThan(0.9 * least);
  },
);
