import type { BudgetSpent } from '../2-examination/examination.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { Spec } from '../caws/spec.ts';
import type { CommitSha } from '../primitives.ts';
import type { VerdictRecord } from './verdict.ts';

/** What a worker is asked to do: the law of the target, and what stood against an earlier try. */
export interface WorkerTask {
  readonly schema: 'caws-arbiter/task@1';
  readonly spec: Pick<
    Spec,
    'id' | 'title' | 'tier' | 'acceptance' | 'invariants' | 'scopeIn' | 'scopeOut' | 'scopeSupport'
  >;
  /** What the patch has to apply to. */
  readonly base: CommitSha;
  readonly baseRef: string;
  /** What an earlier try spent and may spend; empty where there was none. */
  readonly budgets: readonly Pick<BudgetSpent, 'id' | 'effective' | 'spent'>[];
  /** What was held against it, those that decide first. */
  readonly findings: readonly Pick<
    WeighedFinding,
    'rule' | 'gate' | 'standing' | 'subject' | 'measured' | 'limit' | 'places'
  >[];
}

/** Findings of an earlier try that a worker is told; a broken change can have thousands. */
const FINDINGS_MAX = 50;

/** @param earlier the verdict of a try that is to be bettered; null: there was none. */
export function workerTask(
  spec: Spec,
  place: Pick<WorkerTask, 'base' | 'baseRef'>,
  earlier: VerdictRecord | null,
): WorkerTask {
  const { id, title, tier, acceptance, invariants, scopeIn, scopeOut, scopeSupport } = spec;
  const found = [
    ...(earlier?.examination.findings ?? []),
    ...(earlier?.deliberation.findings ?? []),
  ].filter(({ standing }) => standing === 'fails' || standing === 'needs-waiver');
  return {
    schema: 'caws-arbiter/task@1',
    spec: { id, title, tier, acceptance, invariants, scopeIn, scopeOut, scopeSupport },
    base: place.base,
    baseRef: place.baseRef,
    budgets: (earlier?.examination.budgets ?? []).map((each) => ({
      id: each.id,
      effective: each.effective,
      spent: each.spent,
    })),
    findings: found
      .slice(0, FINDINGS_MAX)
      .map(({ rule, gate, standing, subject, measured, limit, places }) => ({
        rule,
        gate,
        standing,
        subject,
        measured,
        limit,
        places,
      })),
  };
}
