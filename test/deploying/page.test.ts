/** app/DEPLOYING.md, taken at its word: every example is run, or read by the program it is for. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { metricsOf } from '../../app/metrics.ts';
import { settingTable } from '../../src/5-publication/app-settings.ts';
import { openTown } from '../app/town.ts';
import { freePort } from '../free-port.ts';
import { commandOf, only } from './image.ts';

const project = join(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'app/DEPLOYING.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'arbiter-deploying-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The one example of a language in which these words stand. */
function example(language: string, words = ''): string {
  const all = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name, text = '']) => name === language && text.includes(words))
    .map(([, , text = '']) => text);
  if (all[0] === undefined || all.length > 1) throw new Error(`${all.length} examples of ${words}`);
  return all[0];
}

/** Where a program is missing, its test is passed by in words, or fails where no skip is allowed. */
function isMissing(program: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!found) console.log(`skipped: an example of app/DEPLOYING.md (install ${program})`);
  return !found && process.env['ARBITER_NO_SKIP'] === undefined;
}

test('every setting and every metric that the page names is one', async () => {
  const names = page.matchAll(/\b(?:ARBITER|WEBHOOK|GITHUB|GHE|PRIVATE|APP)_[A-Z_]+\b/g);
  for (const [name] of names) expect(Object.keys(settingTable)).toContain(name);
  const state = () => ({ oldestMs: 0, parked: 0 }) as never;
  const measured = await metricsOf({ state }, () => 0).text();
  for (const [, name] of page.matchAll(/`((?:arbiter|process)_\w+)/g))
    expect(measured).toContain(`# TYPE ${name} `);
});

describe('the unit for systemd', () => {
  const unit = example('ini');
  const analyze = (what: readonly string[], text: string) => {
    const file = join(folder, 'arbiter.service');
    // What it starts is installed where the app is, not where it is tested.
    writeFileSync(file, text.replace('/usr/local/bin/node', process.execPath));
    return spawnSync('systemd-analyze', [...what, file], { encoding: 'utf8' });
  };

  test.skipIf(isMissing('systemd-analyze'))(
    'is one that systemd objects to nothing in, and shuts in',
    () => {
      const read = analyze(['verify'], unit);
      expect([read.status, read.stderr]).toEqual([0, '']);
      const broken = analyze(
        ['verify'],
        unit.replace('ProtectSystem=strict', 'ProtectSystme=strict'),
      );
      expect(broken.stderr).toContain('ProtectSystme');
      // 0 is shut in altogether, 100 is open.
      const shut = ['security', '--offline=true', '--threshold=20'];
      expect(analyze(shut, unit).status).toBe(0);
      const open = unit.replaceAll(/^(?:Capability|Private|Protect|Restrict|System).*\n/gm, '');
      expect(analyze(shut, open).status).not.toBe(0);
    },
  );

  test('starts what the image starts, and waits longer than the app takes to end', () => {
    expect(unit).toContain(`ExecStart=${commandOf(only('ENTRYPOINT')).join(' ')}\n`);
    const lasts = Number(settingTable.ARBITER_SHUTDOWN_SECONDS.fallback) + 10;
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(lasts);
    expect(Number(/--stop-timeout (\d+)/.exec(page)?.[1])).toBeGreaterThan(lasts);
  });
});

test.skipIf(isMissing('nginx'))(
  'the proxy hands on what GitHub and runners send as it comes, refuses more, and keeps the metrics inside',
  async () => {
    const sizes: number[] = [];
    const app = createServer((incoming, response) => {
      const at = sizes.push(0) - 1;
      incoming.on('data', (part: Buffer) => {
        sizes[at] = (sizes[at] ?? 0) + part.length;
        // Said while the sender still sends: whoever keeps one of the two back lets neither end.
        if (incoming.url === '/both-ways' && sizes[at] === 1) response.write('first');
      });
      incoming.on('end', () => response.end('last'));
    });
    await new Promise<void>((resolve) => {
      app.listen(0, '127.0.0.1', resolve);
    });
    const port = await freePort();
    const nginx = startNginx(port, (app.address() as AddressInfo).port);
    try {
      await expect.poll(() => send(port, '/healthz', 0).catch(() => 0)).toBe(200);
      expect(await send(port, '/api/github/webhooks', 25_000_000)).toBe(200);
      expect(sizes.at(-1)).toBe(25_000_000);
      expect(await send(port, '/api/github/webhooks', 34_000_000)).toBe(413);
      expect(await send(port, '/metrics', 0)).toBe(403);
      expect(await bothWays(port)).toBe('firstlast');
    } finally {
      nginx.kill('SIGTERM');
      app.closeAllConnections();
      app.close();
    }
  },
);

/** nginx with the page's server, on other ports and with a certificate of its own. */
function startNginx(port: number, appPort: number) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes', '-newkey', 'rsa:2048'];
  execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  const server = example('nginx')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('/etc/ssl/arbiter/fullchain.pem', certificate)
    .replace('/etc/ssl/arbiter/privkey.pem', key)
    .replace('127.0.0.1:3000', `127.0.0.1:${appPort}`);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/nginx-${name};`)
    .join(' ');
  const config = `pid ${folder}/nginx.pid; daemon off; error_log stderr;
events {} http { access_log off; ${places} ${server} }`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config);
  return spawn('nginx', ['-p', folder, '-c', file], { stdio: 'ignore' });
}

function send(port: number, path: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const method = bytes === 0 ? 'GET' : 'POST';
    const sending = request({ host: '127.0.0.1', port, path, method, rejectUnauthorized: false });
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      sending.destroy();
    });
    sending.on('error', reject);
    sending.setHeader('content-length', bytes);
    sending.end(bytes === 0 ? undefined : Buffer.alloc(bytes));
  });
}

/** Sends half, waits until an answer to it has come, sends the rest. */
function bothWays(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': 2 };
    const to = { host: '127.0.0.1', port, path: '/both-ways', method: 'POST' } as const;
    const sending = request({ ...to, headers, rejectUnauthorized: false });
    const parts: string[] = [];
    sending.on('response', (response) => {
      response.on('data', (part: Buffer) => {
        if (parts.push(part.toString()) === 1) sending.end('b');
      });
      response.on('end', () => resolve(parts.join('')));
    });
    sending.on('error', reject);
    sending.write('a');
  });
}

test('a backup that is made, a ledger that is put back, and a key that is changed are what the page says', async () => {
  await using town = await openTown();
  const pull = await town.opens('prices', { 'src/cart/total.ts': 'export const total = 1;\n' });
  await town.rest();
  const verdict = town.check(pull)?.externalId ?? '';
  const data = town.environment['ARBITER_DATA'] ?? '';
  const [bin, backup] = [join(folder, 'bin'), join(folder, 'backup')];
  mkdirSync(bin);
  symlinkSync(data, join(folder, 'caws-arbiter'));
  const command = join(project, 'src/cli/main.ts');
  writeFileSync(join(bin, 'arbiter'), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`);
  chmodSync(join(bin, 'arbiter'), 0o755);
  const repository = String(town.repository.id);
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_STATE_HOME: folder,
    ARBITER_DATA: join(folder, 'caws-arbiter'),
    BACKUP: backup,
    repository,
  };
  const types = (words: string) =>
    execFileSync('/bin/sh', ['-euc', example('sh', words)], { env, cwd: folder, encoding: 'utf8' });

  types('arbiter ledger backup');
  expect(readdirSync(backup).toSorted()).toEqual([`${repository}.db`, 'keys'].toSorted());
  await town.app.stop();
  rmSync(join(data, 'ledgers', repository, 'ledger.db'));
  expect(types('arbiter ledger restore')).toContain('1 ');
  const rotated = types('arbiter keys rotate');
  expect(rotated).toContain('The key is changed; entry ');
  await town.restart();
  await town.hears(pull);
  expect(town.check(pull)?.externalId).toBe(verdict);
  const next = await town.opens('more', { 'src/cart/more.ts': 'export const more = 1;\n' });
  await town.rest();
  expect(town.check(next)).toMatchObject({ conclusion: 'success' });
});
