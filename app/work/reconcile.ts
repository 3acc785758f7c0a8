import type { ForgeFault } from '../../src/forge.ts';
import type { Instant, Result } from '../../src/primitives.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store.ts';
import { backoffMs } from './backoff.ts';
import type { HookDeliveries, HookDelivery } from './hook-deliveries.ts';
import type { Queue } from './queue.ts';
import type { PullReference } from './task.ts';

/** Something that may have gone unnoticed, found by looking: pull requests that have to be heard. */
export interface Search {
  readonly name: string;
  /** One answer for each place that is looked at: that one cannot be read ends no other's. */
  readonly find: () => AsyncIterable<Found>;
}

export type Found = Result<readonly PullReference[], ForgeFault>;

export interface ReconcilePlan {
  readonly store: Store;
  readonly queue: Queue;
  readonly deliveries: HookDeliveries;
  readonly searches: readonly Search[];
  readonly now: () => Instant;
  readonly chance: () => number;
  readonly log: Logger;
  /** Whether the app is being stopped: what is left is done by the next pass. */
  readonly halted: () => boolean;
}

export interface ReconcileReport {
  /** Deliveries that the forge was asked to send again. */
  readonly askedAgain: number;
  /** Pull requests that searches found. */
  readonly found: number;
  readonly faults: readonly ForgeFault[];
}

/** GitHub offers failed deliveries again for three days. */
const OFFERED_MS = 259_200_000;
/** Of 100 deliveries each: one pass stays within some seconds and a twentieth of an hour's calls. */
const PAGES_MAX = 20;
const ASKED_IN_A_PASS_MAX = 100;
/** What we refuse five times is refused for a reason. */
const ASKED_EACH_MAX = 5;
/** An attempt so young may still be going on. */
const SETTLED_MS = 30_000;
const MARK = 'deliveries';

/** Where the walk through the forge's deliveries stands. */
interface Walk {
  /** Everything before this is settled. */
  readonly until: number;
  /** Where a walk that was too long for one pass goes on; null at its end. */
  readonly cursor: string | null;
  readonly newest: number;
  readonly oldestOpen: number;
}

/** One pass: what was lost on its way to us is asked for, and what went unnoticed is put into the queue. */
export async function reconcile(plan: ReconcilePlan): Promise<ReconcileReport> {
  const faults: ForgeFault[] = [];
  const askedAgain = await askForLost(plan, faults);
  let found = 0;
  for (const search of plan.searches) {
    for await (const result of search.find()) {
      if (plan.halted()) break;
      if (!result.ok) {
        faults.push(result.fault);
        plan.log.warn({ search: search.name, fault: result.fault }, 'a search was not finished');
        continue;
      }
      found += result.value.length;
      plan.store.transaction(() => {
        for (const { pull, ...where } of result.value)
          plan.queue.want(where, { kind: 'pull', pull }, plan.now());
      });
    }
    if (plan.halted()) break;
  }
  plan.store.transaction(() =>
    plan.store
      .statement('DELETE FROM redeliveries WHERE last_at < ?')
      .run(plan.now() - 2 * OFFERED_MS),
  );
  return { askedAgain, found, faults };
}

async function askForLost(plan: ReconcilePlan, faults: ForgeFault[]): Promise<number> {
  const now = plan.now();
  let walk = begun(readWalk(plan.store), now);
  const floor = Math.max(now - OFFERED_MS, walk.until);
  let asked = 0;
  for (let page = 0; page < PAGES_MAX && !plan.halted(); page += 1) {
    const listed = await plan.deliveries.page(walk.cursor);
    if (!listed.ok) {
      // A cursor that the forge no longer knows would stop every later pass, too.
      if (listed.fault.kind === 'forge-refused') keepWalk(plan.store, restarted(walk));
      faults.push(listed.fault);
      return asked;
    }
    const { deliveries, next } = listed.value;
    const recent = deliveries.filter(({ deliveredAt }) => deliveredAt >= floor);
    for (const delivery of recent) {
      const open = isOpen(plan.store, delivery, now);
      if (open && asked < ASKED_IN_A_PASS_MAX && (await ask(plan, delivery, now, faults)))
        asked += 1;
      walk = seen(walk, delivery, open);
    }
    walk = { ...walk, cursor: next };
    if (next === null || recent.length < deliveries.length) {
      keepWalk(plan.store, settled(walk));
      return asked;
    }
    keepWalk(plan.store, walk);
  }
  return asked;
}

/** Whether a delivery failed, never came, and may still come. */
function isOpen(store: Store, delivery: HookDelivery, now: Instant): boolean {
  const { guid, statusCode, deliveredAt } = delivery;
  if (statusCode >= 200 && statusCode < 300) return false;
  if (deliveredAt > now - SETTLED_MS) return true;
  if (store.statement('SELECT 1 FROM deliveries WHERE guid = ?').get(guid) !== undefined)
    return false;
  const before = store.statement('SELECT asked FROM redeliveries WHERE guid = ?').get(guid);
  return Number(before?.['asked'] ?? 0) < ASKED_EACH_MAX;
}

async function ask(
  plan: ReconcilePlan,
  { id, guid, deliveredAt }: HookDelivery,
  now: Instant,
  faults: ForgeFault[],
): Promise<boolean> {
  if (deliveredAt > now - SETTLED_MS) return false;
  const before = plan.store
    .statement('SELECT asked, last_at FROM redeliveries WHERE guid = ?')
    .get(guid);
  const times = Number(before?.['asked'] ?? 0);
  if (times > 0 && Number(before?.['last_at']) + backoffMs(times, plan.chance()) > now)
    return false;
  // Counted first: an answer that is lost must not make us ask for ever.
  plan.store.transaction(() =>
    plan.store
      .statement(
        'INSERT INTO redeliveries VALUES (:guid, 1, :now) ON CONFLICT (guid) DO UPDATE SET asked = asked + 1, last_at = :now',
      )
      .run({ guid, now }),
  );
  const answered = await plan.deliveries.askAgain(id);
  if (!answered.ok) faults.push(answered.fault);
  plan.log.info({ delivery: guid, asked: answered.ok }, 'a lost delivery is asked for again');
  return answered.ok;
}

const nothingOpen = Number.MAX_SAFE_INTEGER;

function begun(walk: Walk | null, now: Instant): Walk {
  return walk ?? { until: now - OFFERED_MS, cursor: null, newest: 0, oldestOpen: nothingOpen };
}

function seen(walk: Walk, { deliveredAt }: HookDelivery, open: boolean): Walk {
  return {
    ...walk,
    newest: Math.max(walk.newest, deliveredAt),
    oldestOpen: open ? Math.min(walk.oldestOpen, deliveredAt) : walk.oldestOpen,
  };
}

/** The next walk goes down to what is still open, or to the newest that was seen. */
function settled(walk: Walk): Walk {
  const until = Math.max(walk.until, Math.min(walk.newest, walk.oldestOpen));
  return { until, cursor: null, newest: 0, oldestOpen: nothingOpen };
}

const restarted = (walk: Walk): Walk => ({
  until: walk.until,
  cursor: null,
  newest: 0,
  oldestOpen: nothingOpen,
});

function readWalk(store: Store): Walk | null {
  const row = store.statement('SELECT value FROM marks WHERE name = ?').get(MARK);
  return row === undefined ? null : (JSON.parse(String(row['value'])) as Walk);
}

function keepWalk(store: Store, walk: Walk): void {
  store.transaction(() =>
    store.statement('INSERT OR REPLACE INTO marks VALUES (?, ?)').run(MARK, JSON.stringify(walk)),
  );
}
