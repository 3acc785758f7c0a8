import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compiledCode } from '../published.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-demo-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The demo with a home and a temporary folder of its own. */
function begin(name: string, ...args: readonly string[]) {
  const [home, temporary] = [join(root, name, 'home'), join(root, name, 'tmp')];
  for (const folder of [home, temporary]) mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: temporary },
      NODE_COMPILE_CACHE: compiledCode,
    },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (part: Buffer) => {
    said.out += part;
  });
  child.stderr.on('data', (part: Buffer) => {
    said.err += part;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  // What a small process beside it takes away goes a moment after it.
  const left = () => [...readdirSync(home), ...readdirSync(temporary)];
  return { child, said, ended, left };
}

test('the demo tells every part as expected and leaves nothing behind', async () => {
  const { said, ended, left } = begin('whole');
  expect(await ended, said.out + said.err).toBe(0);
  expect(said.err).toBe('');
  const summary = said.out.slice(said.out.indexOf('── What you saw ──')).split('\n');
  expect(summary.slice(1, 9).map((line) => line.split(/ {2,}/)[0])).toEqual([
    'PASS',
    'FAIL',
    'waits, PASS',
    'PASS, waived',
    'merged',
    'merged',
    'holds',
    'caught',
  ]);
  expect(said.out).toContain('CAWS verdict  WAITING · for GitHub');
  expect(said.out).toMatch(/^ {4}CAWS-VERDICT-ID: [0-9a-f-]{36}\n\nNotes \(caws\):/m);
  expect(said.out).toContain('2 verified, 1 unverified, 1 before the first policy.');
  expect(said.out).not.toContain('\u001b');
  await expect.poll(left).toEqual([]);
});

test('interrupted in its midst, it leaves nothing behind either', async () => {
  const { child, said, ended, left } = begin('interrupted');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', () => said.out.includes('CAWS verdict  PASS') && resolve());
  });
  child.kill('SIGINT');
  expect(await ended, said.err).toBe(130);
  await expect.poll(left).toEqual([]);
});

test('--keep leaves both running, says where to look, and ends when asked to', async () => {
  const { child, said, ended, left } = begin('kept', '--keep');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', () => said.out.includes('until Ctrl-C') && resolve());
  });
  const pages = [...said.out.slice(said.out.indexOf('Pull requests, and')).matchAll(/http:\S+/g)];
  const answers = await Promise.all(pages.map(async ([page]) => (await fetch(page)).status));
  expect(pages.length).toBeGreaterThan(10);
  expect(answers.filter((status) => status !== 200)).toEqual([]);
  child.kill('SIGINT');
  expect(await ended, said.err).toBe(0);
  await expect.poll(left).toEqual([]);
});
