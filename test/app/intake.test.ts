import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { receive, roomOf } from '../../app/intake/body.ts';
import { inboxOf } from '../../app/intake/inbox.ts';
import { intakeOf } from '../../app/intake/receive.ts';
import type { Store } from '../../app/store.ts';
import { queueOf } from '../../app/work/queue.ts';
import { newFolder, newStore, testApp } from './kit.ts';
import {
  appId,
  commentOn,
  deliver,
  everyExample,
  headLines,
  installation,
  pullRequest,
  raw,
  repository,
  START,
  sha,
  signatureOf,
  statusIn,
  webhookSecret,
} from './mail.ts';

const body = pullRequest(1);
const one = 'content-type: application/json';
const named = [
  'x-github-event: pull_request',
  'x-github-delivery: 1b4e28ba-2fa1-11d2-883f-0016d3cca427',
];
const signed = `x-hub-signature-256: ${signatureOf(body)}`;
const length = `content-length: ${Buffer.byteLength(body)}`;

const rowsIn = (folder: string, sql: string) => {
  const database = new DatabaseSync(join(folder, 'app.db'), { readOnly: true });
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map((row) => ({ ...row }));
};

describe('a delivery that is not GitHub’s is refused before it is parsed, and leaves nothing', () => {
  test.each<[string, number, readonly string[]]>([
    ['no signature', 401, [one, ...named]],
    ['a signature of SHA-1 alone', 401, [one, ...named, `x-hub-signature: sha1=${'a'.repeat(40)}`]],
    ['a wrong signature', 401, [one, ...named, `x-hub-signature-256: sha256=${'0'.repeat(64)}`]],
    [
      'another secret',
      401,
      [one, ...named, `x-hub-signature-256: ${signatureOf(body, 'another')}`],
    ],
    [
      'a signature of capitals',
      401,
      [one, ...named, signed.toUpperCase().replace('SHA256=', 'sha256=')],
    ],
    ['a signature cut short', 401, [one, ...named, signed.slice(0, -2)]],
    ['the right signature twice', 401, [one, ...named, signed, signed]],
    [
      'a wrong signature before the right one',
      401,
      [one, ...named, `x-hub-signature-256: sha256=${'0'.repeat(64)}`, signed],
    ],
    ['two signatures in one header', 401, [one, ...named, `${signed}, sha256=${'0'.repeat(64)}`]],
    ['no content type', 415, [...named, signed]],
    ['a form', 415, ['content-type: application/x-www-form-urlencoded', ...named, signed]],
    ['two content types', 415, [one, 'content-type: text/plain', ...named, signed]],
    ['another charset', 415, ['content-type: application/json; charset=utf-16', ...named, signed]],
    ['gzip', 415, [one, 'content-encoding: gzip', ...named, signed]],
    ['no event', 400, [one, named[1] ?? '', signed]],
    ['no id', 400, [one, named[0] ?? '', signed]],
    ['two ids', 400, [one, ...named, 'x-github-delivery: 2', signed]],
    ['an id with a path in it', 400, [one, named[0] ?? '', 'x-github-delivery: ../../x', signed]],
  ])('%s: %d', async (_name, status, lines) => {
    const folder = newFolder();
    const app = await testApp({ folder });
    expect(statusIn(await raw(app, headLines([...lines, length]), body))).toBe(status);
    await app.settled();
    expect(rowsIn(folder, 'SELECT * FROM deliveries')).toEqual([]);
    expect(app.heard).toEqual([]);
  });

  test('the same JSON in other bytes has another signature', async () => {
    const app = await testApp();
    const spaced = JSON.stringify(JSON.parse(body), null, 1);
    const headers = { 'x-hub-signature-256': signatureOf(body) };
    expect(await deliver(app, { body: spaced, headers })).toMatchObject({ status: 401 });
  });

  test('while the secret is changed, the one before it is taken, and no longer', async () => {
    const folder = newFolder();
    const [before, after] = [
      'the secret of the webhook until now',
      'the secret of the webhook to come',
    ];
    const signedWith = (secret: string, number: number) => {
      const text = pullRequest(number);
      return { body: text, headers: { 'x-hub-signature-256': signatureOf(text, secret) } };
    };
    const during = await testApp({
      folder,
      settings: { WEBHOOK_SECRET: after, WEBHOOK_SECRET_PREVIOUS: before },
    });
    expect(await deliver(during, signedWith(before, 1))).toMatchObject({ status: 202 });
    expect(await deliver(during, signedWith(after, 2))).toMatchObject({ status: 202 });
    expect(await deliver(during, signedWith('a secret that was never one', 3))).toMatchObject({
      status: 401,
    });
    await during.settled();
    expect(during.heard).toEqual([1, 2]);
    const measured = await (await fetch(`${during.address}/metrics`)).text();
    expect(measured).toContain('arbiter_previous_secret_total 1');
    await during.stop();
    const done = await testApp({ folder, settings: { WEBHOOK_SECRET: after } });
    expect(await deliver(done, signedWith(before, 4))).toMatchObject({ status: 401 });
    expect(await deliver(done, signedWith(after, 5))).toMatchObject({ status: 202 });
    expect([...during.log, ...done.log].join('')).not.toMatch(new RegExp(`${before}|${after}`));
  });

  test('another method is told which one is taken', async () => {
    const app = await testApp();
    const response = await fetch(`${app.address}/api/github/webhooks`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('what is signed and is no JSON object in UTF-8 is refused', async () => {
    const app = await testApp();
    const broken = Buffer.from(body);
    broken[broken.indexOf('kim')] = 0xff;
    for (const text of [
      broken,
      '',
      '[]',
      '1',
      'null',
      '{"a":1,"a":2}',
      `\ufeff${body}`,
      `${body}x`,
    ])
      expect(await deliver(app, { body: text })).toMatchObject({ status: 400 });
    const deep = `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
    expect(await deliver(app, { body: deep })).toMatchObject({ status: 400 });
    expect(app.heard).toEqual([]);
  });
});

describe('a body has a bound', () => {
  test('one that says that it is larger is refused unread', async () => {
    const app = await testApp();
    const head = headLines([one, ...named, signed, 'content-length: 26000000']);
    expect(statusIn(await raw(app, head, 'x'))).toBe(413);
  });

  test('one that does not say so is refused where it passes the bound', async () => {
    const app = await testApp();
    const chunk = randomBytes(1_000_000);
    const chunks = Array.from({ length: 26 }, () => [
      `${chunk.length.toString(16)}\r\n`,
      chunk,
      '\r\n',
    ]).flat();
    const head = headLines([one, ...named, signed, 'transfer-encoding: chunked']);
    expect(statusIn(await raw(app, head, ...chunks, '0\r\n\r\n'))).toBe(413);
  });

  test('the largest that GitHub sends is taken', async () => {
    const app = await testApp();
    const start = body.slice(0, -1);
    const large = `${start},"pad":"${'x'.repeat(25_000_000 - start.length - 10)}"}`;
    expect(Buffer.byteLength(large)).toBe(25_000_000);
    expect(await deliver(app, { body: large })).toMatchObject({ status: 202 });
    await app.settled();
    expect(app.heard).toEqual([1]);
  });

  test('all that are being received share one, and what finds no room is told to come again', async () => {
    const address = await bareIntake(newStore(), { receivingBytesMax: 1_000_000 });
    const large = `${body.slice(0, -1)},"pad":"${'x'.repeat(1_000_000)}"}`;
    // Each gives back what it took: otherwise the third would find no room.
    for (const [sent, status] of [
      [large, 503],
      [body, 202],
      [large, 503],
      [large, 503],
      [body, 202],
    ] as const)
      expect(await deliver({ address }, { body: sent })).toMatchObject({ status });
  });
});

test('a body that does not arrive in time is given up, long before GitHub gives us up', async () => {
  const address = await bareIntake(newStore(), { bodyMsMax: 1 });
  const head = headLines([one, ...named, signed, length]);
  expect(statusIn(await raw({ address }, head, body.slice(0, 9)))).toBe(408);
});

test('a body whose sender was gone before anybody looked is not waited for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n');
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  socket.destroy();
  await new Promise((resolve) => request.on('close', resolve));
  const room = roomOf(1_000, 2 ** 31 - 1);
  expect(await receive(request, room, 1_000)).toEqual({ ok: false, fault: 'cut-off' });
});

describe('a delivery that is GitHub’s', () => {
  test('is on the disk with what it asks for before it is answered, and then worked on', async () => {
    const folder = newFolder();
    let stood: unknown;
    const app = await testApp({
      folder,
      world: {
        step: (name) => {
          if (name === 'stored') stood = rowsIn(folder, 'SELECT subject FROM tasks');
        },
      },
    });
    expect(await deliver(app, { body })).toEqual({ status: 202, text: 'Taken.' });
    expect(stood).toEqual([{ subject: 'pull:1' }]);
    await app.settled();
    expect(app.heard).toEqual([1]);
  });

  test('may come at the bare address, which Probot’s manifest registers', async () => {
    const app = await testApp();
    const response = await fetch(app.address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-github-event': 'pull_request',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': signatureOf(body),
      },
      body,
    });
    expect(response.status).toBe(202);
  });

  test('is taken once under one id, however often it comes', async () => {
    const folder = newFolder();
    const app = await testApp({ folder });
    const guid = randomUUID();
    const all = await Promise.all(Array.from({ length: 9 }, () => deliver(app, { body, guid })));
    expect(all.map(({ status }) => status)).toEqual(Array(9).fill(202));
    expect(all.filter(({ text }) => text === 'Taken.')).toHaveLength(1);
    expect(rowsIn(folder, 'SELECT guid FROM deliveries')).toEqual([{ guid }]);
    await app.settled();
    expect(app.heard).toEqual([1]);
  });

  test('is not hidden by another one under the same id, which nobody signs', async () => {
    const folder = newFolder();
    const app = await testApp({ folder });
    const guid = randomUUID();
    await deliver(app, { body, guid });
    expect(await deliver(app, { body: pullRequest(2), guid })).toMatchObject({ text: 'Taken.' });
    await app.settled();
    expect(new Set(app.heard)).toEqual(new Set([1, 2]));
    expect(rowsIn(folder, 'SELECT count(*) AS n FROM deliveries')).toEqual([{ n: 2 }]);
    expect(app.log.join('')).toContain('another body under the same delivery id');
  });

  test('changes nothing that was noted where it is replayed under another id', async () => {
    const folder = newFolder();
    const app = await testApp({ folder });
    const notes = () => [
      rowsIn(folder, 'SELECT * FROM heads'),
      rowsIn(folder, 'SELECT * FROM comments'),
      rowsIn(folder, 'SELECT * FROM buttons'),
    ];
    const pressed = JSON.stringify({
      action: 'requested_action',
      requested_action: { identifier: 'approve:W-31' },
      check_run: { id: 3, head_sha: sha('a'), external_id: 'v', app: { id: appId } },
      repository,
      installation,
      sender: { id: 9, login: 'kim', type: 'User' },
    });
    const all = [
      ['pull_request', body],
      ['issue_comment', commentOn(1)],
      ['check_run', pressed],
    ] as const;
    for (const [event, text] of all) await deliver(app, { event, body: text });
    const before = notes();
    expect(before.map((rows) => rows.length)).toEqual([1, 1, 1]);
    app.clock.pass(86_400_000);
    for (const [event, text] of all) await deliver(app, { event, body: text });
    expect(notes()).toEqual(before);
  });

  test('of any form that GitHub documents is taken', async () => {
    const app = await testApp();
    for (const [event, payload] of everyExample)
      expect(await deliver(app, { event, body: JSON.stringify(payload) })).toMatchObject({
        status: 202,
      });
  });
});

/** The intake alone, behind a real server, on a store of the test's choosing. */
async function bareIntake(
  store: Store,
  more: { readonly receivingBytesMax?: number; readonly bodyMsMax?: number } = {},
): Promise<string> {
  const bounds = { leaseMs: 60_000, attemptsMax: 3, runsAtOnce: 20 };
  const queue = queueOf(store, bounds, () => 0.5);
  const kept = { keptMs: 1, bytesMax: 1 };
  const intake = intakeOf({
    secrets: { current: webhookSecret, previous: null },
    inbox: inboxOf(store, queue, kept, () => undefined),
    self: () => ({ appId, login: null }),
    now: () => START,
    receivingBytesMax: 100_000_000,
    ...more,
    log: pino({ level: 'silent' }),
    count: () => undefined,
  });
  const server = createServer((request, response) => void intake.handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('where the store takes nothing, GitHub is told so and nothing is half there', () => {
  test('a full disk', async () => {
    const folder = newFolder();
    const store = newStore(folder);
    store.database.exec('PRAGMA max_page_count = 300');
    const address = await bareIntake(store);
    const large = `{"pad":"${'x'.repeat(3_000_000)}",${pullRequest(1).slice(1)}`;
    expect(await deliver({ address }, { body: large })).toMatchObject({ status: 503 });
    const left = ['deliveries', 'heads', 'tasks'].map((table) =>
      rowsIn(folder, `SELECT count(*) AS n FROM ${table}`),
    );
    expect(left).toEqual(Array(3).fill([{ n: 0 }]));
    expect(await deliver({ address }, { body })).toMatchObject({ status: 202 });
  });

  test('a database that another program holds', async () => {
    const folder = newFolder();
    const app = await testApp({ folder });
    const other = new DatabaseSync(join(folder, 'app.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(await deliver(app, { body })).toMatchObject({ status: 503 });
    other.exec('ROLLBACK');
    other.close();
    expect(await deliver(app, { body })).toMatchObject({ status: 202 });
  });
});

test('nobody else can read what is stored', async () => {
  const folder = join(newFolder(), 'data');
  await testApp({ folder });
  expect(statSync(folder).mode & 0o077).toBe(0);
  expect(readdirSync(folder)).toContain('app.db');
});

test('a secret that stands in a delivery is no reason to log it', async () => {
  const app = await testApp({ settings: { LOG_LEVEL: 'debug' } });
  await deliver(app, { body: pullRequest(1).replace('synchronize', webhookSecret) });
  expect(app.log.join('')).not.toContain(webhookSecret);
});
