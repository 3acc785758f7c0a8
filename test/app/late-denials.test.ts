/** A denial that is said after a group began to wait, and of which no word came: it is looked for before the group passes. */
import { expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { checkAt, enqueues, groupOf, passing, queueTown } from './merge-queue.ts';

/** Longer than words are waited for: what is said from then on is late. */
const LATE_MS = 90_000;

test.each([
  ['/caws hold', 'kim', 'by whoever may write takes it out', false],
  ['/caws hold', 'sol', 'by somebody who may not write keeps nobody back', true],
])('a late %s of %s %s', async (line, who, _what, passes) => {
  await using town = await queueTown('SQUASH', {}, { referee: false });
  const pull = await passing(town, 'one');
  // Who is open cannot be read, so that the group begins to wait.
  town.hub.faults.request(
    { route: '/repos/{owner}/{repo}/pulls', method: 'GET' },
    { kind: 'status', status: 502 },
  );
  await enqueues(town, pull);
  const group = groupOf(town, pull);
  expect(checkAt(town, group)).toMatchObject({ status: 'in_progress' });
  await town.passes(LATE_MS);
  town.hub.faults.delivery({}, { kind: 'lost' });
  town.hub.person(who).comments(pull, line);
  await town.hub.settle();
  town.hub.faults.clear();
  await town.passes(60_000);
  await town.passes(60_000);
  expect([
    checkAt(town, group)?.conclusion === 'success',
    town.repository.state.queue.map(({ number }) => number),
  ]).toEqual([passes, passes ? [pull.number] : []]);
  judge(town.hub);
});
