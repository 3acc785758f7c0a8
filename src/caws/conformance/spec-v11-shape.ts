import type { Fields, Shape } from './shape.ts';

const specId = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/;

const anyText: Shape = { kind: 'text' };
const someText: Shape = { kind: 'text', charactersMin: 1 };
const time: Shape = { kind: 'text', dateTime: true };
const flag: Shape = { kind: 'flag' };
const specReference: Shape = { kind: 'text', pattern: specId };
const criterionId: Shape = { kind: 'text', pattern: /^A\d+$/ };
const choice = (...oneOf: string[]): Shape => ({ kind: 'text', oneOf });
const list = (items: Shape, itemsMin = 0): Shape => ({ kind: 'list', items, itemsMin });
const record = (fields: Fields, ...required: string[]): Shape => ({
  kind: 'mapping',
  fields,
  required,
});

const criterion = record(
  {
    id: criterionId,
    given: someText,
    when: someText,
    // biome-ignore lint/suspicious/noThenProperty: the standard's own key.
    then: someText,
    test_command: anyText,
    test_nodeids: list(anyText),
    evidence: anyText,
    narrative: anyText,
  },
  'id',
  'given',
  'when',
  'then',
);

const evidence = record(
  {
    criterion_id: criterionId,
    status: choice('pass', 'fail', 'unchecked', 'waived'),
    recorded_at: time,
    evidence_ref: someText,
    waiver_reason: someText,
    test_nodeid: anyText,
    command: anyText,
    exit_code: { kind: 'integer' },
    artifact_path: anyText,
    commit_sha: { kind: 'text', pattern: /^[0-9a-f]{7,40}$/ },
  },
  'criterion_id',
  'status',
  'recorded_at',
);

const successor = record(
  {
    target_spec_id: specReference,
    disposition: choice('required', 'declined', 'absorbed'),
    rationale: someText,
    absorbed_by: specReference,
  },
  'target_spec_id',
  'disposition',
);

const fields: Fields = {
  id: { kind: 'text', pattern: specId, charactersMin: 1 },
  title: { kind: 'text', charactersMin: 1, charactersMax: 200 },
  risk_tier: { kind: 'integer', oneOf: [1, 2, 3] },
  mode: choice('feature', 'refactor', 'fix', 'doc', 'chore'),
  lifecycle_state: choice('draft', 'active', 'closed', 'archived'),
  resolution: choice('completed', 'superseded', 'abandoned'),
  blockers: list(record({ reason: someText, waiting_on: anyText, since: time }, 'reason')),
  supersedes: specReference,
  superseded_by: specReference,
  successors: list(successor),
  worktree: { kind: 'text', pattern: /^[a-zA-Z0-9_-]+$/ },
  operational_rollback_slo: anyText,
  blast_radius: record({ modules: list(someText, 1), data_migration: flag }, 'modules'),
  scope: record(
    {
      in: list(someText, 1),
      out: list({ kind: 'text', charactersMin: 1, never: /[*?]/ }),
      support: list(someText),
    },
    'in',
  ),
  invariants: list(someText, 1),
  acceptance: list(criterion, 1),
  non_functional: record({
    performance: list(anyText),
    security: list(anyText),
    accessibility: list(anyText),
    reliability: list(anyText),
  }),
  contracts: list(
    record(
      {
        name: someText,
        type: choice('api', 'schema', 'contract-test', 'behavior'),
        path: anyText,
        description: anyText,
      },
      'name',
      'type',
    ),
  ),
  observability: list(anyText),
  rollback: list(anyText),
  experimental_mode: record(
    { enabled: flag, rationale: someText, expires_at: time },
    'enabled',
    'rationale',
    'expires_at',
  ),
  created_at: time,
  updated_at: time,
  owner: anyText,
  closure_notes: anyText,
  evidence: list(evidence),
};

/** The form of a spec as CLI 12.0.0 demands it. */
export const specShapeV11 = record(
  fields,
  'id',
  'title',
  'risk_tier',
  'mode',
  'lifecycle_state',
  'blast_radius',
  'scope',
  'invariants',
  'acceptance',
  'non_functional',
  'contracts',
);

/** The keys of a v11 spec. */
export const specKeysV11: readonly string[] = Object.keys(fields);
