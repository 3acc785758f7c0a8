// biome-ignore-all lint/suspicious/noThenProperty: the standard's own key.
import {
  type DocumentReport,
  type InspectionInput,
  inspectDocument,
} from '../../../src/caws/conformance/inspect.ts';

/** Documents that are right in every way their dialect and our strictness ask for. */

export type Draft = Record<string, unknown>;

export const specV11 = (): Draft => ({
  id: 'AUTH-LOGIN-012a',
  title: 'Refuse a login after five wrong passwords',
  risk_tier: 1,
  mode: 'feature',
  lifecycle_state: 'closed',
  resolution: 'completed',
  supersedes: 'AUTH-LOGIN-011',
  worktree: 'login_lock',
  blockers: [{ reason: 'waits for the mail template', since: '2026-05-20T08:00:00Z' }],
  successors: [
    { target_spec_id: 'AUTH-LOGIN-013', disposition: 'required' },
    { target_spec_id: 'AUTH-LOGIN-014', disposition: 'declined', rationale: 'no one asked' },
    { target_spec_id: 'AUTH-LOGIN-015', disposition: 'absorbed', absorbed_by: 'AUTH-MAIL-002' },
  ],
  blast_radius: { modules: ['auth'], data_migration: false },
  scope: { in: ['src/auth/login.ts'], out: ['src/mail/'], support: ['docs/login.md'] },
  invariants: ['a right password still works'],
  acceptance: [
    { id: 'A1', given: 'five wrong passwords', when: 'a sixth is sent', then: 'it is refused' },
    { id: 'A2', given: 'a locked account', when: 'an hour has gone', then: 'it opens again' },
  ],
  non_functional: { security: ['passwords never reach a log'], performance: ['under 50 ms'] },
  contracts: [{ name: 'login', type: 'api', path: 'api/login.yaml' }],
  observability: ['a counter of locked accounts'],
  rollback: ['switch the flag off'],
  evidence: [
    {
      criterion_id: 'A1',
      status: 'pass',
      recorded_at: '2026-05-21T08:00:00+02:00',
      commit_sha: 'abcdef1',
    },
    {
      criterion_id: 'A2',
      status: 'waived',
      recorded_at: '2026-05-21T08:00:00Z',
      waiver_reason: 'clock',
    },
  ],
  created_at: '2026-05-19T08:00:00.123Z',
});

export const experimentV11 = (): Draft => ({
  ...specV11(),
  risk_tier: 3,
  experimental_mode: {
    enabled: true,
    rationale: 'to learn how often it happens',
    expires_at: '2026-06-30T00:00:00Z',
  },
});

export const spec2025 = (): Draft => ({
  id: 'FEAT-0123',
  title: 'Refuse a login after five wrong passwords',
  risk_tier: 1,
  mode: 'feature',
  change_budget: { max_files: 20, max_loc: 800 },
  waiver_ids: ['WV-0001'],
  blast_radius: { modules: ['auth'], data_migration: false },
  operational_rollback_slo: '5m',
  scope: { in: ['src/auth/'], out: ['node_modules/'] },
  invariants: ['a right password still works'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: { a11y: [], perf: { api_p95_ms: 250 }, security: ['no password in a log'] },
  contracts: [{ type: 'openapi', path: 'api/login.yaml' }],
  observability: { logs: ['login.locked'] },
  rollback: ['switch the flag off'],
});

export const policyV11 = (): Draft => ({
  version: 1,
  risk_tiers: {
    1: { max_files: 5, max_loc: 200, description: 'critical' },
    2: { max_files: 15, max_loc: 600 },
    3: { max_files: 30, max_loc: 1500 },
  },
  edit_rules: { policy_and_code_same_pr: false, require_signed_commits: true },
  waivers: { min_approvers_for_budget_raise: 2, default_expiry_days: 14 },
  gates: {
    budget_limit: { enabled: true, mode: 'block' },
    spec_completeness: { enabled: true, mode: 'block' },
    scope_boundary: { enabled: true, mode: 'block' },
    god_object: { enabled: true, mode: 'warn', thresholds: { warning: 1750 } },
  },
  non_governed_zones: ['docs/notes/**'],
  root_passthrough: ['NEWS.md'],
});

export const policy2025 = (): Draft => ({
  version: 1,
  risk_tiers: {
    1: { max_files: 10, max_loc: 250, coverage_threshold: 90, mutation_threshold: 70 },
    2: { max_files: 100, max_loc: 10_000, coverage_threshold: 80, mutation_threshold: 50 },
    3: { max_files: 500, max_loc: 40_000, coverage_threshold: 70, mutation_threshold: 30 },
  },
  edit_rules: { policy_and_code_same_pr: false, min_approvers_for_budget_raise: 2 },
  waiver_approval: { required_approvers: 1, max_duration_days: 90 },
  gates: { budget_limit: { enabled: true }, security_scan: { enabled: true } },
});

export const waiver2025 = (): Draft => ({
  id: 'WV-0001',
  title: 'More lines for the login lock',
  reason: 'emergency_hotfix',
  status: 'active',
  gates: ['budget_limit'],
  created_at: '2025-10-01T00:00:00Z',
  expires_at: '2025-10-31T23:59:59Z',
  approvers: ['@ada'],
  delta: { max_files: 25, max_loc: 4000 },
});

export const waiver10 = (): Draft => ({
  id: 'WV-0002',
  applies_to: 'FEAT-0123',
  gates: ['budget_limit'],
  delta: { max_files: 5, max_loc: 100 },
  reason_code: 'other',
  expires_at: '2026-05-01T00:00:00Z',
  risk_owner: '@grace',
  approvers: [{ handle: '@ada', approved_at: '2026-04-01T00:00:00Z' }],
  status: 'proposed',
});

export const waiverV11 = (): Draft => ({
  id: 'AUTH-LOGIN-01',
  title: 'Scope of the login lock',
  status: 'active',
  gates: ['scope_boundary'],
  reason: 'the mail template moved meanwhile',
  approved_by: 'ada',
  created_at: '2026-06-01T00:00:00Z',
  expires_at: '2026-06-08T00:00:00Z',
  scope: { spec_id: 'AUTH-LOGIN-012a' },
  constraints: { max_uses: 2 },
});

export const files = {
  spec: '.caws/specs/AUTH-LOGIN-012a.yaml',
  policy: '.caws/policy.yaml',
  waiver: '.caws/waivers/WV-0001.yaml',
  tierPolicy: '.caws/policy/tier-policy.json',
  chain: '.caws/provenance/chain.json',
  events: '.caws/events.jsonl',
} as const;

export function inspectText(
  file: string,
  text: string,
  dialect: InspectionInput['dialect'] = 'auto',
): DocumentReport {
  return inspectDocument({ file, bytes: new TextEncoder().encode(text), dialect });
}

/** Rule ids of the published dialects that a report holds against its document. */
export function heldBy(report: DocumentReport): readonly string[] {
  return report.findings.map(({ rule }) => rule).filter((rule) => !rule.startsWith('strict.'));
}

/** Rule ids of our own strictness, information left out. */
export function strictBy(report: DocumentReport): readonly string[] {
  return report.findings
    .filter(({ rule, severity }) => rule.startsWith('strict.') && severity !== 'info')
    .map(({ rule }) => rule);
}

/** A copy with one value set at a dotted path; undefined deletes it. */
export function changed(draft: Draft, path: string, value: unknown): Draft {
  const copy = structuredClone(draft);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at: Record<string, unknown> = copy;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
