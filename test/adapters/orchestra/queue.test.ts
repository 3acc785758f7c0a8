import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { beat, breakerOf } from '../../../src/adapters/orchestra/breakers.ts';
import {
  endAttempt,
  finishStep,
  handBack,
  hearLate,
  loseStep,
} from '../../../src/adapters/orchestra/ending.ts';
import { add, cancel, queueState, sweep } from '../../../src/adapters/orchestra/queue.ts';
import { prepareQueueTables, queueSteps } from '../../../src/adapters/orchestra/tables.ts';
import { goOn, renew, type Taker } from '../../../src/adapters/orchestra/taking.ts';
import { applyEvents } from '../../../src/adapters/roster/applying.ts';
import { refusalsOf } from '../../../src/adapters/roster/history.ts';
import { restatus } from '../../../src/adapters/roster/registering.ts';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import { later, must, NOON, newFile, opened, profileOf } from '../roster/kit.ts';
import {
  addAll,
  at,
  claimOf,
  LEASE_MS,
  onlyTaken,
  orderOf,
  queueWith,
  seen,
  taken,
  takerOf,
} from './kit.ts';

const twoSteps = [
  { name: 'propose', by: 'model' },
  { name: 'judge', by: 'arbiter' },
] as const;
const done = { output: '{}' };
const written = <Value>(roster: Roster, work: () => Value): Value => must(roster.write(work));
const running = (roster: Roster, id: string): number => must(roster.model(id))?.load.running ?? -1;
const kinds = (roster: Roster): readonly unknown[] =>
  roster.database
    .prepare("SELECT kind FROM events WHERE kind <> 'registered' ORDER BY sequence")
    .all()
    .map(({ kind }) => kind);

/** Finishes, as a part of a transaction. */
const finishes = (taker: Taker, id: string, fence: number, ms: number) =>
  written(taker.roster, () => finishStep(taker, claimOf(id, fence), done, at(ms)));
const loses = (
  taker: Taker,
  id: string,
  fence: number,
  ended: 'crashed' | 'timed-out' | 'failed',
  ms: number,
) =>
  written(taker.roster, () =>
    loseStep(taker, claimOf(id, fence), { ended, detail: 'it said so' }, at(ms)),
  );

