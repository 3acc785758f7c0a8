import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openReportReader, type ReadingBounds } from '../../src/adapters/reports/report-reader.ts';
import { fail } from '../../src/primitives.ts';
import { adjudicated } from './cycle.ts';
import { code, coverageGate, lcov, policy } from './documents.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

function verdictsIn(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("select count(*) as n from entries where kind = 'verdict'").get();
  return Number(row?.['n']);
}

test('a verdict stands in the ledger before anyone is told, and is told once', async () => {
  using story = new Story();
  story.worker.stays();
  const told: number[] = [];
  const judged = await adjudicated(story, {
    publisher: {
      announce: async () => {
        told.push(verdictsIn(story.ledgerFile));
      },
    },
  });
  expect(judged.ok).toBe(true);
  expect(told).toEqual([1]);
});

test('what could not be recorded is told to nobody', async () => {
  using story = new Story();
  story.worker.stays();
  let told = 0;
  const judged = await adjudicated(story, {
    publisher: {
      announce: async () => {
        told += 1;
      },
    },
    ledger: (real) => ({
      append: async () => fail({ kind: 'ledger-full', file: 'ledger.db', reason: 'no space' }),
      entry: (sequence) => real.entry(sequence),
      find: (kind, about) => real.find(kind, about),
      recent: (...asked) => real.recent(...asked),
      beyond: (...asked) => real.beyond(...asked),
      blob: (digest) => real.blob(digest),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  expect(judged).toMatchObject({ ok: false, fault: { kind: 'ledger-full' } });
  expect(told).toBe(0);
  expect(verdictsIn(story.ledgerFile)).toBe(0);
});

test('a report that cannot be read in time ends in no verdict; read elsewhere it gives the one it would give here', async () => {
  using story = new Story({ law: { '.caws/policy.yaml': policy(coverageGate) } });
  story.worker.stays();
  const evidence = dirname(story.beside('reports/lcov.info', lcov(80)));
  const publisher = { announce: async () => {} };
  const judgedBy = async (bounds: Partial<ReadingBounds>) => {
    await using reports = openReportReader({ hereCharactersMax: 0, ...bounds });
    return await adjudicated(story, { publisher, evidence, reports });
  };
  expect(await judgedBy({ timeMsMax: 0 })).toMatchObject({
    ok: false,
    fault: { kind: 'report-unread', gate: 'coverage', report: 'lcov.info', because: 'time' },
  });
  expect(verdictsIn(story.ledgerFile)).toBe(0);
  expect(await judgedBy({})).toMatchObject({ value: { record: { verdict: 'PASS' } } });
});

test('a crash while telling loses no verdict', async () => {
  using story = new Story();
  story.worker.stays();
  const crash = new Error('the line went dead');
  await expect(
    adjudicated(story, { publisher: { announce: () => Promise.reject(crash) } }),
  ).rejects.toBe(crash);
  expect(verdictsIn(story.ledgerFile)).toBe(1);
  await expect(story).toTellTheSame();
});

test('a look at what is staged finds what the verdict on the commit finds, and records nothing', async () => {
  using story = new Story();
  story.worker.stays();
  const hands = story.handsOf(story.author);
  hands.writes('src/cart/big.ts', code(70));
  hands.writes('docs/price.md', 'What a price is.\n');
  hands.git('add', '-A');
  const looked = await story.look('--staged');
  expect(await story.verdict()).toBe('PASS');
  hands.git('commit', '-q', '-m', 'More');
  const word = await story.verdict();
  const record = await story.record();
  expect(looked.verdict).toBe(word);
  expect(looked.examination.findings.map(({ rule, subject }) => [rule, subject])).toEqual(
    record.examination.findings.map(({ rule, subject }) => [rule, subject]),
  );
  expect(looked.totals).toMatchObject({ files: record.totals.files, lines: record.totals.lines });
  expect(verdictsIn(story.ledgerFile)).toBe(2);
});

test('the same change judged twice gives two records of one verdict', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  const first = await story.verdict();
  const one = await story.record();
  const second = await story.verdict();
  const two = await story.record();
  expect(second).toBe(first);
  expect(two.id).not.toBe(one.id);
  expect(two.subject).toEqual(one.subject);
  await expect(story).toTellTheSame();
});
