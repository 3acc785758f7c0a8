import type { Finding } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import type { Instant } from '../primitives.ts';
import type { BudgetSpent } from './examination.ts';
import { finding } from './finding.ts';

const DAY_MS = 86_400_000;

/** Changes that passed before, as an explicit input of the case: the arbiter remembers nothing by itself. */
export interface RollingHistory {
  /** How many days back it reaches; absent where it reaches back to the beginning. */
  readonly days?: number;
  /** Earlier changes of any spec, this one left out. */
  readonly changes: readonly {
    readonly spec: string;
    readonly at: Instant;
    readonly files: number;
    readonly lines: number;
    /** The added side alone, for policies that count that. */
    readonly linesAdded: number;
  }[];
}

/**
 * What changes of one spec spent together in the window that ends now, its first instant left out;
 * otherwise a big change passes in slices. A policy that asks for it and a history that is not there
 * leave a doubt that people decide.
 */
export function examineRolling(
  policy: Policy,
  spec: string | null,
  tierBudget: BudgetSpent['spent'],
  history: RollingHistory | null,
  now: Instant,
): readonly Finding[] {
  const { rolling } = policy;
  if (rolling === null || spec === null) return [];
  // Heard under another law, a case may be asked for more than was read for it.
  if (history === null || (history.days ?? Infinity) < rolling.days)
    return [finding('budget.rolling-unknown', { subject: spec, detail: { days: rolling.days } })];
  const since = now - rolling.days * DAY_MS;
  const window = history.changes.filter(
    (change) => change.spec === spec && !(change.at <= since) && !(change.at > now),
  );
  const counted = policy.linesCounted === 'added' ? 'linesAdded' : 'lines';
  const sums = {
    files: window.reduce((sum, change) => sum + change.files, tierBudget.files),
    lines: window.reduce((sum, change) => sum + change[counted], tierBudget[counted]),
  };
  return (['files', 'lines'] as const).flatMap((unit) => {
    const limit = rolling[unit];
    if (limit === null || sums[unit] <= limit) return [];
    return [
      finding('budget.rolling', {
        subject: unit,
        measured: { value: sums[unit], unit },
        limit: { value: limit, unit },
        detail: { days: rolling.days, spec, changes: window.length + 1 },
      }),
    ];
  });
}
