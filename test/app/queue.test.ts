import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../app/store.ts';
import { BACKOFF_MAX_MS, backoffMs } from '../../app/work/backoff.ts';
import { COOLING_MS, PAUSE_MS_MAX, pauseAfterRun } from '../../app/work/pause.ts';
import { type Claim, type Queue, queueOf } from '../../app/work/queue.ts';
import type { Outcome } from '../../app/work/task.ts';
import { newFolder, newStore } from './kit.ts';
import { clockAt, done, given, START, where } from './mail.ts';
import { modelQueue } from './queue-model.ts';

const bounds = { leaseMs: 60_000, attemptsMax: 3, runsAtOnce: 5 };
const pull = (number: number) => ({ kind: 'pull', pull: number }) as const;

function desk(store: Store = newStore(), chance = () => 0.5) {
  const clock = clockAt();
  const queue = queueOf(store, bounds, chance);
  return {
    clock,
    queue,
    store,
    want: (number: number, at = clock.now(), repositoryId = 77) =>
      store.transaction(() =>
        queue.want({ ...where, repositoryId, name: `r${repositoryId}` }, pull(number), at),
      ),
    claim: () => queue.claim(clock.now()),
    finish: (claim: Claim | undefined, outcome: Outcome = done) =>
      claim !== undefined && queue.finish(claim, outcome, clock.now()),
  };
}

const numberOf = (claim: Claim | undefined): number | undefined =>
  claim?.subject.kind === 'pull' ? claim.subject.pull : undefined;

describe('a task', () => {
  test('that is asked for again while it waits is the same task', () => {
    const { want, claim, finish } = desk();
    for (let n = 0; n < 50; n += 1) want(1);
    expect(finish(claim())).toBe(true);
    expect(claim()).toBeUndefined();
  });

  test('that is asked for while it runs runs once more', () => {
    const { want, claim, finish } = desk();
    want(1);
    const first = claim();
    want(1);
    want(1);
    expect(claim()).toBeUndefined();
    finish(first);
    const second = claim();
    expect(numberOf(second)).toBe(1);
    finish(second);
    expect(claim()).toBeUndefined();
  });

  test('carries the latest name of its repository', () => {
    const { store, queue, claim, clock } = desk();
    store.transaction(() => queue.want(where, pull(1), clock.now()));
    store.transaction(() => queue.want({ ...where, name: 'renamed' }, pull(1), clock.now()));
    expect(claim()?.where.name).toBe('renamed');
  });

  test('comes back at the time it names, and earlier where it is asked for', () => {
    const { want, claim, finish, clock, queue } = desk();
    want(1);
    finish(claim(), { kind: 'done', againAt: (START + 5_000) as typeof START });
    expect([claim(), queue.nextAt()]).toEqual([undefined, START + 5_000]);
    clock.pass(5_000);
    finish(claim(), { kind: 'done', againAt: (START + 90_000) as typeof START });
    want(1);
    expect(numberOf(claim())).toBe(1);
  });

  test('that fails is tried again later each time, and parked with its reason after the last', () => {
    const { want, claim, finish, clock, queue, store } = desk();
    want(1);
    const waits = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      finish(claim(), { kind: 'retry', because: 'forge-unreachable' });
      waits.push((queue.nextAt() ?? Number.NaN) - clock.now());
      clock.pass(BACKOFF_MAX_MS);
    }
    expect(waits).toEqual([backoffMs(1, 0.5), backoffMs(2, 0.5), Number.NaN]);
    expect(store.statement('SELECT state, reason FROM tasks').get()).toMatchObject({
      state: 'parked',
      reason: 'forge-unreachable',
    });
    want(1);
    expect(claim()?.attempt).toBe(1);
  });

  test('that waits because the forge says so is not counted as failed', () => {
    const { want, claim, finish, clock } = desk();
    want(1);
    for (let n = 0; n < 4; n += 1) {
      const claimed = claim();
      expect(claimed?.attempt).toBe(1);
      const notBefore = (clock.now() + 600_000) as typeof START;
      finish(claimed, { kind: 'retry', because: 'forge-busy', notBefore });
      want(1);
      expect(claim()).toBeUndefined();
      clock.pass(600_000);
    }
  });

  test('whose process dies each time is parked, too', () => {
    const { want, claim, clock, store } = desk();
    want(1);
    for (let n = 0; n < 3; n += 1) {
      expect(claim()?.attempt).toBe(n + 1);
      clock.pass(bounds.leaseMs);
    }
    expect(claim()).toBeUndefined();
    expect(store.statement('SELECT reason FROM tasks').get()).toMatchObject({
      reason: 'exhausted',
    });
  });

  test('that is asked for all the time runs at growing distance, thirty seconds at most', () => {
    const { want, claim, finish, clock, queue } = desk();
    const runs: number[] = [];
    for (let second = 0; second < 600; second += 1) {
      want(1);
      for (let held = claim(); held !== undefined; held = claim()) {
        runs.push(second);
        finish(held);
        want(1);
      }
      clock.pass(1_000);
    }
    const apart = runs.slice(1).map((at, n) => at - (runs[n] ?? 0));
    expect(apart.slice(0, 10)).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16]);
    expect(new Set(apart.slice(10))).toEqual(new Set([16, 30]));
    expect(queue.state(clock.now())).toMatchObject({ parked: 0 });
  });

  test('that has rested runs at once again', () => {
    const { want, claim, finish, clock } = desk();
    const atOnce = () => {
      let runs = 0;
      for (let held = claim(); held !== undefined; held = claim()) {
        runs += 1;
        finish(held);
        want(1);
      }
      return runs;
    };
    want(1);
    expect(atOnce()).toBe(bounds.runsAtOnce + 1);
    clock.pass(20 * COOLING_MS);
    expect(atOnce()).toBe(bounds.runsAtOnce + 1);
  });

  test('is not worked on any more where the app was taken away, until something comes again', () => {
    const { want, claim, finish, store, queue } = desk();
    want(1);
    const running = claim();
    want(2);
    store.transaction(() => queue.takeAway(77));
    expect([claim(), finish(running)]).toEqual([undefined, false]);
    want(2);
    expect(numberOf(claim())).toBe(2);
  });
});

