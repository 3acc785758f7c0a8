/** Two policies that meet: of each value the stricter, and never a milder verdict than under either. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planGates } from '../../src/3-deliberation/plan.ts';
import { combiningGate } from '../../src/caws/combined-gates.ts';
import { combinePolicies, combining } from '../../src/caws/combined-policy.ts';
import type { OrganizationLaw } from '../../src/caws/law.ts';
import type { Policy } from '../../src/caws/policy.ts';
import { type PolicyReading, readPolicy } from '../../src/caws/read-policy.ts';
import { ok } from '../../src/primitives.ts';
import { aFile, aSpec, aWaiver, examined, later, sha, verdictOf } from '../2-examination/case.ts';

const root = join(import.meta.dirname, '../..');
const shipped = {
  file: 'policies/default.policy.yaml',
  text: readFileSync(join(root, 'policies/default.policy.yaml'), 'utf8'),
};
const schema = JSON.parse(
  readFileSync(join(root, 'policies/schema/policy.schema.json'), 'utf8'),
) as Schema;

function readingOf(source: string | null, theirs?: string): PolicyReading {
  const own = source === null ? null : { file: '.caws/policy.yaml', text: source };
  const read = readPolicy(own, shipped, theirs === undefined ? undefined : lawOf(theirs));
  if (!read.ok) throw new Error(JSON.stringify(read.fault));
  return read.value;
}

const lawOf = (text: string): OrganizationLaw => ({
  repository: 'acme/.github',
  commit: sha('org'),
  policy: { file: 'acme/.github/.caws/policy.yaml', text },
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly additionalProperties?: boolean | Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Keys of the schema that have neither a rule nor rules within. */
function unruled(part: Schema, rules: unknown, path: string): readonly string[] {
  if (typeof rules === 'function') return [];
  if (typeof rules !== 'object' || rules === null) return [path];
  const named = part.$ref?.replace('#/$defs/', '');
  const { properties = {} } = named === undefined ? part : (schema.$defs?.[named] ?? {});
  return Object.entries(properties).flatMap(([key, inner]) =>
    unruled(inner, (rules as Readonly<Record<string, unknown>>)[key], `${path}.${key}`),
  );
}

describe('the rules of combining', () => {
  test('leave out no key of the schema', () => {
    expect(unruled(schema, combining, '')).toEqual([]);
    expect(unruled({ $ref: '#/$defs/gate' }, combiningGate, 'gates')).toEqual([]);
  });

  test('and a key that has none is found', () => {
    const more = { properties: { ...schema.properties, hue: {} } };
    expect(unruled(more, combining, '')).toEqual(['.hue']);
    const { rolling: _, ...less } = combining;
    expect(unruled(schema, less, '')).toEqual(['.rolling']);
  });
});

test('a cache is kept as both have written it, and makes no gate another one', () => {
  const policy = (caches: string) =>
    `version: 1\ngates: {t: {answer: {by: command, command: [x]${caches}}}}`;
  const both = '{path: a, key: [l]}';
  const read = (own: string, theirs: string) => readingOf(policy(own), policy(theirs)).policy.gates;
  const answered = (caches: string, others: string) =>
    read(caches, others).flatMap(({ id, answer }) =>
      answer.by === 'command' ? [[id, answer.caches]] : [],
    );
  const one = `, caches: [${both}, {path: b, key: [l]}]`;
  expect(answered(one, `, caches: [{path: b, key: [m]}, ${both}]`)).toEqual([
    ['t', [{ path: 'a', key: ['l'] }]],
  ]);
  expect(answered(one, '')).toEqual([['t', undefined]]);
  expect(answered('', one)).toEqual([['t', undefined]]);
});

