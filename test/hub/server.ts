/** The socket: reads a request within bounds, finds who serves it, and writes what was answered. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { acceptedPermissions, authorize, type Principal, principalOf, sees } from './auth.ts';
import { serveExtra } from './extras.ts';
import { gitRequestOf, serveGit } from './git-http.ts';
import { type Answer, asFields, type Call, notFound, Refusal, type Route } from './http.ts';
import { overLimit } from './limits.ts';
import { answerFault, cutShort, docs } from './request-faults.ts';
import type { Find, Found } from './router.ts';
import { send } from './send.ts';
import type { Repository } from './state.ts';
import { accountOf, fullName, repositoryFormerly, repositoryNamed, type World } from './world.ts';

/** GitHub takes bodies of some megabytes; more is a mistake of a test. */
const bodyBytesMax = 25 * 1024 * 1024;
const keptRequestsMax = 100_000;

export function serve(world: World, find: Find): Server {
  const server = createServer((request, response) => {
    handle(world, find, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
      world.broken.push(error);
    });
  });
  // Whoever asks lets go first: a connection that ends just as it is used again would be a fault nobody switched on.
  server.keepAliveTimeout = 0;
  return server;
}

/** First segments of API addresses; every other address is a page's or git's. */
const apiRoots = new Set([
  'app',
  'app-manifests',
  'installation',
  'orgs',
  'rate_limit',
  'repositories',
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
  const extra = await serveExtra(world, url, request.headers.authorization);
  if (extra !== null) {
    send(world, request, response, extra);
    log(world, request.method ?? '', url.pathname, 'extra', extra.status, 'nobody');
    return;
  }
  const path = apiPath(world, url.pathname);
  if (path === null) {
    // Loaded when first asked for, as GraphQL below: most hubs show no page, and each takes a while to read.
    const { servePage } = await import('./pages/pages.ts');
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
function apiPath(world: World, pathname: string): string | null {
  const numbered = /^(?:\/api\/v3)?\/repositories\/(\d+)(\/.*)?$/.exec(pathname);
  const repository = world.repositories.get(Number(numbered?.[1]));
  if (repository !== undefined)
    return `/repos/${fullName(world, repository)}${numbered?.[2] ?? ''}`;
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
  if (answer.status === 501) world.unserved.add(`${method} ${path}`);
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
    if (overLimit(world, asked.request.headers.authorization))
      throw new Refusal(403, 'API rate limit exceeded for installation.');
    if (asked.path === '/graphql') {
      const { serveGraphql } = await import('./graphql/serve.ts');
      const answer = await serveGraphql(world, principal, asFields(body));
      return { answer, by: nameOf(world, principal) };
    }
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
  moved(call, found);
  if (call.repository !== null && !sees(call.world, call.principal, call.repository))
    throw notFound();
  if ('owner' in call.params && call.repository === null) throw notFound();
  authorize(call, found.route.needs);
  if (body === null) throw new Refusal(400, 'Problems parsing JSON');
  const { params, query } = call;
  call.world.referee.request(found.route.method, found.route.path, { params, query, body });
  const answer = await found.route.answer(call);
  return { ...answer, headers: { ...acceptedPermissions(found.route.needs), ...answer.headers } };
}

/** A former name leads to the number, which every client follows by itself. */
function moved(call: Call, found: Found): void {
  const { owner, repo } = call.params;
  if (owner === undefined || repo === undefined || call.repository !== null) return;
  const repository = repositoryFormerly(call.world, owner, repo);
  if (repository === undefined || !sees(call.world, call.principal, repository)) return;
  const [, rest = ''] = /\/repos\/[^/]+\/[^/]+(.*)$/.exec(call.address) ?? [];
  const query = call.query.size > 0 ? `?${call.query.toString()}` : '';
  const location = `${call.world.url}/api/v3/repositories/${repository.id}${rest}${query}`;
  const status = found.route.method === 'GET' ? 301 : 307;
  throw new Refusal(status, 'Moved Permanently', { url: location }, { location });
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
