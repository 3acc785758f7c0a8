import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientOf, gitWith, judgedHub, listen } from './testing.ts';

test('a change goes from a push to a merge, and everyone hears of it', async () => {
  const hub = await judgedHub();
  await using listener = await listen();
  const ann = hub.person('ann');
  const acme = hub.organization('acme');
  acme.member(ann, 'admin');
  const repo = await hub.repository({ owner: acme, name: 'widgets' });
  const app = await hub.installApp({ on: acme, webhookUrl: listener.url });
  listener.secret = app.webhookSecret;

  const octokit = clientOf(hub, app.token());
  await ann.push(repo, 'topic', { 'src/a.ts': 'export const a = 1;\n' }, 'Add a');
  const pull = await ann.opens(repo, { head: 'topic', title: 'Add a', body: 'Because.' });
  const at = { owner: 'acme', repo: 'widgets' };

  const { data: seen } = await octokit.pulls.get({ ...at, pull_number: pull.number });
  expect(seen).toMatchObject({ mergeable: true, changed_files: 1, head: { sha: pull.head } });
  const { data: files } = await octokit.pulls.listFiles({ ...at, pull_number: pull.number });
  expect(files).toMatchObject([{ filename: 'src/a.ts', status: 'added', additions: 1 }]);

  const { data: check } = await octokit.checks.create({
    ...at,
    name: 'CAWS verdict',
    head_sha: pull.head,
    status: 'in_progress',
  });
  await octokit.checks.update({
    ...at,
    check_run_id: check.id,
    conclusion: 'success',
    output: { title: 'PASS', summary: 'All gates hold.' },
  });
  await octokit.issues.createComment({ ...at, issue_number: pull.number, body: 'Seen.' });
  expect(pull.comments).toMatchObject([{ body: 'Seen.', viaAppId: app.appId }]);

  const merged = await octokit.pulls.merge({ ...at, pull_number: pull.number, sha: pull.head });
  expect(repo.tip()).toBe(merged.data.sha);
  await hub.settle();
  expect(listener.heard.every((each) => each.signed)).toBe(true);
  expect(listener.names()).toEqual([
    'installation.created',
    'push',
    'check_suite.requested',
    'pull_request.opened',
    'check_run.created',
    'check_run.completed',
    'check_suite.completed',
    'issue_comment.created',
    'push',
    'check_suite.requested',
    'pull_request.closed',
  ]);
});

test('git clones and pushes over HTTP with a token, and a pushed head moves its pull request', async () => {
  const hub = await judgedHub();
  const ann = hub.person('ann');
  const repo = await hub.repository({ owner: ann, name: 'widgets', private: true });
  const folder = await mkdtemp(join(tmpdir(), 'hub-test-'));
  try {
    await gitWith(ann.token, folder, 'clone', '--quiet', repo.gitUrl, 'work');
    const work = join(folder, 'work');
    await gitWith(ann.token, work, 'checkout', '--quiet', '-b', 'topic');
    await gitWith(ann.token, work, 'commit', '--quiet', '--allow-empty', '-m', 'One');
    await gitWith(ann.token, work, 'push', '--quiet', 'origin', 'topic');
    const pull = await ann.opens(repo, { head: 'topic' });
    await gitWith(ann.token, work, 'commit', '--quiet', '--allow-empty', '-m', 'Two');
    await gitWith(ann.token, work, 'push', '--quiet', 'origin', 'topic');
    expect(pull.head).toBe(await gitWith(ann.token, work, 'rev-parse', 'HEAD'));
    await gitWith(ann.token, work, 'fetch', '--quiet', 'origin', `refs/pull/${pull.number}/head`);
    expect(await gitWith(ann.token, work, 'rev-parse', 'FETCH_HEAD')).toBe(pull.head);
    const { data } = await clientOf(hub, ann.token).repos.get({ owner: 'ann', repo: 'widgets' });
    expect(data.private).toBe(true);
    await expect(gitWith('nothing', folder, 'clone', repo.gitUrl, 'other')).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true });
  }
});
