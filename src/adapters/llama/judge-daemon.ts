import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { DaemonFault } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { readCall } from './call-message.ts';
import type { Shelf } from './shelf.ts';

/** Of one request: the longest prompt has some 60,000 characters. */
const REQUEST_BYTES_MAX = 1024 * 1024;
/** Calls that wait for a model; a case has four at once. More is somebody's mistake. */
const WAITING_MAX = 32;
/** A client that sends no more is not waited for. */
const REQUEST_MS_MAX = 30_000;
/** For one call, whatever its case has left: a thousand tokens of a large model take a minute. */
const CALL_MS_MAX = 10 * 60_000;
/** What the system has room for in a socket's address; more would be cut off, or refused without a word. */
const SOCKET_BYTES_MAX = process.platform === 'darwin' ? 103 : 107;
/** The owner and the clients' group; nobody else. */
const SOCKET_MODE = 0o660;

type SocketFault = Extract<DaemonFault, { readonly kind: 'socket-in-use' | 'socket-unusable' }>;

/** What is served: a `Shelf`, or in a test whatever answers like one. */
export type ModelShelf = Pick<Shelf, 'models' | 'answer' | typeof Symbol.asyncDispose>;

export interface JudgeDaemon extends AsyncDisposable {
  readonly socket: string;
}

/**
 * Serves the models of a shelf on a UNIX socket: `GET /models` says which there are, `POST /answer` asks
 * one. A client that hangs up has given up.
 */
export async function serveJudge(
  socket: string,
  shelf: ModelShelf,
  callMsMax: number = CALL_MS_MAX,
): Promise<Result<JudgeDaemon, SocketFault>> {
  const free = await freeSocket(socket);
  if (!free.ok) return free;
  let waiting = 0;
  const gone = new AbortController();
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/models')
      return send(response, 200, { schema: 'caws-arbiter/judge@1', models: told(shelf) });
    if (request.method !== 'POST' || request.url !== '/answer') return send(response, 404, {});
    if (waiting >= WAITING_MAX) return send(response, 503, {});
    waiting += 1;
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(callMsMax), hungUp(response)]);
    void answer(request, response, { shelf, signal, gone: gone.signal }).finally(() => {
      waiting -= 1;
    });
  });
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = REQUEST_MS_MAX;
  const listening = await listen(server, socket);
  if (!listening.ok) return listening;
  return ok({
    socket,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      gone.abort();
      server.closeIdleConnections();
      await shelf[Symbol.asyncDispose]();
      server.closeAllConnections();
      await closed;
    },
  });
}

/** A socket that somebody answers at is theirs; one that a crash left is taken away. */
export async function freeSocket(socket: string): Promise<Result<null, SocketFault>> {
  const unusable = (reason: string) => fail({ kind: 'socket-unusable', socket, reason } as const);
  if (Buffer.byteLength(socket) > SOCKET_BYTES_MAX)
    return unusable(`a socket's path has ${SOCKET_BYTES_MAX} bytes at most`);
  const found = await lstat(socket).catch(() => null);
  if (found === null) {
    const folder = await lstat(dirname(socket)).catch(() => null);
    return folder === null ? unusable('its folder is not there') : ok(null);
  }
  if (!found.isSocket()) return unusable('there is another file');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect(socket, () => resolve(true));
  probe.once('error', () => resolve(false));
  const answers = await promise;
  probe.destroy();
  if (answers) return fail({ kind: 'socket-in-use', socket });
  await rm(socket, { force: true });
  return ok(null);
}

async function listen(server: Server, socket: string): Promise<Result<null, SocketFault>> {
  const { promise, resolve } = Promise.withResolvers<Result<null, SocketFault>>();
  server.once('error', (error: NodeJS.ErrnoException) =>
    resolve(fail({ kind: 'socket-unusable', socket, reason: error.code ?? error.message })),
  );
  // Made with its mode: between making and changing it, anybody could have connected.
  const before = process.umask(0o777 & ~SOCKET_MODE);
  server.listen(socket, () => resolve(ok(null)));
  process.umask(before);
  const listening = await promise;
  if (listening.ok) await chmod(socket, SOCKET_MODE);
  return listening;
}

function hungUp(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    shelf,
    signal,
    gone,
  }: { readonly shelf: ModelShelf; readonly signal: AbortSignal; readonly gone: AbortSignal },
): Promise<void> {
  const asked = await bodyOf(request).then(readCall, () => null);
  if (asked === null) return send(response, 400, {});
  const { model, call }: { readonly model: string; readonly call: ModelCall } = asked;
  const said = await shelf.answer(model, call, signal);
  const cut = signal.aborted && said === 'cancelled' && !response.destroyed;
  send(response, 200, { model, said: cut ? (gone.aborted ? 'unavailable' : 'timed-out') : said });
}

/** @throws where it is longer than any call, or breaks off. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const told = (shelf: ModelShelf): readonly object[] =>
  shelf.models.map(({ name, model, opened, fault, inForce }) => ({
    name,
    family: model.family,
    roles: model.roles,
    file: `sha256:${model.sha256}`,
    quantisation: model.quantisation,
    backend: opened === null ? null : `${opened.version} on ${opened.provider}`,
    fault: fault?.kind ?? null,
    profiles: inForce,
  }));

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
