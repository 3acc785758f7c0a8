import { describe, expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { git } from './git.ts';
import type { PullHandle } from './handles.ts';
import { refusal } from './testing.ts';

const enqueue = `mutation ($id: ID!) {
  enqueuePullRequest(input: { pullRequestId: $id }) { mergeQueueEntry { position state headCommit { oid } } }
}`;

async function queued(parameters: Readonly<Record<string, unknown>> = {}): Promise<Desk> {
  const at = await desk();
  at.hub.ruleset(at.repo, {
    requires: [{ context: 'CAWS verdict', appId: at.installed.appId }],
    rules: [
      {
        type: 'merge_queue',
        parameters: {
          merge_method: 'SQUASH',
          check_response_timeout_minutes: 60,
          grouping_strategy: 'ALLGREEN',
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 0,
          ...parameters,
        },
      },
    ],
  });
  return at;
}

const concludes = (at: Desk, sha: string, conclusion: 'success' | 'failure') =>
  at.app.rest.checks.create({ ...at.names, name: 'CAWS verdict', head_sha: sha, conclusion });

async function enters(at: Desk, pull: PullHandle): Promise<void> {
  await concludes(at, pull.head, 'success');
  const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: pull.number });
  await at.app.graphql(enqueue, { id: data.node_id });
  await at.hub.settle();
}

const groups = (at: Desk) =>
  at.listener.heard
    .filter((each) => each.event === 'merge_group')
    .map((each) => ({
      action: String(each.payload['action']),
      reason: each.payload['reason'],
      group: each.payload['merge_group'] as {
        head_sha: string;
        head_ref: string;
        base_sha: string;
      },
    }));

