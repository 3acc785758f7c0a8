import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyEvents } from '../../src/adapters/roster/applying.ts';
import { eventsOf } from '../../src/adapters/roster/history.ts';
import { register } from '../../src/adapters/roster/registering.ts';
import { openRoster } from '../../src/adapters/roster/roster.ts';
import type { Instant } from '../../src/primitives.ts';
import { decisionOf, executionOf, must, profileOf } from '../adapters/roster/kit.ts';
import { gitNow } from '../git-now.ts';
import { openTown, type Town } from './town.ts';
import { lines, waivedPull } from './waived.ts';

const rosterIn = (town: Town, access: 'create' | 'open') =>
  must(openRoster({ file: join(String(town.environment['ARBITER_DATA']), 'models.db'), access }));

/** A model is on the app's own roster, and what stands at this commit is its work. */
function isWorkOf(town: Town, model: string, head: string): void {
  using roster = rosterIn(town, 'create');
  const at = (town.now() - 600_000) as Instant;
  const put = { at, because: 'first', replace: false, status: 'active' } as const;
  must(register(roster, { ...put, profile: profileOf(model) }));
  const events = [decisionOf('d1', model, { at }), executionOf('d1', { at, head })];
  for (const applied of must(applyEvents(roster, events))) must(applied);
}

function recordOf(town: Town, model: string) {
  using roster = rosterIn(town, 'open');
  const happened = must(eventsOf(roster, model, 20)).map(
    ({ body }) => body as { readonly kind: string; readonly verdict?: string },
  );
  return {
    happened: happened
      .map(({ kind, verdict }) => (kind === 'verdict' ? `verdict ${verdict}` : kind))
      .toReversed()
      .slice(3),
    tallies: must(roster.model(model))?.performance['code-editing']?.tallies,
  };
}

test('what is decided of a model’s pull request, waived for it and taken back again reaches its record once', async () => {
  await using town = await openTown();
  const { pull } = await waivedPull(town);
  isWorkOf(town, 'one', pull.head);
  // Nothing was learned when the app went down; its first pass finds all of it in the ledger.
  await town.restart();
  const passes = async () => {
    await town.app.reconcile();
    await town.rest();
  };
  await passes();
  await passes();
  // What was too large, the same with its waiver asked for, and approved.
  const held = 'verdict WAIVER_REQUIRED';
  const verdicts = [held, held, 'verdict PASS'];
  expect(recordOf(town, 'one')).toMatchObject({
    happened: verdicts,
    tallies: { waived: { count: 1, mean: 1 }, compliance: { count: 1, mean: 0.5 } },
  });
  town.hub.person('kim').comments(pull, '/caws merge');
  await town.rest();
  const [landed, before] = gitNow({
    args: ['-C', town.repository.folder, 'log', '-2', '--format=%H', 'main'],
  }).split('\n');
  expect(pull.state.mergedAt).not.toBeNull();
  // Whose words are not true takes nothing back.
  const says = `This reverts commit ${landed}.`;
  const [ada, main] = [town.hub.person('ada'), 'main'];
  await ada.push(town.repository, main, { 'notes.md': 'All of it.\n' }, `Undo\n\n${says}`);
  await town.rest();
  expect(recordOf(town, 'one').happened).toEqual(verdicts);
  await ada.resets(town.repository, main, landed ?? '');
  await ada.push(town.repository, main, { 'src/cart/large.ts': null }, `Undo\n\n${says}`);
  await town.rest();
  await town.restart();
  await passes();
  expect(before).toMatch(/^[0-9a-f]{40}$/);
  expect(recordOf(town, 'one')).toMatchObject({
    happened: [...verdicts, 'revert'],
    tallies: { reverted: { count: 1, mean: 1 } },
  });
});

test('an app without a roster makes none, and one that cannot be read stops no pass', async () => {
  await using town = await openTown();
  await town.opens('prices', { 'src/cart/prices.ts': lines(3, 'price') });
  await town.rest();
  await town.app.reconcile();
  const file = join(String(town.environment['ARBITER_DATA']), 'models.db');
  expect(() => rosterIn(town, 'open')).toThrow('missing');
  gitNow({ args: ['init', '--quiet', '--bare', file] });
  await expect(town.app.reconcile()).resolves.toBeDefined();
  expect(town.log.join('')).toContain('nothing is learned for now');
});
