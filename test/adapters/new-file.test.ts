import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, writeNewFile } from '../../src/adapters/new-file.ts';

const project = join(import.meta.dirname, '../..');
const main = join(project, 'src/cli/main.ts');
const root = mkdtempSync(join(tmpdir(), 'arbiter-new-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const codeOf = (work: () => void): string | undefined => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

describe('a folder', () => {
  test('is made with those above it, with its mode, and again without a word', () => {
    const folder = join(root, 'a/b/c');
    makeFolder(folder, 0o700);
    makeFolder(folder, 0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
  });
  test('may be a link to one', () => {
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'link'));
    makeFolder(join(root, 'link/below'));
    expect(existsSync(join(root, 'real/below'))).toBe(true);
  });
  test.each([
    ['a file/x', 'ENOTDIR'],
    ['a file', 'EEXIST'],
    [`${'n'.repeat(300)}/x`, 'ENAMETOOLONG'],
  ])('%s is refused as the system refuses it', (name, code) => {
    writeFileSync(join(root, 'a file'), '');
    expect(codeOf(() => makeFolder(join(root, name)))).toBe(code);
  });
  test.runIf(existsSync('/proc/self'))('below /proc is refused', () => {
    expect(codeOf(() => makeFolder('/proc/none/x'))).toBe('ENOENT');
  });
});

describe('a file', () => {
  test('is written whole, once', () => {
    const file = join(root, 'once');
    writeNewFile(file, ['a', Buffer.from('b')], 0o600);
    expect(readFileSync(file, 'utf8')).toBe('ab');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(codeOf(() => writeNewFile(file, ['c']))).toBe('EEXIST');
    expect(readFileSync(file, 'utf8')).toBe('ab');
  });
  test('is not there where its writing broke off', () => {
    const file = join(root, 'half');
    const parts = function* () {
      yield 'the first part';
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    };
    expect(codeOf(() => writeNewFile(file, parts()))).toBe('ENOSPC');
    expect(existsSync(file)).toBe(false);
  });
});

test('every folder that a person may have named is made here: another way of making it never ends', () => {
  const files = ['src', 'app'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(project, folder, name)),
  );
  const others = files.filter((file) =>
    /mkdirSync\([^;]*recursive/.test(readFileSync(file, 'utf8')),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(others).toEqual([]);
});

describe.runIf(existsSync('/proc/self'))(
  'a place where nothing can be made ends a command with words:',
  () => {
    const repository = join(root, 'shop');
    execFileSync('git', ['init', '-q', '-b', 'main', repository]);
    const home = { PATH: process.env['PATH'] ?? '', HOME: join(root, 'home') };
    const arbiter = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      spawnSync(process.execPath, [main, '-C', repository, ...words], {
        encoding: 'utf8',
        env: { ...home, ...env },
        timeout: 30_000,
      });
    test.each<[readonly string[], Readonly<Record<string, string>>]>([
      [['keys', 'create'], { XDG_CONFIG_HOME: '/proc/none' }],
      [['models', 'list'], { XDG_STATE_HOME: '/proc/none', XDG_DATA_HOME: '/proc/none' }],
      [['ledger', 'restore', join(main), '--reason', 'why not', '--ledger', '/proc/none/l.db'], {}],
    ])('%j', (words, env) => {
      const said = arbiter(words, env);
      expect(said.signal).toBeNull();
      expect(said.stderr).not.toMatch(/internal error|at .*\.ts:\d/i);
    });
  },
);
