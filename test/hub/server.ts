/** The socket: reads a request within bounds, finds who serves it, and writes what was answered. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { authorize, type Principal, principalOf, sees } from './auth.ts';
import { serveExtra } from './extras.ts';
import type { RequestFault } from './faults.ts';
import { gitRequestOf, serveGit } from './git-http.ts';
import { serveGraphql } from './graphql/serve.ts';
import { type Answer, asFields, type Call, notFound, Refusal, type Route } from './http.ts';
import { limitHeaders } from './limits.ts';
import { servePage } from './pages/pages.ts';
import type { Find, Found } from './router.ts';
import type { Repository } from './state.ts';
import { accountOf, repositoryNamed, type World } from './world.ts';

/** GitHub takes bodies of some megabytes; more is a mistake of a test. */
const bodyBytesMax = 25 * 1024 * 1024;
const keptRequestsMax = 100_000;

export function serve(world: World, find: Find): Server {
  return createServer((request, response) => {
    handle(world, find, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
      world.broken.push(error);
    });
  });
}

/** First segments of API addresses; every other address is a page's or git's. */
const apiRoots = new Set([
  'app',
  'app-manifests',
  'installation',
  'orgs',
  'rate_limit',
  'repos',
  'user',
  'users',
]);

async function handle(
  world: World,
  find: Find,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', world.url);
  const git = gitRequestOf(world, url);
  if (git !== null) {
    const fault = world.faults.forRequest(request.method ?? 'GET', 'git');
    if (fault !== null && (await answerFault(world, fault, request, response))) return;
    const status = await serveGit(world, git, request, response);
    log(world, request.method ?? '', url.pathname, 'git', status, 'git');
    return;
  }
  const extra = await serveExtra(world, url.pathname);
  if (extra !== null) {
    send(world, request, response, extra);
    log(world, request.method ?? '', url.pathname, 'extra', extra.status, 'nobody');
    return;
  }
  const path = apiPath(url.pathname);
  if (path === null) {
    const status = await servePage(world, url, request, response);
    log(
      world,
      request.method ?? '',
      url.pathname,
      status === 501 ? null : 'page',
      status,
      'person',
    );
    if (status === 501) world.unserved.add(`${request.method} ${url.pathname}`);
    return;
  }
  await serveApi(world, find, { url, path, request, response });
}

/** The path within the API, or null for a page. `/api/v3` is the address that GHE and its clients use. */
function apiPath(pathname: string): string | null {
  if (pathname === '/api/graphql' || pathname === '/graphql') return '/graphql';
  if (pathname.startsWith('/api/v3/')) return pathname.slice('/api/v3'.length);
  const [, first = '', , third] = pathname.split('/');
  if (first === 'apps') return third === undefined ? pathname : null;
  return apiRoots.has(first) ? pathname : null;
}

interface Asked {
  readonly url: URL;
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serveApi(world: World, find: Find, asked: Asked): Promise<void> {
  const { request, response, url, path } = asked;
  const method = request.method ?? 'GET';
  const found = path === '/graphql' ? null : find(method, path);
  const template = path === '/graphql' ? 'graphql' : (found?.route.path ?? null);
  const fault = template === null ? null : world.faults.forRequest(method, template);
  if (fault !== null && (await answerFault(world, fault, request, response))) {
    log(world, method, url.pathname, template, response.statusCode, 'fault');
    return;
  }
  const body = await readBody(request);
  const { answer, by } = await answerOf(world, found, asked, body);
  log(world, method, url.pathname, template, answer.status, by);
  if (template === null) world.unserved.add(`${method} ${path}`);
  if (found !== null) judge(world, found.route, answer);
  if (fault?.kind === 'done-but-lost') request.socket.destroy();
  else
    send(
      world,
      request,
      response,
      fault?.kind === 'truncated' ? cutShort(answer, fault.to) : answer,
    );
}

function judge(world: World, route: Route, answer: Answer): void {
  const type = answer.raw?.type ?? 'application/json';
  world.referee.answer(route.method, route.path, answer.status, type, answer.body);
}

/** @returns whether the fault was the whole answer. */
async function answerFault(
  world: World,
  fault: RequestFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const reply = (status: number, message: string, headers: Readonly<Record<string, string>>) => {
    send(world, request, response, { status, body: { message, documentation_url: docs }, headers });
    return true;
  };
  switch (fault.kind) {
    case 'cut':
      request.socket.destroy();
      return true;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return false;
    case 'status':
      return reply(fault.status, fault.message ?? 'Server Error', {});
    case 'primary-limit':
      return reply(403, 'API rate limit exceeded for installation.', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(fault.resetAt / 1000)),
      });
    case 'secondary-limit':
      return reply(
        403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        {
          'retry-after': String(fault.retryAfterSeconds),
        },
      );
    case 'truncated':
    case 'done-but-lost':
      return false;
  }
}

