import { isAbsolute, resolve } from 'node:path';
import type { SeatFault } from '../../5-publication/judge-faults.ts';
import type { Model } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { boundedFetch } from '../github/bounded-fetch.ts';
import { modelsAtSocket } from './at-socket.ts';
import { openAiModel } from './open-ai.ts';

/** Where judge models are asked: the daemon's socket, or a server of chat completions. */
export type JudgePlace =
  | { readonly kind: 'socket'; readonly socket: string }
  | {
      readonly kind: 'server';
      /** Up to and without `/chat/completions`. */
      readonly url: string;
      /** What the server calls the model; null: it serves one. */
      readonly model: string | null;
      /** Sent as a bearer token; a function, so that nothing that prints the place prints it. */
      readonly key: (() => string) | null;
    };

/** Names of models that one server tells. */
const LIST_BYTES_MAX = 1024 * 1024;
/** What is asked at once says so at once. */
const LIST_MS_MAX = 10_000;
/** Of one call; its case ends it earlier. */
const CALL_MS_MAX = 10 * 60_000;
/** A name that is longer is a text, and would stand in every record. */
const NAME_MAX = 200;

/**
 * Reads what somebody gave for a judge.
 *
 * @param given a socket's path, or an address that begins with http:// or https://. It holds no secret.
 * @param directory where a relative path starts.
 */
export function judgePlace(
  given: string,
  { model, key }: { readonly model: string | null; readonly key: string | null },
  directory: string,
): Result<JudgePlace, SeatFault> {
  if (model !== null && (model.length > NAME_MAX || !/^[\x21-\x7e]+$/.test(model)))
    return fail({ kind: 'judge-model-unreadable', max: NAME_MAX });
  if (!/^https?:\/\//i.test(given)) {
    const socket = isAbsolute(given) ? given : resolve(directory, given);
    return ok({ kind: 'socket', socket });
  }
  const url = URL.parse(given);
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '')
    return fail({ kind: 'judge-address', because: 'url-unreadable' });
  const bearer = key === null ? null : () => key;
  const place = { kind: 'server', url: url.href.replace(/\/+$/, ''), model, key: bearer } as const;
  const known = serverModel(place, model ?? 'unasked');
  return known.ok ? ok(place) : fail({ kind: 'judge-address', because: known.fault });
}

type Server = Extract<JudgePlace, { readonly kind: 'server' }>;

const serverModel = ({ url, key }: Server, name: string) =>
  openAiModel({
    url,
    // Nothing says which weights a server runs: its record is that of a name at an address.
    identity: { name, family: name, file: null, quantisation: null, backend: `the server ${url}` },
    key: key?.() ?? null,
    limitMs: CALL_MS_MAX,
  });

/**
 * The models of a place as they are now; never rejects.
 *
 * @param mayLeave false: a server on another machine is not even asked whom it serves.
 */
export async function modelsAt(
  place: JudgePlace,
  signal: AbortSignal,
  mayLeave: boolean,
): Promise<Result<readonly Model[], SeatFault>> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS_MAX)]);
  if (place.kind === 'socket') {
    const models = await modelsAtSocket(place.socket, bounded);
    return models.ok
      ? models
      : fail({ kind: 'judge-silent', at: place.socket, reason: models.fault.reason });
  }
  const any = serverModel(place, place.model ?? 'unasked');
  if (any.ok && any.value.isRemote && !mayLeave) return ok([any.value]);
  const name = place.model === null ? await onlyModelOf(place, bounded) : ok(place.model);
  if (!name.ok) return name;
  const model = serverModel(place, name.value);
  return model.ok ? ok([model.value]) : fail({ kind: 'judge-address', because: model.fault });
}

/** Which of several is meant, nobody guesses. */
async function onlyModelOf(
  { url, key }: Server,
  signal: AbortSignal,
): Promise<Result<string, SeatFault>> {
  const silent = (reason: string): Result<never, SeatFault> =>
    fail({ kind: 'judge-silent', at: url, reason });
  try {
    const list = `${url}/models`;
    const send = boundedFetch(list, { limitMs: LIST_MS_MAX, bytesMax: LIST_BYTES_MAX });
    const headers: Record<string, string> =
      key === null ? {} : { authorization: `Bearer ${key()}` };
    const answer = await send(list, { signal, headers });
    if (!answer.ok) return silent(`status ${answer.status}`);
    const told: unknown = await answer.json();
    const { data } = (told ?? {}) as { readonly data?: unknown };
    const names = (Array.isArray(data) ? data : []).map((each: unknown) =>
      typeof each === 'object' && each !== null ? (each as { id?: unknown }).id : null,
    );
    const [name] = names;
    if (names.length !== 1)
      return fail({ kind: 'judge-models-several', at: url, count: names.length });
    return typeof name === 'string' && /^[\x21-\x7e]{1,200}$/.test(name)
      ? ok(name)
      : silent('a name that cannot be read');
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    return silent(cause?.code ?? (error as Error).name);
  }
}
