import { describe, expect, test } from 'vitest';
import { desk } from './desk.ts';
import { refusal } from './testing.ts';

describe('a delivery', () => {
  test('that failed stays failed until somebody asks for it again, and keeps its GUID', async () => {
    await using at = await desk();
    await at.hub.settle();
    at.listener.status = 500;
    at.ann.person.comments(at.pull, 'Anybody there?');
    await at.hub.settle();
    const before = at.listener.heard.length;
    await at.hub.settle();
    expect(at.listener.heard).toHaveLength(before);
    const failed = await at.appItself.rest.apps.listWebhookDeliveries({ status: 'failure' });
    expect(failed.data).toMatchObject([
      { event: 'issue_comment', status_code: 500, redelivery: false },
    ]);

    at.listener.status = 202;
    const delivery_id = failed.data[0]?.id ?? 0;
    const asked = await at.appItself.rest.apps.redeliverWebhookDelivery({ delivery_id });
    expect(asked.status).toBe(202);
    await at.hub.settle();
    const [old, again] = at.listener.heard.slice(-2);
    expect(again?.guid).toBe(old?.guid);
    expect(again?.payload).toEqual(old?.payload);
    const { data } = await at.appItself.rest.apps.listWebhookDeliveries({ per_page: 1 });
    expect(data).toMatchObject([{ guid: old?.guid, redelivery: true, status_code: 202 }]);
    const whole = await at.appItself.rest.apps.getWebhookDelivery({ delivery_id });
    expect(whole.data.request.payload).toEqual(old?.payload);
    at.judge();
  });

  test('list is paged by a cursor, for the app itself only', async () => {
    await using at = await desk();
    await at.hub.settle();
    const all = await at.appItself.paginate(at.appItself.rest.apps.listWebhookDeliveries, {
      per_page: 2,
    });
    expect(all.map((each) => each.id)).toEqual(
      at.hub
        .deliveries()
        .map((each) => each.id)
        .toReversed(),
    );
    expect(all.length).toBeGreaterThan(2);
    const byInstallation = at.app.rest.apps.listWebhookDeliveries();
    expect(await refusal(byInstallation)).toMatchObject({ status: 403 });
    at.judge();
  });
});

describe('switched on,', () => {
  test('deliveries are dropped, lost, doubled, late and out of order', async () => {
    await using at = await desk();
    await at.hub.settle();
    const { faults } = at.hub;
    const texts = async (...bodies: string[]) => {
      at.listener.heard.length = 0;
      for (const body of bodies) at.ann.person.comments(at.pull, body);
      await at.hub.settle();
      return at.listener.heard.map((each) => (each.payload['comment'] as { body: string }).body);
    };
    faults.delivery({ event: 'issue_comment', call: 1 }, { kind: 'dropped' });
    faults.delivery({ event: 'issue_comment', call: 2 }, { kind: 'lost' });
    expect(await texts('a', 'b', 'c')).toEqual(['c']);
    const failed = await at.appItself.rest.apps.listWebhookDeliveries({ status: 'failure' });
    expect(failed.data).toHaveLength(1);

    faults.clear();
    faults.delivery({ event: 'issue_comment.created', call: 1 }, { kind: 'doubled' });
    faults.delivery({ event: 'issue_comment', call: 2 }, { kind: 'reordered' });
    expect(await texts('a', 'b', 'c')).toEqual(['a', 'a', 'c', 'b']);
    expect(at.listener.heard[0]?.guid).toBe(at.listener.heard[1]?.guid);

    faults.clear();
    faults.delivery({ times: 2 }, { kind: 'late' });
    expect(await texts('a', 'b', 'c')).toEqual(['c']);
    faults.release('newest first');
    await at.hub.settle();
    const heard = at.listener.heard.map(
      (each) => (each.payload['comment'] as { body: string }).body,
    );
    expect(heard).toEqual(['c', 'b', 'a']);
    at.judge();
  });

  test('requests meet limits, outages, slowness, cut lists and lost answers', async () => {
    const now = Date.parse('2026-11-25T12:00:00Z');
    await using at = await desk({ now: () => now });
    const { faults } = at.hub;
    const route = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
    const list = () =>
      at.app.rest.issues.listComments({ ...at.names, issue_number: 1, per_page: 2 });
    const write = () =>
      at.app.rest.issues.createComment({ ...at.names, issue_number: 1, body: 'x' });
    for (const body of ['a', 'b', 'c']) at.ann.person.comments(at.pull, body);

    faults.request({ route, call: 2 }, { kind: 'status', status: 502 });
    expect((await list()).status).toBe(200);
    expect(await refusal(list())).toMatchObject({ status: 502 });
    faults.clear();
    faults.request({ route }, { kind: 'primary-limit', resetAt: now + 60_000 });
    await expect(list()).rejects.toMatchObject({
      status: 403,
      response: {
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 60) },
      },
    });
    faults.clear();
    faults.request({ method: 'POST' }, { kind: 'secondary-limit', retryAfterSeconds: 30 });
    await expect(write()).rejects.toMatchObject({ response: { headers: { 'retry-after': '30' } } });
    faults.clear();
    faults.request({ route }, { kind: 'truncated', to: 1 });
    const cut = await list();
    expect([cut.data.length, cut.headers.link]).toEqual([1, undefined]);
    faults.clear();
    faults.request({ method: 'POST', route }, { kind: 'done-but-lost' });
    await expect(write()).rejects.toThrow();
    expect(at.pull.comments.at(-1)?.body).toBe('x');
    faults.clear();
    faults.request({ route }, { kind: 'cut' });
    await expect(list()).rejects.toThrow();
    faults.clear();
    faults.request({ route: 'graphql' }, { kind: 'slow', ms: 20 });
    expect(await at.app.graphql('{ viewer { login } }')).toEqual({
      viewer: { login: 'caws-arbiter' },
    });
    at.judge();
  });
});

test('an app hears what it subscribed to and may see, and nothing else', async () => {
  await using at = await desk(
    {},
    { permissions: { checks: 'write' }, events: ['pull_request', 'check_run'] },
  );
  await at.hub.settle();
  expect(at.listener.names()).toEqual(['installation.created', 'check_suite.requested']);
  at.judge();
});

test('a hub tells what nobody built', async () => {
  await using at = await desk();
  const route: string = 'GET /repos/{owner}/{repo}/releases';
  expect(await refusal(at.app.request(route, at.names))).toMatchObject({ status: 501 });
  expect(at.hub.unserved()).toEqual(['GET /repos/acme/widgets/releases']);
  expect(at.hub.requests().at(-1)).toMatchObject({ status: 501, route: null });
});
