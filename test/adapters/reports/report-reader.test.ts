import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { EvidenceItem, GateAnswerGiven } from '../../../src/3-deliberation/deliberation.ts';
import {
  openReportReader,
  type ReadingBounds,
} from '../../../src/adapters/reports/report-reader.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';

function reader(bounds: Partial<ReadingBounds> = {}) {
  const opened = openReportReader(bounds);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

const junit = (cases: number, name = 'junit.xml'): EvidenceItem => {
  const text = `<testsuites>${'<testcase name="a"/>'.repeat(cases)}</testsuites>`;
  return { name, format: 'junit', trust: 'runner', text, digest: textDigest(text) };
};

const answered = (gate: string, ...evidence: EvidenceItem[]): GateAnswerGiven => ({
  ...{ gate, state: 'answered', trust: 'runner', exitCode: 0, durationMs: 1, evidence },
  ...{ outputTail: '', isolation: 'bwrap' },
});

/** How often others had their turn before it came. */
async function turnsUntil(came: Promise<unknown>): Promise<number> {
  let isOver = false;
  void came.finally(() => {
    isOver = true;
  });
  for (let turns = 0; ; turns += 1) {
    if (isOver) return turns;
    await nextTurn();
  }
}

test('while a large report is read others have their turns, and it comes to the same', async () => {
  const item = junit(20_000);
  const reading = reader().read([answered('tests', item)]);
  // Read in between, it would hold all others until it is done: one turn, or two.
  expect(await turnsUntil(reading)).toBeGreaterThan(20);
  const read = await reading;
  expect(read.ok && read.value(item)).toEqual({
    ok: true,
    value: { kind: 'tests', total: 20_000, passed: 20_000, failed: 0, skipped: 0 },
  });
});

test('a report that shows nothing is told as it would be told here', async () => {
  const cut = { ...junit(9_000), text: junit(9_000).text.slice(0, -5) };
  const read = await reader().read([answered('tests', cut)]);
  expect(read.ok && read.value(cut)).toMatchObject({ fault: { kind: 'not-well-formed' } });
});

const ends: readonly (readonly [string, Partial<ReadingBounds>, object])[] = [
  ['longer than it may', { timeMsMax: 1 }, { because: 'time', limit: 1 }],
  ['more memory than it may', { memoryBytesMax: 8 * 1024 ** 2 }, { because: 'memory' }],
];
test.each(ends)(
  'a report that takes %s is not read, and the next one is',
  async (_, bounds, end) => {
    const opened = reader({ ...bounds, hereCharactersMax: 10_000 });
    const large = answered('tests', junit(200_000));
    const fault = { kind: 'report-unread', gate: 'tests', report: 'junit.xml', ...end };
    expect(await opened.read([large])).toMatchObject({ ok: false, fault });
    const small = junit(3);
    const next = await opened.read([answered('lint', small)]);
    expect(next.ok && next.value(small)).toMatchObject({ value: { total: 3 } });
  },
);

test('a report that was ended once costs nothing more', async () => {
  const opened = reader({ timeMsMax: 1 });
  const large = answered('tests', junit(50_000));
  const first = await opened.read([large]);
  expect(await turnsUntil(opened.read([large]))).toBeLessThan(3);
  expect(await opened.read([large])).toEqual(first);
});

test('a report that was ended is tried again when time has passed: a machine is not always as busy', async () => {
  let now = 0;
  const opened = openReportReader({ timeMsMax: 20, againMs: 1_000 }, () => now);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  const large = answered('tests', junit(50_000));
  const unread = { fault: { kind: 'report-unread', because: 'time' } };
  // Each try is by a process of its own: the one before was ended.
  let tries = 0;
  const count = () => {
    tries += 1;
  };
  subscribe('child_process', count);
  onTestFinished(() => {
    unsubscribe('child_process', count);
  });
  for (const [at, tried] of [
    [0, 1],
    [999, 1],
    [1_000, 2],
  ] as const) {
    now = at;
    expect(await opened.read([large])).toMatchObject(unread);
    expect(tries).toBe(tried);
  }
});

test('a process that ended while nothing was read costs the next report nothing', async () => {
  const opened = reader({ timeMsMax: 30_000 });
  const started: ChildProcess[] = [];
  const note = (told: unknown) => {
    started.push((told as { readonly process: ChildProcess }).process);
  };
  subscribe('child_process', note);
  onTestFinished(() => {
    unsubscribe('child_process', note);
  });
  expect(await opened.read([answered('tests', junit(5_000))])).toMatchObject({ ok: true });
  const ended = once(started[0] as ChildProcess, 'exit');
  started[0]?.kill('SIGKILL');
  await ended;
  expect(await opened.read([answered('tests', junit(5_001))])).toMatchObject({ ok: true });
  expect(started).toHaveLength(2);
});

test('a report that cannot be handed over holds up nobody who comes after it', async () => {
  const opened = reader();
  const odd = { ...junit(9_000), format: (() => 'junit') as unknown as 'junit' };
  await expect(opened.read([answered('tests', odd)])).rejects.toThrow(/could not be cloned/);
  const next = junit(9_000);
  const read = await opened.read([answered('tests', next)]);
  expect(read.ok && read.value(next)).toMatchObject({ value: { total: 9_000 } });
});

test('whoever still waits when it is closed is told so, and nothing runs on', async () => {
  const opened = openReportReader();
  const waiting = ['one.xml', 'two.xml'].map((name) =>
    opened.read([answered('tests', junit(100_000, name))]),
  );
  await nextTurn();
  await opened[Symbol.asyncDispose]();
  for (const each of await Promise.all(waiting))
    expect(each).toMatchObject({ fault: { kind: 'report-unread', because: 'ended' } });
});
