import type { Change } from '../1-pleading/change.ts';
import { type Examination, linesSpent } from '../2-examination/examination.ts';
import type { Deliberation } from '../3-deliberation/deliberation.ts';
import { visible } from './escape.ts';
import { groupDigits, quantityText } from './quantity.ts';

/** `6 files, +182 −40 in 3 commits`. */
export function pleadingText({ files, commits }: Change): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  const count = (value: number, word: string) =>
    `${groupDigits(value)} ${word}${value === 1 ? '' : 's'}`;
  return `${count(files.length, 'file')}, +${groupDigits(added)} −${groupDigits(deleted)} in ${count(commits.length, 'commit')}`;
}

/** `CART-1, tier 2: 6 of 10 files, 222 of 200 lines`; `261 of 250 lines added (262 changed)` where only those count. */
export function examinationText(examination: Examination): string {
  const { spec, tier, budgets, changeClass, linesCounted } = examination;
  const whose =
    spec === null ? (changeClass === 'governance' ? 'governance' : 'no spec') : visible(spec.id);
  const own = budgets.find(({ id }) => id === 'tier');
  if (own === undefined) return `${whose}, tier ${tier}`;
  const { spent, caps } = own;
  const of = (value: number, cap: number | null, unit: string) =>
    cap === null
      ? `${groupDigits(value)} ${unit}`
      : `${groupDigits(value)} of ${groupDigits(cap)} ${unit}`;
  const lines = of(linesSpent(spent, linesCounted), caps.lines, 'lines');
  const counted = linesCounted === 'added' ? ` added (${groupDigits(spent.lines)} changed)` : '';
  return `${whose}, tier ${tier}: ${of(spent.files, caps.files, 'files')}, ${lines}${counted}`;
}

/** `2 of 3 gates hold, coverage 78.1 %`, or that none was planned. */
export function deliberationText({ gates }: Deliberation): string {
  const asked = gates.filter(({ outcome }) => outcome !== 'skipped');
  if (asked.length === 0) return 'no gate to ask beyond the examination';
  const held = asked.filter(({ outcome }) => outcome === 'passed').length;
  const first = asked.find(({ outcome }) => outcome !== 'passed') ?? asked[0];
  const value = first?.measured == null ? first?.outcome : quantityText(first.measured);
  return `${held} of ${asked.length} gates hold; ${visible(first?.gate ?? '')}: ${value}`;
}
