import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { openAiModel } from '../../../src/adapters/judge/open-ai.ts';
import { aModel, answering, spoken } from '../../3-deliberation/judge/kit.ts';
import { type Backend, modelContract } from './contract.ts';
import { type Line, scripted } from './scripted.ts';

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly temperature: number;
  readonly seed: number;
  readonly max_tokens: number;
  readonly response_format?: { readonly json_schema: { readonly schema: object } };
}

type Answering = (asked: Asked, request: IncomingMessage, response: ServerResponse) => unknown;

/** A real server on this machine, and a model that asks it. */
async function serving(answer: Answering, limitMs = 60_000): Promise<Backend> {
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const part of request) body += part;
    const given = await answer(JSON.parse(body) as Asked, request, response);
    if (given !== undefined)
      response.end(typeof given === 'string' ? given : JSON.stringify(given));
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v1/`;
  const model = openAiModel({ url, identity: aModel('owl'), key: 'sk-1', limitMs });
  if (!model.ok) throw new Error(model.fault);
  return {
    model: model.value,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const completion = (content: string, facts: object = {}, choice: object = {}) => ({
  model: 'owl',
  choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop', ...choice }],
  usage: {
    prompt_tokens: 900,
    completion_tokens: 40,
    prompt_tokens_details: { cached_tokens: 700 },
  },
  ...facts,
});

function callOf({ messages, response_format: form, ...asked }: Asked): ModelCall {
  const [system, user] = messages.map(({ content }) => content);
  const [shared = '', ...own] = (user ?? '').split('\n\n');
  const schema = form?.json_schema.schema ?? null;
  return {
    purpose: schema === null ? 'think' : 'decide',
    system: system ?? '',
    shared,
    own: own.join('\n\n'),
    schema,
    temperature: asked.temperature,
    seed: asked.seed,
    tokensMax: asked.max_tokens,
  };
}

modelContract('a script', async (says) => ({
  model: scripted(aModel(), says),
  [Symbol.asyncDispose]: async () => {},
}));
modelContract('a server of chat completions', (says: (call: ModelCall) => Line) =>
  serving(async (asked) => {
    const line = await says(callOf(asked));
    return completion(typeof line === 'string' ? line : 'text' in line ? line.text : '');
  }),
);

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
const ask = async (answer: Answering, facts: Partial<ModelCall> = {}, limitMs?: number) => {
  await using backend = await serving(answer, limitMs);
  return await backend.model.answer({ ...call, ...facts }, new AbortController().signal);
};

describe('a server of chat completions', () => {
  test('is asked once, with its key, and its counts are kept', async () => {
    const seen: (string | undefined)[] = [];
    const said = await ask((_, { url, method, headers }) => {
      seen.push(method, url, headers.authorization);
      return completion('{}');
    });
    expect(seen).toEqual(['POST', '/v1/chat/completions', 'Bearer sk-1']);
    expect(said).toEqual({ ...spoken('{}'), ms: expect.any(Number) });
  });

  const token = (text: string, likely: readonly (readonly [string, number])[] = []) => ({
    token: text,
    top_logprobs: likely.map(([each, logprob]) => ({ token: each, logprob })),
  });
  test.each<[string, readonly object[] | null, object | null]>([
    [
      'found',
      [
        token('{"bet'),
        token('ter":"'),
        token('1', [
          ['1', -0.1],
          ['2', -2.5],
          ['t', -4],
          ['x', -9],
        ]),
      ],
      { 1: -0.1, 2: -2.5, tie: -4, insufficient: -20 },
    ],
    [
      'found behind a blank',
      [
        token('"better": "'),
        token('ins', [
          ['ins', -0.2],
          ['1', -3],
        ]),
      ],
      { 1: -3, 2: -20, tie: -20, insufficient: -0.2 },
    ],
    ['not found', [token('"better'), token('":"1"')], null],
    [
      'none of the words',
      [
        token('"better":"'),
        token('1', [
          ['x', 0],
          ['', 0],
        ]),
      ],
      null,
    ],
    [
      'no numbers',
      [token('"better":"'), { token: '1', top_logprobs: [{ token: '1', logprob: 'high' }] }],
      null,
    ],
    ['not given', null, null],
  ])('gives what it found likely: %s', async (_, content, logits) => {
    const choice = content === null ? {} : { logprobs: { content } };
    expect(await ask(() => completion('{}', {}, choice))).toMatchObject({ optionLogits: logits });
  });

  test.each<[string, Answering, string, number?]>([
    ['that says another model answered', () => completion('{}', { model: 'fox' }), 'wrong-model'],
    [
      'that stops in the middle',
      () => completion('{"a', {}, { finish_reason: 'length' }),
      'answer-too-long',
    ],
    ['that answers no JSON', () => '<html>', 'unavailable'],
    ['that answers nothing', () => '', 'unavailable'],
    ['that answers null', () => 'null', 'unavailable'],
    ['without a choice', () => ({ model: 'owl', choices: [] }), 'unavailable'],
    [
      'that calls a tool',
      () => completion('', {}, { message: { content: null, tool_calls: [{}] } }),
      'unavailable',
    ],
    [
      'that is busy',
      (_a, _q, response) => {
        response.statusCode = 429;
        return '{}';
      },
      'unavailable',
    ],
    [
      'that cannot hold the prompt',
      (_a, _q, response) => {
        response.statusCode = 400;
        return { error: { type: 'exceed_context_size_error' } };
      },
      'prompt-too-long',
    ],
    [
      'that sends on elsewhere',
      (_a, _q, response) => {
        response.writeHead(307, { location: 'http://127.0.0.2:1/' });
        return '';
      },
      'unavailable',
    ],
    [
      'that never stops',
      (_a, _q, response) => {
        for (let at = 0; at < 80; at += 1) response.write('x'.repeat(65_536));
        return '';
      },
      'unavailable',
    ],
    [
      'that hangs up',
      (_a, _q, response) => {
        response.write('{"model"');
        response.destroy();
        return undefined;
      },
      'unavailable',
    ],
    ['that hangs', () => undefined, 'timed-out', 50],
  ])('%s is silent', async (_, answer, silence, limitMs) => {
    expect(await ask(answer, {}, limitMs)).toBe(silence);
  });

  test('that is not there is silent', async () => {
    const gone = await serving(() => '');
    await gone[Symbol.asyncDispose]();
    expect(await gone.model.answer(call, new AbortController().signal)).toBe('unavailable');
  });

  test('may put its reasons beside its answer', async () => {
    const message = { content: null, reasoning_content: 'Because.' };
    const think = { purpose: 'think', schema: null } as const;
    expect(await ask(() => completion('', {}, { message }), think)).toMatchObject({
      text: 'Because.',
      optionLogits: null,
    });
    expect(await ask(() => completion(answering('1'), {}, { message }))).toBe('unavailable');
  });

  test.each([
    ['http://127.0.0.1:8080/v1', false],
    ['http://localhost:8080', false],
    ['http://[::1]:8080', false],
    ['https://api.example.org/v1', true],
    ['https://127.0.0.1.example.org/v1', true],
    ['http://api.example.org/v1', 'url-insecure'],
    ['http://10.0.0.7/v1', 'url-insecure'],
    ['file:///etc/passwd', 'url-unreadable'],
    ['judge', 'url-unreadable'],
  ])('at %s is remote: %s', (url, remote) => {
    const model = openAiModel({ url, identity: aModel(), key: null, limitMs: 1 });
    expect(model.ok ? model.value.isRemote : model.fault).toBe(remote);
  });
});
