import { finding } from '../2-examination/finding.ts';
import type { Finding, WeighedFinding } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { isoOf } from '../primitives.ts';
import type { CountingGlass, GlassJudged, GlassNotCounted } from './break-glass.ts';
import type { VerdictRecord } from './verdict.ts';

/** A person reads the first of them; the last one says how many more there are. */
const NOT_COUNTED_SAID_MAX = 20;

/**
 * What decides who may decide: an emergency lasts hours, and a law or a key that it let in would last
 * for ever. The usual approvers decide these, also in an emergency.
 */
const lastingRules: ReadonlySet<RuleId> = new Set<RuleId>([
  'governance.change',
  'governance.gate-edit',
  'governance.keys-edit',
]);

/** Whether a broken glass lets this finding through: what a waiver could cover, and nothing else. */
export function mayLetThrough({ rule, standing }: WeighedFinding): boolean {
  return standing === 'needs-waiver' && !lastingRules.has(rule);
}

/** The findings with those waived that the broken glass lets through; all others stay as they are. */
export function letThrough(
  findings: readonly WeighedFinding[],
  glass: CountingGlass | null,
): readonly WeighedFinding[] {
  if (glass === null) return findings;
  return findings.map((each) =>
    mayLetThrough(each) ? { ...each, standing: 'waived', waivedBy: glass.id } : each,
  );
}

/** The broken glass as the record names it. */
export function glassOfRecord(
  { id, digest, keyId, by, reason, expiresAt, verdict }: CountingGlass,
  findings: number,
): NonNullable<VerdictRecord['law']['breakGlass']> {
  return { id, digest, keyId, by, reason, expiresAt: isoOf(expiresAt), verdict, findings };
}

/** What is said of the events: who broke the glass and why, and each event that does not count. */
export function glassFindings(
  { counts, notCounted }: GlassJudged,
  findingsLetThrough: number,
): readonly WeighedFinding[] {
  const said = notCounted.slice(0, NOT_COUNTED_SAID_MAX);
  const unsaid = notCounted.length - said.length;
  return [
    ...(counts === null ? [] : [broken(counts, findingsLetThrough)]),
    ...said.map((each, at) => notCountedFinding(each, at === said.length - 1 ? unsaid : 0)),
  ].map((each) => ({ ...each, standing: 'warns', waivedBy: null, waiversRefused: [] }));
}

function broken(glass: CountingGlass, count: number): Finding {
  return finding('waiver.break-glass', {
    subject: glass.id,
    measured: { value: count, unit: 'findings' },
    detail: {
      by: glass.by,
      reason: glass.reason,
      at: isoOf(glass.at),
      until: isoOf(glass.expiresAt),
      verdict: glass.verdict,
    },
  });
}

function notCountedFinding(
  { because, detail, id, digest }: GlassNotCounted,
  more: number,
): Finding {
  return finding('waiver.break-glass-not-counted', {
    subject: id ?? digest ?? '',
    detail: {
      because,
      ...(detail === '' ? {} : { field: detail }),
      ...(more > 0 ? { more } : {}),
    },
  });
}
