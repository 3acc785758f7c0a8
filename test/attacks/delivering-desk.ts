import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openStore } from '../../app/store.ts';
import { queueOf } from '../../app/work/queue.ts';
import { reconcile } from '../../app/work/reconcile.ts';
import { given, later, START } from '../app/mail.ts';
import { here } from './office.ts';
import { must, mustEqual } from './row.ts';

/** The forge failed to deliver some times; what was never taken is asked for again, and nothing else. */
export async function lost(statuses: readonly number[]): Promise<void> {
  await using desk = newDesk();
  const asked: string[] = [];
  const attempts = statuses.map((statusCode, at) => ({
    id: String(at),
    guid: `guid-${at}`,
    deliveredAt: later(START, -60_000 * (at + 1)),
    statusCode,
  }));
  await reconcile({
    ...desk,
    deliveries: {
      page: async () => ({ ok: true, value: { deliveries: attempts, next: null } }),
      askAgain: async (id) => {
        asked.push(id);
        return { ok: true, value: true };
      },
    },
    searches: [],
    now: () => START,
    chance: () => 0.5,
    log: pino({ level: 'silent' }),
    halted: () => false,
  });
  const failed = attempts.filter(({ statusCode }) => statusCode < 200 || statusCode > 299);
  mustEqual(
    asked,
    failed.map(({ id }) => id),
    'what is asked for again',
  );
}

/** A process ends while it holds some of the tasks; the next one finds all of them. */
export async function crashed(tasks: number, begun: number): Promise<void> {
  await using desk = newDesk();
  const { store, queue, folder } = desk;
  store.transaction(() => {
    for (let pull = 1; pull <= tasks; pull += 1) queue.want(here, { kind: 'pull', pull }, START);
  });
  for (let n = 0; n < begun; n += 1) must(queue.claim(START) !== undefined, 'nothing to begin');
  store[Symbol.dispose]();
  using reopened = given(openStore(folder));
  const next = queueOf(reopened, bounds, () => 0.5);
  const left = new Set<number>();
  for (;;) {
    const claim = next.claim(later(START, bounds.leaseMs));
    if (claim?.subject.kind !== 'pull') break;
    left.add(claim.subject.pull);
    must(
      next.finish(claim, { kind: 'done' }, later(START, bounds.leaseMs)),
      'a held lease cannot finish',
    );
  }
  mustEqual(left.size, tasks, 'tasks that were found again');
}

const bounds = { leaseMs: 60_000, attemptsMax: 3, runsAtOnce: 20 };

function newDesk() {
  const folder = mkdtempSync(join(tmpdir(), 'caws-attack-'));
  const store = given(openStore(folder));
  return {
    folder,
    store,
    queue: queueOf(store, bounds, () => 0.5),
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
