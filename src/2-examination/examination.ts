import type { WeighedFinding } from '../caws/findings.ts';
import type { Caps, Policy, PolicySource, RiskTier } from '../caws/policy.ts';

/** One budget as spent: its caps, what waivers add to them, and what the change uses. */
export interface BudgetSpent {
  /** `tier` or the id of a path budget or `excluded`. */
  readonly id: string;
  readonly caps: Caps;
  readonly effective: Caps;
  readonly spent: {
    readonly files: number;
    readonly lines: number;
    readonly linesAdded: number;
    readonly linesDeleted: number;
    readonly bytes: number;
    readonly longestLineBytes: number;
  };
}

/** The lines of a budget that its cap is held against, as the policy counts them. */
export function linesSpent(
  { lines, linesAdded }: Pick<BudgetSpent['spent'], 'lines' | 'linesAdded'>,
  counted: Policy['linesCounted'],
): number {
  return counted === 'added' ? linesAdded : lines;
}

/** Stage 2: what the law of the base says of the change, before anything of the head runs. */
export interface Examination {
  readonly policy: PolicySource;
  /** The spec that binds, and its tier; null where none binds (a finding then says why). */
  readonly spec: {
    readonly id: string;
    readonly tier: RiskTier;
    readonly standing: boolean;
  } | null;
  /** code: needs a spec; governance: touches only governed documents; empty: no change. */
  readonly changeClass: 'code' | 'governance' | 'empty';
  readonly tier: RiskTier;
  /** Whether budgets of lines count what is added alone, or what is deleted as well. */
  readonly linesCounted: Policy['linesCounted'];
  readonly budgets: readonly BudgetSpent[];
  readonly findings: readonly WeighedFinding[];
}
