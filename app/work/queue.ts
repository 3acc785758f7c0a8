import type { Instant } from '../../src/primitives.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Store } from '../store.ts';
import { backoffMs } from './backoff.ts';
import { COOLING_MS, pauseAfterRun } from './pause.ts';
import { type Lane, type Outcome, SLOW, type Subject, subjectOf, subjectText } from './task.ts';

export interface QueueBounds {
  readonly leaseMs: number;
  readonly attemptsMax: number;
  /** Runs of one task with no pause between them; see `pause.ts`. */
  readonly runsAtOnce: number;
}

/** A look-up is one call, and a busy branch moves often. */
const ERRAND_RUNS_FACTOR = 10;
/** Whoever wants to know why something was put aside asks within a quarter of a year. */
const PARKED_KEPT_MS = 7_776_000_000;
/** A forge that says "not before" is believed for this long. */
const NOT_BEFORE_MAX_MS = 3_600_000;

/** A task that was handed out. */
export interface Claim {
  readonly id: number;
  readonly where: Where;
  readonly subject: Subject;
  readonly fence: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** When it was first asked for. */
  readonly since: Instant;
}

export interface QueueState {
  readonly waiting: number;
  readonly running: number;
  readonly parked: number;
  /** Of those that could be worked on now, how long the oldest waits; 0 where there is none. */
  readonly oldestMs: number;
}

/**
 * The durable queue: one task per repository and subject, worked on by one holder at a time.
 *
 * A task waits, runs, is parked after failing, or rests (remembered only while its runs still count).
 * What is asked for again while it waits is the same task; while it runs, it runs once more afterwards.
 * What is asked for all the time runs at growing distance and is never put aside for it. Each lease has
 * a number that only grows, and only the newest may finish.
 */
export interface Queue {
  /** Inside a transaction of the caller: a delivery and what it asks for are stored together. */
  readonly want: (where: Where, subject: Subject, at: Instant) => void;
  readonly claim: (now: Instant, lane?: Lane) => Claim | undefined;
  readonly isHeld: (claim: Claim, now: Instant) => boolean;
  /** @returns false where the lease is lost. */
  readonly renew: (claim: Claim, now: Instant) => boolean;
  /** @returns false where the lease is lost: nothing was changed then. */
  readonly finish: (claim: Claim, outcome: Outcome, now: Instant) => boolean;
  /** Gives a task back untried. */
  readonly handBack: (claim: Claim, now: Instant) => void;
  /** When the next task of a lane can be claimed; null where there is none. */
  readonly nextAt: (lane?: Lane) => Instant | null;
  readonly state: (now: Instant) => QueueState;
  /** Inside a transaction of the caller: the app was taken away from this repository. */
  readonly takeAway: (repositoryId: number) => void;
  /** Forgets tasks that rest and whose runs count no more, and those parked for very long. @returns how many. */
  readonly sweep: (now: Instant) => number;
}

/** When a waiting task may run: it is due, the forge does not say later, and its pause is over. */
const READY_AT = 'max(due_at, not_before, pause_until)';
const CAN_BE_CLAIMED = `((state = 'waiting' AND due_at <= :now AND not_before <= :now AND pause_until <= :now)
  OR (state = 'running' AND lease_until <= :now))`;

const IS_SLOW = SLOW.map((begins) => `subject LIKE '${begins}%'`).join(' OR ');
const IN_LANE: Readonly<Record<Lane, string>> = {
  hearing: `NOT (${IS_SLOW})`,
  proposing: `(${IS_SLOW})`,
};

const WANT = `INSERT INTO tasks (repository, subject, state, since, due_at) VALUES (:repository, :subject, 'waiting', :at, :at)
ON CONFLICT (repository, subject) DO UPDATE SET
  again = iif(state = 'running', 1, again),
  attempts = iif(state IN ('resting', 'parked'), 0, attempts),
  since = iif(state IN ('resting', 'parked') OR due_at > :at, :at, since),
  due_at = iif(state IN ('resting', 'parked'), :at, min(due_at, :at)),
  reason = iif(state = 'parked', '', reason),
  state = iif(state IN ('resting', 'parked'), 'waiting', state)`;