/** Values of the document, each left out or written, so that every rule meets every combination. */
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const caps = {
  max_files: maybe(fc.nat(12)),
  max_loc: maybe(fc.nat(300)),
  max_bytes: maybe(fc.nat(20_000)),
  max_line_bytes: maybe(fc.nat(100)),
};
const tier = fc.record({
  ...caps,
  coverage_threshold: maybe(fc.nat(100)),
  contracts_required: maybe(fc.boolean()),
  manual_review_required: maybe(fc.boolean()),
});
const patterns = fc.subarray(['src/', 'docs/', 'infra/', '**/package-lock.json', 'lib/x/**']);
const people = fc.subarray(['@mia', '@noor', '@acme/team']);
const mode = fc.constantFrom('block', 'warn', 'skip');
const gate = fc.record({
  mode: maybe(mode),
  waivable: maybe(fc.boolean()),
  approvers: maybe(people),
  min_approvers: maybe(fc.integer({ min: 1, max: 3 })),
  max_waiver_days: maybe(fc.integer({ min: 1, max: 30 })),
});
const answered = fc
  .record({
    gate,
    minimum: maybe(fc.nat(100)),
    answer: fc.constantFrom(
      { by: 'evidence', format: 'lcov', file: 'lcov.info' },
      { by: 'evidence', format: 'lcov', file: 'other.info' },
    ),
    min_trust: maybe(fc.constantFrom('runner', 'check', 'local')),
  })
  .map(({ gate: common, ...rest }) => ({ ...common, ...rest }));
const standing = fc.subarray([
  { id: 'DEPS-1', title: 'D', risk_tier: 3, paths: ['docs', 'lib'] },
  { id: 'DEPS-2', title: 'D', risk_tier: 1, paths: ['docs'] },
  { id: 'DEPS-3', title: 'D', risk_tier: 2, paths: ['infra', 'lib', 'src'] },
]);
const document = fc
  .record({
    mode: maybe(fc.constantFrom('enforce', 'observe')),
    lines: maybe(fc.constantFrom('changed', 'added')),
    history: maybe(fc.constantFrom('net', 'each-commit')),
    several_specs: maybe(fc.boolean()),
    // One for all three: shrinking tiers are no policy.
    tier,
    budgets: maybe(
      fc.uniqueArray(fc.record({ id: fc.constantFrom('one', 'two'), paths: patterns, ...caps }), {
        selector: ({ id }) => id,
        maxLength: 2,
      }),
    ),
    excluded: maybe(fc.record({ paths: patterns, ...caps })),
    protected_paths: maybe(patterns),
    control_plane_paths: maybe(patterns),
    governance: maybe(
      fc.record({ paths: patterns, min_approvers: fc.integer({ min: 1, max: 3 }) }),
    ),
    edit_rules: maybe(
      fc.record({
        policy_and_code_same_pr: fc.boolean(),
        require_signed_commits: fc.boolean(),
        require_dual_control_for_governance: fc.boolean(),
        min_approvers_for_budget_raise: fc.integer({ min: 1, max: 3 }),
      }),
    ),
    waivers: maybe(
      fc.record({
        approvers: people,
        min_approvers: fc.integer({ min: 1, max: 3 }),
        max_duration_days: fc.integer({ min: 1, max: 60 }),
        max_active_waivers_per_gate: fc.nat(3),
        files_are_approvals: fc.boolean(),
      }),
    ),
    gates: fc.record({
      budget_limit: maybe(gate),
      scope_boundary: maybe(gate),
      structure: maybe(gate),
      history: maybe(gate),
      coverage_threshold: maybe(answered),
    }),
    standing_specs: maybe(standing),
    break_glass: maybe(
      fc.record({
        people: fc.subarray(['@mia', '@noor'], { minLength: 1 }),
        max_minutes: fc.integer({ min: 5, max: 600 }),
      }),
    ),
    judge: maybe(
      fc.record({
        role: maybe(fc.constantFrom('advisory', 'required')),
        timeout_seconds: maybe(fc.integer({ min: 1, max: 900 })),
        remote: maybe(fc.boolean()),
      }),
    ),
    non_governed_zones: maybe(patterns),
    root_passthrough: maybe(fc.subarray(['README.md'])),
    rolling: maybe(fc.record({ days: fc.integer({ min: 1, max: 30 }), max_loc: fc.nat(100) })),
  })
  .map(({ tier: all, ...rest }) =>
    JSON.stringify({ version: 1, risk_tiers: { 1: all, 2: all, 3: all }, ...rest }),
  )
  .filter((text) => readPolicy({ file: '.caws/policy.yaml', text }, shipped).ok);

