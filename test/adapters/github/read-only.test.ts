/** A connection that only reads sends nothing else, whatever GitHub's API offers. */
import { createRequire } from 'node:module';
import nock from 'nock';
import { describe, expect, test } from 'vitest';
import {
  readOnlyClient,
  readOnlyFetch,
  readOnlyForge,
} from '../../../src/adapters/github/read-only.ts';
import type { Instant } from '../../../src/primitives.ts';
import { interceptRequests } from './interception.ts';

const API = 'https://forge.test/api/v3';
const require = createRequire(import.meta.url);
const { paths } = require('@octokit/openapi/generated/api.github.com.json') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

const reads = ['get', 'head'];
const routes = Object.entries(paths).flatMap(([path, item]) =>
  Object.keys(item)
    .filter((method) => ['get', 'head', 'post', 'put', 'patch', 'delete'].includes(method))
    .map((method) => `${method.toUpperCase()} ${path}`),
);

interceptRequests();

/** Something for every parameter that stands in a path. */
const filled = (route: string) =>
  Object.fromEntries([...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, '1']));

describe('over a connection that only reads', () => {
  const client = readOnlyClient(API, 'ghp_token');
  const written = routes.filter(
    (route) => !reads.includes((route.split(' ')[0] ?? '').toLowerCase()),
  );

  test('no route that writes is sent', async () => {
    expect(written.length).toBeGreaterThan(400);
    let sent = 0;
    const scope = nock('https://forge.test').persist();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      scope.intercept(/.*/, method).reply(() => {
        sent += 1;
        return [200, {}];
      });
    for (const route of written) {
      const end = await client.request(route, filled(route)).then(
        () => 'sent',
        (error: unknown) => String(error),
      );
      expect([route, end]).toEqual([route, expect.stringContaining('this connection only reads')]);
    }
    for (const document of ['mutation { a }', 'query { viewer { login } }', '{ a }'])
      await expect(client.graphql(document)).rejects.toThrow('this connection only reads');
    expect(sent).toBe(0);
    process.stdout.write(`read-only: ${written.length} of ${written.length} routes refused\n`);
    nock.cleanAll();
  });

  test('a method is what it is, however it is spelt', async () => {
    const send = readOnlyFetch(API);
    for (const method of [
      'post',
      'Put',
      'PATCH',
      'delete',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'GET\n',
      '',
    ])
      await expect(send(API, { method })).rejects.toThrow('only reads');
  });

  test('what it reads goes no further than the forge', async () => {
    nock('https://forge.test')
      .get('/api/v3/user')
      .reply(302, {}, { location: 'https://elsewhere.test/' });
    await expect(client.request('GET /user')).rejects.toThrow('another server');
  });

  test('a forge has no token to write with, and no check of its own', async () => {
    nock('https://forge.test')
      .get('/api/v3/repos/acme/shop')
      .reply(200, {
        ...{ id: 7, name: 'shop', private: false, default_branch: 'main' },
        owner: { login: 'acme', type: 'User' },
      });
    const forge = await readOnlyForge({
      ...{ client, webUrl: 'https://forge.test', owner: 'acme', name: 'shop' },
      now: () => 0 as Instant,
    });
    expect(forge).toMatchObject({ ok: true, value: { repository: { id: 7 } } });
    if (!forge.ok) return;
    const whole = forge.value as unknown as {
      readonly appId: number;
      readonly gitToken: () => Promise<unknown>;
      readonly comment: (number: number, body: string) => Promise<unknown>;
    };
    expect(whole.appId).toBe(0);
    expect(await whole.gitToken()).toMatchObject({ ok: false });
    expect(await whole.comment(1, 'x')).toMatchObject({ ok: false });
  });
});
