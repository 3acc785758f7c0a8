/** Findings, gates and budgets as rows of a table. */
import { type BudgetSpent, linesSpent } from '../../2-examination/examination.ts';
import type { GateOutcome } from '../../3-deliberation/deliberation.ts';
import type { VerdictRecord, WaivingRule } from '../../4-verdict/verdict.ts';
import type { Quantity, Standing, WeighedFinding } from '../../caws/findings.ts';
import type { Place } from '../../primitives.ts';
import { groupDigits, quantityText } from '../quantity.ts';
import { approversPhrase } from './advice.ts';
import { code, joined, type Markdown, md, nothing, sentence } from './markdown.ts';

/** A glyph and a word: nothing is told by colour or shape alone. */
export const standingWords: Readonly<Record<Standing, string>> = {
  fails: '✗ fail',
  'needs-waiver': '◆ needs a waiver',
  waived: '✓ waived',
  warns: '! note',
};

export const outcomeWords: Readonly<Record<GateOutcome['outcome'], string>> = {
  passed: '✓ pass',
  failed: '✗ fail',
  missing: '✗ no answer',
  unreadable: '✗ unreadable',
  'timed-out': '✗ timed out',
  untrusted: '✗ not trusted',
  skipped: '– skipped',
};

const quantity = (value: Quantity | null): Markdown =>
  value === null ? nothing : md`${quantityText(value)}`;

export const findingHeader = ['Gate', 'Result', 'Measured', 'Limit', 'Who may allow it', 'Longest'];

/** One finding that decides: what it measured, and who could allow it. */
export function findingRow(finding: WeighedFinding, record: VerdictRecord): readonly Markdown[] {
  const terms = record.law.waiving.find(({ gate }) => gate === finding.gate);
  const waivable = finding.standing === 'needs-waiver' && terms !== undefined;
  return [
    code(finding.gate),
    md`${standingWords[finding.standing]}: ${code(finding.rule)}`,
    quantity(finding.measured),
    limitOf(finding, record),
    waivable ? who(terms) : md`nobody`,
    waivable ? md`${daysText(terms.longestDays)}` : nothing,
  ];
}

/** A limit, and that it is not the repository's own where its owner set it. */
function limitOf(finding: WeighedFinding, { law, examination }: VerdictRecord): Markdown {
  const { limit, rule, subject, gate } = finding;
  if (limit === null) return nothing;
  const tier = `risk_tiers.${examination.tier}`;
  const paths = [
    `gates.${gate}.minimum`,
    ...(subject === 'tier' ? (tierKeys[rule] ?? []) : []).map((key) => `${tier}.${key}`),
    ...(rule === 'gate.below-minimum' ? thresholds : []).map((key) => `${tier}.${key}`),
  ];
  const isOwners = paths.some((path) => law.organization?.sets.includes(path) === true);
  return isOwners ? md`${quantityText(limit)}, set by the organization` : quantity(limit);
}

const tierKeys: Readonly<Record<string, readonly string[]>> = {
  'budget.files': ['max_files'],
  'budget.lines': ['max_loc'],
  'budget.bytes': ['max_bytes'],
  'budget.longest-line': ['max_line_bytes'],
};
const thresholds = ['coverage_threshold', 'mutation_threshold'];

function who(terms: WaivingRule): Markdown {
  return md`${sentence(approversPhrase(terms))}, not the author`;
}

export const daysText = (days: number): string => (days === 1 ? '1 day' : `${days} days`);

export const heldHeader = ['Gate', 'Result', 'Measured', 'Limit'];

/** Everything that holds: budgets, planned gates, and what people allowed. */
export function heldRows(record: VerdictRecord): readonly (readonly Markdown[])[] {
  const { examination, deliberation } = record;
  return [
    ...examination.budgets
      .flatMap((budget) => budgetLines(budget, examination))
      // What goes over its cap has a finding, and stands where that stands.
      .filter(({ spent, cap }) => spent.value <= cap.value)
      .map(({ name, spent, cap, beside }) => [
        md`Budget, ${name}`,
        md`✓ pass`,
        beside === null ? quantity(spent) : md`${quantityText(spent)} (${beside})`,
        quantity(cap),
      ]),
    ...deliberation.gates.filter(({ outcome }) => outcome === 'passed').map(gateRow),
    ...[...examination.findings, ...deliberation.findings]
      .filter(({ standing }) => standing === 'waived')
      .map((finding) => waivedRow(finding, record.law.breakGlass?.id)),
  ];
}

export function gateRow(gate: GateOutcome): readonly Markdown[] {
  const lenient = gate.mode === 'warn' ? ' (only warns)' : '';
  return [
    code(gate.gate),
    md`${outcomeWords[gate.outcome]}${lenient}`,
    quantity(gate.measured),
    quantity(gate.limit),
  ];
}

function waivedRow(
  { gate, waivedBy, measured, limit }: WeighedFinding,
  glass: string | undefined,
): readonly Markdown[] {
  const by = code(waivedBy ?? '');
  return [
    code(gate),
    glass !== undefined && waivedBy === glass
      ? md`! let through by BREAK-GLASS ${by}`
      : md`✓ waived by ${by}`,
    quantity(measured),
    quantity(limit),
  ];
}

const units = ['files', 'lines', 'bytes'] as const;

export interface BudgetLine {
  readonly name: string;
  readonly spent: Quantity;
  readonly cap: Quantity;
  /** The cap with what waivers add. */
  readonly effective: Quantity;
  /** The other count of the same lines, where that one is not held against the cap. */
  readonly beside: string | null;
}

/**
 * What one budget caps and what was spent of it; a budget of other paths only where it was touched.
 *
 * @param examination where it does not say which lines count, they are those that were changed.
 */
export function budgetLines(
  budget: BudgetSpent,
  { tier, linesCounted = 'changed' }: Pick<VerdictRecord['examination'], 'tier' | 'linesCounted'>,
): readonly BudgetLine[] {
  const { id, caps, effective, spent } = budget;
  if (id !== 'tier' && spent.files === 0) return [];
  const name = id === 'tier' ? `tier ${tier}` : id;
  return units.flatMap((unit) => {
    const cap = caps[unit];
    if (cap === null) return [];
    const addedAlone = unit === 'lines' && linesCounted === 'added';
    return [
      {
        name: `${name}: ${addedAlone ? 'lines added' : unit}`,
        spent: { value: unit === 'lines' ? linesSpent(spent, linesCounted) : spent[unit], unit },
        cap: { value: cap, unit },
        effective: { value: effective[unit] ?? cap, unit },
        beside: addedAlone ? `${groupDigits(spent.lines)} changed` : null,
      },
    ];
  });
}

/** `file:line:column` of the first places, and how many there are more. */
export function placesPhrase(finding: WeighedFinding, max: number): Markdown {
  const shown = finding.places.slice(0, max);
  const rest = finding.placesTotal - shown.length;
  const more = rest > 0 && shown.length > 0 ? [md`${String(rest)} more`] : [];
  return joined([...shown.map((place) => code(placeText(place))), ...more], ', ');
}

export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== null).join(':');
}
