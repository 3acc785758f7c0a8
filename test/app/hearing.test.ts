import { Octokit } from '@octokit/rest';
import { describe, expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { guards } from './guarded.ts';
import { law, openTown } from './town.ts';

const lines = (count: number, name = 'total') =>
  Array.from({ length: count }, (_, at) => `export const ${name}${at} = ${at};\n`).join('');

describe('a pull request', () => {
  test('within budget and scope passes, and its check says by which verdict', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const check = town.check(pull);
    expect(check).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect(check?.title).toBe('PASS · +3 −1 in 1 file');
    expect(check?.detailsUrl).toContain(`/v/${check?.externalId}`);
    judge(town.hub);
  });

  test('over its budget waits for people', async () => {
    await using town = await openTown();
    const pull = await town.opens('large', { 'src/cart/total.ts': lines(400) });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    expect(town.check(pull)?.title).toMatch(/^WAIVER REQUIRED · /);
    judge(town.hub);
  });

  test('that edits the policy beside the code fails, whatever it writes into the policy', async () => {
    await using town = await openTown();
    const pull = await town.opens('lax', {
      'src/cart/total.ts': lines(3),
      '.caws/policy.yaml': 'version: 1\nmode: observe\n',
    });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'failure' });
    judge(town.hub);
  });

  test('is judged anew for every push, and the older head keeps no pass', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const before = town.check(pull);
    await town.hub
      .person('kim')
      .push(town.repository, 'prices', { 'src/cart/total.ts': lines(400) });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    expect(town.hub.checks(town.repository, before?.headSha ?? '').at(-1)).toMatchObject({
      conclusion: 'cancelled',
    });
    judge(town.hub);
  });

  test('heard twice in the same state keeps its verdict, and nothing is written', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const before = town.check(pull);
    const asked = town.hub.requests().length;
    await town.hub.person('kim').labels(pull, 'later');
    await town.hears(pull);
    expect(town.check(pull)).toEqual(before);
    const since = town.hub.requests().slice(asked);
    expect(since.filter(({ method, route }) => method !== 'GET' && route !== 'git')).toEqual([]);
    expect(since.filter(({ path }) => path.startsWith('/api/')).length).toBeLessThanOrEqual(4);
    judge(town.hub);
  });

  test('closed and opened again has the verdict that it had', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const before = town.check(pull)?.externalId;
    await town.hub.person('kim').closes(pull);
    await town.rest();
    await town.hub.person('kim').reopens(pull);
    await town.rest();
    expect(town.check(pull)?.externalId).toBe(before);
  });

  test('aimed at another branch is judged by the law of that branch', async () => {
    await using town = await openTown();
    const ada = town.hub.person('ada');
    await ada.push(town.repository, 'lax', {
      '.caws/policy.yaml':
        law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 900') ?? '',
    });
    const pull = await town.opens('large', { 'src/cart/total.ts': lines(400) }, 'lax');
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    await town.hub.person('kim').changes(pull, { base: 'main' });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    judge(town.hub);
  });
});

describe('a check of our name that another app shows', () => {
  test('is named beside ours, wherever a reader looks first', async () => {
    await using town = await openTown();
    guards(town);
    const pull = await town.opens('large', { 'src/cart/total.ts': lines(400) });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    expect(town.check(pull)?.summary).not.toContain('Not the only');
    const other = await town.hub.installApp({ on: 'acme', name: 'Some CI' });
    const octokit = new Octokit({ auth: other.token(), baseUrl: town.hub.apiUrl });
    await octokit.rest.checks.create({
      owner: 'acme',
      repo: 'shop',
      name: 'CAWS verdict',
      head_sha: pull.head,
      status: 'completed',
      conclusion: 'success',
    });
    await town.rest();
    const ours = town.check(pull);
    expect(ours).toMatchObject({ conclusion: 'action_required' });
    expect(ours?.summary).toContain('Not the only `CAWS verdict` here');
    expect(ours?.summary).toContain(`app ${other.appId}`);
    judge(town.hub);
  });
});

test('what was decided is counted once, however often it is looked at', async () => {
  await using town = await openTown();
  const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
  await town.rest();
  await town.hears(pull);
  const text = await town.app.tools.metrics.text();
  expect(text).toContain('arbiter_verdicts_total{outcome="PASS"} 1\n');
  expect(text).toContain('arbiter_stage_seconds_count{stage="examination"} 1\n');
  expect(text).toMatch(/arbiter_ledger_height\{repository="\d+"\} [1-9]/);
});

