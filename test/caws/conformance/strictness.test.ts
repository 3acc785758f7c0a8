import { describe, expect, test } from 'vitest';
import {
  changed,
  type Draft,
  files,
  inspectText,
  policy2025,
  policyV11,
  spec2025,
  specV11,
  strictBy,
  waiver2025,
  waiverV11,
} from './documents.ts';

type Row = readonly [path: string, value: unknown, rules: readonly string[]];

function strict(file: string, valid: Draft, rows: readonly Row[]): void {
  test.each(rows)('%s = %j', (path, value, rules) => {
    expect(strictBy(inspectText(file, JSON.stringify(changed(valid, path, value))))).toEqual(rules);
  });
}

describe('a scope that is no bound', () => {
  const everything = [
    '**',
    '*',
    '**/*',
    '.',
    './',
    '*/**',
    './**',
    '{*,**/*}',
    '**/**',
    '**/',
    '[a-zA-Z.]*/**',
  ];
  const rule = 'strict.scope.whole_repository';
  strict(files.spec, spec2025(), [
    ...everything.map((entry): Row => ['scope.in', [entry], [rule]]),
    ...['../x', 'a/../../b', '..', 'a\\..\\b'].map(
      (entry): Row => ['scope.in', [entry], ['strict.scope.leaves_repository']],
    ),
    ...['/etc', 'C:/x', 'c:\\x', '~/x', '\\\\host\\share', '//x'].map(
      (entry): Row => ['scope.in', [entry], ['strict.scope.absolute']],
    ),
    ['scope.in', ['src\\auth'], ['strict.scope.backslash']],
    ['scope.in', ['+(a|*)'], ['strict.scope.unreadable']],
    ['scope.in', ['!src'], ['strict.scope.unreadable']],
    ['scope.in', [7], ['strict.scope.not_text']],
    ['scope.in', [], ['strict.scope.empty']],
    ['scope.in', 'src/', ['strict.scope.empty']],
    ['scope', ['src/'], ['strict.scope.empty']],
    ['scope.out', ['**'], []],
    ['scope.out', ['../x'], ['strict.scope.leaves_repository']],
    ['scope.in', ['src/**', 'docs/*.md', 'a/[id]/page.tsx'], []],
  ]);
  test('a plain folder is named with what it means, as information', () => {
    const plain = (entry: string) =>
      inspectText(files.spec, JSON.stringify(changed(spec2025(), 'scope.in', [entry])))
        .findings.filter((one) => one.rule === 'strict.scope.plain_folder')
        .map((one) => one.severity);
    expect(plain('src')).toEqual(['info']);
    expect(plain('packages/core')).toEqual(['info']);
    expect(plain('src/')).toEqual([]);
    expect(plain('src/a.ts')).toEqual([]);
  });
});

describe('a spec', () => {
  strict(files.spec, spec2025(), [
    ['risk_tier', '1', ['strict.spec.tier_as_text']],
    ['risk_tier', 'T2', ['strict.spec.tier_as_text']],
    ['risk_tier', 'high', ['strict.spec.tier_unknown']],
    ['risk_tier', 1.5, ['strict.spec.tier_unknown']],
    ['risk_tier', 0, ['strict.spec.tier_unknown']],
    ['mode', 'development', ['strict.spec.mode_unknown']],
    ['mode', ['fix'], ['strict.spec.mode_unknown']],
    ['acceptance', [], ['strict.spec.no_acceptance']],
    ['invariants', {}, ['strict.spec.no_invariants']],
    ['experimental_mode', { enabled: true }, ['strict.spec.experiment_tier']],
    ['change_budget.max_files', '20', ['strict.number.not_a_number']],
  ]);
  test('two criteria of one id are one too many', () => {
    const twice = changed(specV11(), 'acceptance.1.id', 'A1');
    expect(strictBy(inspectText(files.spec, JSON.stringify(twice)))).toContain(
      'strict.spec.duplicate_criterion',
    );
  });
  test('a key that is nearly right is named with the right one', () => {
    const { invariants, ...rest } = spec2025();
    const report = inspectText(files.spec, JSON.stringify({ ...rest, invariantes: invariants }));
    const slip = report.findings.find((one) => one.rule === 'strict.document.misspelled_key');
    expect(slip?.message).toContain('did you mean invariants?');
  });
  test.each(['in: [src/]\nout: []\n', 'a11y: []\nperf: {}\n'])('%j is a fragment', (text) => {
    expect(strictBy(inspectText(files.spec, text))).toEqual(['strict.document.fragment']);
  });
});