describe('a lease', () => {
  test('has a larger number each time, also after its task was forgotten and the file opened anew', () => {
    const folder = newFolder();
    const fences = [];
    for (let n = 0; n < 3; n += 1) {
      using store = given(openStore(folder));
      const { want, claim, finish, queue, clock } = desk(store);
      want(1);
      const claimed = claim();
      fences.push(claimed?.fence);
      finish(claimed);
      clock.pass(COOLING_MS);
      expect(queue.sweep(clock.now())).toBe(1);
    }
    expect(fences).toEqual([1, 2, 3]);
  });

  test('that lapsed is given to another, and its old holder can neither finish nor publish', () => {
    const { want, claim, finish, clock, queue } = desk();
    want(1);
    const first = claim() as Claim;
    clock.pass(bounds.leaseMs);
    expect(queue.isHeld(first, clock.now())).toBe(false);
    const second = claim() as Claim;
    expect(second.fence).toBeGreaterThan(first.fence);
    expect([
      finish(first),
      queue.renew(first, clock.now()),
      queue.isHeld(second, clock.now()),
    ]).toEqual([false, false, true]);
    queue.handBack(first, clock.now());
    expect(finish(second)).toBe(true);
  });

  test('that is renewed lasts', () => {
    const { want, claim, clock, queue } = desk();
    want(1);
    const held = claim() as Claim;
    clock.pass(bounds.leaseMs - 1);
    expect(queue.renew(held, clock.now())).toBe(true);
    clock.pass(bounds.leaseMs - 1);
    expect([queue.isHeld(held, clock.now()), claim()]).toEqual([true, undefined]);
  });

  test('that is handed back costs no try', () => {
    const { want, claim, clock, queue } = desk();
    want(1);
    queue.handBack(claim() as Claim, clock.now());
    expect(claim()?.attempt).toBe(1);
  });
});

test('a repository with a thousand pull requests does not keep another one waiting', () => {
  const { want, claim, clock } = desk();
  for (let n = 1; n <= 1_000; n += 1) want(n, START, 1);
  clock.pass(1);
  for (const n of [1, 2]) for (const repository of [2, 3]) want(n, clock.now(), repository);
  const served = Array.from({ length: 7 }, () => claim()?.where.repositoryId);
  expect(served).toEqual([1, 2, 3, 1, 2, 3, 1]);
});

test('a pull request that is heard all the time keeps none of its repository waiting', () => {
  const { want, claim, finish, clock } = desk();
  for (let n = 0; n < 100; n += 1) {
    want(1);
    const held = claim();
    want(2, clock.now());
    want(1);
    finish(held);
    // One worker: whatever is heard next, the quiet one comes at the second place at the latest.
    const next = [claim(), claim()].filter((each) => each !== undefined);
    expect(next.map(numberOf)).toContain(2);
    for (const each of next) finish(each);
    clock.pass(60_000);
  }
});

test('whatever is asked for is run within thirty seconds, however much was asked for before', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 30, maxLength: 120 });
  fc.assert(
    fc.property(gaps, (waits) => {
      using store = given(openStore(newFolder()));
      const { want, claim, finish, clock, queue } = desk(store);
      for (const wait of waits) {
        want(1);
        const due = queue.nextAt() ?? Number.NaN;
        expect(due - clock.now()).toBeLessThanOrEqual(PAUSE_MS_MAX);
        clock.pass(wait);
        const held = claim();
        expect(held === undefined).toBe(clock.now() < due);
        finish(held);
      }
    }),
    { seed: 20_261_125, numRuns: 8 },
  );
});

