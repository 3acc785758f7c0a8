import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInGroup } from '../../../src/adapters/gates/process-group.ts';
import type { Hands, StepEnd } from '../../../src/adapters/orchestra/hands.ts';
import { cancel, queueState } from '../../../src/adapters/orchestra/queue.ts';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import type { Instant } from '../../../src/primitives.ts';
import { must, newFile, profileOf } from '../roster/kit.ts';
import { addAll, conducting, orderOf, queueWith, seen } from './kit.ts';
import { startRunner } from './start-runner.ts';
import { witnessed, written } from './witness.ts';

const now = () => Date.now() as Instant;
const done: StepEnd = { kind: 'done', output: '{}' };
const never = new AbortController().signal;
const running = (roster: Roster): number => must(roster.model('one'))?.load.running ?? -1;

/** Whether a process lives; a zombie that only waits to be reaped does not. */
function lives(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a conductor', () => {
  test('has tasks done as they come and records what became of each', async () => {
    using roster = queueWith([profileOf('one', { concurrentMax: 20 })]);
    const ids = Array.from({ length: 30 }, (_, n) => `t${n}`);
    addAll(
      roster,
      ids.map((id) => orderOf(id)),
      now(),
    );
    const { conductor } = conducting(roster, { work: async () => done }, { atOnce: 10 });
    await conductor.run(never, true);
    expect(must(queueState(roster))).toMatchObject({ waiting: 0, running: 0, ended: { done: 30 } });
    const record = must(roster.model('one'))?.performance['code-editing'];
    expect(record?.tasks).toBe(30);
    expect(running(roster)).toBe(0);
  });

  test('hands on what a step gave, and goes on with the next one under the same claim', async () => {
    using roster = queueWith(['one']);
    const steps = [
      { name: 'propose', by: 'model' },
      { name: 'judge', by: 'arbiter' },
    ] as const;
    addAll(roster, [orderOf('t', { steps })], now());
    const seenBy: unknown[] = [];
    const verdict = { verdict: 'FAIL', id: 'v1', waivers: [], brokenGlass: false } as const;
    const hands: Hands = {
      propose: async ({ model }) => ({ kind: 'done', output: `by ${model?.id}` }),
      judge: async ({ outputs, task }) => {
        seenBy.push(outputs, task.fence);
        return { kind: 'done', output: '', verdict };
      },
    };
    await conducting(roster, hands).conductor.run(never, true);
    expect(seenBy).toEqual([{ propose: 'by one' }, 1]);
    expect(seen(roster, 't').end).toEqual({ kind: 'done', verdict: { verdict: 'FAIL', id: 'v1' } });
    const rewards = roster.database.prepare('SELECT reward FROM routings').all();
    expect(rewards.map(({ reward }) => Number(reward) < 0.6)).toEqual([true]);
  });

  test('has done all that there is, though its model takes one at a time', async () => {
    using roster = queueWith([profileOf('one')]);
    const ids = ['a', 'b', 'c'];
    addAll(
      roster,
      ids.map((id) => orderOf(id)),
      now(),
    );
    await conducting(roster, { work: async () => done }).conductor.run(never, true);
    expect(ids.map((id) => seen(roster, id).state)).toEqual(['done', 'done', 'done']);
  });

  test('ends a cancelled task with all its programs, and nothing of it is left', async () => {
    using roster = queueWith(['one']);
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-cancel-'));
    const began = join(folder, 'began');
    addAll(roster, [orderOf('t')], now());
    const hands: Hands = {
      work: async ({ timeoutMs }, signal) => {
        const script = `sleep 60 & echo pids $$ $! > ${began}; sleep 60`;
        const ended = await runInGroup(
          {
            program: '/bin/sh',
            words: ['-c', script],
            directory: folder,
            environment: {},
            files: [],
            memory: null,
          },
          {
            folder: join(folder, 'none'),
            timeoutMs,
            outputBytesMax: 1_000,
            diskBytesMax: 1_000_000,
          },
          signal,
        );
        return ended.kind === 'exited' ? done : { kind: 'crashed', detail: ended.kind };
      },
    };
    const { conductor, told } = conducting(roster, hands);
    const stopping = new AbortController();
    const conducted = conductor.run(stopping.signal, true);
    await written(began, 'pids ');
    must(must(roster.write(() => cancel(roster, 't', now()))));
    await conducted;
    expect(seen(roster, 't')).toMatchObject({ state: 'cancelled', lost: [] });
    expect(told.map(({ kind }) => kind)).toEqual(['taken', 'given-back']);
    const pids = readFileSync(began, 'utf8').trim().split(' ').slice(1);
    expect(pids.length).toBe(2);
    expect(pids.filter(lives)).toEqual([]);
    expect(running(roster)).toBe(0);
  });

  test('that is told to stop gives back what it was at, as if it had never taken it', async () => {
    using roster = queueWith(['one']);
    addAll(roster, [orderOf('t')], now());
    const stopping = new AbortController();
    const hands: Hands = {
      work: async (_, signal) => {
        queueMicrotask(() => stopping.abort());
        await once(signal, 'abort');
        return { kind: 'crashed', detail: 'ended' };
      },
    };
    await conducting(roster, hands).conductor.run(stopping.signal);
    expect(seen(roster, 't')).toMatchObject({ state: 'waiting', lost: [], runner: null });
    expect(running(roster)).toBe(0);
    expect(roster.database.prepare('SELECT name FROM pulses').all()).toEqual([]);
  });

  test('takes a worker that throws for one that crashed, and says what was tried in the end', async () => {
    using roster = queueWith(['one']);
    addAll(
      roster,
      [orderOf('t', { steps: [{ name: 'unknown', by: 'arbiter' }] }), orderOf('u')],
      now(),
    );
    let clock = now();
    const hands: Hands = {
      work: async () => {
        throw new Error('out of paper');
      },
    };
    // Pauses between tries pass with the looks at the clock.
    const jumping = () => {
      clock = (clock + 500) as Instant;
      return clock;
    };
    await conducting(roster, hands, { now: jumping, leaseMs: 600_000 }).conductor.run(never, true);
    expect(seen(roster, 'u')).toMatchObject({
      end: { error: { kind: 'models-spent' } },
      lost: [
        { model: 'one', ended: 'crashed', detail: 'Error: out of paper' },
        { model: 'one', ended: 'crashed' },
      ],
    });
    expect(seen(roster, 't')).toMatchObject({
      end: { error: { kind: 'attempts-spent', step: 'unknown' } },
      lost: [{ model: null, ended: 'could-not-start' }, { model: null }],
    });
  });

  test('that cannot write says so, and goes on when it can', async () => {
    const file = newFile();
    using roster = queueWith(['one'], file);
    addAll(roster, [orderOf('t')], now());
    roster.database.exec('PRAGMA busy_timeout = 1');
    using other = queueWith([], file);
    const hands: Hands = {
      work: async () => {
        other.database.exec('BEGIN IMMEDIATE');
        return done;
      },
    };
    const { conductor } = conducting(roster, hands, {
      told: ({ kind }) => {
        if (kind === 'storage' && other.database.isTransaction) other.database.exec('ROLLBACK');
      },
    });
    await conductor.run(never, true);
    expect(seen(roster, 't').state).toBe('done');
  });
});

