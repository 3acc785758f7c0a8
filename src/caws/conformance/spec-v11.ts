import { nearest } from '../nearest.ts';
import {
  type Breach,
  type Keyed,
  mapping,
  own,
  type Path,
  quoted,
} from '../strictness/document.ts';
import type { ConformanceRule } from './rules.ts';
import { type Misfit, misfits } from './shape.ts';
import { specKeysV11, specShapeV11 } from './spec-v11-shape.ts';

/**
 * What CLI 12.0.0 holds against a parsed spec: its form first; how its parts fit together only
 * once the form is right. A value of the wrong type is not blamed for being no choice of a list as
 * well, though the published validator prints both: `risk_tier: "1"` breaks one rule.
 */
export function specBreachesV11(value: unknown): readonly Breach<ConformanceRule>[] {
  if (value === null || value === undefined)
    return [{ rule: 'spec.yaml.empty_document', path: [], says: 'the document is empty' }];
  const document = mapping(value);
  if (document === undefined)
    return [{ rule: 'spec.yaml.not_an_object', path: [], says: `is ${quoted(value)}, not a spec` }];
  const found = misfits(specShapeV11, document);
  if (found.length > 0) return found.map(asBreach);
  return [
    ...tierBreaches(document),
    ...lifecycleBreaches(document),
    ...successorsBreaches(document),
    ...scopeBreaches(document),
    ...evidenceBreaches(document),
  ];
}

function asBreach(misfit: Misfit): Breach<ConformanceRule> {
  const likely =
    misfit.why === 'unknown' && misfit.path.length === 0 && misfit.key !== undefined
      ? nearest(misfit.key, specKeysV11)
      : undefined;
  const says = likely === undefined ? misfit.says : `${misfit.says}; did you mean ${likely}?`;
  return { rule: ruleOf(misfit), path: misfit.path, says, ...keySpot(misfit) };
}

/** An unknown key is printed at its mapping, as the published tool does, and placed at the key. */
function keySpot(misfit: Misfit): { readonly place?: Path } {
  return misfit.why === 'unknown' && misfit.key !== undefined
    ? { place: [...misfit.path, misfit.key] }
    : {};
}

const forbiddenKeys: Readonly<Record<string, ConformanceRule>> = {
  change_budget: 'spec.schema.forbidden_field.change_budget',
  acceptance_criteria: 'spec.schema.forbidden_field.acceptance_criteria',
  include: 'spec.schema.forbidden_field.scope_include',
  exclude: 'spec.schema.forbidden_field.scope_exclude',
  status: 'spec.schema.forbidden_field.status',
};

function ruleOf({ why, path, key }: Misfit): ConformanceRule {
  const at = path.join('/');
  if (why === 'unknown' && key !== undefined && Object.hasOwn(forbiddenKeys, key))
    return forbiddenKeys[key] ?? 'spec.schema.violation';
  if (why === 'choice' && at === 'mode') return 'spec.schema.mode.development_removed';
  if (why === 'type' && at === 'risk_tier') return 'spec.schema.risk_tier.type_rejected';
  if (why === 'choice' && at === 'risk_tier') return 'spec.schema.risk_tier.out_of_range';
  if (why === 'length' && at === 'scope/in') return 'spec.schema.scope.in_empty';
  if (why === 'never') return 'spec.schema.scope.out_glob_forbidden';
  if (why === 'pattern' && at === 'id') return 'spec.schema.id.pattern_violation';
  return 'spec.schema.violation';
}

function entriesOf(value: unknown, key: string): readonly Keyed[] {
  const entries = own(value, key);
  return Array.isArray(entries) ? (entries as Keyed[]) : [];
}

function tierBreaches(document: Keyed): readonly Breach<ConformanceRule>[] {
  const found: Breach<ConformanceRule>[] = [];
  const tier = document['risk_tier'];
  const empty = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;
  const demand = (rule: ConformanceRule, path: Path, value: unknown): void => {
    if (empty(value)) found.push({ rule, path, says: `tier ${String(tier)} needs an entry here` });
  };
  if (document['mode'] !== 'chore' && tier === 1)
    demand('spec.semantic.tier1.contracts_required', ['contracts'], document['contracts']);
  if (document['mode'] !== 'chore' && tier === 2)
    demand('spec.semantic.tier2.contracts_required', ['contracts'], document['contracts']);
  if (tier === 1) {
    const security = own(document['non_functional'], 'security');
    demand(
      'spec.semantic.tier1.observability_required',
      ['observability'],
      document['observability'],
    );
    demand('spec.semantic.tier1.rollback_required', ['rollback'], document['rollback']);
    demand('spec.semantic.tier1.security_required', ['non_functional', 'security'], security);
  }
  if (document['experimental_mode'] !== undefined && tier !== 3)
    found.push({
      rule: 'spec.semantic.experimental_mode.tier_restricted',
      path: ['experimental_mode'],
      says: `an experiment at tier ${String(tier)}`,
    });
  return found;
}

