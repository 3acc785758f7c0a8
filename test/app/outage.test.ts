import { describe, expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { guards } from './guarded.ts';
import { openTown, type Town } from './town.ts';

test("while GitHub's git does not answer the check waits, and says for what", async () => {
  await using town = await openTown();
  guards(town);
  town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
  const pull = await town.opens('prices', { 'src/cart/total.ts': 'export const total = 1;\n' });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
  expect(town.check(pull)?.title).toMatch(/^WAITING · for GitHub: no answer while fetching/);
  town.hub.faults.clear();
  // Half a minute of the town's own time.
  for (let passed = 0; passed < 11; passed += 1) await town.rest();
  await town.hears(pull);
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  judge(town.hub);
});

describe("GitHub's git refuses", () => {
  const change = { 'src/cart/total.ts': 'export const total = 1;\n' };

  test('what its API still shows: the check says who must do what, and does not wait', async () => {
    await using town = await openTown();
    guards(town);
    town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 403 });
    const pull = await town.opens('prices', change);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(town.check(pull)?.title).toMatch(/^ERROR · GitHub lets git fetch nothing \(403\)/);
    const summary = town.check(pull)?.summary ?? '';
    expect(summary).toMatch(/refused the objects of this pull request with status 403/);
    expect(summary).toMatch(/An owner looks at .*Contents: read.*then comments.*\/caws recheck/s);
    expect(summary).toContain('This says nothing about your code');
    town.hub.faults.clear();
    town.hub.person('kim').comments(pull, '/caws recheck');
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });

  test('and so does its API: the check names the permission that is missing', async () => {
    await using town = await openTown();
    guards(town);
    town.installed.grants(granted);
    const pull = await town.opens('prices', change);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(town.check(pull)?.title).toMatch(/^ERROR · GitHub: .*contents/);
    expect(town.check(pull)?.summary).toMatch(/owner of the installation grants it/);
    town.installed.grants({ ...granted, contents: 'write' });
    // A token keeps what it had.
    await town.restart();
    await town.hears(pull);
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  });

  test('which refs there are: no pass that stood stays', async () => {
    await using town = await openTown();
    guards(town);
    const pull = await town.opens('prices', change);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ name: 'CAWS verdict', conclusion: 'success' });
    const route = '/repos/{owner}/{repo}/git/matching-refs/{ref}';
    town.hub.faults.request({ route }, { kind: 'status', status: 403 });
    await town.hears(pull);
    expect(town.check(pull, 'CAWS verdict')).toMatchObject({ conclusion: 'failure' });
    town.hub.faults.clear();
    await town.hears(pull);
    expect(town.check(pull, 'CAWS verdict')).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });

  test('once, and answers when it is asked again: the check waits', async () => {
    await using town = await openTown();
    guards(town);
    town.hub.faults.request({ route: 'git', call: 1, times: 2 }, { kind: 'status', status: 403 });
    const pull = await town.opens('prices', change);
    await town.rest();
    expect(town.check(pull)?.title).toMatch(/^WAITING · for GitHub: no answer while fetching/);
    await town.passes(35_000);
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });
});

/** All that the app needs, but the objects. */
const granted: Parameters<Town['installed']['grants']>[0] = {
  ...{ checks: 'write', pull_requests: 'write', issues: 'write' },
  ...{ actions: 'read', administration: 'read', members: 'read' },
};
