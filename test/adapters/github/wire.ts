/** A wire between git and the offline GitHub, on which a test can cut, hold back, change and add. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One exchange: `pass` asks the server behind. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** What git wants: `refs`, `listing` (ls-refs) or `objects` (fetch). */
  readonly wants: 'refs' | 'listing' | 'objects';
  readonly pass: () => Promise<{
    readonly status: number;
    readonly bytes: Buffer;
    readonly type: string;
  }>;
}

/** @returns whether the exchange was answered; otherwise it is passed on as it is. */
export type Meddle = (exchange: Exchange) => Promise<boolean> | boolean;

export interface Wire {
  readonly url: string;
  meddle: Meddle | null;
  /** The exchanges so far. */
  readonly asked: string[];
}

export async function wireTo(behind: string): Promise<Wire> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void exchangeOf(behind, request, response).then(async (exchange) => {
      asked.push(exchange.wants);
      if (wire.meddle !== null && (await wire.meddle(exchange))) return;
      const { status, bytes, type } = await exchange.pass();
      response.writeHead(status, { 'content-type': type }).end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const wire: Wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: null,
    asked,
  };
  return wire;
}

async function exchangeOf(
  behind: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Exchange> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { method = 'GET', url = '/', headers } = request;
  const given = Object.entries(headers).flatMap(([name, value]) =>
    ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'].includes(name)
      ? []
      : [[name, String(value)] as const],
  );
  return {
    ...{ request, response, body },
    wants: method === 'GET' ? 'refs' : body.includes('command=fetch') ? 'objects' : 'listing',
    async pass() {
      const answer = await fetch(`${behind}${url}`, {
        ...{ method, headers: Object.fromEntries(given) },
        ...(method === 'GET' ? {} : { body }),
      });
      return {
        status: answer.status,
        bytes: Buffer.from(await answer.arrayBuffer()),
        type: answer.headers.get('content-type') ?? '',
      };
    },
  };
}

/** A line of git's protocol: four hex digits of length, then the content. */
export const line = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};
