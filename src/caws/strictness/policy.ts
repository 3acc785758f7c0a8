import { nearest } from '../nearest.ts';
import { type Keyed, type LocatedDocument, mapping, own, type Path, quoted } from './document.ts';
import { unknownKeyBreaches } from './keys.ts';
import { budgetBreaches, percentageBreaches } from './numbers.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';
import { scopeBreaches } from './scope.ts';

/** Gates that a published policy or waiver schema of any dialect names. */
export const publishedGates: readonly string[] = [
  'accessibility_check',
  'budget_limit',
  'contract_compliance',
  'coverage_threshold',
  'god_object',
  'mutation_threshold',
  'performance_budget',
  'scope_boundary',
  'security_scan',
  'spec_completeness',
  'todo_detection',
];

/** Without these three there is no change budget, no scope and no spec. */
const criticalGates = ['budget_limit', 'scope_boundary', 'spec_completeness'];

const knownKeys = [
  'agents',
  'edit_rules',
  'gates',
  'non_governed_zones',
  'non_governed_zones_force',
  'risk_tiers',
  'root_passthrough',
  'version',
  'waiver_approval',
  'waivers',
];

/** Whoever may change these changes what is built, run or reviewed. */
const decisiveRootFiles =
  /^(package(-lock)?\.json|npm-shrinkwrap\.json|turbo\.json|tsconfig.*\.json|\..+|claude\.md|agents\.md|codeowners|eslint\.config\..+|makefile|dockerfile|cargo\.(toml|lock)|pyproject\.toml|go\.(mod|sum))$/i;

/**
 * What we hold against a `policy.yaml`.
 *
 * @param reader what the dialect's own reader does before us: refuse unknown keys and gates, and, as
 * ours does, take a tier that is left out from the shipped policy.
 */
export function policyStrictness(
  document: LocatedDocument,
  { isClosed, completes }: { readonly isClosed: boolean; readonly completes: boolean },
): readonly StrictBreach[] {
  const policy = mapping(document.value);
  if (policy === undefined) return [];
  const tiers = mapping(policy['risk_tiers']);
  return [
    ...(isClosed ? [] : unknownKeyBreaches(policy, knownKeys, [])),
    ...(tiers === undefined || completes ? [] : missingTiers(tiers, ['risk_tiers'])),
    ...(tiers === undefined ? [] : tierBreaches(document, tiers, ['risk_tiers'])),
    ...gateBreaches(policy, isClosed),
    ...ruleBreaches(document, policy),
    ...zoneBreaches(policy),
  ];
}

/** What we hold against a `tier-policy.json`, with or without `tiers` around it. */
export function tierPolicyStrictness(document: LocatedDocument): readonly StrictBreach[] {
  const nested = mapping(own(document.value, 'tiers'));
  const tiers = nested ?? mapping(document.value);
  if (tiers === undefined) return [];
  const path = nested === undefined ? [] : ['tiers'];
  return [...missingTiers(tiers, path), ...tierBreaches(document, tiers, path)];
}

const budgetKeys = ['max_files', 'max_loc'];
const percentageKeys = [
  'coverage_threshold',
  'mutation_threshold',
  'min_branch',
  'min_coverage',
  'min_mutation',
];

const tierNames = ['1', '2', '3'];

function missingTiers(tiers: Keyed, path: Path): readonly StrictBreach[] {
  return tierNames
    .filter((name) => mapping(tiers[name]) === undefined)
    .map((name) => ({
      rule: 'strict.policy.tier_missing',
      path,
      says: `tier ${name} is missing`,
    }));
}

