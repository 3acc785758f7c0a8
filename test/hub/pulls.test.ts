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

  test('is reviewed, and whoever subscribed to reviews hears of it', async () => {
    const permissions = { pull_requests: 'read' } as const;
    await using at = await desk({}, { permissions, events: ['pull_request_review'] });
    for (const state of ['approved', 'changes_requested', 'dismissed'] as const)
      at.ann.person.reviews(at.pull, state, 'Words.');
    await at.hub.settle();
    expect(at.listener.names()).toEqual([
      'installation.created',
      'pull_request_review.submitted',
      'pull_request_review.submitted',
      'pull_request_review.dismissed',
    ]);
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
    expect(diff.data).toEqual(expect.stringContaining('rename from old name.txt'));
    at.judge();
  });
});
