/** Several pull requests for one spec, one of which a person accepts. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AcceptanceBody,
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
import type { Signer } from '../../src/ports.ts';
import { type CommitSha, type Instant, isoOf, type VerdictId } from '../../src/primitives.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { shopPolicy } from '../shop.ts';
import { schemaProblems } from '../stories/schemas.ts';
import { openTown, type Town } from './town.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town[Symbol.asyncDispose]());

const MINUTES_MS = 120_000;
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

const words = (): Promise<readonly AcceptanceBody[]> =>
  inLedger(async (ledger) => {
    const entries = await ledger.recent(100, 'acceptance', MAIN);
    if (!entries.ok) throw new Error(entries.fault.kind);
    return entries.value.map(({ body }) => JSON.parse(body) as AcceptanceBody);
  });

describe('of several pull requests for one spec', () => {
  let one: PullHandle;
  let two: PullHandle;
  let elsewhere: PullHandle;

  beforeAll(async () => {
    await town.hub.person('ada').push(town.repository, 'dev', {}, 'Dev', { from: 'main' });
    [one, two, elsewhere] = [await opens(), await opens(), await opens('dev')];
  });

  test('none is accepted by who made it, by who may not write, or by an edited comment', async () => {
    expect(await says('kim', one, '/caws accept')).toContain('you took part in this change');
    expect(await says('stranger', one, '/caws accept')).toContain('your role here is too low');
    town.hub.faults.delivery({}, { kind: 'late' });
    const max = town.hub.person('max');
    const comment = max.comments(one, 'Looks good');
    town.hub.person('lee').edits(comment, '/caws accept');
    town.hub.faults.clear();
    town.hub.faults.release();
    await town.rest();
    expect(lastReply(one)).toContain('the comment was edited');
    expect(await words()).toEqual([]);
    expect([one, two].map(conclusion)).toEqual(['success', 'success']);
  });

  test('the accepted one keeps its verdict, and the others fail with its name and the way back', async () => {
    const before = town.check(one)?.externalId;
    expect(await says('max', one, '/caws debate')).toContain('Nobody is accepted by a score');
    const reply = await says('max', one, '/caws accept');
    expect(reply).toContain(
      'is accepted for `CART-1`: 1 other open pull request for it is superseded',
    );
    expect(reply).toMatch(new RegExp(`\`#${two.number}\` at .*superseded`));
    expect(town.check(one)).toMatchObject({ conclusion: 'success', externalId: before });
    expect(conclusion(two)).toBe('failure');
    expect(title(two)).toBe(`FAIL · superseded: #${one.number} was accepted`);
    const summary = town.check(two)?.summary ?? '';
    expect(summary).toContain(`Pull request \`#${one.number}\` was accepted for spec \`CART-1\``);
    expect(summary).toContain('by `max`');
    expect(summary).toContain('comments there: `/caws unaccept`');
    expect(summary).not.toContain('Then push');
    expect(conclusion(elsewhere)).toBe('success');
    expect(await says('lee', two, '/caws debate')).toContain(`#${one.number} at`);
    expect(lastReply(two)).toMatch(new RegExp(`\`#${one.number}\` at .*accepted`));
  });

  test('what the others are superseded by is in their case, and the verdict comes out of that again', async () => {
    const id = town.check(two)?.externalId as VerdictId;
    const [record, file] = await inLedger(async (ledger) => {
      const entry = await ledger.find('verdict', id);
      const { record: found } = JSON.parse(entry.ok ? (entry.value?.body ?? '') : '') as {
        readonly record: VerdictRecord;
      };
      const blob = await ledger.blob(found.caseDigest);
      const bytes = blob.ok ? blob.value : null;
      return [found, JSON.parse(Buffer.from(bytes ?? []).toString()) as CaseFile] as const;
    });
    expect(file.acceptance).toMatchObject({ pull: one.number, head: one.head, spec: 'CART-1' });
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
      ...{ decided: 'by-a-person', outcome: 'same', winner: town.check(one)?.externalId },
      message: expect.stringContaining(`#${one.number} was accepted by max, and passes`),
    });
    expect((again['candidates'] as { standing: string }[]).map(({ standing }) => standing)).toEqual(
      expect.arrayContaining(['accepted', 'superseded']),
    );
  });

  test('another one is refused with the name of the winner, and merges nothing', async () => {
    expect(await says('lee', two, '/caws accept')).toContain(
      `#${one.number} at \`${one.head.slice(0, 12)}\` stands accepted for \`CART-1\`, by \`max\``,
    );
    await says('lee', two, '/caws merge');
    expect(two.state.mergedAt).toBeNull();
    expect(await says('max', one, '/caws accept')).toContain(
      'stands accepted for `CART-1` already',
    );
    expect(await words()).toHaveLength(1);
  });

  test('a push, another look, a start anew and a new pull request change nothing about it', async () => {
    const kim = town.hub.person('kim');
    await kim.push(town.repository, 'try2', { 'src/cart/more.ts': 'more();\n' }, 'More');
    await town.rest();
    expect(conclusion(two)).toBe('failure');
    await kim.closes(two);
    await town.rest();
    await kim.reopens(two);
    await town.restart();
    await town.hears(two);
    expect(conclusion(two)).toBe('failure');
    await says('lee', two, '/caws recheck');
    expect(title(two)).toContain(`superseded: #${one.number} was accepted`);
    const late = await opens();
    expect(title(late)).toContain(`superseded: #${one.number} was accepted`);
    await kim.closes(late);
    await town.rest();
  });

  test('the same commit a second time supersedes nobody and is not superseded', async () => {
    await town.hub.person('kim').resets(town.repository, 'again', one.head);
    const double = await town.hub.person('kim').opens(town.repository, { head: 'again' });
    await town.rest();
    expect(double.head).toBe(one.head);
    expect(conclusion(one)).toBe('success');
    await town.hub.person('kim').closes(double);
    await town.rest();
  });

  test('taken back, the others pass again by themselves, and an older word accepts nobody again', async () => {
    expect(await says('lee', two, '/caws unaccept')).toContain(`Say it on #${one.number}`);
    expect(await says('lee', one, '/caws unaccept')).toContain('nobody is accepted for `CART-1`');
    expect([one, two].map(conclusion)).toEqual(['success', 'success']);
    expect((await words()).map(({ state }) => state)).toEqual(['ended', 'accepted']);
    // As after a crash, or from an older copy: everything that was said is heard once more.
    await town.app.stop();
    for (const end of ['', '-wal', '-shm']) rmSync(join(data(), `app.db${end}`), { force: true });
    await town.restart();
    await town.hears(one);
    await town.hears(two);
    expect([one, two].map(conclusion)).toEqual(['success', 'success']);
    expect(await words()).toHaveLength(2);
  });

  describe('it ends, and the others pass again', () => {
    test('with another head', async () => {
      await says('max', one, '/caws accept');
      expect(conclusion(two)).toBe('failure');
      await town.hub
        .person('kim')
        .push(town.repository, 'try1', { 'src/cart/try1.ts': 'better();\n' }, 'Better');
      await town.rest();
      expect([one, two].map(conclusion)).toEqual(['success', 'success']);
      expect((await words())[0]).toMatchObject({ state: 'ended', because: 'head-moved', by: null });
    });

    test('with a verdict that does not pass any more', async () => {
      await says('max', one, '/caws accept');
      const ada = town.hub.person('ada');
      const file = '.caws/policy.yaml';
      const strict = shopPolicy.replace('max_files: 10, max_loc: 200', 'max_files: 10, max_loc: 0');
      await ada.push(town.repository, 'main', { [file]: strict }, 'Nothing more');
      await town.rest();
      expect([one, two].map(title)).toEqual([
        expect.stringContaining('WAIVER'),
        expect.stringContaining('WAIVER'),
      ]);
      expect((await words())[0]).toMatchObject({ because: 'no-pass' });
      await ada.push(town.repository, 'main', { [file]: shopPolicy }, 'As before');
      await town.rest();
      expect([one, two].map(conclusion)).toEqual(['success', 'success']);
    });

    test('with another spec', async () => {
      await says('max', one, '/caws accept');
      const kim = town.hub.person('kim');
      await kim.changes(one, { body: 'CAWS-SPEC: CART-9' });
      await town.rest();
      expect([one, two].map(conclusion)).toEqual(['failure', 'success']);
      expect((await words())[0]).toMatchObject({ because: 'other-spec' });
      await kim.changes(one, { body: '' });
      await town.rest();
      // Whoever spoke around that time may have looked at another spec.
      expect(await says('max', one, '/caws accept')).toContain('Nobody was accepted');
      expect(lastReply(one)).toContain('Try: `/caws accept scope:CART-1`');
      await town.passes(MINUTES_MS);
      expect([one, two].map(conclusion)).toEqual(['success', 'success']);
    });

    test('where it leads elsewhere', async () => {
      await says('max', one, '/caws accept');
      await town.hub.person('kim').changes(one, { base: 'dev' });
      await town.rest();
      expect(conclusion(two)).toBe('success');
      expect((await words())[0]).toMatchObject({ because: 'aimed-elsewhere' });
      await town.hub.person('kim').changes(one, { base: 'main' });
      await town.rest();
      await town.passes(MINUTES_MS);
    });

    test('closed while nobody listened, and with all that was remembered lost', async () => {
      await says('max', one, '/caws accept');
      expect(conclusion(two)).toBe('failure');
      await town.app.stop();
      await town.hub.person('kim').closes(one);
      for (const end of ['', '-wal', '-shm']) rmSync(join(data(), `app.db${end}`), { force: true });
      await town.restart();
      await town.hears(two);
      expect(conclusion(two)).toBe('success');
      expect((await words())[0]).toMatchObject({ because: 'closed' });
      await town.hub.person('kim').reopens(one);
      await town.rest();
    });

    test('merged', async () => {
      await says('max', one, '/caws accept');
      await says('max', one, '/caws merge');
      expect(one.state.mergedAt).not.toBeNull();
      expect(conclusion(two)).toBe('success');
      expect((await words())[0]).toMatchObject({ because: 'merged' });
    });
  });

  test('without another one for the spec there is nobody to put it before', async () => {
    expect(await says('max', two, '/caws accept')).toContain('nobody to put it before');
  });
});

describe('of two', () => {
  const passed = new Map<number, string>();
  let winner: PullHandle;
  let loser: PullHandle;

  test('that are accepted at once exactly one wins, and the other is told who', async () => {
    const [one, two] = [await opens(), await opens()];
    const before = (await words()).length;
    for (const each of [one, two]) passed.set(each.number, town.check(each)?.externalId ?? '');
    town.hub.person('max').comments(one, '/caws accept');
    town.hub.person('lee').comments(two, '/caws accept');
    await town.rest();
    const now = await words();
    expect(now).toHaveLength(before + 1);
    [winner, loser] = now[0]?.pull === one.number ? [one, two] : [two, one];
    expect([conclusion(winner), conclusion(loser)]).toEqual(['success', 'failure']);
    expect(lastReply(loser)).toContain(`#${winner.number} at`);
  });

  test('what a crash kept from following the entry is done by the next look, and nothing twice', async () => {
    await says('max', winner, '/caws unaccept');
    expect(conclusion(loser)).toBe('success');
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

  test('whoever lands the other one past everybody, by the pass that it had, is found', async () => {
    const message = `CAWS-VERDICT-ID: ${passed.get(loser.number)}`;
    const wish = { method: 'squash', title: 'Past everybody', message } as const;
    await town.hub.person('ada').merges(loser, wish);
    await town.rest();
    const landed = await inLedger(async (ledger) => {
      const found = await ledger.recent(1, 'publication');
      return found.ok ? found.value.map(({ body }) => JSON.parse(body) as object) : [];
    });
    const because = 'verdict-superseded';
    expect(landed).toMatchObject([{ event: 'unverified_merge', named: 'trailer', because }]);
    // The target has moved, and the one that was accepted still is.
    expect(conclusion(winner)).toBe('success');
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
});

test('all of it is what GitHub documents', () => {
  judge(town.hub);
});
