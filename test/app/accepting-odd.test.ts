/** Acceptance where names are odd, a change is for several specs, the repository moves, or the policy only looks on. */
import { expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { rename } from '../hub/world.ts';
import { shopPolicy, shopSpec } from '../shop.ts';
import { law, openTown, type Town } from './town.ts';

const lastReply = (pull: PullHandle) =>
  pull.comments.findLast(({ body }) => body.startsWith('@'))?.body ?? '';

async function says(town: Town, pull: PullHandle, line: string): Promise<string> {
  town.hub.person('max').comments(pull, line);
  await town.rest();
  return lastReply(pull);
}

const shown = (town: Town, ...pulls: readonly PullHandle[]) =>
  pulls.map((pull) => town.check(pull)?.conclusion);

async function opens(
  town: Town,
  branch: string,
  { base = 'main', files = { [`src/cart/${branch}.ts`]: 'ok();\n' }, message = 'Work' } = {},
): Promise<PullHandle> {
  const kim = town.hub.person('kim');
  await kim.push(town.repository, branch, files, message, { from: 'main' });
  const pull = await kim.opens(town.repository, { head: branch, base, title: branch });
  await town.rest();
  return pull;
}

test('a change of several specs is superseded by the accepted one of any of them, and is accepted for none', async () => {
  const tax = shopSpec
    .replace('CART-1', 'TAX-2')
    .replace('[src/cart, test/cart]', '[src/tax]')
    .replace('modules: [src/cart]', 'modules: [src/tax]')
    .replace('path: src/cart/total.ts', 'path: src/tax/rate.ts');
  const files = {
    ...law,
    '.caws/specs/TAX-2.yaml': tax,
    '.caws/policy.yaml': `${shopPolicy}several_specs: true\n`,
    'src/tax/rate.ts': 'export const rate = 0;\n',
  };
  await using town = await openTown({ files, hub: { referee: false } });
  const both = { 'src/cart/both.ts': 'ok();\n', 'src/tax/both.ts': 'ok();\n' };
  const message = 'Both\n\nCAWS-SPEC: CART-1\nCAWS-SPEC: TAX-2';
  const [two, cart, taxes] = [
    await opens(town, 'both', { files: both, message }),
    await opens(town, 'cart'),
    await opens(town, 'taxes', { files: { 'src/tax/more.ts': 'ok();\n' } }),
  ];
  expect(shown(town, two, cart, taxes)).toEqual(['success', 'success', 'success']);
  expect(await says(town, two, '/caws accept')).toMatch(/several specs/);
  expect(shown(town, two, cart, taxes)).toEqual(['success', 'success', 'success']);
  // Its record names the first of its specs, and the second one supersedes it as well.
  for (const [winner, other] of [
    [taxes, cart],
    [cart, taxes],
  ] as const) {
    await says(town, winner, '/caws accept');
    expect([winner.number, ...shown(town, two, winner, other)]).toEqual([
      ...[winner.number, 'failure', 'success', 'success'],
    ]);
    expect(town.check(two)?.title).toContain(`#${winner.number} was accepted`);
    // Pushed anew it is superseded from the first look.
    const again = { 'src/cart/both.ts': `again(${winner.number});\n` };
    await town.hub.person('kim').push(town.repository, 'both', again, message);
    await town.rest();
    expect(shown(town, two)).toEqual(['failure']);
    await says(town, winner, '/caws unaccept');
    expect(shown(town, two, winner, other)).toEqual(['success', 'success', 'success']);
  }
});

/** The longest that git keeps as a file on most systems; with the spec's name it is more than a ledger takes. */
const long = `${'long/'.repeat(30)}${'x'.repeat(80)}`;
const odd = ["a'b$(x)", 'zürich/日本語-🛒', 'refs/heads/main', '-', long, 'main;CART-1'];

test('whom people accept for a branch of an odd name is the rival of nobody else', async () => {
  await using town = await openTown({ hub: { referee: false } });
  const elsewhere = await opens(town, 'elsewhere');
  for (const [at, base] of odd.entries()) {
    await town.hub.person('ada').push(town.repository, base, {}, 'Odd', { from: 'main' });
    const winner = await opens(town, `one${at}`, { base });
    const loser = await opens(town, `two${at}`, { base });
    const all = () => [base, ...shown(town, winner, loser, elsewhere)];
    expect(all()).toEqual([base, 'success', 'success', 'success']);
    await says(town, winner, '/caws accept');
    expect(all()).toEqual([base, 'success', 'failure', 'success']);
    await town.hears(loser);
    expect(all()).toEqual([base, 'success', 'failure', 'success']);
    await says(town, winner, '/caws unaccept');
    expect(all()).toEqual([base, 'success', 'success', 'success']);
  }
});

test('an acceptance outlives a new name of its repository, and a start anew after it', async () => {
  await using town = await openTown({ hub: { referee: false } });
  const [winner, loser] = [await opens(town, 'one'), await opens(town, 'two')];
  await says(town, winner, '/caws accept');
  rename(town.hub.world, town.repository.state, 'store');
  const late = await opens(town, 'late');
  expect(shown(town, winner, loser, late)).toEqual(['success', 'failure', 'failure']);
  await town.restart();
  await town.hears(loser);
  expect(shown(town, winner, loser, late)).toEqual(['success', 'failure', 'failure']);
  await says(town, winner, '/caws unaccept');
  expect(shown(town, winner, loser, late)).toEqual(['success', 'success', 'success']);
});

test('where the policy only observes nobody is accepted, and nobody superseded', async () => {
  const files = { ...law, '.caws/policy.yaml': `${shopPolicy}mode: observe\n` };
  await using town = await openTown({ files, hub: { referee: false } });
  const [one, two] = [await opens(town, 'one'), await opens(town, 'two')];
  const preview = () => [one, two].map((pull) => town.check(pull, 'CAWS preview')?.conclusion);
  const before = preview();
  expect(await says(town, one, '/caws accept')).toMatch(
    /nobody is accepted|does not pass|no pass/i,
  );
  expect(preview()).toEqual(before);
  expect(town.check(two, 'CAWS preview')?.title).not.toContain('superseded');
});
