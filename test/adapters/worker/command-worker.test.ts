import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { workerTask } from '../../../src/4-verdict/worker-task.ts';
import { shippedPolicy } from '../../../src/adapters/shipped.ts';
import { commandWorker } from '../../../src/adapters/worker/command-worker.ts';
import { shippedWorkerGuide } from '../../../src/adapters/worker/shipped-guide.ts';
import { readPolicy } from '../../../src/caws/read-policy.ts';
import { readSpec } from '../../../src/caws/read-spec.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import { spec } from '../../stories/documents.ts';

const read = readSpec({ file: 'CART-1.yaml', text: spec({ id: 'CART-1' }) });
if (!read.ok) throw new Error('the spec is not one');
const place = { base: 'a'.repeat(40) as CommitSha, baseRef: 'main' };
const shipped = readPolicy(null, shippedPolicy());
if (!shipped.ok) throw new Error('the shipped policy is none');
const guide = shippedWorkerGuide();
const task = workerTask({ spec: read.value, policy: shipped.value.policy, guide }, place, null);
const never = new AbortController().signal;
const program = join(import.meta.dirname, 'asking-process.ts');
const env = { PATH: process.env['PATH'], HOME: '/nowhere', GITHUB_TOKEN: 'secret' };

/** What a command came to, as text. */
async function cameTo(command: string, timeoutMs = 30_000, signal = never): Promise<string> {
  const worker = commandWorker({ command, env, repository: null, timeoutMs });
  const given = await worker.write({ ...task, wants: 'patch' }, signal);
  return given.ok ? Buffer.from(given.value).toString('utf8') : given.fault.because;
}

test('a command finds its task and nothing of the environment that it does not need', async () => {
  expect(JSON.parse(await cameTo('cp task.json change.patch'))).toMatchObject({
    schema: 'caws-arbiter/task@1',
    spec: { id: 'CART-1', acceptance: [{ id: 'A1' }] },
    findings: [],
    gates: [],
    proofs: [{ gate: 'budget_limit' }, { gate: 'scope_boundary' }, { gate: 'spec_completeness' }],
  });
  expect(await cameTo('env | cut -d= -f1 | sort > change.patch')).not.toMatch(/TOKEN|CAWS/);
});

test('what hangs, floods, fails, links or is ended is silence, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-worker-'));
  try {
    const left = join(folder, 'left');
    expect(await cameTo(`(sleep 30; touch ${left}) & sleep 30`, 300)).toBe('timed-out');
    expect(await cameTo('yes')).toBe('too-much-output');
    expect(await cameTo('echo no > change.patch; exit 1')).toBe('failed');
    expect(await cameTo('kill -9 $$')).toBe('killed');
    expect(await cameTo('sh -c "kill -9 \\$\\$"')).toBe('killed');
    expect(await cameTo('true')).toBe('no-patch');
    expect(await cameTo('ln -s /etc/hostname change.patch')).toBe('no-patch');
    expect(await cameTo('mkfifo change.patch')).toBe('no-patch');
    expect(await cameTo('truncate -s 100M change.patch')).toBe('no-patch');
    expect(await cameTo('sleep 30', 30_000, AbortSignal.abort())).toBe('aborted');
    expect(await cameTo(`pwd > ${left}; touch change.patch`)).toBe('');
    const where = readFileSync(left, 'utf8').trim();
    expect(existsSync(where)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'where whoever asked is ended by %s, the command ends with all that it started, and its folder goes',
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-worker-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const started = join(folder, 'started');
    const waits = `sleep ${7_000 + randomInt(90_000)}`;
    const command = `${waits} & echo > ${started}; ${waits}`;
    const asking = spawn(process.execPath, [program, command], {
      env: { ...env, TMPDIR: folder },
      stdio: 'ignore',
    });
    await expect.poll(() => existsSync(started)).toBe(true);
    asking.kill(signal);
    const running = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(waits);
    const left = () => readdirSync(folder).filter((name) => name !== 'started');
    const isOver = () => !running() && left().length === 0;
    await expect.poll(isOver).toBe(true);
  },
);
