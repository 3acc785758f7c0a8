import type {
  ModelIdentity,
  OptionLogits,
  Silence,
  Spoken,
} from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { Model } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { boundedFetch, type Fetch } from '../github/bounded-fetch.ts';

/** Of one answer: a thousand tokens with twenty likely others each, ten times over. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** More are not given; the four words of a decision are among the likeliest, or did not count. */
const LIKELY_TOKENS = 20;
/** What a word weighs that is not among the likeliest. */
const UNLIKELY = -20;

export interface OpenAiServer {
  /** Up to and without `/chat/completions`, e.g. `http://127.0.0.1:8080/v1`. */
  readonly url: string;
  /** What the server calls the model; an answer of another one does not count. */
  readonly identity: ModelIdentity;
  /** Sent as a bearer token; null: none. */
  readonly key: string | null;
  /** Of one call, whatever the case has left. */
  readonly limitMs: number;
}

/**
 * A model behind any server that speaks the chat completions of OpenAI: llama-server, vLLM, or a remote one.
 *
 * @returns a fault for a URL that is none, and for a remote one without TLS.
 */
export function openAiModel(
  server: OpenAiServer,
): Result<Model, 'url-unreadable' | 'url-insecure'> {
  const url = URL.parse(`${server.url.replace(/\/+$/, '')}/chat/completions`);
  if (url === null || !/^https?:$/.test(url.protocol)) return fail('url-unreadable');
  const isRemote = !/^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname);
  if (isRemote && url.protocol !== 'https:') return fail('url-insecure');
  const send = boundedFetch(url.href, { limitMs: server.limitMs, bytesMax: ANSWER_BYTES_MAX });
  return ok({
    identity: server.identity,
    isRemote,
    answer: (call, signal) => ask(call, signal, { server, url, send }),
  });
}

interface Line {
  readonly server: OpenAiServer;
  readonly url: URL;
  readonly send: Fetch;
}

async function ask(call: ModelCall, signal: AbortSignal, line: Line): Promise<Spoken | Silence> {
  const { server, url, send } = line;
  const started = performance.now();
  try {
    const response = await send(url, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/json',
        ...(server.key === null ? {} : { authorization: `Bearer ${server.key}` }),
      },
      body: JSON.stringify(requestOf(call, server.identity.name)),
    });
    const text = await response.text();
    if (!response.ok) return refusalOf(text);
    const ms = Math.round(performance.now() - started);
    return spokenIn(parsed(text), { call, name: server.identity.name, ms });
  } catch (error) {
    if (signal.aborted) return 'cancelled';
    return error instanceof DOMException && error.name === 'TimeoutError'
      ? 'timed-out'
      : 'unavailable';
  }
}

function requestOf(call: ModelCall, model: string): object {
  const { system, shared, own, schema, temperature, seed, tokensMax } = call;
  return {
    model,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: `${shared}\n\n${own}` },
    ],
    temperature,
    seed,
    max_tokens: tokensMax,
    stream: false,
    ...(schema === null
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', strict: true, schema },
          },
          logprobs: true,
          top_logprobs: LIKELY_TOKENS,
        }),
  };
}

/** Servers say in their own words that a prompt does not fit. */
const refusalOf = (text: string): Silence =>
  /exceed_context_size|context_length_exceeded|maximum context length/.test(text)
    ? 'prompt-too-long'
    : 'unavailable';

type Keyed = Readonly<Record<string, unknown>>;

const keyed = (value: unknown): Keyed =>
  typeof value === 'object' && value !== null ? (value as Keyed) : {};
const first = (value: unknown): Keyed => keyed(Array.isArray(value) ? value[0] : null);
const count = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;

function parsed(text: string): Keyed {
  try {
    return keyed(JSON.parse(text));
  } catch {
    return {};
  }
}

function spokenIn(
  answer: Keyed,
  { call, name, ms }: { readonly call: ModelCall; readonly name: string; readonly ms: number },
): Spoken | Silence {
  const choice = first(answer['choices']);
  const message = keyed(choice['message']);
  const thought = call.purpose === 'think' ? message['reasoning_content'] : null;
  const text =
    typeof message['content'] === 'string' && message['content'] !== ''
      ? message['content']
      : thought;
  if (typeof text !== 'string') return 'unavailable';
  if (answer['model'] !== name) return 'wrong-model';
  if (call.schema !== null && choice['finish_reason'] !== 'stop') return 'answer-too-long';
  const usage = keyed(answer['usage']);
  return {
    text,
    optionLogits:
      call.purpose === 'decide' ? optionLogitsIn(keyed(choice['logprobs'])['content']) : null,
    tokensIn: count(usage['prompt_tokens']),
    tokensOut: count(usage['completion_tokens']),
    tokensCached: count(keyed(usage['prompt_tokens_details'])['cached_tokens']),
    ms,
  };
}

const options = ['1', '2', 'tie', 'insufficient'] as const;

/**
 * How likely each word was where the answer says which side is better.
 *
 * @returns null where the place cannot be found in the tokens: the answer then counts as a bare word.
 */
function optionLogitsIn(tokens: unknown): OptionLogits | null {
  let text = '';
  for (const each of Array.isArray(tokens) ? tokens : []) {
    const token = keyed(each);
    if (/"better"\s*:\s*"$/.test(text.slice(-40))) return likelihoods(token['top_logprobs']);
    const said = token['token'];
    text += typeof said === 'string' ? said : '';
  }
  return null;
}

function likelihoods(likely: unknown): OptionLogits | null {
  const found: Record<(typeof options)[number], number> = {
    '1': UNLIKELY,
    '2': UNLIKELY,
    tie: UNLIKELY,
    insufficient: UNLIKELY,
  };
  for (const each of Array.isArray(likely) ? likely : []) {
    const { token, logprob } = keyed(each);
    const option = options.find(
      (word) => typeof token === 'string' && token !== '' && word.startsWith(token),
    );
    if (option !== undefined && typeof logprob === 'number')
      found[option] = Math.max(found[option], Number.isFinite(logprob) ? logprob : UNLIKELY);
  }
  return options.some((option) => found[option] > UNLIKELY) ? found : null;
}
