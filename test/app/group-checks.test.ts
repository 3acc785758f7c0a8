/** What stands of a merge queue's commit once it was judged: its check, and what its page is kept to show. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { court } from '../../app/court.ts';
import { groupsOf } from '../../app/merging/groups.ts';
import type { Lease } from '../../app/work/task.ts';
import type { CommitSha, Instant, VerdictId } from '../../src/primitives.ts';
import { dequeue } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { judge } from '../hub/testing.ts';
import { newStore } from './kit.ts';
import { asksOfQueue, checkAt, enqueues, green, groupOf, passing } from './merge-queue.ts';
import { openTown, type Town } from './town.ts';
import { waivedPull } from './waived.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
  // A failure of ours puts nothing out of this queue: what it means for the queue is the forge's to say.
  asksOfQueue(town, 'SQUASH', {}, [{ context: 'tests' }]);
});
afterEach(() => town.hub.faults.clear());
afterAll(() => town[Symbol.asyncDispose]());

const where = () => {
  const { owner, name, id: repositoryId } = town.repository;
  return { owner, name, repositoryId, installationId: town.installed.installationId };
};
const nameOf = (head: string) => ({ head: head as CommitSha, branch: 'main' });

/** What its check says now. */
const says = (head: string) => {
  const { status, conclusion, title, externalId = '' } = checkAt(town, head) ?? {};
  return { status, conclusion, title, externalId };
};

/** The commit of a queue is looked at again. */
async function hears(head: string): Promise<void> {
  town.app.tools.errand(where(), { kind: 'merge-group', ...nameOf(head) }, town.now() as Instant);
  await town.rest();
}

test('a group that failed stays failed, though its commit cannot be read after that and the queue drops it', async () => {
  const { pull, waiver } = await waivedPull(town);
  green(town, pull.head);
  await town.rest();
  await enqueues(town, pull);
  const group = groupOf(town, pull);
  expect(checkAt(town, group)).toMatchObject({ conclusion: 'success' });
  town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  await town.rest();
  const failed = says(group);
  expect(failed).toMatchObject({ conclusion: 'failure' });
  // The queue still names the commit while git has let go of it.
  town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
  await hears(group);
  expect(says(group)).toEqual(failed);
  town.hub.faults.clear();
  const { state, world } = town.repository;
  await exclusively(state, () => dequeue(world, state, pull.number, 'CI_FAILURE'));
  await hears(group);
  expect(says(group)).toEqual(failed);
  judge(town.hub);
});

test('a worker that lost its group to another one neither writes nor keeps what it found', async () => {
  const pull = await passing(town, 'small');
  await enqueues(town, pull);
  const group = groupOf(town, pull);
  const decided = says(group);
  expect(decided).toMatchObject({ conclusion: 'success' });
  const groups = groupsOf(town.app.tools.store);
  expect(groups.shown(decided.externalId)).toBeNull();
  // It is slow, and finds less than the other one did.
  const hands = await court(town.app.tools);
  const lost: Lease = { fence: 0, signal: new AbortController().signal, stillHeld: () => false };
  for (const route of ['git', '/repos/{owner}/{repo}/pulls'])
    town.hub.faults.request({ route }, { kind: 'status', status: 502 });
  await hands.mergeGroup(where(), { kind: 'merge-group', ...nameOf(group) }, lost);
  await hands.close?.();
  expect(says(group)).toEqual(decided);
  expect(groups.shown(decided.externalId)).toBeNull();
});

test('what was shown of a group is kept while it stands and a quarter of a year after, then swept', async () => {
  const day = 86_400_000;
  const start = Date.parse('2027-01-01T00:00:00Z') as Instant;
  const later = (days: number) => (start + days * day) as Instant;
  const id = (at: Instant, end: string) => {
    const digits = at.toString(16).padStart(12, '0');
    return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${end.padStart(12, '0')}` as VerdictId;
  };
  const groups = groupsOf(newStore());
  const shown = { kind: 'merge-group', baseBranch: 'main', shown: { kind: 'dropped' } } as const;
  const ids = { stands: id(start, '1'), gone: id(start, '2'), young: id(later(9), '3') };
  const begun: readonly [VerdictId, string][] = [
    [ids.stands, 'a'],
    [ids.gone, 'b'],
    [ids.young, 'c'],
  ];
  for (const [each, digit] of begun) {
    groups.begin(1, nameOf(digit.repeat(40)), start, () => each);
    groups.keepShown(each, shown);
  }
  for (const digit of ['b', 'c']) groups.forget(1, digit.repeat(40) as CommitSha);
  const kept = () => begun.filter(([each]) => groups.shown(each) !== null).map(([each]) => each);
  expect(groups.sweep(later(90))).toBe(0);
  expect(groups.sweep(later(91))).toBe(1);
  expect(kept()).toEqual([ids.stands, ids.young]);
  groups.forget(1, 'a'.repeat(40) as CommitSha);
  expect([groups.sweep(later(91)), kept()]).toEqual([1, [ids.young]]);

  // The app does so whenever it looks for what went unnoticed.
  const ofTown = groupsOf(town.app.tools.store);
  const old = id((town.now() - 91 * day) as Instant, '4');
  ofTown.keepShown(old, shown);
  await town.app.reconcile();
  expect(ofTown.shown(old)).toBeNull();
});
