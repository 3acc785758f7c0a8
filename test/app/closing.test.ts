import { expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { guards } from './guarded.ts';
import { openTown } from './town.ts';
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
