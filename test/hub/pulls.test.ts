import { describe, expect, test } from 'vitest';
import { desk } from './desk.ts';
import { git } from './git.ts';
import { refusal } from './testing.ts';

const pulls = (names: readonly string[]) =>
  names
    .filter((name) => name.startsWith('pull_request.'))
    .map((name) => name.slice('pull_request.'.length));

describe('a pull request', () => {
  test('follows its branch, also when history is rewritten, and names both ends', async () => {
    await using at = await desk();
    const before = at.pull.head;
    const after = await at.ann.person.push(at.repo, 'topic', { 'src/c.ts': '' }, 'Rewritten', {
      from: 'main',
    });
    await at.hub.settle();
    expect(at.listener.heard.at(-1)?.payload).toMatchObject({
      action: 'synchronize',
      before,
      after,
    });
    const push = at.listener.heard.findLast((each) => each.event === 'push');
    expect(push?.payload).toMatchObject({ forced: true, before, after });
    expect((await git(at.repo.folder, ['rev-parse', 'refs/pull/1/head'])).trim()).toBe(after);
    at.judge();
  });

  test('is edited, retargeted, drafted, closed and opened again, and tells each', async () => {
    await using at = await desk();
    const { person } = at.ann;
    await person.push(at.repo, 'release', { 'r.txt': '' });
    await person.changes(at.pull, { title: 'New title', body: 'New body' });
    await person.changes(at.pull, { base: 'release' });
    await person.setsDraft(at.pull, true);
    await person.setsDraft(at.pull, false);
    await person.labels(at.pull, 'caws');
    await person.closes(at.pull);
    await person.reopens(at.pull);
    await at.hub.settle();
    expect(pulls(at.listener.names())).toEqual([
      'opened',
      'edited',
      'edited',
      'converted_to_draft',
      'ready_for_review',
      'labeled',
      'closed',
      'reopened',
    ]);
    const base = at.listener.heard.filter((each) => each.payload['action'] === 'edited').at(-1);
    expect(base?.payload['changes']).toMatchObject({ base: { ref: { from: 'main' } } });
    const { data } = await at.app.rest.pulls.update({
      ...at.names,
      pull_number: 1,
      body: 'By the app',
    });
    expect(data.body).toBe('By the app');
    at.judge();
  });

  test('closes with its branch, and a draft does not merge', async () => {
    await using at = await desk();
    await at.ann.person.setsDraft(at.pull, true);
    expect((await at.ann.person.merges(at.pull)).ok).toBe(false);
    await at.ann.person.deletesBranch(at.repo, 'topic');
    expect(at.pull.state.state).toBe('closed');
    expect(await at.ann.person.reopens(at.pull)).toContain('deleted');
    await at.hub.settle();
    const push = at.listener.heard.findLast((each) => each.event === 'push');
    expect(push?.payload).toMatchObject({ deleted: true, ref: 'refs/heads/topic' });
    at.judge();
  });

  test('of a fork is fetched from the base, and no check names it', async () => {
    await using at = await desk();
    const kim = at.hub.person('kim');
    const fork = await at.hub.fork(at.repo, kim);
    await kim.push(fork, 'topic', { 'f.txt': 'f\n' }, 'From a fork');
    const pull = await kim.opens(at.repo, { head: 'topic', fork, title: 'From a fork' });
    const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: pull.number });
    expect(data.head).toMatchObject({ label: 'kim:topic', repo: { id: fork.id } });
    const check = await at.app.rest.checks.create({
      ...at.names,
      name: 'CAWS verdict',
      head_sha: pull.head,
    });
    expect(check.data.pull_requests).toEqual([]);
    await kim.push(fork, 'topic', { 'g.txt': 'g\n' });
    expect((await git(at.repo.folder, ['rev-parse', `refs/pull/${pull.number}/head`])).trim()).toBe(
      pull.head,
    );
    expect((await at.ann.person.merges(pull)).ok).toBe(true);
    at.judge();
  });

  test('whose head is pushed into the base has been merged', async () => {
    await using at = await desk();
    await at.ann.person.resets(at.repo, 'main', at.pull.head);
    expect(at.pull.state).toMatchObject({ state: 'closed', mergeCommit: at.pull.head });
    at.judge();
  });

  test('is listed by state, base and page; the same head is not opened twice', async () => {
    await using at = await desk();
    for (const head of ['one', 'two']) {
      await at.ann.person.push(at.repo, head, { [`${head}.txt`]: head });
      await at.ann.person.opens(at.repo, { head });
    }
    const first = await at.app.rest.pulls.list({ ...at.names, base: 'main', per_page: 2 });
    expect(first.headers.link).toMatch(/page=2>; rel="next"/);
    const all = await at.app.paginate(at.app.rest.pulls.list, { ...at.names, per_page: 2 });
    expect(all.map((each) => each.number)).toEqual([3, 2, 1]);
    const twice = at.app.rest.pulls.create({
      ...at.names,
      head: 'one',
      base: 'main',
      title: 'Again',
    });
    expect(await refusal(twice)).toMatchObject({ status: 422 });
    at.judge();
  });

  test('lists its files with renames, patches and bytes, in pages', async () => {
    await using at = await desk();
    const body = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('');
    await at.ann.person.push(at.repo, 'main', { 'old name.txt': body });
    await at.ann.person.push(
      at.repo,
      'files',
      {
        'old name.txt': null,
        'new "name".txt': `${body}more\n`,
        'é.bin': Buffer.from([0, 1, 2]),
        'x.sh': { mode: '100755', content: '#!/bin/sh\n' },
      },
      'Move',
      { from: 'main' },
    );
    const pull = await at.ann.person.opens(at.repo, { head: 'files' });
    const asked = { ...at.names, pull_number: pull.number, per_page: 2 };
    const files = await at.app.paginate(at.app.rest.pulls.listFiles, asked);
    expect(
      files.map(({ filename, status, previous_filename }) => [filename, status, previous_filename]),
    ).toEqual([
      ['new "name".txt', 'renamed', 'old name.txt'],
      ['x.sh', 'added', undefined],
      ['é.bin', 'added', undefined],
    ]);
    expect(files[0]).toMatchObject({
      additions: 1,
      deletions: 0,
      patch: expect.stringContaining('+more'),
    });
    const commits = await at.app.rest.pulls.listCommits({ ...at.names, pull_number: pull.number });
    expect(commits.data.map((each) => each.commit.message)).toEqual(['Move']);
    const diff = await at.app.rest.pulls.get({
      ...at.names,
      pull_number: pull.number,
      mediaType: { format: 'diff' },
    });
    expect(String(diff.data)).toContain('rename from old name.txt');
    at.judge();
  });
});

