import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Decoder } from '../../../src/adapters/llama/decoder.ts';
import { type Library, loadLibrary } from '../../../src/adapters/llama/library.ts';
import { writeTinyGguf } from './tiny-gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'decoder-'));
let library: Library;
let model: LlamaModel;
beforeAll(async () => {
  library = await loadLibrary(['cpu'], 1);
  const modelPath = writeTinyGguf(join(folder, 'tiny.gguf'));
  model = await library.llama.loadModel({ modelPath, gpuLayers: 0 });
});
afterAll(async () => {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const WORDS = 48;
const grammar = async () => {
  const { LlamaGrammarEvaluationState } = library.module;
  const form = { type: 'array', items: { enum: ['yes', 'no', 'unclear'] }, minItems: 9 } as const;
  return new LlamaGrammarEvaluationState({
    model,
    grammar: await library.llama.createGrammarForJsonSchema(form),
  });
};

describe('a decoder', () => {
  test.each([
    ['the likeliest words', { temperature: 0, seed: 1 }, false],
    ['words by chance', { temperature: 0.8, seed: 4 }, false],
    ['words by another chance', { temperature: 0.8, seed: 5 }, false],
    ['the likeliest words of a form', { temperature: 0, seed: 1 }, true],
    ['words of a form by chance', { temperature: 0.8, seed: 4 }, true],
  ])('says %s as the library itself says them', async (_, chance, isFormed) => {
    await using context = await model.createContext({
      ...{ contextSize: 256, batchSize: 64, sequences: 2, threads: 1 },
    });
    const [theirs, ours] = [context.getSequence(), context.getSequence()];
    const prompt = model.tokenize('prices are right');
    const expected: Token[] = [];
    const state = isFormed ? { grammarEvaluationState: await grammar() } : {};
    for await (const token of theirs.evaluate(prompt, { ...chance, ...state, yieldEogToken: true }))
      if (expected.push(token) >= WORDS) break;

    using decoder = new Decoder(library, model, ours, {
      ...chance,
      grammar: isFormed ? await grammar() : null,
    });
    const said = [await decoder.after(prompt)];
    while (said.length < expected.length) said.push(await decoder.after(said.slice(-1)));
    expect(said).toEqual(expected);
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
