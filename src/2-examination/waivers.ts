import type { Finding, Standing, WaiverRefusal, WeighedFinding } from '../caws/findings.ts';
import type { Read } from '../caws/law.ts';
import type { Gate, Policy } from '../caws/policy.ts';
import { type Rule, rules } from '../caws/rules.ts';
import type { Waiver } from '../caws/waiver.ts';
import { type Instant, ok } from '../primitives.ts';
import { byText, finding as findingOf } from './finding.ts';
import { allNames } from './identities.ts';
import { coverOf } from './waiver-bounds.ts';
import { type JudgedGrounds, lifetimeOf, refusalOf, type WaiverGrounds } from './waiver-grounds.ts';

/** One waiver document as read: a registry holds several, and some cannot be read at all. */
export type WaiverReading = Read<readonly Waiver[]>;

/** The same for examination and deliberation of one change. */
export interface WeighContext extends WaiverGrounds {
  /** In any order. Unreadable documents cover nothing; examination says so. */
  readonly waivers: readonly WaiverReading[];
}

/** A finding weighed, and the quantity that its waiver lets stand (null: none is measured or waived). */
export interface Weighing {
  readonly finding: WeighedFinding;
  readonly allows: number | null;
}

/**
 * What each finding does to the verdict once modes of gates and waivers are weighed. Pure and total;
 * the order of findings and waivers never shows: the answer is sorted, the gravest first.
 *
 * Each finding is covered by one waiver alone or not at all. Findings of a gate that policy skips are
 * dropped, and one `gate.skipped` says how many; `waiver.file-counted` says where a file stood for an approval.
 */
export function weighFindings(
  findings: readonly Finding[],
  context: WeighContext,
): readonly WeighedFinding[] {
  return weigh(findings, context).map((weighing) => weighing.finding);
}

/** `weighFindings`, with what each waiver allows. */
export function weigh(findings: readonly Finding[], context: WeighContext): readonly Weighing[] {
  const candidates = candidatesByGate(context);
  const weighings: Weighing[] = [];
  const skipped = new Map<string, number>();
  const files = new Map<string, Finding>();
  for (const finding of findings) {
    const gate = context.policy.gates.find(({ id }) => id === finding.gate);
    const standing = standingOf(finding, gate);
    if (standing === 'skipped') {
      skipped.set(finding.gate, (skipped.get(finding.gate) ?? 0) + 1);
      continue;
    }
    const weighing = weighOne(finding, standing, gate, candidates.get(finding.gate) ?? [], context);
    if (weighing.by !== null && weighing.by.shape !== 'arbiter') {
      const said = fileCounted(weighing.by, finding.gate);
      files.set(JSON.stringify([said.gate, said.subject]), said);
    }
    weighings.push(weighing);
  }
  const said = [
    ...files.values(),
    ...[...skipped].map(([gate, count]) =>
      findingOf('gate.skipped', { gate, subject: gate, detail: { findings: count } }),
    ),
  ];
  weighings.push(
    ...said.map((finding) => ({ finding: unwaived(finding, 'warns', []), allows: null })),
  );
  return weighings.map(({ finding, allows }) => ({ finding, allows })).toSorted(byGravity);
}

/** What the rule and the gate's mode make of a finding before any waiver. An unknown rule fails. */
function standingOf(
  finding: Finding,
  gate: Gate | undefined,
): Exclude<Standing, 'waived'> | 'skipped' {
  const rule: Rule | undefined = Object.hasOwn(rules, finding.rule)
    ? rules[finding.rule]
    : undefined;
  if (rule?.class === 'warn') return 'warns';
  if (rule?.class !== 'waivable') return 'fails';
  if (!rule.policyMayChange || gate === undefined) return 'needs-waiver';
  if (gate.mode === 'skip') return 'skipped';
  if (gate.mode === 'warn') return 'warns';
  return gate.waivable ? 'needs-waiver' : 'fails';
}

function weighOne(
  finding: Finding,
  standing: Exclude<Standing, 'waived'>,
  gate: Gate | undefined,
  candidates: readonly Candidate[],
  context: WeighContext,
): Weighing & { readonly by: Waiver | null } {
  if (standing === 'warns')
    return { finding: unwaived(finding, standing, []), allows: null, by: null };
  const refusals: WaiverRefusal[] = [];
  let best: {
    readonly waiver: Waiver;
    readonly allows: number | null;
    readonly until: number;
  } | null = null;
  for (const { waiver, refusal } of candidates) {
    const refused =
      standing === 'fails' ? ({ because: 'gate-not-waivable', detail: {} } as const) : refusal;
    const cover = refused === null ? coverOf(waiver, finding) : null;
    if (cover?.covers === true) {
      const until = lifetimeOf(waiver, gate, context.policy)?.until ?? 0;
      if (best === null || until > best.until) best = { waiver, allows: cover.allows, until };
    } else {
      const { because, detail } = refused ?? cover ?? unbounded;
      refusals.push({ waiver: waiver.id, because, detail });
    }
  }
  if (best === null)
    return { finding: unwaived(finding, standing, refusals), allows: null, by: null };
  return {
    finding: { ...finding, standing: 'waived', waivedBy: best.waiver.id, waiversRefused: refusals },
    allows: best.allows,
    by: best.waiver,
  };
}

const unbounded = { because: 'not-bounded', detail: {} } as const;

function unwaived(
  finding: Finding,
  standing: Exclude<Standing, 'waived'>,
  refusals: readonly WaiverRefusal[],
): WeighedFinding {
  return { ...finding, standing, waivedBy: null, waiversRefused: refusals };
}

interface Candidate {
  readonly waiver: Waiver;
  readonly refusal: Pick<WaiverRefusal, 'because' | 'detail'> | null;
}

