import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelCall } from '../../src/3-deliberation/judge/prompt.ts';
import { faultSentences } from '../../src/5-publication/fault-words.ts';
import { modelsAtSocket } from '../../src/adapters/judge/at-socket.ts';
import { readModelsLock } from '../../src/caws/models-lock.ts';
import { command as judgeCommand } from '../../src/cli/judge.ts';
import { command } from '../../src/cli/models.ts';
import { tinyGguf, writeTinyGguf } from '../adapters/llama/tiny-gguf.ts';
import { provider } from '../adapters/llama/ways.ts';
import { newDesk } from './ledger-kit.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);

/** A desk with a folder of models. */
function desk() {
  const each = newDesk();
  const models = join(each.folder, 'models');
  mkdirSync(models);
  return {
    ...each,
    models,
    lock: join(models, 'models.lock.json'),
    ask: (...args: readonly string[]) => each.run(command, ...args, '--models', models),
  };
}

const entry = (change: object = {}) => ({
  family: 'owl',
  roles: ['judge'],
  licence: null,
  quantisation: null,
  repository: null,
  revision: null,
  sha256: 'ab'.repeat(32),
  bytes: 10,
  memoryMb: 1,
  selfTest: { tokens: [1, 2, 3, 4], by: 'x' },
  ...change,
});
const lockText = (models: object) =>
  JSON.stringify({ schema: 'caws-arbiter/models-lock@1', models });

describe('what is suggested', () => {
  test('names no digest that nobody here could read', () => {
    const text = readFileSync(
      join(import.meta.dirname, '../../runner-setup/models.lock.json'),
      'utf8',
    );
    const read = readModelsLock({ file: 'models.lock.json', text });
    if (!read.ok) throw new Error(JSON.stringify(read.fault));
    const { models, presets = [] } = read.value;
    for (const { sha256, bytes, revision } of Object.values(models))
      expect([sha256, bytes, revision]).toEqual([null, null, null]);
    expect(presets.map(({ memoryGb }) => memoryGb)).toEqual([16, 32, 64]);
    for (const { judge, worker, first } of presets) {
      for (const name of [...judge, ...worker, ...first]) expect(models).toHaveProperty([name]);
      // The second judge breaks a tie, which one of the same family cannot.
      expect(new Set(judge.map((name) => models[name]?.family)).size).toBe(judge.length);
    }
  });

  test.each([
    ['8', 'Suggested for 16 GB'],
    ['40', 'Suggested for 32 GB'],
    ['128', 'Suggested for 64 GB'],
  ])('on a machine of %s GB is %s', async (memory, says) => {
    const { out, code } = await desk().ask('list', '--memory-gb', memory);
    expect(out).toContain(`${says} of memory (for a machine of ${memory});`);
    expect([out.includes('arbiter models add FILE --as NAME'), code]).toEqual([true, 0]);
  });
});

