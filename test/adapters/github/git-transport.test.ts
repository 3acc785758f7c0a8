/** What the token is seen by, and where a server can lead git: nobody, and nowhere. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openObjectCache } from '../../../src/adapters/github/object-cache.ts';

const TOKEN = 'ghs_Zq0sEcReTtOkEn4711';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
const secrets = [TOKEN, BASIC];

type Answer = (path: string, response: ServerResponse) => void;

async function serving(answer: Answer): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => answer(request.url ?? '', response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function fetching(url: string, limits: { readonly fetchLimitMs?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-wire-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stop = new AbortController();
  const from = { repositoryId: 1, url: `${url}/acme/shop.git`, token: TOKEN };
  const end = openObjectCache(folder, limits).fetch(from, ['refs/heads/main'], stop.signal);
  return { folder, stop, end };
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
};
const holds = (text: string): boolean => secrets.some((secret) => text.includes(secret));

/** Every process of this machine but our own. */
const processes = (): readonly string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));

describe.skipIf(!existsSync('/proc/self/cmdline'))('while a fetch hangs', () => {
  test('no argument list holds the token, and only its own processes their environment', async () => {
    const reached = Promise.withResolvers<ServerResponse>();
    const { url, server } = await serving((_path, response) => reached.resolve(response));
    const connections = new Set<Promise<unknown>>();
    server.on('connection', (socket) =>
      connections.add(new Promise((resolve) => socket.once('close', resolve))),
    );
    const { folder, stop, end } = fetching(url);
    const held = await reached.promise;
    expect(held.req.headers.authorization).toBe(`Basic ${BASIC}`);
    const seen = processes();
    expect(seen.filter((pid) => holds(textOf(`/proc/${pid}/cmdline`)))).toEqual([]);
    const knowing = seen.filter((pid) => holds(textOf(`/proc/${pid}/environ`)));
    expect(knowing.length).toBeGreaterThan(0);
    for (const pid of knowing) {
      expect(textOf(`/proc/${pid}/comm`)).toMatch(/^git/);
      // Whoever is not this user reads nothing there.
      expect(statSync(`/proc/${pid}/environ`).mode & 0o077).toBe(0);
    }
    stop.abort();
    expect(await end).toMatchObject({ ok: false });
    // The helper that speaks with the server ends with git, which closes the connection.
    await Promise.all(connections);
    expect(processes().filter((pid) => holds(textOf(`/proc/${pid}/environ`)))).toEqual([]);
    expect(filesHolding(folder)).toEqual([]);
  });
});

const filesHolding = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => holds(textOf(file)));

describe('a server that refuses', () => {
  test.each([401, 403, 404, 410, 451])('for good, with %i, is named so', async (status) => {
    const { url } = await serving((_path, response) => response.writeHead(status).end());
    expect(await fetching(url).end).toEqual({
      ok: false,
      fault: { kind: 'fetch-refused', status },
    });
  });

  test.each<readonly [string, Answer]>([
    ['500', (_path, response) => response.writeHead(500).end()],
    ['503', (_path, response) => response.writeHead(503).end()],
    ['429', (_path, response) => response.writeHead(429, { 'retry-after': '5' }).end()],
    [
      '403 and a time to come back',
      (_path, response) => response.writeHead(403, { 'retry-after': '5' }).end(),
    ],
    ['a connection that breaks', (_path, response) => response.destroy()],
    [
      'a page for people',
      (_path, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
  ])('for now, with %s, is out of reach', async (_name, answer) => {
    const { url } = await serving(answer);
    expect(await fetching(url).end).toMatchObject({ ok: false, fault: { kind: 'fetch-failed' } });
  });

  test('once, and is right again when it is asked why, is out of reach', async () => {
    let asked = 0;
    const { url } = await serving((_path, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 403 : 500).end();
    });
    expect(await fetching(url).end).toMatchObject({ fault: { kind: 'fetch-failed' } });
  });

  test('and says our own token back to us puts it into no fault and no file', async () => {
    const { url } = await serving((_path, response) => {
      const words = `no entry with ${TOKEN} (${response.req.headers.authorization}, ${BASIC})`;
      response.writeHead(500, { 'content-type': 'text/plain' }).end(words);
    });
    const { end, folder } = fetching(url);
    const said = JSON.stringify(await end);
    expect(said).toContain('no entry with …');
    expect(holds(said)).toBe(false);
    expect(filesHolding(folder)).toEqual([]);
  });
});

describe('a server that leads elsewhere', () => {
  const elsewhere = async () => {
    const asked: string[] = [];
    const { url } = await serving((path, response) => {
      asked.push(path);
      response.writeHead(200).end();
    });
    return { url, asked };
  };

  test('by a redirect is not followed, with the token or without', async () => {
    const other = await elsewhere();
    for (const status of [301, 302, 307, 308]) {
      const { url } = await serving((path, response) =>
        response.writeHead(status, { location: `${other.url}${path}` }).end(),
      );
      expect(await fetching(url).end).toMatchObject({ fault: { kind: 'fetch-failed' } });
    }
    expect(other.asked).toEqual([]);
  });

  test('by alternates, as servers without a program can, is not followed', async () => {
    const other = await elsewhere();
    const asked: string[] = [];
    const { url } = await serving((path, response) => {
      asked.push(path);
      if (path.includes('/info/refs')) response.end(`${'e'.repeat(40)}\trefs/heads/main\n`);
      else if (path.endsWith('/HEAD')) response.end('ref: refs/heads/main\n');
      else if (path.includes('alternates')) response.end(`${other.url}/evil.git/objects\n`);
      else response.writeHead(404).end();
    });
    const { end, folder } = fetching(url);
    expect(await end).toMatchObject({ ok: false, fault: { kind: 'fetch-failed' } });
    expect(asked.length).toBeGreaterThan(1);
    expect(other.asked).toEqual([]);
    expect(existsSync(join(folder, '1.git/objects/info/alternates'))).toBe(false);
  });

  test('by another protocol is not followed', async () => {
    for (const address of ['file:///etc', 'ssh://127.0.0.1/x', 'ext::sh -c id'])
      for (const status of [301, 307]) {
        const { url } = await serving((_path, response) =>
          response.writeHead(status, { location: address }).end(),
        );
        expect(await fetching(url).end).toMatchObject({ ok: false });
      }
  });
});

test('where only a proxy leads out, git takes it, and the proxy does not see the token', async () => {
  const asked: string[] = [];
  const { url, server } = await serving((_, response) => response.end());
  server.on('connect', ({ url: target, rawHeaders }, socket) => {
    asked.push(target ?? '', ...rawHeaders);
    socket.end('HTTP/1.1 502 No way\r\n\r\n');
  });
  for (const [name, value] of [
    ['https_proxy', url],
    ['HTTPS_PROXY', url],
    ['no_proxy', ''],
    ['NO_PROXY', ''],
  ] as const)
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await fetching('https://forge.invalid').end).toMatchObject({ ok: false });
  expect(asked[0]).toBe('forge.invalid:443');
  expect(secrets.filter((secret) => asked.join().includes(secret))).toEqual([]);
});
