import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ForgeFault } from '../../src/forge.ts';
import { newFolder, stubForge, testApp } from './kit.ts';
import { commentOn, deliver, later, pullRequest, START, where } from './mail.ts';

const minute = 60_000;
const day = 86_400_000;

interface Attempt {
  readonly id: string;
  readonly guid: string;
  readonly at: number;
  readonly status: number;
}

/** A forge that lists attempts, newest first, two a page, and notes which are asked for again. */
async function forgeWith(attempts: () => readonly Attempt[], refuseAgain = 0) {
  const again: string[] = [];
  const stub = await stubForge((request, response, address) => {
    const url = new URL(request.url ?? '', address);
    if (url.pathname === '/api/v3/app') return { slug: 'caws-arbiter' };
    const asked = /deliveries\/(\d+)\/attempts$/.exec(url.pathname)?.[1];
    if (asked !== undefined) {
      again.push(asked);
      response.statusCode = refuseAgain === 0 ? 202 : refuseAgain;
      return {};
    }
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const all = attempts().toSorted((one, other) => other.at - one.at);
    if (from + 2 < all.length)
      response.setHeader('link', `<${address}${url.pathname}?cursor=${from + 2}>; rel="next"`);
    // Written by hand: the id is larger than a double holds.
    response.setHeader('content-type', 'application/json');
    response.end(
      `[${all
        .slice(from, from + 2)
        .map(
          ({ id, guid, at, status }) =>
            `{"id":${id},"guid":"${guid}","delivered_at":"${new Date(at).toISOString()}","status_code":${status}}`,
        )
        .join(',')}]`,
    );
    return undefined;
  });
  return { ...stub, again };
}

const attempt = (id: string, more: Partial<Attempt> = {}): Attempt => ({
  id,
  guid: `guid-${id}`,
  at: START - minute,
  status: 502,
  ...more,
});

test('failed deliveries of three days are asked for again, by ids that no double holds', async () => {
  const ids = ['9007199254740993', '9007199254740995', '5', '6', '7'];
  const all = [
    attempt(ids[0] ?? ''),
    attempt(ids[1] ?? '', { at: START - day, status: 0 }),
    attempt('5', { status: 202 }),
    attempt('6', { at: START - 4 * day }),
    attempt('7', { at: START - 1_000 }),
  ];
  const forge = await forgeWith(() => all);
  const app = await testApp({ settings: { GHE_HOST: forge.host } });
  expect(await app.reconcile()).toEqual({ askedAgain: 2, found: 0, faults: [] });
  expect(forge.again).toEqual(['9007199254740993', '9007199254740995']);
});

test('what was taken although the answer was lost is not asked for', async () => {
  const guid = randomUUID();
  const forge = await forgeWith(() => [attempt('1', { guid, status: 504 })]);
  const app = await testApp({ settings: { GHE_HOST: forge.host } });
  await deliver(app, { body: pullRequest(1), guid });
  await app.reconcile();
  expect(forge.again).toEqual([]);
});

test('one that fails each time is asked for five times, further and further apart', async () => {
  const forge = await forgeWith(() => [attempt('1')]);
  const app = await testApp({ settings: { GHE_HOST: forge.host } });
  for (let pass = 0; pass < 4; pass += 1) await app.reconcile();
  expect(forge.again).toHaveLength(1);
  for (let pass = 0; pass < 9; pass += 1) {
    app.clock.pass(5 * minute);
    await app.reconcile();
  }
  expect(forge.again).toHaveLength(5);
});

test('the next pass goes no further back than what is still open', async () => {
  const old = Array.from({ length: 20 }, (_, n) =>
    attempt(String(n + 1), { status: 200, at: START - day + n * minute }),
  );
  const all = [...old];
  const forge = await forgeWith(() => all);
  const app = await testApp({ settings: { GHE_HOST: forge.host } });
  const pages = () => forge.asked.filter((line) => line.includes('/deliveries?')).length;
  await app.reconcile();
  expect(pages()).toBe(10);
  all.push(attempt('99', { at: START }));
  app.clock.pass(5 * minute);
  await app.reconcile();
  expect(pages()).toBeLessThanOrEqual(12);
  expect(forge.again).toEqual(['99']);
});

test('a walk that is too long for one pass goes on in the next one, also after a restart', async () => {
  const all = Array.from({ length: 60 }, (_, n) =>
    attempt(String(n + 1), { status: 200, at: START - minute * (n + 2) }),
  );
  all.push(attempt('777', { at: START - day }));
  const forge = await forgeWith(() => all);
  const folder = newFolder();
  const first = await testApp({ folder, settings: { GHE_HOST: forge.host } });
  expect((await first.reconcile()).askedAgain).toBe(0);
  await first.stop();
  const second = await testApp({ folder, settings: { GHE_HOST: forge.host } });
  expect((await second.reconcile()).askedAgain).toBe(1);
  expect(forge.again).toEqual(['777']);
});

test('a forge that does not answer is a fault in the report, and searches still run', async () => {
  const busy: ForgeFault = { kind: 'forge-unreachable', doing: 'x', detail: 'y' };
  const found = { ...where, pull: 8 };
  const app = await testApp({
    hands: {
      searches: [
        {
          name: 'verdicts',
          async *find() {
            yield { ok: false, fault: busy };
          },
        },
        {
          name: 'waivers',
          async *find() {
            yield { ok: true, value: [found] };
          },
        },
      ],
    },
  });
  const report = await app.reconcile();
  expect(report).toMatchObject({ askedAgain: 0, found: 1 });
  expect(report.faults.map(({ kind }) => kind)).toEqual(['forge-unreachable', 'forge-unreachable']);
  await app.settled();
  expect(app.heard).toEqual([8]);
});

test('our own name is learnt from the forge, and our own words are not heard', async () => {
  const forge = await forgeWith(() => []);
  const app = await testApp({ settings: { GHE_HOST: forge.host } });
  await app.reconcile();
  expect(app.tools.self()).toEqual({ appId: 4_242, login: 'caws-arbiter[bot]' });
  const sender = { id: 3, login: 'caws-arbiter[bot]', type: 'Bot' };
  await deliver(app, { event: 'issue_comment', body: commentOn(1, { sender }) });
  await app.settled();
  expect(app.heard).toEqual([]);
});

test('old deliveries are dropped, and bodies that are too many', async () => {
  const app = await testApp({ settings: { ARBITER_DELIVERY_DAYS: '1' } });
  const guid = randomUUID();
  await deliver(app, { body: pullRequest(1), guid });
  app.clock.pass(day - 1);
  await app.reconcile();
  expect(await deliver(app, { body: pullRequest(1), guid })).toMatchObject({
    text: 'Taken before.',
  });
  app.clock.pass(1);
  await app.reconcile();
  expect(await deliver(app, { body: pullRequest(1), guid })).toMatchObject({ text: 'Taken.' });
  expect(later(START, day)).toBe(app.clock.now());
});
