/**
 * Our client of chat completions before referees that others wrote: a server of theirs, and the client that OpenAI
 * publishes, whose types are generated from its description of the API.
 */
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { openAiModel } from '../../../src/adapters/judge/open-ai.ts';
import { judgePlace, modelsAt } from '../../../src/adapters/judge/place.ts';
import { aModel } from '../../3-deliberation/judge/kit.ts';
import { type Backend, modelContract } from './contract.ts';
import type { Line } from './scripted.ts';

type Asked = OpenAI.ChatCompletionCreateParamsNonStreaming;

async function serving(): Promise<AsyncDisposable & { readonly mock: LLMock }> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
  await mock.start();
  return { mock, [Symbol.asyncDispose]: () => mock.stop() };
}

function modelOf({ url }: LLMock) {
  const identity = aModel('owl');
  const model = openAiModel({ url: `${url}/v1`, identity, key: 'sk-1', limitMs: 60_000 });
  if (!model.ok) throw new Error(model.fault);
  return model.value;
}

const textIn = (content: unknown): string => (typeof content === 'string' ? content : '');

function callOf(asked: Asked): ModelCall {
  const [system = '', user = ''] = asked.messages.map(({ content }) => textIn(content));
  const [shared = '', ...own] = user.split('\n\n');
  const form = asked.response_format;
  const schema = form?.type === 'json_schema' ? (form.json_schema.schema ?? null) : null;
  return {
    purpose: schema === null ? 'think' : 'decide',
    ...{ system, shared, own: own.join('\n\n'), schema },
    temperature: asked.temperature ?? NaN,
    seed: asked.seed ?? NaN,
    tokensMax: asked.max_tokens ?? NaN,
  };
}

modelContract('a server that others wrote', async (says: (call: ModelCall) => Line) => {
  const { mock, ...end } = await serving();
  mock.on({ predicate: () => true }, async (asked) => {
    const line = await says(callOf(asked as Asked));
    return { content: typeof line === 'string' ? line : 'text' in line ? line.text : '' };
  });
  return { model: modelOf(mock), ...end } satisfies Backend;
});

const call: ModelCall = {
  purpose: 'decide',
  ...{ system: 'You compare.', shared: 'TASK', own: 'Place 1 is K.' },
  schema: { type: 'object', properties: { better: { enum: ['1', '2'] } } },
  ...{ temperature: 0, seed: 3, tokensMax: 64 },
};

test("what is sent is what OpenAI's own client sends for the same question", async () => {
  await using served = await serving();
  const { mock } = served;
  mock.on({ predicate: () => true }, { content: '{}' });
  const client = new OpenAI({ baseURL: `${mock.url}/v1`, apiKey: 'sk-1', maxRetries: 0 });
  const question = {
    model: 'owl',
    messages: [
      { role: 'system', content: 'You compare.' },
      { role: 'user', content: 'TASK\n\nPlace 1 is K.' },
    ],
    ...{ temperature: 0, seed: 3, max_tokens: 64, stream: false },
  } satisfies Asked;
  const formed = {
    ...question,
    response_format: {
      type: 'json_schema',
      json_schema: {
        ...{ name: 'answer', strict: true },
        schema: { type: 'object', properties: { better: { enum: ['1', '2'] } } },
      },
    },
    ...{ logprobs: true, top_logprobs: 20 },
  } satisfies Asked;
  const signal = new AbortController().signal;
  for (const [ours, theirs] of [
    [call, formed],
    [{ ...call, purpose: 'think', schema: null }, question],
    [{ ...call, purpose: 'speak', schema: null }, question],
  ] as const) {
    mock.clearRequests();
    const read = await modelOf(mock).answer(ours, signal);
    const answered = await client.chat.completions.create(theirs);
    const [one, other] = mock
      .getRequests()
      .map(({ method, path, body }) => ({ method, path, body }));
    expect(one).toEqual(other);
    // Both read the same out of the same answer.
    expect(read).toMatchObject({
      text: answered.choices[0]?.message.content,
      tokensIn: answered.usage?.prompt_tokens,
      tokensOut: answered.usage?.completion_tokens,
    });
  }
});

test.each<[string, Parameters<LLMock['on']>[1], string]>([
  ['refuses', { error: { message: 'busy', type: 'rate_limit_error' }, status: 429 }, 'unavailable'],
  [
    'finds the prompt too long',
    {
      error: {
        message: "This model's maximum context length is 4096 tokens.",
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
      status: 400,
    },
    'prompt-too-long',
  ],
  ['was cut', { content: '{"bet', finishReason: 'length' }, 'answer-too-long'],
  ['filtered it', { content: '', finishReason: 'content_filter' }, 'unavailable'],
  ['calls a tool', { toolCalls: [{ name: 'run', arguments: '{}' }] }, 'unavailable'],
])('a server that others wrote and that %s is silent', async (_, answer, silence) => {
  await using served = await serving();
  served.mock.on({ predicate: () => true }, answer);
  expect(await modelOf(served.mock).answer(call, new AbortController().signal)).toBe(silence);
});

test.each(['malformedRate', 'dropRate', 'disconnectRate'])(
  'a server that others wrote and that breaks off (%s) is silent',
  async (kind) => {
    await using served = await serving();
    served.mock.on({ predicate: () => true }, { content: '{}' }).setChaos({ [kind]: 1 });
    const said = await modelOf(served.mock).answer(call, new AbortController().signal);
    expect(said).toBe('unavailable');
  },
);

test('its models are read, and several of them are nobody', async () => {
  await using served = await serving();
  const at = judgePlace(`${served.mock.url}/v1`, { model: null, key: null }, '/');
  if (!at.ok) throw new Error(at.fault.kind);
  const found = await modelsAt(at.value, new AbortController().signal, false);
  expect(found).toMatchObject({ ok: false, fault: { kind: 'judge-models-several' } });
});
