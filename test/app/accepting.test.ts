/** Several pull requests for one spec, one of which a person accepts. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptancesBeside } from '../../app/hearing/acceptance-entries.ts';
import {
  endByPlace,
  endByVerdict,
  hearRivals,
  watchAccepted,
} from '../../app/hearing/acceptances.ts';
import {
  type AcceptanceBody,
  type AcceptanceEnd,
  type AcceptanceRecord,
  acceptanceAbout,
} from '../../src/4-verdict/acceptance.ts';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { judge as judgeCase } from '../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { currentSigner } from '../../src/adapters/keys/key-ring.ts';
import { openLedger, type SqliteLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { command as arbitrate } from '../../src/cli/arbitrate.ts';
import type { LedgerEntry, LedgerStore, Signer } from '../../src/ports.ts';
import { type CommitSha, type Instant, isoOf, ok, type VerdictId } from '../../src/primitives.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import type { PullHandle } from '../hub/handles.ts';
import { schemaProblems } from '../stories/schemas.ts';
import { asksOfQueue, checkAt, enqueues, green, groupOf, passing } from './merge-queue.ts';
import { openTown, type Town } from './town.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown({ hub: { referee: false } });
});
afterAll(() => town[Symbol.asyncDispose]());

const MAIN = acceptanceAbout({ baseRef: 'refs/heads/main', spec: 'CART-1' });
const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
const title = (pull: PullHandle) => town.check(pull)?.title ?? '';
const lastReply = (pull: PullHandle) =>
  pull.comments.findLast(({ body }) => body.startsWith('@'))?.body ?? '';

async function says(who: string, pull: PullHandle, line: string): Promise<string> {
  town.hub.person(who).comments(pull, line);
  await town.rest();
  return lastReply(pull);
}

let opened = 0;
async function opens(base = 'main'): Promise<PullHandle> {
  opened += 1;
  const pull = await town.opens(`try${opened}`, { [`src/cart/try${opened}.ts`]: 'ok();\n' }, base);
  await town.rest();
  return pull;
}

const data = () => town.environment['ARBITER_DATA'] ?? '';
const ledgerFile = () => join(data(), 'ledgers', String(town.repository.id), 'ledger.db');

async function connection(access: 'read' | 'write' = 'write'): Promise<SqliteLedger> {
  const ledger = await openLedger({ file: ledgerFile(), anchors: [], access });
  if (!ledger.ok) throw new Error(JSON.stringify(ledger.fault));
  return ledger.value;
}

function key(): Signer {
  const found = currentSigner(join(data(), 'keys'), undefined);
  if (!found.ok || found.value === null) throw new Error('the app has no key');
  return found.value;
}

/** What the ledger of the shop holds. */
async function inLedger<T>(read: (ledger: SqliteLedger) => Promise<T>): Promise<T> {
  await using ledger = await connection('read');
  return await read(ledger);
}

/** What an app leaves that is killed behind the entry of a word, before anybody was heard or told. */
async function recordsAccepted(pull: PullHandle, comment: number): Promise<void> {
  const [newest] = await words();
  if (newest === undefined) throw new Error('nobody was ever accepted');
  await using ledger = await connection();
  const { spec, baseRef, winner } = newest;
  const { id } = town.hub.person('max').account;
  const body: AcceptanceRecord = {
    ...{ schema: 'caws-arbiter/acceptance@1', state: 'accepted', spec, baseRef, winner },
    ...{ pull: pull.number, head: pull.head as CommitSha, repository: 'acme/shop' },
    ...{ candidates: [], compared: [], leftOut: 0, at: isoOf(town.now() as Instant) },
    by: { forge: 'github', id, login: 'max' },
    source: { kind: 'comment', comment, line: 1, text: textDigest('/caws accept') },
  };
  const now = town.now() as Instant;
  const draft = { at: now, kind: 'acceptance', about: MAIN, body, blobs: [] } as const;
  expect(await ledger.append(draft, key())).toMatchObject({ ok: true });
}

/** The app is started with nothing of what it remembered beside its ledgers. */
async function forgets(): Promise<void> {
  await town.app.stop();
  for (const end of ['', '-wal', '-shm']) rmSync(join(data(), `app.db${end}`), { force: true });
  await town.restart();
}

async function unverifiedMerges(): Promise<number> {
  const told = await fetch(`${town.app.address}/metrics`).then((answer) => answer.text());
  return Number(/unverified_merges_total(?:{[^}]*})? (\d+)/.exec(told)?.[1] ?? Number.NaN);
}

