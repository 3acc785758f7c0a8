/** A worker of another user: it sees the task and nothing else of whoever asked, and gives back one answer. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandWorker } from '../../src/adapters/worker/command-worker.ts';
import type { CommitSha } from '../../src/primitives.ts';
import { repositoryOf } from '../adapters/gates/scene.ts';
import { isWithoutUsers, setupFolder } from './host.ts';

type Task = Parameters<ReturnType<typeof commandWorker>['write']>[0];

describe.skipIf(isWithoutUsers())('a worker as another user', () => {
  const program = join(setupFolder, 'worker/as-user');

  const processes = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });

  /** @param script what the worker does, in a shell. */
  async function asks(script: string, wants: 'plan' | 'patch' = 'patch'): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-other-'));
    try {
      chmodSync(folder, 0o755);
      const worker = join(folder, 'worker');
      writeFileSync(worker, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      writeFileSync(join(folder, 'key'), 'secret', { mode: 0o600 });
      mkdirSync(join(folder, 'repository'));
      const repository = join(folder, 'repository');
      const base = repositoryOf(repository, { 'a.ts': 'one\n' });
      const env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder };
      const command = `${program} nobody ${worker} ${folder}`;
      const task = { wants, base: base as CommitSha, note: '\n  "wants": "plan"\n' };
      const given = await commandWorker({ command, env, repository }).write(
        task as unknown as Task,
        new AbortController().signal,
      );
      return given.ok ? Buffer.from(given.value).toString() : JSON.stringify(given.fault);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('works on the task and its files, and reads nothing of its caller’s', async () => {
    const script = `{ id -un; cat tree/a.ts; git -C tree log --format=%s; grep -c wants task.json
      cat "$1/key" || echo no key; ls "$1"/caws-arbiter-worker-*/task.json || echo no folder
      touch "$1/mark" || echo no mark; echo $HOME $TMPDIR | grep -c "$1"; } >change.patch 2>/dev/null; true`;
    expect(await asks(script)).toBe('nobody\none\none\n2\nno key\nno folder\nno mark\n0\n');
  });

  test('is ended with all that it started once its caller is gone, which could not end it itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-other-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    const seconds = 7_000 + randomInt(90_000);
    const worker = join(folder, 'worker');
    const waits = `sleep ${seconds}`;
    writeFileSync(worker, `#!/bin/sh\n${waits} & ${waits}\n`, { mode: 0o755 });
    const task = join(folder, 'task');
    mkdirSync(task);
    writeFileSync(join(task, 'task.json'), '{\n  "wants": "patch"\n}\n');
    // In a session of its own, and killed alone: what a signal to its group cannot reach is left to itself.
    const caller = spawn(program, ['nobody', worker], {
      cwd: task,
      detached: true,
      stdio: 'ignore',
    });
    const running = () => processes().split(waits).length - 1;
    await expect.poll(() => running() >= 2).toBe(true);
    caller.kill('SIGKILL');
    await expect.poll(() => running()).toBe(0);
    const left = () => globSync('/tmp/caws-worker.*/task.json');
    await expect.poll(() => left().length).toBe(0);
  });

  test('gives back the one answer that is wanted, by its content', async () => {
    const both = 'echo a plan >plan.yaml; echo a patch >change.patch';
    expect([await asks(both, 'plan'), await asks(both)]).toEqual(['a plan\n', 'a patch\n']);
    expect(await asks('ln -s "$1/key" change.patch')).toContain('no-patch');
    expect(await asks('true')).toContain('no-patch');
    expect(await asks('echo half >change.patch; exit 7')).toContain('exit 7');
  });

  test('is told from one that found no answer, whatever it ends with', async () => {
    expect(await asks('exit 3')).toContain('failed');
  });

  test('is ended where its caller went before it began', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-other-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'worker'), '#!/bin/sh\nsleep 20\n', { mode: 0o755 });
    const inner = /^there='\n(.*?)\nexit 3'$/ms.exec(readFileSync(program, 'utf8'))?.[1] ?? '';
    const words = inner.replaceAll("'\\''", "'");
    writeFileSync(join(folder, 'task.json'), '{}');
    const task = execFileSync('tar', ['-C', folder, '-cf', '-', 'task.json']);
    // Its input ends with the task, before the program can have a group of its own.
    const input = Buffer.concat([Buffer.from(`${task.length}\n`), task]);
    const ended = spawnSync('/bin/sh', ['-c', words, 'sh', 'none', join(folder, 'worker')], {
      input,
    });
    expect(ended.status).toBe(137);
  });
});
