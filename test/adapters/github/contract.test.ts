/**
 * What the port promises, kept by the adapter at an API that stands at a host of its own, as github.com's
 * does, and at one under /api/v3, as an Enterprise server's does.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckFace, Forge, ForgeFault, LivePull } from '../../../src/forge.ts';
import type { CommitSha, Result } from '../../../src/primitives.ts';
import type { PullHandle, RepositoryHandle } from '../../hub/handles.ts';
import { type Hub, startHub } from '../../hub/hub.ts';
import type { InstalledApp } from '../../hub/installed.ts';
import { judge } from '../../hub/testing.ts';
import { forgeOn } from './forge-on.ts';

describe.each([
  ['at the root of its host', (hub: Hub) => hub.url],
  ['under /api/v3', (hub: Hub) => hub.apiUrl],
])('a forge whose API stands %s', (_name, apiUrlOf) => {
  let hub: Hub;
  let repository: RepositoryHandle;
  let installed: InstalledApp;
  let forge: Forge;
  beforeAll(async () => {
    // Two things that people do never fall into the same second.
    let ahead = 0;
    hub = await startHub({
      now: () => {
        ahead += 1_000;
        return Date.now() + ahead;
      },
    });
    const acme = hub.organization('acme');
    acme.member(hub.person('ada'), 'admin');
    repository = await hub.repository({ owner: acme, name: 'shop', files: { 'a.txt': 'a\n' } });
    for (const login of ['kim', 'lee']) hub.collaborator(repository, hub.person(login), 'write');
    installed = await hub.installApp({ on: acme });
    forge = await forgeOn(hub, installed, { owner: 'acme', name: 'shop' }, apiUrlOf(hub));
  });
  afterAll(async () => {
    judge(hub);
    await hub[Symbol.asyncDispose]();
  });

  let branches = 0;
  async function opened(base = 'main'): Promise<{ pull: PullHandle; live: LivePull }> {
    branches += 1;
    const kim = hub.person('kim');
    const branch = `topic-${branches}`;
    await kim.push(repository, branch, { [`${branch}.txt`]: `${branch}\n` }, 'Work', {
      from: 'main',
    });
    const pull = await kim.opens(repository, { head: branch, base, title: branch });
    return { pull, live: given(await forge.pull(pull.number)) as LivePull };
  }
  const face = (changes: Partial<CheckFace> = {}): CheckFace => ({
    ...{ name: 'CAWS verdict', status: 'completed', conclusion: 'success', externalId: 'x' },
    ...{ detailsUrl: 'https://arbiter.test/v/x', title: 't', summary: 's', text: '' },
    ...{ annotations: [], actions: [] },
    ...changes,
  });
  const wanted = (head: string) =>
    ({ head: head as CommitSha, method: 'squash', title: 'T', message: 'M' }) as const;

  test('says of a repository who it is, by number', () => {
    expect(forge.repository).toMatchObject({
      ...{ id: repository.id, owner: 'acme', name: 'shop', ownerIsOrganization: true },
      ...{ defaultBranch: 'main', private: false, mergeMethods: ['squash', 'merge', 'rebase'] },
    });
    expect(forge.appId).toBe(installed.appId);
    expect(forge.gitUrl).toBe(repository.gitUrl);
  });

  test('says of a pull request what it is now, and null of none', async () => {
    const { pull, live } = await opened();
    const kim = { id: hub.person('kim').id, login: 'kim', kind: 'person' };
    expect(live).toMatchObject({
      ...{ number: pull.number, state: 'open', draft: false, author: kim, comments: 0 },
      base: { branch: 'main', sha: repository.tip('main') },
      head: { branch: 'topic-1', sha: pull.head, repositoryId: repository.id },
      ...{ mergeCommit: null, autoMerge: null },
    });
    await hub.person('kim').closes(pull);
    expect(await forge.pull(pull.number)).toMatchObject({ value: { state: 'closed' } });
    expect(await forge.pull(999)).toEqual({ ok: true, value: null });
  });

  test('lists every open pull request, or those of one base', async () => {
    await hub.person('kim').push(repository, 'next', { 'n.txt': 'n\n' });
    const numbers = async (base?: string) =>
      given(await forge.openPulls(base)).map(({ number }) => number);
    const before = await numbers();
    const [one, two] = [await opened(), await opened('next')];
    expect(await numbers()).toEqual([...before, one.pull.number, two.pull.number]);
    expect(await numbers('next')).toEqual([two.pull.number]);
  });

  test('says where a branch stands, and null of none', async () => {
    expect(await forge.branchTip('main')).toEqual({ ok: true, value: repository.tip('main') });
    await hub.person('kim').push(repository, 'a/b c#%é'.replace(' ', '-'), { 'b.txt': 'b\n' });
    expect(await forge.branchTip('a/b-c#%é')).toEqual({
      ok: true,
      value: repository.tip('a/b-c#%é'),
    });
    expect(await forge.branchTip('nowhere')).toEqual({ ok: true, value: null });
    // Only a whole name is a branch's.
    expect(await forge.branchTip('a/b')).toEqual({ ok: true, value: null });
  });

  test('lists every comment, over pages, with who wrote it and whether it was edited', async () => {
    const { pull } = await opened();
    for (let comment = 0; comment < 101; comment += 1)
      hub.person('kim').comments(pull, `${comment}`);
    const edited = hub.person('lee').comments(pull, 'first');
    hub.person('lee').edits(edited, 'second');
    const ours = given(await forge.comment(pull.number, 'by the app'));
    const live = given(await forge.pull(pull.number)) as LivePull;
    const comments = given(await forge.comments(live));
    expect(comments).toHaveLength(103);
    expect(comments.at(-1)).toMatchObject({
      id: ours.id,
      appId: installed.appId,
      body: 'by the app',
    });
    const second = comments.find(({ id }) => id === edited.id);
    expect(second).toMatchObject({ body: 'second', appId: null, author: { login: 'lee' } });
    expect(second?.updatedAt).toBeGreaterThan(second?.createdAt ?? Number.NaN);
    const of = { method: 'GET', route: '/repos/{owner}/{repo}/issues/{issue_number}/comments' };
    hub.faults.request(of, { kind: 'truncated', to: 50 });
    expect(await forge.comments(live)).toMatchObject({ fault: { kind: 'forge-incomplete' } });
    hub.faults.clear();
  });

  test('tells comments that nobody ever edited from those that somebody did, however quickly', async () => {
    const { pull } = await opened();
    const lee = hub.person('lee');
    const [plain, edited, restored] = ['one', 'two', 'three'].map((body) =>
      lee.comments(pull, body),
    );
    hub.person('kim').edits(edited as never, 'other');
    hub.person('kim').edits(restored as never, 'other');
    hub.person('kim').edits(restored as never, 'three');
    const live = given(await forge.pull(pull.number)) as LivePull;
    const comments = given(await forge.comments(live));
    expect(given(await forge.neverEdited(comments))).toEqual(new Set([plain?.id]));
    expect(given(await forge.neverEdited([]))).toEqual(new Set());
    // What was read before an edit is not vouched for by what is there now, or the other way round.
    const stale = comments.map((each) => ({ ...each, body: `${each.body} then` }));
    expect(given(await forge.neverEdited(stale))).toEqual(new Set());
    const strange = comments.map((each) => ({ ...each, id: each.id + 1 }));
    expect(await forge.neverEdited(strange)).toMatchObject({ fault: { kind: 'forge-unexpected' } });
  });

  test('edits, folds and answers comments, and leaves one reaction alone', async () => {
    const { pull } = await opened();
    const { id } = given(await forge.comment(pull.number, 'one'));
    given(await forge.editComment(id, 'two'));
    given(await forge.foldComment(id, true));
    given(await forge.react(id, 'eyes'));
    given(await forge.react(id, '+1'));
    given(await forge.replaceReaction(id, 'rocket'));
    const [comment] = pull.comments;
    expect(comment).toMatchObject({ body: 'two', minimizedReason: expect.anything() });
    const given_ = [...(repository.state.comments.get(id)?.reactions ?? [])];
    expect(given_.map(({ content }) => content)).toEqual(['rocket']);
    given(await forge.setBody(pull.number, 'described'));
    expect(pull.state.body).toBe('described');
    expect(await forge.editComment(999_999, 'x')).toMatchObject({ fault: { status: 404 } });
  });

  test('writes a check, changes it in place, and sends each annotation once', async () => {
    const { pull } = await opened();
    const head = pull.head as CommitSha;
    const annotations = Array.from({ length: 51 }, (_, at) => ({
      ...{ path: 'a.txt', startLine: 1, endLine: 1, level: 'notice' as const },
      ...{ title: `n${at}`, message: 'm' },
    }));
    const queued = given(
      await forge.createCheck(head, face({ status: 'queued', conclusion: null })),
    );
    expect(queued).toMatchObject({ head, status: 'queued', conclusion: null, annotations: 0 });
    const done = given(await forge.updateCheck(queued, face({ annotations })));
    expect(done).toMatchObject({ id: queued.id, conclusion: 'success', annotations: 51 });
    const again = given(await forge.updateCheck(done, face({ annotations, title: 'u' })));
    expect(again).toMatchObject({ id: queued.id, title: 'u', annotations: 51 });
    const runs = given(await forge.checkRuns(head));
    expect(runs).toMatchObject([{ id: queued.id, appId: installed.appId, annotations: 51 }]);
    expect(await forge.checkRuns('d'.repeat(40) as CommitSha)).toMatchObject({ ok: false });
  });

  test('lists the runs of workflows on exactly one head, with their files', async () => {
    const { pull } = await opened();
    const path = '.github/workflows/ci.yml';
    const run = await hub.workflowRun(repository, {
      ...{ path, event: 'push', sha: pull.head, branch: pull.state.head.ref },
      actor: hub.person('kim'),
    });
    await run.begins();
    await run.ends('success');
    const [found] = given(await forge.workflowRuns(pull.head as CommitSha));
    expect(found).toMatchObject({ path, head: pull.head, attempt: 1, conclusion: 'success' });
    const checks = given(await forge.checkRuns(pull.head as CommitSha));
    expect(checks.map(({ checkSuiteId }) => checkSuiteId)).toContain(found?.checkSuiteId);
    await run.runsAgain();
    const [twice] = given(await forge.workflowRuns(pull.head as CommitSha));
    expect(twice).toMatchObject({ attempt: 2, status: 'queued' });
    expect(twice?.startedAt).toBeGreaterThan(found?.startedAt ?? Number.NaN);
  });

  test('says who wrote the commits and who pushed them', async () => {
    const kim = hub.person('kim');
    const lee = hub.person('lee');
    const { pull } = await opened();
    const first = pull.head;
    await lee.push(
      repository,
      pull.state.head.ref,
      { 'more.txt': 'x\n' },
      'More\n\nCo-authored-by: Max <max@example.com>',
      { author: kim },
    );
    const live = given(await forge.pull(pull.number)) as LivePull;
    const people = given(await forge.commitPeople(live));
    expect(people.map(({ commit }) => commit)).toEqual([first, pull.head]);
    expect(people[1]?.people.map(({ login }) => login)).toContain('kim');
    expect(people[1]?.unresolved).toContain('max@example.com');
    const pushes = given(await forge.pushes(live));
    expect(pushes?.map(({ by, before, head }) => [by.login, before, head])).toEqual(
      expect.arrayContaining([
        ['kim', null, first],
        ['lee', first, pull.head],
      ]),
    );
  });

  test('knows people by number: who has a login now is not who had it', async () => {
    const mia = hub.person('mia');
    hub.collaborator(repository, mia, 'maintain');
    const before = { id: mia.id, login: 'mia' };
    expect(await forge.person('mia')).toMatchObject({ value: { ...before, kind: 'person' } });
    expect(await forge.role(before)).toEqual({ ok: true, value: 'maintain' });
    mia.isNowCalled('mia-2');
    const other = hub.person('mia');
    hub.collaborator(repository, other, 'admin');
    expect(await forge.role(before)).toEqual({ ok: true, value: 'none' });
    expect(await forge.role({ id: other.id, login: 'mia' })).toEqual({ ok: true, value: 'admin' });
    expect(await forge.person('nobody-here')).toEqual({ ok: true, value: null });
    expect(await forge.role({ id: 1, login: 'nobody-here' })).toEqual({ ok: true, value: 'none' });
  });

  test('counts as members of a team those who are active', async () => {
    const acme = hub.organization('acme');
    const [kim, lee] = [hub.person('kim'), hub.person('lee')];
    for (const each of [kim, lee]) acme.member(each);
    acme.team('core', [kim]);
    acme.team('waiting', [lee], 'pending');
    expect(await forge.isTeamMember('@acme/core', kim)).toEqual({ ok: true, value: true });
    for (const [team, person] of [
      ['@acme/core', lee],
      ['@acme/waiting', lee],
      ['@acme/none', kim],
      ['core', kim],
      ['@acme/core/x', kim],
      ['@acme/core', { id: 1, login: 'kim' }],
    ] as const)
      expect([team, await forge.isTeamMember(team, person)]).toEqual([
        team,
        { ok: true, value: false },
      ]);
  });

  test('says of whom a branch demands a check', async () => {
    const pins = async (branch: string) => {
      const rules = await forge.branchRules(branch);
      const verdicts = rules.ok
        ? rules.value.checks.filter(({ name }) => name === 'CAWS verdict')
        : [];
      return rules.ok ? { ok: true, value: verdicts.map(({ appId }) => appId) } : rules;
    };
    await hub.person('kim').push(repository, 'guarded', { 'g.txt': 'g\n' });
    expect(await pins('guarded')).toEqual({ ok: true, value: [] });
    hub.ruleset(repository, {
      branches: ['guarded'],
      requires: [{ context: 'CAWS verdict', appId: installed.appId }, { context: 'build' }],
    });
    expect(await pins('guarded')).toEqual({ ok: true, value: [installed.appId] });
    hub.ruleset(repository, { branches: ['guarded'], requires: [{ context: 'CAWS verdict' }] });
    expect(await pins('guarded')).toEqual({ ok: true, value: [installed.appId, null] });
    expect(await pins('main')).toEqual({ ok: true, value: [] });
  });

  test('merges exactly the head that was judged, or nothing', async () => {
    const { pull } = await opened();
    const judged = pull.head;
    await hub.person('kim').push(repository, pull.state.head.ref, { 'late.txt': 'x\n' });
    expect(await forge.merge(pull.number, wanted(judged))).toMatchObject({
      fault: { kind: 'head-moved' },
    });
    expect(pull.state.state).toBe('open');
    const merged = given(await forge.merge(pull.number, wanted(pull.head)));
    expect(merged).toBe(repository.tip('main'));
    expect(await forge.pull(pull.number)).toMatchObject({
      value: { state: 'merged', mergeCommit: merged },
    });
    expect(await forge.merge(pull.number, wanted(pull.head))).toMatchObject({
      fault: { kind: 'not-mergeable' },
    });
  });

  test('merges later what may not be merged yet, and refuses what nothing holds back', async () => {
    await hub.person('kim').push(repository, 'held', { 'h.txt': 'h\n' });
    hub.ruleset(repository, {
      branches: ['held'],
      requires: [{ context: 'CAWS verdict', appId: installed.appId }],
    });
    const { pull } = await opened('held');
    given(await forge.mergeWhenReady(pull.number, wanted(pull.head)));
    expect(await forge.pull(pull.number)).toMatchObject({
      value: { autoMerge: { method: expect.any(String) }, state: 'open' },
    });
    given(await forge.createCheck(pull.head as CommitSha, face()));
    await hub.settle();
    expect(await forge.pull(pull.number)).toMatchObject({ value: { state: 'merged' } });
    const { pull: free } = await opened();
    expect(await forge.mergeWhenReady(free.number, wanted(free.head))).toMatchObject({
      fault: { kind: 'not-mergeable' },
    });
  });

  test('gives a token that git gets in with', async () => {
    expect(given(await forge.gitToken())).toMatch(/^ghs_/);
  });
});

function given<Value>(asked: Result<Value, ForgeFault | { readonly kind: string }>): Value {
  if (!asked.ok) throw new Error(JSON.stringify(asked.fault));
  return asked.value;
}
