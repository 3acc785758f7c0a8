import { type LocatedDocument, type Path, quoted } from './document.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';

/** More files or lines than anyone reviews: such a budget binds nothing. */
const readableMax = 1_000_000;

/** What is wrong with a number of files, lines, people or days. */
export function budgetBreaches(
  document: LocatedDocument,
  path: Path,
  value: unknown,
): readonly StrictBreach[] {
  const breach = (rule: StrictRuleId, says: string): readonly StrictBreach[] => [
    { rule, path, says },
  ];
  if (typeof value !== 'number')
    return breach('strict.number.not_a_number', `${quoted(value)} is no number`);
  const token = document.tokenAt(path);
  if (!Number.isFinite(value))
    return token === undefined || /\.(inf|nan)$/i.test(token)
      ? breach('strict.number.not_finite', `${quoted(value)} is no finite number`)
      : breach('strict.number.not_a_number', `${quoted(token)} is too large for a number`);
  if (value < 0 || Object.is(value, -0))
    return breach('strict.number.negative', `${quoted(token ?? value)} is below 0`);
  if (!Number.isInteger(value))
    return breach('strict.number.fraction', `${value} is not a whole number`);
  if (token !== undefined && !/^(0|[1-9]\d*)$/.test(token))
    return breach('strict.number.notation', `${quoted(token)} is read as ${value}`);
  return value > readableMax
    ? breach('strict.number.boundless', `${value} is no bound that anyone reviews`)
    : [];
}

/** What is wrong with a threshold in percent; 2025 files also write fractions of 1. */
export function percentageBreaches(path: Path, value: unknown): readonly StrictBreach[] {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return [{ rule: 'strict.number.not_a_number', path, says: `${quoted(value)} is no number` }];
  if (value < 0 || value > 100)
    return [{ rule: 'strict.percentage.out_of_range', path, says: `${value} is no percentage` }];
  return value > 0 && value <= 1
    ? [
        {
          rule: 'strict.percentage.as_fraction',
          path,
          says: `${value} is read as ${value * 100} %`,
        },
      ]
    : [];
}
