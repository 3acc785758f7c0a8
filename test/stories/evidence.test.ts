import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { code, coverageGate, lcov, policy } from './documents.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const covered = { law: { '.caws/policy.yaml': policy(coverageGate) } };
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

test('a gate that nobody answers is no pass', async () => {
  using story = new Story(covered);
  story.worker.stays();
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['gate.missing needs-waiver']);
});

test('a report decides by what it measured', async () => {
  using story = new Story(covered);
  story.worker.stays();
  const reports = dirname(story.beside('reports/lcov.info', lcov(79)));
  expect(await story.verdict('--evidence', reports)).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['gate.below-minimum needs-waiver']);
  expect(story.said.out).toContain('79 %');
  story.beside('reports/lcov.info', lcov(80));
  expect(await story.verdict('--evidence', reports)).toBe('PASS');
  await expect(story).toTellTheSame();
});

test.each([
  ['that is cut off', 'TN:\nSF:src/cart/total.ts\nBRF:100\n'],
  ['that is empty', ''],
  ['that is something else', '<html>'],
])('a report %s is no pass', async (_what, text) => {
  using story = new Story(covered);
  story.worker.stays();
  const reports = dirname(story.beside('reports/lcov.info', text));
  expect(await story.verdict('--evidence', reports)).toBe('WAIVER_REQUIRED');
});

test('a folder that is not there is no answer, and no crash', async () => {
  using story = new Story(covered);
  story.worker.stays();
  expect(await story.verdict('--evidence', 'nowhere')).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['gate.missing needs-waiver']);
});

test('a character across a bound keeps no change from its verdict', async () => {
  const gate = `gates:
  unit:
    mode: block
    measures: tests
    answer: { by: evidence, format: junit, file: junit.xml }
    min_trust: local
`;
  using story = new Story({ law: { '.caws/policy.yaml': policy(gate) } });
  const trailer = `CAWS-SPEC: ${'x'.repeat(511)}😀`;
  story.worker.commits((hands) => hands.writes('src/cart/tax.ts', code(5)), `Tax\n\n${trailer}`);
  const report = `<testsuite tests="${'x'.repeat(39)}😀"><testcase name="a"/></testsuite>`;
  const reports = dirname(story.beside('reports/junit.xml', report));
  const plea = story.beside('plea.yaml', 'rationale: [{ id: C1, text: "\\uD800" }]\n');
  expect(await story.verdict('--evidence', reports, '--plea', plea)).toBe('FAIL');
  expect(await story.findings()).toEqual(
    expect.arrayContaining([
      'gate.contradiction needs-waiver',
      'plea.unreadable needs-waiver',
      'spec.named-missing fails',
    ]),
  );
  await expect(story).toTellTheSame();
});

test('evidence that is not the file that was pleaded fails, however good its numbers', async () => {
  using story = new Story(covered);
  story.worker.stays();
  const reports = dirname(story.beside('reports/lcov.info', lcov(100)));
  const plead = (digest: string) =>
    story.beside(
      'plea.yaml',
      `version: 1\nevidence:\n  - { name: coverage, file: lcov.info, digest: '${digest}' }\n`,
    );
  expect(await story.verdict('--evidence', reports, '--plea', plead(digestOf(lcov(80))))).toBe(
    'FAIL',
  );
  expect(await story.findings()).toContain('plea.evidence-digest-differs fails');
  expect(await story.verdict('--evidence', reports, '--plea', plead(digestOf(lcov(100))))).toBe(
    'PASS',
  );
});

test('a change.diff must say what git says', async () => {
  using story = new Story();
  story.worker.stays();
  const diff = `${story.git(story.author, 'diff', 'main...feature')}\n`;
  const plea = story.beside('plea.yaml', 'version: 1\nchange_diff: change.diff\n');
  story.beside('change.diff', diff);
  expect(await story.verdict('--plea', plea)).toBe('PASS');
  story.beside('change.diff', diff.replace('net + 3', 'net + 4'));
  expect(await story.verdict('--plea', plea)).toBe('FAIL');
  expect(await story.findings()).toEqual(['plea.diff-differs fails']);
  expect(story.said.out).toMatch(
    /is not what git says of src\/cart\/\S+: it gives other contents \([0-9a-f]{12} by the diff, /,
  );
});

test('a plea that cannot be read is a doubt that people decide, not a crash', async () => {
  using story = new Story();
  story.worker.stays();
  const plea = story.beside('plea.yaml', 'version: 1\nrationale: because\n');
  expect(await story.verdict('--plea', plea)).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['plea.unreadable needs-waiver']);
  const { out } = story.said;
  expect(out).toContain(
    `The plea cannot be read at ${plea}:2:12 (rationale is the text "because").`,
  );
  expect(out).toContain('rationale: [{ id: C1, text: … }]');
  expect(out).toContain('Mend it there, then: arbiter verify --plea FILE; or leave it out.');
});
