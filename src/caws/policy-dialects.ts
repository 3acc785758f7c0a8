/** Policies of published dialects in our own form: same keys where they mean the same, notes where not. */

import type { Place } from '../primitives.ts';
import { arbiterPolicyKeys, type Dialect, type DocumentKind } from './dialect.ts';
import type { DocumentProblem } from './law.ts';
import { nearest } from './nearest.ts';
import { gateId } from './policy-gates.ts';
import { dotted, problemAt, quoted } from './schema-problems.ts';
import type { LocatedYaml, YamlPath } from './yaml.ts';

/** A policy in our own form; `placeOf` takes its paths and answers with places of the original. */
export interface TranslatedPolicy {
  readonly document: Readonly<Record<string, unknown>>;
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
  readonly originalOf: (path: YamlPath) => YamlPath;
  /** Why it cannot be used, in addition to what the schema will say. */
  readonly problems: readonly DocumentProblem[];
  /** What it says that is read differently or not at all. */
  readonly notes: readonly DocumentProblem[];
}

type Keyed = Readonly<Record<string, unknown>>;

/**
 * Puts a policy of a published dialect into our own form. Free gate names, labels and extra
 * thresholds become notes; a key that is nearly a known one is an error in every dialect, because
 * a misspelt rule would silently not bind.
 */
export function translatePolicy(
  located: LocatedYaml,
  root: Keyed,
  kind: DocumentKind,
  dialect: Dialect,
): TranslatedPolicy {
  const moved = new Map<string, YamlPath>();
  const document: Record<string, unknown> = Object.create(null);
  const to: Translation = { located, document, problems: [], notes: [], moved };
  if (kind === 'tier-policy') translateTierPolicy(root, to);
  else translatePublished(root, dialect, to);
  const originalOf = (path: YamlPath) => originalPath(moved, path);
  return {
    document,
    problems: to.problems,
    notes: to.notes,
    originalOf,
    placeOf: (path, part) => located.placeOf(originalOf(path), part),
  };
}

/** The document as far as it is gathered, and where each part of it came from. */
interface Translation {
  readonly located: LocatedYaml;
  readonly document: Record<string, unknown>;
  readonly problems: DocumentProblem[];
  readonly notes: DocumentProblem[];
  /** Path in our own form, as JSON, to the path in the original. */
  readonly moved: Map<string, YamlPath>;
}

function originalPath(moved: Translation['moved'], path: YamlPath): YamlPath {
  for (let length = path.length; length > 0; length -= 1) {
    const from = moved.get(JSON.stringify(path.slice(0, length)));
    if (from !== undefined) return [...from, ...path.slice(length)];
  }
  return path;
}

function put(to: Translation, path: readonly string[], value: unknown, from: YamlPath): void {
  let parent = to.document;
  for (const step of path.slice(0, -1)) {
    const next = parent[step];
    const inner = isKeyed(next) ? next : Object.create(null);
    parent[step] = inner;
    parent = inner;
  }
  parent[path.at(-1) as string] = value;
  to.moved.set(JSON.stringify(path), from);
}

function note(to: Translation, rule: string, path: YamlPath, message: string, hint: string): void {
  const at = { family: 'policy', placeOf: to.located.placeOf };
  const severity = 'warning';
  to.notes.push(problemAt(at, { rule, path, part: 'key', message, hint, severity }));
}

function refuse(
  to: Translation,
  rule: string,
  path: YamlPath,
  message: string,
  hint: string,
): void {
  const at = { family: 'policy', placeOf: to.located.placeOf };
  to.problems.push(problemAt(at, { rule, path, part: 'key', message, hint }));
}

/** A key that the dialect does not have: misspelt is an error, foreign is a note. */
function passOver(to: Translation, path: YamlPath, known: readonly string[]): void {
  const key = String(path.at(-1));
  const near = nearest(key, known);
  if (near !== undefined) {
    const message = `unknown key ${quoted(key)}`;
    refuse(to, 'unknown-key', path, message, `Did you mean "${near}"?`);
    return;
  }
  const message = `${dotted(path)} is not read and binds nothing`;
  note(to, 'foreign-key', path, message, 'Delete it, or say it with the keys of our own form.');
}