const path = fc.constantFrom(
  'src/a.ts',
  'src/b.ts',
  'docs/c.md',
  'lib/x/d.ts',
  'infra/e.tf',
  'README.md',
  'AGENTS.md',
  'package-lock.json',
  '.caws/policy.yaml',
);
const change = fc.record({
  files: fc.uniqueArray(
    fc
      .record({ path, lines: fc.nat(120), deleted: fc.nat(20), longestLineBytes: fc.nat(120) })
      .map(({ path: name, ...facts }) => aFile(name, facts)),
    { minLength: 1, maxLength: 6, selector: (file) => file.path },
  ),
  specs: fc
    .subarray([
      aSpec(),
      aSpec({ id: 'LIB-1', scopeIn: ['lib'], tier: 1, contracts: [] }),
      aSpec({ id: 'DOC-1', scopeIn: ['docs', 'README.md'], tier: 3 }),
    ])
    .map((specs) => specs.map((spec) => ok(spec))),
  history: fc.option(
    fc.array(fc.record({ spec: fc.constant('FEAT-1'), days: fc.nat(40), lines: fc.nat(80) })),
  ),
  waivers: fc.array(
    fc
      .record({
        gates: fc.subarray(['budget_limit', 'scope_boundary', 'protected_paths', 'governance']),
        by: fc.subarray(['@mia', '@noor'], { minLength: 1 }),
        days: fc.integer({ min: 1, max: 50 }),
      })
      .map(({ gates, by, days }) =>
        aWaiver({
          id: `W-${days}`,
          gates,
          expiresAt: later(days),
          approvals: by.map((each) => ({
            by: each,
            at: later(-1),
            proof: 'signed-event' as const,
          })),
        }),
      ),
    { maxLength: 2 },
  ),
});

const rank = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 };
type Facts = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function outcome(policy: Policy, { files, specs, history, waivers }: Facts) {
  const rolling =
    history === null
      ? null
      : {
          changes: history.map(({ spec, days, lines }) => ({
            spec,
            at: later(-days),
            files: 1,
            lines,
            linesAdded: lines,
          })),
        };
  const facts = { files, specs, policy, waivers, input: { rolling } };
  // The waivers were granted under whatever policy is asked about.
  const { findings, tier: number, changeClass } = examined(facts);
  return {
    rank: rank[verdictOf(findings)],
    planned: planGates({ policy, tier: number, changeClass }),
  };
}

/** Gates count by what they ask, whatever their names are. */
const asked = (planned: ReturnType<typeof planGates>) =>
  planned.map(({ gate, minimum }) => ({
    question: JSON.stringify([gate.answer, gate.measures]),
    blocks: gate.mode === 'block',
    minimum: minimum ?? 0,
  }));

/** A few at every run; POLICY_PAIRS=3000 takes some minutes. */
const PAIRS = Number(process.env['POLICY_PAIRS'] ?? 25);
const RUNS = { numRuns: PAIRS };
const LONG_MS = PAIRS * 1_000;

describe('two policies together', () => {
  test(
    'never judge more mildly than either alone',
    () => {
      fc.assert(
        fc.property(document, document, change, (one, other, facts) => {
          const [own, theirs, both] = [readingOf(one), readingOf(other), readingOf(one, other)];
          const together = outcome(both.policy, facts);
          for (const alone of [outcome(own.policy, facts), outcome(theirs.policy, facts)]) {
            expect(together.rank).toBeLessThanOrEqual(alone.rank);
            for (const gate of asked(alone.planned))
              expect(asked(together.planned)).toContainEqual(
                expect.toSatisfy(
                  (found: typeof gate & object) =>
                    found.question === gate.question &&
                    found.minimum >= gate.minimum &&
                    (found.blocks || !gate.blocks),
                ),
              );
          }
        }),
        RUNS,
      );
    },
    LONG_MS,
  );

  test(
    'judge the same whichever is whose',
    () => {
      fc.assert(
        fc.property(document, document, change, (one, other, facts) => {
          const [here, there] = [readingOf(one, other), readingOf(other, one)];
          expect(outcome(here.policy, facts).rank).toBe(outcome(there.policy, facts).rank);
        }),
        RUNS,
      );
    },
    LONG_MS,
  );

  test('that say the same are that one policy', () => {
    fc.assert(
      fc.property(document, (text) => {
        const alone = readingOf(text);
        const { policy, effective } = combinePolicies(alone, alone);
        expect(policy).toEqual(alone.policy);
        expect(effective).toEqual(
          JSON.parse(
            JSON.stringify(alone.effective, (key, value) =>
              key === 'enabled' ? undefined : value,
            ),
          ),
        );
      }),
      { numRuns: 15 },
    );
  });

  test('are combined whatever they say, and the same for ever', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        expect(readingOf(one, other)).toEqual(readingOf(one, other));
      }),
      { numRuns: 10 },
    );
  });
});

