/** A page that is open while its verdict comes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLive } from '../../app/pages/live.ts';
import type { SingleState } from '../../src/5-publication/check/state.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { judge } from '../hub/testing.ts';
import { openTown, type Town } from './town.ts';

const id = '0198f0a0-0000-7000-8000-000000000001' as VerdictId;
const other = '0198f0a0-0000-7000-8000-000000000002' as VerdictId;
const queued = (ahead: number): SingleState => ({
  ...{ kind: 'queued', ahead, runner: null, since: 0 as never },
});

describe('whoever watches', () => {
  test('is told of each change, also of one that comes while it looks away', async () => {
    const live = openLive();
    const changes = live.watch(id)?.[Symbol.asyncIterator]();
    if (changes === undefined) throw new Error('nobody may watch');
    await changes.next();
    live.tell(id, queued(2));
    live.tell(id, queued(1));
    await changes.next();
    expect(live.of(id)).toMatchObject({ ahead: 1 });
    const next = changes.next();
    live.tell(other, queued(9));
    live.tell(id, queued(0));
    await next;
    expect(live.of(id)).toMatchObject({ ahead: 0 });
  });

  test('is let go at once when the app stops, and nobody new may wait', async () => {
    const live = openLive();
    const changes = live.watch(id)?.[Symbol.asyncIterator]();
    await changes?.next();
    const next = changes?.next();
    live.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(live.watch(id)).toBeNull();
  });

  test('finds no place where too many are, and one again when somebody leaves', async () => {
    const live = openLive();
    const all = Array.from({ length: 256 }, () => live.watch(id)?.[Symbol.asyncIterator]());
    for (const each of all) await each?.next();
    expect(live.watch(other)).toBeNull();
    await all[0]?.return?.();
    expect(live.watch(other)).not.toBeNull();
    live.close();
  });

  test('a state that nobody asks for any more is forgotten', () => {
    const live = openLive();
    live.tell(id, queued(1));
    for (let at = 0; at < 5_000; at += 1) live.tell(`other-${at}` as VerdictId, queued(at));
    expect(live.of(id)).toBeNull();
  });
});

describe('the page of a verdict to come', () => {
  let town: Town;
  beforeAll(async () => {
    town = await openTown({ visited: true });
  });
  afterAll(() => town[Symbol.asyncDispose]());

  /** The text of a stream up to what is wanted. */
  async function reads(response: Response, wanted: string): Promise<string> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes(wanted)) return text;
    }
    return text;
  }

  test('follows until there is one', async () => {
    // Only where verdicts are known to be asked for is anybody told to wait.
    await town.opens('first', { 'src/cart/total.ts': 'b\n' });
    await town.rest();
    town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
    const pull = await town.opens('slow', { 'src/cart/total.ts': 'a\n' });
    await town.rest();
    const url = town.check(pull)?.detailsUrl ?? '';
    const page = await fetch(url);
    expect(await page.text()).toContain('Waiting for GitHub');
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'");
    const events = await fetch(`${url}/events`);
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    town.hub.faults.clear();
    const reading = reads(events, 'event: over');
    await town.passes(60_000);
    const text = await reading;
    expect(text).toContain('Waiting for GitHub');
    expect(text).toContain('event: over\n');
    const decided = await fetch(url);
    expect(await decided.text()).toContain('PASS');
    expect(decided.headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('and its stream close at once for whom the repository is hidden from', async () => {
    town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
    const pull = await town.opens('hidden', { 'src/cart/total.ts': 'c\n' });
    await town.rest();
    const url = town.check(pull)?.detailsUrl ?? '';
    const events = await fetch(`${url}/events`);
    expect(events.status).toBe(200);
    const reading = reads(events, 'event: over');
    town.hub.hides(town.repository, town.hub.person('ada'), true);
    await town.rest();
    const page = await fetch(url, { redirect: 'manual' });
    expect(page.status).toBe(302);
    town.hub.faults.clear();
    await town.passes(60_000);
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    const text = await reading;
    expect(text).toContain('Waiting for GitHub');
    expect(text).not.toMatch(/event: over|5\/5|4\/5|3\/5|2\/5|1\/5/);
    town.hub.hides(town.repository, town.hub.person('ada'), false);
    await town.rest();
    expect((await fetch(url)).status).toBe(200);
  });

  test('has no events for whom it is not there', async () => {
    const absent = await fetch(`${town.app.address}/v/${id}/events`, { redirect: 'manual' });
    expect([absent.status, absent.headers.get('location')]).toEqual([
      302,
      `/login?to=${encodeURIComponent(`/v/${id}/events`)}`,
    ]);
  });

  test('all of it is what GitHub documents', () => {
    judge(town.hub);
  });
});
