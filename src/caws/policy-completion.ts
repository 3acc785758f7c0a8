/** Fills what a policy leaves out from the shipped one, and remembers where each value stands. */

import type { Place } from '../primitives.ts';
import type { Dialect } from './dialect.ts';
import type { PolicyDocument, Tier, Gate as WrittenGate } from './generated/policy.js';
import type { DocumentProblem } from './law.ts';
import type { Caps, Gate, Policy, TierPolicy } from './policy.ts';
import { answerOf, usualAnswer, usualMeasure, writtenAnswer } from './policy-gates.ts';
import { problemAt } from './schema-problems.ts';
import type { YamlPath } from './yaml.ts';

/** A policy document that its schema accepts, and where its values stand. */
interface Sheet {
  readonly file: string;
  readonly dialect: Dialect;
  readonly document: PolicyDocument;
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
}

/** Every key of the document, completed. */
export type EffectivePolicy = PolicyDocument & {
  readonly risk_tiers: Readonly<Record<'1' | '2' | '3', Required<Tier>>>;
  readonly gates: Readonly<Record<string, WrittenGate>>;
};

/** Where one effective value was written. */
export interface Origin {
  readonly from: 'default' | 'base' | 'organization';
  readonly place: Place;
  /** Where the other part of a value stands that two policies made together. */
  readonly and?: Place;
}

export interface CompletedPolicy {
  readonly policy: Policy;
  readonly effective: EffectivePolicy;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly notes: readonly DocumentProblem[];
}

/**
 * What a document that sets lines but no bytes gets: twice what formatted code needs, so that the
 * byte cap only meets code whose lines hide statements.
 */
const bytesPerLine = 200;

/** What a gate has that neither document spells out. */
const gateTimeoutSeconds = 600;

/**
 * Completes the base's document by the shipped one.
 *
 * Maps are completed key by key, lists are replaced. Two lists only grow: control-plane paths and
 * governance paths, so that no policy can leave out the files that steer agents, or itself.
 */
export function completePolicy(shipped: Sheet, base: Sheet | null): CompletedPolicy {
  const origins = new Map<string, Origin>();
  const merged = mergedMap(shipped, base, [], origins);
  const tiered = completeTiers(merged as unknown as EffectivePolicy, base, origins);
  const notes: DocumentProblem[] = [];
  const gates: Record<string, WrittenGate> = Object.create(null);
  for (const [id, written] of Object.entries(tiered.gates)) {
    const gate = completeGate(id, written, tiered, { base, shipped, notes, origins });
    gates[id] = gate;
    for (const key of Object.keys(gate)) {
      const place = { file: shipped.file, line: null, column: null };
      const path = `gates.${id}.${key}`;
      if (!origins.has(path)) origins.set(path, { from: 'default', place });
    }
  }
  const effective = { ...tiered, gates };
  return { policy: policyOf(effective), effective, origins, notes };
}

type Origins = Map<string, Origin>;

/** Lists that a policy adds to and never shortens. */
const growing: readonly string[] = ['control_plane_paths', 'governance.paths'];

function mergedMap(
  shipped: Sheet,
  base: Sheet | null,
  path: readonly string[],
  origins: Origins,
): Record<string, unknown> {
  const ours = mapAt(shipped.document, path);
  const theirs = base === null ? {} : mapAt(base.document, path);
  const merged: Record<string, unknown> = Object.create(null);
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const inner = [...path, key];
    const isBase = base !== null && Object.hasOwn(theirs, key);
    const value = isBase ? theirs[key] : ours[key];
    if (isMap(value) && !isWhole(inner)) {
      merged[key] = mergedMap(shipped, base, inner, origins);
      continue;
    }
    const sheet = isBase ? base : shipped;
    const grows = isBase && growing.includes(inner.join('.'));
    merged[key] = grows ? [...new Set([...listOf(ours[key]), ...listOf(value)])] : value;
    origins.set(inner.join('.'), {
      from: isBase ? 'base' : 'default',
      place: sheet.placeOf(inner, isBase && isMap(value) ? 'key' : 'value'),
    });
  }
  return merged;
}

/** An answer is one decision: half of a command and half of a report would be neither. */
function isWhole(path: readonly string[]): boolean {
  return path[0] === 'gates' && path[2] === 'answer';
}