describe('a folder of models', () => {
  test('shows what it pins, to people and to programs', async () => {
    const each = desk();
    writeFileSync(each.lock, lockText({ 'qwen3.5-4b': entry() }));
    expect((await each.ask('list', '--memory-gb', '16')).out).toMatch(/qwen3\.5-4b .*; pinned\n/);
    const { out } = await each.ask('list', '--json');
    expect(JSON.parse(out)).toMatchObject({
      schema: 'caws-arbiter/models@1',
      pinned: { 'qwen3.5-4b': { bytes: 10 } },
    });
  });

  test.each<[string, (folder: string) => void, readonly string[], RegExp, number]>([
    [
      'a file that ends too soon',
      (folder) => writeFileSync(join(folder, 'x.gguf'), tinyGguf().subarray(0, 4000)),
      ['add', 'models/x.gguf', '--as', 'owl'],
      /ends too soon \(header\)/,
      4,
    ],
    [
      'a file without heads',
      (folder) =>
        writeFileSync(
          join(folder, 'x.gguf'),
          tinyGguf({}, (keys) => void keys.delete('llama.attention.head_count')),
        ),
      ['add', 'models/x.gguf', '--as', 'owl'],
      /something is missing.*llama\.attention\.head_count/,
      4,
    ],
    [
      'a file that is not there',
      () => undefined,
      ['add', 'none.gguf', '--as', 'owl'],
      /cannot be read \(ENOENT\)/,
      4,
    ],
    [
      'a pipe that nobody writes to',
      (folder) => void execFileSync('mkfifo', [join(folder, 'x.gguf')]),
      ['add', 'models/x.gguf', '--as', 'owl'],
      /cannot be read \(it is no plain file\)/,
      4,
    ],
    [
      'a name that no lock may hold',
      () => undefined,
      ['add', 'none.gguf', '--as', 'Bad Name'],
      /'Bad Name' is invalid. a to z, 0 to 9/,
      2,
    ],
    [
      'a repository that no lock may hold',
      () => undefined,
      ['add', 'none.gguf', '--as', 'owl', '--repository', 'owl'],
      /--repository.*'owl' is invalid. OWNER\/NAME/,
      2,
    ],
    [
      'a revision that is no commit',
      () => undefined,
      ['add', 'none.gguf', '--as', 'owl', '--revision', 'main'],
      /'main' is invalid. a full commit id, 40 hex digits/,
      2,
    ],
    [
      'a family that is a sentence',
      () => undefined,
      ['add', 'none.gguf', '--as', 'owl', '--family', 'Große Eule'],
      /is invalid. a to z, 0 to 9 and -, at most 32/,
      2,
    ],
    [
      'more threads than any machine has',
      () => undefined,
      ['bench', '--threads', '999999999'],
      /'999999999' is invalid. a whole number, 1 to 256/,
      2,
    ],
    [
      'a name that is taken',
      (folder) => writeFileSync(join(folder, 'models.lock.json'), lockText({ owl: entry() })),
      ['add', 'none.gguf', '--as', 'owl'],
      /arbiter models remove owl/,
      2,
    ],
    [
      'to stand in for a model that nobody pinned',
      (folder) => writeFileSync(join(folder, 'models.lock.json'), lockText({ owl: entry() })),
      ['add', 'none.gguf', '--as', 'owlet', '--instead-of', 'eule'],
      /pins no model eule; it pins owl\./,
      2,
    ],
    [
      'to stand in for one that does so itself',
      (folder) =>
        writeFileSync(
          join(folder, 'models.lock.json'),
          lockText({ owl: entry(), owlet: entry({ insteadOf: 'owl' }) }),
        ),
      ['add', 'none.gguf', '--as', 'eule', '--instead-of', 'owlet'],
      /owlet stands in for owl itself.*--instead-of owl/s,
      2,
    ],
    [
      'a lock that nobody can read',
      (folder) =>
        writeFileSync(join(folder, 'models.lock.json'), lockText({ owl: entry({ sha256: 'x' }) })),
      ['verify'],
      /sha256/,
      5,
    ],
    [
      'a lock that breaks off',
      (folder) =>
        writeFileSync(join(folder, 'models.lock.json'), lockText({ owl: entry() }).slice(0, -3)),
      ['verify'],
      /models\.lock\.json:1:\d+ {2}the document is no JSON from here on\n.*bracket.*\n.*\n.*arbiter models add FILE --as NAME --models \S+models\n/,
      5,
    ],
    [
      'a lock with marks of a merge',
      (folder) =>
        writeFileSync(join(folder, 'models.lock.json'), `<<<<<<< HEAD\n${lockText({})}\n`),
      ['list'],
      /models\.lock\.json:1:1 {2}the document is no JSON object\n.*"schema"/,
      5,
    ],
    [
      'a model that nobody pinned',
      (folder) => writeFileSync(join(folder, 'models.lock.json'), lockText({ owl: entry() })),
      ['verify', 'fox'],
      /pins no model fox; it pins owl/,
      2,
    ],
    ['nothing', () => undefined, ['verify'], /pins no model/, 4],
    ['a name that is none', () => undefined, ['remove', '__proto__'], /pins no model __proto__/, 2],
  ])('refuses %s, and stays as it was', async (_, prepare, args, says, code) => {
    const each = desk();
    prepare(each.models);
    const before = readdirSync(each.models);
    const said = await each.ask(...args);
    expect(said.err).toMatch(says);
    expect(said.code).toBe(code);
    expect(readdirSync(each.models)).toEqual(before);
  });

  test('loses what an interrupted copy left, and keeps what another is at, here or on another machine', async () => {
    const each = desk();
    const ended = spawnSync('true').pid;
    const drafts = [
      `.draft-${ended}@${hostname()}.gguf`,
      `.draft-${process.ppid}@${hostname()}.gguf`,
      `.draft-${ended}@not-${hostname()}.gguf`,
    ];
    for (const name of drafts) writeFileSync(join(each.models, name), 'half');
    expect((await each.ask('add', 'none.gguf', '--as', 'owl')).code).toBe(4);
    expect(readdirSync(each.models).toSorted()).toEqual(drafts.slice(1).toSorted());
  });

  test('says that it is the folder that takes no more, and is as it was', async () => {
    const each = desk();
    const fetched = writeTinyGguf(join(each.folder, 'tiny.gguf'));
    const add = [process.execPath, main, 'models', 'add', fetched, '--as', 'owl'];
    const short = run('prlimit', ['--fsize=100000', ...add, '--models', each.models]);
    const { code, stderr } = await short.then(
      () => ({ code: 0, stderr: '' }),
      (error: unknown) => error as { readonly code: number; readonly stderr: string },
    );
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining(`The folder of models, ${each.models}, cannot be used (EFBIG)`),
    ]);
    expect(readdirSync(each.models)).toEqual([]);
    const full = faultSentences({ kind: 'folder-unusable', folder: each.models, reason: 'ENOSPC' });
    expect(full.what).toBe(`The disk of ${each.models}, the folder of models, is full.`);
  });

  test('loses a file with the last name that pins it', async () => {
    const each = desk();
    const model = entry();
    const file = join(each.models, `${model.sha256}.gguf`);
    writeFileSync(each.lock, lockText({ owl: model, eule: model }));
    writeFileSync(file, 'weights');
    expect((await each.ask('remove', 'owl')).out).toContain('another name still uses its file');
    expect(existsSync(file)).toBe(true);
    expect((await each.ask('remove', 'eule')).out).toContain('its file is gone');
    expect(existsSync(file)).toBe(false);
    expect(JSON.parse(readFileSync(each.lock, 'utf8')).models).toEqual({});
  });
});

