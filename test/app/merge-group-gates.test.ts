/** A gate that a check answers, in a merge queue; and the page of what a queue puts together. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAUSE_MS_MAX } from '../../app/work/pause.ts';
import type { PullHandle } from '../hub/handles.ts';
import type { InstalledApp } from '../hub/installed.ts';
import { dequeue } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { asksOfQueue, checkAt, enqueues, green, groupOf } from './merge-queue.ts';
import { law, openTown, type Town } from './town.ts';
import { ask, lines } from './waived.ts';

const MINUTE_MS = 60_000;

test('a revocation long after a group began holds it back, though a flood keeps it from being heard', async () => {
  const start = Date.now();
  await using town = await openTown({
    ...{ hub: { referee: false }, settings: { ARBITER_EVALUATIONS: '1' } },
    // No time passes but what is let pass: else the flood is over on a slow machine.
    clock: () => start,
  });
  const ci = await town.hub.installApp({
    ...{ on: 'acme', name: 'CI', permissions: { checks: 'write' }, events: [] },
  });
  const built = (head_sha: string) =>
    clientOf(town.hub, ci.token()).rest.checks.create({
      ...{ owner: 'acme', repo: 'shop', name: 'build', head_sha },
      ...{ status: 'completed', conclusion: 'success' },
    });
  const gate = `{ mode: block, timeout_seconds: 2400, answer: { by: check, name: build, app_id: ${ci.appId} } }`;
  await town.hub.person('ada').push(town.repository, 'main', {
    '.caws/policy.yaml': `${law['.caws/policy.yaml']}  ci: ${gate}\n`,
  });
  asksOfQueue(town, 'SQUASH');
  await town.passes(301_000);
  const pull = await town.opens('large', { 'src/cart/large.ts': lines(300) });
  green(town, pull.head);
  await built(pull.head);
  await town.passes(MINUTE_MS);
  const [kim, max] = [town.hub.person('kim'), town.hub.person('max')];
  const waiver = await ask(town, pull);
  await town.passes(MINUTE_MS);
  max.comments(pull, `/caws approve ${waiver}`);
  await town.passes(MINUTE_MS);
  await enqueues(town, pull);
  const group = groupOf(town, pull);
  await town.passes(2 * MINUTE_MS);
  expect(checkAt(town, group)).toMatchObject({ title: 'WAITING · for gate ci' });
  // Each has the pull request heard, and says nothing that its group would be heard for.
  for (let n = 0; n < 6; n += 1) {
    await kim.changes(pull, { title: `Title ${n}` });
    await town.passes(n < 4 ? 3_000 : PAUSE_MS_MAX);
  }
  await kim.changes(pull, { title: 'The last one' });
  await town.hub.settle();
  await town.app.settled();
  max.comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  await built(group);
  // Whichever of the two is heard first.
  await town.passes(8_000);
  expect(checkAt(town, group)?.conclusion).not.toBe('success');
  await town.passes(PAUSE_MS_MAX);
  expect(checkAt(town, group)).toMatchObject({ conclusion: 'failure' });
  expect(pull.state.mergedAt).toBeNull();
});

describe('a gate that a check answers', () => {
  let town: Town;
  let [ci, other]: readonly InstalledApp[] = [];
  let one: PullHandle;
  beforeAll(async () => {
    town = await openTown({ hub: { referee: false }, private: true, visited: true });
    const wanted = { on: 'acme', permissions: { checks: 'write' }, events: [] } as const;
    ci = await town.hub.installApp({ ...wanted, name: 'CI' });
    other = await town.hub.installApp({ ...wanted, name: 'Another CI' });
    const gate = `{ mode: block, timeout_seconds: 2400, answer: { by: check, name: build, app_id: ${ci.appId} } }`;
    await town.hub.person('ada').push(town.repository, 'main', {
      '.caws/policy.yaml': `${law['.caws/policy.yaml']}  ci: ${gate}\n`,
    });
    asksOfQueue(town, 'SQUASH');
    // What a branch asks is believed for five minutes.
    await town.passes(301_000);
    one = await town.opens('one', { 'src/cart/one.ts': lines(3, 'one') });
    green(town, one.head);
    await answers(ci, one.head, 'success');
    await town.rest();
    expect(town.check(one)).toMatchObject({ conclusion: 'success' });
    town.hub.person('zoe');
  });
  afterAll(() => town[Symbol.asyncDispose]());

  /** What a CI says of a commit; null: it has begun. */
  const answers = (
    as: InstalledApp | undefined,
    sha: string,
    conclusion: 'success' | 'failure' | null,
  ) =>
    clientOf(town.hub, as?.token() ?? '').rest.checks.create({
      ...{ owner: 'acme', repo: 'shop', name: 'build', head_sha: sha },
      ...(conclusion === null
        ? { status: 'in_progress' as const }
        : { status: 'completed' as const, conclusion }),
    });
  /** The page that the check of a commit links to. */
  const pageOf = (sha: string, cookie: string) =>
    fetch(checkAt(town, sha)?.detailsUrl ?? '', { headers: { cookie }, redirect: 'manual' });
  const shownTo = async (cookie: string, sha: string) =>
    plainText(await (await pageOf(sha, cookie)).text());

  test('and a group of which no word came are found by looking, and let go of the same way', async () => {
    town.hub.faults.delivery({ event: 'merge_group' }, { kind: 'lost' });
    await enqueues(town, one);
    const group = groupOf(town, one);
    expect(checkAt(town, group)).toBeUndefined();
    expect(await town.app.reconcile()).toMatchObject({ faults: [] });
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({
      status: 'in_progress',
      title: 'WAITING · for gate ci',
    });

    const { state, world } = town.repository;
    await exclusively(state, () => dequeue(world, state, one.number, 'MANUAL'));
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({ status: 'in_progress' });
    await town.app.reconcile();
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({ conclusion: 'cancelled' });
    const kim = await signsIn(town, 'kim', checkAt(town, group)?.detailsUrl ?? '');
    expect(await shownTo(kim, group)).toContain('does not ask for this commit any more');
    town.hub.faults.clear();
  });

  test('has to pass on the commit of the group as well, by the app that the policy names', async () => {
    const group = await queued();
    green(town, group);
    const kim = await signsIn(town, 'kim', checkAt(town, group)?.detailsUrl ?? '');
    const waits = async (detail: string) => {
      expect(checkAt(town, group)).toMatchObject({
        status: 'in_progress',
        title: 'WAITING · for gate ci',
      });
      expect(checkAt(town, group)?.summary).toContain(detail);
      expect(await shownTo(kim, group)).toContain(detail);
    };
    await waits('build has not reported');
    await answers(other, group, 'success');
    await town.rest();
    await waits('build has not reported');
    await answers(ci, group, null);
    await town.rest();
    await waits('build is in progress');
    await answers(ci, group, 'failure');
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({
      conclusion: 'failure',
      title: "FAIL · gate ci on the group's commit",
    });
    expect(await shownTo(kim, group)).toContain('its check ended in a failure');
    expect(town.repository.state.queue).toEqual([]);
    expect(one.state.mergedAt).toBeNull();
  });

  test('that never answers there fails when its own time is over, and not before', async () => {
    const group = await queued();
    await answers(other, group, 'success');
    await town.passes(35 * 60_000);
    expect(checkAt(town, group)).toMatchObject({
      status: 'in_progress',
      title: 'WAITING · for gate ci',
    });
    await town.passes(6 * 60_000);
    expect(checkAt(town, group)).toMatchObject({ conclusion: 'failure' });
    expect(checkAt(town, group)?.summary).toContain(
      'never reported on this head; 1 of this name come from another app',
    );
    expect(town.repository.state.queue).toEqual([]);
  });

  test('lets the group land once it passes there, and the page says so to whom the repository lets read', async () => {
    const group = await queued();
    await answers(ci, group, 'success');
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({
      conclusion: 'success',
      title: 'PASS · #1 as it lands',
    });
    const page = checkAt(town, group)?.detailsUrl ?? '';
    const [kim, zoe] = [await signsIn(town, 'kim', page), await signsIn(town, 'zoe', page)];
    expect(await shownTo(kim, group)).toMatch(/PASS.*#1 as/);
    const hidden = await pageOf(group, zoe);
    expect([hidden.status, await hidden.text()]).toEqual([
      404,
      expect.not.stringContaining('shop'),
    ]);
    const asked = await pageOf(group, '');
    expect([asked.status, asked.headers.get('location')]).toEqual([
      302,
      `/login?to=${encodeURIComponent(new URL(page).pathname)}`,
    ]);
    green(town, group);
    await town.rest();
    expect(town.repository.tip()).toBe(group);
    expect(one.state.mergedAt).not.toBeNull();
    town.hub.takeMismatches();
    judge(town.hub);
  });

  /** @returns the commit that the queue has made of it. */
  async function queued(): Promise<string> {
    await enqueues(town, one);
    return groupOf(town, one);
  }
});

/** Signs somebody in, as a browser would. @returns the cookie that says who it is. */
async function signsIn(town: Town, login: string, page: string): Promise<string> {
  const follows = (url: string, init: RequestInit) => fetch(url, { ...init, redirect: 'manual' });
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const begun = await follows(`${town.app.address}/login?to=${new URL(page).pathname}`, {});
  const allowed = await follows(`${begun.headers.get('location')}&as=${login}`, { method: 'POST' });
  const cookie = cookieOf(begun);
  return cookieOf(await follows(allowed.headers.get('location') ?? '', { headers: { cookie } }));
}

/** What a page says, without its tags. */
const plainText = (page: string): string =>
  page
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
