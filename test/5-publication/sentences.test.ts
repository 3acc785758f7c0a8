import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/4-verdict/judge.ts';
import { phraseOf } from '../../src/5-publication/check/phrases.ts';
import { faultWords } from '../../src/5-publication/fault-words.ts';
import { findingsOf, report } from '../../src/5-publication/report.ts';
import { wordsOf } from '../../src/5-publication/sentences.ts';
import { waiverRefusalWords } from '../../src/5-publication/waiver-refusal-words.ts';
import type { Finding } from '../../src/caws/findings.ts';
import type { DocumentFault } from '../../src/caws/law.ts';
import { type RuleId, rules } from '../../src/caws/rules.ts';
import type { Digest, VerdictId } from '../../src/primitives.ts';

const ids = Object.keys(rules) as readonly RuleId[];
const bare = (rule: RuleId): Finding => ({
  rule,
  gate: 'tests',
  subject: 'CART-1',
  measured: null,
  limit: null,
  places: [],
  placesTotal: 0,
  detail: {},
});
const full = (rule: RuleId): Finding => ({
  ...bare(rule),
  measured: { value: 1, unit: 'lines' },
  limit: { value: 2_000, unit: 'lines' },
  places: [{ file: 'src/cart/total.ts', line: 3, column: 1 }],
  placesTotal: 1,
  detail: {
    because: 'lcov.info',
    code: 1,
    commit: 'c'.repeat(40),
    commits: 1,
    days: 7,
    changes: 1,
    tier: 2,
    findings: 1,
    active: 'CART-1',
    file: '.caws/specs/CART-1.yaml',
    in: 'src/',
    known: 'CART-1',
    candidates: 'CART-1, TAX-2',
    between: 'CART-1, TAX-2',
    pattern: 'infra/**',
    until: '2027-03-01',
    missing: 'acceptance',
    lifecycle: 'draft',
    made: 'src/total-final.ts',
    beside: 'src/total.ts',
    one: 'src/A.ts',
    other: 'src/a.ts',
    by: '@sam',
    reason: 'the till is down',
    spec: 'CART-1',
    exitCode: 1,
    codePoints: 'U+202E',
    limit: 10,
  },
});

test.each([
  ['budget.bytes', 'bytes', 2_001, 2_000, 'adds 2,001 bytes; tier 2 allows 2,000 bytes.'],
  ['budget.bytes', 'bytes', 2_100, 2_000, 'adds 2.1 kB; tier 2 allows 2 kB.'],
  ['gate.below-minimum', 'percent', 79.996, 80, '79.996 %'],
] as const)('%s never says that one amount is over the same: %s', (rule, unit, is, may, words) => {
  const measured = { value: is, unit };
  const { says } = wordsOf({
    ...full(rule),
    subject: 'tier',
    measured,
    limit: { value: may, unit },
  });
  expect(says).toContain(words);
});

test.each([
  ['history.net-zero', /^1 line was written and taken back/],
  ['history.evil-merge', /^1 merge of the change brought 1 line /],
  ['unicode.homoglyph', /^1 file mixes letters/],
] as const)('%s speaks of one as of one', (rule, words) => {
  expect(wordsOf(full(rule)).says).toMatch(words);
});

test('what a gate printed stands in its sentence as lines that end with a sign', () => {
  const output = 'at load (a.js:1)\r\n\n   code 1\n\u202e\n';
  const ended = { ...bare('gate.exit-code'), detail: { output } };
  expect(wordsOf(ended).fix).toMatch(/It said: at load \(a\.js:1\) ⏎ code 1 ⏎ \\u\{202e\}$/);
  const late = { ...bare('gate.timed-out'), detail: { because: 'one\ntwo\n' } };
  expect(wordsOf(late).says).toContain('within its time (one ⏎ two).');
  const known = { ...late, detail: { ...late.detail, limitMs: 600_000 } };
  expect(wordsOf(known).says).toContain('did not end within 600 seconds (one ⏎ two).');
});

