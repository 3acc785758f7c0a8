import { describe, expect, test } from 'vitest';
import type { PublishedDialect } from '../../../src/caws/conformance/conformity.ts';
import {
  changed,
  type Draft,
  experimentV11,
  files,
  heldBy,
  inspectText,
  policy2025,
  policyV11,
  spec2025,
  specV11,
  strictBy,
  waiver10,
  waiver2025,
  waiverV11,
} from './documents.ts';

/** Path, broken value, and the one rule that the published tool must name. */
type Row = readonly [path: string, value: unknown, rule: string];

function broken(
  name: string,
  dialect: PublishedDialect,
  file: string,
  valid: Draft,
  rows: readonly Row[],
) {
  describe(name, () => {
    test('is accepted as it is, by its dialect and by our strictness', () => {
      const report = inspectText(file, JSON.stringify(valid), dialect);
      expect({ held: heldBy(report), strict: strictBy(report) }).toEqual({ held: [], strict: [] });
      expect(report.conforms[dialect]).toBe(true);
    });
    test.each(rows)('%s = %j breaks exactly the rule %s', (path, value, rule) => {
      const report = inspectText(file, JSON.stringify(changed(valid, path, value)), dialect);
      expect(heldBy(report)).toEqual([rule]);
      expect(report.conforms[dialect]).toBe(false);
      for (const { line, column } of report.findings) expect(line * column).toBeGreaterThan(0);
    });
  });
}

const violation = 'spec.schema.violation';
const without = (...keys: string[]): Row[] => keys.map((key) => [key, undefined, violation]);
const withText = (...keys: string[]): Row[] => keys.map((key) => [key, 'x', violation]);

