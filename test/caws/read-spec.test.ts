import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSpec } from '../../src/caws/read-spec.ts';
import type { Spec } from '../../src/caws/spec.ts';

const read = (text: string) => readSpec({ file: '.caws/specs/X-1.yaml', text });

function spec(text: string): Spec {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault.problems));
  return result.value;
}

function problems(text: string): readonly string[] {
  const result = read(text);
  if (result.ok) return [];
  return result.fault.problems.map(({ rule, line, column }) => `${rule} ${line}:${column}`);
}

const least = 'id: FEAT-1\nrisk_tier: 2\nscope: {in: [src/]}\n';

test('a spec of version 11 keeps its lifecycle', () => {
  for (const state of ['draft', 'active', 'closed', 'archived'])
    expect(spec(`${least}lifecycle_state: ${state}`)).toMatchObject({
      dialect: '11',
      lifecycle: state,
    });
  expect(problems(`${least}lifecycle_state: alive`)).toEqual(['spec.not-allowed 4:18']);
});

test.each([
  ['', 'active'],
  ['status: active', 'active'],
  ['status: In Progress', 'active'],
  ['status: draft', 'draft'],
  ['status: closed', 'closed'],
  ['status: completed', 'closed'],
  ['status: archived', 'archived'],
  ['status: whatever', 'closed'],
])('an older spec with %j counts as %s', (status, lifecycle) => {
  expect(spec(`${least}operational_rollback_slo: 5m\n${status}`).lifecycle).toBe(lifecycle);
});

test('the tier written as text is that tier, so that no rule of the tier is skipped', () => {
  expect(spec('id: FEAT-1\nrisk_tier: "1"\nscope: {in: [a]}').tier).toBe(1);
});

test.each(['T1', '4', '0', '2.5', 'null', '"01"', '[1]', '', '" 1"', 'true'])(
  'risk_tier: %s is no tier',
  (tier) => {
    const rules = problems(`id: FEAT-1\nrisk_tier: ${tier}\nscope: {in: [a]}`);
    expect(rules[0]).toMatch(/^spec\.not-allowed 2:/);
  },
);

test.each([
  ['a string', 'scope: {in: src/}', ['src/']],
  ['a list', 'scope: {in: [src/, "test/**"]}', ['src/', 'test/**']],
])('scope.in may be %s', (_, scope, expected) => {
  expect(spec(`id: FEAT-1\nrisk_tier: 3\n${scope}`).scopeIn).toEqual(expected);
});

test.each([
  ['id: FEAT-1\nrisk_tier: 1', 'spec.missing-key 1:1'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {}', 'spec.missing-key 3:8'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: []}', 'spec.wrong-count 3:13'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: null}', 'spec.wrong-type 3:13'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: [src]', 'spec.wrong-type 3:8'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: [1]}', 'spec.wrong-type 3:14'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: [a, ../x]}', 'spec.glob 3:17'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: [a], out: [/etc]}', 'spec.glob 3:24'],
  ['id: FEAT-1\nrisk_tier: 1\nscope: {in: [a], support: ["!b"]}', 'spec.glob 3:28'],
  ['risk_tier: 1\nscope: {in: [a]}', 'spec.missing-key 1:1'],
  ['id: "a b"\nrisk_tier: 1\nscope: {in: [a]}', 'spec.malformed 1:5'],
  ['id: {{ID}}\nrisk_tier: 1\nscope: {in: [a]}', 'yaml.key 1:6'],
  [`${least}change_budget: {max_files: .nan}`, 'yaml.not-finite 4:28'],
  [`${least}change_budget: {max_files: "5"}`, 'spec.wrong-type 4:28'],
  [`${least}change_budget: {max_loc: -1}`, 'spec.out-of-range 4:26'],
  [`${least}experimental_mode: {enabled: true}`, 'spec.experiment-without-end 4:20'],
  [
    `${least}experimental_mode: {enabled: true, expires_at: soon}`,
    'spec.experiment-without-end 4:48',
  ],
  ['', 'spec.not-a-map 1:1'],
  ['- a', 'spec.not-a-map 1:1'],
])('a spec that cannot bind is refused where it is wrong: %#', (text, problem) => {
  expect(problems(text)).toContain(problem);
});

describe('what is carried over', () => {
  test('budget, waivers, contracts and acceptance of 2025', () => {
    const text = `${least}change_budget: {max_files: 3}
waiver_ids: [WV-0001]
contracts: [{type: openapi, path: api.yaml}, {name: x}]
acceptance: [{id: A1, then: works}, {then: too}]
invariants: [holds, 7]
mode: banana
`;
    expect(spec(text)).toMatchObject({
      changeBudget: { files: 3, lines: null },
      waiverIds: ['WV-0001'],
      contracts: [
        { type: 'openapi', path: 'api.yaml' },
        { type: '', path: null },
      ],
      invariants: ['holds'],
      mode: 'other',
    });
    expect(spec(text).acceptance.map(({ id }) => id)).toEqual(['A1', 'A2']);
    const whole = '[{"id":"A1","given":"a cart","when":"it is paid","then":"it is empty"}]';
    expect(JSON.stringify(spec(`${least}acceptance: ${whole}\n`).acceptance)).toBe(whole);
  });

  test('an experiment ends at the end of the day it names', () => {
    const text = `${least}experimental_mode: {enabled: true, expires_at: 2026-01-31}`;
    expect(spec(text).experimentalUntil).toBe('2026-02-01T00:00:00.000Z');
    expect(spec(`${least}experimental_mode: {enabled: false}`).experimentalUntil).toBeNull();
  });

  test('the digest is over the bytes of the file', () => {
    expect(spec(least).digest).not.toBe(spec(`${least}\n`).digest);
  });
});

test('any text gives a spec or a located fault', () => {
  const line = fc.constantFrom(
    'id: A-1',
    'risk_tier: 1',
    'risk_tier: "1"',
    'scope: {in: [a]}',
    'scope:',
    '  in: a',
    '  out:',
    'status: 3',
    'mode: []',
    'acceptance: 5',
    'contracts: {a: 1}',
    'lifecycle_state: active',
    '__proto__: 1',
    'experimental_mode: 1',
    'waiver_ids: null',
    'change_budget: []',
    'title: 2020-01-01',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 10 }), (lines) => {
      const result = read(lines.join('\n'));
      if (!result.ok) expect(result.fault.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 600 },
  );
});

const corpus = process.env['CAWS_CORPUS'];
if (corpus === undefined) console.log('corpus specs skipped: CAWS_CORPUS is not set');
test.skipIf(corpus === undefined)('every spec that any published tool accepts can bind', () => {
  const manifest: unknown = JSON.parse(readFileSync(`${corpus}/manifest.json`, 'utf8'));
  const entries = Object.values(manifest as Record<string, Record<string, unknown>>);
  let accepted = 0;
  for (const { file, kind, verdicts } of entries) {
    if (kind !== 'spec' && kind !== 'working-spec') continue;
    const text = readFileSync(`${corpus}/${String(file)}`, 'utf8');
    const result = readSpec({ file: String(file), text });
    const versions = ['cli-4.0.0', 'cli-10.2.0', 'cli-12.0.0'];
    if (!versions.some((name) => (verdicts as Record<string, unknown>)[name] === true)) continue;
    accepted += 1;
    expect([file, result.ok ? [] : result.fault.problems]).toEqual([file, []]);
  }
  expect(accepted).toBeGreaterThan(0);
});
