import { nearest } from '../nearest.ts';
import {
  type Breach,
  type Keyed,
  mapping,
  own,
  type Path,
  quoted,
} from '../strictness/document.ts';
import { isRefused, member } from './loose.ts';
import type { ConformanceRule } from './rules.ts';
import { type Misfit, misfits, type Shape } from './shape.ts';

const integerFrom = (min: number, max = Number.POSITIVE_INFINITY): Shape => ({
  kind: 'integer',
  min,
  max,
});
const flag: Shape = { kind: 'flag' };
const text: Shape = { kind: 'text' };
const tier: Shape = {
  kind: 'mapping',
  fields: { max_files: integerFrom(0), max_loc: integerFrom(0), description: text },
  required: ['max_files', 'max_loc'],
};
const gate: Shape = {
  kind: 'mapping',
  fields: {
    enabled: flag,
    mode: { kind: 'text', oneOf: ['block', 'warn', 'skip'] },
    description: text,
    thresholds: { kind: 'free-mapping' },
  },
  required: ['enabled', 'mode'],
};
/** Each of these frees the whole repository from scope. */
const broadZones = ['**', '*', '**/*', '.', './', './**', '/**'];

const policyShape = (zonesForced: boolean): Shape => ({
  kind: 'mapping',
  fields: {
    version: { kind: 'integer', oneOf: [1] },
    risk_tiers: {
      kind: 'mapping',
      fields: { 1: tier, 2: tier, 3: tier },
      required: ['1', '2', '3'],
    },
    gates: {
      kind: 'mapping',
      fields: {
        budget_limit: gate,
        spec_completeness: gate,
        scope_boundary: gate,
        god_object: gate,
        todo_detection: gate,
      },
      required: ['budget_limit', 'spec_completeness', 'scope_boundary'],
    },
    waivers: {
      kind: 'mapping',
      fields: {
        min_approvers_for_budget_raise: integerFrom(1),
        max_active_waivers_per_gate: integerFrom(0),
        default_expiry_days: integerFrom(1),
      },
      required: [],
    },
    non_governed_zones: {
      kind: 'list',
      items: { kind: 'text', charactersMin: 1, noneOf: zonesForced ? [] : broadZones },
    },
    non_governed_zones_force: flag,
    root_passthrough: {
      kind: 'list',
      items: { kind: 'text', charactersMin: 1, never: /\// },
    },
    edit_rules: {
      kind: 'mapping',
      fields: {
        policy_and_code_same_pr: flag,
        require_signed_commits: flag,
        require_dual_control_for_governance: flag,
      },
      required: [],
    },
    agents: {
      kind: 'mapping',
      fields: { last_modified_paths_ttl_seconds: integerFrom(60, 86_400) },
      required: [],
    },
  },
  required: ['version', 'risk_tiers', 'gates'],
});

const shapes = { forced: policyShape(true), plain: policyShape(false) };

/** What CLI 12.0.0 holds against a parsed policy; how tiers compare only once the form is right. */
export function policyBreachesV11(value: unknown): readonly Breach<ConformanceRule>[] {
  if (value === null || value === undefined)
    return [{ rule: 'policy.yaml.empty_document', path: [], says: 'the document is empty' }];
  const policy = mapping(value);
  if (policy === undefined)
    return [
      { rule: 'policy.yaml.not_an_object', path: [], says: `is ${quoted(value)}, not a policy` },
    ];
  const shape = policy['non_governed_zones_force'] === true ? shapes.forced : shapes.plain;
  const found = misfits(shape, policy);
  return found.length > 0 ? found.map((misfit) => asBreach(misfit, shape)) : orderBreaches(policy);
}

function asBreach(misfit: Misfit, shape: Shape): Breach<ConformanceRule> {
  const known =
    shape.kind === 'mapping' && misfit.path.length === 0 ? Object.keys(shape.fields) : [];
  const likely =
    misfit.why === 'unknown' && misfit.key !== undefined ? nearest(misfit.key, known) : undefined;
  return {
    rule: ruleOf(misfit),
    path: misfit.path,
    says: likely === undefined ? misfit.says : `${misfit.says}; did you mean ${likely}?`,
    ...(misfit.why === 'unknown' && misfit.key !== undefined
      ? { place: [...misfit.path, misfit.key] }
      : {}),
  };
}

function ruleOf({ why, path, key }: Misfit): ConformanceRule {
  const [first, , third] = path;
  if (why === 'unknown' && first === 'risk_tiers' && path.length === 2 && key === 'label')
    return 'policy.schema.tier.label_forbidden';
  if (why === 'unknown' && first === 'edit_rules' && key === 'min_approvers_for_budget_raise')
    return 'policy.schema.edit_rules.approvers_misplaced';
  if (first === 'gates' && path.length === 1 && why === 'unknown')
    return 'policy.schema.gates.unknown';
  if (first === 'gates' && path.length === 1 && why === 'missing')
    return 'policy.schema.gates.missing_required';
  if (first === 'gates' && third === 'mode' && why === 'choice')
    return 'policy.schema.gates.unknown_mode';
  if (first === 'non_governed_zones' && why === 'never')
    return 'policy.schema.non_governed_zones.too_broad';
  if (first === 'root_passthrough' && why === 'never')
    return 'policy.schema.root_passthrough.contains_slash';
  return 'policy.schema.violation';
}

function orderBreaches(policy: Keyed): readonly Breach<ConformanceRule>[] {
  const found: Breach<ConformanceRule>[] = [];
  const compare = (key: string, rule: ConformanceRule): void => {
    const [one, two, three] = ['1', '2', '3'].map((name) =>
      Number(own(own(policy['risk_tiers'], name), key)),
    ) as [number, number, number];
    if (one > two || two > three)
      found.push({
        rule,
        path: ['risk_tiers'],
        says: `${key} runs ${one}, ${two}, ${three} from tier 1 to 3 and must not fall`,
      });
  };
  compare('max_files', 'policy.semantic.risk_tiers.non_monotonic_files');
  compare('max_loc', 'policy.semantic.risk_tiers.non_monotonic_loc');
  return found;
}

/**
 * What CLI 4.0.0 and CLI 10.2.0, which share this check, hold against a policy parsed with
 * js-yaml's default schema. They stop at the first breach.
 */
export function legacyPolicyBreaches(policy: unknown): readonly Breach<ConformanceRule>[] {
  const first = firstLegacyBreach(policy);
  return first === undefined ? [] : [first];
}

function firstLegacyBreach(policy: unknown): Breach<ConformanceRule> | undefined {
  if (policy === null || policy === undefined)
    return { rule: 'policy.yaml.empty_document', path: [], says: 'the document is empty' };
  if (!member(policy, 'version'))
    return { rule: 'policy.2025.version', path: ['version'], says: 'the key version is missing' };
  const tiers = member(policy, 'risk_tiers');
  if (!tiers)
    return {
      rule: 'policy.2025.risk_tiers',
      path: ['risk_tiers'],
      says: 'the key risk_tiers is missing',
    };
  for (const name of ['1', '2', '3']) {
    const breach = legacyTierBreach(member(tiers, name), ['risk_tiers', name]);
    if (breach !== undefined) return breach;
  }
  return legacyApprovalBreach(member(policy, 'waiver_approval'));
}

function legacyTierBreach(budget: unknown, path: Path): Breach<ConformanceRule> | undefined {
  if (!budget) return { rule: 'policy.2025.risk_tiers', path, says: 'the tier is missing' };
  for (const key of ['max_files', 'max_loc'] as const) {
    const value = member(budget, key);
    if (!value || isRefused(value, (number) => number <= 0))
      return {
        rule: `policy.2025.${key}`,
        path: [...path, key],
        says: `${quoted(value)} is no budget`,
      };
  }
  for (const key of ['coverage_threshold', 'mutation_threshold'] as const) {
    const value = member(budget, key);
    if (value !== undefined && isRefused(value, (number) => number < 0 || number > 100))
      return {
        rule: `policy.2025.${key}`,
        path: [...path, key],
        says: `${quoted(value)} is no percentage`,
      };
  }
  return undefined;
}

function legacyApprovalBreach(approval: unknown): Breach<ConformanceRule> | undefined {
  const approvers = member(approval, 'required_approvers');
  const days = member(approval, 'max_duration_days');
  const breach = (key: string, value: unknown): Breach<ConformanceRule> => ({
    rule: 'policy.2025.waiver_approval',
    path: ['waiver_approval', key],
    says: `${quoted(value)} is not allowed`,
  });
  if (approvers !== undefined && isRefused(approvers, (number) => number < 0))
    return breach('required_approvers', approvers);
  if (days !== undefined && isRefused(days, (number) => number <= 0))
    return breach('max_duration_days', days);
  return undefined;
}

/**
 * What the 2025 tools that read `tier-policy.json` need: three tiers, and numbers where there are
 * budgets and thresholds. No published command validates this file; CLI 4.0 does not load it.
 */
export function tierPolicyBreaches(value: unknown): readonly Breach<ConformanceRule>[] {
  const nested = mapping(own(value, 'tiers'));
  const tiers = nested ?? mapping(value);
  const base: Path = nested === undefined ? [] : ['tiers'];
  if (tiers === undefined)
    return [{ rule: 'document.not_a_mapping', path: [], says: `is ${quoted(value)}, not tiers` }];
  const found: Breach<ConformanceRule>[] = [];
  for (const name of ['1', '2', '3']) {
    const budget = mapping(tiers[name]);
    const path = [...base, name];
    if (budget === undefined)
      found.push({ rule: 'tier_policy.2025.tiers', path, says: 'the tier is missing' });
    for (const [key, number] of Object.entries(budget ?? {})) {
      if (!/^(min|max)_/.test(key)) continue;
      if (typeof number !== 'number' || !(number >= 0))
        found.push({
          rule: 'tier_policy.2025.number',
          path: [...path, key],
          says: `${quoted(number)} is no number of 0 or more`,
        });
    }
  }
  return found;
}