/** The waivers that name each gate, in a fixed order, each with why it does not count for this change. */
function candidatesByGate(context: WeighContext): ReadonlyMap<string, readonly Candidate[]> {
  const grounds = { ...context, involved: allNames(context.participants) };
  const waivers = standingWaivers(context.waivers);
  const gates = new Map<string, Waiver[]>();
  for (const waiver of waivers)
    for (const gate of new Set(waiver.gates)) {
      const named = gates.get(gate) ?? [];
      named.push(waiver);
      gates.set(gate, named);
    }
  return new Map(
    [...gates].map(([gateId, named]) => [gateId, judged(gateId, named, grounds)] as const),
  );
}

/** At most `activePerGateMax` of a gate's running waivers count, the oldest first. */
function judged(
  gateId: string,
  named: readonly Waiver[],
  grounds: JudgedGrounds,
): readonly Candidate[] {
  const gate = grounds.policy.gates.find(({ id }) => id === gateId);
  const max = grounds.policy.waivers.activePerGateMax ?? Infinity;
  let running = 0;
  const candidates = named.map((waiver): Candidate => {
    if (isRunning(waiver, grounds.now)) running += 1;
    const refusal = refusalOf(waiver, gateId, gate, grounds);
    if (refusal !== null || running <= max) return { waiver, refusal };
    return { waiver, refusal: { because: 'too-many-active-waivers', detail: { max } } };
  });
  return unambiguous(candidates);
}

/**
 * Where one id stands on several that would count and that allow different things, none of them counts: who
 * named the id, approved it or reads it in a verdict meant one of them, and nobody can tell which.
 */
function unambiguous(candidates: readonly Candidate[]): readonly Candidate[] {
  const allowed = new Map<string, Set<string>>();
  for (const { waiver, refusal } of candidates) {
    if (refusal !== null) continue;
    const known = allowed.get(waiver.id) ?? new Set();
    allowed.set(waiver.id, known.add(boundOf(waiver)));
  }
  return candidates.map(({ waiver, refusal }) => {
    const several = refusal === null ? (allowed.get(waiver.id)?.size ?? 0) : 0;
    if (several < 2) return { waiver, refusal };
    return { waiver, refusal: { because: 'id-of-several', detail: { several } } };
  });
}

/** What a waiver allows and how long, whatever the file is called that it stands in. */
function boundOf({ shape, gates, grantedAt, expiresAt, delta, scope, floors, usesMax }: Waiver) {
  return JSON.stringify([shape, gates, grantedAt, expiresAt, delta, scope, floors, usesMax]);
}

function isRunning({ status, expiresAt }: Waiver, now: Instant): boolean {
  return status === 'active' && expiresAt !== null && now < expiresAt;
}

/** The places of a gate that are all taken: how many there are, and by which waivers, the oldest first. */
export interface PlacesTaken {
  readonly max: number;
  readonly by: readonly Waiver[];
}

/**
 * Why the policy's bound on waivers at a time keeps a running waiver from counting for the gate; null
 * where it does not. The same order decides as when a finding is weighed.
 *
 * @param waivers all that are known, that one among them.
 */
export function placesTaken(
  waivers: readonly Waiver[],
  one: { readonly id: string; readonly gate: string },
  { policy, now }: { readonly policy: Policy; readonly now: Instant },
): PlacesTaken | null {
  const max = policy.waivers.activePerGateMax;
  if (max === null) return null;
  const running = standingWaivers([ok(waivers)]).filter(
    (waiver) => waiver.gates.includes(one.gate) && isRunning(waiver, now),
  );
  const at = running.findIndex(({ id }) => id === one.id);
  return at < max ? null : { max, by: running.slice(0, max) };
}

/**
 * All waivers, the oldest first. Where one id stands on several, a revocation or rejection of one
 * holds for all of them: the ids of 2025 collide, and a copied file outlives what it copies.
 */
function standingWaivers(readings: readonly WaiverReading[]): readonly Waiver[] {
  const waivers = readings.flatMap((reading) => (reading.ok ? reading.value : []));
  const ended = new Map<string, 'revoked' | 'rejected'>();
  for (const { id, status } of waivers)
    if (status === 'revoked' || (status === 'rejected' && !ended.has(id))) ended.set(id, status);
  return waivers
    .map((waiver) => ({ ...waiver, status: ended.get(waiver.id) ?? waiver.status }))
    .map((waiver) => ({ waiver, key: JSON.stringify(waiver) }))
    .toSorted(
      (one, other) =>
        (one.waiver.grantedAt ?? -Infinity) - (other.waiver.grantedAt ?? -Infinity) ||
        byText(one.waiver.id, other.waiver.id) ||
        byText(one.key, other.key),
    )
    .filter(({ key }, index, all) => index === 0 || all[index - 1]?.key !== key)
    .map(({ waiver }) => waiver);
}

function fileCounted(waiver: Waiver, gate: string): Finding {
  return findingOf('waiver.file-counted', {
    gate,
    subject: waiver.id,
    detail: {
      file: waiver.file ?? 'unknown',
      bounded: waiver.floors.length > 0 || waiver.delta !== null,
    },
  });
}

const gravity: Readonly<Record<Standing, number>> = {
  fails: 0,
  'needs-waiver': 1,
  waived: 2,
  warns: 3,
};

function byGravity({ finding: one }: Weighing, { finding: other }: Weighing): number {
  return (
    gravity[one.standing] - gravity[other.standing] ||
    byText(one.rule, other.rule) ||
    byText(one.subject, other.subject) ||
    byText(one.gate, other.gate) ||
    byText(JSON.stringify(one), JSON.stringify(other))
  );
}