const words = (): Promise<readonly AcceptanceBody[]> =>
  inLedger(async (ledger) => {
    const entries = await ledger.recent(100, 'acceptance', MAIN);
    if (!entries.ok) throw new Error(entries.fault.kind);
    return entries.value.map(({ body }) => JSON.parse(body) as AcceptanceBody);
  });

describe('of several pull requests for one spec', () => {
  let winner: PullHandle;
  let loser: PullHandle;
  let elsewhere: PullHandle;
  const passed = new Map<number, string>();

  beforeAll(async () => {
    await town.hub.person('ada').push(town.repository, 'dev', {}, 'Dev', { from: 'main' });
    [winner, loser, elsewhere] = [await opens(), await opens(), await opens('dev')];
    await town.rest();
    for (const each of [winner, loser]) passed.set(each.number, town.check(each)?.externalId ?? '');
  });

  test('none is accepted by who made it, by who may not write, or by an edited comment', async () => {
    town.hub.person('kim').comments(winner, '/caws accept');
    town.hub.person('stranger').comments(winner, '/caws accept');
    town.hub.faults.delivery({}, { kind: 'late' });
    const comment = town.hub.person('max').comments(winner, 'Looks good');
    town.hub.person('lee').edits(comment, '/caws accept');
    town.hub.faults.clear();
    await town.hears(winner);
    const replies = winner.comments.map(({ body }) => body).join('\n');
    for (const why of ['took part in this change', 'role here is too low', 'comment was edited'])
      expect(replies).toContain(why);
    expect(await words()).toEqual([]);
    expect([winner, loser].map(conclusion)).toEqual(['success', 'success']);
  });

  test('of two that are accepted at once exactly one wins, and the other is told who', async () => {
    town.hub.person('max').comments(winner, '/caws accept');
    town.hub.person('lee').comments(loser, '/caws accept');
    await town.rest();
    const [accepted, ...more] = await words();
    expect(more).toEqual([]);
    if (accepted?.pull === loser.number) [winner, loser] = [loser, winner];
    expect(lastReply(winner)).toMatch(new RegExp(`\`#${loser.number}\` at .*superseded`));
    expect(lastReply(loser)).toContain(
      `#${winner.number} at \`${winner.head.slice(0, 12)}\` stands accepted for \`CART-1\``,
    );
    expect(winner.head).toBe(accepted?.head);
  });

  test('the accepted one keeps its verdict, and the others fail with its name and the way back', () => {
    const externalId = passed.get(winner.number);
    expect(town.check(winner)).toMatchObject({ conclusion: 'success', externalId });
    expect(conclusion(loser)).toBe('failure');
    expect(title(loser)).toBe(`FAIL · superseded: #${winner.number} was accepted`);
    const summary = town.check(loser)?.summary ?? '';
    expect(summary).toContain(
      `Pull request \`#${winner.number}\` was accepted for spec \`CART-1\``,
    );
    expect(summary).toContain('comments there: `/caws unaccept`');
    expect(summary).not.toContain('Then push');
    expect(conclusion(elsewhere)).toBe('success');
  });

  test('what the others are superseded by is in their case, and the verdict comes out of that again', async () => {
    const id = town.check(loser)?.externalId as VerdictId;
    const [record, file] = await inLedger(async (ledger) => {
      const entry = await ledger.find('verdict', id);
      const { record: found } = JSON.parse(entry.ok ? (entry.value?.body ?? '') : '') as {
        readonly record: VerdictRecord;
      };
      const blob = await ledger.blob(found.caseDigest);
      const bytes = blob.ok ? blob.value : null;
      return [found, JSON.parse(Buffer.from(bytes ?? []).toString()) as CaseFile] as const;
    });
    expect(file.acceptance).toMatchObject({ pull: winner.number, head: winner.head });
    expect(judgeCase(file, record)).toMatchObject({ ok: true, value: record });
    const { acceptance: _, ...without } = file;
    expect(judgeCase(without, record)).toMatchObject({ ok: true, value: { verdict: 'PASS' } });
  });

  test('the ledger alone gives the same order, scores and standings once more', async () => {
    const [entry] = await inLedger(async (ledger) => {
      const found = await ledger.recent(1, 'acceptance', MAIN);
      return found.ok ? found.value : [];
    });
    const { ARBITER_DATA: data = '' } = town.environment;
    const { world, out, code } = rehearsal(data);
    const env = { PATH: process.env['PATH'], XDG_STATE_HOME: join(data, 'no-state') };
    const words = [
      'CART-1',
      '--replay',
      String(entry?.sequence),
      '--ledger',
      ledgerFile(),
      '--json',
    ];
    await arbitrate({ ...world, env }).parseAsync(words, { from: 'user' });
    const again = JSON.parse(out()) as Record<string, unknown>;
    expect([code(), schemaProblems('arbitrate-replay', again)]).toEqual([0, []]);
    expect(again).toMatchObject({
      ...{ decided: 'by-a-person', outcome: 'same', winner: town.check(winner)?.externalId },
      message: expect.stringMatching(
        new RegExp(`#${winner.number} was accepted by (max|lee), and passes`),
      ),
    });
    expect((again['candidates'] as { standing: string }[]).map(({ standing }) => standing)).toEqual(
      expect.arrayContaining(['accepted', 'superseded']),
    );
  });

  test('words, a push and a start anew change nothing about it', async () => {
    town.hub.person('lee').comments(loser, '/caws merge\n/caws debate\n/caws unaccept');
    await town.rest();
    expect(loser.state.mergedAt).toBeNull();
    const replies = loser.comments.map(({ body }) => body).join('\n');
    expect(replies).toMatch(new RegExp(`\`#${winner.number}\` at .*accepted`));
    expect(replies).toContain(`Say it on #${winner.number}`);
    const more = { 'src/cart/more.ts': 'more();\n' };
    await town.hub.person('kim').push(town.repository, `try${loser.number}`, more, 'More');
    await town.restart();
    await town.hears(loser);
    expect(title(loser)).toBe(`FAIL · superseded: #${winner.number} was accepted`);
    expect(await words()).toHaveLength(1);
  });

  test('taken back, the others pass again by themselves, and an older word accepts nobody again', async () => {
    expect(await says('lee', winner, '/caws unaccept')).toContain(
      'nobody is accepted for `CART-1`',
    );
    expect([winner, loser].map(conclusion)).toEqual(['success', 'success']);
    // As after a crash, or from an older copy: everything that was said is heard once more.
    await forgets();
    await town.hears(winner);
    await town.hears(loser);
    expect([winner, loser].map(conclusion)).toEqual(['success', 'success']);
    expect((await words()).map(({ state }) => state)).toEqual(['ended', 'accepted']);
  });

  test('what a crash kept from following the entry is done by the next look, and nothing twice', async () => {
    await town.app.stop();
    const { id } = town.hub.person('max').comments(winner, '/caws accept');
    await recordsAccepted(winner, id);
    await town.restart();
    expect(conclusion(loser)).toBe('success');
    await town.hears(winner);
    expect(conclusion(loser)).toBe('failure');
    expect(lastReply(winner)).toContain('is accepted for `CART-1`');
    expect((await words()).map(({ state }) => state).slice(0, 2)).toEqual(['accepted', 'ended']);
  });

  test('an entry that nobody followed is found by a search, also where its comment is gone', async () => {
    await says('lee', winner, '/caws unaccept');
    await town.app.stop();
    await recordsAccepted(winner, 1);
    await town.restart();
    expect(conclusion(loser)).toBe('success');
    await town.app.reconcile();
    await town.rest();
    expect([winner, loser].map(conclusion)).toEqual(['success', 'failure']);
  });

  test('closed while nobody listened, and with all that was remembered lost, it ends all the same', async () => {
    await town.app.stop();
    await town.hub.person('kim').closes(winner);
    await forgets();
    await town.hears(loser);
    expect(conclusion(loser)).toBe('success');
    expect((await words())[0]).toMatchObject({ state: 'ended', because: 'closed', by: null });
    await town.hub.person('kim').reopens(winner);
    await town.rest();
  });

  test('it ends with another head', async () => {
    await says('max', winner, '/caws accept');
    expect(conclusion(loser)).toBe('failure');
    const better = { [`src/cart/try${winner.number}.ts`]: 'better();\n' };
    await town.hub.person('kim').push(town.repository, `try${winner.number}`, better, 'Better');
    await town.rest();
    expect([winner, loser].map(conclusion)).toEqual(['success', 'success']);
    expect((await words())[0]).toMatchObject({ because: 'head-moved' });
  });

  test('whoever lands another one past everybody, by the pass that it had, is found and counted', async () => {
    const pass = town.check(loser)?.externalId;
    await says('max', winner, '/caws accept');
    const before = await unverifiedMerges();
    const message = `CAWS-VERDICT-ID: ${pass}`;
    const wish = { method: 'squash', title: 'Past everybody', message } as const;
    await town.hub.person('ada').merges(loser, wish);
    await town.rest();
    const landed = await inLedger(async (ledger) => {
      const found = await ledger.recent(1, 'publication');
      return found.ok ? found.value.map(({ body }) => JSON.parse(body) as object) : [];
    });
    const because = 'verdict-superseded';
    expect(landed).toMatchObject([{ event: 'unverified_merge', named: 'trailer', because }]);
    expect(await unverifiedMerges()).toBe(before + 1);
    // The target has moved, and the one that was accepted still is.
    expect(conclusion(winner)).toBe('success');
  });

  test('it ends as it is merged, and the others are heard on what landed', async () => {
    const other = await opens();
    expect(title(other)).toContain('superseded');
    await says('max', winner, '/caws merge');
    expect(winner.state.mergedAt).not.toBeNull();
    expect(conclusion(other)).toBe('success');
    expect((await words())[0]).toMatchObject({ because: 'merged' });
  });
});