describe('a repository without a policy', () => {
  test('hears nothing of us', async () => {
    await using town = await openTown({ files: { 'README.md': '# A shop\n' } });
    const pull = await town.opens('prices', { 'src/total.ts': lines(3) });
    await town.rest();
    expect(town.hub.checks(town.repository, pull.head)).toEqual([]);
    expect(pull.comments).toEqual([]);
    judge(town.hub);
  });

  test('that once had one stays judged: deleting the policy is no way out', async () => {
    await using town = await openTown();
    const first = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    expect(town.check(first)).toMatchObject({ conclusion: 'success' });
    await town.hub.person('ada').push(town.repository, 'main', { '.caws/policy.yaml': null });
    const second = await town.opens('more', { 'src/cart/total.ts': lines(4) });
    await town.rest();
    expect(town.check(second)?.conclusion).toBeDefined();
    judge(town.hub);
  });
});

describe('two pull requests at one head', () => {
  test('share one check that shows the lower verdict and names both', async () => {
    await using town = await openTown();
    await town.hub.person('ada').push(town.repository, 'strict', {
      '.caws/policy.yaml': law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 2') ?? '',
    });
    const main = await town.opens('prices', { 'src/cart/total.ts': lines(9) });
    await town.rest();
    expect(town.check(main)).toMatchObject({ conclusion: 'success' });
    const strict = await town.hub
      .person('kim')
      .opens(town.repository, { head: 'prices', base: 'strict', title: 'The same' });
    await town.rest();
    const check = town.check(main);
    expect(check).toMatchObject({ conclusion: 'action_required' });
    expect(check?.summary).toContain(`acme/shop#${main.number}`);
    expect(check?.summary).toContain(`acme/shop#${strict.number}`);
    await town.hub.person('kim').closes(strict);
    await town.rest();
    expect(town.check(main)).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });
});

describe('two pull requests at one head, heard at once', () => {
  test.each([1, 2])(
    'end in the lower verdict, though write %i of the check takes long',
    async (call) => {
      await using town = await openTown();
      const { hub, repository } = town;
      await hub.person('ada').push(repository, 'strict', {
        '.caws/policy.yaml':
          law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 2') ?? '',
      });
      const kim = hub.person('kim');
      const main = await town.opens('prices', { 'src/cart/total.ts': lines(9) });
      await kim.opens(repository, { head: 'prices', base: 'strict', title: 'The same' });
      await town.rest();
      const route = '/repos/{owner}/{repo}/check-runs/{check_run_id}';
      hub.faults.request({ method: 'PATCH', route, call }, { kind: 'slow', ms: 1_500 });
      await kim.push(repository, 'prices', { 'src/cart/total.ts': lines(8) });
      await town.rest();
      expect(town.check(main)).toMatchObject({ conclusion: 'action_required' });
      expect(town.check(main)?.summary).not.toMatch(/waiting|queued/i);
    },
  );

  test('and parted by a push leave the older head to the one that stays', async () => {
    await using town = await openTown();
    const { hub, repository } = town;
    await hub.person('ada').push(repository, 'strict', {
      '.caws/policy.yaml': law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 2') ?? '',
    });
    const kim = hub.person('kim');
    const main = await town.opens('prices', { 'src/cart/total.ts': lines(9) });
    await kim.resets(repository, 'copy', main.head);
    await kim.opens(repository, { head: 'copy', base: 'strict', title: 'The same' });
    await town.rest();
    expect(town.check(main)).toMatchObject({ conclusion: 'action_required' });
    await kim.push(repository, 'copy', { 'src/cart/total.ts': lines(7) });
    await town.rest();
    expect(town.check(main)).toMatchObject({ conclusion: 'success' });
  });
});

describe('GitHub in trouble', () => {
  test('a policy that changed without a word of it is found by looking', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(9) });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    town.hub.faults.delivery({}, { kind: 'lost' });
    await town.hub.person('ada').push(town.repository, 'main', {
      '.caws/policy.yaml': law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 2') ?? '',
    });
    await town.rest();
    town.hub.faults.clear();
    await town.app.reconcile();
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    // What we wrote ourselves is looked at once.
    await town.app.reconcile();
    await town.rest();
    expect(await town.app.reconcile()).toMatchObject({ found: 0 });
  });

  test('while an answer is missing the check waits, and is right as soon as it comes', async () => {
    await using town = await openTown();
    const first = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    expect(town.check(first)).toMatchObject({ conclusion: 'success' });
    town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
    const second = await town.opens('more', { 'src/cart/total.ts': lines(4) });
    await town.rest();
    expect(town.check(second)).toMatchObject({ status: 'in_progress', conclusion: null });
    town.hub.faults.clear();
    await town.passes(31_000);
    expect(town.check(second)).toMatchObject({ conclusion: 'success' });
  });

  test('after a restart everything stands as before', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const before = town.check(pull);
    await town.restart();
    await town.hears(pull);
    expect(town.check(pull)).toEqual(before);
  });
});
