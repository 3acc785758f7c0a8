/** Words in comments of whose creation no word came, or comes later: the forge has to vouch for them. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { law, openTown, type Town } from './town.ts';
import { askedPull, waivedPull } from './waived.ts';

let town: Town;
beforeAll(async () => {
  const policy = `${law['.caws/policy.yaml']}waivers: { max_active_waivers_per_gate: 100 }\n`;
  const files = { ...law, '.caws/policy.yaml': policy };
  town = await openTown({ files, hub: { referee: false } });
});
afterEach(() => town.hub.faults.clear());
afterAll(() => town[Symbol.asyncDispose]());

const created = { event: 'issue_comment.created' };
const shown = (pull: PullHandle) => town.check(pull)?.conclusion;
const answersTo = (pull: PullHandle, login: string) =>
  pull.comments.filter(({ body }) => body.startsWith(`@${login}`)).map(({ body }) => body);

test("what somebody puts into another's comment within its second approves nothing, and is said", async () => {
  const { pull, waiver } = await askedPull(town, 'forged');
  town.hub.faults.delivery(created, { kind: 'late' });
  const word = town.hub.person('max').comments(pull, 'I will look at this after lunch.');
  town.hub.person('kim').edits(word, `/caws approve ${waiver}`);
  await town.rest();
  expect(shown(pull)).toBe('action_required');
  expect(answersTo(pull, 'max')).toMatchObject([expect.stringContaining('edited')]);
  town.hub.faults.release();
  await town.rest();
  expect(shown(pull)).toBe('action_required');
  // Whoever meant it writes it again.
  town.hub.faults.clear();
  town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
  await town.rest();
  expect(shown(pull)).toBe('success');
});

test('an approval whose delivery is lost counts where the forge says that nobody edited it, and waits until it can say so', async () => {
  const { pull, waiver } = await askedPull(town, 'lost');
  town.hub.faults.delivery(created, { kind: 'lost' });
  town.hub.faults.request({ route: 'graphql' }, { kind: 'status', status: 502 });
  town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
  await town.hears(pull);
  expect(shown(pull)).toBe('action_required');
  expect(answersTo(pull, 'max')).toEqual([]);
  town.hub.faults.clear();
  await town.passes(120_000);
  expect(shown(pull)).toBe('success');
});

test.each(['lost', 'dropped'] as const)(
  'a revocation whose delivery was %s, and is offered no more, is found by looking, once',
  async (how) => {
    const { pull, waiver } = await waivedPull(town, `revoked-${how}`);
    town.hub.faults.delivery({}, { kind: how });
    const max = town.hub.person('max');
    max.comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
    await town.rest();
    town.hub.faults.clear();
    expect(shown(pull)).toBe('success');
    // GitHub forgets after three days what it could not deliver.
    await town.restart(how === 'lost' ? 60_000 : 4 * 86_400_000);
    await town.app.reconcile();
    await town.rest();
    expect(shown(pull)).toBe('action_required');
    await town.app.reconcile();
    await town.rest();
    expect(await town.app.reconcile()).toMatchObject({ found: 0 });
  },
);
