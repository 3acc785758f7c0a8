import { fail, type Place, type Result } from '../../primitives.ts';

/** `covered` of `total`, both counts of one thing. */
export interface Share {
  readonly covered: number;
  readonly total: number;
}

/** What one report shows once it was read whole. Every count is a safe integer >= 0. */
export type Measured =
  | {
      readonly kind: 'tests';
      readonly total: number;
      readonly passed: number;
      /** Failures and errors, those of whole suites too. */
      readonly failed: number;
      readonly skipped: number;
    }
  /**
   * Branches: what the tiers ask for is a percentage of them. A function that nothing calls has no branch in many
   * reports, so lines and functions are held against the base as well; null where the report does not tell them.
   */
  | ({
      readonly kind: 'coverage';
      readonly lines: Share | null;
      readonly functions: Share | null;
    } & Share)
  /** Mutants that were run; `ignored` were left out by configuration or by comments in the code. */
  | {
      readonly kind: 'mutation';
      readonly detected: number;
      readonly total: number;
      readonly ignored: number;
    }
  /** Results at level warning or error; suppressed ones are counted and told apart here. */
  | {
      readonly kind: 'security';
      readonly findings: number;
      readonly suppressed: number;
      readonly runs: number;
    };

/** Why a report shows nothing. None of these can pass a gate. */
export interface EvidenceFault {
  readonly kind: /** A bound of `evidenceBounds` was passed. */
    | 'too-large'
    /** Not the syntax it should be: cut off, trailing text, wrong encoding, duplicate keys. */
    | 'not-well-formed'
    /** Well formed, but with something a report has no need of: entities, a DTD of its own. */
    | 'forbidden'
    | 'wrong-shape'
    /** Two parts of the report do not agree. */
    | 'contradiction'
    /** Zero of zero. */
    | 'nothing-measured'
    /** The tool itself says that it did not finish. */
    | 'incomplete';
  readonly detail: string;
  readonly at: Place;
}

/** One report as text, and the name it goes by in findings. */
export interface Report {
  readonly name: string;
  readonly text: string;
}

/** What reading one report may cost. */
export const evidenceBounds = {
  /** The same as EVIDENCE_BYTES_MAX, in UTF-16 units, since a parser walks these. */
  charactersMax: 16 * 1024 * 1024,
  /** Nested suites of real tools stay below 10; parsers recurse once a level. */
  depthMax: 64,
  /** 20,000 test cases have below 100,000 elements; each costs some 500 bytes of memory once parsed. */
  elementsMax: 400_000,
  /** Of one element. Real ones have ten; a parser takes half a minute for a million. */
  attributesMax: 64,
  /** Of one tag: a message with the whole of a difference is far below. */
  tagCharactersMax: 1024 * 1024,
  /** Records of one lcov file: a million instrumented lines and branches. */
  recordsMax: 1_000_000,
  /** A result or mutant costs a few hundred bytes; a scan with more is broken or an attack. */
  entriesMax: 200_000,
} as const;

/** A failed reading, with its place where one line can be named. */
export function unreadable(
  report: Report,
  kind: EvidenceFault['kind'],
  detail: string,
  offset: number | null = null,
): { readonly ok: false; readonly fault: EvidenceFault } {
  return fail({ kind, detail: detail.slice(0, 200), at: placeAt(report, offset) });
}

function placeAt(report: Report, offset: number | null): Place {
  if (offset === null) return { file: report.name, line: null, column: null };
  let line = 1;
  let start = 0;
  for (;;) {
    const end = report.text.indexOf('\n', start);
    if (end < 0 || end >= offset) return { file: report.name, line, column: offset - start + 1 };
    line += 1;
    start = end + 1;
  }
}

/** Two decimals, rounded down, so that no share is shown as a threshold it does not reach. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part * 10_000) / whole) / 100;
}

export type ReadReport = (report: Report) => Result<Measured, EvidenceFault>;