broken('a v11 spec', '11', files.spec, specV11(), [
  ...without('id', 'title', 'risk_tier', 'mode', 'lifecycle_state', 'blast_radius', 'scope'),
  ...without('invariants', 'acceptance', 'non_functional', 'contracts'),
  ...without('blast_radius.modules', 'scope.in', 'contracts.0.name', 'contracts.0.type'),
  ...without('acceptance.0.id', 'acceptance.0.given', 'acceptance.0.when', 'acceptance.0.then'),
  ...without('evidence.0.criterion_id', 'evidence.0.status', 'evidence.0.recorded_at'),
  ...without('successors.0.target_spec_id', 'successors.0.disposition', 'blockers.0.reason'),
  ...withText('blast_radius', 'scope', 'invariants', 'acceptance', 'non_functional', 'contracts'),
  ...withText('observability', 'rollback', 'blockers', 'successors', 'evidence', 'resolution'),
  ...withText('lifecycle_state', 'blast_radius.modules', 'blast_radius.data_migration', 'scope.in'),
  ...withText('scope.out', 'scope.support', 'non_functional.security', 'contracts.0.type'),
  ...withText('evidence.0.status', 'evidence.0.commit_sha', 'evidence.0.exit_code', 'created_at'),
  ...withText('supersedes', 'successors.0.target_spec_id', 'successors.0.disposition'),
  ['threats', [], violation],
  ['waiver_ids', ['WV-0001'], violation],
  ['migrations', [], violation],
  ['surprise', 1, violation],
  ['change_budget', { max_files: 1 }, 'spec.schema.forbidden_field.change_budget'],
  ['acceptance_criteria', [], 'spec.schema.forbidden_field.acceptance_criteria'],
  ['status', 'active', 'spec.schema.forbidden_field.status'],
  ['scope.include', [], 'spec.schema.forbidden_field.scope_include'],
  ['scope.exclude', [], 'spec.schema.forbidden_field.scope_exclude'],
  ['scope.other', [], violation],
  ['acceptance.0.note', 'x', violation],
  ['non_functional.a11y', [], violation],
  ['non_functional.perf', {}, violation],
  ['contracts.0.version', '1', violation],
  ['blast_radius.external_apis', [], violation],
  ['mode', 'development', 'spec.schema.mode.development_removed'],
  ['mode', 'banana', 'spec.schema.mode.development_removed'],
  ['mode', 5, violation],
  ['risk_tier', '1', 'spec.schema.risk_tier.type_rejected'],
  ['risk_tier', 'T3', 'spec.schema.risk_tier.type_rejected'],
  ['risk_tier', 2.5, 'spec.schema.risk_tier.type_rejected'],
  ['risk_tier', true, 'spec.schema.risk_tier.type_rejected'],
  ['risk_tier', null, 'spec.schema.risk_tier.type_rejected'],
  ['risk_tier', 0, 'spec.schema.risk_tier.out_of_range'],
  ['risk_tier', 4, 'spec.schema.risk_tier.out_of_range'],
  ['id', 'auth-1', 'spec.schema.id.pattern_violation'],
  ['id', 'AUTH', 'spec.schema.id.pattern_violation'],
  ['id', 'AUTH--1', 'spec.schema.id.pattern_violation'],
  ['id', 'AUTH-1A', 'spec.schema.id.pattern_violation'],
  ['id', 'AUTH-1\n', 'spec.schema.id.pattern_violation'],
  ['id', 12, violation],
  ['title', '', violation],
  ['title', 'x'.repeat(201), violation],
  ['title', 7, violation],
  ['invariants', [], violation],
  ['invariants', [''], violation],
  ['invariants', [3], violation],
  ['acceptance', [], violation],
  ['acceptance.0.id', 'B1', violation],
  ['acceptance.0.then', '', violation],
  ['blast_radius.modules', [], violation],
  ['scope.in', [], 'spec.schema.scope.in_empty'],
  ['scope.in', [''], violation],
  ['scope.in.0', 4, violation],
  ['scope.out', ['dist/*'], 'spec.schema.scope.out_glob_forbidden'],
  ['scope.out', ['a?'], 'spec.schema.scope.out_glob_forbidden'],
  ['worktree', 'a b', violation],
  ['created_at', '2026-05-19', violation],
  ['created_at', '2026-02-30T00:00:00Z', violation],
  ['created_at', '2026-05-19T08:00:00', violation],
  ['created_at', '2026-05-19T24:00:00Z', violation],
  ['updated_at', 'yesterday', violation],
  ['blockers.0.since', '2026-05', violation],
  ['evidence.0.recorded_at', '2026-05-19', violation],
  ['evidence.0.exit_code', 1.5, violation],
  ['experimental_mode', true, violation],
  ['operational_rollback_slo', 5, violation],
  ['owner', ['a'], violation],
  ['contracts', [], 'spec.semantic.tier1.contracts_required'],
  ['observability', [], 'spec.semantic.tier1.observability_required'],
  ['observability', undefined, 'spec.semantic.tier1.observability_required'],
  ['rollback', [], 'spec.semantic.tier1.rollback_required'],
  ['rollback', undefined, 'spec.semantic.tier1.rollback_required'],
  ['non_functional.security', [], 'spec.semantic.tier1.security_required'],
  ['non_functional', {}, 'spec.semantic.tier1.security_required'],
  ['lifecycle_state', 'active', 'spec.semantic.resolution.requires_closure'],
  ['lifecycle_state', 'draft', 'spec.semantic.resolution.requires_closure'],
  ['resolution', undefined, 'spec.semantic.closed.resolution_required'],
  ['supersedes', 'AUTH-LOGIN-012a', 'spec.semantic.supersedes.self_reference'],
  ['scope.out', ['src'], 'spec.semantic.scope.overbroad_out'],
  ['scope.out', ['src/auth/'], 'spec.semantic.scope.overbroad_out'],
  ['scope.out', ['docs'], 'spec.semantic.scope.overbroad_out'],
  ['evidence.0.criterion_id', 'A9', 'spec.semantic.evidence.criterion_id_unknown'],
  ['evidence.1.waiver_reason', undefined, 'spec.semantic.evidence.waiver_reason_required'],
  ['evidence.1.waiver_reason', '  ', 'spec.semantic.evidence.waiver_reason_required'],
  ['evidence.1.waiver_reason', '', violation],
  ['successors.1.rationale', undefined, 'spec.semantic.successor.declined_rationale_required'],
  ['successors.0.rationale', ' ', 'spec.semantic.successor.rationale_empty'],
  ['successors.2.absorbed_by', undefined, 'spec.semantic.successor.absorbed_by_required'],
  [
    'successors.2.absorbed_by',
    'AUTH-LOGIN-012a',
    'spec.semantic.successor.absorbed_by_self_reference',
  ],
  [
    'successors.2.absorbed_by',
    'AUTH-LOGIN-015',
    'spec.semantic.successor.absorbed_by_equals_target',
  ],
  ['successors.0.target_spec_id', 'AUTH-LOGIN-012a', 'spec.semantic.successor.self_reference'],
  ['successors.1.target_spec_id', 'AUTH-LOGIN-013', 'spec.semantic.successor.duplicate_target'],
]);

