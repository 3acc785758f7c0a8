import type { Examination } from '../2-examination/examination.ts';
import type { Gate, Policy, RiskTier, TierPolicy } from '../caws/policy.ts';
import type { PlannedGate } from './deliberation.ts';

/**
 * The gates that the world has to answer for this change, in the policy's order.
 *
 * Left out: gates that the arbiter's own examination answers, skipped gates, and every gate of a
 * change that touches governed documents alone or nothing at all: those end with people.
 */
export function planGates(input: {
  /** Of the base. */
  readonly policy: Policy;
  readonly tier: RiskTier;
  readonly changeClass: Examination['changeClass'];
}): readonly PlannedGate[] {
  if (input.changeClass !== 'code') return [];
  return input.policy.gates
    .filter((gate) => gate.mode !== 'skip' && gate.answer.by !== 'arbiter')
    .flatMap((gate) => [
      { gate, minimum: minimumOf(gate, input.policy.tiers[input.tier]) },
      ...againstBase(gate),
    ]);
}

/** What else the world has to answer, so that a gate can be held against the base. */
export function againstBase(gate: Gate): readonly PlannedGate[] {
  const { answer } = gate;
  if (answer.by !== 'command' || answer.base === undefined) return [];
  const asked = (on: 'base' | 'base-tests'): PlannedGate => ({
    gate: { ...gate, id: `${gate.id}@${on}` },
    minimum: null,
    on,
  });
  return [
    ...(answer.base.compare ? [asked('base')] : []),
    ...(answer.base.tests.length > 0 ? [asked('base-tests')] : []),
  ];
}

/** The gate's own threshold, else the tier's; where neither sets one, no security finding is allowed. */
function minimumOf(gate: Gate, tier: TierPolicy): number | null {
  switch (gate.measures) {
    case 'coverage':
      return stricter(gate.minimum, tier.coveragePercentMin);
    case 'mutation':
      return stricter(gate.minimum, tier.mutationPercentMin);
    case 'security':
      return gate.minimum ?? 0;
    case 'tests':
    case 'exit-code':
      return gate.minimum;
  }
}

/** Where two sources set a lower bound, the higher holds. */
function stricter(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