describe('two names of one file', () => {
  const model = entry();

  test.each([
    ['a judge', judgeCommand, ['--socket', 'judge.sock']],
    ['a look at the files', command, ['verify']],
  ])('are refused by %s before anything is opened', async (_, what, args) => {
    const each = desk();
    writeFileSync(each.lock, lockText({ eule: model, owl: model }));
    const { code, err } = await each.run(what, ...args, '--models', each.models);
    expect([code, err]).toEqual([2, expect.stringContaining('eule and owl are one file in')]);
    expect(err).toContain('arbiter models remove owl');
  });

  test('are not pinned', async () => {
    const each = desk();
    const fetched = writeTinyGguf(join(each.folder, 'tiny.gguf'));
    const bytes = readFileSync(fetched);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const before = lockText({ owl: entry({ sha256, bytes: bytes.length }) });
    writeFileSync(each.lock, before);
    writeFileSync(join(each.models, `${sha256}.gguf`), bytes);
    const { code, err } = await each.ask('add', 'tiny.gguf', '--as', 'eule');
    expect([code, err]).toEqual([2, expect.stringContaining('owl and eule are one file in')]);
    expect(readFileSync(each.lock, 'utf8')).toBe(before);
    // The file of the first name stays.
    expect(existsSync(join(each.models, `${sha256}.gguf`))).toBe(true);
  });
});

test('a socket is named from where the caller stands, and looked at before any model is opened', async () => {
  const each = desk();
  writeFileSync(each.lock, lockText({ owl: entry() }));
  const taken = join(each.folder, 'taken');
  writeFileSync(taken, 'mine');
  const said = await each.run(judgeCommand, '--socket', 'taken', '--models', each.models);
  expect([said.code, said.err]).toEqual([
    4,
    expect.stringMatching(`^No socket can be made at ${taken} \\(there is another file\\)`),
  ]);
});