describe('a merge queue', () => {
  test('is the only way in', async () => {
    await using at = await queued();
    await concludes(at, at.pull.head, 'success');
    const merge = at.app.rest.pulls.merge({ ...at.names, pull_number: at.pull.number });
    expect(await refusal(merge)).toMatchObject({
      status: 405,
      message: expect.stringContaining('merge queue'),
    });
    at.judge();
  });

  test('asks for checks on a commit of its own, and merges exactly that one', async () => {
    await using at = await queued();
    await enters(at, at.pull);
    const [asked] = groups(at);
    const main = at.repo.tip();
    expect(asked).toMatchObject({
      action: 'checks_requested',
      group: { base_sha: main, head_ref: `refs/heads/gh-readonly-queue/main/pr-1-${main}` },
    });
    const sha = asked?.group.head_sha ?? '';
    expect(at.repo.tip()).toBe(main);
    await concludes(at, sha, 'success');
    await at.hub.settle();
    expect(at.repo.tip()).toBe(sha);
    expect(groups(at).at(-1)).toMatchObject({ action: 'destroyed', reason: 'merged' });
    expect(at.pull.state.mergeCommit).toBe(sha);
    at.judge();
  });

  test('words the commit by the settings, whatever auto-merge was told', async () => {
    await using at = await queued();
    at.repo.state.settings.squashMessage = 'PR_BODY';
    const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: at.pull.number });
    const enable = `mutation ($id: ID!) {
      enablePullRequestAutoMerge(input: { pullRequestId: $id, commitHeadline: "Mine", commitBody: "Mine" }) {
        pullRequest { number }
      }
    }`;
    await at.app.graphql(enable, { id: data.node_id });
    await concludes(at, at.pull.head, 'success');
    await at.hub.settle();
    await concludes(at, groups(at)[0]?.group.head_sha ?? '', 'success');
    await at.hub.settle();
    const message = await git(at.repo.folder, ['log', '-1', '--format=%B', at.repo.tip()]);
    expect(message.trim()).toBe('Add a (#1)\n\nBecause.');
    at.judge();
  });

  test('drops whom the check fails, and tries those behind anew without it', async () => {
    await using at = await queued();
    await at.ann.person.push(at.repo, 'second', { 'b.ts': 'b\n' });
    const second = await at.ann.person.opens(at.repo, { head: 'second', title: 'Add b' });
    await enters(at, at.pull);
    await enters(at, second);
    const [first, behind] = groups(at);
    expect(behind?.group.base_sha).toBe(first?.group.head_sha);
    await concludes(at, first?.group.head_sha ?? '', 'failure');
    await at.hub.settle();
    expect(at.listener.names()).toContain('pull_request.dequeued');
    const again = groups(at).at(-1);
    expect(again).toMatchObject({ action: 'checks_requested', group: { base_sha: at.repo.tip() } });
    await concludes(at, again?.group.head_sha ?? '', 'success');
    await at.hub.settle();
    expect([at.pull.state.state, second.state.mergeCommit]).toEqual([
      'open',
      again?.group.head_sha,
    ]);
    at.judge();
  });

  test.each([
    ['MERGE', 2],
    ['SQUASH', 1],
    ['REBASE', 1],
  ])('lands two at once by %s, each on top of the one before', async (method, parents) => {
    await using at = await queued({ merge_method: method, min_entries_to_merge: 2 });
    await at.ann.person.push(at.repo, 'second', { 'b.ts': 'b\n' });
    const second = await at.ann.person.opens(at.repo, { head: 'second', title: 'Add b' });
    const before = at.repo.tip();
    await enters(at, at.pull);
    await enters(at, second);
    const [first, behind] = groups(at).map(({ group }) => group.head_sha);
    await concludes(at, first ?? '', 'success');
    await at.hub.settle();
    expect(at.repo.tip()).toBe(before);
    await concludes(at, behind ?? '', 'success');
    await at.hub.settle();
    expect(at.repo.tip()).toBe(behind);
    const pushes = at.listener.heard.filter(
      ({ event, payload }) => event === 'push' && payload['ref'] === 'refs/heads/main',
    );
    expect(pushes.at(-1)?.payload).toMatchObject({ before, after: behind });
    expect([at.pull.state.mergeCommit, second.state.mergeCommit]).toEqual([first, behind]);
    const shown = await git(at.repo.folder, ['rev-list', '--parents', '-1', behind ?? '']);
    expect(shown.trim().split(' ').slice(1)).toHaveLength(parents);
    expect(shown.split(' ')[1]?.trim()).toBe(first);
    at.judge();
  });

  test('drops whoever is pushed to, and builds anew where the base moved past it', async () => {
    await using at = await queued();
    await at.ann.person.push(at.repo, 'second', { 'b.ts': 'b\n' });
    const second = await at.ann.person.opens(at.repo, { head: 'second', title: 'Add b' });
    await enters(at, at.pull);
    await enters(at, second);
    await at.ann.person.push(at.repo, at.pull.state.head.ref, { 'a.ts': 'more\n' });
    await at.hub.settle();
    expect(at.repo.state.queue.map(({ number }) => number)).toEqual([second.number]);
    const [{ group }] = groups(at).slice(-1) as [ReturnType<typeof groups>[number]];
    expect(group.base_sha).toBe(at.repo.tip());
    await at.ann.person.resets(at.repo, 'main', second.state.base.sha);
    await at.hub.settle();
    const moved = await at.ann.person.push(at.repo, 'elsewhere', { 'c.ts': 'c\n' }, 'C', {
      from: 'main',
    });
    await at.ann.person.resets(at.repo, 'main', moved);
    await at.hub.settle();
    expect(groups(at).at(-1)).toMatchObject({
      action: 'checks_requested',
      group: { base_sha: moved },
    });
    at.judge();
  });

  test('by HEADGREEN looks at the last commit alone', async () => {
    await using at = await queued({ grouping_strategy: 'HEADGREEN', min_entries_to_merge: 2 });
    await at.ann.person.push(at.repo, 'second', { 'b.ts': 'b\n' });
    const second = await at.ann.person.opens(at.repo, { head: 'second', title: 'Add b' });
    await enters(at, at.pull);
    await enters(at, second);
    const [first, behind] = groups(at).map(({ group }) => group.head_sha);
    await concludes(at, first ?? '', 'failure');
    await concludes(at, behind ?? '', 'success');
    await at.hub.settle();
    expect(at.repo.tip()).toBe(behind);
    at.judge();
  });
});