const publishedKeys = [
  'version',
  'risk_tiers',
  'edit_rules',
  'waiver_approval',
  'waivers',
  'gates',
  'non_governed_zones',
  'root_passthrough',
];

function translatePublished(root: Keyed, dialect: Dialect, to: Translation): void {
  for (const key of ['version', 'non_governed_zones', 'root_passthrough'])
    if (Object.hasOwn(root, key)) put(to, [key], root[key], [key]);
  // Misspelling a key of ours must not go unnoticed here either.
  for (const key of Object.keys(root))
    if (!publishedKeys.includes(key)) passOver(to, [key], [...publishedKeys, ...arbiterPolicyKeys]);
  const tiers = root['risk_tiers'];
  if (!isKeyed(tiers)) {
    const hint = 'Name the tiers 1, 2 and 3 with max_files and max_loc each.';
    refuse(to, 'missing-key', ['risk_tiers'], 'the policy names no risk tiers', hint);
  } else {
    translateTiers(tiers, ['risk_tiers'], to);
    for (const tier of ['1', '2', '3']) requireCaps(tiers, tier, to);
  }
  // Version 11 counts insertions alone, and has neither contracts nor reviews by tier.
  if (dialect === '11') {
    put(to, ['lines'], 'added', []);
    for (const tier of ['1', '2', '3']) {
      put(to, ['risk_tiers', tier, 'contracts_required'], false, ['risk_tiers', tier]);
      put(to, ['risk_tiers', tier, 'manual_review_required'], false, ['risk_tiers', tier]);
    }
  }
  translateSections(root, to);
  translateGates(root['gates'], to);
}

function requireCaps(tiers: Keyed, tier: string, to: Translation): void {
  const caps = tiers[tier];
  for (const key of ['max_files', 'max_loc']) {
    if (isKeyed(caps) && Object.hasOwn(caps, key)) continue;
    const message = `risk_tiers.${tier} lacks ${key}`;
    refuse(to, 'missing-key', ['risk_tiers', tier], message, `Add ${key}, a whole number.`);
  }
}

const tierKeys: Readonly<Record<string, string>> = {
  description: 'description',
  max_files: 'max_files',
  max_loc: 'max_loc',
  coverage_threshold: 'coverage_threshold',
  min_branch: 'coverage_threshold',
  min_coverage: 'coverage_threshold',
  mutation_threshold: 'mutation_threshold',
  min_mutation: 'mutation_threshold',
  contracts_required: 'contracts_required',
  requires_contracts: 'contracts_required',
  manual_review_required: 'manual_review_required',
  requires_manual_review: 'manual_review_required',
};

function translateTiers(tiers: Keyed, at: readonly string[], to: Translation): void {
  for (const [tier, caps] of Object.entries(tiers)) {
    if (!['1', '2', '3'].includes(tier)) {
      passOver(to, [...at, tier], []);
      continue;
    }
    if (!isKeyed(caps)) {
      put(to, ['risk_tiers', tier], caps, [...at, tier]);
      continue;
    }
    for (const [key, value] of Object.entries(caps)) {
      const from = [...at, tier, key];
      const ours = Object.hasOwn(tierKeys, key) ? tierKeys[key] : undefined;
      if (ours === undefined) passOver(to, from, Object.keys(tierKeys));
      else put(to, ['risk_tiers', tier, ours], percentOf(ours, value, from, to), from);
    }
  }
}

/** In 2025 both 0.8 and 80 were written for four fifths; a value up to 1 is the fraction. */
function percentOf(key: string, value: unknown, from: YamlPath, to: Translation): unknown {
  if (!key.endsWith('_threshold') || typeof value !== 'number') return value;
  if (value <= 0 || value > 1) return value;
  const percent = Math.round(value * 1e8) / 1e6;
  const message = `${dotted(from)} is ${value}, read as the fraction ${percent} %`;
  note(to, 'fraction', from, message, 'Write percent, 0 to 100.');
  return percent;
}

