import { request } from 'node:http';
import type { ModelIdentity, Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { Model } from '../../ports.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import { readSaid } from '../llama/model-messages.ts';

/** Of one answer: text and numbers of at most a few thousand tokens. */
const ANSWER_BYTES_MAX = 256 * 1024;
/** What is asked at once says so at once. */
const LIST_MS_MAX = 10_000;

/** Why the judge of this machine cannot be asked; the reason is the system's code, or what came instead. */
export interface DaemonFault {
  readonly kind: 'judge-unreachable';
  readonly socket: string;
  readonly reason: string;
}

/**
 * The models of the judge daemon at a socket of this machine.
 *
 * @param signal gives up earlier than by itself.
 * @returns those that may judge and have not failed; none is as good as no daemon.
 */
export async function modelsAtSocket(
  socket: string,
  signal?: AbortSignal,
): Promise<Result<readonly Model[], DaemonFault>> {
  const unreachable = (reason: string): Result<never, DaemonFault> =>
    fail({ kind: 'judge-unreachable', socket, reason });
  const late = AbortSignal.timeout(LIST_MS_MAX);
  const ended = signal === undefined ? late : AbortSignal.any([signal, late]);
  const answer = await send(socket, { path: '/models', body: null }, ended);
  if (!answer.ok) return unreachable(answer.fault);
  const { models } = answer.value;
  if (!Array.isArray(models)) return unreachable('not an answer');
  const identities = models.map(identityOf);
  if (identities.includes('unreadable')) return unreachable('not an answer');
  return ok(
    identities
      .filter((identity) => identity !== 'unreadable')
      .filter((identity) => identity !== null)
      .map((identity) => modelAtSocket(socket, identity)),
  );
}

/** One of them. What is asked of it stays on this machine. */
function modelAtSocket(socket: string, identity: ModelIdentity): Model {
  const sha256 = identity.file?.slice('sha256:'.length);
  return {
    identity,
    isRemote: false,
    answer: async (call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> => {
      if (signal.aborted) return 'cancelled';
      const body = JSON.stringify({ model: sha256, call });
      const answer = await send(socket, { path: '/answer', body }, signal);
      if (signal.aborted) return 'cancelled';
      if (!answer.ok) return 'unavailable';
      return answer.value['model'] === sha256 ? readSaid(answer.value['said']) : 'wrong-model';
    },
  };
}

type Keyed = Readonly<Record<string, unknown>>;

/** null: a model that does not judge, or that the daemon could not load. */
function identityOf(told: unknown): ModelIdentity | null | 'unreadable' {
  if (typeof told !== 'object' || told === null) return 'unreadable';
  const { name, family, roles, file, quantisation, backend, fault } = told as Keyed;
  if (typeof name !== 'string' || typeof family !== 'string' || !Array.isArray(roles))
    return 'unreadable';
  if (typeof file !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(file)) return 'unreadable';
  if (!(quantisation === null || typeof quantisation === 'string')) return 'unreadable';
  if (!roles.includes('judge') || fault !== null || typeof backend !== 'string') return null;
  return { name, family, file: file as Digest, quantisation, backend };
}

/** One request and its bounded answer; an abort hangs up, which is how the daemon hears of it. */
async function send(
  socketPath: string,
  { path, body }: { readonly path: string; readonly body: string | null },
  signal: AbortSignal,
): Promise<Result<Keyed, string>> {
  const { promise, resolve } = Promise.withResolvers<Result<Keyed, string>>();
  const method = body === null ? 'GET' : 'POST';
  const asked = request({ socketPath, path, method, signal, agent: false }, (response) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    response.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) asked.destroy(new Error('too long'));
      else parts.push(part);
    });
    response.on('error', (error) => resolve(fail(error.message)));
    response.on('end', () => {
      if (response.statusCode !== 200) resolve(fail(`status ${response.statusCode}`));
      else resolve(parsed(Buffer.concat(parts).toString('utf8')));
    });
  });
  asked.on('error', (error: NodeJS.ErrnoException) => resolve(fail(error.code ?? error.message)));
  asked.end(body ?? undefined);
  return await promise;
}

function parsed(text: string): Result<Keyed, string> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? ok(value as Keyed) : fail('not an answer');
  } catch {
    return fail('not an answer');
  }
}
