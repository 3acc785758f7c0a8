import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { faultSentences } from '../../../src/5-publication/fault-words.ts';
import type { ModelEvent, RunProfile } from '../../../src/5-publication/model-faults.ts';
import { modelEventText, weightsWords } from '../../../src/5-publication/weights-words.ts';
import type { Gguf } from '../../../src/adapters/llama/gguf.ts';
import { estimatedBytes } from '../../../src/adapters/llama/memory.ts';
import {
  covers,
  type Profiles,
  profilesFor,
  SURFACES,
  type Surface,
} from '../../../src/adapters/llama/profiles.ts';
import type { PinnedModel } from '../../../src/adapters/llama/weights.ts';
import { profilesOf } from '../../../src/cli/models/shipped.ts';
import { processOf, type TinyFolder, tinyFolder, tinyShelf } from './tiny-shelf.ts';

const GIB = 1024 ** 3;
const shipped = profilesOf({ schema: 'caws-arbiter/models-lock@1', models: {} });
const rich: RunProfile = {
  ...{ contextTokens: 4096, batchTokens: 512, threads: 1, cache: 'f16', flashAttention: 'auto' },
};
/** As long as nothing but one surface is of interest. */
const oneFor = (surface: Surface, profiles: readonly RunProfile[], rest: RunProfile = rich) =>
  ({
    qualityMin: 0.75,
    ...Object.fromEntries(
      SURFACES.map((each) => [
        each,
        { providers: ['cpu'], profiles: each === surface ? [...profiles] : [rest] },
      ]),
    ),
  }) as Profiles;

/** About as a model of 8 billion weights in four bits is. */
const large = {
  weightBytes: 5 * GIB,
  shape: {
    ...{ architecture: 'x', context: 40_960, layers: 36, embedding: 4096, feedForward: 12_288 },
    ...{ vocabulary: 150_000, cached: 36 * 8 * 128 * 2, state: 0 },
  },
} as unknown as Gguf;

describe('a profile', () => {
  test.each<[Surface, number, object | null]>([
    ['judging', 64, { contextTokens: 32_768, batchTokens: 2048, cache: 'f16' }],
    ['judging', 9.5, { contextTokens: 16_384, batchTokens: 2048, cache: 'f16' }],
    ['judging', 8, { contextTokens: 16_384, batchTokens: 512, cache: 'f16' }],
    ['judging', 7, { contextTokens: 16_384, cache: 'q8_0', flashAttention: true }],
    ['judging', 6.6, { contextTokens: 8192, cache: 'f16', flashAttention: false }],
    ['judging', 6, null],
    ['justification', 6, { contextTokens: 4096 }],
    ['debate', 64, { contextTokens: 16_384 }],
  ])('for %s in %d GiB is what is shipped for as much', (surface, gib, found) => {
    const { fitting } = profilesFor(large, shipped[surface].profiles, gib * GIB);
    if (found === null) expect(fitting).toEqual([]);
    else expect(fitting[0]?.profile).toMatchObject(found);
  });

  test('of fewer bits takes less memory, and the estimate says how much', () => {
    const of = (cache: RunProfile['cache']) =>
      estimatedBytes(large, { ...rich, cache }) - large.weightBytes;
    const [f16, q8, q4] = [of('f16'), of('q8_0'), of('q4_0')];
    const numbers = rich.contextTokens * large.shape.cached;
    // Blocks of 32 numbers bring a scale of two bytes each.
    expect(f16 - q8).toBe(numbers * (2 - 34 / 32));
    expect(f16 - q4).toBe(numbers * (2 - 18 / 32));
  });

  test.each<[string, Partial<RunProfile>, boolean]>([
    ['itself', {}, true],
    ['a shorter context', { contextTokens: 512 }, true],
    ['a longer context', { contextTokens: 8192 }, false],
    ['a context that ends where the model does', { contextTokens: 90_000 }, false],
    ['fewer bits', { cache: 'q8_0' }, true],
    ['other threads', { threads: 2 }, false],
    ['any threads', { threads: null }, true],
    ['a larger batch', { batchTokens: 1024 }, false],
    ['no flash attention', { flashAttention: false }, false],
  ])('covers, or not, one that asks for %s', (_, asked, holds) => {
    expect(covers(rich, { ...rich, ...asked }, 5000)).toBe(holds);
  });

  test('covers what ends with the model itself', () => {
    expect(covers(rich, { ...rich, contextTokens: 90_000 }, 4096)).toBe(true);
  });
});