describe('a task', () => {
  test('is taken, decided, done and counted once, each with its event', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t')]);
    const work = onlyTaken(taker);
    expect(work).toMatchObject({ model: { id: 'one' }, step: { name: 'work' }, outputs: {} });
    expect(running(roster, 'one')).toBe(1);
    expect(finishes(taker, 't', work.claim.fence, 1_000)).toMatchObject({ ok: true });
    expect(seen(roster, 't')).toMatchObject({
      state: 'done',
      end: { kind: 'done', verdict: null },
    });
    expect(running(roster, 'one')).toBe(0);
    expect(kinds(roster)).toEqual(['decision', 'execution']);
  });

  test('keeps its finished steps: a lost runner costs the step that it was at, and no other', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t', { steps: twoSteps })]);
    const first = onlyTaken(taker);
    written(roster, () => finishStep(taker, first.claim, { output: 'a patch' }, at(1_000)));
    const judging = written(roster, () => goOn(taker, seen(roster, 't'), later(1_000))).works[0];
    expect(judging).toMatchObject({
      step: { name: 'judge' },
      model: null,
      outputs: { propose: 'a patch' },
    });
    // Nobody is heard of any more; another runner takes over after the lease.
    const elsewhere = takerOf(roster, 'elsewhere');
    const again = onlyTaken(elsewhere, LEASE_MS);
    expect(again).toMatchObject({ step: { name: 'judge' }, outputs: { propose: 'a patch' } });
    const verdict = { verdict: 'PASS', id: 'v1', waivers: [], brokenGlass: false } as const;
    written(roster, () =>
      finishStep(elsewhere, again.claim, { output: '', verdict }, at(LEASE_MS + 1)),
    );
    expect(seen(roster, 't')).toMatchObject({
      state: 'done',
      end: { verdict: { verdict: 'PASS', id: 'v1' } },
      lost: [{ step: 'judge', ended: 'runner-lost', runner: 'here' }],
    });
    expect(kinds(roster)).toEqual(['decision', 'execution', 'verdict']);
    expect(must(roster.model('one'))?.performance['code-editing']?.tallies.compliance?.mean).toBe(
      1,
    );
  });

  test('is done at most once: an attempt whose lease was lost cannot say anything any more', () => {
    using roster = queueWith(['one']);
    const [here, there] = [takerOf(roster), takerOf(roster, 'there')];
    addAll(roster, [orderOf('t')]);
    const slow = onlyTaken(here);
    const quick = onlyTaken(there, LEASE_MS);
    expect(quick.claim.fence).toBeGreaterThan(slow.claim.fence);
    const before = seen(roster, 't');
    const lost = {
      ok: false,
      fault: { kind: 'lease-lost', fence: slow.claim.fence, now: quick.claim.fence },
    };
    expect(finishes(here, 't', slow.claim.fence, LEASE_MS + 1)).toMatchObject(lost);
    expect(loses(here, 't', slow.claim.fence, 'crashed', LEASE_MS + 1)).toMatchObject(lost);
    expect(seen(roster, 't')).toEqual(before);
    expect(must(roster.write(() => renew(here, [slow.claim], later(LEASE_MS + 1))))).toEqual(
      new Set(['t']),
    );
    expect(finishes(there, 't', quick.claim.fence, LEASE_MS + 2)).toMatchObject({ ok: true });
    // A doubled outcome, and one for what never was.
    expect(finishes(there, 't', quick.claim.fence, LEASE_MS + 3)).toMatchObject({ ok: false });
    expect(finishes(there, 'none', 1, LEASE_MS)).toMatchObject({ fault: { kind: 'task-unknown' } });
    expect(kinds(roster)).toEqual(['decision', 'execution', 'decision', 'execution']);
    expect(running(roster, 'one')).toBe(0);
  });

  test('falls back from a model that cannot to another one, and ends clearly when nobody is left', () => {
    using roster = queueWith(['one', 'two']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t')]);
    const first = onlyTaken(taker);
    loses(taker, 't', first.claim.fence, 'timed-out', 1_000);
    const second = onlyTaken(taker, 1_000);
    expect(second.model?.id).not.toBe(first.model?.id);
    loses(taker, 't', second.claim.fence, 'failed', 2_000);
    expect(taken(taker, 1, 2_000)).toEqual([]);
    expect(seen(roster, 't')).toMatchObject({
      state: 'error',
      end: { kind: 'error', error: { kind: 'models-spent', step: 'work' } },
      lost: [
        { model: first.model?.id, ended: 'timed-out', detail: 'it said so' },
        { model: second.model?.id, ended: 'failed' },
      ],
    });
    expect([running(roster, 'one'), running(roster, 'two')]).toEqual([0, 0]);
  });

  test('that crashes a model is tried elsewhere first, while somebody else is there', () => {
    using roster = queueWith(['one']);
    const [here, there] = [takerOf(roster), takerOf(roster, 'there')];
    written(roster, () => beat(roster, 'runner:there', { seenAt: NOON, everyMs: 5_000 }));
    addAll(roster, [orderOf('t')]);
    loses(here, 't', onlyTaken(here).claim.fence, 'crashed', 10);
    expect(taken(here, 1, 1_010)).toEqual([]);
    expect(onlyTaken(there, 1_010).model?.id).toBe('one');
    loses(there, 't', seen(roster, 't').fence, 'crashed', 1_020);
    expect(taken(there, 1, 3_020)).toEqual([]);
    expect(seen(roster, 't').end).toMatchObject({ error: { kind: 'models-spent' } });
  });

  test('whose deadline passes is ended with it, and nothing is begun', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [
      orderOf('late', { deadline: later(1_000) }),
      orderOf('t', { deadline: later(9_000) }),
    ]);
    expect(onlyTaken(taker, 1_000)).toMatchObject({ task: { id: 't' }, timeoutMs: 8_000 });
    expect(seen(roster, 'late').end).toEqual({
      kind: 'error',
      error: { kind: 'deadline-passed', deadline: later(1_000) },
    });
  });

  test('that waits is cancelled at once; one that runs ends in the hands of whoever has it', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('a'), orderOf('b')]);
    const work = onlyTaken(taker);
    const cancels = (id: string) => written(roster, () => cancel(roster, id, later(1)));
    expect(cancels('b')).toEqual({ ok: true, value: 'cancelled' });
    expect(cancels('a')).toEqual({ ok: true, value: 'cancelling' });
    expect(cancels('b')).toMatchObject({ fault: { kind: 'task-ended', state: 'cancelled' } });
    expect(cancels('c')).toMatchObject({ fault: { kind: 'task-unknown' } });
    written(roster, () => handBack(taker, work.claim, at(5)));
    expect(seen(roster, 'a')).toMatchObject({ state: 'cancelled', end: { kind: 'cancelled' } });
    expect(running(roster, 'one')).toBe(0);
  });

  test('that is cancelled while its runner is lost is cancelled, not tried again', () => {
    using roster = queueWith(['one']);
    addAll(roster, [orderOf('t')]);
    onlyTaken(takerOf(roster));
    written(roster, () => cancel(roster, 't', later(1)));
    expect(taken(takerOf(roster, 'there'), 1, LEASE_MS)).toEqual([]);
    expect(seen(roster, 't').state).toBe('cancelled');
  });

  test('that is given back waits as if nobody had taken it', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t')]);
    const { claim } = onlyTaken(taker);
    written(roster, () => handBack(taker, claim, at(1)));
    expect(seen(roster, 't')).toMatchObject({ state: 'waiting', lost: [] });
    expect(running(roster, 'one')).toBe(0);
    expect(onlyTaken(taker, 2).claim.id).toBe('t');
  });
});