describe('what the v11 validator says more than once', () => {
  const said = (path: string, value: unknown): readonly string[] =>
    heldBy(inspectText(files.spec, JSON.stringify(changed(specV11(), path, value)), '11'));
  test.each([[7], [null], [{ 'docs/': 'untouched' }], [['dist']]])(
    'an entry of scope.out that is no text (%j) breaks the bar on wildcards as well',
    (entry) => {
      const bar = 'spec.schema.scope.out_glob_forbidden';
      expect(said('scope.out', ['docs/', entry])).toEqual([bar, violation]);
    },
  );
  test('an empty id is too short and has no form', () => {
    expect(said('id', '')).toEqual([violation, 'spec.schema.id.pattern_violation']);
  });
  test('what a mapping lacks and what it has too much comes before any number of wrong values', () => {
    const spec = changed(changed(specV11(), 'invariants', Array(200).fill('')), 'status', 'done');
    const report = inspectText(files.spec, JSON.stringify(spec), '11');
    expect(heldBy(report)).toContain('spec.schema.forbidden_field.status');
  });
});

broken('a v11 experiment', '11', files.spec, experimentV11(), [
  ['risk_tier', 2, 'spec.semantic.experimental_mode.tier_restricted'],
  ['experimental_mode.enabled', 'yes', violation],
  ['experimental_mode.rationale', '', violation],
  ['experimental_mode.expires_at', '2026-06-30', violation],
  ['experimental_mode.extra', 1, violation],
  ...without('experimental_mode.enabled', 'experimental_mode.rationale'),
]);

const legacyRequired = (dialect: string): Row[] =>
  ['title', 'risk_tier', 'mode', 'blast_radius', 'operational_rollback_slo', 'invariants'].flatMap(
    (key): Row[] => [
      [key, undefined, `spec.${dialect}.required`],
      [key, null, `spec.${dialect}.required`],
      [key, '', `spec.${dialect}.required`],
    ],
  );

const legacyShared = (dialect: string): Row[] => [
  ...legacyRequired(dialect),
  ['id', undefined, `spec.${dialect}.required`],
  ['acceptance', undefined, `spec.${dialect}.required`],
  ['id', 'feat-1', `spec.${dialect}.id`],
  ['id', 'FEAT', `spec.${dialect}.id`],
  ['risk_tier', 4, `spec.${dialect}.risk_tier`],
  ['risk_tier', -1, `spec.${dialect}.risk_tier`],
  ['risk_tier', { toString: 1 }, `spec.${dialect}.risk_tier`],
  ['scope', ['src/'], `spec.${dialect}.scope_in`],
  ['scope.in', [], `spec.${dialect}.scope_in`],
  ['scope.in', undefined, `spec.${dialect}.scope_in`],
  ['contracts', [], `spec.${dialect}.contracts`],
  ['observability', undefined, `spec.${dialect}.observability`],
  ['rollback', [], `spec.${dialect}.rollback`],
  ['rollback', undefined, `spec.${dialect}.rollback`],
  ['non_functional.security', [], `spec.${dialect}.security`],
  ['non_functional.security', undefined, `spec.${dialect}.security`],
  ['waiver_ids', 'WV-0001', `spec.${dialect}.waiver_ids`],
  ['waiver_ids', ['WV-1'], `spec.${dialect}.waiver_ids`],
];

broken('a 2025 spec', '2025', files.spec, spec2025(), [
  ...legacyShared('2025'),
  ['id', 'FEAT-AUTH-1', 'spec.2025.id'],
  ['id', 'FEAT-1a', 'spec.2025.id'],
  ['risk_tier', 'T3', 'spec.2025.risk_tier.no_budget'],
  ['risk_tier', 2.5, 'spec.2025.risk_tier.no_budget'],
]);