const still = () => new AbortController().signal;
const call: ModelCall = {
  ...{ purpose: 'think', system: 'You compare.', shared: 'TASK', own: 'Place 1 is K.' },
  ...{ schema: null, temperature: 0, seed: 3, tokensMax: 8 },
};
const said = (tokens: readonly number[]) => ({ tokens: [...tokens], by: 'odd 1 on cpu' });

let place: TinyFolder;
let owl: readonly [string, PinnedModel];
/** The same weights, as it were, in fewer bits. */
let owlet: readonly [string, PinnedModel];
beforeAll(async () => {
  place = tinyFolder();
  owl = await place.add('owl', { seed: 7 }, said([1, 2, 3, 4, 5, 6, 7, 8]));
  const [name, model] = await place.add('owlet', { seed: 8 }, said([1, 2, 3, 4]));
  owlet = [name, { ...model, insteadOf: 'owl' }];
});
afterAll(() => place[Symbol.dispose]());

const odd = (profiles: Profiles, models = [owl], memoryBytes = GIB) =>
  tinyShelf(place.folder, models, { program: processOf('odd', 'answers'), profiles, memoryBytes });
const kinds = (events: readonly ModelEvent[]) => events.map(({ kind, name }) => `${kind} ${name}`);

describe('the models of a machine', () => {
  test('are open once for all surfaces that one profile gives enough to', async () => {
    const { shelf, events } = odd(oneFor('judging', [{ ...rich, contextTokens: 8192 }]));
    await using _ = shelf;
    for (const purpose of ['justification', 'decide', 'speak', 'think', 'justification'] as const)
      expect(await shelf.answer(owl[1].sha256, { ...call, purpose }, still())).toMatchObject({
        text: 'fine',
      });
    // What was opened for less is put away as soon as the other is there.
    expect(events).toMatchObject([
      { kind: 'loaded', surface: 'justification', profile: { contextTokens: 4096 } },
      { kind: 'loaded', surface: 'judging', profile: { contextTokens: 8192 } },
    ]);
    const contexts = SURFACES.map((each) => shelf.models[0]?.inForce[each]?.profile.contextTokens);
    expect(contexts).toEqual([8192, 8192, 8192]);
  });

  test('serve one surface where memory is short for another, and say with which figures', async () => {
    const profiles = oneFor('judging', [{ ...rich, batchTokens: 8192 }], {
      ...rich,
      batchTokens: 32,
    });
    const { shelf, events } = odd(profiles, [owl], 80_000_000);
    await using _ = shelf;
    for (let times = 0; times < 2; times += 1)
      expect(await shelf.answer(owl[1].sha256, call, still())).toBe('unavailable');
    expect(await shelf.answer(owl[1].sha256, { ...call, purpose: 'speak' }, still())).toMatchObject(
      { text: 'fine' },
    );
    expect(shelf.models).toMatchObject([{ fault: null }]);
    // Twice asked, once told.
    expect(events).toMatchObject([
      { kind: 'not-loaded', fault: { kind: 'memory-short', surface: 'judging' } },
      { kind: 'loaded', surface: 'debate' },
    ]);
    const [short] = events;
    if (short?.kind !== 'not-loaded' || short.fault.kind !== 'memory-short') throw new Error();
    expect(weightsWords(short.fault).what).toMatch(
      /^owl needs .* of memory even with its plainest profile for judging; 80.* are free/,
    );
  });

  test('fall back to what fits, and the log says from what, and why', async () => {
    const asked = { ...rich, contextTokens: 8192, batchTokens: 8192 };
    const { shelf, events } = odd(oneFor('judging', [asked, rich]), [owl], 90_000_000);
    await using _ = shelf;
    expect((await shelf.open(owl[1].sha256)).ok).toBe(true);
    const texts = events.map((event) => modelEventText(event, () => ''));
    expect(texts).toEqual([
      expect.stringMatching(
        /^owl: judging asks for context 8192 tokens, batch 8192, 1 thread, cache f16, about .*; 90.* are free for models\. A plainer profile is tried\.\n$/,
      ),
      expect.stringMatching(
        /^owl: loaded for judging, odd 1 on cpu, context 4096 tokens, .*; its self-test holds: 8 of 8 tokens as pinned, needed 8/,
      ),
    ]);
  });

  test('try what computes in the order that is named, and tell what is here and has no build', async () => {
    const profiles = oneFor('judging', [rich]);
    profiles.judging.providers = ['metal', 'cuda', 'cpu'];
    const program = processOf('odd', 'answers');
    const { shelf, events } = tinyShelf(place.folder, [owl], { program, profiles, provider: null });
    await using _ = shelf;
    expect((await shelf.open(owl[1].sha256)).ok).toBe(true);
    expect(events).toMatchObject([
      { kind: 'other-provider', wanted: 'cuda', found: 'cpu' },
      { kind: 'loaded' },
    ]);
  });

  test.each<[string, string, readonly string[], string]>([
    ['is gone before it computes', 'cuda-gone', [' could not', ' could not'], 'vulkan'],
    [
      'dies with every profile',
      'cuda-dies',
      [' could not be opened on cuda', ' could not be opened on cuda'],
      'vulkan',
    ],
    [
      'says something else with each',
      'cuda-lies',
      ['run on cuda with', 'run on cuda with'],
      'vulkan',
    ],
    [
      'dies as the next one does',
      'both-die',
      [...Array(2).fill('opened on cuda: ended by SIGABRT'), ...Array(2).fill('opened on vulkan')],
      'cpu',
    ],
  ])('go on to what computes behind a processor that %s', async (_, does, reasons, found) => {
    const profiles = oneFor('judging', [rich, { ...rich, contextTokens: 2048 }]);
    profiles.judging.providers = ['metal', 'cuda', 'vulkan', 'cpu'];
    const program = processOf('odd', does);
    const { shelf, events } = tinyShelf(place.folder, [owl], { program, profiles, provider: null });
    await using __ = shelf;
    expect((await shelf.open(owl[1].sha256)).ok).toBe(true);
    const told = events.map((event) =>
      modelEventText(event, (fault) => faultSentences(fault).what),
    );
    expect(told).toEqual([
      ...reasons.map((reason) => expect.stringContaining(reason)),
      expect.stringContaining(`owl: loaded for judging, odd 1 on ${found}, context 4096 tokens`),
    ]);
    expect(shelf.models[0]?.inForce.judging).toMatchObject({ provider: found });
  });

  test.each<[string, readonly number[], RunProfile['cache'], number, string]>([
    ['all tokens, as it has to', [1, 2, 3, 4, 5, 6, 7, 8], 'f16', 0.75, 'loaded owl'],
    ['three quarters, and computes alike', [1, 2, 3, 4, 5, 6, 9, 9], 'f16', 0.75, 'not-loaded owl'],
    ['three quarters, with fewer bits', [1, 2, 3, 4, 5, 6, 9, 9], 'q8_0', 0.75, 'loaded owl'],
    ['later ones as well', [9, 2, 9, 4, 5, 6, 7, 8], 'q8_0', 0.75, 'loaded owl'],
    ['too few, with fewer bits', [1, 2, 3, 4, 5, 9, 9, 9], 'q8_0', 0.75, 'not-loaded owl'],
    ['fewer than the lock wants', [1, 2, 3, 4, 5, 6, 7, 9], 'q4_0', 1, 'not-loaded owl'],
  ])('are kept where they say %s', async (_, tokens, cache, qualityMin, last) => {
    const profiles = { ...oneFor('judging', [{ ...rich, cache }]), qualityMin };
    const model = { ...owl[1], selfTest: said(tokens) };
    const { shelf, events } = odd(profiles, [['owl', model]]);
    await using __ = shelf;
    await shelf.open(model.sha256);
    expect(kinds(events).at(-1)).toBe(last);
  });
});