describe('numbers of a policy', () => {
  const budget = (written: string) =>
    inspectText(files.policy, `version: 1\nrisk_tiers:\n  1: {max_files: ${written}, max_loc: 1}\n`)
      .findings.filter((one) => one.rule.startsWith('strict.number'))
      .map((one) => `${one.rule} ${one.line}:${one.column}`);
  test.each([
    ['.nan', 'not_finite'],
    ['.NaN', 'not_finite'],
    ['.inf', 'not_finite'],
    ['-.inf', 'not_finite'],
    ['1e999', 'not_a_number'],
    ['-1', 'negative'],
    ['-0', 'notation'],
    ['2.5', 'fraction'],
    ['"25"', 'not_a_number'],
    ['~', 'not_a_number'],
    ['true', 'not_a_number'],
    ['[25]', 'not_a_number'],
    ['25 files', 'not_a_number'],
    ['0o17', 'notation'],
    ['0x1f', 'notation'],
    ['0b11', 'notation'],
    ['+5', 'notation'],
    ['1e3', 'notation'],
    ['5.0', 'notation'],
    ['99999999999', 'boundless'],
  ])('%s is %s', (written, rule) => {
    expect(budget(written)).toEqual([`strict.number.${rule} 3:18`]);
  });
  test.each(['0', '25', '1000000'])('%s is a budget', (written) => {
    expect(budget(written)).toEqual([]);
  });
});

describe('a policy', () => {
  strict(files.policy, policy2025(), [
    ['risk_tiers.1.max_files', 200, ['strict.policy.not_monotonic']],
    ['risk_tiers.3', undefined, ['strict.policy.tier_missing']],
    ['risk_tiers.4', {}, ['strict.policy.tier_unknown']],
    ['risk_tiers.1.label', 'critical', ['strict.policy.tier_label']],
    ['risk_tiers.1.coverage_threshold', 120, ['strict.percentage.out_of_range']],
    ['gates.budget_limit.enabled', false, ['strict.policy.gate_off']],
    ['gates.scope_bondary', { enabled: true }, ['strict.policy.gate_misspelled']],
    ['edit_rules.policy_and_code_same_pr', true, ['strict.policy.mixed_changes']],
    ['waiver_approval.max_duration_days', 99_999_999, ['strict.number.boundless']],
  ]);
  strict(files.policy, policyV11(), [
    ['gates.scope_boundary.mode', 'warn', ['strict.policy.gate_off']],
    ['non_governed_zones', ['*/**'], ['strict.scope.whole_repository']],
    ['non_governed_zones_force', true, ['strict.policy.zones_forced']],
    ['root_passthrough', ['package.json'], ['strict.policy.root_file']],
    ['root_passthrough', ['.npmrc'], ['strict.policy.root_file']],
  ]);
  test('a tier policy whose riskiest tier may change the most is named', () => {
    const text = JSON.stringify({
      1: { max_files: 40, min_branch: 0.9 },
      2: { max_files: 25 },
      3: { max_files: 15 },
    });
    const report = inspectText(files.tierPolicy, text);
    expect(strictBy(report)).toEqual(['strict.policy.not_monotonic']);
    expect(report.findings.map((one) => one.rule)).toContain('strict.percentage.as_fraction');
    expect(report.conforms).toEqual({ '2025': true, '10': false, '11': false });
  });
});

