/** Strategies over real processes: whoever loses is ended, and leaves nothing running. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { workerTask } from '../../../src/4-verdict/worker-task.ts';
import { commandWorker } from '../../../src/adapters/worker/command-worker.ts';
import { shippedWorkerGuide } from '../../../src/adapters/worker/shipped-guide.ts';
import { askWorkers } from '../../../src/arbitration/ask-workers.ts';
import type { StrategyName } from '../../../src/models/strategies/strategy.ts';
import { aPolicy, aSpec, sha } from '../../2-examination/case.ts';

const folder = mkdtempSync(join(tmpdir(), 'arbiter-asking-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const law = { spec: aSpec(), policy: aPolicy(), guide: shippedWorkerGuide() };
const task = workerTask(law, { base: sha('base'), baseRef: 'main' }, null);

function asking(
  name: StrategyName,
  commands: readonly string[],
  signal = new AbortController().signal,
) {
  return askWorkers(
    { name, workers: commands.length },
    async (at, losing) => {
      const env = { PATH: process.env['PATH'] };
      const worker = commandWorker({ command: commands[at] ?? '', env, repository: null });
      const written = await worker.write({ ...task, wants: 'patch' }, losing);
      const value = written.ok ? Buffer.from(written.value).toString('utf8').trim() : null;
      return { key: value, holds: value === 'good', value };
    },
    signal,
  );
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

test('in a race the first patch that holds wins, and every process of the others has ended', async () => {
  const pids = [join(folder, 'one'), join(folder, 'two')];
  const hanging = pids.map((file) => `echo $$ > ${file}; sleep 300 & echo $! >> ${file}; wait`);
  const waits = pids.map((file) => `until [ -s ${file} ]; do sleep 0.02; done`).join('; ');
  const winner = `${waits}; echo good > change.patch`;
  const { tried, taken } = await asking('race', [...hanging, 'echo bad > change.patch', winner]);
  expect(taken).toMatchObject([{ worker: 3, value: 'good' }]);
  expect(tried.map(({ worker }) => worker)).not.toContain(0);
  const ended = pids.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map(Number));
  expect(ended.length).toBeGreaterThanOrEqual(2);
  expect(ended.filter(isRunning)).toEqual([]);
});

test('in a cascade the large one is asked only where the small one does not hold', async () => {
  const asked = join(folder, 'asked');
  const large = `touch ${asked}; echo good > change.patch`;
  expect((await asking('cascade', ['echo good > change.patch', large])).taken).toMatchObject([
    { worker: 0 },
  ]);
  expect(existsSync(asked)).toBe(false);
  expect((await asking('cascade', ['exit 1', large])).taken).toMatchObject([{ worker: 1 }]);
});

test('whoever ends the asking ends the workers, and nothing is taken', async () => {
  const stop = new AbortController();
  const begun = asking('race', ['sleep 300', 'sleep 300'], stop.signal);
  stop.abort();
  expect(await begun).toMatchObject({ taken: [], tried: [{ value: null }, { value: null }] });
});