describe('the queue', () => {
  test('says that it is full with its bound, its size and when to come again', () => {
    using roster = queueWith(['one']);
    const sizes = { tasksMax: 3, repositoryMax: 2 };
    const adds = (id: string, repository: string) =>
      written(roster, () => add(roster, orderOf(id, { repository }), NOON, sizes));
    for (const id of ['a', 'b']) must(adds(id, 'one'));
    expect(adds('c', 'one')).toEqual({
      ok: false,
      fault: { kind: 'queue-full', of: 'repository', waiting: 2, max: 2, againMs: 60_000 },
    });
    must(adds('c', 'two'));
    expect(adds('d', 'three')).toMatchObject({ fault: { of: 'tasks', waiting: 3, max: 3 } });
    expect(must(queueState(roster))).toMatchObject({ waiting: 3, running: 0, oldestAt: NOON });
  });

  test.each([
    ['an id with spaces', { id: 'no spaces' }, 'order-malformed'],
    ['no repository', { repository: '' }, 'order-malformed'],
    ['a time that is no number', { timeoutMs: Number.NaN }, 'order-malformed'],
    ['a deadline that is no number', { deadline: Number.NaN as never }, 'order-malformed'],
    ['a deadline that is over', { deadline: NOON }, 'deadline-over'],
    ['more work than may be', { work: 'x'.repeat(300_000) }, 'order-malformed'],
    ['no step', { steps: [] }, 'steps-counted'],
    ['an id that is known', { id: 'known' }, 'task-doubled'],
  ])('refuses %s and stays as it was', (_, fields, kind) => {
    using roster = queueWith(['one']);
    addAll(roster, [orderOf('known')]);
    const before = roster.database.prepare('SELECT * FROM queue').all();
    const refused = written(roster, () => add(roster, orderOf('new', fields), NOON));
    expect(refused).toMatchObject({ ok: false, fault: { kind } });
    expect(roster.database.prepare('SELECT * FROM queue').all()).toEqual(before);
  });

  test('serves repositories in turn', () => {
    using roster = queueWith([profileOf('one', { concurrentMax: 100 })]);
    const ids = Array.from({ length: 10 }, (_, n) => `l${n}`);
    addAll(
      roster,
      ids.map((id) => orderOf(id, { repository: 'large' })),
    );
    addAll(
      roster,
      ['s0', 's1'].map((id) => orderOf(id, { repository: 'small' })),
    );
    const first = taken(takerOf(roster), 4).map(({ claim }) => claim.id);
    expect(first.toSorted()).toEqual(['l0', 'l1', 's0', 's1']);
  });

  test('forgets where a repository stood once that says nothing, and keeps what is newest', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t')]);
    finishes(taker, 't', onlyTaken(taker).claim.fence, 1);
    addAll(roster, [orderOf('u', { repository: 'other' })]);
    onlyTaken(taker, 2);
    addAll(roster, [orderOf('v', { repository: 'other' })]);
    onlyTaken(taker, 3);
    written(roster, () => sweep(roster));
    const left = roster.database.prepare('SELECT name FROM queue_repositories').all();
    expect(left.map(({ name }) => name)).toEqual(['other']);
    expect(seen(roster, 't').state).toBe('done');
  });
});

