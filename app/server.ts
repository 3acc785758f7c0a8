import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createNodeMiddleware, type Probot } from 'probot';
import type { StartFault } from '../src/5-publication/app-faults.ts';
import { servedWords } from '../src/5-publication/app-words.ts';
import { fail, ok, type Result } from '../src/primitives.ts';
import type { Hands, PageAnswer } from './hands.ts';
import type { Sign } from './health.ts';
import { receive, roomOf } from './intake/body.ts';
import type { Intake } from './intake/receive.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Secret } from './settings.ts';

const WEBHOOK_PATH = '/api/github/webhooks';

export interface ServerPlan {
  readonly host: string;
  readonly port: number;
  readonly probot: Probot;
  readonly intake: Intake;
  readonly page: Hands['page'];
  readonly runs: Hands['runs'];
  readonly signs: () => readonly Sign[];
  /** How the app does, for people. */
  readonly front: () => PageAnswer;
  readonly metrics: Metrics;
  readonly metricsToken: Secret | null;
  readonly log: Logger;
}

export interface Listening {
  /** `http://HOST:PORT` as it is now. */
  readonly address: string;
  /** Takes no new connection; what is being answered has so long to end. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** A form that signs somebody in is small. */
const FORM_BYTES_MAX = 65_536;
/** Evidence that arrives at once: two bundles of the largest size; more are told to come again. */
const evidenceRoom = roomOf(64 * 1024 * 1024, 25_000);
const CONNECTIONS_MAX = 1_024;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;

/** Listens, with our handlers in front of Probot's own. */
export async function listen(plan: ServerPlan): Promise<Result<Listening, StartFault>> {
  const middleware = await createNodeMiddleware(
    (_probot, { addHandler }) => addHandler((request, response) => route(plan, request, response)),
    { probot: plan.probot },
  );
  const server = createServer((request, response) => void middleware(request, response));
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_MS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  const fault = await bound(server, plan);
  if (fault !== null) return fail(fault);
  const { address, port, family } = server.address() as AddressInfo;
  return ok({
    address: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: (graceMs) => close(server, graceMs),
  });
}

function bound(server: Server, { host, port, log }: ServerPlan): Promise<StartFault | null> {
  return new Promise((resolve) => {
    const onFault = (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'EADDRINUSE'
          ? { kind: 'address-taken', host, port }
          : { kind: 'address-unusable', host, reason: error.code ?? error.message },
      );
    server.once('error', onFault);
    server.listen({ host, port }, () => {
      server.off('error', onFault);
      server.on('error', (error) => log.error({ err: error }, 'the server has a fault'));
      resolve(null);
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Answers every request: Probot's own intake, which comes after this one, is never reached. */
async function route(
  plan: ServerPlan,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  try {
    await answerTo(plan, request, response);
  } catch (error) {
    plan.log.error({ err: error, path: pathOf(request) }, 'a request could not be answered');
    if (response.headersSent) response.destroy();
    else sendText(response, 500, servedWords.failed);
  }
  return true;
}

async function answerTo(
  plan: ServerPlan,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const path = pathOf(request);
  // Probot's manifest registers the bare address as the webhook's, whatever path it serves.
  if (path === WEBHOOK_PATH || (path === '/' && request.method === 'POST'))
    return plan.intake.handle(request, response);
  if (path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
    return sendAnswer(response, plan.front(), request.method === 'HEAD');
  if (path === '/healthz') return sendText(response, 200, servedWords.alive);
  if (path === '/readyz') return sendSigns(response, plan.signs());
  if (path === '/metrics') return sendMetrics(plan, request, response);
  return (await sendRun(plan, request, response)) || sendPage(plan, request, response);
}

/** @returns whether the address was a runner's. */
async function sendRun(
  plan: ServerPlan,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { method = '', headers } = request;
  const body = (bytesMax: number) => receive(request, evidenceRoom, bytesMax);
  const answer = plan.runs({ method, path: pathOf(request), headers, body });
  if (answer === null) return false;
  const { status, ...rest } = await answer;
  // A body that nobody wanted is not read to its end.
  if (!request.complete) response.setHeader('connection', 'close');
  sendAnswer(response, { ...rest, status }, false);
  return true;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

function sendSigns(response: ServerResponse, signs: readonly Sign[]): void {
  const status = signs.every(({ well }) => well) ? 200 : 503;
  const lines = signs.map(
    ({ name, well, detail }) => `${name}: ${well ? 'ok' : 'not ok'}, ${detail}`,
  );
  sendText(response, status, lines.join('\n'));
}

async function sendMetrics(
  plan: ServerPlan,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (plan.metricsToken !== null && !isBearer(request, plan.metricsToken.reveal()))
    return sendText(response, 401, servedWords.noToken, {
      'www-authenticate': 'Bearer',
    });
  sendText(response, 200, await plan.metrics.text(), { 'content-type': plan.metrics.contentType });
}

function isBearer(request: IncomingMessage, token: string): boolean {
  const sent = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return sent.length === wanted.length && timingSafeEqual(sent, wanted);
}

async function sendPage(
  plan: ServerPlan,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  // The host is the sender's word: a page that needs the app's address takes it from the settings.
  const url = URL.parse(request.url ?? '', 'http://app.invalid');
  if (url === null || (method !== 'GET' && method !== 'HEAD' && method !== 'POST'))
    return sendText(response, 404, servedWords.nothing);
  const body = method === 'POST' ? await smallBody(request) : new Uint8Array();
  if (body === null) return sendText(response, 413, servedWords.tooLarge, { connection: 'close' });
  const answer = plan.page({ method, url, headers, body });
  if (answer === null) return sendText(response, 404, servedWords.nothing);
  sendAnswer(response, await answer, method === 'HEAD');
}

async function smallBody(request: IncomingMessage): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > FORM_BYTES_MAX) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  // The line stays open for the answer, and closes after it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > FORM_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** What holds for every page; a page may say more. */
const pageHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
} as const;

function sendAnswer(response: ServerResponse, answer: PageAnswer, headOnly: boolean): void {
  for (const [name, value] of Object.entries({ ...pageHeaders, ...answer.headers }))
    response.setHeader(name, value);
  response.writeHead(answer.status);
  const { body } = answer;
  if (headOnly || typeof body === 'string' || body instanceof Uint8Array)
    response.end(headOnly ? undefined : body);
  // Whoever closes the page ends it, and nobody is there to be told of a fault.
  else pipeline(Readable.from(body), response).catch(() => response.destroy());
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...pageHeaders,
    'content-type': 'text/plain; charset=utf-8',
    ...headers,
  });
  response.end(`${text}\n`);
}
