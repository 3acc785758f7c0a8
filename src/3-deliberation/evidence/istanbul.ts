import { ok, type Result } from '../../primitives.ts';
import { asCount, asObject, own, readJsonObject } from './json.ts';
import {
  type EvidenceFault,
  evidenceBounds,
  type Measured,
  type Report,
  type Share,
  unreadable,
} from './measured.ts';

/** The tool cuts percentages to two decimals, and older versions round. */
const percentSlack = 0.011;

/**
 * Istanbul's json-summary. The files are added up and must give `total`; a summary that lists no
 * file is taken at its total. Counts decide; `pct` must agree with them.
 */
export function readIstanbulSummary(report: Report): Result<Measured, EvidenceFault> {
  const read = readJsonObject(report);
  if (!read.ok) return read;
  const entries = Object.entries(read.value);
  if (entries.length > evidenceBounds.entriesMax)
    return unreadable(report, 'too-large', `over ${evidenceBounds.entriesMax} files`);
  const total = shareOf(own(read.value, 'total'));
  if (typeof total === 'string') return unreadable(report, 'wrong-shape', `total: ${total}`);
  let summed: Share = { covered: 0, total: 0 };
  const files = entries.filter(([key]) => key !== 'total');
  for (const [file, value] of files) {
    const share = shareOf(value);
    if (typeof share === 'string')
      return unreadable(report, 'wrong-shape', `${file.slice(0, 100)}: ${share}`);
    summed = { covered: summed.covered + share.covered, total: summed.total + share.total };
  }
  if (files.length > 0 && (summed.covered !== total.covered || summed.total !== total.total))
    return unreadable(
      report,
      'contradiction',
      `total says ${total.covered} of ${total.total} branches, files give ${summed.covered} of ${summed.total}`,
    );
  return total.total === 0
    ? unreadable(report, 'nothing-measured', 'no branch was measured')
    : ok({
        ...{ kind: 'coverage', ...total },
        lines: plainShareOf(own(read.value, 'total'), 'lines'),
        functions: plainShareOf(own(read.value, 'total'), 'functions'),
      });
}

/** What no tier asks for and a summary may leave out; null where it does not stand there as counts. */
function plainShareOf(total: unknown, key: string): Share | null {
  const entry = asObject(own(asObject(total) ?? {}, key)) ?? {};
  const share = { covered: asCount(own(entry, 'covered')), total: asCount(own(entry, 'total')) };
  if (share.covered === undefined || share.total === undefined) return null;
  return share.covered > share.total ? null : { covered: share.covered, total: share.total };
}

function shareOf(entry: unknown): Share | string {
  const object = asObject(entry);
  const branches = object && asObject(own(object, 'branches'));
  if (branches === undefined) return 'no branches';
  const total = asCount(own(branches, 'total'));
  const covered = asCount(own(branches, 'covered'));
  if (total === undefined || covered === undefined) return 'branches without counts';
  if (covered > total) return `${covered} of ${total} branches covered`;
  const percent = own(branches, 'pct');
  const agrees =
    percent === undefined ||
    (total === 0
      ? percent === 100 || percent === 0 || percent === 'Unknown'
      : typeof percent === 'number' && Math.abs(percent - (covered / total) * 100) <= percentSlack);
  return agrees ? { covered, total } : `pct ${JSON.stringify(percent)}, counts ${covered}/${total}`;
}