describe('what nobody can do now', () => {
  test('waits while every model is down, says why, and goes on when one works again', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(
      roster,
      ['a', 'b', 'c', 'd'].map((id) => orderOf(id)),
    );
    for (const work of taken(taker, 3)) loses(taker, work.claim.id, work.claim.fence, 'crashed', 1);
    expect(taken(taker, 4, 10)).toEqual([]);
    expect(seen(roster, 'd')).toMatchObject({
      state: 'waiting',
      held: [{ id: 'one', because: { kind: 'health', health: 'down' } }],
      lost: [],
    });
    // One attempt is let through, and no second one beside it.
    const [trial, ...more] = taken(taker, 4, 6_000);
    expect([trial?.model?.id, more]).toEqual(['one', []]);
    finishes(taker, trial?.claim.id ?? '', trial?.claim.fence ?? 0, 6_100);
    expect(written(roster, () => breakerOf(roster, 'model:one'))).toEqual({
      state: 'closed',
      failures: 0,
    });
    expect(taken(taker, 4, 12_000).length).toBe(3);
  });

  test('waits while the daemon of its backend is lost', () => {
    using roster = queueWith(['one']);
    written(roster, () => beat(roster, 'daemon:llama', { seenAt: NOON, everyMs: 1_000 }));
    addAll(roster, [orderOf('t')]);
    expect(taken(takerOf(roster), 1, 5_000)).toEqual([]);
    written(roster, () => beat(roster, 'daemon:llama', { seenAt: later(9_999), everyMs: 1_000 }));
    expect(taken(takerOf(roster), 1, 10_000).length).toBe(1);
  });

  test('waits on an empty roster, and while every model has as much as it can do', () => {
    using roster = queueWith([]);
    addAll(roster, [orderOf('t')]);
    expect(taken(takerOf(roster), 1)).toEqual([]);
    expect(seen(roster, 't')).toMatchObject({ state: 'waiting', lost: [], fence: 1 });
    using busy = queueWith([profileOf('one')]);
    addAll(busy, [orderOf('a'), orderOf('b')]);
    expect(taken(takerOf(busy), 2).length).toBe(1);
    expect(seen(busy, 'b')).toMatchObject({
      state: 'waiting',
      held: [{ because: { kind: 'load' } }],
    });
  });

  test('is an error at once where no model will ever be able to', () => {
    using roster = queueWith(['one']);
    const { needs, facts } = orderOf('t').task;
    addAll(roster, [orderOf('t', { task: { facts, needs: { ...needs, kind: 'migration' } } })]);
    expect(taken(takerOf(roster), 1)).toEqual([]);
    expect(seen(roster, 't').end).toMatchObject({
      error: { kind: 'no-model-able', leftOut: [{ id: 'one', because: { kind: 'task-kind' } }] },
    });
  });
});

describe('a clock that goes back', () => {
  test('holds no lease for longer, frees the model, and its decisions are refused and recorded', () => {
    using roster = queueWith(['one']);
    const hour = 3_600_000;
    addAll(roster, [orderOf('t')]);
    const slow = onlyTaken(takerOf(roster), hour);
    // An hour earlier the lease is an hour long: the task is another's, and the model is not held for it.
    const again = onlyTaken(takerOf(roster, 'there'), 10);
    expect(again.claim.fence).toBe(slow.claim.fence + 1);
    expect(running(roster, 'one')).toBe(1);
    addAll(roster, [orderOf('u')]);
    expect(taken(takerOf(roster, 'there'), 1, -100_000)).toEqual([]);
    expect(seen(roster, 'u').state).toBe('waiting');
    const [refusal] = must(refusalsOf(roster, null, 1));
    expect(refusal?.body).toMatchObject({ kind: 'clock-went-back' });
  });
});

