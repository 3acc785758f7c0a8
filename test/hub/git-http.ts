/**
 * Git over HTTP: stock git behind the hub's own server. Objects come from `git upload-pack` itself, pushes
 * and older protocols go through `git http-backend`, which would be one more program to start for each request.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { installationReaches, type Principal, principalOf, sees } from './auth.ts';
import { git, gitEnvironment } from './git.ts';
import { runGit } from './git-runs.ts';
import { Refusal } from './http.ts';
import { listRefs } from './ls-refs.ts';
import { exclusively, noticeRefs } from './refs.ts';
import { branchesClosedTo } from './rules-life.ts';
import type { Account, Repository } from './state.ts';
import {
  accountOf,
  atLeast,
  repositoryFormerly,
  repositoryNamed,
  roleOf,
  type World,
} from './world.ts';

export interface GitRequest {
  readonly repository: Repository | undefined;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  readonly path: string;
  readonly writes: boolean;
}

const address =
  /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;

/** null where the address is none of git's. */
export function gitRequestOf(world: World, url: URL): GitRequest | null {
  const match = address.exec(url.pathname);
  if (match === null) return null;
  const [, owner = '', name = '', path = ''] = match;
  const service = url.searchParams.get('service') ?? path.slice(1);
  return {
    // GitHub sends git on from a former name; the hub serves it there.
    repository:
      repositoryNamed(world, decodeURIComponent(owner), decodeURIComponent(name)) ??
      repositoryFormerly(world, decodeURIComponent(owner), decodeURIComponent(name)),
    path,
    writes: service === 'git-receive-pack',
  };
}

export async function serveGit(
  world: World,
  wanted: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const who = identify(world, request);
  const { repository } = wanted;
  if (who === null || (repository !== undefined && !admits(world, who, repository, wanted.writes)))
    return refuse(response, who?.kind === 'nobody' || who === null);
  if (repository === undefined) return end(response, 404, 'Repository not found.');
  if (!wanted.writes && request.headers['git-protocol'] === 'version=2')
    return read(repository, wanted, { request, response });
  if (!wanted.writes || wanted.path === '/info/refs') {
    await backend(repository, wanted, { request, response, beforeEnd: async () => {} });
    return response.statusCode;
  }
  const by = accountFor(world, who);
  await exclusively(repository, async () => {
    await listRefused(world, repository, by);
    // Before the answer ends, so that whoever has pushed finds everything done that a push brings about.
    const beforeEnd = () => noticeRefs(world, repository, by);
    await backend(repository, wanted, { request, response, beforeEnd });
  });
  return response.statusCode;
}

function identify(world: World, request: IncomingMessage): Principal | null {
  try {
    return principalOf(world, request.headers.authorization);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function admits(world: World, who: Principal, repository: Repository, writes: boolean): boolean {
  if (!sees(world, who, repository)) return false;
  switch (who.kind) {
    case 'nobody':
      return !writes;
    case 'person':
      return !writes || atLeast(roleOf(world, repository, who.account.id), 'write');
    case 'app':
      return false;
    case 'installation': {
      const level = who.permissions['contents'];
      const reaches = installationReaches(who.installation, who.repositoryIds, repository);
      return reaches && (writes ? level === 'write' : level !== undefined);
    }
  }
}

function accountFor(world: World, who: Principal): Account {
  if (who.kind === 'person') return who.account;
  if (who.kind === 'installation') return accountOf(world, who.app.botId);
  throw new Error('nobody pushes');
}

/** 401 asks for credentials; 403 says that these are not enough. */
function refuse(response: ServerResponse, ask: boolean): number {
  if (ask) response.setHeader('WWW-Authenticate', 'Basic realm="GitHub"');
  return end(
    response,
    ask ? 401 : 403,
    ask ? 'Authentication required.' : 'Write access to repository not granted.',
  );
}

function end(response: ServerResponse, status: number, text: string): number {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
  return status;
}

/** For the update hook: branches that this account may change by a pull request only. */
async function listRefused(world: World, repository: Repository, by: Account): Promise<void> {
  const closed = branchesClosedTo(world, repository, by).map((branch) => `refs/heads/${branch}\n`);
  const file = join(repository.folder, 'hub-refused');
  if (closed.length === 0) await rm(file, { force: true });
  else await writeFile(file, closed.join(''));
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** As http-backend does: what this server can, or what `git upload-pack` says to one request, or would say. */
async function read(
  { folder }: Repository,
  { path }: GitRequest,
  { request, response }: Exchange,
): Promise<number> {
  const greets = path === '/info/refs';
  const body = greets ? null : await bodyOf(request);
  const type = `application/x-git-upload-pack-${greets ? 'advertisement' : 'result'}`;
  const answer =
    body === null
      ? await capabilities(folder)
      : (listRefs(folder, body) ?? (await uploadPack(folder, ['--stateless-rpc'], body)));
  response.writeHead(200, { ...UNCACHED, 'Content-Type': type }).end(answer);
  return response.statusCode;
}

const UNCACHED = {
  Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache, max-age=0, must-revalidate',
};

const capabilitiesBy = new Map<string, Promise<Buffer>>();

/** In version 2 it names no refs, so it is asked of git once for each configuration. */
async function capabilities(folder: string): Promise<Buffer> {
  const configured = await readFile(join(folder, 'config'), 'utf8');
  const known = capabilitiesBy.get(configured) ?? uploadPack(folder, ['--http-backend-info-refs']);
  capabilitiesBy.set(configured, known);
  return known;
}

async function uploadPack(
  folder: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<Buffer> {
  const { out } = await runGit({
    program: 'git',
    args: ['upload-pack', ...args, '.'],
    cwd: folder,
    env: { ...gitEnvironment(folder), GIT_PROTOCOL: 'version=2' },
    input,
  });
  return out;
}

const bodyOf = (request: IncomingMessage): Promise<Buffer> =>
  buffer(request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request);

async function backend(
  repository: Repository,
  wanted: GitRequest,
  { request, response, beforeEnd }: Exchange & { readonly beforeEnd: () => Promise<void> },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://hub');
  const answer = await runGit({
    program: await backendProgram(repository.folder),
    args: [],
    cwd: repository.folder,
    env: {
      ...gitEnvironment(repository.folder),
      GIT_PROJECT_ROOT: repository.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: wanted.path,
      REQUEST_METHOD: request.method ?? 'GET',
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'hub',
      REMOTE_ADDR: '127.0.0.1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    input: await bodyOf(request),
  });
  await beforeEnd();
  // The CGI program's own headers, then its body.
  const end = answer.out.indexOf('\r\n\r\n');
  if (end < 0) {
    response.writeHead(500).end();
    return;
  }
  writeHead(response, answer.out.subarray(0, end).toString());
  response.end(answer.out.subarray(end + 4));
}

let programs: Promise<string> | undefined;

/** Asked of git once: by its path it starts without git, which would only start it in its turn. */
function backendProgram(folder: string): Promise<string> {
  programs ??= git(folder, ['--exec-path']).then((path) => join(path.trim(), 'git-http-backend'));
  return programs;
}

function writeHead(response: ServerResponse, text: string): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const [name = '', ...value] = line.split(': ');
    if (name.toLowerCase() === 'status') status = Number(value.join(': ').slice(0, 3));
    else response.setHeader(name, value.join(': '));
  }
  response.writeHead(status);
}