describe('a judge of this machine', () => {
  const each = desk();
  const socket = join(each.folder, 'judge.sock');
  let daemon: ChildProcess;
  let said = '';
  beforeAll(async () => {
    const fetched = writeTinyGguf(join(each.folder, 'tiny.gguf'), { context: 1024 });
    const add = ['models', 'add', fetched, '--as', 'owl', '--models', each.models];
    await run(process.execPath, [main, ...add]);
    const serve = ['judge', '--socket', socket, '--models', each.models, '--provider', provider];
    daemon = spawn(process.execPath, [main, ...serve], { stdio: ['ignore', 'ignore', 'pipe'] });
    const { promise, resolve } = Promise.withResolvers<void>();
    daemon.stderr?.on('data', (text) => {
      said += String(text);
      if (said.includes('Serving')) resolve();
    });
    daemon.once('exit', () => resolve());
    await promise;
  });
  afterAll(() => daemon.kill('SIGKILL'));

  test('serves what was added, answers, and ends in order with all that it started', async () => {
    expect(said).toMatch(
      new RegExp(
        `owl: loaded for judging, llama\\.cpp v0\\.5\\.0 .* on ${provider}, context 1024 tokens, batch 2048, cache f16, .* ${provider === 'cpu' ? 16 : '\\d+'} of 16 tokens as pinned`,
      ),
    );
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    const run = await each.ask('list', '--json').then(({ out }) => JSON.parse(out).run.owl);
    expect(run).toMatchObject({
      judging: { profile: { contextTokens: 1024, batchTokens: 2048, cache: 'f16' } },
      justification: { profile: { contextTokens: 1024, batchTokens: 512 } },
    });
    expect((await each.ask('list')).out).toContain('    judging: context 1024 tokens, batch 2048');
    const models = await modelsAtSocket(socket);
    if (!models.ok) throw new Error(models.fault.reason);
    const [owl] = models.value;
    const { sha256 } = JSON.parse(readFileSync(each.lock, 'utf8')).models.owl;
    expect(owl?.identity).toMatchObject({ name: 'owl', file: `sha256:${sha256}` });
    const call: ModelCall = {
      purpose: 'decide',
      system: 'You compare.',
      shared: 'TASK',
      own: 'Place 1 is K.',
      schema: {
        type: 'object',
        properties: { better: { enum: ['1', '2', 'tie', 'insufficient'] } },
      },
      temperature: 0,
      seed: 1,
      tokensMax: 100,
    };
    const answer = await owl?.answer(call, new AbortController().signal);
    if (typeof answer !== 'object') throw new Error(answer);
    const { better } = JSON.parse(answer.text);
    expect(answer.optionLogits).toHaveProperty([better]);
    const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').trim();
    expect(children).not.toBe('');
    daemon.kill('SIGTERM');
    const [code] = await new Promise<[number | null]>((resolve) =>
      daemon.once('exit', (...ended) => resolve([ended[0]])),
    );
    expect([code, existsSync(socket)]).toEqual([0, false]);
    expect(children.split(' ').filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  test('tells what computed where what was named did not, and that this is no proof of it', async () => {
    const nowhere = process.platform === 'darwin' ? 'cuda' : 'metal';
    const asked = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, 'models', ...args, '--models', each.models], {
        encoding: 'utf8',
      });
    const named = asked('verify', 'owl', '--provider', nowhere);
    expect([named.status, named.stdout]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^✗ owl: every byte as pinned, and it holds on cpu; ${nowhere} was named, and did not compute\n    judging, debate, justification: on cpu, context 1024 tokens.*\n    owl: ${nowhere} is not to be had here, so cpu computes`,
        ),
      ),
    ]);
    const processor = asked('verify', 'owl', '--provider', 'cpu');
    expect([processor.status, processor.stdout]).toEqual([
      0,
      expect.stringMatching(/^✓ owl: .*\n.*on cpu, context.*\n$/),
    ]);
    const json = asked('verify', 'owl', '--provider', nowhere, '--json');
    expect(JSON.parse(json.stdout).results).toMatchObject([
      {
        fault: expect.stringContaining(`${nowhere} was named`),
        inForce: { judging: { provider: 'cpu' } },
        passedOver: [expect.stringContaining(nowhere)],
      },
    ]);
  });

  test('has a model of fewer bits stand in for one that is pinned', async () => {
    const fetched = writeTinyGguf(join(each.folder, 'fewer.gguf'), { context: 1024, seed: 2 });
    const named = ['--as', 'owlet', '--instead-of', 'owl', '--models', each.models];
    await run(process.execPath, [main, 'models', 'add', fetched, ...named]);
    expect((await each.ask('list')).out).toMatch(/owlet .*; stands in for owl\n/);
  });
});
