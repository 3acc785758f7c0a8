/** A check hangs on a commit, not on a branch: what passed for one target must not open another. */
import { describe, expect, test } from 'vitest';
import { dequeue } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { judge } from '../hub/testing.ts';
import { CHECK, FREE, guards, policyOf, shownAt } from './guarded.ts';
import { checkAt, enqueues, groupOf, passing, queueTown } from './merge-queue.ts';
import { openTown, type Town } from './town.ts';
import { lines, waivedPull } from './waived.ts';

const total = (count: number) => ({ 'src/cart/total.ts': lines(count) });

async function laxTown(): Promise<Town> {
  const town = await openTown();
  const ada = town.hub.person('ada');
  await ada.push(town.repository, 'lax', policyOf(900), 'L', { from: 'main' });
  guards(town);
  return town;
}

describe('a head that passed for a mild branch', () => {
  test('cannot be aimed at a guarded one and merged before it was heard', async () => {
    await using town = await laxTown();
    const pull = await town.opens('sly', total(400), 'lax');
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [FREE]: 'success' });
    const kim = town.hub.person('kim');
    await kim.changes(pull, { base: 'main' });
    expect(await kim.merges(pull)).toMatchObject({ ok: false, status: 405 });
    await town.rest();
    expect(shownAt(town, pull.head)[CHECK]).toBe('action_required');
    // What was said of the other target is over.
    expect(shownAt(town, pull.head)[FREE]).toBe('cancelled');
    judge(town.hub);
  });

  test('cannot be opened a second time into a guarded one and merged before it was heard', async () => {
    await using town = await laxTown();
    const pull = await town.opens('sly', total(400), 'lax');
    await town.rest();
    const kim = town.hub.person('kim');
    const twin = await kim.opens(town.repository, { head: 'sly', base: 'main', title: 'Twin' });
    expect(await kim.merges(twin)).toMatchObject({ ok: false, status: 405 });
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [FREE]: 'success', [CHECK]: 'action_required' });
    judge(town.hub);
  });

  test('cannot be merged into another guarded one where each has a name of its own', async () => {
    await using town = await laxTown();
    guards(town, ['lax'], `${CHECK} (lax)`);
    const pull = await town.opens('sly', total(400), 'lax');
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [`${CHECK} (lax)`]: 'success' });
    const kim = town.hub.person('kim');
    await kim.changes(pull, { base: 'main' });
    expect(await kim.merges(pull)).toMatchObject({ ok: false, status: 405 });
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({
      [`${CHECK} (lax)`]: 'cancelled',
      [CHECK]: 'action_required',
    });
    judge(town.hub);
  });
});

