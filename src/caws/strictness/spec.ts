import { type Keyed, type LocatedDocument, mapping, own, quoted } from './document.ts';
import { unknownKeyBreaches } from './keys.ts';
import { budgetBreaches } from './numbers.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';
import { exclusionBreaches, scopeBreaches } from './scope.ts';

/** Every top-level key that a published tool or schema of any dialect reads. */
const knownKeys = [
  'acceptance',
  'acceptance_criteria',
  'ai_assessment',
  'blast_radius',
  'blockers',
  'change_budget',
  'closure_notes',
  'contracts',
  'created_at',
  'dependencies',
  'evidence',
  'experiment_mode',
  'experimental_mode',
  'human_override',
  'id',
  'invariants',
  'lifecycle_state',
  'migrations',
  'mode',
  'non_functional',
  'observability',
  'operational_rollback_slo',
  'owner',
  'resolution',
  'risk_tier',
  'rollback',
  'scope',
  'status',
  'successors',
  'superseded_by',
  'supersedes',
  'threats',
  'timeboxed_hours',
  'title',
  'type',
  'updated_at',
  'waiver_ids',
  'worktree',
];

const modes = ['feature', 'refactor', 'fix', 'doc', 'chore'];

/** A part of a spec that stands alone in a file shows none of these. */
const identifyingKeys = ['id', 'title', 'risk_tier', 'mode', 'lifecycle_state', 'acceptance'];

/** What we hold against a spec in any dialect. */
export function specStrictness(document: LocatedDocument, isV11: boolean): readonly StrictBreach[] {
  const spec = mapping(document.value);
  if (spec === undefined) return [];
  if (!identifyingKeys.some((key) => Object.hasOwn(spec, key)))
    return [{ rule: 'strict.document.fragment', path: [], says: fragmentSays(spec) }];
  return [
    ...(isV11 ? [] : unknownKeyBreaches(spec, knownKeys, [])),
    ...tierBreaches(spec),
    ...modeBreaches(spec, isV11),
    ...contentBreaches(spec),
    ...specScopeBreaches(spec),
    ...changeBudgetBreaches(document, spec),
  ];
}

function fragmentSays(spec: Keyed): string {
  const keys = Object.keys(spec).slice(0, 3).map(quoted).join(', ');
  return `has none of the keys of a spec, only ${keys === '' ? 'nothing' : keys}`;
}

function tierBreaches(spec: Keyed): readonly StrictBreach[] {
  if (!Object.hasOwn(spec, 'risk_tier')) return [];
  const tier = spec['risk_tier'];
  if (tier === 1 || tier === 2 || tier === 3) return [];
  const asText = typeof tier === 'string' && /^\s*T?[123]\s*$/i.test(tier);
  const rule = asText ? 'strict.spec.tier_as_text' : 'strict.spec.tier_unknown';
  const says = asText ? `${quoted(tier)} is a text, no number` : `${quoted(tier)} is no tier`;
  return [{ rule, path: ['risk_tier'], says }];
}

function modeBreaches(spec: Keyed, isV11: boolean): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  const mode = spec['mode'];
  if (!isV11 && mode !== undefined && !(typeof mode === 'string' && modes.includes(mode)))
    found.push({
      rule: 'strict.spec.mode_unknown',
      path: ['mode'],
      says: `${quoted(mode)} is no mode`,
    });
  const experiment = mapping(spec['experimental_mode']);
  if (
    !isV11 &&
    experiment !== undefined &&
    experiment['enabled'] !== false &&
    spec['risk_tier'] !== 3
  )
    found.push({
      rule: 'strict.spec.experiment_tier',
      path: ['experimental_mode'],
      says: `an experiment at tier ${quoted(spec['risk_tier'])}`,
    });
  return found;
}

function contentBreaches(spec: Keyed): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  const demand = (key: string, rule: StrictRuleId): void => {
    const entries = spec[key];
    if (Object.hasOwn(spec, key) && (!Array.isArray(entries) || entries.length === 0))
      found.push({ rule, path: [key], says: `${quoted(entries)} has no entry` });
  };
  demand('acceptance', 'strict.spec.no_acceptance');
  demand('invariants', 'strict.spec.no_invariants');
  const seen = new Set<string>();
  const criteria: unknown = spec['acceptance'];
  for (const [at, criterion] of Array.isArray(criteria) ? criteria.entries() : []) {
    const id = own(criterion, 'id');
    if (typeof id !== 'string') continue;
    if (seen.has(id))
      found.push({
        rule: 'strict.spec.duplicate_criterion',
        path: ['acceptance', at, 'id'],
        says: `${quoted(id)} is the id of an earlier criterion`,
      });
    seen.add(id);
  }
  return found;
}

function specScopeBreaches(spec: Keyed): readonly StrictBreach[] {
  const scope = spec['scope'];
  if (scope === undefined) return [];
  const support = own(scope, 'support');
  return [
    ...scopeBreaches(own(scope, 'in'), ['scope', 'in']),
    ...(support === undefined || (Array.isArray(support) && support.length === 0)
      ? []
      : scopeBreaches(support, ['scope', 'support'])),
    ...exclusionBreaches(own(scope, 'out'), ['scope', 'out']),
  ];
}

function changeBudgetBreaches(document: LocatedDocument, spec: Keyed): readonly StrictBreach[] {
  return ['max_files', 'max_loc'].flatMap((key) => {
    const value = own(spec['change_budget'], key);
    return value === undefined || value === null
      ? []
      : budgetBreaches(document, ['change_budget', key], value);
  });
}
