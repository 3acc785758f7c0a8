/** A maintainer's denial counts as it was said, whatever whoever may write makes of the comment. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { CommentHandle, PullHandle } from '../hub/handles.ts';
import { clientOf } from '../hub/testing.ts';
import { guards } from './guarded.ts';
import { law, openTown, type Town } from './town.ts';
import { ask, askedPull, lines, waivedPull } from './waived.ts';

const REFUSED = { ok: false, status: 405 };
const policy = `${law['.caws/policy.yaml']}waivers: { max_active_waivers_per_gate: 100 }\n`;

let town: Town;
beforeAll(async () => {
  town = await openTown({
    files: { ...law, '.caws/policy.yaml': policy },
    hub: { referee: false },
  });
  guards(town);
});
afterEach(() => town.hub.faults.clear());
afterAll(() => town[Symbol.asyncDispose]());

const [kim, max] = [() => town.hub.person('kim'), () => town.hub.person('max')];
const revokes = (waiver: string) => `/caws revoke ${waiver} reason:"no longer so, see #7"`;
const repliesIn = (pull: PullHandle, to: string) =>
  pull.comments.filter(({ body }) => body.startsWith(`@${to}`)).map(({ body }) => body);

/** How many words on a pull request the ledger keeps that are about no waiver. */
async function notesOn(at: Town, pull: PullHandle): Promise<number> {
  const ledgers = join(at.environment['ARBITER_DATA'] ?? '', 'ledgers');
  const file = join(ledgers, String(at.repository.id), 'ledger.db');
  const opened = await openLedger({ file, anchors: [], access: 'read' });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  await using ledger = opened.value;
  return ledger.countAbout('command', String(pull.number));
}

const spoils: readonly (readonly [string, (word: CommentHandle) => void])[] = [
  ['deletes', (word) => kim().deletes(word)],
  ['turns into another command', (word) => kim().edits(word, '/caws help')],
];

describe('a revocation that the worker', () => {
  test.each(spoils)('%s before anybody heard it counts', async (how, spoil) => {
    const { pull, waiver } = await waivedPull(town, how.replaceAll(' ', '-'));
    spoil(max().comments(pull, revokes(waiver)));
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    expect(await kim().merges(pull)).toMatchObject(REFUSED);
  });

  test('turned into another word before its delivery came counts once that comes', async () => {
    const { pull, waiver } = await waivedPull(town, 'late');
    town.hub.faults.delivery({ event: 'issue_comment.created' }, { kind: 'late' });
    kim().edits(max().comments(pull, revokes(waiver)), '/caws help');
    await town.rest();
    town.hub.faults.clear();
    town.hub.faults.release();
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
  });

  test('deletes while the pull request is closed counts when it is opened again', async () => {
    const { pull, waiver } = await waivedPull(town, 'closed');
    await kim().closes(pull);
    await town.rest();
    kim().deletes(max().comments(pull, revokes(waiver)));
    await town.rest();
    await kim().reopens(pull);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
  });
});

test('a rejection that the worker deletes ends the request, and a hold keeps it from being merged', async () => {
  const { pull, waiver } = await askedPull(town, 'rejected');
  kim().deletes(max().comments(pull, `/caws reject ${waiver} reason:"not like this, see #7"`));
  await town.rest();
  max().comments(pull, `/caws approve ${waiver}`);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });

  const { pull: held } = await waivedPull(town, 'held');
  kim().deletes(max().comments(held, '/caws hold'));
  kim().comments(held, '/caws merge squash');
  await town.rest();
  expect(held.state.state).toBe('open');
  max().comments(held, '/caws unhold');
  await town.rest();
  kim().comments(held, '/caws merge squash');
  await town.rest();
  expect(held.state).toMatchObject({ state: 'closed', mergedAt: expect.any(Number) });
});

test('a word that denies nothing, and one that an editor put there, is not kept', async () => {
  const { pull, waiver } = await waivedPull(town, 'foreign');
  const word = max().comments(pull, '/caws status');
  kim().deletes(word);
  kim().edits(max().comments(pull, 'I will look at this.'), revokes(waiver));
  const fenced = max().comments(pull, `Say this:\n\n\`\`\`\n${revokes(waiver)}\n\`\`\`\n`);
  kim().deletes(fenced);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  expect(await kim().merges(pull)).toMatchObject({ ok: true });
});

test('a denial is heard once, and its words are kept no longer', async () => {
  const { pull, waiver } = await waivedPull(town, 'once');
  const word = max().comments(pull, revokes(waiver));
  await town.rest();
  const said = () => [repliesIn(pull, 'max').length, town.check(pull)?.externalId];
  const before = said();
  kim().edits(word, '/caws hold');
  await town.hears(pull);
  kim().deletes(word);
  await town.hears(pull);
  expect(said()).toEqual(before);
  expect(town.app.tools.records.denials(town.repository.id, pull.number)).toEqual([]);
});

test('while gates run a revocation counts at once, and is there when they have answered', async () => {
  await using gated = await openTown({ hub: { referee: false } });
  const wanted = { on: 'acme', permissions: { checks: 'write' }, events: [], name: 'CI' } as const;
  const ci = await gated.hub.installApp(wanted);
  const gate = `{ mode: block, timeout_seconds: 2400, answer: { by: check, name: build, app_id: ${ci.appId} } }`;
  await gated.hub.person('ada').push(gated.repository, 'main', {
    '.caws/policy.yaml': `${law['.caws/policy.yaml']}  ci: ${gate}\n`,
  });
  const builds = async (conclusion: 'success' | null, pull: PullHandle) => {
    const status = conclusion === null ? { status: 'in_progress' as const } : { conclusion };
    const run = { owner: 'acme', repo: 'shop', name: 'build', head_sha: pull.head, ...status };
    await clientOf(gated.hub, ci.token()).rest.checks.create(run);
    await gated.rest();
  };
  const pull = await gated.opens('large', { 'src/cart/large.ts': lines(300) });
  await builds('success', pull);
  const waiver = await ask(gated, pull);
  gated.hub.person('max').comments(pull, `/caws approve ${waiver}`);
  await gated.rest();
  expect(gated.check(pull)).toMatchObject({ conclusion: 'success' });
  await builds(null, pull);
  const word = gated.hub.person('max').comments(pull, revokes(waiver));
  await gated.rest();
  expect(gated.check(pull)).toMatchObject({ status: 'in_progress' });
  expect(pull.comments.find(({ id }) => id === word.id)?.reactions).toMatchObject([
    { content: '+1' },
  ]);
  // Nor do those of whom it does not count fill the ledger meanwhile.
  const crowd = Array.from({ length: 10 }, () => '/caws hold').join('\n\n');
  for (let n = 0; n < 6; n += 1) gated.hub.person('sol').comments(pull, crowd);
  await gated.rest();
  expect(await notesOn(gated, pull)).toBe(50);
  gated.hub.person('kim').deletes(word);
  await builds('success', pull);
  expect(gated.check(pull)).toMatchObject({ conclusion: 'action_required' });
});
