import { floorOf } from '../../2-examination/waiver-bounds.ts';
import { boundPolicyOf } from '../../caws/bound-policy.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { rules } from '../../caws/rules.ts';
import type { WaiverFloor } from '../../caws/waiver.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import type { VerdictRecord, WaivingRule } from '../verdict.ts';
import {
  FLOORS_MAX,
  REASON_LENGTH_MAX,
  REASON_LENGTH_MIN,
  reasonLength,
  WAIVER_DAYS_MAX,
  WAIVER_EVENT_SCHEMA,
  type WaiverBound,
  type WaiverRequested,
} from './event.ts';
import { type ExpiryFault, expiryOf } from './expiry.ts';
import { fitsEnvelope, waiverIdOf } from './open-event.ts';
import { readPayload, reasonFault } from './read-payload.ts';

/** What a person asks for, and who. */
export interface Asked {
  readonly gate: string;
  readonly reason: string;
  /** `7d`, `12h`, `2w` or `YYYY-MM-DD`. */
  readonly expires: string;
  readonly requestedBy: string;
  /** Ed25519 SPKI in base64. */
  readonly requesterKey: string;
  /** Pull request or head branch, or null where none is known. */
  readonly branch: string | null;
}

/** The gates of one verdict, by what a waiver can do for them. */
export interface GatesOfVerdict {
  /** Held by at least one finding that a waiver may cover. */
  readonly waivable: readonly string[];
  /** Failing by findings that nobody may waive. */
  readonly refused: readonly string[];
  /** Known gates that nothing is held against. */
  readonly holding: readonly string[];
}

export type RequestFault =
  | { readonly kind: 'nothing-to-waive'; readonly verdict: string }
  | { readonly kind: 'gate-unknown'; readonly gate: string; readonly gates: GatesOfVerdict }
  | { readonly kind: 'gate-not-waivable'; readonly gate: string; readonly gates: GatesOfVerdict }
  | { readonly kind: 'gate-holds'; readonly gate: string; readonly gates: GatesOfVerdict }
  | { readonly kind: 'reason-too-short'; readonly length: number; readonly min: number }
  | { readonly kind: 'reason-too-long'; readonly length: number; readonly max: number }
  | { readonly kind: 'reason-unreadable' }
  | { readonly kind: 'too-many-findings'; readonly found: number; readonly max: number }
  | { readonly kind: 'not-whole'; readonly rule: string; readonly places: number }
  | { readonly kind: 'too-many-places' }
  | { readonly kind: 'not-bindable'; readonly field: string }
  | ExpiryFault;

/**
 * The request for one gate of a recorded verdict, bound to everything that the verdict was bound to.
 * Its floors are what the verdict measured: nothing a person types can make them wider.
 * Who may approve and how long it may last stands in the record as well.
 */
export function requestWaiver(
  record: VerdictRecord,
  asked: Asked,
  now: Instant,
): Result<WaiverRequested, RequestFault> {
  const bound = boundOf(record, asked, now);
  if (!bound.ok) return bound;
  const content: Omit<WaiverRequested, 'waiver'> = {
    schema: WAIVER_EVENT_SCHEMA,
    event: 'requested',
    at: isoOf(now),
    requestedBy: asked.requestedBy,
    requesterKey: asked.requesterKey,
    branch: asked.branch,
    ...bound.value,
  };
  return signable({ ...content, waiver: waiverIdOf(content) });
}

/** What a waiver of one gate is bound to: what the verdict measured, under the law that it was given by. */
export function boundOf(
  record: VerdictRecord,
  asked: Pick<Asked, 'gate' | 'reason' | 'expires'>,
  at: Instant,
): Result<WaiverBound, RequestFault> {
  const terms = termsAsked(record, asked.gate);
  if (!terms.ok) return terms;
  const floors = floorsAsked(record, asked.gate);
  if (!floors.ok) return floors;
  const reason = reasonAsked(asked.reason);
  if (!reason.ok) return reason;
  const longestDays = Math.min(terms.value.longestDays, WAIVER_DAYS_MAX);
  const end = expiryOf(asked.expires, at, longestDays);
  if (!end.ok) return end;
  return ok({
    gate: asked.gate,
    floors: floors.value,
    spec: record.law.spec && { id: record.law.spec.id, digest: record.law.spec.digest },
    policy: boundPolicyOf(record.law),
    repository: record.subject.repository,
    baseRef: record.subject.baseRef,
    head: record.subject.head,
    verdict: record.id,
    expiresAt: isoOf(end.value),
    reason: reason.value,
  });
}

/**
 * Whether the request says what the verdict measured and was bound to. A request is anybody's word;
 * its floors bind all the same, but an approver should not take invented figures for measured ones.
 */
