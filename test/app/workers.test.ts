import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type Claim, queueOf } from '../../app/work/queue.ts';
import type { Lease, Outcome } from '../../app/work/task.ts';
import { startWorkers } from '../../app/work/workers.ts';
import { newStore } from './kit.ts';
import { clockAt, done, where } from './mail.ts';

function shop(run: (claim: Claim, lease: Lease) => Promise<Outcome>, count = 2) {
  const store = newStore();
  const clock = clockAt();
  const queue = queueOf(store, { leaseMs: 60_000, attemptsMax: 3, runsAtOnce: 100 }, () => 0.5);
  const ends: (readonly [string, boolean])[] = [];
  const workers = startWorkers({
    queue,
    run,
    count,
    leaseMs: 60_000,
    now: clock.now,
    log: pino({ level: 'silent' }),
    ended: (_claim, outcome, kept) => void ends.push([outcome.kind, kept]),
  });
  onTestFinished(() => workers.stop(0));
  const want = (...pulls: readonly number[]) => {
    store.transaction(() => {
      for (const pull of pulls) queue.want(where, { kind: 'pull', pull }, clock.now());
    });
  };
  return { store, clock, queue, workers, want, ends };
}

/** Work that stands still until it is let go. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

test('several work at a time, never more than are wanted, and never two on one pull request', async () => {
  const at = { now: 0, most: 0 };
  const inside = new Set<number>();
  const { want, workers } = shop(async ({ id }) => {
    expect(inside.has(id)).toBe(false);
    inside.add(id);
    at.now += 1;
    at.most = Math.max(at.most, at.now);
    await new Promise(setImmediate);
    at.now -= 1;
    inside.delete(id);
    return done;
  }, 3);
  want(...Array.from({ length: 20 }, (_, n) => n + 1));
  await workers.settled();
  expect(at).toEqual({ now: 0, most: 3 });
});

test('what is thrown is a try that failed, and the next task goes on', async () => {
  const { want, workers, ends, store } = shop(async ({ subject }) => {
    if (subject.kind === 'pull' && subject.pull === 1) throw new Error('a fault of ours');
    return done;
  }, 1);
  want(1, 2);
  await workers.settled();
  expect(ends).toEqual([
    ['retry', true],
    ['done', true],
  ]);
  expect(store.statement("SELECT reason FROM tasks WHERE subject = 'pull:1'").get()).toMatchObject({
    reason: 'internal error',
  });
});

test('a holder whose lease was taken over is told so and changes nothing', async () => {
  const { opened, open } = gate();
  const seen: boolean[] = [];
  const { want, workers, queue, clock, ends } = shop(async (_claim, lease) => {
    seen.push(lease.stillHeld());
    await opened;
    seen.push(lease.stillHeld());
    return done;
  }, 1);
  want(1);
  workers.poke();
  clock.pass(60_000);
  const other = queue.claim(clock.now());
  open();
  await workers.settled();
  expect(seen).toEqual([true, false]);
  expect(ends).toEqual([['done', false]]);
  expect(other !== undefined && queue.isHeld(other, clock.now())).toBe(true);
});

test('when it is stopped, what runs is waited for, then aborted and handed back untried', async () => {
  const aborted: string[] = [];
  const never = gate();
  const { want, workers, store } = shop(async (_claim, lease) => {
    lease.signal.addEventListener('abort', () => aborted.push('aborted'));
    await never.opened;
    return done;
  });
  want(1);
  workers.poke();
  want(2);
  await workers.stop(0);
  expect(aborted).toEqual(['aborted']);
  expect(store.statement('SELECT state, attempts FROM tasks ORDER BY id').all()).toEqual([
    { state: 'waiting', attempts: 0 },
    { state: 'waiting', attempts: 0 },
  ]);
  never.open();
});

test('a stop waits for what is about to end', async () => {
  const { opened, open } = gate();
  const { want, workers, ends } = shop(async () => {
    await opened;
    return done;
  });
  want(1);
  workers.poke();
  const stopped = workers.stop(60_000);
  open();
  await stopped;
  expect(ends).toEqual([['done', true]]);
});
