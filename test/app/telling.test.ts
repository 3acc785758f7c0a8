/** What is told besides the check, and what is stopped: comments, reactions, cancelling. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommentHandle, PullHandle } from '../hub/handles.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { CHECK, guards, shownAt } from './guarded.ts';
import { law, openTown, type Town } from './town.ts';
import { ask, askedPull, lines, waivedPull } from './waived.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town[Symbol.asyncDispose]());

const shown = (pull: PullHandle) => town.check(pull)?.summary ?? '';
const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
const reactionsOn = ({ pull, id }: CommentHandle) =>
  pull.comments.find((each) => each.id === id)?.reactions.map(({ content }) => content);

const writing = [
  { method: 'POST', route: '/repos/{owner}/{repo}/issues/{issue_number}/comments' },
  { method: 'PATCH', route: '/repos/{owner}/{repo}/issues/comments/{comment_id}' },
  { method: 'POST', route: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions' },
] as const;

test('where GitHub refuses every comment and reaction, commands count and the check says what was not said', async () => {
  for (const match of writing)
    town.hub.faults.request(match, {
      kind: 'status',
      status: 403,
      message: 'Resource not accessible by integration',
    });
  const { pull, waiver } = await waivedPull(town, 'refused');
  expect(conclusion(pull)).toBe('success');
  expect(pull.comments.filter(({ body }) => !body.startsWith('/caws'))).toEqual([]);
  const max = town.hub.person('max');
  max.comments(pull, '/caws aprove W-1');
  await town.rest();
  expect(shown(pull)).toContain("GitHub refused a comment of the arbiter's** (status 403)");
  expect(shown(pull)).toContain('there is no command `aprove`. Did you mean `approve`?');
  max.comments(pull, `/caws revoke ${waiver} reason:"it was meant for another change"`);
  await town.rest();
  expect(conclusion(pull)).toBe('action_required');

  town.hub.faults.clear();
  max.comments(pull, '/caws status');
  await town.rest();
  expect(pull.comments.map(({ body }) => body).join()).toContain('so it stands now');
  expect(shown(pull)).not.toContain('GitHub refused');
});

test('a comment that was folded away is shown again as soon as somebody has to act', async () => {
  const { pull, waiver } = await waivedPull(town, 'folded');
  const folded = () =>
    pull.comments.find(({ body }) => body.startsWith('<!-- caws:sticky'))?.minimizedReason;
  expect([conclusion(pull), folded()]).toEqual(['success', 'resolved']);
  town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  await town.rest();
  expect([conclusion(pull), folded()]).toEqual(['action_required', null]);
});

test('where a branch requires two names of a verdict, the check says that nothing can land there', async () => {
  const files = { 'src/cart/twice.ts': lines(1, 'twice') };
  await town.hub.person('ada').push(town.repository, 'twice', files, 'T', { from: 'main' });
  const special = `${CHECK} (twice)`;
  for (const name of [CHECK, special]) guards(town, ['twice'], name);
  const pull = await town.opens('both', { 'src/cart/both.ts': lines(3) }, 'twice');
  await town.rest();
  expect(shownAt(town, pull.head)).toEqual({ [special]: 'success' });
  expect(town.check(pull, special)?.summary).toContain(
    `the target requires \`${CHECK}\` beside \`${special}\``,
  );
  expect(await town.hub.person('kim').merges(pull)).toMatchObject({ ok: false, status: 405 });
});

describe('/caws cancel', () => {
  test('and /caws hold take back a merge that waits', async () => {
    guards(town);
    const { pull } = await askedPull(town, 'waits');
    for (const word of ['/caws cancel', '/caws hold']) {
      await town.hub.person('kim').enablesAutoMerge(pull);
      await town.rest();
      const said = town.hub.person('kim').comments(pull, word);
      await town.rest();
      expect(pull.state.autoMerge).toBeNull();
      expect(reactionsOn(said)).toEqual(['+1']);
    }
  });

  test('lets nobody wait for gates any longer: those that have not answered count so', async () => {
    const ci = await town.hub.installApp({
      ...{ on: 'acme', name: 'CI', permissions: { checks: 'write' }, events: [] },
    } as const);
    await town.hub.person('ada').push(town.repository, 'gated', {
      '.caws/policy.yaml': `${law['.caws/policy.yaml']}  ci: { mode: block, timeout_seconds: 3600, answer: { by: check, name: build, app_id: ${ci.appId} } }\n`,
    });
    const pull = await town.opens('slow', { 'src/cart/total.ts': lines(3) }, 'gated');
    await town.rest();
    expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
    expect(shown(pull)).toContain('wait no longer: `/caws cancel`');
    const said = town.hub.person('kim').comments(pull, '/caws cancel');
    await town.rest();
    expect(reactionsOn(said)).toEqual(['+1']);
    expect(['action_required', 'failure']).toContain(conclusion(pull));
    expect(town.check(pull)?.text ?? '').toContain('when waiting for it was cancelled');

    // What answers all the same is heard, and a recheck waits anew.
    town.hub.person('kim').comments(pull, '/caws recheck');
    await town.rest();
    expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
    const { checks } = clientOf(town.hub, ci.token()).rest;
    await checks.create({
      ...{ owner: 'acme', repo: 'shop', name: 'build', head_sha: pull.head },
      ...{ status: 'completed', conclusion: 'success' },
    } as const);
    await town.rest();
    expect(conclusion(pull)).toBe('success');
  });

  test('where nothing goes on is answered so, and /caws debate shows all that is open for one spec', async () => {
    const rival = await town.opens('rival', { 'src/cart/total.ts': lines(150) });
    await town.rest();
    const pull = await town.opens('calm', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const kim = town.hub.person('kim');
    const said = ['/caws cancel', '/caws debate'].map((line) => kim.comments(pull, line));
    await town.rest();
    expect(said.map(reactionsOn)).toEqual([['confused'], ['+1']]);
    const answers = pull.comments
      .filter(({ body }) => body.startsWith('@kim'))
      .map(({ body }) => body);
    expect(answers[0]).toContain('nothing goes on here that could be stopped');
    const rowOf = (number: number) =>
      (answers[1] ?? '').split('\n').find((line) => line.startsWith(`| \`#${number}\` at`));
    expect(answers[1]).toMatch(/open pull requests for `CART-1` `#\d+` is the best that passes/);
    expect(rowOf(pull.number)).toMatch(/\(this one\) \| \[PASS\].* \| 4 \|$/);
    expect(rowOf(rival.number)).toMatch(/\[PASS\].* \| 151 \|$/);
    expect(conclusion(rival)).toBe('success');
  });
});

describe('a comment that is deleted', () => {
  test('after it was answered leaves what the ledger holds: an approval stands, and so does a revocation', async () => {
    const pull = await town.opens('deleted', { 'src/cart/deleted.ts': lines(300) });
    await town.rest();
    const max = town.hub.person('max');
    const waiver = await ask(town, pull);
    const approval = max.comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    max.deletes(approval);
    await town.hears(pull);
    expect(conclusion(pull)).toBe('success');
    expect(shown(pull)).toContain(waiver);
    const revocation = max.comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
    await town.rest();
    max.deletes(revocation);
    await town.hears(pull);
    expect(conclusion(pull)).toBe('action_required');
  });

  test('before it was answered grants nothing', async () => {
    const { pull, waiver } = await askedPull(town, 'unheard');
    town.hub.faults.delivery({}, { kind: 'late' });
    const max = town.hub.person('max');
    max.deletes(max.comments(pull, `/caws approve ${waiver}`));
    town.hub.faults.clear();
    await town.hears(pull);
    expect(conclusion(pull)).toBe('action_required');
  });
});

test('all of it is what GitHub documents', () => {
  judge(town.hub);
});
