/** What a check shows while one head serves two masters, or while nobody can say how things stand. */
import { describe, expect, test } from 'vitest';
import type { RequestFault } from '../hub/faults.ts';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { law, openTown, type Town } from './town.ts';
import { waivedPull } from './waived.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const total = (count: number) => ({ 'src/cart/total.ts': lines(count) });
const policyOf = (max: number, mode: 'enforce' | 'observe') => ({
  '.caws/policy.yaml': `${law['.caws/policy.yaml']?.replaceAll(/max_loc: \d+/g, `max_loc: ${max}`)}mode: ${mode}\n`,
});

describe('one head for a target that enforces and one that only observes', () => {
  test('shows the verdict that enforces, and beside it a preview that hides nothing', async () => {
    await using town = await openTown();
    const { hub, repository } = town;
    const { appId } = town.installed;
    hub.ruleset(repository, {
      branches: ['main', 'strict'],
      requires: [{ context: 'CAWS verdict', appId }],
    });
    const [ada, kim] = [hub.person('ada'), hub.person('kim')];
    await ada.push(repository, 'trial', policyOf(2, 'observe'));
    await ada.push(repository, 'strict', policyOf(2, 'enforce'), 'S', { from: 'main' });
    const trial = await town.opens('prices', total(9), 'trial');
    await town.rest();
    expect(town.check(trial, 'CAWS preview')).toMatchObject({ conclusion: 'action_required' });
    expect(town.check(trial)).toBeUndefined();
    const main = await kim.opens(repository, { head: 'prices', base: 'main', title: 'The same' });
    await town.rest();
    const shown = (name: string) => town.check(main, name)?.conclusion;
    expect([shown('CAWS verdict'), shown('CAWS preview')]).toEqual(['success', 'action_required']);
    await town.hears(trial);
    for (const name of ['CAWS verdict', 'CAWS preview'])
      for (const { number } of [main, trial])
        expect(town.check(main, name)?.summary).toContain(`acme/shop#${number}`);
    expect(shown('CAWS verdict')).toBe('success');
    await kim.changes(main, { base: 'strict' });
    await town.rest();
    await town.hears(trial);
    expect([shown('CAWS verdict'), shown('CAWS preview')]).toEqual([
      'action_required',
      'action_required',
    ]);
    judge(hub);
  });

  test('waits for a preview under no other name', async () => {
    await using town = await openTown({ files: { ...law, ...policyOf(9, 'observe') } });
    await town.opens('first', total(3));
    await town.rest();
    const second = await town.opens('second', total(4));
    await town.rest();
    const shown = town.hub.checks(town.repository, second.head).map(({ name }) => name);
    expect(shown).toEqual(['CAWS preview']);
    judge(town.hub);
  });
});

describe('a target that moved and changed nothing of a case', () => {
  test('is looked at once, not at each pass', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', total(3));
    await town.rest();
    const before = town.check(pull)?.externalId;
    town.hub.faults.delivery({}, { kind: 'lost' });
    await town.hub.person('ada').push(town.repository, 'main', { 'docs/a.md': 'A\n' });
    await town.rest();
    town.hub.faults.clear();
    expect(await town.app.reconcile()).toMatchObject({ found: 1 });
    await town.rest();
    const asked = town.hub.requests().length;
    expect(await town.app.reconcile()).toMatchObject({ found: 0 });
    await town.rest();
    const routes = town.hub
      .requests()
      .slice(asked)
      .map(({ route }) => route);
    expect(routes.filter((route) => route?.includes('/pulls/{pull_number}'))).toEqual([]);
    expect(town.check(pull)?.externalId).toBe(before);
    judge(town.hub);
  });
});

describe('a pass that nobody can confirm', () => {
  const reads = [
    ['/repos/{owner}/{repo}/pulls/{pull_number}', { kind: 'status', status: 503 }],
    ['/repos/{owner}/{repo}/commits/{ref}/check-runs', { kind: 'truncated', to: 0 }],
    ['/repos/{owner}/{repo}/rules/branches/{branch}', { kind: 'cut' }],
  ] as const satisfies readonly (readonly [string, RequestFault])[];
  const merges = (town: Town, pull: PullHandle) =>
    town.hub
      .person('max')
      .merges(pull, { method: 'squash' })
      .then(({ ok }) => (ok ? 'merged' : 'refused'));

  test.each(reads)(
    'is taken back while %s stays unread, and comes back with it',
    async (route, fault) => {
      await using town = await openTown();
      const { appId } = town.installed;
      town.hub.ruleset(town.repository, { requires: [{ context: 'CAWS verdict', appId }] });
      const pull = await town.opens('prices', total(3));
      await town.rest();
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
      // What is believed for some minutes is asked anew.
      await town.passes(301_000);
      town.hub.faults.request({ method: 'GET', route, call: 1, times: 1 }, fault);
      await town.hears(pull);
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
      town.hub.faults.clear();
      await town.passes(30_000);
      town.hub.faults.request({ method: 'GET', route }, fault);
      await town.passes(301_000);
      for (let tries = 0; tries < 6; tries += 1) {
        await town.hears(pull);
        await town.passes(30_000);
      }
      const waiting = town.check(pull);
      expect(waiting).toMatchObject({ status: 'in_progress', conclusion: null });
      expect(waiting?.title).toMatch(/^WAITING · /);
      expect(await merges(town, pull)).toBe('refused');
      const own = () =>
        town.hub.checks(town.repository, pull.head).filter((run) => run.appId === appId).length;
      expect(own()).toBe(2);
      town.hub.faults.clear();
      await town.passes(301_000);
      await town.hears(pull);
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
      expect(await merges(town, pull)).toBe('merged');
      judge(town.hub);
    },
  );

  test('is taken back by a new check, where nobody knows whether what was decided since is shown', async () => {
    await using town = await openTown();
    const writing = { method: 'PATCH', route: '/repos/{owner}/{repo}/check-runs/{check_run_id}' };
    const reading = { method: 'GET', route: '/repos/{owner}/{repo}/pulls/{pull_number}' };
    for (const [fault, after] of [
      ['cut', 'success'],
      ['done-but-lost', 'action_required'],
    ] as const) {
      const { pull, waiver } = await waivedPull(town, fault);
      const passed = town.check(pull)?.id;
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
      // Decided and recorded; then nothing is known of the pull request at all.
      town.hub.faults.request(writing, { kind: fault });
      town.hub.faults.request({ ...reading, call: 2, times: 1_000 }, { kind: 'cut' });
      town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
      await town.rest();
      expect(town.check(pull)).toMatchObject({ id: passed, conclusion: after });
      for (let tries = 0; tries < 4; tries += 1) await town.passes(30_000);
      expect(town.check(pull)).toMatchObject({ status: 'in_progress', conclusion: null });
      expect(town.check(pull)?.id).not.toBe(passed);
      town.hub.faults.clear();
      await town.passes(301_000);
      expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    }
  });
});
