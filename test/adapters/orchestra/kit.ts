import { Conductor, type ConductorOptions } from '../../../src/adapters/orchestra/conductor.ts';

import type { Hands, Told } from '../../../src/adapters/orchestra/hands.ts';
import { KnownProfiles } from '../../../src/adapters/orchestra/profiles.ts';
import { add } from '../../../src/adapters/orchestra/queue.ts';
import { Router } from '../../../src/adapters/orchestra/router.ts';
import { taskIn } from '../../../src/adapters/orchestra/rows.ts';
import { prepareQueueTables } from '../../../src/adapters/orchestra/tables.ts';
import { type Taker, take, type Work } from '../../../src/adapters/orchestra/taking.ts';
import { Journal } from '../../../src/adapters/roster/journal.ts';
import { register } from '../../../src/adapters/roster/registering.ts';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import type { Claim, Order, QueuedTask } from '../../../src/models/orchestration/task.ts';
import type { ModelProfile } from '../../../src/models/profile.ts';
import type { Instant } from '../../../src/primitives.ts';
import { task } from '../../models/routing/kit.ts';
import { later, must, NOON, newFile, opened, profileOf } from '../roster/kit.ts';

export const LEASE_MS = 10_000;

/** A roster with a queue, and these models in use; each takes four tasks at one time. */
export function queueWith(models: readonly (string | ModelProfile)[], file = newFile()): Roster {
  const roster = opened(file);
  must(prepareQueueTables(roster));
  for (const model of models) {
    const profile = typeof model === 'string' ? profileOf(model, { concurrentMax: 4 }) : model;
    const asked = { profile, at: NOON, because: 'a test', replace: false };
    must(register(roster, { ...asked, status: 'active' }));
  }
  return roster;
}

export function orderOf(id: string, fields: Partial<Order> = {}): Order {
  return {
    id,
    repository: 'github.com/shop/cart',
    priority: 'normal',
    deadline: null,
    task: task(),
    steps: [{ name: 'work', by: 'model' }],
    timeoutMs: 60_000,
    work: null,
    ...fields,
  };
}

/** Puts tasks in line; each must be taken in. */
export function addAll(roster: Roster, orders: readonly Order[], now = NOON): void {
  must(
    roster.write(() => {
      for (const order of orders) must(add(roster, order, now));
    }),
  );
}

export function takerOf(roster: Roster, runner = 'here'): Taker {
  const router = new Router(roster, { policy: 'thompson-reset', usdPerTask: null });
  const elapsed = () => 0;
  return { roster, router, runner, leaseMs: LEASE_MS, elapsed, profiles: new KnownProfiles() };
}

/** What a runner is given, `ms` after noon. */
export function taken(taker: Taker, slots: number, ms = 0): readonly Work[] {
  return must(taker.roster.write(() => take(taker, slots, later(ms)))).works;
}

/** The only task that a runner is given. */
export function onlyTaken(taker: Taker, ms = 0): Work {
  const [work, ...more] = taken(taker, 1, ms);
  if (work === undefined || more.length > 0) throw new Error('not exactly one task was taken');
  return work;
}

export function seen(roster: Roster, id: string): QueuedTask {
  const found = must(roster.read(() => taskIn(roster, id)));
  if (found === null) throw new Error(`there is no task ${id}`);
  return found;
}

export const at = (ms: number) => ({ at: later(ms), latencyMs: 100 });

export const claimOf = (id: string, fence: number): Claim => ({ id, fence });

/** A conductor of its own journal, with a real clock; what it was told by the way. */
export function conducting(
  roster: Roster,
  hands: Hands,
  options: Partial<ConductorOptions> = {},
): { readonly conductor: Conductor; readonly told: Told[] } {
  const told: Told[] = [];
  const conductor = new Conductor({
    roster,
    journal: new Journal(roster),
    routing: { policy: 'thompson-reset', usdPerTask: null },
    hands,
    runner: 'here',
    atOnce: 4,
    leaseMs: LEASE_MS,
    now: () => Date.now() as Instant,
    elapsed: () => performance.now(),
    told: (each) => void told.push(each),
    ...options,
  });
  return { conductor, told };
}
