import { describe, expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { git } from './git.ts';
import { gitWith, refusal } from './testing.ts';

const verdict = (
  at: Desk,
  conclusion: 'success' | 'failure',
  name = 'CAWS verdict',
  client = at.app,
) => client.rest.checks.create({ ...at.names, name, head_sha: at.pull.head, conclusion });

const merge = (at: Desk, more: object = {}) =>
  at.app.rest.pulls.merge({ ...at.names, pull_number: at.pull.number, ...more });

const pinned = (at: Desk, strict = false) =>
  at.hub.ruleset(at.repo, {
    requires: [{ context: 'CAWS verdict', appId: at.installed.appId }],
    strict,
  });

describe('a required check that is pinned to an app', () => {
  test('blocks the merge until it has passed at the head', async () => {
    await using at = await desk();
    pinned(at);
    expect(await refusal(merge(at))).toMatchObject({
      status: 405,
      message: expect.stringContaining('Required status check "CAWS verdict" is expected.'),
    });
    await verdict(at, 'failure');
    expect(await refusal(merge(at))).toMatchObject({
      status: 405,
      message: expect.stringContaining('failing'),
    });
    const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: at.pull.number });
    expect(data.mergeable_state).toBe('blocked');
    await verdict(at, 'success');
    expect((await merge(at)).data.merged).toBe(true);
    at.judge();
  });

  test('is not answered by another app, nor by a status, of the same name', async () => {
    await using at = await desk();
    pinned(at);
    await verdict(at, 'success', 'CAWS verdict', await at.secondApp());
    await at.ann.rest.repos.createCommitStatus({
      ...at.names,
      sha: at.pull.head,
      context: 'CAWS verdict',
      state: 'success',
    });
    expect(await refusal(merge(at))).toMatchObject({ status: 405 });
    at.judge();
  });

  test('holds in the form of branch protection, administrators included where it says so', async () => {
    await using at = await desk();
    await at.ann.rest.repos.updateBranchProtection({
      ...at.names,
      branch: 'main',
      required_status_checks: {
        strict: false,
        contexts: [],
        checks: [{ context: 'CAWS verdict', app_id: at.installed.appId }],
      },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    await verdict(at, 'success', 'CAWS verdict', await at.secondApp());
    expect((await at.ann.person.merges(at.pull)).ok).toBe(false);
    await verdict(at, 'success');
    expect((await at.ann.person.merges(at.pull)).ok).toBe(true);
    at.judge();
  });
});

test('a required check that is not pinned is satisfied by a status that anybody with write access sets', async () => {
  await using at = await desk();
  at.hub.ruleset(at.repo, { requires: [{ context: 'CAWS verdict' }] });
  at.ann.person.setsStatus(at.repo, at.pull.head, { context: 'CAWS verdict', state: 'success' });
  expect((await merge(at)).data.merged).toBe(true);
  at.judge();
});

test.each(['neutral', 'skipped'] as const)(
  'a required check that is %s counts as passed',
  async (conclusion) => {
    await using at = await desk();
    pinned(at);
    await at.app.rest.checks.create({
      ...at.names,
      name: 'CAWS verdict',
      head_sha: at.pull.head,
      conclusion,
    });
    expect((await merge(at)).data.merged).toBe(true);
    at.judge();
  },
);

test('a strict branch takes no head that is behind it', async () => {
  await using at = await desk();
  await at.ann.person.push(at.repo, 'main', { 'b.txt': 'b\n' });
  pinned(at, true);
  await verdict(at, 'success');
  expect(await refusal(merge(at))).toMatchObject({
    status: 405,
    message: expect.stringContaining('out of date'),
  });
  const updated = { ...at.names, pull_number: at.pull.number, expected_head_sha: at.pull.head };
  await at.app.rest.pulls.updateBranch(updated);
  await verdict(at, 'success');
  expect((await merge(at)).data.merged).toBe(true);
  at.judge();
});

test('a bypass actor of the ruleset merges past it', async () => {
  await using at = await desk();
  at.hub.ruleset(at.repo, {
    requires: [{ context: 'CAWS verdict', appId: at.installed.appId }],
    bypass: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
  });
  expect(await refusal(merge(at))).toMatchObject({ status: 405 });
  expect((await at.ann.person.merges(at.pull)).ok).toBe(true);
});

test('a protected branch takes no push', async () => {
  await using at = await desk();
  pinned(at);
  const bob = at.hub.person('bob');
  at.hub.collaborator(at.repo, bob, 'write');
  const folder = at.hub.world.root;
  await gitWith(bob.token, folder, 'clone', '--quiet', at.repo.gitUrl, 'work');
  const work = `${folder}/work`;
  await gitWith(bob.token, work, 'commit', '--quiet', '--allow-empty', '-m', 'Past the gate');
  await expect(gitWith(bob.token, work, 'push', 'origin', 'main')).rejects.toThrow('GH013');
  await expect(gitWith(bob.token, work, 'push', 'origin', 'HEAD:refs/pull/1/head')).rejects.toThrow(
    'hidden ref',
  );
  const tip = { ...at.names, ref: 'heads/main', sha: at.pull.head };
  expect(await refusal(at.app.rest.git.updateRef(tip))).toMatchObject({ status: 422 });
  at.judge();
});

describe('a merge', () => {
  test('is refused with 409 where the head is not the expected one', async () => {
    await using at = await desk();
    const sha = at.pull.head;
    await at.ann.person.push(at.repo, 'topic', { 'src/b.ts': '' });
    expect(await refusal(merge(at, { sha }))).toMatchObject({ status: 409 });
    at.judge();
  });

  test('is refused with 405 where the two conflict, and says so before', async () => {
    await using at = await desk();
    await at.ann.person.push(at.repo, 'main', { 'src/a.ts': 'export const a = 2;\n' });
    const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: at.pull.number });
    expect(data).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    expect(await refusal(merge(at))).toMatchObject({ status: 405 });
    at.judge();
  });

  test('by squash keeps the message that was sent, to the letter, and its trailer', async () => {
    await using at = await desk();
    const commit_message = 'Why.\n\nCAWS-VERDICT-ID: 0199\nCo-authored-by: bob <bob@example.com>';
    const { data } = await merge(at, {
      merge_method: 'squash',
      commit_title: 'Add a (#1)',
      commit_message,
    });
    const format = '--format=%B%x00%(trailers:key=CAWS-VERDICT-ID,valueonly)';
    const [message, trailer] = (await git(at.repo.folder, ['log', '-1', format, data.sha])).split(
      '\0',
    );
    expect(message?.trim()).toBe(`Add a (#1)\n\n${commit_message}`);
    expect(trailer?.trim()).toBe('0199');
    const parents = await git(at.repo.folder, ['log', '-1', '--format=%P %an %cn', data.sha]);
    expect(parents.trim().split(' ')).toHaveLength(3);
    at.judge();
  });

  test('by squash of two authors adds a separator that ends the trailers', async () => {
    await using at = await desk();
    const bob = at.hub.person('bob');
    await at.ann.person.push(at.repo, 'topic', { 'b.ts': '' }, 'Add b', { author: bob });
    const commit_message = 'Why.\n\nCAWS-VERDICT-ID: 0199';
    const { data } = await merge(at, { merge_method: 'squash', commit_message });
    const format = '--format=%B%x00%(trailers:key=CAWS-VERDICT-ID,valueonly)';
    const [message, trailer] = (await git(at.repo.folder, ['log', '-1', format, data.sha])).split(
      '\0',
    );
    expect(message).toContain('CAWS-VERDICT-ID: 0199\n\n---------\n\nCo-authored-by: bob <');
    expect(trailer?.trim()).toBe('');
    at.judge();
  });

  test('by rebase writes every commit anew on the base, and moves no author', async () => {
    await using at = await desk();
    await at.ann.person.push(at.repo, 'topic', { 'src/b.ts': '' }, 'Add b');
    await at.ann.person.push(at.repo, 'main', { 'c.txt': 'c\n' });
    const { data } = await merge(at, { merge_method: 'rebase' });
    const log = await git(at.repo.folder, ['log', '-3', '--format=%s %an %cn', data.sha]);
    expect(log.trim().split('\n')).toEqual([
      'Add b ann GitHub',
      'Add a ann GitHub',
      'Change ann ann',
    ]);
    const tree = await git(at.repo.folder, ['ls-tree', '-r', '--name-only', data.sha]);
    expect(tree.trim().split('\n')).toEqual(['README.md', 'c.txt', 'src/a.ts', 'src/b.ts']);
    at.judge();
  });

  test('tells of the push and of the closed pull request', async () => {
    await using at = await desk();
    const { data } = await merge(at);
    await at.hub.settle();
    const closed = at.listener.heard.find((each) => each.payload['action'] === 'closed');
    expect(closed?.payload['pull_request']).toMatchObject({
      merged: true,
      merge_commit_sha: data.sha,
    });
    const { data: pulls } = await at.app.rest.repos.listPullRequestsAssociatedWithCommit({
      ...at.names,
      commit_sha: data.sha,
    });
    expect(pulls.map((each) => each.number)).toEqual([at.pull.number]);
    at.judge();
  });
});
