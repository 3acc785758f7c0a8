import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finishStep, loseStep } from '../../../src/adapters/orchestra/ending.ts';
import type { Hands } from '../../../src/adapters/orchestra/hands.ts';
import { add, cancel, sweep } from '../../../src/adapters/orchestra/queue.ts';
import { strategyIn } from '../../../src/adapters/orchestra/strategies.ts';
import { goOn, type Taker } from '../../../src/adapters/orchestra/taking.ts';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import type { TaskStrategy } from '../../../src/models/orchestration/task.ts';
import type { Instant } from '../../../src/primitives.ts';
import { later, must, NOON, newFile, profileOf } from '../roster/kit.ts';
import {
  addAll,
  at,
  claimOf,
  conducting,
  onlyTaken,
  orderOf,
  queueWith,
  seen,
  taken,
  takerOf,
} from './kit.ts';
import { startRunner } from './start-runner.ts';
import { written } from './witness.ts';

const steps = [
  { name: 'work', by: 'model' },
  { name: 'judge', by: 'arbiter' },
] as const;
const orderWith = (id: string, name: TaskStrategy['name'], workers = 3) =>
  orderOf(id, { steps, strategy: { name, workers } });

/** By what they cost, not by their names. */
const fleet = [
  profileOf('b-small', { cost: { inputMillionTokensUsd: 0, outputMillionTokensUsd: 1 } }),
  profileOf('c-large', { cost: { inputMillionTokensUsd: 0, outputMillionTokensUsd: 9 } }),
  profileOf('a-middle', { cost: { inputMillionTokensUsd: 0, outputMillionTokensUsd: 3 } }),
];

const wrote = <Value>(roster: Roster, work: () => Value): Value => must(roster.write(work));
const said = (verdict: 'PASS' | 'FAIL' | 'WAIVER_REQUIRED', id: string) => ({
  output: '',
  verdict: { verdict, id: `v-${id}`, waivers: [], brokenGlass: false },
});

/** A member's patch is written and judged. */
function judged(taker: Taker, id: string, verdict: 'PASS' | 'FAIL' | 'WAIVER_REQUIRED'): void {
  const { fence } = seen(taker.roster, id);
  wrote(taker.roster, () => {
    must(finishStep(taker, claimOf(id, fence), { output: 'a patch' }, at(1_000)));
    goOn(taker, seen(taker.roster, id), later(1_000));
    must(finishStep(taker, claimOf(id, fence), said(verdict, id), at(2_000)));
  });
}

const standing = (roster: Roster, id: string) => {
  const found = must(roster.read(() => strategyIn(roster, id)));
  return {
    state: found?.state,
    taken: found?.taken,
    members: found?.members.map(
      (each) => `${each.id} ${each.cancelling ? 'cancelling' : each.state}`,
    ),
  };
};

