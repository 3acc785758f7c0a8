import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { runGit } from '../../src/adapters/git/process.ts';
import { transportEnvironment } from '../../src/adapters/github/git-transport.ts';
import { readOnlyClient, readOnlyFetch } from '../../src/adapters/github/read-only.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { command as verify } from '../../src/cli/verify.ts';
import type { Instant } from '../../src/primitives.ts';
import { freePort } from '../free-port.ts';
import { type Hub, startHub } from '../hub/hub.ts';
import { judge } from '../hub/testing.ts';
import { code, policy, spec } from '../stories/documents.ts';
import { rehearsal } from './rehearsal.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-remote-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface VerdictSaid {
  readonly verdict: string;
  readonly record: VerdictRecord;
}

interface Scene extends AsyncDisposable {
  readonly hub: Hub;
  readonly token: string;
  readonly head: string;
  readonly work: string;
  runs(...args: readonly string[]): Promise<{ out: string; err: string; code: number | undefined }>;
}

let scenes = 0;

/** A repository with a law, a pull request that keeps it, and somebody with a machine of their own. */
async function scene(
  wish: { readonly private?: boolean; readonly law?: string; readonly env?: object } = {},
): Promise<Scene> {
  const hub = await startHub();
  const ann = hub.person('ann');
  const files = {
    '.caws/policy.yaml': policy(wish.law),
    '.caws/specs/CART-1.yaml': spec({ id: 'CART-1' }),
    'src/cart/total.ts': code(10, 'total'),
  };
  const repo = await hub.repository({
    owner: ann,
    name: 'shop',
    files,
    private: wish.private === true,
  });
  await ann.push(repo, 'topic', { 'src/cart/tax.ts': code(5) }, 'Tax');
  const pull = await ann.opens(repo, { head: 'topic', title: 'Tax' });
  scenes += 1;
  const home = join(root, String(scenes));
  return {
    hub,
    token: ann.token,
    head: pull.head,
    work: home,
    async runs(...args) {
      const { world, out, err, code: ended } = rehearsal(root);
      const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...wish.env };
      const now = () => Date.now() as Instant;
      await verify({ ...world, env, now })
        .exitOverride()
        .parseAsync([...args, '--api-url', hub.apiUrl], { from: 'user' });
      return { out: out(), err: err(), code: ended() };
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
    },
  };
}

/** Everything that was asked of the forge and could have changed it. */
const writes = (hub: Hub) =>
  hub
    .requests()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/git-upload-pack'))
    .map(({ method, path }) => `${method} ${path}`);

test('a public pull request is judged by anybody, and the forge is only read', async () => {
  await using here = await scene();
  const said = await here.runs('ann/shop#1', '--json');
  expect(said.err).toContain('ann/.github is not to be seen');
  expect(JSON.parse(said.out)).toMatchObject({
    verdict: 'PASS',
    ledger: null,
    record: { subject: { head: here.head, baseRef: 'refs/heads/main', branches: ['1'] } },
  });
  expect(said.code).toBe(0);
  expect(writes(here.hub)).toEqual([]);
  const shown = await here.runs(`${here.hub.url}/ann/shop/pull/1/files`);
  expect(shown.out).toContain('to look at: signed by nobody, recorded nowhere');
  expect(shown.err).toContain('Not recorded');
  judge(here.hub);
});

test('what is private is judged only with a token that may read it', async () => {
  await using stranger = await scene({ private: true });
  expect(await stranger.runs('ann/shop#1')).toMatchObject({ code: 4, out: '' });
  const env: Record<string, string> = {};
  await using member = await scene({ private: true, env });
  env['GH_TOKEN'] = member.token;
  const said = await member.runs('ann/shop#1');
  expect(said.out).toMatch(/^PASS/);
  expect(writes(member.hub)).toEqual([]);
});

test("the owner's policy binds here as in the app; what cannot be read of it is no pass", async () => {
  const env: Record<string, string> = {};
  await using here = await scene({ env });
  const ann = here.hub.person('ann');
  const strict = policy().replaceAll(/max_loc: \d+/g, 'max_loc: 2');
  expect(strict).not.toBe(policy());
  const files = { '.caws/policy.yaml': strict };
  const law = await here.hub.repository({ owner: ann, name: '.github', files, private: true });
  // Nobody but its readers can know of it.
  const blind = await here.runs('ann/shop#1');
  expect(blind.err).toContain('A policy that stands there can be stricter');
  env['GITHUB_TOKEN'] = here.token;
  const said = await here.runs('ann/shop#1', '--json');
  const { verdict, record } = JSON.parse(said.out) as VerdictSaid;
  expect([verdict, said.err, said.code]).toEqual(['WAIVER_REQUIRED', '', 3]);
  expect(record.law.organization).toMatchObject({
    repository: 'ann/.github',
    commit: law.tip('main'),
    digest: textDigest(strict),
  });
  for (const [route, call] of [
    ['/repos/{owner}/{repo}', 2],
    ['git', 1],
  ] as const) {
    here.hub.faults.request({ route, call, times: 10 }, { kind: 'status', status: 502 });
    expect(await here.runs('ann/shop#1')).toMatchObject({ out: '', code: 4 });
    here.hub.faults.clear();
  }
  await ann.push(law, 'main', { '.caws/policy.yaml': 'version: 1\nmode: lenient\n' });
  const broken = await here.runs('ann/shop#1');
  expect([broken.out, broken.code]).toEqual(['', 5]);
  expect(broken.err).toContain('default branch of ann/.github');
  expect(writes(here.hub)).toEqual([]);
});