test('runs count for thirty seconds each, one after the other', () => {
  const first = pauseAfterRun(0, START, 2);
  expect(first).toEqual({ coolAt: START + COOLING_MS, pauseUntil: START });
  const second = pauseAfterRun(first.coolAt, START, 2);
  expect(second).toEqual({ coolAt: START + 2 * COOLING_MS, pauseUntil: START });
  const third = pauseAfterRun(second.coolAt, START, 2);
  expect(third).toEqual({ coolAt: START + 3 * COOLING_MS, pauseUntil: START + 1_000 });
  const most = pauseAfterRun(START + 1e9, START, 2);
  expect(most).toEqual({ coolAt: START + 8 * COOLING_MS, pauseUntil: START + PAUSE_MS_MAX });
});

test('the wait doubles, has a bound, and spreads over its upper half', () => {
  expect([1, 2, 3, 99].map((attempt) => backoffMs(attempt, 0))).toEqual([
    1_000, 2_000, 4_000, 150_000,
  ]);
  expect([1, 2, 3, 99].map((attempt) => backoffMs(attempt, 1))).toEqual([
    2_000, 4_000, 8_000, 300_000,
  ]);
});

/** One thing that happens to the queue. */
type Step =
  | { readonly do: 'want' | 'claim' | 'pass' | 'sweep' | 'take-away'; readonly n: number }
  | { readonly do: 'finish' | 'renew' | 'hand-back'; readonly n: number; readonly outcome: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('want' as const), n: fc.nat(8) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), n: fc.constant(0) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'finish' as const,
        'finish' as const,
        'renew' as const,
        'hand-back' as const,
      ),
      n: fc.nat(20),
      outcome: fc.nat(5),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      n: fc.constantFrom(1, 1_000, 5_000, 60_000, 300_000, 600_000, 3_600_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('sweep' as const, 'take-away' as const),
      n: fc.nat(2),
    }),
  },
);

function outcomeOf(n: number, now: number): Outcome {
  const at = (ms: number) => (now + ms) as typeof START;
  const all: readonly Outcome[] = [
    done,
    { kind: 'done', againAt: at(7_000) },
    { kind: 'retry', because: 'x' },
    { kind: 'retry', because: 'y', notBefore: at(400_000) },
    { kind: 'park', because: 'z' },
    done,
  ];
  return all[n] ?? done;
}

test('whatever happens in whatever order, the queue does what a simple model of it does', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 60 }), (all) => {
      using store = given(openStore(newFolder()));
      const { clock, queue, want, claim } = desk(store);
      const model = modelQueue(bounds);
      const claims: Claim[] = [];
      for (const step of all) perform(step, { clock, queue, store, want, claim, model, claims });
    }),
    { seed: 20_261_125, numRuns: 150 },
  );
});

interface Stage {
  readonly clock: ReturnType<typeof clockAt>;
  readonly queue: Queue;
  readonly store: Store;
  readonly want: (number: number, at: typeof START, repositoryId: number) => void;
  readonly claim: () => Claim | undefined;
  readonly model: ReturnType<typeof modelQueue>;
  readonly claims: Claim[];
}

function perform(step: Step, { clock, queue, store, want, claim, model, claims }: Stage): void {
  const now = clock.now();
  const repository = 70 + (step.n % 3);
  switch (step.do) {
    case 'want':
      want(step.n, now, repository);
      model.want(repository, step.n, now);
      return;
    case 'claim': {
      const claimed = claim();
      const expected = model.claim(now);
      expect(claimed && [claimed.where.repositoryId, numberOf(claimed), claimed.attempt]).toEqual(
        expected,
      );
      if (claimed !== undefined) {
        expect(claimed.fence).toBeGreaterThan(Math.max(0, ...claims.map(({ fence }) => fence)));
        claims.push(claimed);
      }
      return;
    }
    case 'pass':
      clock.pass(step.n);
      return;
    case 'sweep':
      expect(queue.sweep(now)).toBe(model.sweep(now));
      return;
    case 'take-away':
      store.transaction(() => queue.takeAway(repository));
      model.takeAway(repository);
      return;
    case 'finish':
    case 'renew':
    case 'hand-back': {
      const held = claims[step.n % Math.max(1, claims.length)];
      if (held === undefined) return;
      const key = `${held.where.repositoryId}:${numberOf(held)}`;
      expect(queue.isHeld(held, now)).toBe(model.isHeld(key, held.fence, now));
      if (step.do === 'finish') {
        const outcome = outcomeOf(step.outcome, now);
        expect(queue.finish(held, outcome, now)).toBe(model.finish(key, held.fence, outcome, now));
      } else if (step.do === 'renew')
        expect(queue.renew(held, now)).toBe(model.renew(key, held.fence, now));
      else {
        queue.handBack(held, now);
        model.handBack(key, held.fence, now);
      }
    }
  }
}