test('in a merge queue no group with a superseded member passes, and the accepted one lands alone', async () => {
  asksOfQueue(town, 'SQUASH');
  await town.passes(301_000);
  const [winner, loser] = [await passing(town, 'queued'), await passing(town, 'beside')];
  await enqueues(town, loser, winner);
  const groups = [loser, winner].map((pull) => groupOf(town, pull));
  const shown = () => groups.map((sha) => checkAt(town, sha)?.conclusion);
  expect(shown()).toEqual(['success', 'success']);
  await says('max', winner, '/caws accept');
  expect(shown()).not.toContain('success');
  const title = `FAIL · #${loser.number}: superseded: #${winner.number} was accepted`;
  expect(checkAt(town, groups[0] ?? '')).toMatchObject({ conclusion: 'failure', title });
  await says('kim', loser, '/caws merge');
  // Where the queue dropped all that stood on the other one, it is asked for again.
  await says('kim', winner, '/caws merge');
  expect(town.repository.state.queue.map(({ number }) => number)).toEqual([winner.number]);
  const alone = groupOf(town, winner);
  expect(checkAt(town, alone)).toMatchObject({ conclusion: 'success' });
  green(town, alone);
  await town.rest();
  expect(winner.state.mergedAt).not.toBeNull();
  expect([loser.state.mergedAt, conclusion(loser)]).toEqual([null, 'success']);
});