function mapAt(document: unknown, path: readonly string[]): Readonly<Record<string, unknown>> {
  let value: unknown = document;
  for (const step of path) value = isMap(value) && Object.hasOwn(value, step) ? value[step] : {};
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function completeTiers(
  merged: EffectivePolicy,
  base: Sheet | null,
  origins: Origins,
): EffectivePolicy {
  if (base === null) return merged;
  const tiers = { ...merged.risk_tiers };
  for (const tier of ['1', '2', '3'] as const) {
    const written = base.document.risk_tiers?.[tier];
    if (written?.max_loc === undefined || written.max_bytes !== undefined) continue;
    tiers[tier] = { ...tiers[tier], max_bytes: written.max_loc * bytesPerLine };
    const place = base.placeOf(['risk_tiers', tier, 'max_loc']);
    origins.set(`risk_tiers.${tier}.max_bytes`, { from: 'default', place });
  }
  return { ...merged, risk_tiers: tiers };
}

interface GateContext {
  readonly base: Sheet | null;
  readonly shipped: Sheet;
  readonly notes: DocumentProblem[];
  readonly origins: Origins;
}

/** A gate with everything that neither document spells out; waivers' own limits bind every gate. */
function completeGate(
  id: string,
  written: WrittenGate,
  { waivers = {} }: EffectivePolicy,
  context: GateContext,
): WrittenGate {
  const answer = written.answer === undefined ? usualAnswer(id) : answerOf(written.answer);
  const asked = written.enabled === false ? 'skip' : (written.mode ?? 'block');
  const longestWaiverDays = waivers.max_duration_days ?? 1;
  return {
    ...written,
    mode: answer === null ? unanswered(id, asked, context) : asked,
    description: written.description ?? '',
    ...(answer === null ? {} : { answer: writtenAnswer(answer) }),
    // The arbiter measures by its own rules, so these three would say nothing there.
    ...(answer?.by === 'arbiter'
      ? {}
      : {
          measures: written.measures ?? usualMeasure(answer ?? { by: 'nobody' }),
          timeout_seconds: written.timeout_seconds ?? gateTimeoutSeconds,
          min_trust: written.min_trust ?? 'local',
        }),
    waivable: written.waivable ?? true,
    approvers: written.approvers ?? [],
    min_approvers: Math.max(written.min_approvers ?? 1, waivers.min_approvers ?? 1),
    max_waiver_days: Math.min(written.max_waiver_days ?? longestWaiverDays, longestWaiverDays),
  };
}

function gateOf(id: string, gate: WrittenGate): Gate {
  const answer = gate.answer === undefined ? ({ by: 'nobody' } as const) : answerOf(gate.answer);
  return {
    id,
    description: gate.description ?? '',
    mode: gate.mode ?? 'block',
    answer,
    measures: gate.measures ?? usualMeasure(answer),
    minimum: gate.minimum ?? null,
    timeoutMs: (gate.timeout_seconds ?? gateTimeoutSeconds) * 1000,
    waivable: gate.waivable ?? true,
    approvers: gate.approvers ?? [],
    approversMin: gate.min_approvers ?? 1,
    longestWaiverDays: gate.max_waiver_days ?? 1,
    trustMin: gate.min_trust ?? 'local',
  };
}

/**
 * A gate of an older dialect that asks for something nothing here measures. It stays visible as a
 * warning: blocking would stop every change for ever, and skipping would hide that the policy asks
 * for more than is enforced.
 */
function unanswered(id: string, asked: Gate['mode'], context: GateContext): Gate['mode'] {
  if (asked === 'skip') return 'skip';
  const { placeOf } = context.base ?? context.shipped;
  const severity = 'warning';
  const message = `nothing here can answer the gate ${id}, so it warns and does not block`;
  const hint = `Say who answers it, e.g. answer: {by: evidence, format: junit, file: ${id}.xml}.`;
  const problem = {
    rule: 'gate-unanswered',
    path: ['gates', id],
    message,
    hint,
    severity,
  } as const;
  context.notes.push(problemAt({ family: 'policy', placeOf }, { ...problem, part: 'key' }));
  return 'warn';
}

export function policyOf(effective: EffectivePolicy): Policy {
  const { edit_rules: edit = {}, waivers = {}, excluded = {}, governance = {} } = effective;
  return {
    version: 1,
    mode: effective.mode ?? 'enforce',
    tiers: {
      1: tierOf(effective.risk_tiers['1']),
      2: tierOf(effective.risk_tiers['2']),
      3: tierOf(effective.risk_tiers['3']),
    },
    linesCounted: effective.lines ?? 'changed',
    pathBudgets: (effective.budgets ?? []).map((budget) => ({
      id: budget.id,
      paths: budget.paths,
      ...capsOf(budget),
    })),
    excluded: { paths: excluded.paths ?? [], caps: capsOf(excluded) },
    protectedPaths: effective.protected_paths ?? [],
    controlPlanePaths: effective.control_plane_paths ?? [],
    governancePaths: governance.paths ?? [],
    governanceApproversMin: governance.min_approvers ?? 1,
    gates: Object.entries(effective.gates).map(([id, gate]) => gateOf(id, gate)),
    editRules: {
      policyAndCodeSamePr: edit.policy_and_code_same_pr ?? false,
      requireSignedCommits: edit.require_signed_commits ?? false,
      requireDualControlForGovernance: edit.require_dual_control_for_governance ?? false,
      minApproversForBudgetRaise: Math.max(
        edit.min_approvers_for_budget_raise ?? 1,
        waivers.min_approvers_for_budget_raise ?? 1,
      ),
    },
    waivers: {
      approvers: waivers.approvers ?? [],
      approversMin: waivers.min_approvers ?? 1,
      longestDays: waivers.max_duration_days ?? 1,
      defaultDays: Math.min(waivers.default_expiry_days ?? 1, waivers.max_duration_days ?? 1),
      activePerGateMax: waivers.max_active_waivers_per_gate ?? null,
      filesAreApprovals: waivers.files_are_approvals ?? false,
    },
    standingSpecs: (effective.standing_specs ?? []).map((spec) => ({
      id: spec.id,
      title: spec.title,
      tier: spec.risk_tier,
      paths: spec.paths,
      authors: spec.authors ?? [],
    })),
    severalSpecsPerChange: effective.several_specs ?? false,
    breakGlass:
      effective.break_glass === undefined
        ? null
        : {
            people: effective.break_glass.people,
            longestMinutes: effective.break_glass.max_minutes,
          },
    judge: judgeOf(effective),
    workers: workersOf(effective),
    nonGovernedZones: effective.non_governed_zones ?? [],
    rootPassthrough: effective.root_passthrough ?? [],
    history: effective.history ?? 'each-commit',
    rolling:
      effective.rolling === undefined
        ? null
        : {
            days: effective.rolling.days,
            files: effective.rolling.max_files ?? null,
            lines: effective.rolling.max_loc ?? null,
          },
  };
}

/** A judge of a case takes minutes on a small machine; whoever waits longer waits for a hung one. */
const judgeTimeoutSeconds = 600;

function judgeOf({ judge }: EffectivePolicy): Policy['judge'] {
  if (judge === undefined) return null;
  const { role = 'advisory', timeout_seconds: seconds = judgeTimeoutSeconds, remote } = judge;
  return { role, timeoutMs: seconds * 1000, mayLeave: remote === true };
}

function workersOf({ workers = {} }: EffectivePolicy): Policy['workers'] {
  const { after_fail: afterFail, offer = 'suggestion', strategy = 'cascade' } = workers;
  return { afterFail: afterFail === 'propose', offer, strategy, samples: workers.samples ?? null };
}

function tierOf(tier: Required<Tier>): TierPolicy {
  return {
    ...capsOf(tier),
    coveragePercentMin: tier.coverage_threshold,
    mutationPercentMin: tier.mutation_threshold,
    contractsRequired: tier.contracts_required,
    manualReviewRequired: tier.manual_review_required,
  };
}

function capsOf(written: {
  readonly max_files?: number;
  readonly max_loc?: number;
  readonly max_bytes?: number;
  readonly max_line_bytes?: number;
}): Caps {
  return {
    files: written.max_files ?? null,
    lines: written.max_loc ?? null,
    bytes: written.max_bytes ?? null,
    longestLineBytes: written.max_line_bytes ?? null,
  };
}