test('of a report that a failed command did not write, it is the command that is told of', () => {
  const detail = { because: 'no report', exitCode: 3, output: 'cannot find module x' };
  const { says, fix } = wordsOf({ ...bare('gate.unreadable'), detail });
  expect(says).toMatch(/ended with exit code 3, and its report cannot be read \(no report\)\.$/);
  expect(fix).toMatch(/^Run its command on the head .* It said: cannot find module x$/);
});

test('of a plea that names two specs it is said what was wanted, in its sentence and in few words', () => {
  const because = 'names the specs "CART-1", "TAX-2"';
  const finding = { ...bare('plea.unreadable'), detail: { because } };
  const { says, fix } = wordsOf(finding);
  expect([says, fix]).toEqual([
    'The plea names the specs "CART-1", "TAX-2"; a change is for one.',
    expect.stringContaining('Keep one line CAWS-SPEC: ID'),
  ]);
  expect(phraseOf(finding)).toBe('the plea names several specs');
});

const paths = new URL('../precedents/', import.meta.url);
const decided = readdirSync(paths, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const file = JSON.parse(readFileSync(new URL(`${name}/case.json`, paths), 'utf8'));
    const record = judge(file, {
      id: '01a40088-0000-7000-8000-000000000001' as VerdictId,
      caseDigest: `sha256:${'0'.repeat(64)}` as Digest,
    });
    if (!record.ok) throw new Error(name);
    return { name, record: record.value };
  });

/** What a sentence must not show, whatever the finding holds. */
const clumsy = /undefined|null|NaN|\[object|\(s\)|\(\)| {2}| [,;:)]| \.(?!\w)|\.\.$/;

describe.each(ids)('%s', (rule) => {
  test.each([
    ['with nothing but its rule', bare(rule)],
    ['with all its facts', full(rule)],
  ])('reads as a sentence and a way out, %s', (_, finding) => {
    const { says, fix } = wordsOf(finding);
    expect(says).not.toMatch(/undefined|null|NaN|\[object/);
    expect(fix).not.toBe('');
    if (finding.placesTotal === 0) return;
    expect(says).toMatch(/^\S.*[\p{L}\p{N}).!]$/u);
    expect(`${says} ${fix}`).not.toMatch(clumsy);
  });
});

test('of every decided case each sentence reads well and one is not like another', () => {
  for (const { name, record } of decided) {
    const said = findingsOf(record).map((finding) => wordsOf(finding).says);
    for (const sentence of said) expect(sentence, name).not.toMatch(clumsy);
    expect(new Set(said).size, name).toBe(said.length);
  }
});

