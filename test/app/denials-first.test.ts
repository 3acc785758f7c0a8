/** A word that takes a waiver back counts in the first hearing that sees it, whatever stands before it or becomes of replies. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RequestFault } from '../hub/faults.ts';
import type { PullHandle } from '../hub/handles.ts';
import { law, openTown, type Town } from './town.ts';
import { waivedPull } from './waived.ts';

let town: Town;
beforeAll(async () => {
  const policy = `${law['.caws/policy.yaml']}waivers: { max_active_waivers_per_gate: 100 }\n`;
  const files = { ...law, '.caws/policy.yaml': policy };
  town = await openTown({ files, hub: { referee: false } });
});
afterEach(() => town.hub.faults.clear());
afterAll(() => town[Symbol.asyncDispose]());

const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
const comments = { route: '/repos/{owner}/{repo}/issues/{issue_number}/comments' };
const reactions = { route: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions' };

/** Everything that is written into the conversation meets this. */
function refuseWords(fault: RequestFault): void {
  for (const { route } of [comments, reactions])
    town.hub.faults.request({ method: 'POST', route, times: 10_000 }, fault);
}

test('words that the forge puts off hold back no later word, and are said afterwards, each once', async () => {
  const { pull, waiver } = await waivedPull(town, 'busy');
  const [kim, max] = [town.hub.person('kim'), town.hub.person('max')];
  refuseWords({ kind: 'secondary-limit', retryAfterSeconds: 3_000 });
  const asked = kim.comments(pull, '/caws status');
  await town.rest();
  expect(conclusion(pull)).toBe('success');
  max.comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  await town.rest();
  expect(conclusion(pull)).toBe('action_required');
  const answers = () => pull.comments.filter(({ body }) => body.startsWith('@kim'));
  expect(answers()).toEqual([]);

  // What is still to be said outlives the process. The first try is written, and nobody hears of it.
  await town.restart();
  town.hub.faults.clear();
  town.hub.faults.request({ method: 'POST', ...comments, call: 1 }, { kind: 'done-but-lost' });
  await town.passes(3_100_000);
  await town.passes(125_000);
  expect(answers().map(({ body }) => body.includes('so it stands now'))).toEqual([true]);
  const acknowledged = pull.comments.find(({ id }) => id === asked.id)?.reactions;
  expect(acknowledged?.map(({ content }) => content)).toEqual(['+1']);
  expect(conclusion(pull)).toBe('action_required');
});

test('a pass waits while nobody can be asked whether whoever takes it back may', async () => {
  const { pull, waiver } = await waivedPull(town, 'unasked');
  const zoe = town.hub.person('zoe');
  town.hub.collaborator(town.repository, zoe, 'maintain');
  town.hub.faults.delivery({}, { kind: 'late' });
  zoe.comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  // Whoever spoke before is known; the one who is new is not.
  const role = { route: '/repos/{owner}/{repo}/collaborators/{username}/permission' };
  town.hub.faults.request({ ...role, call: 3, times: 1 }, { kind: 'status', status: 502 });
  await town.hears(pull);
  expect(conclusion(pull)).toBeNull();
  town.hub.faults.clear();
  await town.passes(65_000);
  expect(conclusion(pull)).toBe('action_required');
});

/** A crowd of refused lines stands before a revocation, and nobody hears of any of it before all of it is there. */
async function untilItCounts(pull: PullHandle, waiver: string, comments: number) {
  const sol = town.hub.person('sol');
  const line = `/caws revoke ${waiver} reason:"I do not like it at all, see #7"`;
  const crowd = Array.from({ length: 10 }, () => line).join('\n\n');
  town.hub.faults.delivery({}, { kind: 'late' });
  for (let n = 0; n < comments; n += 1) sol.comments(pull, crowd);
  town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  await town.hub.settle();
  const before = town.hub.requests().length;
  await town.hears(pull);
  const asked = town.hub.requests().slice(before);
  const fell = asked.findIndex(
    ({ method, path }) =>
      method === 'PATCH' && path.endsWith(`/check-runs/${town.check(pull)?.id}`),
  );
  const isHearing = ({ method, path }: (typeof asked)[number]) =>
    method === 'GET' && path.endsWith(`/pulls/${pull.number}`);
  return { calls: fell, hearings: asked.slice(0, fell).filter(isHearing).length };
}

test.each([
  [
    30,
    'refuses',
    { kind: 'status', status: 403, message: 'Resource not accessible by integration' },
  ],
  [500, 'puts off', { kind: 'secondary-limit', retryAfterSeconds: 3_000 }],
] as const)(
  'a revocation behind %d refused lines counts at once, by few calls, while the forge %s every comment',
  async (lines, _how, fault) => {
    const { pull, waiver } = await waivedPull(town, `flooded-${fault.kind}`);
    refuseWords(fault);
    const { calls, hearings } = await untilItCounts(pull, waiver, lines / 10);
    town.hub.faults.clear();
    expect(conclusion(pull)).toBe('action_required');
    expect(hearings).toBe(1);
    expect(calls).toBeLessThan(40);
  },
);