test('an entry is taken by one of two connections to the same store', async () => {
  const [first, second] = [await connection(), await connection()];
  await using one = first;
  await using two = second;
  const [newest] = await one
    .recent(1, 'acceptance', MAIN)
    .then((read) => (read.ok ? read.value : []));
  const body = { ...(JSON.parse(newest?.body ?? '') as AcceptanceRecord), state: 'ended' };
  const draft = { at: town.now() as Instant, kind: 'acceptance', about: MAIN, body } as const;
  const after = newest?.sequence ?? 0;
  const both = await Promise.all(
    [one, two].map((each) => each.append({ ...draft, after, blobs: [] }, key())),
  );
  expect(both.filter(({ ok: isTaken }) => isTaken)).toHaveLength(1);
  expect(both.find(({ ok: isTaken }) => !isTaken)).toMatchObject({
    fault: { kind: 'head-moved' },
  });
});

/** A pull request beside the accepted one, as a worker holds it, and what it has heard again. */
function beside(ledger: Partial<LedgerStore>, rows: readonly object[] = []) {
  const again: number[] = [];
  const row = { open: true, head: accepted.head, baseBranch: 'main', verdict: { word: 'PASS' } };
  const deps = {
    again: ({ pull }: { readonly pull: number }) => void again.push(pull),
    docket: { openIn: () => rows, row: () => row, keepAccepted: () => undefined },
  };
  const live = { number: 2, head: { sha: 'b'.repeat(40) } };
  const at = { job: { repositoryId: town.repository.id, pull: 2 }, deps, ledger, live };
  return { at: at as unknown as Parameters<typeof watchAccepted>[0], again };
}

