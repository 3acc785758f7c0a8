import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { folded } from '../../src/cli/demo/fold.ts';
import { forgePass } from '../../src/cli/demo/tamper.ts';
import { compiledCode, publishedCommand } from '../published.ts';
import { plainCalls } from './plain-calls.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-demo-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const main = publishedCommand();

function demo(env: Readonly<Record<string, string>>) {
  return spawnSync(process.execPath, [main, 'demo'], {
    encoding: 'utf8',
    cwd: root,
    env: { ...env, NODE_COMPILE_CACHE: compiledCode },
  });
}

test('the demo shows every outcome as expected and leaves nothing behind', () => {
  const [home, temporary] = [join(root, 'home'), join(root, 'tmp')];
  for (const folder of [home, temporary]) mkdirSync(folder);
  const npm = { INIT_CWD: root, npm_lifecycle_event: 'demo:cli', npm_package_name: 'caws-arbiter' };
  const said = demo({ PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: temporary, ...npm });
  expect(said.stderr).toBe('');
  expect(plainCalls(said.stdout)).toEqual([]);
  const summary = said.stdout.slice(said.stdout.indexOf('── What you saw ──')).split('\n');
  const results = summary.slice(1, 10).map((line) => line.split(/ {2,}/)[0]);
  expect(results).toEqual([
    'PASS',
    'WAIVER REQUIRED',
    'WAIVER REQUIRED',
    'WAIVER REQUIRED',
    'WAIVER REQUIRED',
    'FAIL',
    'PASS, waived',
    'holds',
    'caught',
  ]);
  expect(said.stdout).toContain('5,002 lines');
  expect(said.stdout).not.toContain('\u001b');
  expect(said.status).toBe(0);
  expect(readdirSync(home)).toEqual([]);
  expect(readdirSync(temporary).filter((name) => name.startsWith('arbiter-demo'))).toEqual([]);
});

test('without git the demo says so and does nothing', () => {
  const said = demo({ PATH: join(root, 'nowhere'), HOME: root, TMPDIR: root });
  expect(said.status).toBe(4);
  expect(said.stderr).toContain('git is not installed');
});

test('a ledger without a FAIL is not forged', () => {
  const file = join(root, 'empty.db');
  using database = new DatabaseSync(file);
  database.exec('CREATE TABLE entries (sequence INTEGER, body TEXT)');
  expect(forgePass(file)).toBeNull();
});

test.each([
  ['short', 20, 'short'],
  ['one two three four', 9, 'one two\nthree\nfour'],
  ['fix    split the change', 16, 'fix    split the\n       change'],
  [
    '\u001b[31mfix\u001b[0m    split the change',
    16,
    '\u001b[31mfix\u001b[0m    split the\n       change',
  ],
  ['  where  a-path-that-is-wider', 10, '  where\n         a-path-that-is-wider'],
])('%j in %i columns is %j', (line, columns, lines) => {
  expect(folded(line, columns)).toBe(lines);
});