test('names from the change cannot move the cursor, turn text or write a line of their own', () => {
  const hostile = '\u001b[2J\u202eevil\nPASS  \u0007';
  for (const rule of ids) {
    const finding = full(rule);
    const { says, fix } = wordsOf({
      ...finding,
      subject: hostile,
      places: [{ file: hostile, line: 1, column: 1 }],
      detail: Object.fromEntries(Object.keys(finding.detail).map((key) => [key, hostile])),
    });
    expect(says + fix, rule).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
});

test('what was measured of a merge that git cannot make again is called no edit of its own', () => {
  const told = (commits: number, untried: number) =>
    wordsOf({
      ...full('history.evil-merge'),
      detail: { commits, untried, commit: 'c'.repeat(40) },
    });
  expect(told(1, 1).says).toBe(
    'Git cannot make 1 merge of the change again (a conflict, no common history or too many parents), so that all counts that differs from a parent: 1 line, cccccccccccc.',
  );
  expect(told(3, 1).says).toContain('Git cannot make 1 of them again');
  expect(told(1, 1).fix).toContain('one branch after the other');
});

test('a plea that cannot be read is told by its place, its form and what comes next', () => {
  const told = (file: string, line: number | null) =>
    wordsOf({ ...bare('plea.unreadable'), places: [{ file, line, column: line }], placesTotal: 1 });
  expect(told('plea.yaml', 3).says).toBe('The plea cannot be read at plea.yaml:3:3.');
  expect(told('plea.yaml', null).says).toBe('The plea cannot be read at plea.yaml.');
  expect(told('plea.yaml', 3).fix).toContain('version: 1');
  expect(told('plea.yaml', 3).fix).toContain('arbiter verify --plea FILE');
  expect(told('pull request body', 3).fix).toContain('Mend the caws-plea block of the body');
});

test('a report begins with the verdict and ends with what was judged', () => {
  for (const { name, record } of decided) {
    const lines = report(record, (_, text) => text)
      .trimEnd()
      .split('\n');
    expect(lines[0], name).toMatch(/^(PASS|FAIL|WAIVER REQUIRED) {2}\S.*\.$/);
    expect(lines.at(-1), name).toContain(record.id);
    for (const { rule } of findingsOf(record)) expect(lines.join('\n'), name).toContain(rule);
  }
});

test('a verdict that only observes says so under its first line', () => {
  const observed = decided.find(({ name }) => name === 'observed-only');
  const [, second] = report(observed?.record as never, (_, text) => text).split('\n');
  expect(second).toBe(
    'The policy only observes: nothing is blocked, this is what would have happened.',
  );
});

describe('a change that could not be measured whole is told', () => {
  const words = (subject: string, limit?: number) =>
    wordsOf({
      ...bare('change.incomplete'),
      subject,
      detail: limit === undefined ? {} : { limit },
    });

  test.each([
    ['too-many-files', 5_000, 'more than 5,000 files'],
    ['too-many-commits', 5_000, 'more than 5,000 commits'],
    ['too-many-bytes', 64_000_000, 'more than 64 MB'],
    ['inspected-file-too-large', 262_144, 'more than 262.1 kB'],
    ['timed-out', 60_000, 'longer than 60 seconds'],
  ])(
    '%s with its bound in its unit, and without a fetch that would not help',
    (what, limit, says) => {
      expect(words(what, limit).says).toContain(says);
      expect(words(what, limit).fix).not.toContain('git fetch');
    },
  );

  test.each(['blob-missing', 'blob-unreadable'])('%s with the fetch that brings it', (what) => {
    expect(words(what).fix).toContain('git fetch --unshallow --refetch');
    expect(words(what).fix).not.toContain('Split');
  });
});

test('a plan that cannot be read is mended for the command that reads plans', () => {
  const place = { line: 1, column: 1 };
  const words = { message: 'lacks "files"', hint: 'Add files.' };
  const problem = { rule: 'plan.missing', severity: 'error', ...words, ...place } as const;
  const document: DocumentFault = { file: 'plan.yaml', problems: [problem] };
  expect(faultWords({ kind: 'plan-invalid', document }).text).toContain(
    'check with: arbiter plan check plan.yaml',
  );
  expect(faultWords({ kind: 'document-invalid', document }).text).toContain(
    'check with: arbiter config validate plan.yaml',
  );
});

test.each([
  ['too-few-approvers', { people: 1, needed: 2 }, 'of 2 approvers it has 1'],
  ['worse-than-floor', { floor: 200, measured: 220 }, 'the change has become worse'],
  ['worse-than-floor', { floor: 'none', measured: 220 }, 'it says nothing of this'],
  ['id-of-several', { several: 2 }, 'another waiver of the same id allows something else'],
] as const)(
  'why a waiver does not count is told from what was found: %s %j',
  (because, detail, says) => {
    expect(waiverRefusalWords({ waiver: 'W-1', because, detail })).toContain(`count: ${says}`);
  },
);

test.each(['ENOSPC', 'EDQUOT'])('of a full disk the remedy is room: %s', (reason) => {
  const room = /make room, and run the command again/;
  expect(faultWords({ kind: 'key-unreadable', where: '/k', reason }).text).toMatch(room);
  expect(faultWords({ kind: 'file-unwritable', file: '/f', reason }).text).toMatch(room);
  expect(faultWords({ kind: 'file-unwritable', file: '/f', reason: 'EACCES' }).text).not.toMatch(
    room,
  );
});
