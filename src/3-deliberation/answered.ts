import type { TrustLevel } from '../caws/policy.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { EvidenceItem, GateAnswerGiven, PlannedGate } from './deliberation.ts';
import type { EvidenceFault, Measured } from './evidence/measured.ts';
import { measureOf, readEvidence } from './evidence/read-evidence.ts';
import { addUp } from './measure.ts';

export type Answered = Extract<GateAnswerGiven, { readonly state: 'answered' }>;

/** What comes of one report: read here and now, or known from elsewhere. */
export type ReadItem = (item: EvidenceItem) => Result<Measured, EvidenceFault>;

export const readItem: ReadItem = (item) => readEvidence(item.format, item);

/** Every report of the gate, added up. One that cannot be read makes all of them unreadable. */
export function readAll(
  planned: PlannedGate,
  items: readonly EvidenceItem[],
  read: ReadItem,
): Result<Measured, EvidenceFault> {
  const refusal = (kind: EvidenceFault['kind'], file: string, detail: string) =>
    fail({ kind, detail, at: { file, line: null, column: null } });
  const { measures, answer } = planned.gate;
  const format = formatOf(answer);
  const names = new Set(items.map(({ name }) => name));
  const digests = new Set(items.map(({ digest }) => digest));
  if (names.size < items.length || digests.size < items.length)
    return refusal('contradiction', items[0]?.name ?? '', 'one report given twice');
  const reports: Measured[] = [];
  for (const item of items.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if (item.format !== format || measureOf[item.format] !== measures)
      return refusal('wrong-shape', item.name, `${item.format} does not answer ${measures}`);
    const report = read(item);
    if (!report.ok) return report;
    reports.push(report.value);
  }
  const whole = addUp(reports);
  return whole === null
    ? refusal('nothing-measured', expectedAt(answer) ?? planned.gate.id, 'no report')
    : ok(whole);
}

/** Where a command's report has to lie. */
const expectedAt = (answer: PlannedGate['gate']['answer']): string | null =>
  answer.by === 'command' ? (answer.report?.path ?? null) : null;

function formatOf(answer: PlannedGate['gate']['answer']): EvidenceItem['format'] | null {
  switch (answer.by) {
    case 'evidence':
      return answer.format;
    case 'command':
      return answer.report?.format ?? null;
    case 'check':
    case 'arbiter':
    case 'nobody':
      return null;
  }
}

const trustOrder: readonly TrustLevel[] = ['local', 'check', 'runner'];

/** A level that a record names and we do not know ranks below all. */
const rankOf = (level: TrustLevel): number => trustOrder.indexOf(level);

export function lowestTrust(answer: Answered): TrustLevel {
  const levels = [answer.trust, ...answer.evidence.map(({ trust }) => trust)];
  return levels.reduce((low, level) => (rankOf(level) < rankOf(low) ? level : low));
}

export const trusted = (answer: Answered, needed: TrustLevel): boolean =>
  rankOf(lowestTrust(answer)) >= Math.max(0, rankOf(needed));