describe('a repository', () => {
  test('answers for refs, commits, comparisons, trees and files', async () => {
    await using at = await desk();
    const { rest } = at.app;
    const main = at.repo.tip();
    expect((await rest.git.getRef({ ...at.names, ref: 'heads/main' })).data.object.sha).toBe(main);
    expect(await refusal(rest.git.getRef({ ...at.names, ref: 'heads/none' }))).toMatchObject({
      status: 404,
    });
    const compared = await rest.repos.compareCommitsWithBasehead({
      ...at.names,
      basehead: 'main...topic',
    });
    expect(compared.data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      merge_base_commit: { sha: main },
    });
    const commit = await rest.repos.getCommit({ ...at.names, ref: 'topic' });
    expect(commit.data).toMatchObject({ stats: { additions: 1 }, author: { login: 'ann' } });
    expect((await rest.repos.listCommits({ ...at.names, sha: 'topic' })).data).toHaveLength(2);
    expect((await rest.git.getCommit({ ...at.names, commit_sha: main })).data.parents).toEqual([]);
    const tree = await rest.git.getTree({ ...at.names, tree_sha: 'topic', recursive: '1' });
    expect(tree.data.tree.map((each) => each.path)).toEqual(['README.md', 'src', 'src/a.ts']);
    const file = await rest.repos.getContent({ ...at.names, path: 'src/a.ts', ref: 'topic' });
    expect(file.data).toMatchObject({ type: 'file', encoding: 'base64', path: 'src/a.ts' });
    const folder = await rest.repos.getContent({ ...at.names, path: 'src', ref: 'topic' });
    expect(folder.data).toMatchObject([{ type: 'file', path: 'src/a.ts' }]);
    expect(await refusal(rest.repos.getContent({ ...at.names, path: 'src/a.ts' }))).toMatchObject({
      status: 404,
    });
    at.judge();
  });

  test('lets an app make, move and delete refs, forward unless forced', async () => {
    await using at = await desk();
    const { rest } = at.app;
    const ref = 'heads/made';
    await rest.git.createRef({ ...at.names, ref: `refs/${ref}`, sha: at.pull.head });
    const back = { ...at.names, ref, sha: at.repo.tip() };
    expect(await refusal(rest.git.updateRef(back))).toMatchObject({ status: 422 });
    await rest.git.updateRef({ ...back, force: true });
    await rest.git.deleteRef({ ...at.names, ref });
    expect(at.repo.state.refs.has('refs/heads/made')).toBe(false);
    at.judge();
  });

  test('tells its merge settings, and takes new ones from an administrator only', async () => {
    await using at = await desk();
    const change = {
      ...at.names,
      squash_merge_commit_title: 'PR_TITLE',
      squash_merge_commit_message: 'PR_BODY',
    } as const;
    expect(await refusal(at.app.rest.repos.update(change))).toMatchObject({ status: 403 });
    await at.ann.rest.repos.update(change);
    const { data } = await at.app.rest.repos.get(at.names);
    expect(data).toMatchObject({
      squash_merge_commit_message: 'PR_BODY',
      organization: { login: 'acme' },
    });
    at.judge();
  });

  test('keeps its number when it is renamed', async () => {
    await using at = await desk();
    await at.ann.rest.repos.update({ ...at.names, name: 'gadgets' });
    const { data } = await at.app.rest.repos.get({ owner: 'acme', repo: 'gadgets' });
    expect(data.id).toBe(at.repo.id);
    expect(await refusal(at.app.rest.repos.get(at.names))).toMatchObject({ status: 404 });
    at.judge();
  });

  test('tells the rules of a branch to whoever reads it, and who may bypass them to administrators', async () => {
    await using at = await desk();
    const rules = [
      {
        type: 'required_status_checks' as const,
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: 'CAWS verdict', integration_id: at.installed.appId }],
        },
      },
    ];
    const made = await at.ann.rest.repos.createRepoRuleset({
      ...at.names,
      name: 'gate',
      enforcement: 'active',
      conditions: {
        ref_name: { include: ['~DEFAULT_BRANCH', 'refs/heads/release/*'], exclude: [] },
      },
      bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'pull_request' }],
      rules,
    });
    const of = async (branch: string) =>
      (await at.app.rest.repos.getBranchRules({ ...at.names, branch })).data.length;
    expect(await Promise.all(['main', 'release/1', 'release/1/2', 'other'].map(of))).toEqual([
      1, 1, 0, 0,
    ]);
    const whole = { ...at.names, ruleset_id: made.data.id };
    expect((await at.app.rest.repos.getRepoRuleset(whole)).data).not.toHaveProperty(
      'bypass_actors',
    );
    expect((await at.ann.rest.repos.getRepoRuleset(whole)).data.bypass_actors).toHaveLength(1);
    await at.ann.rest.repos.updateRepoRuleset({ ...whole, enforcement: 'disabled' });
    expect(await of('main')).toBe(0);
    expect((await at.app.rest.repos.getRepoRulesets(at.names)).data).toMatchObject([
      { name: 'gate' },
    ]);
    await at.ann.rest.repos.deleteRepoRuleset(whole);
    const protection = at.ann.rest.repos.getBranchProtection({ ...at.names, branch: 'main' });
    expect(await refusal(protection)).toMatchObject({
      status: 404,
      message: expect.stringContaining('Branch not protected'),
    });
    at.judge();
  });

  test('combines statuses, the newest of each name', async () => {
    await using at = await desk({}, { permissions: { statuses: 'write', pull_requests: 'read' } });
    const set = (context: string, state: 'pending' | 'success' | 'failure') =>
      at.app.rest.repos.createCommitStatus({ ...at.names, sha: at.pull.head, context, state });
    await set('a', 'failure');
    await set('a', 'success');
    await set('b', 'pending');
    const combined = await at.app.rest.repos.getCombinedStatusForRef({
      ...at.names,
      ref: at.pull.head,
    });
    expect(combined.data).toMatchObject({ state: 'pending', total_count: 2 });
    const { data } = await at.app.rest.repos.listCommitStatusesForRef({
      ...at.names,
      ref: at.pull.head,
    });
    expect(data).toHaveLength(3);
    at.judge();
  });
});