function lifecycleBreaches(document: Keyed): readonly Breach<ConformanceRule>[] {
  const found: Breach<ConformanceRule>[] = [];
  const state = String(document['lifecycle_state']);
  const over = state === 'closed' || state === 'archived';
  if (document['resolution'] !== undefined && !over)
    found.push({
      rule: 'spec.semantic.resolution.requires_closure',
      path: ['resolution'],
      says: `the spec is ${state}`,
    });
  if (document['resolution'] === undefined && over)
    found.push({
      rule: 'spec.semantic.closed.resolution_required',
      path: ['resolution'],
      says: `the spec is ${state} and does not say how it ended`,
    });
  if (document['supersedes'] !== undefined && document['supersedes'] === document['id'])
    found.push({
      rule: 'spec.semantic.supersedes.self_reference',
      path: ['supersedes'],
      says: 'names this spec itself',
    });
  return found;
}

function successorsBreaches(document: Keyed): readonly Breach<ConformanceRule>[] {
  const seen = new Set<unknown>();
  return entriesOf(document, 'successors').flatMap((entry, at) => {
    const target = entry['target_spec_id'];
    const found = successorBreaches(document, entry, at);
    const twice: Breach<ConformanceRule> = {
      rule: 'spec.semantic.successor.duplicate_target',
      path: ['successors', at, 'target_spec_id'],
      says: 'is named a second time',
    };
    const all = seen.has(target) ? [...found, twice] : found;
    seen.add(target);
    return all;
  });
}

function successorBreaches(
  document: Keyed,
  entry: Keyed,
  at: number,
): readonly Breach<ConformanceRule>[] {
  const found: Breach<ConformanceRule>[] = [];
  const breach = (rule: ConformanceRule, key: string, says: string): void => {
    found.push({ rule, path: ['successors', at, key], says });
  };
  const { target_spec_id: target, absorbed_by: absorber, disposition, rationale } = entry;
  const blank = typeof rationale === 'string' && rationale.trim() === '';
  if (disposition === 'declined' && (rationale === undefined || blank))
    breach(
      'spec.semantic.successor.declined_rationale_required',
      'rationale',
      'declined without a reason',
    );
  if (disposition === 'absorbed' && absorber === undefined)
    breach(
      'spec.semantic.successor.absorbed_by_required',
      'absorbed_by',
      'absorbed by no named spec',
    );
  if (blank) breach('spec.semantic.successor.rationale_empty', 'rationale', 'the reason is blank');
  if (target === document['id'])
    breach('spec.semantic.successor.self_reference', 'target_spec_id', 'names this spec itself');
  if (absorber !== undefined && absorber === document['id'])
    breach(
      'spec.semantic.successor.absorbed_by_self_reference',
      'absorbed_by',
      'names this spec itself',
    );
  if (absorber !== undefined && absorber === target)
    breach(
      'spec.semantic.successor.absorbed_by_equals_target',
      'absorbed_by',
      'absorbed by itself',
    );
  return found;
}

/** An out entry that is a folder above an admitted path takes that path away again. */
function scopeBreaches(document: Keyed): readonly Breach<ConformanceRule>[] {
  const texts = (key: string): readonly string[] =>
    (own(document['scope'], key) ?? []) as readonly string[];
  const outers = new Map<string, number[]>();
  for (const [at, entry] of texts('out').entries()) {
    const folder = withoutFinalSlash(entry);
    outers.set(folder, [...(outers.get(folder) ?? []), at]);
  }
  return [...texts('in'), ...texts('support')].flatMap((inner) =>
    foldersAbove(withoutFinalSlash(inner)).flatMap((folder) =>
      (outers.get(folder) ?? []).map((at) => ({
        rule: 'spec.semantic.scope.overbroad_out' as const,
        path: ['scope', 'out'],
        place: ['scope', 'out', at],
        says: `${quoted(folder)} takes away ${quoted(inner)}`,
      })),
    ),
  );
}

function withoutFinalSlash(entry: string): string {
  return entry.length > 1 && entry.endsWith('/') ? entry.slice(0, -1) : entry;
}

/** Deeper than this no file system goes; the rest of a hostile path has no folder of its own. */
const foldersMax = 500;

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/', 1); at > 0 && folders.length < foldersMax; ) {
    folders.push(path.slice(0, at));
    at = path.indexOf('/', at + 1);
  }
  return folders;
}

function evidenceBreaches(document: Keyed): readonly Breach<ConformanceRule>[] {
  const declared = new Set(entriesOf(document, 'acceptance').map((one) => one['id']));
  const found: Breach<ConformanceRule>[] = [];
  for (const [at, entry] of entriesOf(document, 'evidence').entries()) {
    if (!declared.has(entry['criterion_id']))
      found.push({
        rule: 'spec.semantic.evidence.criterion_id_unknown',
        path: ['evidence', at, 'criterion_id'],
        says: `${quoted(entry['criterion_id'])} is no criterion of this spec`,
      });
    const reason = entry['waiver_reason'];
    if (entry['status'] === 'waived' && (typeof reason !== 'string' || reason.trim() === ''))
      found.push({
        rule: 'spec.semantic.evidence.waiver_reason_required',
        path: ['evidence', at, 'waiver_reason'],
        says: 'waived without a reason',
      });
  }
  return found;
}
