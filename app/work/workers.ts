import type { Instant } from '../../src/primitives.ts';
import type { Logger } from '../log.ts';
import type { Claim, Queue } from './queue.ts';
import { type Lane, type Lease, type Outcome, subjectText } from './task.ts';

export interface WorkersPlan {
  readonly queue: Queue;
  readonly run: (claim: Claim, lease: Lease) => Promise<Outcome>;
  readonly count: number;
  /** Left out: the one of people who wait. */
  readonly lane?: Lane;
  readonly leaseMs: number;
  readonly now: () => Instant;
  readonly log: Logger;
  /** Told when a task ended: for metrics, and for tests that stop the process there. */
  readonly ended?: (claim: Claim, outcome: Outcome, kept: boolean) => void;
}

/** Those who work on what the queue holds. */
export interface Workers {
  /** Something may have become due. */
  readonly poke: () => void;
  /** Kept when nothing is due and nothing runs. */
  readonly settled: () => Promise<void>;
  /** How many tasks run in this process. */
  readonly busy: () => number;
  /** Takes nothing more; what still runs after the grace is aborted and its lease handed back. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** Nothing that one pull request needs takes as long; what does has hung. */
const TASK_MS_MAX = 900_000;
/** The store is asked at least so often: another process may have put something in. */
const LOOK_MS_MAX = 15_000;
/** After the store refused: it is asked again soon, not at once. */
const LOOK_AFTER_FAULT_MS = 1_000;

interface Running {
  readonly claim: Claim;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export function startWorkers(plan: WorkersPlan): Workers {
  const running = new Map<number, Running>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const lookAgainIn = (ms: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(poke, ms);
  };
  const poke = () => {
    if (stopped) return;
    try {
      while (running.size < plan.count) {
        const claim = plan.queue.claim(plan.now(), plan.lane);
        if (claim === undefined) break;
        begin(claim);
      }
      lookAgainIn(waitMs(plan));
    } catch (error) {
      plan.log.error({ err: error }, 'the queue cannot be read');
      lookAgainIn(LOOK_AFTER_FAULT_MS);
    }
  };
  const begin = (claim: Claim) => {
    const abort = new AbortController();
    const ended = perform(plan, claim, abort).finally(() => {
      running.delete(claim.fence);
      poke();
    });
    running.set(claim.fence, { claim, abort, ended });
  };
  return {
    poke,
    busy: () => running.size,
    settled: async () => {
      poke();
      while (running.size > 0) {
        await Promise.race([...running.values()].map(({ ended }) => ended));
        poke();
      }
    },
    stop: async (graceMs) => {
      stopped = true;
      clearTimeout(timer);
      await within(graceMs, Promise.all([...running.values()].map(({ ended }) => ended)));
      for (const { claim, abort } of running.values()) {
        abort.abort(new Error('the app is being stopped'));
        plan.queue.handBack(claim, plan.now());
      }
    },
  };
}

/** Those of several lanes as one: each takes what is its own. */
export function together(lanes: readonly Workers[]): Workers {
  const all = async (act: (lane: Workers) => Promise<void>) =>
    void (await Promise.all(lanes.map(act)));
  const busy = () => lanes.reduce((sum, lane) => sum + lane.busy(), 0);
  return {
    poke: () => {
      for (const lane of lanes) lane.poke();
    },
    busy,
    // What ends in one may have put something into another.
    settled: async () => {
      do await all((lane) => lane.settled());
      while (busy() > 0);
    },
    stop: (graceMs) => all((lane) => lane.stop(graceMs)),
  };
}

function waitMs(plan: WorkersPlan): number {
  const next = plan.queue.nextAt(plan.lane);
  // A full house looks when somebody is done; the next second is soon enough for what is overdue.
  return next === null ? LOOK_MS_MAX : Math.min(LOOK_MS_MAX, Math.max(1_000, next - plan.now()));
}

/** Runs one task to its end. Never throws: a fault of ours is a try that failed. */
async function perform(plan: WorkersPlan, claim: Claim, abort: AbortController): Promise<void> {
  const { queue, now, log } = plan;
  const name = `${claim.where.owner}/${claim.where.name} ${subjectText(claim.subject)}`;
  const lease: Lease = {
    fence: claim.fence,
    signal: abort.signal,
    stillHeld: () => !abort.signal.aborted && queue.isHeld(claim, now()),
  };
  const pulse = setInterval(() => {
    try {
      if (!queue.renew(claim, now())) abort.abort(new Error('the lease is lost'));
    } catch (error) {
      log.warn({ err: error, task: name }, 'a lease could not be renewed');
    }
  }, plan.leaseMs / 3);
  const outcome = await within<Outcome>(TASK_MS_MAX, attempt(plan, claim, lease, name));
  clearInterval(pulse);
  abort.abort(new Error('the task has ended'));
  const final = outcome ?? { kind: 'retry', because: 'took too long' };
  try {
    const kept = queue.finish(claim, final, now());
    if (!kept)
      log.warn({ task: name, fence: claim.fence }, 'a lease was lost; somebody else works on');
    else if (final.kind !== 'done')
      log.warn(
        { task: name, attempt: claim.attempt, outcome: final.kind, because: final.because },
        'a task is not done',
      );
    plan.ended?.(claim, final, kept);
  } catch (error) {
    // The lease lapses, and the task is taken up again.
    log.error({ err: error, task: name }, 'the end of a task could not be stored');
  }
}

async function attempt(
  plan: WorkersPlan,
  claim: Claim,
  lease: Lease,
  name: string,
): Promise<Outcome> {
  try {
    return await plan.run(claim, lease);
  } catch (error) {
    plan.log.error({ err: error, task: name, attempt: claim.attempt }, 'a task failed');
    return { kind: 'retry', because: 'internal error' };
  }
}

/** What the promise gives, or undefined where that takes too long. */
async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
