import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { forgeAddress, reasonAgainst } from '../../app/forge-address.ts';
import { readSettings } from '../../app/settings.ts';
import { startApp } from '../../app/start.ts';
import { settingsText, settingTable } from '../../src/5-publication/app-settings.ts';
import { startWords } from '../../src/5-publication/app-words.ts';
import { newFolder, settingsFor } from './kit.ts';
import { environmentFor, given, handsWith, privateKey, START, webhookSecret } from './mail.ts';

const {
  GHE_HOST: _host,
  GHE_PROTOCOL: _protocol,
  ARBITER_LOCAL_FORGE: _local,
  ...plain
} = environmentFor('/nowhere');
const read = (more: Readonly<Record<string, string | undefined>>, directory = newFolder()) =>
  readSettings({ environment: { ...plain, ...more }, directory });
const faultsOf = (more: Readonly<Record<string, string | undefined>>, directory?: string) => {
  const result = read(more, directory);
  return result.ok ? [] : result.fault;
};

test('without anything else, the app speaks to github.com', () => {
  expect(given(read({})).forge).toEqual({
    host: 'github.com',
    protocol: 'https',
    webUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
  });
});

describe('a fault of the settings', () => {
  test.each<[string, Readonly<Record<string, string | undefined>>, object]>([
    [
      'a name with a slip',
      { WEBHOK_SECRET: 'x' },
      { kind: 'setting-unknown', nearest: 'WEBHOOK_SECRET' },
    ],
    [
      'a name of ours that is none',
      { ARBITER_WORKRES: '4' },
      { kind: 'setting-unknown', nearest: 'ARBITER_WORKERS' },
    ],
    [
      'a name of ours like no other',
      { ARBITER_X: '4' },
      { kind: 'setting-unknown', nearest: null },
    ],
    ['no app', { APP_ID: undefined }, { kind: 'setting-missing', name: 'APP_ID' }],
    ['an empty key', { PRIVATE_KEY: '' }, { kind: 'setting-missing', other: 'PRIVATE_KEY_PATH' }],
    [
      'a key that is none',
      { PRIVATE_KEY: 'x' },
      { kind: 'setting-malformed', name: 'PRIVATE_KEY' },
    ],
    ['a key twice', { PRIVATE_KEY_PATH: '/dev/null' }, { kind: 'setting-twice' }],
    [
      'a file that is not there',
      { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: 'none.pem' },
      { kind: 'setting-file-unreadable', reason: 'ENOENT' },
    ],
    [
      'a secret that is none',
      { WEBHOOK_SECRET: 'development' },
      { kind: 'setting-malformed', name: 'WEBHOOK_SECRET' },
    ],
    [
      'an earlier secret that is none',
      { WEBHOOK_SECRET_PREVIOUS: 'development' },
      { kind: 'setting-malformed', name: 'WEBHOOK_SECRET_PREVIOUS' },
    ],
    [
      'an earlier secret that is the present one',
      { WEBHOOK_SECRET_PREVIOUS: webhookSecret },
      { kind: 'setting-malformed', wanted: 'another secret than WEBHOOK_SECRET' },
    ],
    [
      'half a number',
      { PORT: '80.5' },
      { kind: 'setting-malformed', name: 'PORT', wanted: '0 to 65535' },
    ],
    [
      'a number with a sign',
      { ARBITER_WORKERS: '-1' },
      { kind: 'setting-malformed', name: 'ARBITER_WORKERS' },
    ],
    [
      'a number past its end',
      { ARBITER_WORKERS: '65' },
      { kind: 'setting-malformed', name: 'ARBITER_WORKERS' },
    ],
    [
      'a word that is none of them',
      { LOG_LEVEL: 'loud' },
      { kind: 'setting-malformed', name: 'LOG_LEVEL' },
    ],
    [
      'an address with a password',
      { ARBITER_PUBLIC_URL: 'https://u:p@x.example' },
      { kind: 'setting-malformed', name: 'ARBITER_PUBLIC_URL' },
    ],
    [
      'an address of another kind',
      { ARBITER_PUBLIC_URL: 'file:///etc' },
      { kind: 'setting-malformed' },
    ],
    [
      'half a client',
      { GITHUB_CLIENT_ID: 'Iv1' },
      { kind: 'setting-missing', name: 'GITHUB_CLIENT_SECRET' },
    ],
    ['a host that is none', { HOST: 'http://x' }, { kind: 'setting-malformed', name: 'HOST' }],
  ])('%s is named', (_name, more, fault) => {
    const faults = faultsOf(more);
    expect(faults).toContainEqual(expect.objectContaining(fault));
    for (const one of faults)
      expect(Object.values(startWords(one)).join(' ')).not.toContain('undefined');
  });

  test('comes together with all others, and none shows a value', () => {
    const value = 'ghp_thisIsAValueThatNobodyShouldSee';
    const everything = Object.fromEntries(Object.keys(settingTable).map((name) => [name, value]));
    const faults = faultsOf(everything);
    expect(faults.length).toBeGreaterThan(15);
    const hosts = faults.filter(
      ({ kind }) => kind !== 'forge-address-refused' && kind !== 'setting-file-unreadable',
    );
    expect(JSON.stringify(hosts.map(startWords))).not.toContain(value);
  });

  test('other programs’ names in the environment are none', () => {
    const others = [
      'HOME',
      'HOSTNAME',
      'PATH',
      'LOGNAME',
      'PWD',
      'PORTS',
      'LANG',
      'GITHUB_TOKEN',
      'APP_NAME',
      'CI',
    ];
    expect(faultsOf(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
  });
});

test('secrets come from files, line end and all, and .env is outranked by the environment', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'key.pem'), privateKey);
  writeFileSync(join(folder, 'secret'), `${webhookSecret}\n`);
  writeFileSync(join(folder, '.env'), 'PORT=1\nLOG_LEVEL=debug\nPRIVATE_KEY_PATH=key.pem\n');
  const more = {
    PRIVATE_KEY: undefined,
    WEBHOOK_SECRET: undefined,
    WEBHOOK_SECRET_PATH: 'secret',
    PORT: '2',
  };
  const settings = given(read(more, folder));
  expect([
    settings.port,
    settings.logLevel,
    settings.webhookSecret.reveal(),
    settings.privateKey.reveal(),
  ]).toEqual([2, 'debug', webhookSecret, privateKey]);
  writeFileSync(join(folder, '.env'), 'NONSENSE=1\n');
  expect(faultsOf({}, folder)).toMatchObject([{ kind: 'setting-unknown', name: 'NONSENSE' }]);
});

