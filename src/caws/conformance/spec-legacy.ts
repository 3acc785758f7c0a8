import { type Breach, type Path, quoted } from '../strictness/document.ts';
import { isEmpty, isRefused, member, textOf } from './loose.ts';
import type { ConformanceRule } from './rules.ts';

type LegacyDialect = '2025' | '10';

const requiredKeys = [
  'id',
  'title',
  'risk_tier',
  'mode',
  'blast_radius',
  'operational_rollback_slo',
  'scope',
  'invariants',
  'acceptance',
  'non_functional',
  'contracts',
];

const idForms: Readonly<Record<LegacyDialect, RegExp>> = {
  '2025': /^[A-Z]+-\d+$/,
  '10': /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/,
};

type Report = (name: string, path: Path, says: string) => void;

/**
 * What CLI 4.0.0 (2025) or CLI 10.2.0 (10) holds against a spec parsed with js-yaml's default
 * schema. Neither looks at the form of most values; what both let through is our strictness's
 * business, not conformance. Two accidents are not followed: CLI 4.0 finds a budget for a tier
 * named like a member of every object (`constructor`), and both die of printing a title or mode
 * that is a mapping with a `toString` of its own.
 */
export function legacySpecBreaches(
  spec: unknown,
  dialect: LegacyDialect,
): readonly Breach<ConformanceRule>[] {
  if (spec === null || spec === undefined)
    return [{ rule: 'spec.yaml.empty_document', path: [], says: 'the document is empty' }];
  if (typeof spec !== 'object' || Array.isArray(spec))
    return [{ rule: 'spec.yaml.not_an_object', path: [], says: `is ${quoted(spec)}, not a spec` }];
  const found: Breach<ConformanceRule>[] = [];
  const report: Report = (name, path, says) => {
    found.push({ rule: `spec.${dialect}.${name}` as ConformanceRule, path, says });
  };
  const keyed = (key: string): unknown => keyOf(spec, key, dialect);
  for (const key of requiredKeys)
    if (!keyed(key)) report('required', [key], `the key ${key} is missing or empty`);
  const id = keyed('id');
  if (id && !idForms[dialect].test(textOf(id)))
    report('id', ['id'], `${quoted(id)} does not have the form ${idForms[dialect].source}`);
  tierNumber(keyed('risk_tier'), report);
  if (isEmpty(member(keyed('scope'), 'in')))
    report('scope_in', ['scope', 'in'], 'names no path that the change may touch');
  tierDemands(keyed, report);
  waiverIds(keyed('waiver_ids'), report);
  if (dialect === '10') {
    globsInScopeOut(member(keyed('scope'), 'out'), report);
    rollbackSteps(keyed('rollback'), report);
    budgetOfSpec(keyed('change_budget'), report);
  }
  if (dialect === '2025' && found.length === 0) budgetOfTier(keyed('risk_tier'), report);
  return found;
}

/** CLI 10.2 takes `acceptance_criteria` where `acceptance` has no entries. */
function keyOf(spec: object, key: string, dialect: LegacyDialect): unknown {
  const value = member(spec, key);
  if (dialect !== '10' || key !== 'acceptance') return value;
  if (Array.isArray(value) && value.length > 0) return value;
  const criteria = member(spec, 'acceptance_criteria');
  return Array.isArray(criteria) && criteria.length > 0 ? criteria : value;
}

function tierNumber(tier: unknown, report: Report): void {
  if (!tier) return;
  if (isRefused(tier, (number) => number < 1 || number > 3))
    report('risk_tier', ['risk_tier'], `${quoted(tier)} is no tier`);
}

/** Only the numbers 1 and 2 are asked: the text "1" escapes every demand of its tier. */
function tierDemands(keyed: (key: string) => unknown, report: Report): void {
  const tier = keyed('risk_tier');
  if (tier !== 1 && tier !== 2) return;
  if (isEmpty(keyed('contracts')))
    report('contracts', ['contracts'], `tier ${tier} needs a contract`);
  if (tier !== 1) return;
  if (!keyed('observability'))
    report('observability', ['observability'], 'tier 1 needs an entry here');
  if (isEmpty(keyed('rollback'))) report('rollback', ['rollback'], 'tier 1 needs an entry here');
  if (isEmpty(member(keyed('non_functional'), 'security')))
    report('security', ['non_functional', 'security'], 'tier 1 needs an entry here');
}

function waiverIds(ids: unknown, report: Report): void {
  if (!ids) return;
  if (!Array.isArray(ids)) report('waiver_ids', ['waiver_ids'], 'must be a list of waiver ids');
  else
    for (const [at, id] of ids.entries())
      if (!/^WV-\d{4}$/.test(textOf(id)))
        report('waiver_ids', ['waiver_ids', at], `${quoted(id)} is no waiver id`);
}

function globsInScopeOut(out: unknown, report: Report): void {
  if (!Array.isArray(out)) return;
  for (const [at, entry] of out.entries()) {
    const parts: unknown = Array.isArray(entry) ? entry : typeof entry === 'string' ? entry : null;
    if (parts === null) report('scope_out', ['scope', 'out', at], `${quoted(entry)} is no path`);
    else if ((parts as string).includes('*') || (parts as string).includes('?'))
      report('scope_out', ['scope', 'out', at], `${quoted(entry)} has a wildcard`);
  }
}

function rollbackSteps(rollback: unknown, report: Report): void {
  if (rollback === undefined) return;
  if (!Array.isArray(rollback)) report('rollback', ['rollback'], 'must be a list of texts');
  else
    for (const [at, step] of rollback.entries())
      if (typeof step !== 'string')
        report('rollback', ['rollback', at], `${quoted(step)} is not a text`);
}

/**
 * CLI 4.0 derives a budget and does not wait for the answer: a tier without a budget is called
 * valid on the screen, and then the process dies with exit code 1.
 */
function budgetOfTier(tier: unknown, report: Report): void {
  if (!['1', '2', '3'].includes(textOf(tier)))
    report('risk_tier.no_budget', ['risk_tier'], `${quoted(tier)} has no budget`);
}

/**
 * CLI 10.2 measures the repository against the budget that the spec itself carries, where both
 * numbers are given; no change at all is over a budget below 0.
 */
function budgetOfSpec(budget: unknown, report: Report): void {
  const [files, lines] = [member(budget, 'max_files'), member(budget, 'max_loc')];
  if (typeof files !== 'number' || typeof lines !== 'number') return;
  if (files < 0) report('change_budget', ['change_budget', 'max_files'], `${files} is below 0`);
  if (lines < 0) report('change_budget', ['change_budget', 'max_loc'], `${lines} is below 0`);
}