describe('a pass under the required name', () => {
  test('ends when its head is aimed elsewhere, and comes back with its target', async () => {
    await using town = await laxTown();
    const pull = await town.opens('honest', total(9));
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'success' });
    const kim = town.hub.person('kim');
    await kim.changes(pull, { base: 'lax' });
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'cancelled', [FREE]: 'success' });
    await kim.changes(pull, { base: 'main' });
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'success', [FREE]: 'cancelled' });
    judge(town.hub);
  });

  test('that rests on a waiver does not come back where the waiver was revoked while it was aimed elsewhere', async () => {
    await using town = await laxTown();
    const { pull, waiver } = await waivedPull(town);
    const kim = town.hub.person('kim');
    await kim.changes(pull, { base: 'lax' });
    await town.rest();
    const max = town.hub.person('max');
    max.comments(pull, `/caws revoke ${waiver} reason:"this one was a mistake of mine"`);
    await town.rest();
    await kim.changes(pull, { base: 'main' });
    await town.rest();
    expect(shownAt(town, pull.head)[CHECK]).toBe('action_required');
    judge(town.hub);
  });

  test('ends when a push leaves its head, so that nothing lapses there before it is pushed back', async () => {
    await using town = await openTown();
    guards(town);
    const { pull } = await waivedPull(town);
    const passed = pull.head;
    expect(shownAt(town, passed)).toEqual({ [CHECK]: 'success' });
    const kim = town.hub.person('kim');
    await kim.push(town.repository, 'large', { 'src/cart/late.ts': lines(400) });
    await town.rest();
    expect(shownAt(town, passed)).toEqual({ [CHECK]: 'cancelled' });
    await town.passes(9 * 86_400_000);
    await town.restart();
    await kim.resets(town.repository, 'large', passed);
    expect(await kim.merges(pull)).toMatchObject({ ok: false, status: 405 });
    await town.rest();
    expect(shownAt(town, passed)).toEqual({ [CHECK]: 'action_required' });
    judge(town.hub);
  });

  test('of a head that was left is taken back later where the forge does not answer at once', async () => {
    await using town = await openTown();
    guards(town);
    const pull = await town.opens('honest', total(9));
    await town.rest();
    const passed = pull.head;
    const route = '/repos/{owner}/{repo}/check-runs/{check_run_id}';
    town.hub.faults.request({ method: 'PATCH', route, call: 1 }, { kind: 'status', status: 502 });
    await town.hub.person('kim').push(town.repository, 'honest', total(8));
    await town.rest();
    await town.passes(60_000);
    expect(shownAt(town, passed)).toEqual({ [CHECK]: 'cancelled' });
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'success' });
    judge(town.hub);
  });

  test('comes as soon as a branch demands it, and ends as soon as it does not', async () => {
    await using town = await openTown();
    const pull = await town.opens('honest', total(9));
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [FREE]: 'success' });
    const ruleset = guards(town);
    await town.passes(6 * 60_000);
    await town.app.reconcile();
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'success', [FREE]: 'cancelled' });
    town.repository.state.rulesets.delete(ruleset.id);
    await town.passes(6 * 60_000);
    await town.app.reconcile();
    await town.rest();
    expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'cancelled', [FREE]: 'success' });
    judge(town.hub);
  });
});

test('a name that opens nothing never passes where a branch asks for it, whoever stands at its commit', async () => {
  await using town = await laxTown();
  guards(town, ['odd'], FREE);
  const [kim, ada] = [town.hub.person('kim'), town.hub.person('ada')];
  await ada.push(town.repository, 'odd', { 'src/cart/odd.ts': lines(1, 'odd') }, 'O', {
    from: 'main',
  });
  const odd = await town.opens('sly', total(9), 'odd');
  await town.rest();
  expect(shownAt(town, odd.head)).toEqual({ [FREE]: 'action_required' });
  const { title, summary } = town.check(odd) ?? {};
  expect(title).toBe('OPENS NOTHING · the branch is to ask for CAWS verdict');
  expect(summary).toContain('Let the ruleset of `odd` ask for `CAWS verdict`');
  // The same commit into a branch that demands none, and may pass there.
  await kim.opens(town.repository, { head: 'sly', base: 'lax', title: 'Twin' });
  await town.rest();
  expect(shownAt(town, odd.head)).toEqual({ [FREE]: 'action_required' });
  expect(await kim.merges(odd)).toMatchObject({ ok: false, status: 405 });
  judge(town.hub);
});

test('a commit that left its merge queue keeps no pass, and one that landed keeps it', async () => {
  await using town = await queueTown('SQUASH', {}, { referee: false });
  const one = await passing(town, 'one');
  await enqueues(town, one);
  const left = groupOf(town, one);
  expect(checkAt(town, left)).toMatchObject({ conclusion: 'success' });
  const { state, world } = town.repository;
  await exclusively(state, () => dequeue(world, state, one.number, 'MANUAL'));
  await town.rest();
  await town.passes(20_000);
  expect(checkAt(town, left)).toMatchObject({ conclusion: 'cancelled' });
  const two = await passing(town, 'two');
  await enqueues(town, two);
  const landed = groupOf(town, two);
  town.hub
    .person('max')
    .setsStatus(town.repository, landed, { context: 'tests', state: 'success' });
  await town.rest();
  expect(town.repository.tip('main')).toBe(landed);
  await town.passes(20_000);
  expect(checkAt(town, landed)).toMatchObject({ conclusion: 'success' });
  judge(town.hub);
});
