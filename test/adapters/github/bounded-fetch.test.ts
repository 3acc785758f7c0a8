/** What no interceptor can show: a server that is slow, hangs, breaks off or never stops. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundedFetch } from '../../../src/adapters/github/bounded-fetch.ts';
import { type Asked, calls, forgeAt } from './calls.ts';

/** What the server does with the request that goes wrong; it answers every other one rightly. */
type Behaviour = (response: ServerResponse, body: string) => void;

const json = { 'content-type': 'application/json' };
let wrong: { readonly asked: Asked; readonly behave: Behaviour } | null = null;
let answers: readonly Asked[] = [];
let sent = 0;

const server = createServer((request, response) => {
  const path = (request.url ?? '').split('?')[0];
  const asked = answers.find(
    (each) =>
      each.method === request.method &&
      path === `/api${each.graphql === true ? '' : '/v3'}${each.path}`,
  );
  if (asked === undefined) response.writeHead(501).end();
  else if (asked === wrong?.asked) wrong.behave(response, JSON.stringify(asked.answer));
  else if (asked.empty === true) response.writeHead(204).end();
  else response.writeHead(200, json).end(JSON.stringify(asked.answer));
});

let api = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const behaviours: readonly (readonly [string, Behaviour])[] = [
  ['never answers', () => {}],
  ['hangs in the middle of its answer', (response, body) => part(response, body)],
  [
    'breaks off in the middle of its answer',
    (response, body) => {
      part(response, body);
      setImmediate(() => response.destroy());
    },
  ],
  [
    'ends an answer whose length it does not know yet, too early',
    (response, body) => {
      response.writeHead(200, { ...json, 'transfer-encoding': 'chunked' });
      response.write(body, () => response.destroy());
    },
  ],
  ['speaks no HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n')],
  [
    'sends more than anybody reads',
    (response) => {
      response.writeHead(200, json);
      response.write('[');
      const more = () => {
        sent += 1;
        if (response.destroyed) return;
        response.write('{"id": 1},'.repeat(1_000), () => setImmediate(more));
      };
      more();
    },
  ],
];

/** All but the last byte, though the length says that there is one more. */
function part(response: ServerResponse, body: string): void {
  response.writeHead(200, { ...json, 'content-length': String(body.length + 1) });
  response.write(body);
}

describe.each(behaviours)('a server that %s', (_name, behave) => {
  test.each(Object.keys(calls) as (keyof typeof calls)[])('has not answered %s', async (name) => {
    answers = calls[name].asks;
    // An answer without content is over with its head.
    for (const asked of answers.filter(({ empty }) => empty !== true)) {
      wrong = { asked, behave };
      const bounds = { limitMs: 150, bytesMax: 100_000 };
      const { forge, client } = forgeAt(api, { bounds });
      const end = await calls[name].make(forge, client);
      expect(end).toMatchObject({ ok: false, fault: { kind: 'forge-unreachable' } });
    }
  });
});

test('what is never stopped ends at the bound', () => {
  // 10 KB each time: 100 KB are read, and what the system holds between writer and reader comes on top.
  expect(sent).toBeGreaterThan(0);
  expect(sent / Object.keys(calls).length).toBeLessThan(2_000);
});

test('nothing is asked of a server that is not the forge, whatever leads there', async () => {
  const asked: string[] = [];
  const to = boundedFetch('https://forge.test/api/v3', {}, async (url) => {
    asked.push(String(url));
    return new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } });
  });
  await expect(to('https://elsewhere.test/')).rejects.toThrow('another server');
  await expect(to('http://forge.test/')).rejects.toThrow('another server');
  await expect(to('https://forge.test:8443/')).rejects.toThrow('another server');
  expect(asked).toEqual([]);
  await expect(to('https://forge.test/a')).rejects.toThrow('another server');
  expect(asked).toEqual(['https://forge.test/a']);
});
