import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { breaksIn, given, newFolder, open } from './kit.ts';

const writer = join(import.meta.dirname, 'writer.ts');
const pem = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

interface Ended {
  readonly announced: readonly string[];
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a writer; kills it as hard as can be after so many announcements, or never. */
function write(file: string, count: number, name: string, key: string, killAfter = Infinity) {
  return new Promise<Ended>((resolve) => {
    const child = spawn(process.execPath, [writer, file, String(count), name], {
      env: { PATH: process.env['PATH'], TEST_KEY: key },
    });
    let said = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > killAfter) child.kill('SIGKILL');
    });
    child.on('close', (code) => {
      // A last line without its end was not announced in full.
      resolve({ announced: said.split('\n').slice(0, -1), code, stderr });
    });
  });
}

async function held(file: string): Promise<readonly string[]> {
  await using ledger = await open(file, 'write');
  const entries = given(await ledger.recent(10_000));
  return entries.map((entry) => `${entry.sequence} ${entry.digest}`);
}

test('three writers in three processes with three keys give one chain', async () => {
  const file = join(newFolder(), 'ledger.db');
  const ended = await Promise.all(['a', 'b', 'c'].map((name) => write(file, 40, name, pem())));
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']));
  const announced = ended.flatMap((each) => each.announced);
  expect(new Set(announced.map((line) => line.split(' ')[0])).size).toBe(120);
  expect([...announced].sort()).toEqual([...(await held(file))].sort());
  expect(await breaksIn(file)).toEqual([]);
});

test('a writer killed at any moment loses nothing that it announced', async () => {
  const file = join(newFolder(), 'ledger.db');
  const key = pem();
  const announced: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const killed = await write(file, 10_000, `round-${round}`, key, 1 + round * 7);
    expect(killed.code).toBe(null);
    announced.push(...killed.announced);
    expect(await held(file)).toEqual(expect.arrayContaining(announced));
    expect(await breaksIn(file)).toEqual([]);
  }
  expect(announced.length).toBeGreaterThan(100);
});