broken('a 10.x spec', '10', files.spec, spec2025(), [
  ...legacyShared('10'),
  ['scope.out', ['**/*.pyc'], 'spec.10.scope_out'],
  ['scope.out', ['a?b'], 'spec.10.scope_out'],
  ['rollback', { strategy: 'revert' }, 'spec.10.rollback'],
  ['rollback', [1], 'spec.10.rollback'],
  ['change_budget.max_files', -1, 'spec.10.change_budget'],
  ['change_budget.max_loc', -0.5, 'spec.10.change_budget'],
]);

describe('holes of the published tools that conformance must show as they are', () => {
  const accepts = (path: string, value: unknown, dialects: readonly PublishedDialect[]) => {
    const report = inspectText(files.spec, JSON.stringify(changed(spec2025(), path, value)));
    const accepted = (['2025', '10', '11'] as const).filter((name) => report.conforms[name]);
    expect(accepted).toEqual(dialects);
  };
  test.each([
    ['mode', 'banana', ['2025', '10']],
    ['surprise', 1, ['2025', '10']],
    ['acceptance', [], ['2025', '10']],
    ['invariants', [], ['2025', '10']],
    ['scope.in', 'src/', ['2025', '10']],
    ['scope.in', ['**'], ['2025', '10']],
    ['scope.in', ['../x'], ['2025', '10']],
    ['risk_tier', 'T3', ['10']],
    ['risk_tier', 2.5, ['10']],
    ['risk_tier', '2', ['2025', '10']],
    ['rollback', { strategy: 'revert' }, ['2025']],
    ['id', 'FEAT-AUTH-1', ['10']],
    ['scope.out', ['*.pyc'], ['2025']],
    ['change_budget', { max_files: -1, max_loc: 1 }, ['2025']],
    ['change_budget', { max_files: '-1', max_loc: 1 }, ['2025', '10']],
    ['change_budget', { max_files: -1 }, ['2025', '10']],
    ['change_budget', { max_files: 0, max_loc: 0 }, ['2025', '10']],
  ] as const)('%s = %j is accepted by %j', (path, value, dialects) => {
    accepts(path, value, dialects);
  });
  test('the text "1" lets a spec escape every demand of tier 1, and our strictness says so', () => {
    const { contracts: _, observability: __, rollback: ___, ...rest } = spec2025();
    const spec = { ...rest, risk_tier: '1', contracts: [] };
    const report = inspectText(files.spec, JSON.stringify(spec));
    expect(report.conforms).toEqual({ '2025': true, '10': true, '11': false });
    expect(strictBy(report)).toEqual(['strict.spec.tier_as_text']);
  });
  test('10.x takes acceptance_criteria for acceptance, 4.0 does not', () => {
    const { acceptance, ...rest } = spec2025();
    const report = inspectText(
      files.spec,
      JSON.stringify({ ...rest, acceptance_criteria: acceptance }),
    );
    expect(report.conforms).toEqual({ '2025': false, '10': true, '11': false });
  });
  test('an unquoted date is a date to the older tools and a text to 12.0', () => {
    const text = JSON.stringify(spec2025()).replace(
      '"rollback":["switch the flag off"]',
      '"rollback": [2026-01-01]',
    );
    expect(inspectText(files.spec, text).conforms).toEqual({
      '2025': true,
      '10': false,
      '11': false,
    });
  });
});

const policyViolation = 'policy.schema.violation';

