import { describe, expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { git } from './git.ts';

const enable = `mutation ($id: ID!, $head: GitObjectID) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH, expectedHeadOid: $head,
    commitHeadline: "Add a (#1)", commitBody: "CAWS-VERDICT-ID: 0199" }) {
    pullRequest { number autoMergeRequest { mergeMethod commitHeadline enabledBy { login } } }
  }
}`;

async function nodeOf(at: Desk): Promise<string> {
  const { data } = await at.app.rest.pulls.get({ ...at.names, pull_number: at.pull.number });
  return data.node_id;
}

const requires = (at: Desk) =>
  at.hub.ruleset(at.repo, { requires: [{ context: 'CAWS verdict', appId: at.installed.appId }] });

const passes = (at: Desk) =>
  at.app.rest.checks.create({
    ...at.names,
    name: 'CAWS verdict',
    head_sha: at.pull.head,
    conclusion: 'success',
  });

describe('auto-merge', () => {
  test('waits for the required check and keeps the message', async () => {
    await using at = await desk();
    requires(at);
    const answer = await at.app.graphql(enable, { id: await nodeOf(at), head: at.pull.head });
    expect(answer).toEqual({
      enablePullRequestAutoMerge: {
        pullRequest: {
          number: at.pull.number,
          autoMergeRequest: {
            mergeMethod: 'SQUASH',
            commitHeadline: 'Add a (#1)',
            enabledBy: { login: 'caws-arbiter' },
          },
        },
      },
    });
    await at.hub.settle();
    expect(at.pull.state.mergedAt).toBeNull();
    await passes(at);
    await at.hub.settle();
    const message = await git(at.repo.folder, ['log', '-1', '--format=%B', at.repo.tip()]);
    expect(message.trim()).toBe('Add a (#1)\n\nCAWS-VERDICT-ID: 0199');
    expect(at.listener.names()).toContain('pull_request.auto_merge_enabled');
    at.judge();
  });

  test('is refused where nothing is left to wait for, and for another head', async () => {
    await using at = await desk();
    const id = await nodeOf(at);
    await expect(at.app.graphql(enable, { id })).rejects.toThrow('clean status');
    requires(at);
    const head = '0'.repeat(40);
    await expect(at.app.graphql(enable, { id, head })).rejects.toThrow('expected head oid');
    at.judge();
  });
});

test('mergePullRequest keeps to the expected head and the rules', async () => {
  await using at = await desk();
  const merge = `mutation ($id: ID!, $head: GitObjectID) {
    mergePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head, mergeMethod: SQUASH }) {
      pullRequest { merged state mergeCommit { oid } }
    }
  }`;
  const id = await nodeOf(at);
  const wrong = { id, head: '0'.repeat(40) };
  await expect(at.app.graphql(merge, wrong)).rejects.toThrow('Head branch was modified');
  requires(at);
  await expect(at.app.graphql(merge, { id })).rejects.toThrow('is expected');
  await passes(at);
  const answer = await at.app.graphql(merge, { id, head: at.pull.head });
  expect(answer).toEqual({
    mergePullRequest: {
      pullRequest: { merged: true, state: 'MERGED', mergeCommit: { oid: at.repo.tip() } },
    },
  });
  at.judge();
});

test('a comment is minimized and comes back', async () => {
  await using at = await desk();
  const { data } = await at.app.rest.issues.createComment({
    ...at.names,
    issue_number: at.pull.number,
    body: 'Old.',
  });
  const minimize = `mutation ($id: ID!) {
    minimizeComment(input: { subjectId: $id, classifier: RESOLVED }) {
      minimizedComment { isMinimized minimizedReason }
    }
  }`;
  expect(await at.app.graphql(minimize, { id: data.node_id })).toEqual({
    minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'resolved' } },
  });
  const back = `mutation ($id: ID!) {
    unminimizeComment(input: { subjectId: $id }) { unminimizedComment { isMinimized } }
  }`;
  expect(await at.app.graphql(back, { id: data.node_id })).toEqual({
    unminimizeComment: { unminimizedComment: { isMinimized: false } },
  });
  at.judge();
});

test('what is asked and not built is refused, remembered, and fails the test', async () => {
  await using at = await desk();
  const asked = at.app.graphql('query { viewer { login } licenses { key } }');
  await expect(asked).rejects.toThrow('does not serve Query.licenses');
  expect(at.hub.unserved()).toEqual(['graphql Query.licenses']);
  expect(() => at.judge()).toThrow('not served: graphql Query.licenses');
});

test('a document that GitHub would not take is a mismatch', async () => {
  await using at = await desk();
  await expect(at.app.graphql('query { viewer { shoeSize } }')).rejects.toThrow('shoeSize');
  expect(at.hub.takeMismatches()).toMatchObject([{ side: 'graphql' }]);
  at.judge();
});