/** One key as the one and as the other writes it, and what holds. */
const table: readonly (readonly [string, unknown, unknown, unknown])[] = [
  ['mode', 'observe', 'enforce', 'enforce'],
  ['lines', 'added', 'changed', 'changed'],
  ['workers.after_fail', 'propose', 'propose', 'propose'],
  ['workers.after_fail', 'propose', 'nothing', 'nothing'],
  ['workers', { after_fail: 'propose' }, {}, { after_fail: 'nothing' }],
  ['workers', { offer: 'branch' }, { samples: 5 }, { offer: 'suggestion', samples: 5 }],
  ['workers.samples', 3, 5, 3],
  ['judge', { role: 'required' }, { role: 'advisory' }, { role: 'required' }],
  ['judge', { remote: true }, {}, { remote: false }],
  ['judge', { remote: true }, { remote: true }, { remote: true }],
  ['judge', { timeout_seconds: 60 }, { timeout_seconds: 600 }, { timeout_seconds: 60 }],
  ['history', 'net', 'each-commit', 'each-commit'],
  ['several_specs', true, false, false],
  ['protected_paths', ['a/'], ['b/'], ['a/', 'b/']],
  ['non_governed_zones', ['a/', 'b/'], ['b/', 'c/'], ['b/']],
  ['root_passthrough', ['a', 'b'], ['b', 'c'], ['b']],
  ['rolling', { days: 3, max_loc: 9 }, { days: 7, max_loc: 20 }, { days: 7, max_loc: 9 }],
  [
    'break_glass',
    { people: ['@a', '@b'], max_minutes: 60 },
    { people: ['@B'], max_minutes: 30 },
    { people: ['@b'], max_minutes: 30 },
  ],
  ['break_glass', { people: ['@a'], max_minutes: 60 }, undefined, undefined],
  [
    'budgets',
    [{ id: 'x', paths: ['a/'], max_files: 3 }],
    [{ id: 'x', paths: ['b/'], max_files: 2 }],
    [
      { id: 'x', paths: ['a/'], max_files: 3 },
      { id: 'x-organization', paths: ['b/'], max_files: 2 },
    ],
  ],
  ['edit_rules.policy_and_code_same_pr', true, false, false],
  ['edit_rules.require_signed_commits', false, true, true],
  ['edit_rules.require_dual_control_for_governance', false, true, true],
  ['edit_rules.min_approvers_for_budget_raise', 1, 2, 2],
  ['governance.min_approvers', 1, 3, 3],
  ['waivers.approvers', ['@a'], [], ['@a & any maintainer']],
  ['waivers.min_approvers', 1, 2, 2],
  ['waivers.max_duration_days', 30, 9, 9],
  ['waivers.default_expiry_days', 7, 3, 3],
  ['waivers.max_active_waivers_per_gate', 3, 1, 1],
  ['waivers.files_are_approvals', true, false, false],
  ['gates.budget_limit.mode', 'warn', 'block', 'block'],
  ['gates.budget_limit.waivable', true, false, false],
  ['gates.budget_limit.max_waiver_days', 9, 4, 4],
  ['risk_tiers.3.max_files', 90, 60, 60],
  ['risk_tiers.1.coverage_threshold', 90, 95, 95],
  ['risk_tiers.2.contracts_required', false, true, true],
  ['risk_tiers.3.manual_review_required', false, true, true],
];

test.each(table)('of %s the stricter holds: of %j and %j', (path, one, other, holds) => {
  const written = (value: unknown) =>
    JSON.stringify(path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
      .replace(/^\{/, '{"version":1,"excluded":{},')
      .replace(/,\}$/, '}');
  const at = (reading: PolicyReading) =>
    path
      .split('.')
      .reduce<unknown>(
        (value, key) => (value as Readonly<Record<string, unknown>>)[key],
        reading.effective,
      );
  for (const [own, theirs] of [
    [one, other],
    [other, one],
  ]) {
    const found = at(readingOf(written(own), written(theirs)));
    const inAnyOrder = (value: unknown) =>
      typeof value === 'string' || !Array.isArray(value)
        ? value
        : path === 'budgets'
          ? value.length
          : value.map((each: string) => each.split(' & ').toSorted().join(' & ')).toSorted();
    expect(JSON.stringify(inAnyOrder(found))?.toLowerCase()).toBe(
      JSON.stringify(inAnyOrder(holds))?.toLowerCase(),
    );
  }
});