describe('a cascade', () => {
  test('asks the smallest model first, a larger one after each verdict that fails, and nobody after one that passes', () => {
    using roster = queueWith(fleet);
    const taker = takerOf(roster);
    addAll(roster, [orderWith('c', 'cascade')]);
    expect(onlyTaken(taker)).toMatchObject({ claim: { id: 'c-1' }, model: { id: 'b-small' } });
    judged(taker, 'c-1', 'FAIL');
    expect(standing(roster, 'c').members).toEqual(['c-1 done', 'c-2 waiting']);
    expect(onlyTaken(taker, 3_000)).toMatchObject({ model: { id: 'a-middle' } });
    judged(taker, 'c-2', 'PASS');
    expect(standing(roster, 'c')).toEqual({
      state: 'done',
      taken: 'c-2',
      members: ['c-1 done', 'c-2 done'],
    });
    expect(taken(taker, 4, 5_000)).toEqual([]);
  });

  test('goes on where people would have to waive, and where a model gives nothing; in the end the last verdict counts', () => {
    using roster = queueWith(fleet);
    const taker = takerOf(roster);
    addAll(roster, [orderWith('c', 'cascade', 9)]);
    onlyTaken(taker);
    judged(taker, 'c-1', 'WAIVER_REQUIRED');
    onlyTaken(taker, 3_000);
    judged(taker, 'c-2', 'FAIL');
    const last = onlyTaken(taker, 6_000);
    expect(last.model?.id).toBe('c-large');
    wrote(roster, () =>
      loseStep(taker, last.claim, { ended: 'failed', detail: 'no idea' }, at(7_000)),
    );
    // Nobody is left who was not asked, for this one and for those that would come after it.
    for (let ms = 8_000; ms < 20_000; ms += 1_000) expect(taken(taker, 4, ms)).toEqual([]);
    const { members, ...end } = standing(roster, 'c');
    expect(end).toEqual({ state: 'done', taken: 'c-2' });
    expect(members?.slice(0, 3)).toEqual(['c-1 done', 'c-2 done', 'c-3 error']);
    expect(seen(roster, 'c-4')).toMatchObject({ end: { error: { kind: 'models-spent' } } });
  });

  test('is undone whole by a crash between an end and what follows: the same verdict leads on once', () => {
    using roster = queueWith(fleet);
    const taker = takerOf(roster);
    addAll(roster, [orderWith('c', 'cascade')]);
    onlyTaken(taker);
    const before = standing(roster, 'c');
    const crash = () => {
      judgedWithin(taker, 'c-1');
      throw new Error('the power went');
    };
    expect(() => roster.write(crash)).toThrow('the power went');
    expect(standing(roster, 'c')).toEqual(before);
    taker.router.reload();
    judged(taker, 'c-1', 'FAIL');
    expect(standing(roster, 'c').members).toEqual(['c-1 done', 'c-2 waiting']);
  });
});

function judgedWithin(taker: Taker, id: string): void {
  const { fence } = seenWithin(taker.roster, id);
  must(finishStep(taker, claimOf(id, fence), { output: 'a patch' }, at(1_000)));
  must(finishStep(taker, claimOf(id, fence), said('FAIL', id), at(2_000)));
}

function seenWithin(roster: Roster, id: string): { readonly fence: number } {
  const row = roster.database.prepare('SELECT fence FROM queue_tasks WHERE id = ?').get(id);
  return { fence: Number(row?.['fence']) };
}

describe('a race', () => {
  test('asks as many models as it may at once, each another one, and ends with the first that passes', () => {
    using roster = queueWith(fleet);
    const taker = takerOf(roster);
    addAll(roster, [orderWith('r', 'race')]);
    const works = taken(taker, 2);
    expect(new Set(works.map(({ model }) => model?.id)).size).toBe(2);
    const [first, second] = works.map(({ claim }) => claim.id);
    judged(taker, String(first), 'FAIL');
    expect(standing(roster, 'r').state).toBe('running');
    judged(taker, String(second), 'PASS');
    const { members, ...end } = standing(roster, 'r');
    expect(end).toEqual({ state: 'done', taken: second });
    // The third was still in line.
    expect(members?.filter((each) => each.endsWith('cancelled'))).toHaveLength(1);
    expect(taken(taker, 4, 3_000)).toEqual([]);
  });

  test('ends what the losers run, and leaves no model taken', async () => {
    using roster = queueWith(fleet);
    const now = () => Date.now() as Instant;
    addAll(roster, [orderWith('r', 'race')], now());
    const ended: string[] = [];
    const hands: Hands = {
      work: async ({ model }, signal) => {
        if (model?.id === 'a-middle') return { kind: 'done', output: 'a patch' };
        await once(signal, 'abort');
        ended.push(String(model?.id));
        return { kind: 'crashed', detail: 'ended' };
      },
      judge: async ({ claim }) => ({ kind: 'done', ...said('PASS', claim.id) }),
    };
    await conducting(roster, hands).conductor.run(new AbortController().signal, true);
    expect(ended.toSorted()).toEqual(['b-small', 'c-large']);
    const { members, taken: won } = standing(roster, 'r');
    expect(seen(roster, String(won)).model).toBe('a-middle');
    expect(members?.map((each) => each.split(' ')[1]).toSorted()).toEqual([
      'cancelled',
      'cancelled',
      'done',
    ]);
    for (const { id } of fleet) expect(must(roster.model(id))?.load.running).toBe(0);
  });
});

