import type { BudgetSpent } from '../../2-examination/examination.ts';
import type { Quantity, WeighedFinding } from '../../caws/findings.ts';
import type { EvidenceReference } from '../../caws/plea.ts';
import type { GateOutcome } from '../deliberation.ts';
import type { CandidateInput } from './dossier.ts';

/**
 * The fact table of one candidate: what gates, budgets and waivers came to. Its words are the arbiter's
 * and the policy's; nothing in it was written by the judged party.
 */
export function measuredFacts(from: {
  readonly gates: readonly GateOutcome[];
  readonly budgets: readonly BudgetSpent[];
  readonly findings: readonly WeighedFinding[];
  readonly evidence: readonly EvidenceReference[];
}): CandidateInput['facts'] {
  const gates = from.gates.map(({ gate, outcome, measured, limit, evidence }) => ({
    text: `gate ${gate}: ${outcome}${amount(', measured', measured)}${amount(', limit', limit)}`,
    names: from.evidence
      .filter((each) => evidence.some(({ digest }) => digest === each.digest))
      .map(({ name }) => name),
  }));
  const budgets = from.budgets.map(({ id, spent, effective }) => ({
    text: `budget ${id}: ${of(spent.lines, effective.lines)} lines, ${of(spent.files, effective.files)} files`,
    names: [],
  }));
  const exceptions = from.findings
    .filter(({ standing }) => standing === 'waived' || standing === 'warns')
    .map(({ rule, standing }) => ({ text: `${standing}: ${rule}`, names: [] }));
  return [...gates, ...budgets, ...exceptions];
}

const amount = (word: string, quantity: Quantity | null): string =>
  quantity === null ? '' : `${word} ${quantity.value} ${quantity.unit}`;

const of = (spent: number, cap: number | null): string =>
  cap === null ? `${spent}` : `${spent} of ${cap}`;