const HELD = `id = :id AND fence = :fence AND state = 'running' AND lease_until > :now`;

/** @param chance 0 up to, not including, 1: spreads what failed together. */
export function queueOf(store: Store, bounds: QueueBounds, chance: () => number): Queue {
  const run = (sql: string, values: Readonly<Record<string, number | string>>): number =>
    Number(store.statement(sql).run(values).changes);
  const held = (claim: Claim, now: Instant) => ({ id: claim.id, fence: claim.fence, now });
  return {
    want: (where, subject, at) => {
      rememberRepository(store, where);
      run(WANT, { repository: where.repositoryId, subject: subjectText(subject), at });
    },
    claim: (now, lane = 'hearing') => store.transaction(() => claimNext(store, bounds, now, lane)),
    isHeld: (claim, now) =>
      store.statement(`SELECT 1 FROM tasks WHERE ${HELD}`).get(held(claim, now)) !== undefined,
    renew: (claim, now) =>
      store.transaction(() =>
        run(`UPDATE tasks SET lease_until = :until WHERE ${HELD}`, {
          ...held(claim, now),
          until: now + bounds.leaseMs,
        }),
      ) === 1,
    finish: (claim, outcome, now) =>
      store.transaction(() => {
        const next = afterwards(claim, outcome, now, bounds, chance);
        const changed = run(
          `UPDATE tasks SET state = iif(:rerun AND again, 'waiting', :state), due_at = iif(:rerun AND again, :now, :due), since = iif(:rerun AND again, :now, :due), not_before = :notBefore, attempts = iif(:rerun AND again, 0, :attempts), reason = :reason, again = 0, lease_until = 0 WHERE ${HELD}`,
          { ...held(claim, now), ...next },
        );
        return changed === 1;
      }),
    handBack: (claim, now) =>
      store.transaction(
        () =>
          void run(
            `UPDATE tasks SET state = 'waiting', due_at = :now, again = 0, attempts = max(0, attempts - 1), cool_at = max(0, cool_at - :cooling), pause_until = 0, lease_until = 0 WHERE ${HELD}`,
            { ...held(claim, now), cooling: COOLING_MS },
          ),
      ),
    nextAt: (lane = 'hearing') => nextAt(store, lane),
    state: (now) => stateOf(store, now),
    takeAway: (repositoryId) =>
      void run(
        `UPDATE tasks SET state = 'parked', not_before = 0, lease_until = 0, again = 0, reason = 'installation-gone' WHERE repository = :repositoryId AND state <> 'resting'`,
        { repositoryId },
      ),
    sweep: (now) =>
      store.transaction(() =>
        run(
          `DELETE FROM tasks WHERE (state = 'resting' AND cool_at <= :now) OR (state = 'parked' AND due_at <= :old)`,
          { now, old: now - PARKED_KEPT_MS },
        ),
      ),
  };
}

function rememberRepository(store: Store, where: Where): void {
  store
    .statement(
      `INSERT INTO repositories (id, installation, owner, name) VALUES (:repositoryId, :installationId, :owner, :name)
       ON CONFLICT (id) DO UPDATE SET installation = :installationId, owner = :owner, name = :name
       WHERE installation <> :installationId OR owner <> :owner OR name <> :name`,
    )
    .run({ ...where });
}

