import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { ModelHost } from '../../../src/adapters/llama/model-host.ts';
import type { ShelfTerms } from '../../../src/adapters/llama/opening.ts';
import { pinModel } from '../../../src/adapters/llama/pinning.ts';
import { SURFACES } from '../../../src/adapters/llama/profiles.ts';
import {
  isPinned,
  lockOf,
  type PinnedModel,
  weightsFile,
} from '../../../src/adapters/llama/weights.ts';
import { profilesOf } from '../../../src/cli/models/shipped.ts';
import { tinyGguf } from './tiny-gguf.ts';
import { processOf, type TinyFolder, tinyFolder, tinyShelf } from './tiny-shelf.ts';

const call: ModelCall = {
  purpose: 'think',
  system: 'You compare.',
  shared: 'TASK',
  own: 'Place 1 is K.',
  schema: null,
  temperature: 0.6,
  seed: 3,
  tokensMax: 8,
};
const still = () => new AbortController().signal;
const profile = {
  contextTokens: 512,
  batchTokens: 128,
  cache: 'f16',
  threads: 1,
  flashAttention: 'auto',
} as const;
const oddTest = { tokens: [1, 2, 3, 4, 5, 6, 7, 8], by: 'odd 1 on cpu' };

let place: TinyFolder;
let owl: readonly [string, PinnedModel];
let fox: readonly [string, PinnedModel];
beforeAll(async () => {
  place = tinyFolder();
  owl = await place.add('owl', { seed: 7 }, oddTest);
  fox = await place.add('fox', { seed: 8 }, oddTest);
});
afterAll(() => place[Symbol.dispose]());

/** A shelf whose models' processes do as a test says. */
const odd = (does: string, terms: Partial<ShelfTerms> = {}, models = [owl, fox]) =>
  tinyShelf(place.folder, models, { program: processOf('odd', does), graceMs: 50, ...terms });