test('a key on one line, as environments carry it, is the key', () => {
  const line = `"${privateKey.trim().replaceAll('\n', '\\n')}"`;
  expect(given(read({ PRIVATE_KEY: line })).privateKey.reveal()).toBe(privateKey);
});

test('printing the settings shows no secret', () => {
  const settings = settingsFor(newFolder(), { ARBITER_METRICS_TOKEN: 'a token for the metrics' });
  for (const text of [inspect(settings, { depth: 9 }), JSON.stringify(settings)])
    for (const secret of [webhookSecret, privateKey.slice(40, 80), 'a token for the metrics'])
      expect(text).not.toContain(secret);
});

test('every setting is explained, once', () => {
  for (const name of Object.keys(settingTable))
    expect(
      settingsText()
        .split('\n')
        .filter((line) => line.trim().split('  ')[0] === name),
    ).toHaveLength(1);
});

describe('the address of the forge', () => {
  const asked = (host: string, more: Partial<Parameters<typeof forgeAddress>[0]> = {}) => {
    const result = forgeAddress({ host, protocol: 'https', localAllowed: false, ...more });
    return result.ok ? result.value.apiUrl : 'reason' in result.fault && result.fault.reason;
  };

  test.each([
    ['169.254.169.254', 'link-local'],
    ['169.254.170.2:80', 'link-local'],
    ['[fe80::1]', 'link-local'],
    ['[::ffff:169.254.169.254]', 'link-local'],
    ['0xa9fea9fe', 'link-local'],
    ['2852039166', 'link-local'],
    ['0251.0376.0251.0376', 'link-local'],
    ['metadata.google.internal', 'metadata'],
    ['METADATA.google.internal', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['[fd00:ec2::254]', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['[::]', 'unspecified'],
    ['127.0.0.1:3000', 'loopback'],
    ['127.1', 'loopback'],
    ['[::1]', 'loopback'],
    ['[::ffff:127.0.0.1]', 'loopback'],
    ['localhost', 'loopback'],
    ['x.localhost', 'loopback'],
    ['user@ghe.example', 'malformed'],
    ['ghe.example/path', 'malformed'],
    ['ghe.example#x', 'malformed'],
    ['http://ghe.example', 'malformed'],
    ['ghe.example:99999', 'malformed'],
    ['', 'malformed'],
  ])('%s is refused: %s', (host, reason) => {
    expect(asked(host)).toBe(reason);
  });

  test('a server of a company is called, also in a private network', () => {
    expect(asked('ghe.example:8443')).toBe('https://ghe.example:8443/api/v3');
    expect(asked('10.1.2.3')).toBe('https://10.1.2.3/api/v3');
  });

  test('one on this machine is called where that is allowed, and only there without TLS', () => {
    expect(asked('127.0.0.1:3000', { localAllowed: true, protocol: 'http' })).toBe(
      'http://127.0.0.1:3000/api/v3',
    );
    expect(asked('ghe.example', { localAllowed: true, protocol: 'http' })).toBe('plain');
    expect(asked('169.254.169.254', { localAllowed: true })).toBe('link-local');
  });

  test('programs may be answered on a name of their own, under the same rules', () => {
    expect(asked('acme.ghe.com')).toBe('https://api.acme.ghe.com');
    const at = (apiUrl: string) => asked('ghe.example', { apiUrl });
    expect(at('https://api.ghe.example')).toBe('https://api.ghe.example');
    expect(at('https://169.254.169.254/latest')).toBe('link-local');
    expect(at('http://api.ghe.example')).toBe('plain');
    expect(at('http://127.0.0.1')).toBe('loopback');
    expect(asked('github.com', { protocol: 'http' })).toBe('plain');
  });

  test('a name that leads to such an address stops the start', async () => {
    expect(reasonAgainst('169.254.169.254', true)).toBe('link-local');
    const settings = settingsFor(newFolder());
    const forge = { ...settings.forge, host: 'localhost:9', webUrl: 'http://localhost:9' };
    const world = { now: () => START, chance: () => 0, write: () => undefined, timers: false };
    const started = await startApp({ ...settings, forge, localForge: false }, handsWith(), world);
    expect(started).toMatchObject({
      ok: false,
      fault: { kind: 'forge-address-refused', reason: 'loopback' },
    });
  });
});
