import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { modelsAtSocket } from '../../../src/adapters/judge/at-socket.ts';
import { type ModelShelf, serveJudge } from '../../../src/adapters/llama/judge-daemon.ts';
import type { Model } from '../../../src/ports.ts';
import { aModel, answering } from '../../3-deliberation/judge/kit.ts';
import { type Backend, modelContract } from './contract.ts';
import { type Line, scripted } from './scripted.ts';

const root = mkdtempSync(join(tmpdir(), 'socket-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let sockets = 0;
function newSocket(): string {
  sockets += 1;
  return join(root, `${sockets}.sock`);
}

const sha256 = 'ab'.repeat(32);
const opened = {
  version: 'odd 1',
  provider: 'cpu' as const,
  tokens: [],
  passedOver: [],
  agreed: [],
};
const pinned = {
  family: 'owl',
  roles: ['judge' as const],
  licence: null,
  quantisation: 'F32',
  repository: null,
  revision: null,
  sha256,
  bytes: 1,
  memoryMb: 1,
};
type Shown = ModelShelf['models'];
const owl: Shown = [{ name: 'owl', model: pinned, opened, fault: null, inForce: {} }];

const shelfOf = (model: Model, models: Shown = owl): ModelShelf => ({
  models,
  answer: async (_, call, signal) => await model.answer(call, signal),
  [Symbol.asyncDispose]: async () => {},
});

/** The daemon itself, with a script in the place of the models' processes. */
async function serving(shelf: ModelShelf, callMsMax?: number) {
  const socket = newSocket();
  const daemon = await serveJudge(socket, shelf, callMsMax);
  if (!daemon.ok) throw new Error(daemon.fault.kind);
  return daemon.value;
}

async function backend(says: (call: ModelCall, signal: AbortSignal) => Line): Promise<Backend> {
  const daemon = await serving(shelfOf(scripted(aModel('owl'), says)));
  const models = await modelsAtSocket(daemon.socket);
  const [model] = models.ok ? models.value : [];
  if (model === undefined) throw new Error('no model');
  return { model, [Symbol.asyncDispose]: async () => await daemon[Symbol.asyncDispose]() };
}

modelContract('the judge of this machine', backend);

const call: ModelCall = {
  purpose: 'decide',
  system: 's',
  shared: 'h',
  own: 'o',
  schema: { type: 'object' },
  temperature: 0,
  seed: 1,
  tokensMax: 10,
};
const still = () => new AbortController().signal;

/** A bare request, as a client that is none of ours would send it. */
async function bare(socketPath: string, path: string, body: string | null): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const asked = request(
    { socketPath, path, method: body === null ? 'GET' : 'POST' },
    (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    },
  );
  // What is too long is not read to its end.
  asked.on('error', () => resolve(0));
  asked.end(body ?? undefined);
  return await promise;
}

describe('the socket of the judge', () => {
  test('is for its user and its group alone', async () => {
    await using daemon = await serving(shelfOf(scripted(aModel(), () => '{}')));
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o660);
  });

  test('is one daemon at a time: one that answers is left alone, one that a crash left is taken', async () => {
    const shelf = shelfOf(scripted(aModel(), () => '{}'));
    const daemon = await serving(shelf);
    const second = await serveJudge(daemon.socket, shelf);
    expect(second).toMatchObject({ fault: { kind: 'socket-in-use' } });
    await daemon[Symbol.asyncDispose]();
    const left = createServer();
    const socket = newSocket();
    await new Promise<void>((resolve) => left.listen(socket, resolve));
    // Closing would take the file away, which a crash does not.
    left.unref();
    (left as unknown as { _handle: { close(): void } })._handle.close();
    const again = await serveJudge(socket, shelf);
    expect(again.ok).toBe(true);
    if (again.ok) await again.value[Symbol.asyncDispose]();
  });

  test('takes no other file for a socket, and says where none can be', async () => {
    const file = join(root, 'notes.txt');
    writeFileSync(file, 'mine');
    const shelf = shelfOf(scripted(aModel(), () => '{}'));
    expect(await serveJudge(file, shelf)).toMatchObject({ fault: { kind: 'socket-unusable' } });
    expect(statSync(file).size).toBe(4);
    const nowhere = join(root, 'none', 'judge.sock');
    expect(await serveJudge(nowhere, shelf)).toMatchObject({
      fault: { kind: 'socket-unusable', reason: 'its folder is not there' },
    });
    const long = join(root, 'x'.repeat(120));
    expect(await serveJudge(long, shelf)).toMatchObject({
      fault: { reason: expect.stringMatching(/^a socket's path has 10[37] bytes at most$/) },
    });
  });

  const asked = (change: object, model = sha256) =>
    JSON.stringify({ model, call: { ...call, ...change } });
  test.each<[string, string, string | null, number]>([
    ['a page', '/', null, 404],
    ['no JSON', '/answer', '{', 400],
    ['a call without a model', '/answer', asked({}, 'owl'), 400],
    ['a key that stands twice', '/answer', asked({}).replace('"seed":1', '"seed":1,"seed":2'), 400],
    ['a purpose that is none', '/answer', asked({ purpose: 'chat' }), 400],
    ['a million tokens', '/answer', asked({ tokensMax: 1_000_000 }), 400],
    ['no tokens', '/answer', asked({ tokensMax: 0 }), 400],
    ['a temperature that is a text', '/answer', asked({ temperature: '0' }), 400],
    ['a negative seed', '/answer', asked({ seed: -1 }), 400],
    ['a schema that is a list', '/answer', asked({ schema: [] }), 400],
    ['a text without an end', '/answer', asked({ own: 'x'.repeat(2_000_000) }), 400],
    ['a call', '/answer', asked({}), 200],
  ])('asked for %s answers as it should', async (_, path, body, status) => {
    await using daemon = await serving(shelfOf(scripted(aModel(), () => '{}')));
    const answered = await bare(daemon.socket, path, body);
    // A client whose request is too long may be cut off before it hears so.
    expect(status === 400 && answered === 0 ? 400 : answered).toBe(status);
    expect(await bare(daemon.socket, '/models', null)).toBe(200);
  });

  test('asks nobody for what a client gave up', async () => {
    const gone = new AbortController();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    await using one = await backend((_, signal) => {
      signal.addEventListener('abort', () => resolve(true));
      gone.abort();
      return new Promise<never>(() => undefined);
    });
    expect(await one.model.answer(call, gone.signal)).toBe('cancelled');
    expect(await promise).toBe(true);
  });

  test('lets no call take longer than any call may', async () => {
    const model = scripted(aModel(), () => new Promise<never>(() => undefined));
    await using daemon = await serving(shelfOf(model), 20);
    const models = await modelsAtSocket(daemon.socket);
    expect(models.ok && (await models.value[0]?.answer(call, still()))).toBe('timed-out');
  });

  test('holds only so many calls at once', async () => {
    const gone = new AbortController();
    let asked_ = 0;
    await using one = await backend(() => {
      asked_ += 1;
      return new Promise<never>(() => undefined);
    });
    const calls = Array.from({ length: 40 }, () => one.model.answer(call, gone.signal));
    const first = await Promise.race(calls);
    expect([first, asked_]).toEqual(['unavailable', 32]);
    gone.abort();
    await Promise.all(calls);
  });

  test('tells waiting clients when the daemon ends', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const one = await backend(() => {
      resolve();
      return new Promise<never>(() => undefined);
    });
    const answer = one.model.answer(call, still());
    await promise;
    await one[Symbol.asyncDispose]();
    expect(await answer).toBe('unavailable');
  });

  test('offers what may judge and works, and nothing else', async () => {
    const shown: Shown = [
      ...owl,
      { name: 'worker', model: { ...pinned, roles: ['worker'] }, opened, fault: null, inForce: {} },
      { name: 'unopened', model: pinned, opened: null, fault: null, inForce: {} },
      {
        name: 'broken',
        model: pinned,
        opened,
        fault: { kind: 'model-ends', name: 'x', times: 3 },
        inForce: {},
      },
    ];
    await using daemon = await serving(
      shelfOf(
        scripted(aModel(), () => '{}'),
        shown,
      ),
    );
    const models = await modelsAtSocket(daemon.socket);
    expect(models.ok && models.value.map(({ identity }) => identity)).toEqual([
      {
        name: 'owl',
        family: 'owl',
        file: `sha256:${sha256}`,
        quantisation: 'F32',
        backend: 'odd 1 on cpu',
      },
    ]);
  });
});

describe('a judge that is none', () => {
  /** Whatever listens at the socket. */
  async function impostor(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<AsyncDisposable & { readonly socket: string }> {
    const socket = newSocket();
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return {
      socket,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
  const list = JSON.stringify({
    models: [
      {
        name: 'owl',
        family: 'owl',
        roles: ['judge'],
        file: `sha256:${sha256}`,
        quantisation: null,
        backend: 'b',
        fault: null,
      },
    ],
  });

  test.each<[string, string]>([
    ['says nothing of sense', 'hello'],
    ['says null', 'null'],
    ['names no models', '{"models":{}}'],
    ['names a model without a digest', list.replace('sha256:', 'md5:')],
    ['never stops', `"${'x'.repeat(400_000)}"`],
  ])('and %s has no models', async (_, text) => {
    await using one = await impostor((_request, response) => void response.end(text));
    expect(await modelsAtSocket(one.socket)).toMatchObject({
      fault: { kind: 'judge-unreachable' },
    });
  });

  test.each<[string, string, string]>([
    ['answers for another model', '{"model":"x","said":"cancelled"}', 'wrong-model'],
    ['answers with a verdict', `{"model":"${sha256}","said":"PASS"}`, 'unavailable'],
    ['answers with half of an answer', `{"model":"${sha256}","said":{"text":"{}"}}`, 'unavailable'],
    [
      'answers with logits that are none',
      `{"model":"${sha256}","said":{"text":"{}","optionLogits":{"1":"high"},"tokensIn":1,"tokensOut":1,"tokensCached":1,"ms":1}}`,
      'unavailable',
    ],
  ])('and %s is silent', async (_, text, silence) => {
    await using one = await impostor((asked, response) => {
      asked.resume();
      response.end(asked.url === '/models' ? list : text);
    });
    const models = await modelsAtSocket(one.socket);
    expect(models.ok && (await models.value[0]?.answer(call, still()))).toBe(silence);
  });

  test('because nobody is there has no models', async () => {
    expect(await modelsAtSocket(newSocket())).toMatchObject({ fault: { reason: 'ENOENT' } });
  });

  test('hears what it is asked, and its answer is read', async () => {
    await using one = await backend(() => answering('1'));
    expect(await one.model.answer(call, still())).toMatchObject({ text: answering('1') });
  });
});
