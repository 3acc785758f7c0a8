import type { WeighedFinding } from '../caws/findings.ts';
import type { Caps, PolicySource, RiskTier } from '../caws/policy.ts';

/** One budget as spent: its caps, what waivers add to them, and what the change uses. */
export interface BudgetSpent {
  /** `tier` or the id of a path budget or `excluded`. */
  readonly id: string;
  readonly caps: Caps;
  readonly effective: Caps;
  /** There where the policy counts added lines alone; what was spent holds both numbers. */
  readonly linesCounted?: 'added';
  readonly spent: {
    readonly files: number;
    readonly lines: number;
    readonly linesAdded: number;
    readonly linesDeleted: number;
    readonly bytes: number;
    readonly longestLineBytes: number;
  };
}

/** The lines that count against the budget's cap. */
export function countedLines({ spent, linesCounted }: BudgetSpent): number {
  return linesCounted === 'added' ? spent.linesAdded : spent.lines;
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
  readonly budgets: readonly BudgetSpent[];
  readonly findings: readonly WeighedFinding[];
}
