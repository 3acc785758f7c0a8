import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { CHECK, guards, shownAt } from './guarded.ts';
import { law, openTown } from './town.ts';
import { lines, waivedPull } from './waived.ts';

test('a pass ends with its pull request, so that nothing lapses unseen before it is opened again', async () => {
  await using town = await openTown();
  guards(town);
  const { pull } = await waivedPull(town);
  const kim = town.hub.person('kim');
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  await kim.closes(pull);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ status: 'queued', conclusion: null });
  // Within the waiver's time it passes again, once it was heard.
  await kim.reopens(pull);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  await kim.closes(pull);
  await town.rest();
  await town.passes(9 * 86_400_000);
  // Its token of then is over; an app that starts asks for a new one.
  await town.restart();
  await kim.reopens(pull);
  expect(await kim.merges(pull)).toMatchObject({ ok: false, status: 405 });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
  judge(town.hub);
});

test('a pull request that was closed without a word of it is found by looking', async () => {
  await using town = await openTown();
  const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  town.hub.faults.delivery({}, { kind: 'lost' });
  await town.hub.person('kim').closes(pull);
  await town.rest();
  town.hub.faults.clear();
  expect(await town.app.reconcile()).toMatchObject({ found: 1 });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ status: 'queued', conclusion: null });
  expect(await town.app.reconcile()).toMatchObject({ found: 0 });
  judge(town.hub);
});

test('a repository that cannot be looked at keeps none of the others from being', async () => {
  await using town = await openTown();
  const owner = town.hub.organization('acme');
  const other = await town.hub.repository({ owner, name: 'other', files: law });
  const kim = town.hub.person('kim');
  town.hub.collaborator(other, kim, 'write');
  await kim.push(other, 'prices', { 'src/cart/total.ts': lines(3) }, 'Prices', { from: 'main' });
  const pull = await kim.opens(other, { head: 'prices', base: 'main', title: 'Prices' });
  // The first one is judged, too.
  await town.opens('prices', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  town.hub.faults.delivery({}, { kind: 'lost' });
  town.installed.reaches([other]);
  await kim.closes(pull);
  await town.rest();
  town.hub.faults.clear();
  expect(await town.app.reconcile()).toMatchObject({
    found: 1,
    faults: [{ kind: 'forge-refused' }],
  });
  judge(town.hub);
});

test('a pass ends with its merge, also where the branch is gone before word of it comes', async () => {
  await using town = await openTown();
  const ada = town.hub.person('ada');
  await ada.push(town.repository, 'release', {}, 'Release', { from: 'main' });
  guards(town, ['release']);
  const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) }, 'release');
  await town.rest();
  expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'success' });
  town.hub.faults.delivery({}, { kind: 'late' });
  await town.hub.person('kim').merges(pull, { method: 'squash' });
  await ada.deletesBranch(town.repository, 'release');
  town.hub.faults.clear();
  town.hub.faults.release();
  await town.rest();
  expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'cancelled' });
  expect(await town.app.reconcile()).toMatchObject({ found: 0 });
  judge(town.hub);
});

test('a merge that cannot be noted leaves no pass, and is noted when git answers, however long that takes', async () => {
  await using town = await openTown();
  guards(town);
  const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
  await town.hub.person('kim').merges(pull);
  await town.rest();
  expect(shownAt(town, pull.head)).toEqual({ [CHECK]: 'cancelled' });
  for (const minutes of [1, 10, 40]) await town.passes(minutes * 60_000);
  town.hub.faults.clear();
  // Its token of then is over; an app that starts asks for a new one.
  await town.restart();
  await town.passes(3_600_000);
  expect(
    execFileSync('git', ['-C', town.repository.folder, 'notes', '--ref=refs/notes/caws', 'list'], {
      encoding: 'utf8',
    }),
  ).not.toBe('');
  judge(town.hub);
});