test.each<[string, number | null, number | null, boolean, readonly number[]]>([
  ['nobody stood accepted, as now', null, null, true, []],
  ['somebody stood accepted, as now', 7, 7, true, []],
  ['nobody stood accepted, and somebody does now', null, 7, true, [2]],
  ['somebody stood accepted, and nobody does now', 7, null, true, [2]],
  ['another one stood accepted than now', 7, 9, true, [2]],
  ['somebody stood accepted, which nothing tells any more', 7, 9, false, []],
])(
  'a verdict from when %s is given again where it has to be',
  async (_, then, now, retained, expected) => {
    const body = JSON.stringify({
      ...accepted,
      state: now === null ? 'ended' : 'accepted',
      pull: 1,
    });
    const entry = { sequence: now ?? 8, digest: 'sha256:0', body };
    const file = Buffer.from(JSON.stringify({ acceptance: { spec: 'CART-1', entry: then } }));
    const { at, again } = beside({
      find: async () => ok(entry as LedgerEntry),
      blob: async () => ok(retained ? file : null),
    });
    const record = {
      law: { spec: { id: 'CART-1', standing: false } },
      subject: { baseRef: 'refs/heads/main' },
      examination: { findings: then === null ? [] : [{ rule: 'spec.superseded' }] },
    };
    expect(await watchAccepted(at, record as unknown as VerdictRecord)).toMatchObject({ ok: true });
    expect(again).toEqual(expected);
  },
);

test('of a thousand rivals each is heard once, and read once', async () => {
  const [said] = await words();
  await inLedger(async (ledger) => {
    const verdict = { id: said?.winner };
    const rows = Array.from({ length: 2_000 }, (_, at) => ({
      ...{ pull: at + 3, baseBranch: at % 2 === 0 ? 'main' : 'dev', verdict },
    }));
    let read = 0;
    const find: LedgerStore['find'] = (...asked) => {
      read += 1;
      return ledger.find(...asked);
    };
    const { at, again } = beside({ find }, rows);
    expect(await hearRivals(at, accepted)).toMatchObject({ ok: true });
    expect(again).toEqual(rows.filter((_, place) => place % 2 === 0).map(({ pull }) => pull));
    expect(read).toBe(1_000);
  });
});

const accepted = {
  ...{ spec: 'CART-1', baseRef: 'refs/heads/main', head: 'a'.repeat(40) },
} as AcceptanceRecord;

test.each<[string, string, string, AcceptanceEnd | null]>([
  ['the very head into the very branch', 'a', 'main', null],
  ['another head', 'b', 'main', 'head-moved'],
  ['another branch', 'a', 'dev', 'aimed-elsewhere'],
])('%s is held against what was accepted', (_, head, branch, expected) => {
  const live = { head: { sha: head.repeat(40) }, base: { branch } };
  expect(endByPlace(live as Parameters<typeof endByPlace>[0])(accepted)).toBe(expected);
});

test.each<[string, Pick<VerdictRecord, 'verdict' | 'mode'>, string | null, AcceptanceEnd | null]>([
  ['a pass', { verdict: 'PASS', mode: 'enforce' }, 'CART-1', null],
  ['a pass that only observes', { verdict: 'PASS', mode: 'observe' }, 'CART-1', 'no-pass'],
  ['a doubt', { verdict: 'WAIVER_REQUIRED', mode: 'enforce' }, 'CART-1', 'no-pass'],
  ['a pass under another spec', { verdict: 'PASS', mode: 'enforce' }, 'CART-2', 'other-spec'],
  ['a pass under no spec', { verdict: 'PASS', mode: 'enforce' }, null, 'other-spec'],
])('%s is held against what was accepted', (_, given, spec, expected) => {
  const record = { ...given, law: { spec: spec === null ? null : { id: spec } } };
  expect(endByVerdict(record as VerdictRecord)(accepted)).toBe(expected);
});

test.each<[string, number, string, string, string, boolean]>([
  ['for the spec', 2, 'b', 'refs/heads/main', 'CART-1', true],
  ['into another branch', 2, 'b', 'refs/heads/dev', 'CART-1', false],
  ['for another spec', 2, 'b', 'refs/heads/main', 'CART-2', false],
  ['whose name only looks like it', 2, 'b', 'refs/heads/main CART-1', '', false],
  ['that is the accepted one', 1, 'b', 'refs/heads/main', 'CART-1', false],
  ['of the accepted commit, opened a second time', 2, 'a', 'refs/heads/main', 'CART-1', false],
])('what is open %s is superseded or not', async (_, number, head, baseRef, spec, expected) => {
  const body = JSON.stringify({ ...accepted, state: 'accepted', pull: 1 });
  const find = async (kind: string, about: string) =>
    ok(kind === 'acceptance' && about === MAIN ? { sequence: 1, digest: 'sha256:0', body } : null);
  const ledger = { find } as unknown as Parameters<typeof acceptancesBeside>[1];
  const live = { number, head: { sha: head.repeat(40) } } as Parameters<
    typeof acceptancesBeside
  >[0];
  const found = await acceptancesBeside(live, ledger)({ specs: [spec], baseRef });
  expect(found).toMatchObject({ ok: true, value: expected ? { pull: 1, entry: 1 } : null });
});
