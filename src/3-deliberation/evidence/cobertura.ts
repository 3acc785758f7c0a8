import { ok, type Result } from '../../primitives.ts';
import {
  type EvidenceFault,
  type Measured,
  type Report,
  type Share,
  unreadable,
} from './measured.ts';
import { readXml, type XmlElement } from './xml.ts';

/**
 * Cobertura XML. Branches are counted from the lines of each class (`condition-coverage="50% (1/2)"`).
 *
 * A header that admits fewer misses than its own lines show is a contradiction. Some writers list
 * branches in the header that no line carries; then the lower of the two shares counts.
 */
export function readCobertura(report: Report): Result<Measured, EvidenceFault> {
  const read = readXml(report);
  if (!read.ok) return read;
  if (read.value.name !== 'coverage')
    return unreadable(report, 'wrong-shape', `root element ${read.value.name}, not coverage`, 0);
  const lines = classLines(read.value);
  let counted: Share = { covered: 0, total: 0 };
  for (const line of lines) {
    const unfit = (attribute: string) =>
      unreadable(
        report,
        'wrong-shape',
        `${attributeOf(line, attribute)} at line ${numberOf(line)}`,
      );
    if (!/^\d{1,20}$/.test(line.attributes.get('hits') ?? '')) return unfit('hits');
    const branches = branchesOf(line);
    if (branches === undefined) return unfit('condition-coverage');
    counted = add(counted, branches);
  }
  const header = headerOf(read.value);
  if (header === 'unreadable')
    return unreadable(report, 'wrong-shape', 'branches-covered and branches-valid are no counts');
  const ran = ranOf(lines);
  if (header === null) return measured(report, { ...counted, ran }, rateOf(read.value));
  if (
    header.total < counted.total ||
    header.total - header.covered < counted.total - counted.covered
  )
    return unreadable(
      report,
      'contradiction',
      `header says ${header.covered} of ${header.total} branches, lines give ${counted.covered} of ${counted.total}`,
    );
  const headerIsLower = header.covered * counted.total < counted.covered * header.total;
  const lower = headerIsLower || counted.total === 0 ? header : counted;
  return measured(report, { ...lower, ran }, null);
}

/** Rounding of rates to two or more digits is no contradiction. */
const rateSlack = 0.01;

function measured(
  report: Report,
  { covered, total, ran }: Share & { readonly ran: Share | null },
  rate: number | null,
): Result<Measured, EvidenceFault> {
  if (total === 0) return unreadable(report, 'nothing-measured', 'no branch was measured');
  if (rate !== null && rate - covered / total > rateSlack)
    return unreadable(
      report,
      'contradiction',
      `branch-rate ${rate}, lines give ${covered}/${total}`,
    );
  return ok({ kind: 'coverage', covered, total, lines: ran, functions: null });
}

/** The lines of every class, once: writers repeat them under the class's methods. */
function classLines(element: XmlElement): readonly XmlElement[] {
  if (element.name !== 'class') return element.children.flatMap(classLines);
  const under = (parent: XmlElement) =>
    parent.children
      .filter(({ name }) => name === 'lines')
      .flatMap(({ children }) => children.filter(({ name }) => name === 'line'));
  const own = under(element);
  if (own.length > 0) return own;
  return element.children
    .filter(({ name }) => name === 'methods')
    .flatMap(({ children }) => children.flatMap(under));
}

const attributeOf = ({ attributes }: XmlElement, name: string): string =>
  `${name} ${JSON.stringify(attributes.get(name)?.slice(0, 40) ?? null)}`;

const numberOf = ({ attributes }: XmlElement): string =>
  attributes.get('number')?.slice(0, 12) ?? 'of no number';

/** null where the report lists no line. */
function ranOf(lines: readonly XmlElement[]): Share | null {
  const covered = lines.filter(({ attributes }) => Number(attributes.get('hits')) > 0).length;
  return lines.length === 0 ? null : { covered, total: lines.length };
}

function branchesOf(line: XmlElement): Share | undefined {
  const isBranch = (line.attributes.get('branch') ?? 'false').toLowerCase() === 'true';
  const condition = line.attributes.get('condition-coverage');
  if (condition === undefined) return isBranch ? undefined : { covered: 0, total: 0 };
  const match = /^\s*[\d.,]+%\s*\((\d{1,12})\/(\d{1,12})\)\s*$/.exec(condition);
  const branches = { covered: Number(match?.[1]), total: Number(match?.[2]) };
  return match !== null && branches.covered <= branches.total ? branches : undefined;
}

function headerOf(root: XmlElement): Share | null | 'unreadable' {
  const covered = root.attributes.get('branches-covered');
  const total = root.attributes.get('branches-valid');
  if (covered === undefined && total === undefined) return null;
  const header = { covered: countOf(covered), total: countOf(total) };
  return header.covered <= header.total ? header : 'unreadable';
}

/** NaN for anything but digits; a comparison with NaN is false, which refuses the header. */
const countOf = (text: string | undefined): number =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;

function rateOf(root: XmlElement): number | null {
  const text = root.attributes.get('branch-rate');
  return text !== undefined && /^[01](\.\d{1,20})?$/.test(text) ? Number(text) : null;
}

const add = (one: Share, other: Share): Share => ({
  covered: one.covered + other.covered,
  total: one.total + other.total,
});