broken('a v11 policy', '11', files.policy, policyV11(), [
  ...['version', 'risk_tiers', 'gates', 'risk_tiers.2', 'risk_tiers.1.max_files'].map(
    (path): Row => [path, undefined, policyViolation],
  ),
  ['version', 2, policyViolation],
  ['version', '1', policyViolation],
  ['risk_tiers.1.max_loc', -1, policyViolation],
  ['risk_tiers.1.max_loc', '200', policyViolation],
  ['risk_tiers.1.max_loc', 1.5, policyViolation],
  ['risk_tiers.1.coverage_threshold', 90, policyViolation],
  ['risk_tiers.4', { max_files: 1, max_loc: 1 }, policyViolation],
  ['risk_tiers.1.label', 'critical', 'policy.schema.tier.label_forbidden'],
  ['surprise', 1, policyViolation],
  ['waiver_approval', {}, policyViolation],
  ['edit_rules.min_approvers_for_budget_raise', 2, 'policy.schema.edit_rules.approvers_misplaced'],
  ['edit_rules.surprise', true, policyViolation],
  ['edit_rules.require_signed_commits', 'yes', policyViolation],
  ['waivers.min_approvers_for_budget_raise', 0, policyViolation],
  ['waivers.surprise', 1, policyViolation],
  ['gates.security_scan', { enabled: true, mode: 'block' }, 'policy.schema.gates.unknown'],
  ['gates.scope_boundary', undefined, 'policy.schema.gates.missing_required'],
  ['gates.budget_limit.mode', 'enforce', 'policy.schema.gates.unknown_mode'],
  ['gates.budget_limit.mode', undefined, policyViolation],
  ['gates.budget_limit.enabled', 1, policyViolation],
  ['gates.god_object.thresholds', 5, policyViolation],
  ...['**', '*', '**/*', '.', './', './**', '/**'].map(
    (zone): Row => ['non_governed_zones', [zone], 'policy.schema.non_governed_zones.too_broad'],
  ),
  ['non_governed_zones', 'docs', policyViolation],
  ['root_passthrough', ['a/b'], 'policy.schema.root_passthrough.contains_slash'],
  ['risk_tiers.1.max_files', 16, 'policy.semantic.risk_tiers.non_monotonic_files'],
  ['risk_tiers.3.max_loc', 1, 'policy.semantic.risk_tiers.non_monotonic_loc'],
]);

broken('a 2025 policy', '2025', files.policy, policy2025(), [
  ['version', undefined, 'policy.2025.version'],
  ['version', 0, 'policy.2025.version'],
  ['risk_tiers', undefined, 'policy.2025.risk_tiers'],
  ['risk_tiers.3', undefined, 'policy.2025.risk_tiers'],
  ['risk_tiers', 'low', 'policy.2025.max_files'],
  ['risk_tiers', 'T1', 'policy.2025.max_files'],
  ['risk_tiers.2.max_files', 0, 'policy.2025.max_files'],
  ['risk_tiers.2.max_files', undefined, 'policy.2025.max_files'],
  ['risk_tiers.2.max_loc', -5, 'policy.2025.max_loc'],
  ['risk_tiers.2.max_loc', { toString: 1 }, 'policy.2025.max_loc'],
  ['risk_tiers.2.coverage_threshold', 101, 'policy.2025.coverage_threshold'],
  ['risk_tiers.2.mutation_threshold', -1, 'policy.2025.mutation_threshold'],
  ['waiver_approval.required_approvers', -1, 'policy.2025.waiver_approval'],
  ['waiver_approval.max_duration_days', 0, 'policy.2025.waiver_approval'],
  ['waiver_approval.max_duration_days', null, 'policy.2025.waiver_approval'],
]);

const legacyWaiver = (dialect: string, required: readonly string[]): Row[] => [
  ...required.map((key): Row => [key, undefined, `waiver.${dialect}.required`]),
  ['id', 'WV-1', `waiver.${dialect}.id`],
  ['id', 'WV-D9F1', `waiver.${dialect}.id`],
  ['status', 'approved', `waiver.${dialect}.status`],
  ['gates', [], `waiver.${dialect}.gates`],
  ['gates', 'budget_limit', `waiver.${dialect}.gates`],
  ['approvers', [], `waiver.${dialect}.approvers`],
  ['approvers', 'ada', `waiver.${dialect}.approvers`],
  ['expires_at', 'soon', `waiver.${dialect}.expires_at`],
  ['delta', { max_files: -1 }, `waiver.${dialect}.delta`],
  ['delta', { max_loc: { toString: 1 } }, `waiver.${dialect}.delta`],
];

broken('a 2025 waiver', '2025', files.waiver, waiver2025(), [
  ...legacyWaiver('2025', ['id', 'title', 'reason', 'status', 'gates', 'expires_at', 'approvers']),
  ['status', 'proposed', 'waiver.2025.status'],
]);

