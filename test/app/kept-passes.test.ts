/** What one target, one head or one moment was told stands for no other. */
import { expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { clientOf } from '../hub/testing.ts';
import { CHECK, guards, policyOf } from './guarded.ts';
import { law, openTown, type Town } from './town.ts';
import { lines, waivedPull } from './waived.ts';

const REFUSED = { ok: false, status: 405 };
const PATCH = { method: 'PATCH', route: '/repos/{owner}/{repo}/check-runs/{check_run_id}' };
const policy = law['.caws/policy.yaml'] ?? '';
const revokes = (waiver: string) => `/caws revoke ${waiver} reason:"no longer so, see #7"`;
const calm = { hub: { referee: false } } as const;

async function guarded(): Promise<Town> {
  const town = await openTown(calm);
  guards(town);
  return town;
}
const people = (town: Town) =>
  [town.hub.person('kim'), town.hub.person('max'), town.hub.person('ada')] as const;
const shown = (town: Town, sha: string) =>
  town.hub
    .checks(town.repository, sha)
    .filter(({ appId, name }) => appId === town.installed.appId && name === CHECK)
    .map(({ conclusion, status }) => conclusion ?? status)
    .at(-1);

/** main asks a CI for `build`; rel is milder and does not. */
async function gatedTown() {
  const town = await openTown(calm);
  const wanted = { on: 'acme', permissions: { checks: 'write' }, events: [], name: 'CI' } as const;
  const ci = await town.hub.installApp(wanted);
  const [, , ada] = people(town);
  const first = town.repository.tip('main');
  await ada.push(town.repository, 'rel', policyOf(900), 'L', {
    from: 'main',
  });
  const gate = `{ mode: block, timeout_seconds: 2400, answer: { by: check, name: build, app_id: ${ci.appId} } }`;
  await ada.push(town.repository, 'main', { '.caws/policy.yaml': `${policy}  ci: ${gate}\n` });
  const build = (sha: string, conclusion: 'success' | null) =>
    clientOf(town.hub, ci.token()).rest.checks.create({
      ...{ owner: 'acme', repo: 'shop', name: 'build', head_sha: sha },
      ...(conclusion === null
        ? { status: 'in_progress' as const }
        : { status: 'completed' as const, conclusion }),
    });
  return { town, build, first };
}

test('a verdict that observed another branch hides no wait of a guarded one', async () => {
  const { town: opened, build } = await gatedTown();
  await using town = opened;
  guards(town, ['main']);
  await town.passes(301_000);
  const [kim] = people(town);
  const honest = await town.opens('honest', { 'src/cart/total.ts': lines(5) });
  await build(honest.head, 'success');
  await town.rest();
  expect(shown(town, honest.head)).toBe('success');
  // kim's own branch only observes; the bait is judged there, then aimed at main, where its gate never answers.
  await kim.push(
    town.repository,
    'trial',
    { '.caws/policy.yaml': `${policy}mode: observe\n` },
    'T',
    { from: 'rel' },
  );
  const bait = await town.opens('bait', { 'src/cart/bait.ts': lines(3, 'bait') }, 'trial');
  await town.rest();
  await kim.changes(bait, { base: 'main' });
  await town.rest();
  await build(honest.head, null);
  await town.rest();
  expect(await kim.merges(honest)).toMatchObject(REFUSED);
});

test('nor one without any gate, while comments cannot be read', async () => {
  await using town = await openTown(calm);
  guards(town, ['main']);
  const [kim, max] = people(town);
  const { pull: honest, waiver } = await waivedPull(town);
  await kim.push(
    town.repository,
    'trial',
    { '.caws/policy.yaml': `${policy}mode: observe\n` },
    'T',
    { from: 'main' },
  );
  const bait = await town.opens('bait', { 'src/cart/bait.ts': lines(3, 'bait') }, 'trial');
  kim.comments(bait, 'one word');
  await town.rest();
  const route = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
  town.hub.faults.request({ method: 'GET', route }, { kind: 'status', status: 502 });
  await kim.changes(bait, { base: 'main' });
  await town.rest();
  max.comments(honest, revokes(waiver));
  await town.rest();
  await town.passes(20 * 60_000);
  expect(await kim.merges(honest)).toMatchObject(REFUSED);
});

test('what an old target was told covers no wait of the new one', async () => {
  const { town: opened, first } = await gatedTown();
  await using town = opened;
  guards(town, ['main', 'rel']);
  await town.passes(301_000);
  const [kim] = people(town);
  await kim.push(town.repository, 'sly', { 'src/cart/total.ts': lines(500) }, 'S', { from: first });
  const one = await kim.opens(town.repository, { head: 'sly', base: 'rel', title: 'Sly' });
  await kim.resets(town.repository, 'sly-too', one.head);
  const two = await kim.opens(town.repository, { head: 'sly-too', base: 'rel', title: 'Too' });
  await town.rest();
  await kim.changes(one, { base: 'main' });
  await town.rest();
  expect(shown(town, one.head)).toBe('in_progress');
  kim.comments(two, '/caws recheck');
  await town.rest();
  expect(await kim.merges(one)).toMatchObject(REFUSED);
});

test.each([403, 422, 502])(
  'a verdict that could not be shown for an hour (%i) is shown once it can',
  async (status) => {
    await using town = await guarded();
    const { pull, waiver } = await waivedPull(town);
    const [kim, max] = people(town);
    town.hub.faults.request(PATCH, { kind: 'status', status });
    max.comments(pull, revokes(waiver));
    await town.rest();
    for (let tries = 0; tries < 12; tries += 1) await town.passes(310_000);
    town.hub.faults.clear();
    await town.restart();
    await town.app.reconcile();
    await town.rest();
    expect(await kim.merges(pull)).toMatchObject(REFUSED);
  },
);

test('a head that was squashed keeps no pass that a second pull request is merged by', async () => {
  await using town = await guarded();
  const { pull } = await waivedPull(town);
  const [kim, , ada] = people(town);
  await kim.merges(pull, { method: 'squash' });
  await town.rest();
  const back = { 'src/cart/large.ts': null, ...policyOf(1) };
  const reverted = await ada.push(town.repository, 'revert', back, 'Revert', { from: 'main' });
  await ada.resets(town.repository, 'main', reverted);
  await town.rest();
  await town.passes(9 * 86_400_000);
  await town.restart();
  await town.app.reconcile();
  await town.rest();
  const again = await kim.opens(town.repository, { head: 'large', base: 'main', title: 'Again' });
  expect(await kim.merges(again)).toMatchObject(REFUSED);
});

async function pushedBack(town: Town, pull: PullHandle, passed: string) {
  const [kim] = people(town);
  await town.passes(9 * 86_400_000);
  await town.restart();
  await town.app.reconcile();
  await town.rest();
  await kim.resets(town.repository, 'large', passed);
  return kim.merges(pull);
}

test('a head that was left keeps no pass behind more checks than are read', async () => {
  await using town = await guarded();
  const { pull } = await waivedPull(town);
  const passed = pull.head;
  const { checks } = town.repository.state;
  const own = [...checks.values()].find(({ headSha }) => headSha === passed);
  if (own === undefined) throw new Error('no check');
  for (let at = 0; at < 5_001; at += 1)
    checks.set(9_000_000 + at, {
      ...own,
      id: 9_000_000 + at,
      appId: 4_242_424,
      name: `spam ${at}`,
      annotations: [],
    });
  await people(town)[0].push(town.repository, 'large', { 'src/cart/late.ts': lines(4) });
  await town.rest();
  expect(await pushedBack(town, pull, passed)).toMatchObject(REFUSED);
});

test('a head that was left keeps no pass where the forge refuses once', async () => {
  await using town = await guarded();
  const { pull } = await waivedPull(town);
  const passed = pull.head;
  town.hub.faults.request({ ...PATCH, call: 1 }, { kind: 'status', status: 403 });
  await people(town)[0].push(town.repository, 'large', { 'src/cart/late.ts': lines(4) });
  await town.rest();
  town.hub.faults.clear();
  expect(await pushedBack(town, pull, passed)).toMatchObject(REFUSED);
});
