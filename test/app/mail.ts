import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import examples from '@octokit/webhooks-examples' with { type: 'json' };
import type { Hands, MakeHands } from '../../app/hands.ts';
import type { App } from '../../app/start.ts';
import type { Outcome } from '../../app/work/task.ts';
import type { CommitSha, Instant, Result } from '../../src/primitives.ts';

export const START = Date.UTC(2026, 10, 25, 12) as Instant;
export const webhookSecret = 'a secret of the webhook in tests';
export const appId = 4_242;
export const privateKey = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

export const sha = (letter: string): CommitSha => letter.repeat(40).slice(0, 40) as CommitSha;
export const later = (instant: Instant, ms: number): Instant => (instant + ms) as Instant;

export function given<Value, Fault>(result: Result<Value, Fault>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

/** A clock that stands until it is moved. */
export interface Clock {
  readonly now: () => Instant;
  readonly pass: (ms: number) => void;
}

export function clockAt(start: Instant = START): Clock {
  let now = start;
  return {
    now: () => now,
    pass: (ms) => {
      now = later(now, ms);
    },
  };
}

export const environmentFor = (
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  APP_ID: String(appId),
  PRIVATE_KEY: privateKey,
  WEBHOOK_SECRET: webhookSecret,
  PORT: '0',
  ARBITER_DATA: folder,
  GHE_HOST: '127.0.0.1:9',
  GHE_PROTOCOL: 'http',
  ARBITER_LOCAL_FORGE: 'allow',
  ARBITER_SHUTDOWN_SECONDS: '0',
  ...more,
});

export const done: Outcome = { kind: 'done' };

/** Hands that do nothing, but for those given. */
export const handsWith =
  (hands: Partial<Hands> = {}): MakeHands =>
  () => ({
    work: async () => done,
    lookUp: async () => ({ ok: true, value: [] }),
    audit: async () => done,
    mergeGroup: async () => done,
    propose: async () => done,
    debate: async () => done,
    searches: [],
    page: () => null,
    runs: () => null,
    ...hands,
  });

export const signatureOf = (body: Uint8Array | string, secret = webhookSecret): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

export interface Sent {
  readonly event?: string;
  readonly guid?: string;
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Delivers as GitHub does. */
export async function deliver(app: Pick<App, 'address'>, sent: Sent): Promise<Answered> {
  const response = await fetch(`${app.address}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': sent.event ?? 'pull_request',
      'x-github-delivery': sent.guid ?? randomUUID(),
      'x-hub-signature-256': signatureOf(sent.body),
      ...sent.headers,
    },
    body: sent.body,
  });
  return { status: response.status, text: await response.text() };
}

export const repository = {
  id: 77,
  full_name: 'acme/widgets',
  name: 'widgets',
  default_branch: 'main',
};
export const installation = { id: 5 };
export const where = { installationId: 5, repositoryId: 77, owner: 'acme', name: 'widgets' };

export function pullRequest(
  number: number,
  more: { readonly head?: CommitSha; readonly at?: Instant; readonly action?: string } = {},
): string {
  return JSON.stringify({
    action: more.action ?? 'synchronize',
    number,
    pull_request: {
      number,
      head: { sha: more.head ?? sha('a') },
      updated_at: new Date(more.at ?? START).toISOString(),
    },
    repository,
    installation,
    sender: { id: 9, login: 'kim', type: 'User' },
  });
}

export function commentOn(
  pull: number,
  more: {
    readonly id?: number;
    readonly body?: string;
    readonly action?: string;
    readonly appId?: number;
    readonly sender?: object;
  } = {},
): string {
  const user = { id: 9, login: 'kim', type: 'User' };
  return JSON.stringify({
    action: more.action ?? 'created',
    issue: { number: pull, pull_request: { url: 'https://example.org' } },
    comment: {
      id: more.id ?? 1_000 + pull,
      body: more.body ?? '/caws recheck',
      user,
      created_at: new Date(START).toISOString(),
      performed_via_github_app: more.appId === undefined ? null : { id: more.appId },
    },
    repository,
    installation,
    sender: more.sender ?? user,
  });
}

interface Example {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

/** Every payload of @octokit/webhooks-examples with its event's name. */
export const everyExample: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = (
  examples as unknown as readonly Example[]
).flatMap(({ name, examples: payloads }) => payloads.map((payload) => [name, payload] as const));

/**
 * Sends bytes as they are over a socket, and gives what came back. For what no client lets one send.
 *
 * @param parts sent one after the other.
 */
export function raw(
  app: Pick<App, 'address'>,
  ...parts: readonly (string | Uint8Array)[]
): Promise<string> {
  const { port, hostname } = new URL(app.address);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      // A whole answer: the length of its body stands in its head.
      const length = /content-length: (\d+)\r\n/i.exec(text)?.[1];
      const at = text.indexOf('\r\n\r\n');
      if (at > 0 && text.length >= at + 4 + Number(length ?? 0)) socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => undefined);
    for (const part of parts) socket.write(part);
  });
}

export const headLines = (lines: readonly string[]): string =>
  `POST /api/github/webhooks HTTP/1.1\r\nhost: app\r\n${lines.join('\r\n')}\r\n\r\n`;

export const statusIn = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
