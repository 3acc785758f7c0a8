import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../../app/settings.ts';
import { isSetupHost } from '../../app/setup.ts';
import { freePort } from '../free-port.ts';
import { newFolder, stubForge } from './kit.ts';
import { given } from './mail.ts';

const project = resolve(import.meta.dirname, '../..');
const manifestFile = join(project, 'app.yml');

function app(
  folder: string,
  env: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly said: () => string } {
  let text = '';
  const child = spawn(process.execPath, [join(project, 'src/cli/main.ts'), 'app'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: () => text };
}

test('the set-up page registers the app from app.yml, and what comes back starts the app', async () => {
  const folder = newFolder();
  const pem = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
  const forge = await stubForge((request, _response, address) =>
    request.url === '/api/v3/app-manifests/a-code/conversions'
      ? {
          id: 12,
          client_id: 'Iv1',
          client_secret: 'a client secret',
          webhook_secret: 'a secret of the webhook',
          pem,
          html_url: `${address}/apps/caws`,
        }
      : {},
  );
  const env = {
    ...{ GHE_HOST: forge.host, GHE_PROTOCOL: 'http', ARBITER_LOCAL_FORGE: 'allow' },
    ARBITER_PUBLIC_URL: 'https://arbiter.example/',
  };
  // Probot prints the port it was given, so it gets one that is free.
  const port = String(await freePort());
  const setup = app(folder, { ...env, PORT: port });
  await expect.poll(setup.said).toContain('/probot in a browser');
  expect(setup.said()).toContain(`ssh -L ${port}:127.0.0.1:${port} `);
  expect(setup.said()).toContain('started again');
  const page = await (await fetch(`http://127.0.0.1:${port}/probot`)).text();
  expect(page).toContain(`action="http://${forge.host}/settings/apps/new`);
  const manifest = JSON.parse(
    /id="manifest" value='([^']*)'/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? '{}',
  );
  expect(manifest).toMatchObject({
    public: false,
    default_permissions: { checks: 'write', actions: 'write' },
    hook_attributes: { url: 'https://arbiter.example/api/github/webhooks' },
  });
  expect(JSON.stringify(manifest)).not.toContain('smee');
  const back = await fetch(`http://127.0.0.1:${port}/probot/setup?code=a-code`, {
    redirect: 'manual',
  });
  expect(back.headers.get('location')).toBe(`http://${forge.host}/apps/caws/installations/new`);
  expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0);
  setup.child.kill('SIGTERM');
  await exitOf(setup.child);

  const settings = given(readSettings({ environment: env, directory: folder }));
  expect([settings.appId, settings.privateKey.reveal(), settings.client?.id]).toEqual([
    12,
    pem,
    'Iv1',
  ]);
  const next = app(folder, env);
  await expect.poll(next.said).toContain('the app listens');
  expect(next.said()).not.toContain(pem.slice(60, 90));
  next.child.kill('SIGTERM');
  await exitOf(next.child);
  expect([
    next.child.exitCode,
    readFileSync(join(folder, '.env'), 'utf8').includes('APP_ID="12"'),
  ]).toEqual([0, true]);
});

test('the set-up page is served to this machine alone', () => {
  expect(['127.0.0.1', '::1', 'localhost'].map(isSetupHost)).toEqual([true, true, true]);
  expect(['0.0.0.0', '::', '10.0.0.1', 'app.example'].map(isSetupHost)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('app.yml asks for no more than it gives a reason for, and for every event that is heard', () => {
  const text = readFileSync(manifestFile, 'utf8');
  const manifest = parse(text) as {
    readonly default_permissions: Readonly<Record<string, string>>;
    readonly default_events: readonly string[];
  };
  const lines = text.split('\n');
  for (const name of Object.keys(manifest.default_permissions)) {
    const at = lines.findIndex((line) => line.startsWith(`  ${name}:`));
    expect(lines[at - 1]?.trim().startsWith('# ')).toBe(true);
  }
  expect(manifest.default_permissions).not.toHaveProperty('administration');
  expect(manifest.default_permissions).not.toHaveProperty('workflows');
  expect(manifest.default_events.toSorted()).toEqual([
    'check_run',
    'check_suite',
    'issue_comment',
    'merge_group',
    'pull_request',
    'push',
    'repository',
    'workflow_run',
  ]);
});

const exitOf = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolveExit) => {
        child.once('exit', () => resolveExit());
      });
