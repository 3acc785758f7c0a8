import { describe, expect, test } from 'vitest';
import { detectDialect, kindOf } from '../../../src/caws/dialect.ts';
import {
  policy2025,
  policyV11,
  spec2025,
  specV11,
  waiver10,
  waiver2025,
  waiverV11,
} from './documents.ts';

describe('the kind of a document', () => {
  test.each([
    ['.caws/specs/FEAT-1.yaml', 'spec'],
    ['.caws/specs/.archive/FEAT-1.yml', 'spec'],
    ['packages/a/.caws/working-spec.yaml', 'spec'],
    ['.caws/memory-working-spec.yaml', 'spec'],
    ['.caws/working-specs/login.yaml', 'spec'],
    ['.caws/policy.yaml', 'policy'],
    ['.caws/policy/tier-policy.json', 'tier-policy'],
    ['.caws/waivers/WV-0001.yaml', 'waiver'],
    ['.caws/waivers/active-waivers.yaml', 'waiver'],
    ['.caws/provenance/chain.json', 'provenance'],
    ['.agent/provenance.json', 'provenance'],
    ['.caws/events.jsonl', 'events'],
    ['.caws/specs/registry.json', 'unknown'],
    ['.caws/policy.schema.json', 'unknown'],
    ['README.md', 'unknown'],
  ])('%s is %s by its name', (file, kind) => {
    expect(kindOf(file, undefined)).toBe(kind);
  });
  test.each([
    ['spec', specV11()],
    ['spec', spec2025()],
    ['policy', policyV11()],
    ['waiver', waiver2025()],
    ['waiver', { waivers: { 'WV-1': {} } }],
    ['tier-policy', { 1: { max_files: 1 } }],
    ['provenance', [{ previous_hash: '' }]],
    ['events', { event_hash: 'x' }],
    ['unknown', { $schema: 'x', properties: { risk_tier: {} }, risk_tier: 1 }],
    ['unknown', null],
    ['unknown', 'text'],
  ])('a file without such a name is %s by its content', (kind, value) => {
    expect(kindOf('copy.yaml', value)).toBe(kind);
  });
  test('a spec cannot leave its kind by looking like a JSON Schema', () => {
    expect(kindOf('.caws/specs/A-1.yaml', { $schema: 'x', properties: {} })).toBe('spec');
  });
});

test.each([
  ['spec', specV11(), '11'],
  ['spec', spec2025(), '2025'],
  ['spec', { ...spec2025(), lifecycle_state: 'active' }, '11'],
  ['spec', { status: 'active', type: 'fix', acceptance_criteria: [] }, '10'],
  ['spec', { ...spec2025(), type: 'fix', status: 'active' }, '10'],
  ['spec', { ...spec2025(), status: 'draft' }, '2025'],
  ['spec', {}, '2025'],
  ['policy', policyV11(), '11'],
  ['policy', policy2025(), '2025'],
  ['policy', { ...policy2025(), protected_paths: [] }, 'arbiter'],
  ['waiver', waiver2025(), '2025'],
  ['waiver', waiver10(), '2025'],
  ['waiver', waiverV11(), '11'],
  ['waiver', { approvals: [] }, 'arbiter'],
  ['events', undefined, '11'],
  ['unknown', 'text', '2025'],
] as const)('a %s %j is of dialect %3$s', (kind, value, dialect) => {
  expect(detectDialect(kind, value)).toBe(dialect);
});