describe('what the router knows', () => {
  test('stands after a restart as it stood before it', () => {
    using roster = queueWith(['one', 'two', 'three']);
    const taker = takerOf(roster);
    for (let n = 0; n < 40; n += 1) {
      addAll(roster, [orderOf(`t${n}`)]);
      const { claim, model } = onlyTaken(taker, n);
      if (model?.id === 'two') finishes(taker, claim.id, claim.fence, n);
      else loses(taker, claim.id, claim.fence, 'failed', n);
      written(roster, () => cancel(roster, claim.id, later(n)));
    }
    addAll(roster, [orderOf('next')]);
    const asked = { id: 'same', task: orderOf('x').task, models: standings(roster) };
    const before = taker.router.decide(asked, () => 0);
    const after = takerOf(roster).router.decide(asked, () => 0);
    expect(after).toEqual(before);
    expect(after).toMatchObject({ ok: true, value: { routed: { seed: { decision: 40 } } } });
  });

  test('hears a verdict that comes by the ledger after the task has ended', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t', { steps: twoSteps })]);
    const work = onlyTaken(taker);
    const decision = work.task.decision ?? '';
    written(roster, () => finishStep(taker, work.claim, done, at(1)));
    written(roster, () => finishStep(taker, work.claim, done, at(2)));
    expect(written(roster, () => hearLate(taker))).toBe(0);
    const verdict = { verdict: 'FAIL', id: 'v1', waivers: [], brokenGlass: false } as const;
    must(applyEvents(roster, [{ kind: 'verdict', at: later(3), decision, ...verdict }]));
    expect(written(roster, () => hearLate(taker))).toBe(1);
    expect(written(roster, () => hearLate(taker))).toBe(0);
    const [row] = roster.database.prepare('SELECT reward FROM routings').all();
    expect(Number(row?.['reward'])).toBeLessThan(0.6);
  });

  test('does not take the second outcome of a decision, nor one of a decision that nobody made', () => {
    using roster = queueWith(['one']);
    const { router } = takerOf(roster);
    expect(written(roster, () => router.hear('nobody', 1, null))).toBe(false);
    const taker = takerOf(roster);
    addAll(roster, [orderOf('t')]);
    const work = onlyTaken(taker);
    finishes(taker, 't', work.claim.fence, 1);
    expect(written(roster, () => taker.router.hear(work.task.decision ?? '', 0, null))).toBe(false);
  });
});

function standings(roster: Roster) {
  return must(roster.all()).map(({ profile, status, load }) => {
    return { profile, status, running: load.running, health: 'up' as const };
  });
}

describe('the tables', () => {
  const versions = queueSteps.map((_, step) => step + 1);

  test.each(versions)('of version %i, filled, are brought up to date and go on', (version) => {
    const file = newFile();
    {
      using roster = opened(file);
      for (const step of queueSteps.slice(0, version)) roster.database.exec(step);
      roster.database.exec(
        `CREATE TABLE queue_steps (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT; INSERT INTO queue_steps VALUES (1, ${version})`,
      );
      roster.database.exec(`INSERT INTO queue_repositories VALUES ('shop', 3, 0);
        INSERT INTO queue_tasks (id, repository, priority, due, asked_at, state, not_before, fence, lease_until, cancelling, body, lost, held)
          VALUES ('old', 'shop', 'normal', ${NOON}, ${NOON}, 'waiting', 0, 0, 0, 0, '${JSON.stringify({ task: orderOf('x').task, steps: orderOf('x').steps, timeoutMs: 1_000, work: null })}', '[]', '[]')`);
    }
    using roster = queueWith(['one'], file);
    must(prepareQueueTables(roster));
    expect(must(queueState(roster)).waiting).toBe(1);
    expect(onlyTaken(takerOf(roster)).task).toMatchObject({ id: 'old', timeoutMs: 1_000 });
  });

  test('keep their count of what waits whatever is done to a task', () => {
    using roster = queueWith(['one']);
    const taker = takerOf(roster);
    addAll(
      roster,
      ['a', 'b', 'c'].map((id) => orderOf(id)),
    );
    const work = onlyTaken(taker);
    written(roster, () => {
      const task = seen(roster, work.claim.id);
      endAttempt(taker, task, { ended: 'crashed', detail: '' }, at(1));
    });
    written(roster, () => cancel(roster, 'b', NOON));
    must(restatus(roster, { id: 'one', to: 'retired', at: NOON, because: 'a test' }));
    taken(taker, 3, 5_000);
    const database = new DatabaseSync(roster.file);
    const counted = database
      .prepare("SELECT count(*) AS n FROM queue_tasks WHERE state = 'waiting'")
      .get();
    expect(database.prepare('SELECT waiting AS n FROM queue').get()).toEqual(counted);
    expect(database.prepare('SELECT sum(waiting) AS n FROM queue_repositories').get()).toEqual(
      counted,
    );
    database.close();
  });
});