const docs = 'https://docs.github.com/rest';

function cutShort(answer: Answer, to: number): Answer {
  const cut = (value: unknown): unknown => (Array.isArray(value) ? value.slice(0, to) : value);
  const body = Array.isArray(answer.body)
    ? cut(answer.body)
    : Object.fromEntries(
        Object.entries(asFields(answer.body)).map(([key, value]) => [key, cut(value)]),
      );
  return { status: answer.status, body };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > bodyBytesMax) throw new Error('the body is larger than any the hub takes');
    parts.push(part as Buffer);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    return null;
  }
}

async function answerOf(
  world: World,
  found: Found | null,
  asked: Asked,
  body: unknown,
): Promise<{ readonly answer: Answer; readonly by: string }> {
  let principal: Principal = { kind: 'nobody' };
  try {
    principal = principalOf(world, asked.request.headers.authorization);
    if (asked.path === '/graphql')
      return {
        answer: await serveGraphql(world, principal, asFields(body)),
        by: nameOf(world, principal),
      };
    if (found === null) throw new Refusal(501, 'The offline GitHub does not serve this');
    const call = callOf(world, principal, found, asked, body);
    return { answer: await answerCall(found, call, body), by: nameOf(world, principal) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message, extra, headers } = error;
    const words = { message, documentation_url: docs, status: String(status), ...extra };
    return { answer: { status, body: words, headers }, by: nameOf(world, principal) };
  }
}

async function answerCall(found: Found, call: Call, body: unknown): Promise<Answer> {
  if (call.repository !== null && !sees(call.world, call.principal, call.repository))
    throw notFound();
  if ('owner' in call.params && call.repository === null) throw notFound();
  authorize(call, found.route.needs);
  if (body === null) throw new Refusal(400, 'Problems parsing JSON');
  const { params, query } = call;
  call.world.referee.request(found.route.method, found.route.path, { params, query, body });
  return found.route.answer(call);
}

function callOf(
  world: World,
  principal: Principal,
  found: Found,
  { url, path, request }: Asked,
  body: unknown,
): Call {
  return {
    world,
    principal,
    params: found.params,
    query: url.searchParams,
    body: asFields(body),
    accept: request.headers.accept ?? '',
    address: `${world.url}/api/v3${path}`,
    repository: repositoryAt(world, found.params),
  };
}

function repositoryAt(world: World, params: Readonly<Record<string, string>>): Repository | null {
  const { owner, repo } = params;
  if (owner === undefined || repo === undefined) return null;
  return repositoryNamed(world, owner, repo) ?? null;
}

function nameOf(world: World, principal: Principal): string {
  switch (principal.kind) {
    case 'nobody':
      return 'nobody';
    case 'person':
      return principal.account.login;
    case 'app':
      return `app ${principal.app.slug}`;
    case 'installation':
      return accountOf(world, principal.app.botId).login;
  }
}

function send(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): void {
  const bytes = answer.raw?.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}"`;
  // Lower case throughout, so that an answer's own header takes the place of the usual one.
  const headers: Record<string, string> = {
    date: new Date(world.now()).toUTCString(),
    'x-github-request-id': randomUUID(),
    'x-github-media-type': 'github.v3; format=json',
    ...limitHeaders(world, request.headers.authorization),
    ...answer.headers,
  };
  if (request.method === 'GET' && answer.status === 200) headers['etag'] = etag;
  if (headers['etag'] !== undefined && request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  if (bytes.length > 0)
    headers['content-type'] = answer.raw?.type ?? 'application/json; charset=utf-8';
  response.writeHead(answer.status, headers).end(bytes);
}

function log(
  world: World,
  method: string,
  path: string,
  route: string | null,
  status: number,
  by: string,
): void {
  if (world.requests.length >= keptRequestsMax) world.requests.shift();
  world.requests.push({ at: world.now(), method, path, route, status, by });
}
