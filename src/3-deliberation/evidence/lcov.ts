import { lcovParser } from '@friedemannsommer/lcov-parser/sync';
import { ok, type Result } from '../../primitives.ts';
import { type Ran, whatRan } from './lcov-ran.ts';
import {
  type EvidenceFault,
  evidenceBounds,
  type Measured,
  type Report,
  unreadable,
} from './measured.ts';

/** Records of branches; everything else is checked for its shape and then left out or taken by `whatRan`. */
const counted =
  /^(?:SF:.+|BRDA:\d{1,12},e?\d{1,12},.*,(?:-|\d{1,15})|BR[FH]:\d{1,12}|end_of_record)$/;
/** A line or function whose count cannot be read would be missing from what it is a share of. */
const known =
  /^(?:(?:TN|VER|FN|FNF|FNH|FNL|LF|LH|MCDC|MCF|MCH):.*|DA:\d{1,12},\d{1,20}(?:,.*)?|FNDA:\d{1,20},.*|FNA:\d{1,12},\d{1,20},.*|#.*)?$/;

/**
 * An lcov trace file: branches by file, line, block and branch; lines and functions as they are told.
 *
 * The parser scans for field names wherever they stand, so it is only given lines that the grammar
 * above admits. A section without its end is a cut-off file. Where several tests report one file, a
 * branch is covered that any of them took. BRF and BRH must equal what is counted.
 */
export function readLcov(report: Report): Result<Measured, EvidenceFault> {
  if (report.text.length > evidenceBounds.charactersMax)
    return unreadable(report, 'too-large', `over ${evidenceBounds.charactersMax} characters`);
  const ran = whatRan();
  const sifted = sift(report, ran);
  if (!sifted.ok) return sifted;
  const sections = lcovParser({ from: sifted.value.text });
  const records = sections.reduce((count, { branches }) => count + branches.details.length, 0);
  if (sections.length !== sifted.value.sections || records !== sifted.value.branches)
    return unreadable(report, 'not-well-formed', 'records that two readers do not read alike');
  const taken = new Map<string, boolean>();
  for (const { path, branches } of sections) {
    const here = new Map<string, boolean>();
    for (const { line, block, branch, hit, isException } of branches.details) {
      const key = `${line},${isException ? 'e' : ''}${block},${branch}`;
      here.set(key, (here.get(key) ?? false) || hit > 0);
    }
    const covered = count(here);
    if (branches.instrumented !== here.size || branches.hit !== covered)
      return unreadable(
        report,
        'contradiction',
        `${path}: BRF ${branches.instrumented}, BRH ${branches.hit}; records give ${here.size}, ${covered}`,
      );
    for (const [key, hit] of here)
      taken.set(`${path}\n${key}`, (taken.get(`${path}\n${key}`) ?? false) || hit);
  }
  return taken.size === 0
    ? unreadable(report, 'nothing-measured', 'no branch was measured')
    : ok({ kind: 'coverage', covered: count(taken), total: taken.size, ...ran.shares() });
}

const count = (taken: ReadonlyMap<string, boolean>): number =>
  [...taken.values()].filter(Boolean).length;

interface Sifted {
  readonly text: string;
  readonly sections: number;
  readonly branches: number;
}

function sift(report: Report, ran: Ran): Result<Sifted, EvidenceFault> {
  const kept: string[] = [];
  let sections = 0;
  let branches = 0;
  let inside: { total: boolean; hit: boolean; branches: boolean } | null = null;
  let start = report.text.startsWith('\uFEFF') ? 1 : 0;
  for (const raw of report.text.slice(start).split('\n', evidenceBounds.recordsMax + 1)) {
    const at = start;
    start += raw.length + 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (known.test(line)) {
      if (inside !== null) ran.take(line);
      continue;
    }
    if (!counted.test(line))
      return unreadable(report, 'not-well-formed', `${JSON.stringify(line.slice(0, 60))}`, at);
    if (line.startsWith('SF:') !== (inside === null))
      return unreadable(report, 'not-well-formed', 'a record outside its section', at);
    if (line.startsWith('SF:')) {
      inside = { total: false, hit: false, branches: false };
      ran.section(line);
    } else if (inside !== null && line === 'end_of_record') {
      // The parser reads an absent total as 0; it may be absent only where there is nothing to total.
      if (inside.branches && !(inside.total && inside.hit))
        return unreadable(report, 'not-well-formed', 'branches without BRF and BRH', at);
      inside = null;
      sections += 1;
    } else if (inside !== null && line.startsWith('BRDA:')) {
      branches += 1;
      inside.branches = true;
    } else if (inside !== null) {
      const which = line.startsWith('BRF:') ? 'total' : 'hit';
      if (inside[which]) return unreadable(report, 'not-well-formed', 'a total given twice', at);
      inside[which] = true;
    }
    kept.push(line);
  }
  if (start <= report.text.length)
    return unreadable(report, 'too-large', `over ${evidenceBounds.recordsMax} records`, start);
  if (inside !== null) return unreadable(report, 'not-well-formed', 'cut off', start);
  if (sections === 0) return unreadable(report, 'wrong-shape', 'no section in the file', 0);
  return ok({ text: `${kept.join('\n')}\n`, sections, branches });
}
