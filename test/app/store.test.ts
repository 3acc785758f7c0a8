import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { recordsOf } from '../../app/intake/records.ts';
import { migrations } from '../../app/migrations.ts';
import { holdData, openStore } from '../../app/store.ts';
import { queueOf } from '../../app/work/queue.ts';
import { newFolder, newStore } from './kit.ts';
import { given, later, START, sha, where } from './mail.ts';

const bounds = { leaseMs: 1, attemptsMax: 1, runsAtOnce: 9 };

/** Fills each table with rows, so that a later step has something to move. */
function fill(folder: string, steps: number): void {
  using store = given(openStore(folder, migrations.slice(0, steps)));
  const queue = queueOf(store, bounds, () => 0);
  store.transaction(() => {
    for (let pull = 1; pull <= 50; pull += 1) queue.want(where, { kind: 'pull', pull }, START);
  });
  const heads = store.database.prepare(
    'INSERT INTO heads (repository, pull, head, updated_at, received_at) VALUES (?, ?, ?, ?, ?)',
  );
  for (let pull = 1; pull <= 50; pull += 1)
    heads.run(where.repositoryId, pull, sha('a'), START, START);
  store.database.exec(
    "INSERT INTO deliveries (guid, digest, event, received_at, size, body) VALUES ('g', 'd', 'push', 1, 1, x'00')",
  );
}

test.each(migrations.map((_, at) => [at + 1]))(
  'a filled file of form %d comes to the present form with all that it held',
  (steps) => {
    const folder = newFolder();
    fill(folder, steps);
    const next = [...migrations, "ALTER TABLE deliveries ADD COLUMN note TEXT NOT NULL DEFAULT ''"];
    using store = given(openStore(folder, next));
    expect(store.statement('PRAGMA user_version').get()).toEqual({ user_version: next.length });
    expect(store.statement('SELECT guid, note FROM deliveries').all()).toEqual([
      { guid: 'g', note: '' },
    ]);
    expect(queueOf(store, bounds, () => 0).state(START).waiting).toBe(50);
    expect(recordsOf(store).pullsAt(where.repositoryId, sha('a'))).toHaveLength(50);
  },
);

test('a head that was noted before it was kept when it came counts as it did', () => {
  const folder = newFolder();
  fill(folder, 1);
  using store = given(openStore(folder));
  expect(recordsOf(store).heads(where.repositoryId, 1)).toEqual([
    { sha: sha('a'), seenAt: START, pushedAt: START },
  ]);
});

test('a step that fails changes nothing', () => {
  const folder = newFolder();
  fill(folder, migrations.length);
  const broken = [...migrations, 'DROP TABLE heads; CREATE TABLE heads (; '];
  expect(openStore(folder, broken)).toMatchObject({ ok: false, fault: { kind: 'data-unusable' } });
  using store = given(openStore(folder));
  expect(recordsOf(store).newestHead(where.repositoryId, 1)).toBe(sha('a'));
});

test('a file of a newer program, of another program, or of none is named and left alone', () => {
  const newer = newFolder();
  given(openStore(newer, [...migrations, 'SELECT 1']))[Symbol.dispose]();
  expect(openStore(newer)).toMatchObject({
    fault: { kind: 'store-newer', version: migrations.length + 1, supported: migrations.length },
  });
  const other = newFolder();
  const database = new DatabaseSync(join(other, 'app.db'));
  database.exec('CREATE TABLE theirs (x)');
  database.close();
  expect(openStore(other)).toMatchObject({ fault: { kind: 'store-not-ours' } });
  const none = newFolder();
  writeFileSync(
    join(none, 'app.db'),
    'no database at all, but long enough to be looked at'.repeat(30),
  );
  expect(openStore(none)).toMatchObject({ fault: { kind: 'data-unusable' } });
});

test('a folder that others may write is not used', () => {
  const folder = newFolder();
  chmodSync(folder, 0o777);
  expect(openStore(folder)).toMatchObject({ fault: { kind: 'data-unusable' } });
});

test('what was committed is on the disk', () => {
  const store = newStore();
  expect(store.statement('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  expect(store.statement('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
});

test('a folder is held by one at a time', () => {
  const folder = newFolder();
  const first = given(holdData(folder));
  expect(holdData(folder)).toMatchObject({ fault: { kind: 'data-in-use', folder } });
  first[Symbol.dispose]();
  given(holdData(folder))[Symbol.dispose]();
});

test('the newest head is the newest by the forge’s clock, not the one that was heard of last', () => {
  const records = recordsOf(newStore());
  const see = (head: string, updated: number) =>
    records.rememberHead(77, {
      pull: 1,
      head: sha(head),
      updatedAt: later(START, updated),
      at: START,
    });
  see('a', 0);
  see('b', 10_000);
  // A delivery that was late, and one that somebody replays.
  see('a', 5_000);
  see('a', 0);
  expect(records.newestHead(77, 1)).toBe(sha('b'));
  expect([records.pullsAt(77, sha('a')), records.pullsAt(77, sha('b'))]).toEqual([[], [1]]);
  // Pushed back to what it was.
  see('a', 20_000);
  expect(records.newestHead(77, 1)).toBe(sha('a'));
});

test('a pull request that is heard of often at one head is one row', () => {
  const store = newStore();
  const records = recordsOf(store);
  for (let n = 0; n < 100; n += 1)
    records.rememberHead(77, {
      pull: 1,
      head: sha('a'),
      updatedAt: later(START, n * 1_000),
      at: START,
    });
  expect(store.statement('SELECT count(*) AS n FROM heads').get()).toEqual({ n: 1 });
  // Whoever spoke after the first of these times can have looked at it.
  expect(records.heads(77, 1)).toEqual([{ sha: sha('a'), seenAt: START, pushedAt: START }]);
  // It counts as heard of at the last of these times: what is older is no newer head.
  records.rememberHead(77, { pull: 1, head: sha('b'), updatedAt: later(START, 98_000), at: START });
  expect(records.newestHead(77, 1)).toBe(sha('a'));
});
