/** Two policies that bind the same change: of every value the stricter one holds. */

import { besides, combineGates } from './combined-gates.ts';
import type { Tier } from './generated/policy.js';
import type { Policy, StandingSpec } from './policy.ts';
import {
  type CompletedPolicy,
  type EffectivePolicy,
  type Origin,
  policyOf,
} from './policy-completion.ts';
import {
  bothAllow,
  bothApprove,
  bothSay,
  eitherAsks,
  freeId,
  heldBySame,
  inBoth,
  inEither,
  type Keyed,
  largest,
  type Rule,
  sameList,
  sameValue,
  smallest,
  strictestOf,
} from './stricter.ts';

/** A rule for each key, or one for each key within it. */
type Rules<Document> = {
  readonly [Key in keyof Document]-?:
    | Rule<NonNullable<Document[Key]>, EffectivePolicy>
    | Rules<NonNullable<Document[Key]>>;
};

const tier: Rules<Tier> = {
  description: (own, theirs) => own ?? theirs,
  max_files: smallest,
  max_loc: smallest,
  max_bytes: smallest,
  max_line_bytes: smallest,
  coverage_threshold: largest,
  mutation_threshold: largest,
  contracts_required: eitherAsks,
  manual_review_required: eitherAsks,
};

/**
 * Every key of a policy has its rule here: one that has none does not compile, and a test holds the table
 * against the schema.
 */
export const combining: Rules<EffectivePolicy> = {
  version: (own) => own,
  mode: strictestOf('observe', 'enforce'),
  lines: strictestOf('added', 'changed'),
  history: strictestOf('net', 'each-commit'),
  several_specs: bothAllow,
  risk_tiers: { '1': tier, '2': tier, '3': tier },
  budgets: combineBudgets,
  // What only one of them leaves out is counted after all, and kept within that one's caps by a budget.
  excluded: {
    paths: inBoth,
    max_files: smallest,
    max_loc: smallest,
    max_bytes: smallest,
    max_line_bytes: smallest,
  },
  protected_paths: inEither,
  control_plane_paths: inEither,
  // Governed paths need no spec, so this list eases; what only one governs is guarded, see `governedBy`.
  governance: { paths: inBoth, min_approvers: largest },
  edit_rules: {
    policy_and_code_same_pr: bothAllow,
    require_signed_commits: eitherAsks,
    require_dual_control_for_governance: eitherAsks,
    min_approvers_for_budget_raise: largest,
  },
  waivers: {
    approvers: bothApprove,
    min_approvers: largest,
    min_approvers_for_budget_raise: largest,
    max_duration_days: smallest,
    default_expiry_days: smallest,
    max_active_waivers_per_gate: smallest,
    files_are_approvals: bothAllow,
  },
  gates: (_own, _theirs, sides) => combineGates(sides),
  standing_specs: (own = [], theirs = []) =>
    own.filter((spec) => theirs.some((other) => sameValue(spec, other))),
  // Nobody may where one of them names nobody.
  break_glass: (own, theirs) => {
    const people = heldBySame(own?.people ?? [], theirs?.people ?? []);
    if (own === undefined || theirs === undefined || people.length === 0) return undefined;
    return { people, max_minutes: Math.min(own.max_minutes, theirs.max_minutes) };
  },
  judge: {
    role: strictestOf('advisory', 'required'),
    timeout_seconds: smallest,
    // What one of them does not say is a no.
    remote: (own, theirs) =>
      own === undefined && theirs === undefined ? undefined : bothAllow(own, theirs),
  },
  // What one of them does not say is a no. Which strategy is taken eases nothing.
  workers: {
    after_fail: bothSay('propose', 'nothing'),
    offer: bothSay('branch', 'suggestion'),
    strategy: (own, theirs) => own ?? theirs,
    samples: smallest,
  },
  non_governed_zones: inBoth,
  root_passthrough: inBoth,
  // The longer window with the smaller sums holds whatever either would hold.
  rolling: { days: largest, max_files: smallest, max_loc: smallest },
};

/**
 * The policy that holds where two do. Pure and total. A change that passes under it passes under each of
 * them, as long as each measures anything at all: where they differ the stricter value holds, and where no
 * value is stricter both do.
 *
 * @param own the repository's, completed. @param theirs its owner's, completed.
 */
export function combinePolicies(own: CompletedPolicy, theirs: CompletedPolicy): CompletedPolicy {
  const sides = { own: own.effective, theirs: theirs.effective };
  const documents = [sides.own, sides.theirs].map((side) => side as unknown as Keyed);
  const effective = combineMap(
    combining,
    documents[0],
    documents[1],
    sides,
  ) as unknown as EffectivePolicy;
  return {
    policy: { ...policyOf(effective), ...whatMeets(own.policy, theirs.policy) },
    effective,
    origins: originsOf(effective, own, theirs),
    notes: [...own.notes, ...theirs.notes],
  };
}

type Sides = { readonly own: EffectivePolicy; readonly theirs: EffectivePolicy };