describe('a model of fewer bits', () => {
  test('is not opened beside the one that it stands in for', async () => {
    const { shelf, events } = odd(oneFor('judging', [rich]), [owl, owlet]);
    await using _ = shelf;
    expect(await shelf.open(owlet[1].sha256)).toMatchObject({
      fault: { kind: 'not-needed', insteadOf: 'owl' },
    });
    expect(kinds(events)).toEqual(['loaded owl', 'not-loaded owlet']);
  });

  test.each<[string, readonly number[], readonly string[]]>([
    ['says what that one said', [1, 2, 3, 4, 5, 6, 9, 9], ['loaded owlet']],
    ['says something else', [1, 2, 9, 9, 9, 9, 9, 9], ['fell-back owlet', 'not-loaded owlet']],
  ])('serves where that one cannot, if it %s', async (_, tokens, told) => {
    const broken = { ...owl[1], selfTest: said(tokens), bytes: 5 };
    const { shelf, events } = odd(oneFor('judging', [rich]), [['owl', broken], owlet]);
    await using __ = shelf;
    await shelf.open(owlet[1].sha256);
    expect(kinds(events)).toEqual(['not-loaded owl', ...told]);
    if (told.length === 1)
      expect(events.at(-1)).toMatchObject({
        said: [
          { against: 'owlet', agreed: 4, of: 4, needed: 4 },
          { against: 'owl', agreed: 6, of: 8, needed: 6 },
        ],
      });
  });
});