broken('a 10.x waiver', '10', files.waiver, waiver10(), [
  ...legacyWaiver('10', [
    'id',
    'applies_to',
    'gates',
    'delta',
    'reason_code',
    'expires_at',
    'risk_owner',
    'approvers',
    'status',
  ]),
  ['approvers', ['@ada'], 'waiver.10.approvers'],
  ['approvers', [{ name: 'ada' }], 'waiver.10.approvers'],
]);

const revoked = {
  ...waiverV11(),
  status: 'revoked',
  revocation: { revoked_at: '2026-06-02T00:00:00Z' },
};

broken('a v11 waiver', '11', files.waiver, waiverV11(), [
  ['id', 'wv-1', 'waiver.schema.invalid_id'],
  ['id', undefined, 'waiver.schema.invalid_id'],
  ['title', 'no', 'waiver.schema.invalid_title'],
  ['title', '          x', 'waiver.schema.invalid_title'],
  ['status', 'expired', 'waiver.schema.invalid_status'],
  ['gates', [], 'waiver.schema.invalid_gates'],
  ['gates', [''], 'waiver.schema.invalid_gates'],
  ['reason', 'x', 'waiver.schema.invalid_reason'],
  ['approved_by', ' ', 'waiver.schema.invalid_approved_by'],
  ['created_at', '2026-06-01', 'waiver.schema.invalid_created_at'],
  ['expires_at', '2026-06-08', 'waiver.schema.invalid_expiry'],
  ['expires_at', '2026-06-08T00:00:00', 'waiver.schema.invalid_expiry'],
  ['scope', 'AUTH-1', 'waiver.schema.invalid_gates'],
  ['scope.spec_id', 4, 'waiver.schema.invalid_gates'],
  ['constraints.max_uses', -1, 'waiver.schema.invalid_gates'],
  ['constraints.max_uses', 1.5, 'waiver.schema.invalid_gates'],
  ['revocation', {}, 'waiver.schema.active_status_carries_revocation_record'],
]);

broken('a revoked v11 waiver', '11', files.waiver, revoked, [
  ['revocation', undefined, 'waiver.schema.revoked_without_revocation_record'],
  ['revocation.revoked_at', '2026-06-02', 'waiver.schema.revoked_without_revocation_record'],
]);

describe('YAML that no published tool reads', () => {
  test.each([
    ['a key twice', 'id: A-1\nid: A-2\n', 'strict.text.duplicate_key', 2],
    ['two documents', 'id: A-1\n---\nid: A-2\n', 'strict.text.several_documents', 1],
    ['a tab for indentation', 'scope:\n  in:\n\t- src/\n', 'strict.text.tab_indent', 3],
  ])('%s', (_, text, strict, line) => {
    const report = inspectText(files.spec, text);
    expect(report.conforms).toEqual({ '2025': false, '10': false, '11': false });
    expect(heldBy(report)).toEqual(['spec.yaml.parse_failed']);
    expect(strictBy(report)).toContain(strict);
    expect(report.findings.map((one) => one.line)).toContain(line);
  });
  test.each(['a: [1', 'a: "x', 'a: b: c', '- a\nb: c', '@a', 'a: *nowhere', '\u0000'])(
    '%j has one place where it fails',
    (text) => {
      for (const [file, rule] of [
        [files.spec, 'spec.yaml.parse_failed'],
        [files.policy, 'policy.yaml.parse_failed'],
        [files.waiver, 'waiver.yaml.parse_failed'],
      ] as const)
        expect(heldBy(inspectText(file, text))).toEqual([rule]);
    },
  );
  test.each([
    ['', 'spec.yaml.empty_document'],
    ['# only a comment\n', 'spec.yaml.empty_document'],
    ['- a\n', 'spec.yaml.not_an_object'],
    ['just words', 'spec.yaml.not_an_object'],
  ])('%j is no spec', (text, rule) => {
    for (const dialect of ['2025', '10', '11'] as const)
      expect(heldBy(inspectText(files.spec, text, dialect))).toEqual([rule]);
  });
});
