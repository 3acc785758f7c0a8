/**
 * The same steps against this hub and against `emulate`, which others wrote: an app signs in, makes a
 * check, and hears of it by a signed webhook. What `emulate` lacks or does otherwise is left out.
 */
import { createServer } from 'node:net';
import { createEmulator } from 'emulate';
import { expect, test } from 'vitest';
import { startHub } from './hub.ts';
import { appToken, clientOf, type Listener, listen } from './testing.ts';

interface Place extends AsyncDisposable {
  readonly baseUrl: string;
  readonly appId: number;
  readonly privateKey: string;
  readonly installationId: number;
  readonly secret: string;
}

async function ownHub(listener: Listener): Promise<Place> {
  const hub = await startHub();
  await hub.repository({ owner: hub.person('octocat'), name: 'widgets' });
  const app = await hub.installApp({ on: 'octocat', webhookUrl: listener.url });
  return {
    baseUrl: hub.apiUrl,
    appId: app.appId,
    privateKey: app.privateKey,
    installationId: app.installationId,
    secret: app.webhookSecret,
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

/** `emulate` wants a number and takes no 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function emulated(listener: Listener): Promise<Place> {
  const github = {
    users: [{ login: 'octocat' }],
    repos: [{ owner: 'octocat', name: 'widgets', auto_init: true }],
    apps: [
      {
        app_id: 12_345,
        slug: 'caws-arbiter',
        name: 'CAWS arbiter',
        permissions: { checks: 'write', contents: 'read', metadata: 'read' },
        events: ['check_run'],
        webhook_url: listener.url,
        webhook_secret: 'secret',
        installations: [{ installation_id: 100, account: 'octocat', repository_selection: 'all' }],
      },
    ],
  };
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: { github },
  });
  const key = emulator.generatedSecrets.find(({ kind }) => kind === 'github.app_private_key');
  return {
    baseUrl: emulator.url,
    appId: 12_345,
    privateKey: key?.value ?? '',
    installationId: 100,
    secret: 'secret',
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

test.each([
  ['this hub', ownHub],
  ['emulate', emulated],
])('%s signs an app in, takes its check, and tells it by a signed webhook', async (_, start) => {
  await using listener = await listen();
  await using place = await start(listener);
  listener.secret = place.secret;
  const itself = clientOf({ apiUrl: place.baseUrl }, await appToken(place, Date.now()));
  expect((await itself.rest.apps.getAuthenticated()).data?.id).toBe(place.appId);
  const { installationId: installation_id } = place;
  const made = await itself.rest.apps.createInstallationAccessToken({ installation_id });
  const octokit = clientOf({ apiUrl: place.baseUrl }, made.data.token);

  const at = { owner: 'octocat', repo: 'widgets' };
  const { data: branch } = await octokit.rest.repos.getBranch({ ...at, branch: 'main' });
  const head_sha = branch.commit.sha;
  const { data: run } = await octokit.rest.checks.create({ ...at, name: 'CAWS verdict', head_sha });
  // GitHub completes a run that is given a conclusion; `emulate` has to be told so.
  const done = { status: 'completed', conclusion: 'success' } as const;
  await octokit.rest.checks.update({ ...at, check_run_id: run.id, ...done });
  const { data: listed } = await octokit.rest.checks.listForRef({ ...at, ref: head_sha });
  expect(listed.check_runs).toMatchObject([{ name: 'CAWS verdict', conclusion: 'success' }]);

  await expect.poll(() => listener.names()).toContain('check_run.completed');
  const told = listener.heard.find(({ payload }) => payload['action'] === 'completed');
  expect(told).toMatchObject({
    signed: true,
    payload: { check_run: { id: run.id, head_sha }, installation: { id: installation_id } },
  });
});
