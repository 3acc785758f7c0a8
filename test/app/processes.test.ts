import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { holdData } from '../../app/store.ts';
import { queueOf } from '../../app/work/queue.ts';
import { newFolder, newStore } from './kit.ts';
import { deliver, environmentFor, given, pullRequest, START, where } from './mail.ts';

const program = (name: string): string => join(import.meta.dirname, `${name}-process.ts`);

function start(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const outputOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return text;
};

test('two processes on one database hand out each task once, under numbers that only grow', async () => {
  const folder = newFolder();
  const store = newStore(folder);
  const queue = queueOf(store, { leaseMs: 1, attemptsMax: 1, runsAtOnce: 1 }, () => 0);
  store.transaction(() => {
    for (let pull = 1; pull <= 300; pull += 1)
      queue.want({ ...where, repositoryId: pull % 7 || 7 }, { kind: 'pull', pull }, START);
  });
  const outputs = await Promise.all([1, 2].map(() => outputOf(start('queue', [folder]))));
  const lines = outputs.map((text) =>
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ').map(Number)),
  );
  const all = lines.flat();
  expect(all.map(([, pull]) => pull).toSorted((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 300 }, (_, at) => at + 1),
  );
  expect(new Set(all.map(([fence]) => fence)).size).toBe(300);
  for (const own of lines) {
    const fences = own.map(([fence = 0]) => fence);
    expect(fences).toEqual(fences.toSorted((a, b) => a - b));
  }
});

test('a second app in the same folder is told so, and takes over when the first one is killed', async () => {
  const folder = newFolder();
  const environment = { ...environmentFor(folder), FOLDER: folder, HEARD: join(folder, 'heard') };
  const first = start('app', [], environment);
  await firstLine(first);
  expect(holdData(folder)).toMatchObject({ ok: false, fault: { kind: 'data-in-use' } });
  first.kill('SIGKILL');
  await exitOf(first);
  using hold = given(holdData(folder));
  expect(hold.folder).toBe(folder);
});

test.each([
  ['after a delivery was stored, before it was answered', 'stored', 1],
  ['after several were stored', 'stored', 3],
  ['while a pull request is heard', 'heard', 1],
  ['while a later one is heard', 'heard', 4],
  ['after a task has ended', 'ended', 2],
])('killed %s, nothing that was answered with 2xx is lost', async (_name, at, on) => {
  const folder = newFolder();
  const heard = join(folder, 'heard');
  const environment = { ...environmentFor(folder), FOLDER: folder, HEARD: heard };
  const doomed = start('app', [], { ...environment, KILL_AT: at, KILL_ON: String(on) });
  const address = await firstLine(doomed);
  const answered: number[] = [];
  for (let pull = 1; pull <= 6; pull += 1) {
    const status = await deliver(
      { address },
      { body: pullRequest(pull), guid: `guid-${pull}` },
    ).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 202) answered.push(pull);
  }
  await exitOf(doomed);
  expect(doomed.signalCode).toBe('SIGKILL');

  const next = start('app', [], { ...environment, CLOCK_AHEAD_MS: '120000' });
  const again = await firstLine(next);
  // GitHub is asked for what was not answered, and sends it under the same id.
  for (let pull = 1; pull <= 6; pull += 1)
    if (!answered.includes(pull))
      expect(
        await deliver({ address: again }, { body: pullRequest(pull), guid: `guid-${pull}` }),
      ).toMatchObject({ status: 202 });
  await expect.poll(() => new Set(linesOf(heard).map((line) => line.split(' ')[1])).size).toBe(6);
  const fences = linesOf(heard).map((line) => Number(line.split(' ')[0]));
  expect(fences).toEqual(fences.toSorted((a, b) => a - b));
  expect(new Set(fences).size).toBe(fences.length);
  next.kill('SIGTERM');
  await exitOf(next);
  expect(next.exitCode).toBe(0);
  const database = new DatabaseSync(join(folder, 'app.db'));
  expect(
    database.prepare("SELECT count(*) AS n FROM tasks WHERE state IN ('waiting', 'running')").get(),
  ).toEqual({ n: 0 });
  expect(database.prepare('SELECT count(*) AS n FROM deliveries').get()).toEqual({ n: 6 });
  database.close();
});

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}

const exitOf = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', () => resolve());
      });
