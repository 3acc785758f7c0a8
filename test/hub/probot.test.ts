/** Probot as the app uses it, against the hub, with nothing in between but HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeMiddleware, Probot, type ProbotOctokit } from 'probot';
import { expect, test } from 'vitest';
import { desk } from './desk.ts';
import { gitWith } from './testing.ts';

test('an app of Probot hears of a pull request and answers with a check, paging and GraphQL', async () => {
  await using at = await desk();
  const probot = new Probot({
    appId: at.installed.appId,
    privateKey: at.installed.privateKey,
    secret: at.installed.webhookSecret,
    baseUrl: at.hub.apiUrl,
    logLevel: 'fatal',
  });
  const seen: unknown[] = [];
  const app = (asked: Probot) => {
    asked.on('pull_request.opened', async (context) => {
      const octokit: ProbotOctokit = context.octokit;
      const { number, head } = context.payload.pull_request;
      const files = await octokit.paginate(
        octokit.rest.pulls.listFiles,
        context.repo({ pull_number: number, per_page: 1 }),
      );
      const check = { name: 'CAWS verdict', head_sha: head.sha, conclusion: 'success' as const };
      await octokit.rest.checks.create(context.repo(check));
      seen.push(files.length, await octokit.graphql('{ viewer { login } }'));
    });
  };
  const middleware = await createNodeMiddleware(app, { probot, webhooksPath: '/' });
  const server = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    at.installed.listensAt(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
    await at.ann.person.push(at.repo, 'two', { 'a.txt': 'a', 'b.txt': 'b' });
    const pull = await at.ann.person.opens(at.repo, { head: 'two' });
    await at.hub.settle();
    await expect
      .poll(() => at.hub.checks(at.repo, pull.head))
      .toMatchObject([{ conclusion: 'success' }]);
    await expect.poll(() => seen).toEqual([2, { viewer: { login: 'caws-arbiter' } }]);
    expect(at.hub.deliveries('pull_request.opened').at(-1)?.statusCode).toBe(200);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  at.judge();
});

test('an installation that is suspended, narrowed or removed is told and refused', async () => {
  await using at = await desk();
  const other = await at.hub.repository({ owner: 'acme', name: 'other' });
  at.installed.reaches([other]);
  at.installed.suspended(true);
  await expect(at.app.rest.apps.listReposAccessibleToInstallation()).rejects.toMatchObject({
    status: 403,
  });
  at.installed.suspended(false);
  const { data } = await at.app.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map((each) => each.name)).toEqual(['other']);
  at.installed.uninstalls();
  await expect(at.app.rest.apps.listReposAccessibleToInstallation()).rejects.toMatchObject({
    status: 401,
  });
  await at.hub.settle();
  expect(at.listener.names().slice(-4)).toEqual([
    'installation_repositories.removed',
    'installation.suspend',
    'installation.unsuspend',
    'installation.deleted',
  ]);
  at.judge();
});

test('the hourly limit is counted for each token, and refuses past it', async () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  await using at = await desk({ now: () => now, hourlyLimit: 2 });
  const first = await at.app.rest.repos.get(at.names);
  expect(first.headers['x-ratelimit-remaining']).toBe('1');
  await at.app.rest.repos.get(at.names);
  await expect(at.app.rest.repos.get(at.names)).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'x-ratelimit-remaining': '0' } },
  });
  at.judge();
});

test('git pushes notes without a word to anybody, and fetches one commit without its blobs', async () => {
  await using at = await desk();
  const folder = await mkdtemp(join(tmpdir(), 'hub-test-'));
  try {
    const token = at.installed.token();
    await gitWith(token, folder, 'init', '--quiet', '--bare', 'cache');
    const cache = join(folder, 'cache');
    const wanted = [
      'fetch',
      '--quiet',
      '--depth=1',
      '--filter=blob:none',
      at.repo.gitUrl,
      at.pull.head,
    ];
    await gitWith(token, cache, ...wanted);
    await gitWith(
      token,
      cache,
      'notes',
      '--ref=caws',
      'add',
      '-m',
      'CAWS-VERDICT-ID: 0199',
      at.pull.head,
    );
    await at.hub.settle();
    const before = at.hub.deliveries().length;
    await gitWith(token, cache, 'push', '--quiet', at.repo.gitUrl, 'refs/notes/caws');
    await at.hub.settle();
    expect(at.hub.deliveries()).toHaveLength(before);
    expect(at.repo.state.refs.has('refs/notes/caws')).toBe(true);
    const page = await textAt(`${at.repo.page}/commit/${at.pull.head}`);
    expect(page).toContain('CAWS-VERDICT-ID: 0199');
  } finally {
    await rm(folder, { recursive: true });
  }
  at.judge();
});

const textAt = async (url: string): Promise<string> => (await fetch(url)).text();