test('a runner that is killed again and again loses no task, and none is done twice', async () => {
  const file = newFile();
  const witness = join(file, '..', 'witness');
  writeFileSync(witness, '');
  const count = 60;
  {
    using roster = queueWith(
      [profileOf('one', { concurrentMax: 50 }), profileOf('two', { concurrentMax: 50 })],
      file,
    );
    const steps = [
      { name: 'work', by: 'model' },
      { name: 'judge', by: 'arbiter' },
    ] as const;
    const orders = Array.from({ length: count }, (_, n) =>
      orderOf(`t${n}`, { steps, repository: `r${n % 7}` }),
    );
    addAll(roster, orders, now());
  }
  const started = (workMsMax: number) => startRunner(file, witness, workMsMax);
  // Slow enough that some of its eight are always at work.
  for (const after of [4, 10]) {
    const child = started(1_000);
    await written(witness, 'done', after);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const last = started(10);
  using roster = queueWith([], file);
  for (let left = count; left > 0; ) {
    const { running, waiting } = must(queueState(roster));
    left = waiting + running;
    await new Promise((next) => setTimeout(next, 50));
  }
  last.kill('SIGTERM');
  expect(await once(last, 'exit')).toEqual([0, null]);
  const found = witnessed(roster, witness);
  expect(found).toMatchObject({ tasks: count, lost: [], twice: [] });
  expect(found.cutOff).toBeGreaterThan(0);
  expect(running(roster)).toBe(0);
});
