import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { afterAll, describe, expect, test } from 'vitest';
import packaged from '../../package.json' with { type: 'json' };
import { settingTable } from '../../src/5-publication/app-settings.ts';
import { stubForge } from '../app/kit.ts';
import { environmentFor } from '../app/mail.ts';
import { freePort } from '../free-port.ts';
import {
  commandOf,
  containerfile,
  environment,
  isSent,
  makeImage,
  only,
  stages,
  textOf,
} from './image.ts';

const folder = mkdtempSync(join(tmpdir(), 'arbiter-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [before = [], build = [], image = []] = stages();

describe('the Containerfile', () => {
  test('is one that a linter objects to nothing in, and it objects to broken ones', () => {
    expect(validate(containerfile)).toEqual([]);
    for (const [found, broken] of [
      ['USER 10001:10001', 'USER'],
      ['EXPOSE 3000', 'EXPOSE many'],
      ['WORKDIR /src', 'WROKDIR /src'],
      ['HEALTHCHECK --interval=30s', 'HEALTHCHECK --interval=soon'],
    ] as const) {
      expect(containerfile).toContain(found);
      expect(validate(containerfile.replace(found, broken)), broken).not.toEqual([]);
    }
  });

  test('begins twice with the same pinned release of Debian', () => {
    expect(before.map(textOf)).toEqual([expect.stringMatching(/^DEBIAN=debian:\d+\.\d+-slim$/)]);
    const from = [build[0], image[0]].map((each) => each && textOf(each));
    expect(from).toEqual([expect.stringMatching(/^\$\{DEBIAN\} AS build$/), from[0]?.slice(0, 9)]);
  });

  test('gets what it installs from Debian and the registry, and downloads nothing else', () => {
    const commands = [...build, ...image]
      .filter((each) => each.getKeyword() === 'RUN')
      .flatMap((each) =>
        textOf(each)
          .split('&&')
          .map((part) => part.trim().split(' ')[0]),
      );
    expect(new Set(commands)).toEqual(new Set(['apt-get', 'chown', 'mkdir', 'npm', 'rm', 'tar']));
    expect(containerfile).toContain('RUN npm ci ');
    expect([...build, ...image].some((each) => each.getKeyword() === 'ADD')).toBe(false);
  });

  test('runs as nobody of importance, without a shell, and says where its data and its port are', () => {
    expect(textOf(only('USER'))).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    for (const each of ['ENTRYPOINT', 'HEALTHCHECK'].map(only))
      expect(commandOf(each)[0]).toBe('/usr/local/bin/node');
    expect(commandOf(only('ENTRYPOINT')).slice(1)).toEqual([
      `/opt/arbiter/${packaged.bin.arbiter}`,
      'app',
    ]);
    expect(image.some((each) => each.getKeyword() === 'CMD')).toBe(false);
    const { ARBITER_DATA, PORT, NODE_ENV, XDG_CONFIG_HOME, XDG_STATE_HOME } = environment();
    const volume = textOf(only('VOLUME'));
    expect(ARBITER_DATA).toBe(`${volume}/caws-arbiter`);
    expect([XDG_CONFIG_HOME, XDG_STATE_HOME]).toEqual([volume, volume]);
    expect([textOf(only('EXPOSE')), NODE_ENV]).toEqual([PORT, 'production']);
  });

  test('has no place for a secret: no variable of one, and no file that might be one is sent', () => {
    const secrets = Object.entries(settingTable)
      .filter(([, { kind }]) => kind.is === 'secret')
      .flatMap(([name]) => [name, `${name}_PATH`]);
    for (const name of secrets) expect(containerfile).not.toContain(name);
    for (const path of [
      '.env',
      '.git/config',
      'arbiter-data/keys/current',
      'private-key.pem',
      '.npmrc',
      'node_modules/x',
      'test/app/mail.ts',
    ])
      expect(isSent(path), path).toBe(false);
    expect(isSent('src/cli/main.ts')).toBe(true);
  });
});

test('the image’s steps give a program that serves as another user, and ends cleanly', async () => {
  const root = makeImage(folder);
  const isRoot = process.getuid?.() === 0;
  const [uid = 0, gid = 0] = textOf(only('USER')).split(':').map(Number);
  const data = join(root, 'data');
  mkdirSync(data);
  if (isRoot) chownSync(data, uid, gid);
  chmodSync(folder, 0o755);
  const forge = await stubForge((request) => (request.url?.endsWith('/app') ? { slug: 'x' } : []));
  const port = String(await freePort());
  const env = {
    ...environmentFor(data, { GHE_HOST: forge.host, PORT: port }),
    ...environment(),
    PATH: process.env['PATH'] ?? '',
    HOST: '127.0.0.1',
    PORT: port,
    ARBITER_DATA: data,
    HOME: data,
    XDG_CONFIG_HOME: data,
    XDG_STATE_HOME: data,
  };
  const here = (command: readonly string[]) =>
    command.map((each) => (each.startsWith('/') ? join(root, each) : each)) as [
      string,
      ...string[],
    ];
  const [program, ...args] = here(commandOf(only('ENTRYPOINT')));
  const user = isRoot ? { uid, gid } : {};
  const [probe, ...probing] = here(commandOf(only('HEALTHCHECK')));
  const health = () => spawnSync(probe, probing, { env, ...user }).status;
  expect(health()).toBe(1);

  const cwd = join(root, textOf(only('WORKDIR')));
  const child = spawn(program, args, { cwd, env, ...user, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      said += part;
    });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  try {
    const listens = expect.poll(() => said).toContain('the app listens');
    await Promise.race([
      listens,
      ended.then((code) => expect.unreachable(`ended: ${code} ${said}`)),
    ]);
    expect(health()).toBe(0);
    expect(statSync(join(data, 'app.db')).uid).toBe(isRoot ? uid : process.getuid?.());
    expect(readdirSync(cwd).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'app.yml',
      'dist',
      'package.json',
      'policies',
    ]);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended, said).toBe(0);
});
