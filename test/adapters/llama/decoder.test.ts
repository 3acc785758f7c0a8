import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/adapters/llama/decoder.ts';
import { readDirectly } from '../../../src/adapters/llama/direct-reading.ts';
import type { Library } from '../../../src/adapters/llama/library.ts';
import type { Speaker } from '../../../src/adapters/llama/reading.ts';
import { openSharedLibrary } from '../../../src/adapters/llama/shared-library.ts';
import { writeTinyGguf } from './tiny-gguf.ts';
import { directly as directLibrary, flashAttention, libraryOfTests, provider } from './ways.ts';

const folder = mkdtempSync(join(tmpdir(), 'decoder-'));
let library: Library;
let model: LlamaModel;
beforeAll(async () => {
  library = await libraryOfTests();
  const modelPath = writeTinyGguf(join(folder, 'tiny.gguf'));
  model = await library.llama.loadModel({ modelPath, gpuLayers: provider === 'cpu' ? 0 : 'auto' });
});
afterAll(async () => {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const profile = {
  contextTokens: 256,
  batchTokens: 64,
  cache: 'f16',
  threads: 1,
  flashAttention,
} as const;
async function directly(threads = 1) {
  return await readDirectly(directLibrary(library).shared, join(folder, 'tiny.gguf'), profile, {
    ...{ threads, layers: model.gpuLayers },
  });
}
/** Of this process, where the system tells. */
const tasks = '/proc/self/task';
const threadsHere = () => readdirSync(tasks).length;
const isUntold = !existsSync(tasks) && process.env['ARBITER_NO_SKIP'] === undefined;
if (isUntold) console.log('skipped: the threads of a model (this system lists none in /proc)');
async function answerOf(speaker: Speaker, prompt: readonly Token[], count: number) {
  const said = [await speaker.after(prompt)];
  while (said.length < count) said.push(await speaker.after(said.slice(-1)));
  return said;
}

const WORDS = 48;
const grammar = async () => {
  const form = { type: 'array', items: { enum: ['yes', 'no', 'unclear'] }, minItems: 9 } as const;
  return await library.llama.createGrammarForJsonSchema(form);
};

describe('a speaker', () => {
  test.each([
    ['the likeliest words', { temperature: 0, seed: 1 }, false],
    ['words by chance', { temperature: 0.8, seed: 4 }, false],
    ['words by another chance', { temperature: 0.8, seed: 5 }, false],
    ['the likeliest words of a form', { temperature: 0, seed: 1 }, true],
    ['words of a form by chance', { temperature: 0.8, seed: 4 }, true],
  ])('says %s as the library itself says them', async (_, chance, isFormed) => {
    await using context = await model.createContext({
      ...{ contextSize: 256, batchSize: 64, sequences: 2, threads: 1, flashAttention },
    });
    const [theirs, ours] = [context.getSequence(), context.getSequence()];
    const prompt = model.tokenize('prices are right');
    const expected: Token[] = [];
    const { LlamaGrammarEvaluationState } = library.module;
    const state = isFormed
      ? {
          grammarEvaluationState: new LlamaGrammarEvaluationState({
            ...{ model, grammar: await grammar() },
          }),
        }
      : {};
    for await (const token of theirs.evaluate(prompt, { ...chance, ...state, yieldEogToken: true }))
      if (expected.push(token) >= WORDS) break;

    const sampling = { ...chance, grammar: isFormed ? await grammar() : null };
    using decoder = new Decoder(library, model, ours, sampling);
    const said = await answerOf(decoder, prompt, expected.length);
    expect(said).toEqual(expected);
    await using direct = await directly();
    using speaker = direct.speaker(sampling);
    expect(await answerOf(speaker, prompt, expected.length)).toEqual(expected);
    // What was evaluated is known to the sequence, which can be cut and gone on with.
    expect(ours.contextTokens).toEqual(theirs.contextTokens);
    const cut = { start: prompt.length, end: ours.nextTokenIndex };
    for (const each of [theirs, ours]) await each.eraseContextTokenRanges([cut]);
    using next = new Decoder(library, model, ours, { temperature: 0, seed: 1, grammar: null });
    const again = theirs.evaluate(said.slice(0, 1), { temperature: 0, yieldEogToken: true });
    expect(await next.after(said.slice(0, 1))).toBe((await again.next()).value);
  });

  test('says nothing where a batch is longer than may be', async () => {
    await using context = await model.createContext({ contextSize: 256, batchSize: 16 });
    using decoder = new Decoder(library, model, context.getSequence(), {
      ...{ temperature: 0, seed: 1, grammar: null },
    });
    const long = model.tokenize('prices are right and left');
    await expect(decoder.after(long)).rejects.toThrow('batch size');
  });
});

describe('the shared library', () => {
  test('is asked by the addon alone where nothing can call it here, or it is of another version', async () => {
    const refused = async () => await Promise.reject(new Error('no build for this machine'));
    const { version } = library;
    expect(await openSharedLibrary({ version, provider }, refused)).toBe(null);
    const other = 'llama.cpp v0.4.0 by node-llama-cpp 3.21.0';
    expect(await openSharedLibrary({ version: other, provider })).toBe(null);
    expect(await openSharedLibrary({ version, provider: 'metal' })).toBe(null);
    expect(await openSharedLibrary({ version, provider })).not.toBe(null);
  });

  test.skipIf(isUntold)(
    'keeps the threads of a model until that ends, and says with two what one says',
    async () => {
      const prompt = model.tokenize('prices');
      const sampling = { temperature: 0, seed: 1, grammar: null };
      await using alone = await directly();
      using words = alone.speaker(sampling);
      const expected = await answerOf(words, prompt, 4);
      const before = threadsHere();
      {
        await using reading = await directly(2);
        expect(threadsHere()).toBe(before + 1);
        using speaker = reading.speaker(sampling);
        expect(await answerOf(speaker, prompt, 4)).toEqual(expected);
        expect(threadsHere()).toBe(before + 1);
      }
      await expect.poll(threadsHere).toBe(before);
    },
  );

  test('refuses words that its vocabulary lacks, and reads on', async () => {
    await using reading = await directly();
    await expect(reading.read([1_000_000 as Token])).rejects.toThrow('read nothing');
    await reading.read(model.tokenize('prices'));
    expect(reading.common(model.tokenize('pride'))).toBe(3);
  });

  test('refuses a form that is none', async () => {
    await using reading = await directly();
    const form = { grammar: 'root =', rootRuleName: 'root' } as LlamaGrammar;
    const sampling = { temperature: 0, seed: 1, grammar: form };
    expect(() => reading.speaker(sampling)).toThrow('made nothing');
  });
});
