/** What the tests of the hub share: a listener for webhooks, clients, git, and the referees' last word. */
import { execFile } from 'node:child_process';
import { createHmac, createPrivateKey, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/rest';
import { SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { type Hub, startHub } from './hub.ts';
import type { HubOptions } from './new-world.ts';

export interface Heard {
  readonly event: string;
  readonly guid: string;
  readonly headers: IncomingHttpHeaders;
  readonly signed: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly heard: Heard[];
  secret: string;
  /** What it answers from now on. */
  status: number;
  /** Events as `name.action`, in the order they came. */
  names(): readonly string[];
}

/** A webhook receiver that checks each signature over the raw bytes. */
export async function listen(): Promise<Listener> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      heard.push(heardOf(raw, request.headers, listener.secret));
      response.writeHead(listener.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const listener: Listener = {
    url: `http://127.0.0.1:${port}/`,
    heard,
    secret: '',
    status: 202,
    names: () =>
      heard.map(({ event, payload }) =>
        typeof payload['action'] === 'string' ? `${event}.${payload['action']}` : event,
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return listener;
}

function heardOf(raw: Buffer, headers: IncomingHttpHeaders, secret: string): Heard {
  const wanted = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
  const given = String(headers['x-hub-signature-256'] ?? '');
  const signed =
    given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
  return {
    event: String(headers['x-github-event']),
    guid: String(headers['x-github-delivery']),
    headers,
    signed,
    payload: JSON.parse(raw.toString()),
  };
}

export const clientOf = (hub: Pick<Hub, 'apiUrl'>, token: string): Octokit =>
  new Octokit({ auth: token, baseUrl: hub.apiUrl, log: quiet });

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What an app signs to be itself, not one of its installations. */
export async function appToken(
  app: { readonly appId: number; readonly privateKey: string },
  now: number,
): Promise<string> {
  const at = Math.floor(now / 1000);
  return new SignJWT({ iss: String(app.appId), iat: at - 30, exp: at + 570 })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(createPrivateKey(app.privateKey));
}

const run = promisify(execFile);

/** Real git, with a token in a header as the app passes it, never in an argument. */
export async function gitWith(token: string, folder: string, ...args: string[]): Promise<string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const { stdout } = await run('git', args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
      GIT_AUTHOR_NAME: 'ann',
      GIT_AUTHOR_EMAIL: 'ann@example.com',
      GIT_COMMITTER_NAME: 'ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
    },
  });
  return stdout.trim();
}

/** Fails by whatever the referees found, whatever was asked and is not built, and the hub's own errors. */
export function judge(hub: Hub): void {
  const found = [
    ...hub.mismatches().map(({ side, of, why }) => `${side} ${of}: ${why}`),
    ...hub.unserved().map((each) => `not served: ${each}`),
    ...hub
      .broken()
      .map((error) => `broken: ${error instanceof Error ? error.stack : String(error)}`),
  ];
  if (found.length > 0) throw new Error(`the referees object:\n${found.join('\n')}`);
}

/** A hub that ends with its test, and fails it by whatever the referees found. */
export async function judgedHub(options: HubOptions = {}): Promise<Hub> {
  const hub = await startHub(options);
  onTestFinished(async () => {
    await hub.settle();
    await hub[Symbol.asyncDispose]();
    judge(hub);
  });
  return hub;
}

/** The refusal of a request, or an error where it was not refused. */
export async function refusal(
  asked: Promise<unknown>,
): Promise<{ status: number; message: string }> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Error && 'status' in error && typeof error.status === 'number')
      return { status: error.status, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}
