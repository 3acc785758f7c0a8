import type { Quantity } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { unreachable } from '../primitives.ts';
import type { PlannedGate } from './deliberation.ts';
import { type Measured, percentOf, type Share } from './evidence/measured.ts';

/** What a report comes to against its gate: null breach means that it holds. */
export interface Assay {
  readonly measured: Quantity;
  readonly limit: Quantity | null;
  readonly breach: RuleId | null;
  readonly detail: Readonly<Record<string, number>>;
}

/**
 * Measures against the limit in force. Shares are compared as fractions, never as rounded percent;
 * a limit that is no number within its range is not met.
 */
export function assay(measured: Measured, planned: PlannedGate): Assay {
  switch (measured.kind) {
    case 'tests':
      return assayTests(measured, planned.minimum);
    case 'coverage':
      return assayShare(measured.covered, measured.total, planned.minimum, {});
    case 'mutation':
      return assayShare(measured.detected, measured.total, planned.minimum, {
        ignored: measured.ignored,
      });
    case 'security': {
      const allowed = planned.minimum ?? 0;
      return {
        measured: { value: measured.findings, unit: 'findings' },
        limit: { value: allowed, unit: 'findings' },
        breach: measured.findings <= allowed ? null : 'gate.failed',
        detail: { suppressed: measured.suppressed, runs: measured.runs },
      };
    }
    default:
      return unreachable(measured);
  }
}

function assayTests(tests: Extract<Measured, { kind: 'tests' }>, minimum: number | null): Assay {
  const detail = { passed: tests.passed, skipped: tests.skipped, total: tests.total };
  const count = (value: number): Quantity => ({ value, unit: 'tests' });
  if (tests.failed > 0)
    return { measured: count(tests.failed), limit: count(0), breach: 'gate.failed', detail };
  const needed = Math.max(1, minimum ?? 1);
  if (!(tests.passed >= needed))
    return { measured: count(tests.passed), limit: count(needed), breach: 'gate.no-tests', detail };
  return { measured: count(tests.passed), limit: count(needed), breach: null, detail };
}

function assayShare(
  part: number,
  whole: number,
  minimum: number | null,
  detail: Readonly<Record<string, number>>,
): Assay {
  // Without a limit a report of 0 % still proves nothing.
  const inRange = minimum === null ? part > 0 : minimum >= 0 && minimum <= 100;
  const holds = whole > 0 && inRange && part * 100 >= (minimum ?? 0) * whole;
  return {
    measured: { value: percentOf(part, whole), unit: 'percent' },
    limit: minimum === null ? null : { value: minimum, unit: 'percent' },
    breach: holds ? null : 'gate.below-minimum',
    detail: { ...detail, part, whole },
  };
}

/** Several reports of one gate, added up; null where they measure different things. */
export function addUp(reports: readonly Measured[]): Measured | null {
  const [first, ...others] = reports;
  if (first === undefined) return null;
  return others.reduce<Measured | null>(
    (one, other) => (one === null ? null : add(one, other)),
    first,
  );
}

function add(one: Measured, other: Measured): Measured | null {
  if (one.kind === 'tests' && other.kind === 'tests')
    return {
      kind: 'tests',
      total: one.total + other.total,
      passed: one.passed + other.passed,
      failed: one.failed + other.failed,
      skipped: one.skipped + other.skipped,
    };
  if (one.kind === 'coverage' && other.kind === 'coverage')
    return {
      kind: 'coverage',
      covered: one.covered + other.covered,
      total: one.total + other.total,
      lines: bothOf(one.lines, other.lines),
      functions: bothOf(one.functions, other.functions),
    };
  if (one.kind === 'mutation' && other.kind === 'mutation')
    return {
      kind: 'mutation',
      detected: one.detected + other.detected,
      total: one.total + other.total,
      ignored: one.ignored + other.ignored,
    };
  if (one.kind === 'security' && other.kind === 'security')
    return {
      kind: 'security',
      findings: one.findings + other.findings,
      suppressed: one.suppressed + other.suppressed,
      runs: one.runs + other.runs,
    };
  return null;
}

/** Of two reports, one of which may not tell it. */
const bothOf = (one: Share | null, other: Share | null): Share | null =>
  one === null || other === null
    ? null
    : { covered: one.covered + other.covered, total: one.total + other.total };