function tierBreaches(
  document: LocatedDocument,
  tiers: Keyed,
  path: Path,
): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  for (const name of tierNames) {
    const tier = mapping(tiers[name]);
    if (tier === undefined) continue;
    const at = (key: string): Path => [...path, name, key];
    for (const key of budgetKeys)
      if (Object.hasOwn(tier, key)) found.push(...budgetBreaches(document, at(key), tier[key]));
    for (const key of percentageKeys)
      if (Object.hasOwn(tier, key)) found.push(...percentageBreaches(at(key), tier[key]));
    if (Object.hasOwn(tier, 'label'))
      found.push({
        rule: 'strict.policy.tier_label',
        path: at('label'),
        says: 'v11 refuses the key',
      });
  }
  for (const name of Object.keys(tiers))
    if (/^(T|tier_?)?\d+$/i.test(name) && !/^[123]$/.test(name))
      found.push({
        rule: 'strict.policy.tier_unknown',
        path: [...path, name],
        says: `${quoted(name)} is no tier`,
      });
  return [...found, ...budgetKeys.flatMap((key) => orderBreaches(tiers, key, path))];
}

function orderBreaches(tiers: Keyed, key: string, path: Path): readonly StrictBreach[] {
  const budgets = tierNames.map((name) => own(tiers[name], key));
  const numbers = budgets.filter((value): value is number => Number.isFinite(value));
  if (numbers.every((value, at) => at === 0 || value >= (numbers[at - 1] ?? 0))) return [];
  return [
    {
      rule: 'strict.policy.not_monotonic',
      path,
      says: `${key} runs ${numbers.join(', ')} from tier 1 to 3: the riskiest may change the most`,
    },
  ];
}

function gateBreaches(policy: Keyed, isClosed: boolean): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  const gates = mapping(policy['gates']) ?? {};
  for (const [name, value] of Object.entries(gates)) {
    const path = ['gates', name];
    if (!publishedGates.includes(name) && !isClosed) {
      const likely = nearest(name, publishedGates);
      const rule: StrictRuleId =
        likely === undefined ? 'strict.policy.gate_unknown' : 'strict.policy.gate_misspelled';
      const meant = likely === undefined ? '' : `; did you mean ${likely}?`;
      found.push({ rule, path, says: `${quoted(name)} is no gate of CAWS${meant}` });
    }
    const gate = mapping(value) ?? {};
    const off =
      gate['enabled'] === false || (gate['mode'] !== undefined && gate['mode'] !== 'block');
    if (criticalGates.includes(name) && off)
      found.push({ rule: 'strict.policy.gate_off', path, says: `${name} does not block` });
  }
  return found;
}

function ruleBreaches(document: LocatedDocument, policy: Keyed): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  const counts: readonly Path[] = [
    ['edit_rules', 'min_approvers_for_budget_raise'],
    ['waivers', 'min_approvers_for_budget_raise'],
    ['waivers', 'max_active_waivers_per_gate'],
    ['waivers', 'default_expiry_days'],
    ['waiver_approval', 'required_approvers'],
    ['waiver_approval', 'max_duration_days'],
  ];
  for (const path of counts) {
    const value = own(policy[String(path[0])], String(path[1]));
    if (value !== undefined) found.push(...budgetBreaches(document, path, value));
  }
  if (own(policy['edit_rules'], 'policy_and_code_same_pr') === true)
    found.push({
      rule: 'strict.policy.mixed_changes',
      path: ['edit_rules', 'policy_and_code_same_pr'],
      says: 'a change may edit the policy that judges it',
    });
  return found;
}

function zoneBreaches(policy: Keyed): readonly StrictBreach[] {
  const found: StrictBreach[] = [];
  const zones: unknown = policy['non_governed_zones'];
  if (Array.isArray(zones) && zones.length > 0)
    found.push(
      ...scopeBreaches(zones, ['non_governed_zones']).filter(
        ({ rule }) => rule !== 'strict.scope.plain_folder',
      ),
    );
  if (policy['non_governed_zones_force'] === true)
    found.push({
      rule: 'strict.policy.zones_forced',
      path: ['non_governed_zones_force'],
      says: 'any pattern may free paths from every scope',
    });
  const roots: unknown = policy['root_passthrough'];
  for (const [at, name] of Array.isArray(roots) ? roots.entries() : [])
    if (typeof name === 'string' && decisiveRootFiles.test(name))
      found.push({
        rule: 'strict.policy.root_file',
        path: ['root_passthrough', at],
        says: `${quoted(name)} may change without standing in any scope`,
      });
  return found;
}
