import { backoffMs } from '../../app/work/backoff.ts';
import { COOLING_MS, pauseAfterRun } from '../../app/work/pause.ts';
import type { QueueBounds } from '../../app/work/queue.ts';
import type { Outcome } from '../../app/work/task.ts';
import type { Instant } from '../../src/primitives.ts';

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
  coolAt: number;
  pauseUntil: number;
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
  const readyAt = ({ due, notBefore, pauseUntil }: Item) => Math.max(due, notBefore, pauseUntil);
  const isDue = (item: Item, now: number): boolean =>
    item.state === 'waiting' ? readyAt(item) <= now : item.state === 'running' && item.until <= now;
  const rest = (item: Item, state: Item['state'], due: number) =>
    Object.assign(item, { state, due, notBefore: 0, attempts: 0 });
  return {
    want: (repository: number, pull: number, at: number): void => {
      const key = `${repository}:${pull}`;
      const item = items.get(key);
      if (item === undefined) {
        order += 1;
        const fresh = { again: false, attempts: 0, fence: 0, until: 0, coolAt: 0, pauseUntil: 0 };
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
        item.state = 'waiting';
      } else item.due = Math.min(item.due, at);
    },
    claim: (now: number): readonly [number, number, number] | undefined => {
      for (;;) {
        const [item] = [...items.values()]
          .filter((one) => isDue(one, now))
          .toSorted(
            (one, other) =>
              (served.get(one.repository) ?? 0) - (served.get(other.repository) ?? 0) ||
              readyAt(one) - readyAt(other) ||
              one.order - other.order,
          );
        if (item === undefined) return undefined;
        if (item.attempts >= bounds.attemptsMax) {
          Object.assign(item, { state: 'parked', notBefore: 0 });
          continue;
        }
        fence += 1;
        served.set(item.repository, fence);
        const until = now + bounds.leaseMs;
        Object.assign(item, { state: 'running', again: false, fence, until, notBefore: 0 });
        item.attempts += 1;
        Object.assign(item, pauseAfterRun(item.coolAt, now as Instant, bounds.runsAtOnce));
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
      Object.assign(item, { state: 'waiting', due: now, again: false, pauseUntil: 0 });
      item.attempts = Math.max(0, item.attempts - 1);
      item.coolAt = Math.max(0, item.coolAt - COOLING_MS);
    },
    takeAway: (repository: number): void => {
      for (const item of items.values())
        if (item.repository === repository && item.state !== 'resting')
          Object.assign(item, { state: 'parked', notBefore: 0, again: false });
    },
    sweep: (now: number): number => {
      const over = [...items].filter(([, item]) => item.state === 'resting' && item.coolAt <= now);
      for (const [key] of over) items.delete(key);
      return over.length;
    },
  };
}
