import { expect, test } from 'vitest';
import type { Done } from '../../action/run.ts';
import { summaryLine, summaryRows } from '../../action/summary.ts';
import type { GateAnswerGiven } from '../../src/3-deliberation/deliberation.ts';

const answered = (gate: string, exitCode: number): GateAnswerGiven => ({
  ...{ gate, state: 'answered', trust: 'local', exitCode, durationMs: 4_200 },
  ...{ evidence: [], outputTail: '', isolation: 'bwrap' },
});
const done = (...gates: readonly GateAnswerGiven[]): Done => ({
  ...{ gates, isolation: 'bwrap', unsent: null },
});

test('a person sees which command did not end well, on which code, and why', () => {
  const late = { state: 'timed-out', detail: 'at <b>', durationMs: 61_000 } as const;
  const ran = done(
    answered('tests', 0),
    answered('tests@base', 0),
    answered('tests@base-tests', 1),
    { gate: 'lint', ...late },
  );
  expect(summaryRows(ran)).toEqual([
    ['✓', 'tests', 'exit 0', '4.2 s'],
    ['✓', 'tests, on the target', 'exit 0', '4.2 s'],
    ['✗', 'tests, with the tests of the target', 'exit 1', '4.2 s'],
    ['✗', 'lint', 'timed out: at &#60;b&#62;', '1 min 1 s'],
  ]);
  expect(summaryLine(ran)).toBe(
    '2 of 4 commands did not end well: tests, with the tests of the target; lint.',
  );
});

test('the line above says that all is well, or that nothing was run', () => {
  expect(summaryLine(done(answered('tests', 0)))).toBe('The 1 command ended well.');
  expect(summaryLine(done(answered('a', 0), answered('b', 0)))).toBe('All 2 commands ended well.');
  expect(summaryLine(done())).toBe('No command was planned.');
});