function combineMap(
  rules: Keyed,
  own: Keyed | undefined,
  theirs: Keyed | undefined,
  sides: Sides,
): Keyed | undefined {
  if (own === undefined && theirs === undefined) return undefined;
  const combined: Record<string, unknown> = Object.create(null);
  for (const [key, rule] of Object.entries(rules)) {
    const [one, other] = [own?.[key], theirs?.[key]];
    const value =
      typeof rule === 'function'
        ? (rule as Rule<unknown, EffectivePolicy>)(one, other, sides)
        : combineMap(rule as Keyed, one as Keyed | undefined, other as Keyed | undefined, sides);
    if (value !== undefined) combined[key] = value;
  }
  return combined;
}

type Budgets = NonNullable<EffectivePolicy['budgets']>;

/** All of both; those of one name and the same paths have the smaller caps. */
function combineBudgets(
  own: Budgets | undefined = [],
  theirs: Budgets | undefined = [],
  sides: Sides,
): Budgets {
  const taken = new Set(own.map(({ id }) => id));
  const combined: Budgets = own.map((budget) => {
    const other = theirs.find((each) => isSameBudget(each, budget));
    return other === undefined ? budget : { ...budget, ...smallestCaps(budget, other) };
  });
  for (const budget of theirs)
    if (!own.some((each) => isSameBudget(each, budget)))
      combined.push({ ...budget, id: freeId(budget.id, taken) });
  return [...combined, ...exclusionBudgets(sides, taken)];
}

const isSameBudget = (one: Budgets[number], other: Budgets[number]): boolean =>
  one.id === other.id && sameList(one.paths, other.paths);

function smallestCaps(one: Budgets[number], other: Budgets[number]): Partial<Budgets[number]> {
  const keys = ['max_files', 'max_loc', 'max_bytes', 'max_line_bytes'] as const;
  return Object.fromEntries(
    keys.flatMap((key) => {
      const cap = smallest(one[key], other[key]);
      return cap === undefined ? [] : [[key, cap] as const];
    }),
  );
}

/** Where the two leave out other files, each one's files stay within its own caps for them. */
function exclusionBudgets({ own, theirs }: Sides, taken: Set<string>): Budgets {
  const lists = [own.excluded, theirs.excluded];
  if (sameList(own.excluded?.paths ?? [], theirs.excluded?.paths ?? [])) return [];
  return lists.flatMap((excluded, at) => {
    const { paths = [], ...caps } = excluded ?? {};
    if (paths.length === 0 || Object.keys(caps).length === 0) return [];
    return [{ id: freeId(at === 0 ? 'excluded-here' : 'excluded-by', taken), paths, ...caps }];
  });
}

/** What a document has no words for: each part of it knows that two policies meet. */
function whatMeets(own: Policy, theirs: Policy): Partial<Policy> {
  const standing = { only: (a: Policy, b: Policy) => a.standingSpecs.filter(notIn(b)) };
  const alone = [...standing.only(own, theirs), ...standing.only(theirs, own)];
  const common = own.standingSpecs.filter((spec) => !notIn(theirs)(spec));
  const lists = [own, theirs].flatMap((side) => side.governedBy ?? [side.governancePaths]);
  const [first = [], ...others] = lists;
  return {
    standingSpecs: [...common, ...alone.map((spec) => ({ ...spec, bindsNothing: true as const }))],
    ...(others.every((list) => sameList(first, list)) ? {} : { governedBy: lists }),
  };
}

const notIn =
  ({ standingSpecs }: Policy) =>
  (spec: StandingSpec): boolean =>
    !standingSpecs.some((other) => sameValue(spec, other));

/** Where each value of the combined policy stands: in the one that it comes from, or in both. */
function originsOf(
  effective: EffectivePolicy,
  own: CompletedPolicy,
  theirs: CompletedPolicy,
): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const path of new Set([...own.origins.keys(), ...theirs.origins.keys()])) {
    const value = valueAt(effective, path);
    const origin = value === undefined ? undefined : originOf(path, value, own, theirs);
    if (origin !== undefined) origins.set(path, origin);
  }
  for (const [id, of] of besides(own.effective, theirs.effective))
    for (const key of Object.keys(effective.gates[id] ?? {})) {
      const origin = theirs.origins.get(`gates.${of}.${key}`);
      if (origin !== undefined) origins.set(`gates.${id}.${key}`, origin);
    }
  return origins;
}

function originOf(
  path: string,
  value: unknown,
  own: CompletedPolicy,
  theirs: CompletedPolicy,
): Origin | undefined {
  const [here, there] = [own.origins.get(path), theirs.origins.get(path)];
  const isOwn = sameValue(value, valueAt(own.effective, path));
  const isTheirs = sameValue(value, valueAt(theirs.effective, path));
  // What both say would hold without the owner.
  if (isOwn && here !== undefined) return here;
  if (isTheirs || here === undefined) return there;
  return there === undefined ? here : { ...there, and: here.place };
}

/** @param path keys with dots between; no key of a policy has one. */
function valueAt(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Keyed)[key] : undefined;
  return value;
}