export function requestStandsOn(request: WaiverRequested, record: VerdictRecord): boolean {
  const floors = floorsAsked(record, request.gate);
  const { law, subject } = record;
  return (
    floors.ok &&
    JSON.stringify(floorsInOrder(request.floors)) === JSON.stringify(floorsInOrder(floors.value)) &&
    request.verdict === record.id &&
    request.spec?.id === law.spec?.id &&
    request.spec?.digest === law.spec?.digest &&
    request.policy === boundPolicyOf(law) &&
    request.repository === subject.repository &&
    request.baseRef === subject.baseRef &&
    request.head === subject.head
  );
}

function floorsInOrder(floors: readonly WaiverFloor[]): readonly string[] {
  return floors
    .map(({ rule, subject, value, unit, files }) =>
      JSON.stringify([rule, subject, value, unit, files?.toSorted() ?? null]),
    )
    .sort();
}

/** What nobody could read back must not be signed. */
function signable(request: WaiverRequested): Result<WaiverRequested, RequestFault> {
  const read = readPayload(request);
  if (!read.ok) return fail({ kind: 'not-bindable', field: read.fault.field });
  return fitsEnvelope(request) ? ok(request) : fail({ kind: 'too-many-places' });
}

/** The gates of a verdict, each list sorted. A gate with both kinds of findings stands under waivable. */
function gatesOf(record: VerdictRecord): GatesOfVerdict {
  const findings = findingsOf(record);
  const named = (standing: WeighedFinding['standing']) =>
    new Set(findings.filter((each) => each.standing === standing).map(({ gate }) => gate));
  const held = named('needs-waiver');
  const failing = named('fails');
  const isWaivable = (gate: string) => held.has(gate) && termsOf(record, gate) !== undefined;
  const all = knownGates(record);
  return {
    waivable: all.filter(isWaivable),
    refused: all.filter((gate) => !isWaivable(gate) && (held.has(gate) || failing.has(gate))),
    holding: all.filter((gate) => !held.has(gate) && !failing.has(gate)),
  };
}

function knownGates(record: VerdictRecord): readonly string[] {
  const named = [
    ...Object.values(rules).map(({ gate }) => gate),
    ...record.deliberation.gates.map(({ gate }) => gate),
    ...findingsOf(record).map(({ gate }) => gate),
  ];
  return [...new Set<string>(named)].filter((gate) => gate !== '*').sort();
}

function findingsOf(record: VerdictRecord): readonly WeighedFinding[] {
  return [...record.examination.findings, ...record.deliberation.findings];
}

/** Who may waive the gate under the policy that judged; undefined where nobody may. */
export function termsOf(record: VerdictRecord, gate: string): WaivingRule | undefined {
  return record.law.waiving.find((rule) => rule.gate === gate);
}

function termsAsked(record: VerdictRecord, gate: string): Result<WaivingRule, RequestFault> {
  if (record.verdict === 'PASS') return fail({ kind: 'nothing-to-waive', verdict: record.id });
  const gates = gatesOf(record);
  const terms = termsOf(record, gate);
  if (terms !== undefined && gates.waivable.includes(gate)) return ok(terms);
  if (gates.refused.includes(gate)) return fail({ kind: 'gate-not-waivable', gate, gates });
  if (gates.holding.includes(gate)) return fail({ kind: 'gate-holds', gate, gates });
  return fail({ kind: 'gate-unknown', gate, gates });
}

function floorsAsked(
  record: VerdictRecord,
  gate: string,
): Result<readonly WaiverFloor[], RequestFault> {
  const held = findingsOf(record).filter(
    (each) => each.gate === gate && each.standing === 'needs-waiver',
  );
  if (held.length > FLOORS_MAX)
    return fail({ kind: 'too-many-findings', found: held.length, max: FLOORS_MAX });
  const floors: WaiverFloor[] = [];
  for (const finding of held) {
    const floor = floorOf(finding);
    if (floor === null)
      return fail({ kind: 'not-whole', rule: finding.rule, places: finding.placesTotal });
    floors.push(floor);
  }
  return ok(floors);
}

function reasonAsked(text: string): Result<string, RequestFault> {
  const reason = text.trim().replaceAll(/[ \t\r\n]+/g, ' ');
  const length = reasonLength(reason);
  if (length > REASON_LENGTH_MAX)
    return fail({ kind: 'reason-too-long', length, max: REASON_LENGTH_MAX });
  const fault = reasonFault(reason);
  if (fault === undefined) return ok(reason);
  return fault.because === 'reason-too-short'
    ? fail({ kind: 'reason-too-short', length, min: REASON_LENGTH_MIN })
    : fail({ kind: 'reason-unreadable' });
}
