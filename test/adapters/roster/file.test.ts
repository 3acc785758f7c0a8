import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { applyEvents } from '../../../src/adapters/roster/applying.ts';
import { recordsBetween } from '../../../src/adapters/roster/history.ts';
import { Journal, WAITING_MAX } from '../../../src/adapters/roster/journal.ts';
import { anchorsOnRecord, keepReadings } from '../../../src/adapters/roster/judges.ts';
import { register } from '../../../src/adapters/roster/registering.ts';
import { openRoster } from '../../../src/adapters/roster/roster.ts';
import { migrations, ROSTER_APPLICATION_ID } from '../../../src/adapters/roster/schema.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import { DAY_MS } from '../../../src/models/events.ts';
import { aModel } from '../../3-deliberation/judge/kit.ts';
import { decisionOf, executionOf, later, must, NOON, newFile, opened, profileOf } from './kit.ts';
import { goodRecord } from './licensed.ts';

/** A file as version `version` left it, with a model that had done two tasks on two days. */
function filledAt(version: number): string {
  const file = newFile();
  const profile = JSON.stringify(profileOf('one'));
  const record = JSON.stringify({ tasks: 2, tallies: {} });
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA application_id = ${ROSTER_APPLICATION_ID}`);
  for (const step of migrations.slice(0, 1)) step(database);
  database
    .prepare("INSERT INTO models VALUES ('one', 'worker', 'active', 1, 32768, 0, 1, ?, ?, 0, ?)")
    .run(NOON, NOON, profile);
  database.prepare("INSERT INTO offers VALUES ('one', 'code-editing', 0.2, '', 0, ?)").run(record);
  const task = database.prepare(
    "INSERT INTO tasks VALUES (?, 'one', 1, 'code-editing', ?, ?, ?, NULL, NULL)",
  );
  task.run('d1', NOON, 'done', '{"completion":1,"latencyMs":100}');
  task.run('d2', later(DAY_MS), 'done', '{"completion":0,"latencyMs":300}');
  task.run('d3', later(DAY_MS), 'cancelled', null);
  database
    .prepare("INSERT INTO events (at, kind, model, body) VALUES (?, 'registered', 'one', '{}')")
    .run(NOON);
  for (const step of migrations.slice(1, version)) step(database);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
  chmodSync(file, 0o600);
  return file;
}

describe('a file of an earlier version', () => {
  const versions = migrations.map((_, at) => at + 1).slice(0, -1);

  test.each(versions)('%i keeps everything and goes on from there', (version) => {
    using roster = opened(filledAt(version));
    expect(must(roster.model('one'))).toMatchObject({
      status: 'active',
      performance: { 'code-editing': { tasks: 2 } },
    });
    const days = () => recordsBetween(roster, { id: 'one', surface: 'code-editing' });
    expect(days().map(({ record }) => record.tallies.completion?.mean)).toEqual([1, 0]);
    const at = later(DAY_MS);
    const more = [decisionOf('d4', 'one', { at }), executionOf('d4', { at })];
    for (const applied of must(applyEvents(roster, more))) must(applied);
    expect(days().map(({ record }) => record.tasks)).toEqual([1, 2]);
    expect(must(roster.model('one'))?.performance['code-editing']?.tasks).toBe(3);
    const owl = { model: aModel('owl'), surface: 'change', prompts: textDigest('') } as const;
    must(keepReadings(roster, owl, goodRecord, NOON));
    expect(must(anchorsOnRecord(roster, owl))).toMatchObject({ right: 120, total: 120 });
  });

  test('that cannot be brought up to date is left as it was', () => {
    const file = filledAt(1);
    const broken = new DatabaseSync(file);
    broken.exec("UPDATE tasks SET facts = '{' WHERE decision = 'd2'");
    broken.close();
    expect(openRoster({ file, access: 'create' })).toMatchObject({ fault: { problem: 'broken' } });
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'days'").get(),
    ).toBeUndefined();
    database.close();
  });
});

describe('a file that is not used', () => {
  test('because a later version wrote it', () => {
    const file = newFile();
    opened(file)[Symbol.dispose]();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const fault = { kind: 'roster-newer', version: 99, supported: migrations.length };
    expect(openRoster({ file, access: 'create' })).toMatchObject({ ok: false, fault });
  });

  test.each([
    ['it is empty', (file: string) => writeFileSync(file, '', { mode: 0o600 }), 'broken'],
    [
      'it is something else',
      (file: string) => writeFileSync(file, 'models\n'.repeat(500), { mode: 0o600 }),
      'broken',
    ],
    ['it is a link', (file: string) => symlinkSync(newFile(), file), 'unsafe'],
    [
      'others may write it',
      (file: string) => {
        opened(file)[Symbol.dispose]();
        chmodSync(file, 0o666);
      },
      'unsafe',
    ],
  ])('because %s', (_, make, problem) => {
    const file = newFile();
    make(file);
    expect(openRoster({ file, access: 'create' })).toMatchObject({ fault: { problem } });
  });

  test('nobody else may read a new one', () => {
    const file = newFile();
    opened(file)[Symbol.dispose]();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the journal', () => {
  test('answers each event with what became of it, in one transaction', async () => {
    using roster = opened();
    const asked = { profile: profileOf('one'), at: NOON, because: 'first', replace: false };
    must(register(roster, { ...asked, status: 'active' }));
    const journal = new Journal(roster);
    const answers = [
      journal.record(decisionOf('d1', 'one')),
      journal.record(executionOf('d1')),
      journal.record(executionOf('d1')),
    ];
    await journal[Symbol.asyncDispose]();
    expect(await Promise.all(answers)).toMatchObject([
      { ok: true, value: 2 },
      { ok: true, value: 3 },
      { ok: false, fault: { kind: 'outcome-doubled' } },
    ]);
  });

  test('says that it is full, and says of every event that could not be written that it was not', async () => {
    const file = newFile();
    using roster = must(openRoster({ file, access: 'create', waitMs: 1 }));
    using other = opened(file);
    const asked = { profile: profileOf('one'), at: NOON, because: 'first', replace: false };
    must(register(roster, { ...asked, status: 'active' }));
    const journal = new Journal(roster);
    const waiting = Array.from({ length: WAITING_MAX }, (_, at) =>
      journal.record(decisionOf(`d${at}`, 'one')),
    );
    expect(await journal.record(decisionOf('more', 'one'))).toMatchObject({
      fault: { kind: 'journal-full', eventsMax: WAITING_MAX },
    });
    other.database.exec('BEGIN IMMEDIATE');
    journal.flush();
    const answers = await Promise.all(waiting);
    other.database.exec('ROLLBACK');
    expect(answers.every((each) => !each.ok && each.fault.kind === 'roster-unusable')).toBe(true);
    expect(must(roster.model('one'))?.load.running).toBe(0);
  });
});
