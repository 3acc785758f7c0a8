/**
 * Every rule the arbiter can hold against a change: its class, the clause of CAWS it enforces and
 * whether policy may change it. `arbiter explain RULE` prints from here; the words stand in
 * 5-publication/sentences.ts.
 */

/** hard: FAIL. waivable: WAIVER_REQUIRED until waived. warn: said, never decides. */
export type RuleClass = 'hard' | 'waivable' | 'warn';

interface Rule {
  readonly class: RuleClass;
  /** The gate it counts under; `*` where the finding names its own gate. */
  readonly gate: string;
  /** Which part of the working standard it enforces. */
  readonly clause: string;
  /** Whether the base's policy may make it milder or stricter (gate mode, waivable). */
  readonly policyMayChange: boolean;
}

export const rules = {
  'budget.files': {
    class: 'waivable',
    gate: 'budget_limit',
    clause: 'change budget',
    policyMayChange: true,
  },
  'budget.lines': {
    class: 'waivable',
    gate: 'budget_limit',
    clause: 'change budget',
    policyMayChange: true,
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