/** Where the keys of the smaller sections go; a section that is no map is left for the schema to refuse. */
const sections: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  edit_rules: {
    policy_and_code_same_pr: ['edit_rules', 'policy_and_code_same_pr'],
    require_signed_commits: ['edit_rules', 'require_signed_commits'],
    require_dual_control_for_governance: ['edit_rules', 'require_dual_control_for_governance'],
    min_approvers_for_budget_raise: ['edit_rules', 'min_approvers_for_budget_raise'],
  },
  waiver_approval: {
    required_approvers: ['waivers', 'min_approvers'],
    max_duration_days: ['waivers', 'max_duration_days'],
  },
  waivers: {
    min_approvers_for_budget_raise: ['waivers', 'min_approvers_for_budget_raise'],
    max_active_waivers_per_gate: ['waivers', 'max_active_waivers_per_gate'],
    default_expiry_days: ['waivers', 'default_expiry_days'],
  },
};

function translateSections(root: Keyed, to: Translation): void {
  for (const [name, keys] of Object.entries(sections)) {
    if (!Object.hasOwn(root, name)) continue;
    const section = root[name];
    if (!isKeyed(section)) {
      refuse(to, 'wrong-type', [name], `${name} is not a map`, 'Write it as a map, or delete it.');
      continue;
    }
    for (const [key, value] of Object.entries(section)) {
      const ours = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (ours !== undefined) put(to, ours, value, [name, key]);
      // Waivers here always lapse by themselves, so `true` asks for nothing more.
      else if (key !== 'auto_revoke_expired') passOver(to, [name, key], Object.keys(keys));
    }
  }
}

function translateGates(gates: unknown, to: Translation): void {
  if (gates === undefined) return;
  if (!isKeyed(gates)) {
    refuse(to, 'wrong-type', ['gates'], 'gates is not a map', 'Write it as a map, or delete it.');
    return;
  }
  const taken = new Set<string>();
  for (const [name, gate] of Object.entries(gates)) {
    const id = gateId(name);
    if (taken.has(id)) {
      const hint = 'Keep one of them.';
      refuse(to, 'gate-twice', ['gates', name], `two gates are called ${quoted(id)}`, hint);
    }
    taken.add(id);
    if (!isKeyed(gate)) {
      put(to, ['gates', id], gate, ['gates', name]);
      continue;
    }
    put(to, ['gates', id, 'enabled'], gate['enabled'] ?? true, ['gates', name, 'enabled']);
    // A gate of 2025 has no mode: it is on and blocks, or it is off.
    put(to, ['gates', id, 'mode'], gate['mode'] ?? 'block', ['gates', name, 'mode']);
    for (const [key, value] of Object.entries(gate)) {
      const from = ['gates', name, key];
      if (key === 'description') put(to, ['gates', id, key], value, from);
      else if (key !== 'enabled' && key !== 'mode')
        passOver(to, from, ['enabled', 'mode', 'description']);
    }
  }
}

function translateTierPolicy(root: Keyed, to: Translation): void {
  put(to, ['version'], 1, []);
  const at = isKeyed(root['tiers']) ? ['tiers'] : [];
  const holder = at.length === 0 ? root : (root['tiers'] as Keyed);
  const tiers = Object.entries(holder).filter(([key]) => ['1', '2', '3'].includes(key));
  if (tiers.length === 0) {
    const hint = 'Name the tiers 1, 2 and 3.';
    refuse(to, 'missing-key', at, 'the tier policy names no tiers', hint);
  }
  translateTiers(Object.fromEntries(tiers), at, to);
  for (const key of Object.keys(root))
    if (key !== 'tiers' && !['1', '2', '3'].includes(key)) passOver(to, [key], []);
  for (const tier of ['1', '2', '3']) {
    const caps = holder[tier];
    if (isKeyed(caps) && Object.hasOwn(caps, 'max_files') && Object.hasOwn(caps, 'max_loc'))
      continue;
    const message = `tier ${tier} sets no budget, so the shipped one holds`;
    note(to, 'budget-from-default', [...at, tier], message, 'Add max_files and max_loc.');
  }
}

function isKeyed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