/** Of the repository that was served longest ago, the task that has been ready longest. */
function claimNext(store: Store, bounds: QueueBounds, now: Instant, lane: Lane): Claim | undefined {
  for (;;) {
    const row = store
      .statement(
        `SELECT t.id, t.subject, t.since, t.attempts, t.cool_at, r.id AS repository, r.installation, r.owner, r.name
         FROM tasks t JOIN repositories r ON r.id = t.repository WHERE ${CAN_BE_CLAIMED} AND ${IN_LANE[lane]}
         ORDER BY r.served, ${READY_AT}, t.id LIMIT 1`,
      )
      .get({ now });
    if (row === undefined) return undefined;
    const text = String(row['subject']);
    const id = Number(row['id']);
    const attempts = Number(row['attempts']);
    if (attempts >= bounds.attemptsMax) {
      // Each try ended with its process: the next one would, too.
      parkExhausted(store, id);
      continue;
    }
    const factor = text.startsWith('pull:') ? 1 : ERRAND_RUNS_FACTOR;
    const pause = pauseAfterRun(Number(row['cool_at']), now, bounds.runsAtOnce * factor);
    const fence = nextFence(store);
    store
      .statement(
        `UPDATE tasks SET state = 'running', again = 0, attempts = attempts + 1, fence = :fence, lease_until = :until, cool_at = :coolAt, pause_until = :pauseUntil, reason = '', not_before = 0 WHERE id = :id`,
      )
      .run({ id, fence, until: now + bounds.leaseMs, ...pause });
    const repositoryId = Number(row['repository']);
    store
      .statement('UPDATE repositories SET served = :fence WHERE id = :repositoryId')
      .run({ fence, repositoryId });
    return {
      id,
      fence,
      attempt: attempts + 1,
      since: Number(row['since']) as Instant,
      subject: subjectOf(text),
      where: {
        repositoryId,
        installationId: Number(row['installation']),
        owner: String(row['owner']),
        name: String(row['name']),
      },
    };
  }
}

function parkExhausted(store: Store, id: number): void {
  store
    .statement(
      `UPDATE tasks SET state = 'parked', reason = 'exhausted', not_before = 0, lease_until = 0 WHERE id = :id`,
    )
    .run({ id });
}

function nextFence(store: Store): number {
  store.statement('UPDATE fences SET last = last + 1').run();
  return Number(store.statement('SELECT last FROM fences').get()?.['last']);
}

/** Where a task stands after its run; `rerun`: whether being asked for meanwhile outranks that. */
function afterwards(
  claim: Claim,
  outcome: Outcome,
  now: Instant,
  bounds: QueueBounds,
  chance: () => number,
): Readonly<
  Record<'state' | 'reason' | 'due' | 'notBefore' | 'attempts' | 'rerun', string | number>
> {
  switch (outcome.kind) {
    case 'done':
      return outcome.againAt === undefined
        ? { state: 'resting', reason: '', due: now, notBefore: 0, attempts: 0, rerun: 1 }
        : {
            state: 'waiting',
            reason: '',
            due: outcome.againAt,
            notBefore: 0,
            attempts: 0,
            rerun: 1,
          };
    case 'park':
      return {
        state: 'parked',
        reason: outcome.because,
        due: now,
        notBefore: 0,
        attempts: 0,
        rerun: 1,
      };
    case 'retry': {
      const own = now + backoffMs(claim.attempt, chance());
      const theirs = Math.min(outcome.notBefore ?? 0, now + NOT_BEFORE_MAX_MS);
      // Waiting because the forge said so is no failed try.
      const counted = theirs <= own;
      const over = counted && claim.attempt >= bounds.attemptsMax;
      return {
        state: over ? 'parked' : 'waiting',
        reason: outcome.because,
        due: now,
        notBefore: over ? 0 : Math.max(own, theirs),
        attempts: counted ? claim.attempt : claim.attempt - 1,
        // It is to be looked at again anyway, and not earlier for being asked twice.
        rerun: over ? 1 : 0,
      };
    }
  }
}

function nextAt(store: Store, lane: Lane): Instant | null {
  const row = store
    .statement(
      `SELECT min(iif(state = 'waiting', ${READY_AT}, lease_until)) AS at
       FROM tasks WHERE state IN ('waiting', 'running') AND ${IN_LANE[lane]}`,
    )
    .get();
  return row?.['at'] === null || row === undefined ? null : (Number(row['at']) as Instant);
}

function stateOf(store: Store, now: Instant): QueueState {
  const row = store
    .statement(
      `SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'running') AS running,
         count(*) FILTER (WHERE state = 'parked') AS parked, min(since) FILTER (WHERE ${CAN_BE_CLAIMED}) AS oldest FROM tasks`,
    )
    .get({ now });
  const oldest = row?.['oldest'] ?? null;
  return {
    waiting: Number(row?.['waiting']),
    running: Number(row?.['running']),
    parked: Number(row?.['parked']),
    oldestMs: oldest === null ? 0 : Math.max(0, now - Number(oldest)),
  };
}
