import { backoffMs } from '../../app/work/backoff.ts';
import { type QueueBounds, WINDOW_MS } from '../../app/work/queue.ts';
import type { Outcome } from '../../app/work/task.ts';

/** One task in memory. */
interface Item {
  readonly repository: number;
  readonly pull: number;
  readonly order: number;
  state: 'waiting' | 'running' | 'parked' | 'resting';
  due: number;
  notBefore: number;
  again: boolean;
  attempts: number;
  fence: number;
  until: number;
  windowAt: number;
  runs: number;
}

/**
 * What the durable queue is meant to be, in plain memory: the referee of its property test. Fences are
 * counted here as the store counts them, one for each claim.
 */
export function modelQueue(bounds: QueueBounds) {
  const items = new Map<string, Item>();
  const served = new Map<number, number>();
  let fence = 0;
  let order = 0;
  const held = (key: string, of: number, now: number): Item | undefined => {
    const item = items.get(key);
    return item?.state === 'running' && item.fence === of && item.until > now ? item : undefined;
  };
  const isDue = (item: Item, now: number): boolean => {
    if (item.state === 'waiting') return item.due <= now && item.notBefore <= now;
    if (item.state === 'running') return item.until <= now;
    return item.state === 'parked' && item.notBefore > 0 && item.notBefore <= now;
  };
  const rest = (item: Item, state: Item['state'], due: number) =>
    Object.assign(item, { state, due, notBefore: 0, attempts: 0 });
  return {
    want: (repository: number, pull: number, at: number): void => {
      const key = `${repository}:${pull}`;
      const item = items.get(key);
      if (item === undefined) {
        order += 1;
        const fresh = { again: false, attempts: 0, fence: 0, until: 0, windowAt: 0, runs: 0 };
        items.set(key, {
          repository,
          pull,
          order,
          state: 'waiting',
          due: at,
          notBefore: 0,
          ...fresh,
        });
        return;
      }
      if (item.state === 'running') item.again = true;
      if (item.state === 'resting' || item.state === 'parked') {
        item.attempts = 0;
        item.due = at;
        if (item.state === 'resting' || item.notBefore === 0) item.state = 'waiting';
      } else item.due = Math.min(item.due, at);
    },
    claim: (now: number): readonly [number, number, number] | undefined => {
      for (;;) {
        const [item] = [...items.values()]
          .filter((one) => isDue(one, now))
          .toSorted(
            (one, other) =>
              (served.get(one.repository) ?? 0) - (served.get(other.repository) ?? 0) ||
              one.due - other.due ||
              one.order - other.order,
          );
        if (item === undefined) return undefined;
        if (item.windowAt + WINDOW_MS <= now) Object.assign(item, { windowAt: now, runs: 0 });
        if (item.attempts >= bounds.attemptsMax) {
          Object.assign(item, { state: 'parked', notBefore: 0 });
          continue;
        }
        if (item.runs >= bounds.runsMax) {
          Object.assign(item, { state: 'parked', notBefore: item.windowAt + WINDOW_MS });
          continue;
        }
        fence += 1;
        served.set(item.repository, fence);
        const until = now + bounds.leaseMs;
        Object.assign(item, { state: 'running', again: false, fence, until, notBefore: 0 });
        item.attempts += 1;
        item.runs += 1;
        return [item.repository, item.pull, item.attempts];
      }
    },
    isHeld: (key: string, of: number, now: number): boolean => held(key, of, now) !== undefined,
    renew: (key: string, of: number, now: number): boolean => {
      const item = held(key, of, now);
      if (item !== undefined) item.until = now + bounds.leaseMs;
      return item !== undefined;
    },
    finish: (key: string, of: number, outcome: Outcome, now: number): boolean => {
      const item = held(key, of, now);
      if (item === undefined) return false;
      const own = now + backoffMs(item.attempts, 0.5);
      const theirs = outcome.kind === 'retry' ? (outcome.notBefore ?? 0) : 0;
      const counted = theirs <= own;
      const over = counted && item.attempts >= bounds.attemptsMax;
      if (outcome.kind === 'retry' && !over) {
        Object.assign(item, { state: 'waiting', due: now, notBefore: Math.max(own, theirs) });
        if (!counted) item.attempts -= 1;
      } else if (item.again) rest(item, 'waiting', now);
      else if (outcome.kind === 'done' && outcome.againAt !== undefined)
        rest(item, 'waiting', outcome.againAt);
      else rest(item, outcome.kind === 'done' ? 'resting' : 'parked', now);
      item.again = false;
      return true;
    },
    handBack: (key: string, of: number, now: number): void => {
      const item = held(key, of, now);
      if (item === undefined) return;
      const { attempts, runs } = item;
      Object.assign(item, { state: 'waiting', due: now, again: false });
      Object.assign(item, { attempts: Math.max(0, attempts - 1), runs: Math.max(0, runs - 1) });
    },
    takeAway: (repository: number): void => {
      for (const item of items.values())
        if (item.repository === repository && item.state !== 'resting')
          Object.assign(item, { state: 'parked', notBefore: 0, again: false });
    },
    sweep: (now: number): number => {
      const over = [...items].filter(
        ([, item]) => item.state === 'resting' && item.windowAt <= now - WINDOW_MS,
      );
      for (const [key] of over) items.delete(key);
      return over.length;
    },
  };
}
