import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { recordsBetween } from '../../../src/adapters/roster/history.ts';
import { register } from '../../../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../../../src/adapters/roster/roster.ts';
import { counted, merged, noPerformance } from '../../../src/models/performance.ts';
import { must, NOON, newFile, opened, profileOf } from './kit.ts';

const program = join(import.meta.dirname, 'journal-process.ts');

function writer(file: string, prefix: string, tasks: number) {
  const args = [program, file, 'one', prefix, String(tasks)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

function withModel(file: string): void {
  using roster = opened(file);
  const asked = { profile: profileOf('one'), at: NOON, because: 'first', replace: false };
  must(register(roster, { ...asked, status: 'active' }));
}

/** Everything that is kept twice says the same, and what is counted is what the tasks say. */
function expectConsistent(roster: Roster): void {
  const tasks = roster.database.prepare('SELECT decision, state, facts FROM tasks').all();
  const model = must(roster.model('one'));
  const open = tasks.filter(({ state }) => state === 'open').length;
  expect(model?.load.running).toBe(open);
  const facts = tasks.flatMap(({ facts: text }) =>
    text === null ? [] : [JSON.parse(String(text))],
  );
  const recounted = facts.reduce((sum, each) => counted(sum, null, each), noPerformance);
  const days = recordsBetween(roster, { id: 'one', surface: 'code-editing' });
  const summed = days.reduce((sum, { record }) => merged(sum, record), noPerformance);
  for (const record of [model?.performance['code-editing'], summed]) {
    expect(record?.tasks).toBe(facts.length);
    expect(record?.tallies.latencyMs?.buckets).toEqual(recounted.tallies.latencyMs?.buckets);
    expect(record?.tallies.completion?.mean).toBeCloseTo(
      recounted.tallies.completion?.mean ?? 0,
      9,
    );
  }
  const events = roster.database.prepare(
    "SELECT count(*) AS n FROM events WHERE kind <> 'registered'",
  );
  expect(events.get()?.['n']).toBe(tasks.length + facts.length);
}

test('four processes that record at once lose nothing and count nothing twice', async () => {
  const file = newFile();
  withModel(file);
  const writers = ['a', 'b', 'c', 'd'].map((prefix) => writer(file, prefix, 60));
  for (const each of writers) each.stdout.resume();
  const codes = await Promise.all(writers.map((each) => once(each, 'exit')));
  expect(codes.map(([code]) => code)).toEqual([0, 0, 0, 0]);
  using roster = opened(file);
  const record = must(roster.model('one'))?.performance['code-editing'];
  expect(record?.tasks).toBe(240);
  expect(record?.tallies.completion?.mean).toBeCloseTo(0.45, 9);
  expectConsistent(roster);
});

test('two processes that make the file at once make one', async () => {
  const file = newFile();
  const writers = ['a', 'b'].map((prefix) => writer(file, prefix, 0));
  const codes = await Promise.all(writers.map((each) => once(each, 'exit')));
  expect(codes.map(([code]) => code)).toEqual([0, 0]);
  expect(openRoster({ file, access: 'open' }).ok).toBe(true);
});

test('what was acknowledged before a kill is there, and nothing is half there', async () => {
  const file = newFile();
  withModel(file);
  const child = writer(file, 'k', 100_000);
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === 90) child.kill('SIGKILL');
  }
  // What was printed before the end is read to the end, also what came after the order to kill.
  expect(acknowledged.length).toBeGreaterThanOrEqual(90);
  using roster = opened(file);
  const done = roster.database.prepare("SELECT 1 FROM tasks WHERE decision = ? AND state = 'done'");
  expect(acknowledged.filter((decision) => done.get(decision) === undefined)).toEqual([]);
  expectConsistent(roster);
});