test('an order that nobody wants any more takes all of its tasks along', () => {
  using roster = queueWith(fleet);
  const taker = takerOf(roster);
  addAll(roster, [orderWith('r', 'race'), orderWith('c', 'cascade')]);
  taken(taker, 1);
  expect(wrote(roster, () => cancel(roster, 'r', later(1_000)))).toMatchObject({
    value: expect.stringMatching(/^cancel/),
  });
  expect(wrote(roster, () => cancel(roster, 'r', later(1_000)))).toMatchObject({
    fault: { kind: 'task-ended', state: 'cancelled' },
  });
  expect(standing(roster, 'r').members?.filter((each) => each.endsWith('waiting'))).toEqual([]);
  expect(wrote(roster, () => add(roster, orderWith('c', 'race'), NOON))).toMatchObject({
    fault: { kind: 'task-doubled' },
  });
  // What is still looked at stays.
  wrote(roster, () => sweep(roster));
  expect(standing(roster, 'c').state).toBe('running');
});

test.each([
  ['strategy', { name: 'every' as 'race', workers: 3 }],
  ['workers', { name: 'race' as const, workers: 1 }],
  ['workers', { name: 'race' as const, workers: 10 }],
  ['workers', { name: 'race' as const, workers: Number.NaN }],
])('an order whose %s is none is not taken in', (field, strategy) => {
  using roster = queueWith(fleet);
  const added = wrote(roster, () => add(roster, orderOf('x', { steps, strategy }), NOON));
  expect(added).toMatchObject({ fault: { kind: 'order-malformed', field } });
  expect(roster.database.prepare('SELECT count(*) AS n FROM queue_tasks').get()).toEqual({ n: 0 });
});

test('a runner that is killed in the middle of races and cascades loses none, and asks nobody twice', async () => {
  const file = newFile();
  const witness = join(file, '..', 'witness');
  writeFileSync(witness, '');
  const ids = ['c', 'd', 'r', 's'];
  {
    using roster = queueWith(fleet, file);
    addAll(
      roster,
      ids.map((id) => orderWith(id, id < 'm' ? 'cascade' : 'race')),
      Date.now() as Instant,
    );
  }
  const started = (workMsMax: number) => startRunner(file, witness, workMsMax);
  const killed = started(1_000);
  await written(witness, 'done', 2);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const last = started(10);
  using roster = queueWith([], file);
  while (ids.some((id) => standing(roster, id).state === 'running'))
    await new Promise((next) => setTimeout(next, 50));
  const under = "SELECT count(*) AS n FROM queue_tasks WHERE state IN ('waiting', 'running')";
  while (Number(roster.database.prepare(under).get()?.['n']) > 0)
    await new Promise((next) => setTimeout(next, 50));
  last.kill('SIGTERM');
  await once(last, 'exit');
  const verdicts = roster.database
    .prepare("SELECT decision FROM events WHERE kind = 'verdict'")
    .all()
    .map(({ decision }) => String(decision).split('.')[0]);
  expect(new Set(verdicts).size).toBe(verdicts.length);
  for (const id of ids) {
    const found = strategyIn(roster, id);
    const models = found?.members.flatMap(({ model, state }) => (state === 'done' ? [model] : []));
    expect(new Set(models).size).toBe(models?.length);
    expect(verdicts).toContain(found?.taken);
  }
  for (const { id } of fleet) expect(must(roster.model(id))?.load.running).toBe(0);
});
