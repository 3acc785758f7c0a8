import { boundPolicyOf } from '../../caws/bound-policy.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { mayLetThrough } from '../let-through.ts';
import type { VerdictRecord } from '../verdict.ts';
import {
  BREAK_GLASS_MINUTES_MAX,
  BREAK_GLASS_REASON_MAX,
  BREAK_GLASS_SCHEMA,
  type GlassBroken,
  glassFault,
  glassIdOf,
  MINUTE_MS,
} from './break-glass-event.ts';
import { REASON_LENGTH_MIN, reasonLength } from './event.ts';

/** What a person asks for, and in whose name. */
export interface GlassAsked {
  readonly by: string;
  readonly reason: string;
  /** `60m` or `4h`. */
  readonly expires: string;
  /** What the policy in force allows. */
  readonly longestMinutes: number;
}

/** A verdict's findings by what a broken glass does to them. */
export interface GlassOutlook {
  readonly through: readonly WeighedFinding[];
  /** Need a waiver by the usual approvers all the same. */
  readonly held: readonly WeighedFinding[];
  readonly failing: readonly WeighedFinding[];
}

export type GlassRequestFault =
  | { readonly kind: 'verdict-passes' }
  | { readonly kind: 'fails'; readonly findings: readonly WeighedFinding[] }
  | { readonly kind: 'nothing-to-let-through'; readonly held: readonly WeighedFinding[] }
  | {
      readonly kind: 'reason-length';
      readonly length: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'reason-unreadable' }
  | { readonly kind: 'expiry-unreadable'; readonly text: string }
  | { readonly kind: 'expiry-too-late'; readonly text: string; readonly longestMinutes: number }
  | { readonly kind: 'not-bindable' };

/** What breaking the glass would do to a recorded verdict. */
export function glassOutlook(record: VerdictRecord): GlassOutlook {
  const findings = [...record.examination.findings, ...record.deliberation.findings];
  return {
    through: findings.filter(mayLetThrough),
    held: findings.filter((each) => each.standing === 'needs-waiver' && !mayLetThrough(each)),
    failing: findings.filter(({ standing }) => standing === 'fails'),
  };
}

/**
 * The event that lets the head of a recorded verdict through, bound to what the verdict was bound to.
 *
 * @returns a fault where it would change nothing: a verdict that passes already, or that fails.
 */
export function breakGlassOn(
  record: VerdictRecord,
  asked: GlassAsked,
  now: Instant,
): Result<GlassBroken, GlassRequestFault> {
  const outlook = glassOutlook(record);
  if (record.verdict === 'PASS') return fail({ kind: 'verdict-passes' });
  if (outlook.failing.length > 0) return fail({ kind: 'fails', findings: outlook.failing });
  if (outlook.through.length === 0)
    return fail({ kind: 'nothing-to-let-through', held: outlook.held });
  const reason = reasonAsked(asked.reason);
  if (!reason.ok) return reason;
  const end = endAsked(asked, now);
  if (!end.ok) return end;
  const content: Omit<GlassBroken, 'id'> = {
    schema: BREAK_GLASS_SCHEMA,
    event: 'break-glass',
    at: isoOf(now),
    by: asked.by,
    repository: record.subject.repository,
    baseRef: record.subject.baseRef,
    head: record.subject.head,
    verdict: record.id,
    policy: boundPolicyOf(record.law),
    expiresAt: isoOf(end.value),
    reason: reason.value,
  };
  const event = { ...content, id: glassIdOf(content) };
  const because = glassFault(event);
  if (because === undefined) return ok(event);
  return fail({ kind: because === 'reason-unreadable' ? because : 'not-bindable' });
}

/** The reason with its white space collapsed, as it is signed. */
function reasonAsked(
  text: string,
): Result<string, Extract<GlassRequestFault, { kind: 'reason-length' }>> {
  const reason = text.trim().replaceAll(/[ \t\r\n]+/g, ' ');
  const [min, max] = [REASON_LENGTH_MIN, BREAK_GLASS_REASON_MAX];
  const length = reasonLength(reason);
  return length < min || reason.length > max
    ? fail({ kind: 'reason-length', length: Math.max(length, reason.length), min, max })
    : ok(reason);
}

/** `60m` and `4h` count from now; exactly as long as the policy allows is allowed. */
function endAsked(
  { expires, longestMinutes }: GlassAsked,
  now: Instant,
): Result<Instant, GlassRequestFault> {
  const found = /^([1-9]\d{0,4})([mh])$/.exec(expires);
  if (found === null) return fail({ kind: 'expiry-unreadable', text: expires.slice(0, 40) });
  const minutes = Number(found[1]) * (found[2] === 'h' ? 60 : 1);
  const longest = Math.min(longestMinutes, BREAK_GLASS_MINUTES_MAX);
  return minutes > longest
    ? fail({ kind: 'expiry-too-late', text: expires, longestMinutes: longest })
    : ok((now + minutes * MINUTE_MS) as Instant);
}
