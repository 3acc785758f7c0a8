import { describe, expect, test } from 'vitest';
import { desk } from './desk.ts';
import { refusal } from './testing.ts';

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
    const root = await rest.repos.getContent({ ...at.names, path: '' });
    expect(root.data).toMatchObject([{ type: 'file', path: 'README.md' }]);
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

  test('is found by its former name until another takes it, and keeps its number', async () => {
    await using at = await desk();
    await at.ann.rest.repos.update({ ...at.names, name: 'gadgets' });
    const { data, url } = await at.app.rest.repos.get(at.names);
    expect([data.id, data.name]).toEqual([at.repo.id, 'gadgets']);
    expect(url).toBe(`${at.hub.apiUrl}/repositories/${at.repo.id}`);
    await at.app.rest.issues.createComment({ ...at.names, issue_number: 1, body: 'Found.' });
    expect(at.pull.comments).toMatchObject([{ body: 'Found.' }]);
    const taker = await at.hub.repository({ owner: 'acme', name: 'widgets' });
    expect((await at.app.rest.repos.get(at.names)).data.id).toBe(taker.id);
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
