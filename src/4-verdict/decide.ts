import type { Standing } from '../caws/findings.ts';
import type { Verdict } from './verdict.ts';

/** What the verdict is a function of. */
export interface Grounds {
  /** Of every finding of examination and deliberation, in any order. */
  readonly standings: readonly Standing[];
  /** Whether anything was measured at all: a budget spent, or a gate that passed. */
  readonly measured: boolean;
}

const rank: Readonly<Record<Verdict, number>> = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 };

/**
 * The verdict: the lowest that any ground allows. Total and independent of order; a standing it
 * does not know fails, and where nothing was measured nothing passes.
 */
export function decide(grounds: Grounds): Verdict {
  const start: Verdict = grounds.measured ? 'PASS' : 'WAIVER_REQUIRED';
  return grounds.standings
    .map(verdictOf)
    .reduce((lowest, verdict) => lower(lowest, verdict), start);
}

function verdictOf(standing: Standing): Verdict {
  switch (standing) {
    case 'needs-waiver':
      return 'WAIVER_REQUIRED';
    case 'waived':
    case 'warns':
      return 'PASS';
    default:
      // What fails, and a standing that this version does not know: a record may be of another one.
      return 'FAIL';
  }
}

/** The lower of two verdicts: FAIL < WAIVER_REQUIRED < PASS. */
export function lower(one: Verdict, other: Verdict): Verdict {
  return rank[one] <= rank[other] ? one : other;
}
