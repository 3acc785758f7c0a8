import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Spoken } from '../../../src/3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { type Engine, openEngine } from '../../../src/adapters/llama/engine.ts';
import { type Library, usefulThreads } from '../../../src/adapters/llama/library.ts';
import { ModelHost } from '../../../src/adapters/llama/model-host.ts';
import { tinyGguf, writeTinyGguf } from './tiny-gguf.ts';
import { processOf } from './tiny-shelf.ts';
import { directly, flashAttention, libraryOfTests, provider, waysOf } from './ways.ts';

/** A model of random weights says nothing of sense: what is shown here is all but that. */
const folder = mkdtempSync(join(tmpdir(), 'engine-'));
const profile = {
  contextTokens: 2048,
  batchTokens: 256,
  cache: 'f16',
  threads: 1,
  flashAttention,
} as const;
let library: Library;
let engine: Engine;
beforeAll(async () => {
  library = await libraryOfTests();
});
afterAll(async () => {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** As an answer's schema is made, and shorter: what is random goes to the end of every text. */
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['checks', 'better', 'rationale'],
  properties: {
    checks: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      items: { enum: ['yes', 'no', 'unclear'] },
    },
    better: { enum: ['1', '2', 'tie', 'insufficient'] },
    rationale: { type: 'string', maxLength: 12 },
  },
} as const;
const keeps = new Ajv2020().compile(schema);
const call: ModelCall = {
  purpose: 'decide',
  system: 'You compare.',
  shared: `TASK\n${'prices are right\n'.repeat(40)}`,
  own: 'Place 1 is K.',
  schema,
  temperature: 0,
  seed: 3,
  tokensMax: 200,
};
const still = () => new AbortController().signal;
async function spoken(facts_: Partial<ModelCall> = {}): Promise<Spoken> {
  const said = await engine.answer({ ...call, ...facts_ }, still());
  if (typeof said === 'string') throw new Error(said);
  return said;
}

describe.each(waysOf(() => library))('a model that is run %s', (_, asked) => {
  beforeAll(async () => {
    engine = await openEngine(asked(), writeTinyGguf(join(folder, 'tiny.gguf')), profile);
  });
  afterAll(async () => await engine[Symbol.asyncDispose]());

  test('answers in its schema, with the likelihood of each word at its place', async () => {
    const { text, optionLogits, tokensIn, tokensOut } = await spoken();
    const answer = JSON.parse(text) as { readonly better: '1' | '2' | 'tie' | 'insufficient' };
    expect(keeps(answer)).toBe(true);
    const { better } = answer;
    expect(optionLogits?.[better]).toBe(Math.max(...Object.values(optionLogits ?? {})));
    const odds = Object.values(optionLogits ?? {}).reduce((sum, each) => sum + Math.exp(each), 0);
    expect(odds).toBeGreaterThan(0);
    expect(odds).toBeLessThan(1);
    expect(tokensIn).toBeGreaterThan(call.shared.length);
    expect(tokensOut).toBeLessThan(200);
  });

  test('says the same again, and evaluates then what is new alone', async () => {
    const first = await spoken();
    const before = engine.evaluated;
    const again = await spoken({ own: 'Place 1 is R.' });
    expect(again.tokensCached).toBeGreaterThan((first.tokensIn ?? 0) - 40);
    expect(engine.evaluated - before).toBeLessThan(40 + (again.tokensOut ?? 0));
    expect((await spoken()).text).toBe(first.text);
  });

  test('reasons without a form, and as long as it may', async () => {
    const think = { purpose: 'think', schema: null, temperature: 0.6, tokensMax: 12 } as const;
    const one = await spoken({ ...think, seed: 4 });
    expect(one).toMatchObject({ optionLogits: null });
    expect(one.tokensOut).toBeLessThanOrEqual(12);
    expect((await spoken({ ...think, seed: 4 })).text).toBe(one.text);
    expect((await spoken({ ...think, seed: 5 })).text).not.toBe(one.text);
  });

  test('takes the marks of its template for text where the data holds them', async () => {
    const plain = await spoken({ own: 'x'.repeat(10) });
    const marked = await spoken({ own: '<|im_end|>' });
    // Ten characters are ten tokens of this vocabulary; as a mark they would be one.
    expect(marked.tokensIn).toBe(plain.tokensIn);
  });

  test('says the same in a process of its own, where nothing waits for one another', async () => {
    const opening = {
      file: join(folder, 'tiny.gguf'),
      providers: [provider],
      expected: [],
      profile,
    } as const;
    const opened = await ModelHost.open(processOf('tiny'), opening);
    if (!opened.ok) throw new Error(opened.fault.reason);
    await using host = opened.value.host;
    for (const change of [{}, { purpose: 'think', schema: null, tokensMax: 40 }] as const) {
      const { text, tokensIn, tokensOut } = await spoken(change);
      const said = await host.answer({ ...call, ...change }, still());
      expect(said).toMatchObject({ text, tokensIn, tokensOut });
    }
  });

  test.each<[string, Partial<ModelCall>, string]>([
    ['does not fit its context', { shared: 'x'.repeat(2048) }, 'prompt-too-long'],
    ['leaves no room for an answer', { tokensMax: 2000 }, 'prompt-too-long'],
    ['allows less than its schema needs', { tokensMax: 5 }, 'answer-too-long'],
  ])('is silent about a call that %s', async (_, change, silence) => {
    expect(await engine.answer({ ...call, ...change }, still())).toBe(silence);
  });

  test('stops within a prompt, between two batches, and answers the next call', async () => {
    const gone = new AbortController();
    const before = engine.evaluated;
    const answer = engine.answer({ ...call, shared: 'y'.repeat(1000) }, gone.signal);
    setImmediate(() => gone.abort());
    expect(await answer).toBe('cancelled');
    expect(engine.evaluated - before).toBeLessThanOrEqual(512);
    expect(await spoken()).toMatchObject({ tokensIn: expect.any(Number) });
  });

  test('stops within an answer, between two words', async () => {
    const words = { type: 'array', items: { enum: ['yes', 'no'] }, minItems: 250 };
    const long = { ...call, shared: 'TASK', schema: words, tokensMax: 1900 };
    await engine.answer({ ...long, tokensMax: 1 }, still());
    const gone = new AbortController();
    const answer = engine.answer(long, gone.signal);
    setImmediate(() => gone.abort());
    expect(await answer).toBe('cancelled');
  });

  test('says that a file which is no model cannot be opened', async () => {
    const file = join(folder, 'no-model.gguf');
    writeFileSync(file, tinyGguf().subarray(0, -4096));
    // The package never lets go of a model that it could not load: whoever ends this library waits for good.
    const { llama } = await libraryOfTests();
    await expect(openEngine({ ...asked(), llama }, file, profile)).rejects.toThrow();
  });
});

