import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { scrubber } from '../../app/log.ts';
import { startApp } from '../../app/start.ts';
import type { Outcome } from '../../app/work/task.ts';
import { newFolder, settingsFor, stubForge, testApp } from './kit.ts';
import {
  appId,
  commentOn,
  deliver,
  done,
  handsWith,
  installation,
  later,
  privateKey,
  pullRequest,
  raw,
  repository,
  START,
  sha,
  statusIn,
  webhookSecret,
  where,
} from './mail.ts';

const get = async (
  app: { readonly address: string },
  path: string,
  headers: Record<string, string> = {},
) => {
  const response = await fetch(`${app.address}${path}`, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe('whoever runs the app', () => {
  test('sees that it lives, and that it is ready once the forge has answered', async () => {
    const forge = await stubForge((request) =>
      request.url?.endsWith('/app') ? { slug: 'x' } : [],
    );
    const app = await testApp({ settings: { GHE_HOST: forge.host } });
    expect(await get(app, '/healthz')).toMatchObject({ status: 200 });
    expect(await get(app, '/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('forge: not ok'),
    });
    await app.reconcile();
    expect(await get(app, '/readyz')).toMatchObject({ status: 200 });
    app.clock.pass(3_600_000);
    expect(await get(app, '/readyz')).toMatchObject({ status: 503 });
  });

  test('sees that it is not ready while the store takes nothing', async () => {
    const folder = newFolder();
    const app = await testApp({ folder });
    const other = new DatabaseSync(join(folder, 'app.db'));
    other.exec('BEGIN IMMEDIATE');
    expect((await get(app, '/readyz')).text).toContain('store: not ok');
    other.close();
    expect((await get(app, '/readyz')).text).toContain('store: ok');
  });

  test('sees that it is not ready while work is stuck', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const app = await testApp({
      settings: { ARBITER_WORKERS: '1' },
      hands: { work: () => promise },
    });
    for (const pull of [1, 2]) await deliver(app, { body: pullRequest(pull) });
    await expect
      .poll(async () => (await get(app, '/metrics')).text)
      .toContain('arbiter_queue_tasks{state="running"} 1');
    app.clock.pass(600_000);
    expect((await get(app, '/readyz')).text).toContain('queue: not ok');
    resolve(done);
  });

  test('reads what was measured, with the token where one is set', async () => {
    const app = await testApp({ settings: { ARBITER_METRICS_TOKEN: 'a token for the metrics' } });
    await deliver(app, { body: pullRequest(1) });
    await deliver(app, { body: 'x', headers: { 'x-hub-signature-256': 'none' } });
    await app.settled();
    app.tools.metrics.verdict('PASS');
    app.tools.metrics.unverifiedMerge();
    app.tools.metrics.ledgerHeight(77, 12);
    app.tools.metrics.stage('3 Deliberation', 2);
    expect(await get(app, '/metrics')).toMatchObject({ status: 401 });
    expect(
      await get(app, '/metrics', { authorization: 'Bearer a token for the metricx' }),
    ).toMatchObject({ status: 401 });
    const { text } = await get(app, '/metrics', {
      authorization: 'Bearer a token for the metrics',
    });
    for (const line of [
      'arbiter_deliveries_total{event="pull_request",outcome="taken"} 1',
      'arbiter_deliveries_total{event="",outcome="unsigned"} 1',
      'arbiter_tasks_total{kind="pull",outcome="done"} 1',
      'arbiter_verdicts_total{outcome="PASS"} 1',
      'arbiter_unverified_merges_total 1',
      'arbiter_ledger_height{repository="77"} 12',
      'arbiter_stage_seconds_count{stage="3 Deliberation"} 1',
      'arbiter_queue_tasks{state="waiting"} 0',
      'arbiter_queue_oldest_seconds 0',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('acme');
  });

  test('reads how many calls the forge still allows', async () => {
    const forge = await stubForge((_request, response) => {
      response.setHeader('x-ratelimit-remaining', '4321');
      response.setHeader('x-ratelimit-resource', 'core');
      return { slug: 'x' };
    });
    const app = await testApp({ settings: { GHE_HOST: forge.host } });
    await app.reconcile();
    const { text } = await get(app, '/metrics');
    expect(text).toContain('arbiter_api_remaining{resource="core"} 4321');
    expect(text).toContain('arbiter_api_calls_total{status="200"} 2');
  });
});

describe('a page', () => {
  test('is answered by whoever has it, and nothing else is there', async () => {
    const app = await testApp({
      hands: {
        page: ({ url, method, body }) =>
          url.pathname.startsWith('/v/')
            ? Promise.resolve({
                status: 200,
                headers: { 'content-type': 'text/html' },
                body: `${method} ${url.searchParams.get('q')} ${body.length}`,
              })
            : null,
      },
    });
    const page = await get(app, '/v/1?q=2');
    expect(page).toMatchObject({ status: 200, text: 'GET 2 0' });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const path of ['/x', '/probot', '/ping', '/api/github/webhooks/x'])
      expect(await get(app, path)).toMatchObject({ status: 404 });
    const post = (size: number) =>
      fetch(`${app.address}/v/1`, { method: 'POST', body: 'x'.repeat(size) });
    expect(await (await post(9)).text()).toBe('POST null 9');
    const head = (more: string) => `POST /v/1 HTTP/1.1\r\nhost: app\r\n${more}\r\n\r\n`;
    expect(statusIn(await raw(app, head('content-length: 70000'), 'x'))).toBe(413);
    const chunk = `11170\r\n${'x'.repeat(70_000)}\r\n`;
    expect(statusIn(await raw(app, head('transfer-encoding: chunked'), chunk))).toBe(413);
  });

  test('that fails says so without saying why, and the next one is answered', async () => {
    const app = await testApp({
      hands: { page: () => Promise.reject(new Error('an inner secret')) },
    });
    const { status, text } = await get(app, '/v/1');
    expect([status, text.includes('an inner secret')]).toEqual([500, false]);
    expect(await get(app, '/healthz')).toMatchObject({ status: 200 });
  });
});

describe('a stop', () => {
  test('finishes what is being heard, keeps what waits, and lets go of the folder', async () => {
    const folder = newFolder();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const started = Promise.withResolvers<void>();
    const settings = { ARBITER_WORKERS: '1', ARBITER_SHUTDOWN_SECONDS: '600' };
    const first = await testApp({
      folder,
      settings,
      hands: {
        work: () => {
          started.resolve();
          return promise;
        },
      },
    });
    await deliver(first, { body: pullRequest(1) });
    await started.promise;
    await deliver(first, { body: pullRequest(2) });
    const stopped = first.stop();
    resolve(done);
    await stopped;
    await expect(get(first, '/healthz')).rejects.toThrow();
    const second = await testApp({ folder, settings });
    await second.settled();
    expect(second.heard).toEqual([2]);
  });

  test('happens once, however often it is asked for', async () => {
    const app = await testApp();
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();
  });
});

test('a port that is taken is named, and the folder is free again', async () => {
  const app = await testApp();
  const folder = newFolder();
  const world = { now: () => START, chance: () => 0, write: () => undefined, timers: false };
  const settings = settingsFor(folder, { PORT: new URL(app.address).port });
  expect(await startApp(settings, handsWith(), world)).toMatchObject({
    fault: { kind: 'address-taken' },
  });
  await testApp({ folder });
});

describe('a log', () => {
  test('never shows a secret, whatever fails', async () => {
    const token = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';
    const forge = await stubForge((request, response) => {
      if (request.url?.includes('access_tokens') === true)
        return {
          token,
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          permissions: {},
        };
      response.statusCode = 500;
      // A forge that sends back what it was sent.
      return { message: `failed: ${request.headers.authorization}` };
    });
    const app = await testApp({
      settings: { GHE_HOST: forge.host, LOG_LEVEL: 'debug' },
      hands: {
        work: async () => {
          const octokit = await tools().octokitOf(5);
          await octokit.request('GET /repos/acme/widgets');
          return done;
        },
      },
    });
    const tools = () => app.tools;
    await app.reconcile();
    await deliver(app, { body: pullRequest(1) });
    await app.settled();
    app.tools.log.error(
      { err: new Error(`${privateKey} ${webhookSecret} x-access-token:${token}@host`) },
      token,
    );
    const text = app.log.join('');
    expect(text).toContain('a task failed');
    expect(text).toContain('[secret]');
    for (const secret of [token, webhookSecret, ...privateKey.split('\n').slice(1, -2)])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{20}/);
    for (const line of app.log) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('names the delivery', async () => {
    const app = await testApp();
    const guid = randomUUID();
    await deliver(app, { body: pullRequest(1), guid });
    expect(app.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'info', msg: 'delivery', delivery: guid, outcome: 'taken' }),
    );
  });

  test('keeps what is no secret', () => {
    const scrub = scrubber(['short', 'a longer secret']);
    expect(scrub('a short line about tokens and bearers')).toBe(
      'a short line about tokens and bearers',
    );
    expect(scrub('a longer secret')).toBe('[secret]');
    expect(scrub('Authorization: Bearer abcdefghijklmnop')).toBe('Authorization: [secret]');
  });
});

describe('what happens at the forge', () => {
  test('in any order and any number ends with each pull request heard after its last event', async () => {
    const app = await testApp({ settings: { ARBITER_EVALUATIONS: '100' } });
    const events = [
      ['pull_request', pullRequest(1, { action: 'opened' })],
      ['pull_request', pullRequest(1, { head: sha('b'), at: later(START, 5_000) })],
      ['issue_comment', commentOn(1)],
      ['pull_request_review', pullRequest(1, { action: 'dismissed' })],
    ] as const;
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 0, 0, 1, 3],
      [2, 2, 1, 0],
    ];
    for (const order of orders) {
      const before = app.heard.length;
      for (const at of order) {
        const [event, body] = events[at] ?? events[0];
        await deliver(app, { event, body });
      }
      await app.settled();
      expect(app.heard.length).toBeGreaterThan(before);
      expect(app.tools.records.newestHead(77, 1)).toBe(order.includes(1) ? sha('b') : sha('a'));
    }
  });

  test('a comment is bound to the newest head that was known when it came', async () => {
    const app = await testApp();
    await deliver(app, { body: pullRequest(1) });
    await deliver(app, {
      event: 'issue_comment',
      body: commentOn(1, { id: 1, body: '/caws approve W-1' }),
    });
    await deliver(app, { body: pullRequest(1, { head: sha('b'), at: later(START, 1_000) }) });
    await deliver(app, { event: 'issue_comment', body: commentOn(1, { id: 2 }) });
    await deliver(app, {
      event: 'issue_comment',
      body: commentOn(1, { id: 1, action: 'edited', body: '/caws approve W-2' }),
    });
    const recorded = app.tools.records.comments(77, 1);
    expect(
      recorded.map(({ comment, headBefore, changed }) => [comment, headBefore, changed]),
    ).toEqual([
      [1, sha('a'), true],
      [2, sha('b'), false],
    ]);
  });

  test('a check of a fork’s push leads to the pull requests at its head, by what we know or by asking', async () => {
    const asked: unknown[] = [];
    const app = await testApp({
      hands: {
        lookUp: async (_where, about) => {
          asked.push(about);
          return { ok: true, value: [{ ...where, pull: 9 }] };
        },
      },
    });
    await deliver(app, { body: pullRequest(1) });
    await app.settled();
    const check = (head: string) =>
      JSON.stringify({
        action: 'completed',
        check_run: { head_sha: head, pull_requests: [], app: { id: 1 } },
        repository,
        installation,
      });
    await deliver(app, { event: 'check_run', body: check(sha('a')) });
    await app.settled();
    expect([app.heard, asked]).toEqual([[1, 1], []]);
    await deliver(app, { event: 'check_run', body: check(sha('c')) });
    await app.settled();
    expect([app.heard, asked]).toEqual([
      [1, 1, 9],
      [{ kind: 'pulls-at', head: sha('c'), named: [] }],
    ]);
  });

  test('a pushed branch is audited and its open pull requests are looked up; a merge group is examined', async () => {
    const seen: string[] = [];
    const app = await testApp({
      hands: {
        lookUp: async (_where, about) => {
          seen.push(about.kind);
          return { ok: true, value: [] };
        },
        audit: async (_where, push) => {
          seen.push(`${push.branch} ${push.before} ${push.after}`);
          return done;
        },
        mergeGroup: async (_where, group) => {
          seen.push(`${group.branch} ${group.head}`);
          return done;
        },
      },
    });
    const push = (before: string, after: string) =>
      JSON.stringify({ ref: 'refs/heads/main', before, after, repository, installation });
    await deliver(app, { event: 'push', body: push(sha('a'), sha('b')) });
    await deliver(app, { event: 'push', body: push(sha('b'), sha('c')) });
    const group = {
      action: 'checks_requested',
      merge_group: { head_sha: sha('d'), base_ref: 'refs/heads/main' },
      repository,
      installation,
    };
    await deliver(app, { event: 'merge_group', body: JSON.stringify(group) });
    await app.settled();
    expect(new Set(seen)).toEqual(
      new Set([
        'open-pulls',
        `main ${sha('a')} ${sha('b')}`,
        `main ${sha('b')} ${sha('c')}`,
        `main ${sha('d')}`,
      ]),
    );
  });

  test('a look-up that the forge does not answer is tried again later', async () => {
    let tries = 0;
    const app = await testApp({
      hands: {
        lookUp: async () => {
          tries += 1;
          return tries === 1
            ? {
                ok: false,
                fault: { kind: 'forge-busy', doing: 'x', retryAt: later(START, 60_000) },
              }
            : { ok: true, value: [{ ...where, pull: 3 }] };
        },
      },
    });
    await deliver(app, {
      event: 'push',
      body: JSON.stringify({
        ref: 'refs/heads/main',
        before: sha('a'),
        after: sha('b'),
        repository,
        installation,
      }),
    });
    await app.settled();
    expect([tries, app.heard]).toEqual([1, []]);
    app.clock.pass(60_000);
    await app.settled();
    expect([tries, app.heard]).toEqual([2, [3]]);
  });

  test('a loop between bots slows down to a hearing each thirty seconds, and its last state is heard', async () => {
    const app = await testApp({ settings: { ARBITER_EVALUATIONS: '3' } });
    const bot = { id: 31, login: 'other[bot]', type: 'Bot' };
    for (let n = 0; n < 30; n += 1) {
      await deliver(app, {
        event: 'issue_comment',
        body: commentOn(1, { id: n + 1, body: '> /caws recheck', sender: bot }),
      });
      await app.settled();
    }
    expect(app.heard).toHaveLength(4);
    app.clock.pass(30_000);
    await app.settled();
    expect(app.heard).toHaveLength(5);
    app.clock.pass(600_000);
    await app.settled();
    expect(app.heard).toHaveLength(5);
  });

  test('our own comments and checks cause nothing', async () => {
    const app = await testApp();
    await deliver(app, {
      event: 'issue_comment',
      body: commentOn(1, { appId, body: 'you wrote: /caws recheck' }),
    });
    const check = {
      action: 'completed',
      check_run: { head_sha: sha('a'), app: { id: appId } },
      repository,
      installation,
    };
    await deliver(app, { event: 'check_run', body: JSON.stringify(check) });
    await app.settled();
    expect([app.heard, app.tools.records.comments(77, 1)]).toEqual([[], []]);
  });

  test('a waiver’s end wakes the pull request by itself', async () => {
    const times: number[] = [];
    const app = await testApp({
      hands: {
        work: async () => {
          times.push(app.clock.now());
          return times.length === 1 ? { kind: 'done', againAt: later(START, 86_400_000) } : done;
        },
      },
    });
    await deliver(app, { body: pullRequest(1) });
    await app.settled();
    app.clock.pass(86_399_999);
    await app.settled();
    expect(times).toHaveLength(1);
    app.clock.pass(1);
    await app.settled();
    expect(times).toEqual([START, START + 86_400_000]);
  });
});
