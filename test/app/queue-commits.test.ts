/** A commit of a merge queue that a pull request has as its head, too: the queue hears none but its own check. */
import { describe, expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { dequeue, slipIn } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { judge } from '../hub/testing.ts';
import { CHECK, FREE, guards, policyOf, shownAt } from './guarded.ts';
import { enqueues, green, groupOf, passing, queueTown } from './merge-queue.ts';
import type { Town } from './town.ts';
import { lines } from './waived.ts';

/** main has a queue; rel, which is milder, demands the same name. */
async function townOfTwo(): Promise<Town> {
  const town = await queueTown('SQUASH', {}, { referee: false });
  const ada = town.hub.person('ada');
  await ada.push(town.repository, 'rel', policyOf(900), 'L', { from: 'main' });
  guards(town, ['rel']);
  await town.passes(301_000);
  return town;
}

const saidAt = (town: Town, sha: string, name: string) =>
  town.hub.checks(town.repository, sha).findLast((run) => run.name === name)?.summary ?? '';

async function steals(town: Town, group: string, base: string): Promise<PullHandle> {
  const kim = town.hub.person('kim');
  await kim.resets(town.repository, 'thief', group);
  return kim.opens(town.repository, { head: 'thief', base, title: 'Thief' });
}

async function leaves(town: Town, { number }: PullHandle): Promise<void> {
  const { state, world } = town.repository;
  await exclusively(state, () => dequeue(world, state, number, 'MANUAL'));
  await town.rest();
  await town.passes(20_000);
}

describe('a pass for a mild branch opens no queue', () => {
  test('where the pull request is heard before the queue is', async () => {
    await using town = await townOfTwo();
    const before = town.repository.tip('main');
    const kim = town.hub.person('kim');
    const mild = await town.opens('sly', { 'src/cart/total.ts': lines(500) }, 'rel');
    green(town, mild.head);
    await town.rest();
    expect(shownAt(town, mild.head)).toEqual({ [CHECK]: 'success' });
    town.hub.faults.delivery({ event: 'merge_group' }, { kind: 'late' });
    await kim.resets(town.repository, 'sly-too', mild.head);
    const sly = await kim.opens(town.repository, { head: 'sly-too', base: 'main', title: 'Sly' });
    await kim.enablesAutoMerge(sly);
    const group = groupOf(town, sly);
    await steals(town, group, 'rel');
    await town.hub.settle();
    green(town, group);
    await town.rest();
    expect(town.repository.tip('main')).toBe(before);
    expect(town.repository.state.queue).toEqual([]);
    judge(town.hub);
  });

  test('where it had passed before the queue had its commit', async () => {
    await using town = await townOfTwo();
    const one = await passing(town, 'one');
    const before = town.repository.tip('main');
    const mild = await town.opens('sly', { 'src/cart/total.ts': lines(500) }, 'rel');
    await town.rest();
    expect(shownAt(town, mild.head)).toEqual({ [CHECK]: 'success' });
    await enqueues(town, one);
    const { state, world } = town.repository;
    await exclusively(state, () => slipIn(world, state, one.number, mild.head));
    await town.rest();
    green(town, mild.head);
    await town.rest();
    expect(town.repository.tip('main')).toBe(before);
    expect(town.repository.state.queue).toEqual([]);
    judge(town.hub);
  });

  test('where it is closed while the queue has its commit', async () => {
    await using town = await townOfTwo();
    const one = await passing(town, 'one');
    const mild = await town.opens('sly', { 'src/cart/total.ts': lines(500) }, 'rel');
    await town.rest();
    await enqueues(town, one);
    // Nobody tells of the queue, and its own check never comes.
    town.hub.faults.delivery({ event: 'merge_group' }, { kind: 'lost' });
    town.hub.faults.delivery({ event: 'push' }, { kind: 'lost' });
    const { state, world } = town.repository;
    await exclusively(state, () => slipIn(world, state, one.number, mild.head));
    await town.hub.person('kim').closes(mild);
    await town.rest();
    expect(shownAt(town, mild.head)[CHECK]).toBe('failure');
    judge(town.hub);
  });
});

describe("a pull request at a queue's commit", () => {
  test('puts nothing out of the queue, wherever a stranger leads it, and takes nothing along when it is closed', async () => {
    await using town = await townOfTwo();
    const one = await passing(town, 'one');
    await enqueues(town, one);
    const group = groupOf(town, one);
    const [own] = town.hub.checks(town.repository, group);
    expect(own).toMatchObject({ name: CHECK, conclusion: 'success' });
    const here = () => town.hub.checks(town.repository, group).filter((run) => run.name === CHECK);
    const eve = town.hub.person('eve');
    const fork = await town.hub.fork(town.repository, eve);
    await eve.resets(fork, 'thief', group);
    const opens = (base: string) =>
      eve.opens(town.repository, { head: 'thief', fork, base, title: 'T' });
    const thieves = [await opens('main'), await opens('rel')];
    await town.rest();
    expect(here()).toMatchObject([{ id: own?.id, conclusion: 'success' }]);
    expect(shownAt(town, group)[FREE]).toBe('failure');
    expect(saidAt(town, group, FREE)).toContain('the merge queue of `main` has put together');
    for (const thief of thieves) await eve.closes(thief);
    await town.rest();
    expect(here()).toMatchObject([{ id: own?.id, conclusion: 'success' }]);
    green(town, group);
    await town.rest();
    expect(town.repository.tip('main')).toBe(group);
    judge(town.hub);
  });

  test('is judged under the name of its target once the queue has left it', async () => {
    await using town = await townOfTwo();
    const one = await passing(town, 'one');
    await enqueues(town, one);
    const group = groupOf(town, one);
    await steals(town, group, 'rel');
    await town.rest();
    expect(shownAt(town, group)).toEqual({ [CHECK]: 'success', [FREE]: 'failure' });
    await leaves(town, one);
    expect(shownAt(town, group)).toEqual({ [CHECK]: 'failure', [FREE]: 'failure' });
    expect(saidAt(town, group, CHECK)).not.toContain('merge queue');
    judge(town.hub);
  });
});