test('a model whose context finds no room is let go, or the end of the library would wait for it', async () => {
  const { llama, shared, ...rest } = directly(library);
  const opened: LlamaModel[] = [];
  const loadModel: typeof llama.loadModel = async (options) => {
    const model = await llama.loadModel(options);
    opened.push(model);
    return model;
  };
  const watched: Llama = Object.assign(Object.create(llama), { loadModel });
  // What the library says where memory is short.
  const short = { ...shared, llama_init_from_model: () => null };
  const file = writeTinyGguf(join(folder, 'no-room.gguf'));
  await expect(
    openEngine({ ...rest, llama: watched, shared: short }, file, profile),
  ).rejects.toThrow('no room for 2048 tokens');
  expect(opened.map(({ disposed }) => disposed)).toEqual([true]);
});

test('a graphics processor is given every layer that has room there, and the processor none', async () => {
  const { shared, ...rest } = directly(library);
  const { elsewhere } = shared;
  const given: unknown[] = [];
  const load: typeof elsewhere.llama_model_load_from_file = async (path, asked) => {
    given.push(asked.n_gpu_layers);
    return await elsewhere.llama_model_load_from_file(path, asked);
  };
  const watched = { ...shared, elsewhere: { ...elsewhere, llama_model_load_from_file: load } };
  const file = writeTinyGguf(join(folder, 'layers.gguf'), { layers: 5 });
  await using _ = await openEngine({ ...rest, shared: watched }, file, profile);
  // The words behind the last one are a layer, too.
  expect(given).toEqual([provider === 'cpu' ? 0 : 6]);
});

// With no other variable Vulkan leaves a processor that plays a graphics processor alone.
test.runIf(provider === 'vulkan' && process.env['GGML_VK_VISIBLE_DEVICES'] !== undefined)(
  'the processor computes, and says so, where there is a driver and no graphics processor',
  async () => {
    const file = writeTinyGguf(join(folder, 'no-device.gguf'));
    const program = ['env', '-u', 'GGML_VK_VISIBLE_DEVICES', ...processOf('tiny')] as const;
    const providers = ['vulkan', 'cpu'] as const;
    const opened = await ModelHost.open(program, { file, providers, expected: [], profile });
    if (!opened.ok) throw new Error(opened.fault.reason);
    await using _ = opened.value.host;
    const passedOver = [{ provider: 'vulkan', isHere: false }];
    expect(opened.value.opened).toMatchObject({ provider: 'cpu', passedOver });
  },
);

test.each([
  [2, 'Intel Xeon', 1],
  [8, 'AMD EPYC', 4],
  [1, 'AMD EPYC', 1],
  [10, 'Apple M4', 9],
  [96, 'AMD EPYC', 16],
])('%i processors of %s compute with %i threads', (available, model, threads) => {
  expect(usefulThreads(available, [model])).toBe(threads);
});

describe.each(waysOf(() => library))('a model whose cache keeps fewer bits, %s', (_, asked) => {
  test.each(['q8_0', 'q4_0'] as const)(
    'opens with %s, and says how far it agrees',
    async (cache) => {
      // Blocks of 32 numbers: a head has at least as many.
      const file = writeTinyGguf(join(folder, 'wide.gguf'), { heads: 2 });
      const text = 'prices are right';
      await using whole = await openEngine(asked(), file, profile);
      const expected = await whole.continuation(text, 16);
      expect(await whole.agreement(text, expected)).toBe(16);
      const other = expected.map((token, at) => (at < 4 ? (token + 1) % 100 : token));
      expect(await whole.agreement(text, other)).toBeLessThanOrEqual(12);
      await using cheaper = await openEngine(asked(), file, {
        ...profile,
        cache,
        flashAttention: true,
      });
      const agreed = await cheaper.agreement(text, expected);
      expect(agreed).toBeGreaterThanOrEqual(cache === 'q8_0' ? 14 : 10);
    },
  );
});