describe('a waiver', () => {
  strict(files.waiver, waiver2025(), [
    ['expires_at', undefined, ['strict.waiver.no_expiry']],
    ['expires_at', '', ['strict.waiver.no_expiry']],
    ['expires_at', 'soon', ['strict.waiver.unreadable_time']],
    ['expires_at', '2025-02-30T00:00:00Z', ['strict.waiver.unreadable_time']],
    ['expires_at', 'Oct 31 2025', ['strict.waiver.unreadable_time']],
    ['expires_at', '2025-10-31', ['strict.waiver.date_only']],
    ['expires_at', '2025-10-31T23:59:59', ['strict.waiver.no_zone']],
    ['expires_at', '2025-09-01T00:00:00Z', ['strict.waiver.expires_before_created']],
    ['expires_at', '2026-10-31T00:00:00Z', ['strict.waiver.too_long']],
    ['expires_at', '9999-12-31T23:59:59Z', ['strict.waiver.never_ends']],
    ['expires_at', '2100-01-01T00:00:00Z', ['strict.waiver.never_ends']],
    ['approvers', [], ['strict.waiver.no_approver']],
    ['approvers', [''], ['strict.waiver.no_approver']],
    ['approvers', ['@ada', 'Ada'], ['strict.waiver.approver_twice']],
    ['approvers', [{ handle: 'ada' }, 'ada '], ['strict.waiver.approver_twice']],
    ['requested_by', 'Ada', ['strict.waiver.approver_is_requester']],
    ['delta', undefined, ['strict.waiver.unbounded']],
    ['delta', {}, ['strict.waiver.unbounded']],
    ['delta.max_loc', 1e12, ['strict.number.boundless']],
    ['delta.max_files', -1, ['strict.number.negative']],
    ['gates', [], ['strict.waiver.no_gate']],
    ['gates', ['*'], ['strict.waiver.every_gate']],
    ['gates', ['all'], ['strict.waiver.every_gate']],
    ['gates', ['naming'], ['strict.waiver.gate_unknown']],
    ['gates', [{ a: 1 }], ['strict.waiver.gate_unknown']],
  ]);
  strict(files.waiver, waiverV11(), [
    ['approved_by', 'ada, @Ada', ['strict.waiver.approver_twice']],
    ['gates', ['budget_limit'], ['strict.waiver.unbounded']],
  ]);
  test('each one of a registry is judged, at its own place', () => {
    const registry = {
      waivers: { 'WV-0001': waiver2025(), 'WV-0002': { ...waiver2025(), gates: [] } },
    };
    const report = inspectText('.caws/waivers/active-waivers.yaml', JSON.stringify(registry));
    const finding = report.findings.find((one) => one.rule === 'strict.waiver.no_gate');
    expect(finding?.message).toContain('/waivers/WV-0002/gates');
  });
});

describe('a text', () => {
  const rules = (text: string) => strictBy(inspectText(files.spec, text));
  const spec = JSON.stringify(spec2025());
  test.each([
    ['a bidi override', '\u202e'],
    ['a zero-width space', '\u200b'],
    ['a tag character', '\u{e0041}'],
    ['a line separator', '\u2028'],
    ['a Hangul filler', '\u3164'],
    ['a soft hyphen', '\u00ad'],
    ['a variation selector of the supplement', '\u{e0101}'],
    ['an unassigned special', '\ufff0'],
  ])('with %s hides something', (_, character) => {
    expect(rules(spec.replace('wrong', `wr${character}ong`))).toContain(
      'strict.text.hidden_character',
    );
  });
  test('with an emoji of several parts hides nothing', () => {
    expect(rules(spec.replace('wrong', '👩‍💻 ⚠️'))).toEqual([]);
  });
  test.each([
    ['id: {{FEATURE_ID}}\n', 'strict.text.template'],
    ['id: "{{ feature.id }}"\n', 'strict.text.template'],
    ['id: A-1\na: &x 1\n', 'strict.text.anchor'],
    ['id: A-1\na: &x 1\nb: *x\n', 'strict.text.alias'],
    ['id: A-1\na: &x {c: 1}\nb:\n  <<: *x\n', 'strict.text.merge_key'],
    ['id: !!str 1\n', 'strict.text.tag'],
  ])('%j is reported as %s', (text, rule) => {
    expect(rules(text)).toContain(rule);
  });
  test('with a byte order mark is read, and the mark is named', () => {
    const report = inspectText(files.spec, `\ufeff${spec}`);
    expect(report.conforms['2025']).toBe(true);
    expect(strictBy(report)).toEqual(['strict.text.byte_order_mark']);
  });
});