describe('the models of a machine', () => {
  test('are opened when they are asked, and stay', async () => {
    const { shelf, events } = odd('answers');
    await using _ = shelf;
    expect(await shelf.answer(owl[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    expect(await shelf.answer(owl[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    expect(events).toMatchObject([{ kind: 'loaded', name: 'owl', backend: 'odd 1 on cpu' }]);
    expect(await shelf.answer('0'.repeat(64), call, still())).toBe('unavailable');
  });

  test('make room for each other, the least used first', async () => {
    // Each takes some 80 MB by its estimate, so that there is room for one.
    const { shelf, events } = odd('answers', { memoryBytes: 100_000_000 });
    await using _ = shelf;
    for (const each of [owl, fox, fox, owl])
      expect(await shelf.answer(each[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    expect(events.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'loaded owl',
      'unloaded owl',
      'loaded fox',
      'unloaded fox',
      'loaded owl',
    ]);
    expect(shelf.models.map(({ opened }) => opened?.provider)).toEqual(['cpu', 'cpu']);
  });

  test('answer at once while another is being loaded, and nothing waits for that at the end', async () => {
    const program = processOf('odd', 'answers', fox[1].sha256);
    const { shelf, events } = odd('answers', { program });
    expect(await shelf.answer(owl[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    const loading = shelf.answer(fox[1].sha256, call, still());
    expect(await shelf.answer(owl[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    await shelf[Symbol.asyncDispose]();
    expect(await loading).toBe('unavailable');
    expect(events.filter(({ kind }) => kind === 'loaded')).toMatchObject([{ name: 'owl' }]);
  });

  test('are run by the processor where what was named is not there, which is told', async () => {
    const { shelf, events } = odd('answers', { provider: 'vulkan' }, [owl]);
    await using _ = shelf;
    expect(await shelf.answer(owl[1].sha256, call, still())).toMatchObject({ text: 'fine' });
    expect(events).toMatchObject([
      { kind: 'other-provider', name: 'owl', wanted: 'vulkan', found: 'cpu' },
      { kind: 'loaded', name: 'owl' },
    ]);
  });

  test('are not loaded where memory is short of the plainest profile', async () => {
    const { shelf, events } = odd('answers', { memoryBytes: 50_000_000 }, [owl]);
    await using _ = shelf;
    expect(await shelf.answer(owl[1].sha256, call, still())).toBe('unavailable');
    expect(events).toMatchObject([{ fault: { kind: 'memory-short', availableBytes: 50_000_000 } }]);
  });

  test('are still named where memory is short for a while, and open when it is there again', async () => {
    // There is room for one, and the one that is asked is not put away.
    const { shelf } = odd('hangs', { memoryBytes: 100_000_000 });
    await using _ = shelf;
    await shelf.open(fox[1].sha256);
    await shelf.open(owl[1].sha256);
    const gone = new AbortController();
    const asked = shelf.answer(owl[1].sha256, call, gone.signal);
    for (const surface of SURFACES)
      expect(await shelf.open(fox[1].sha256, surface)).toMatchObject({
        fault: { kind: 'memory-short' },
      });
    expect(shelf.models.map(({ name, fault }) => [name, fault])).toEqual([
      ['owl', null],
      ['fox', null],
    ]);
    gone.abort();
    expect(await asked).toBe('cancelled');
    expect((await shelf.open(fox[1].sha256)).ok).toBe(true);
  });

  test.each<[string, Partial<PinnedModel> | 'no self-test', object]>([
    [
      'says other tokens than when it was pinned',
      { selfTest: { tokens: [9, 9, 9, 9], by: 'x' } },
      { kind: 'self-test-failed', expected: [9, 9, 9, 9], agreed: 0, of: 4, needed: 3 },
    ],
    ['was pinned without a self-test', 'no self-test', { kind: 'self-test-failed', expected: [] }],
    ['has another length', { bytes: 5 }, { kind: 'weights-other', what: 'bytes' }],
    ['is not there', { sha256: 'a'.repeat(64) }, { kind: 'weights-unreadable', reason: 'ENOENT' }],
  ])('are not heard where one %s', async (_, change, fault) => {
    const { selfTest: _selfTest, ...bare } = owl[1];
    const model = change === 'no self-test' ? bare : { ...owl[1], ...change };
    const { shelf, events } = odd('answers', {}, [['owl', model]]);
    await using __ = shelf;
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events.at(-1)).toMatchObject({ kind: 'not-loaded', fault });
    expect(shelf.models).toMatchObject([{ fault }]);
    // What is wrong stays wrong: no second process is started for it.
    const told = events.length;
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events.length).toBe(told);
  });

  test('are not loaded where one byte of the file was changed since it was pinned', async () => {
    using other = tinyFolder();
    const [name, model] = await other.add('owl');
    const file = weightsFile(other.folder, model);
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    chmodSync(file, 0o600);
    writeFileSync(file, bytes);
    const { shelf, events } = tinyShelf(other.folder, [[name, model]], { program: ['/nowhere'] });
    await using _ = shelf;
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events).toMatchObject([
      { fault: { kind: 'weights-other', what: 'sha256', expected: model.sha256 } },
    ]);
  });

  test('are not waited for where a pipe lies in the place of the file', async () => {
    using other = tinyFolder();
    const [name, model] = await other.add('owl');
    const file = weightsFile(other.folder, model);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    const { shelf, events } = tinyShelf(other.folder, [[name, model]], { program: ['/nowhere'] });
    await using _ = shelf;
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events).toMatchObject([
      { fault: { kind: 'weights-unreadable', reason: 'it is no plain file' } },
    ]);
  });

  test.each([
    ['another', 'mv "$0.new" "$0"'],
    ['another, and put back', 'mv "$0" "$0.old"; mv "$0.old" "$0"'],
  ])('are not kept where the file is exchanged for %s after it was read', async (_, exchange) => {
    using other = tinyFolder();
    const [name, model] = await other.add('owl', {}, oddTest);
    const file = weightsFile(other.folder, model);
    writeFileSync(`${file}.new`, readFileSync(file));
    const program = [
      ...['/bin/sh', '-c', `${exchange}; exec "$@"`, file],
      ...processOf('odd', 'answers'),
    ] as const;
    const { shelf, events } = tinyShelf(other.folder, [[name, model]], { program });
    await using _shelf = shelf;
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events.at(-1)).toMatchObject({
      fault: { kind: 'weights-unreadable', reason: 'it was exchanged while it was opened' },
    });
  });

  test('are no longer those that were pinned once somebody wrote into the open file', async () => {
    using other = tinyFolder();
    const [name, model] = await other.add('owl', {}, oddTest);
    const { shelf, events } = tinyShelf(other.folder, [[name, model]], {
      program: processOf('odd', 'answers'),
    });
    await using _ = shelf;
    expect(await shelf.answer(model.sha256, call, still())).toMatchObject({ text: 'fine' });
    const file = weightsFile(other.folder, model);
    chmodSync(file, 0o640);
    writeFileSync(file, tinyGguf({ seed: 99 }));
    expect(await shelf.answer(model.sha256, call, still())).toBe('wrong-model');
    expect(await shelf.answer(model.sha256, call, still())).toBe('unavailable');
    expect(events.slice(-2)).toMatchObject([
      { kind: 'exchanged', name, file },
      { kind: 'not-loaded', fault: { kind: 'weights-other', what: 'sha256' } },
    ]);
  });
});

describe('a model in its process', () => {
  test('that hangs is ended soon after nobody waits any more, and started again', async () => {
    const { shelf, events } = odd('hangs');
    await using _ = shelf;
    for (let times = 0; times < 4; times += 1) {
      await shelf.open(owl[1].sha256);
      const gone = AbortSignal.timeout(20);
      expect(await shelf.answer(owl[1].sha256, call, gone)).toBe('cancelled');
    }
    expect(events.filter(({ kind }) => kind === 'ended')).toHaveLength(4);
    // Whoever gave up says nothing of the model.
    expect(shelf.models.map(({ fault }) => fault)).toEqual([null, null]);
  });

  test('that dies is started again, but not for ever', async () => {
    const { shelf, events } = odd('dies');
    await using _ = shelf;
    for (let times = 0; times < 5; times += 1)
      expect(await shelf.answer(owl[1].sha256, call, still())).toBe('unavailable');
    expect(events.filter(({ kind }) => kind === 'loaded')).toHaveLength(3);
    expect(shelf.models[0]).toMatchObject({ fault: { kind: 'model-ends', times: 3 } });
  });

  test.each([
    ['rambles', { text: 'x'.repeat(200_000) }],
    ['lies', 'unavailable'],
  ])('that %s is taken for what it says, or not at all', async (does, said) => {
    const { shelf } = odd(does);
    await using _ = shelf;
    const answer = await shelf.answer(owl[1].sha256, call, still());
    if (typeof said === 'string') expect(answer).toBe(said);
    else expect(answer).toMatchObject(said);
  });

  test('that cannot be opened is told as such', async () => {
    const { shelf, events } = odd('cannot-open');
    await using _ = shelf;
    expect(await shelf.answer(owl[1].sha256, call, still())).toBe('unavailable');
    expect(events.at(-1)).toMatchObject({
      fault: { kind: 'model-not-opened', reason: 'no memory' },
    });
  });

  test('that never opens is ended', async () => {
    const opening = { file: 'x', providers: ['cpu' as const], expected: [], profile };
    const opened = await ModelHost.open(processOf('odd', 'never-opens'), opening, {
      openMsMax: 300,
    });
    expect(opened).toEqual({
      ok: false,
      fault: { reason: 'not loaded in time', provider: null },
    });
    const ended = await ModelHost.open(['/nowhere/node'], opening);
    expect(ended).toMatchObject({
      ok: false,
      fault: { reason: expect.stringContaining('ENOENT') },
    });
  });

  test('whose program was stopped by the system is ended as well', async () => {
    const file = weightsFile(place.folder, owl[1]);
    const opening = { file, providers: ['cpu'], expected: [], profile } as const;
    const opened = await ModelHost.open(processOf('tiny'), opening, { graceMs: 50 });
    if (!opened.ok) throw new Error(opened.fault.reason);
    await using host = opened.value.host;
    process.kill(host.pid ?? 0, 'SIGSTOP');
    expect(await host.answer(call, AbortSignal.timeout(20))).toBe('cancelled');
    expect(host.isAlive).toBe(false);
    expect(await host.answer(call, still())).toBe('unavailable');
  });

  test('keeps its turn for each who waits, and lets go of who left', async () => {
    const opening = { file: 'x', providers: ['cpu'], expected: [], profile } as const;
    const opened = await ModelHost.open(processOf('odd', 'answers-late'), opening);
    if (!opened.ok) throw new Error(opened.fault.reason);
    await using host = opened.value.host;
    const gone = new AbortController();
    const long = host.answer(call, still());
    const left = host.answer(call, gone.signal);
    const last = host.answer(call, still());
    gone.abort();
    expect(await left).toBe('cancelled');
    expect(await long).toMatchObject({ text: 'fine' });
    expect(await last).toMatchObject({ text: 'fine' });
    expect(host.isAlive).toBe(true);
  });
});

describe('a folder of models', () => {
  test('has a file under its digest once it was opened, so that whoever is interrupted leaves a draft alone', async () => {
    using other = tinyFolder();
    const { folder } = other;
    const tell = "process.on('message', () => process.send({ kind: 'failed', reason: names() }))";
    const names = `const names = () => require('fs').readdirSync(${JSON.stringify(folder)}).join(' ');`;
    const pinned = await pinModel({
      ...{ folder, name: 'owl', file: weightsFile(place.folder, owl[1]) },
      said: { ...owl[1], family: 'owl' },
      profiles: profilesOf({ schema: 'caws-arbiter/models-lock@1', models: {} }),
      program: [process.execPath, '-e', names + tell],
    });
    expect(pinned).toMatchObject({
      fault: {
        kind: 'model-not-opened',
        reason: expect.stringMatching(/^\.draft-\d+@\S+\.gguf$/),
      },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps a file under its digest, for nobody to write', async () => {
    using other = tinyFolder();
    const [, model] = await other.add('owl');
    const lock = await lockOf(other.folder);
    expect(lock).toMatchObject({ value: { models: { owl: { sha256: model.sha256 } } } });
    expect(lock.ok && Object.values(lock.value.models).every(isPinned)).toBe(true);
    expect(readdirSync(other.folder).sort()).toEqual(
      [`${model.sha256}.gguf`, 'fetched.gguf', 'models.lock.json'].sort(),
    );
  });

  test.each([
    ['no JSON', '{', 'lock-unreadable'],
    [
      'a key that nobody knows',
      '{"schema":"caws-arbiter/models-lock@1","models":{},"trust":true}',
      'lock-unreadable',
    ],
    [
      'a digest that is none',
      '{"schema":"caws-arbiter/models-lock@1","models":{"a":{"sha256":"x"}}}',
      'lock-unreadable',
    ],
  ])('is not taken for one whose lock is %s', async (_, text, kind) => {
    using other = tinyFolder();
    writeFileSync(join(other.folder, 'models.lock.json'), text);
    expect(await lockOf(other.folder)).toMatchObject({ ok: false, fault: { kind } });
  });

  test('is not waited for where its lock is a pipe, and not read where that is too long', async () => {
    using other = tinyFolder();
    const lock = join(other.folder, 'models.lock.json');
    execFileSync('mkfifo', [lock]);
    const reason = 'it is no plain file';
    expect(await lockOf(other.folder)).toMatchObject({
      fault: { kind: 'folder-unusable', reason },
    });
    rmSync(lock);
    writeFileSync(lock, ' '.repeat(1024 * 1024 + 1));
    expect(await lockOf(other.folder)).toMatchObject({ fault: { reason: 'EFBIG' } });
  });

  test('that is not there is no empty one', async () => {
    expect(await lockOf('/nowhere')).toMatchObject({
      fault: { kind: 'folder-unusable', reason: 'ENOENT' },
    });
  });
});