test('a token goes to no server that only the address of a pull request names', async () => {
  await using here = await scene({ env: { GITHUB_TOKEN: 'ghp_secret' } });
  const said = await here.runs('https://127.0.0.1:9/ann/shop/pull/1');
  expect(said.code).toBe(2);
  expect(said.err).toContain('nobody said that a token may go there');
  expect(here.hub.requests()).toEqual([]);
  const plain = rehearsal(root);
  await verify(plain.world).parseAsync(['a/b#1', '--api-url', 'http://example.org/api/v3'], {
    from: 'user',
  });
  expect(plain.code()).toBe(2);
});

test('a write is not sent, even with a token that may write', async () => {
  await using here = await scene();
  const client = readOnlyClient(here.hub.apiUrl, here.token);
  const at = { owner: 'ann', repo: 'shop', issue_number: 1 };
  const before = here.hub.requests().length;
  await expect(
    client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...at,
      body: 'hello',
    }),
  ).rejects.toThrow('this connection only reads');
  await expect(client.graphql('mutation { a }')).rejects.toThrow('this connection only reads');
  const send = readOnlyFetch(here.hub.apiUrl);
  for (const method of ['PUT', 'PATCH', 'DELETE', 'post', 'OPTIONS'])
    await expect(send(here.hub.apiUrl, { method })).rejects.toThrow('only reads');
  await expect(send('https://example.org/')).rejects.toThrow('another server');
  expect(here.hub.requests().length).toBe(before);
});

test('git can fetch over the connection, and not push, even with a token that may', async () => {
  await using here = await scene();
  await here.runs('ann/shop#1');
  const directory = join(here.work, '.cache/caws-arbiter/forges');
  const [folder = ''] = (await import('node:fs')).globSync(`${directory}/*/*.git`);
  const url = `${here.hub.url}/ann/shop.git`;
  const push = (readOnly: boolean) =>
    runGit({
      args: ['push', '--quiet', url, `${here.head}:refs/heads/pushed-${readOnly}`],
      env: transportEnvironment(folder, { token: here.token, url, readOnly }),
      limitMs: 60_000,
      bytesMax: 10_000,
    });
  expect((await push(false)).code).toBe(0);
  expect((await push(true)).code).not.toBe(0);
  const asked = here.hub.requests().filter(({ path }) => path.endsWith('/git-receive-pack'));
  expect(asked).toHaveLength(1);
});

test('the verdict is signed and kept where that is asked for', async () => {
  await using here = await scene();
  const said = await here.runs('ann/shop#1', '--record');
  const file = /Recorded in (\S+)\. The forge/.exec(said.err)?.[1] ?? '';
  expect(existsSync(file)).toBe(true);
  expect(said.out).toMatch(/verdict [0-9a-f-]{36}/);
  expect(await here.runs('ann/shop#1', '--run-gates')).toMatchObject({ code: 2 });
  expect(await here.runs('ann/shop#9')).toMatchObject({ code: 2 });
});

test('a gate that a check answers is asked at the forge', async () => {
  await using here = await scene({
    law: 'gates:\n  tests:\n    mode: block\n    answer: { by: check, name: tests, app_id: 15368 }\n',
  });
  const waiting = await here.runs('ann/shop#1');
  expect(waiting).toMatchObject({ code: 4 });
  expect(waiting.err).toContain('tests has not reported');
});

test('a forge that gives no answer is named, and how a proxy on the way is told', async () => {
  const { world, err, code: ended } = rehearsal(root);
  const host = `127.0.0.1:${await freePort()}`;
  const words = ['ann/shop#1', '--api-url', `http://${host}/api/v3`];
  await verify({ ...world, env: { HOME: root } }).parseAsync(words, { from: 'user' });
  expect(ended()).toBe(4);
  expect(err()).toContain(`${host} gave no answer while reading the repository: `);
  expect(err()).toContain('NODE_USE_ENV_PROXY=1 HTTPS_PROXY=http://PROXY:PORT');
});
