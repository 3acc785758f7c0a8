import { expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { CHECK, guards } from './guarded.ts';
import { openTown, type Town } from './town.ts';
import { lines } from './waived.ts';

/** max presses a button of the check that a pull request has now. */
async function presses(town: Town, pull: PullHandle, button: string): Promise<void> {
  const { id = 0 } = town.check(pull) ?? {};
  town.hub.person('max').pressesButton(town.repository, { id }, button);
  await town.rest();
}

test('a button is about the pull request that its check speaks of, not one that comes to the same commit later', async () => {
  await using town = await openTown();
  const release = `${CHECK} (release)`;
  await town.hub.person('ada').push(town.repository, 'release', {}, 'Release', { from: 'main' });
  guards(town);
  guards(town, ['release'], release);
  const pull = await town.opens('small', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  await presses(town, pull, 'merge');
  expect(pull.state.state).toBe('closed');
  const kim = town.hub.person('kim');
  const twin = await kim.opens(town.repository, { head: 'small', base: 'release', title: 'Twin' });
  await town.rest();
  expect(town.check(twin, release)).toMatchObject({ conclusion: 'success' });
  expect(twin.state.state).toBe('open');
  await presses(town, twin, 'merge');
  expect(twin.state.state).toBe('closed');
  judge(town.hub);
});

test('a button that is pressed again beside a new verdict does what it did before', async () => {
  await using town = await openTown();
  const pull = await town.opens('small', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  const verdicts = [town.check(pull)?.externalId];
  for (const _ of ['once', 'twice']) {
    await presses(town, pull, 'recheck');
    verdicts.push(town.check(pull)?.externalId);
  }
  expect(new Set(verdicts).size).toBe(3);
  judge(town.hub);
});

test('a button that was of no use does what it says when it is pressed again, beside the same verdict', async () => {
  await using town = await openTown();
  guards(town);
  const pull = await town.opens('small', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  const max = town.hub.person('max');
  max.comments(pull, '/caws hold');
  await town.rest();
  const verdict = town.check(pull)?.externalId;
  await presses(town, pull, 'merge');
  expect(pull.state.state).toBe('open');
  max.comments(pull, '/caws unhold');
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success', externalId: verdict });
  await presses(town, pull, 'merge');
  expect(pull.state.state).toBe('closed');
  judge(town.hub);
});
