import type { BudgetSpent } from '../2-examination/examination.ts';
import type { GateAnswerGiven, GateOutcome } from '../3-deliberation/deliberation.ts';
import { holdsRoleToken, seenPath, seenText } from '../3-deliberation/judge/seen-text.ts';
import { planGates } from '../3-deliberation/plan.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { Caps, Gate, Policy } from '../caws/policy.ts';
import type { Plan } from '../caws/read-plan.ts';
import type { Spec } from '../caws/spec.ts';
import type { WorkerGuide } from '../caws/worker-guide.ts';
import type { CommitSha } from '../primitives.ts';
import type { VerdictRecord } from './verdict.ts';

/** A gate that an earlier try did not pass. */
interface GateNotPassed {
  readonly gate: string;
  readonly outcome: GateOutcome['outcome'];
  readonly exitCode: number | null;
  /** The end of what it printed, or why it gave no answer: without secrets, and what nobody sees is gone. */
  readonly output: string;
}

/** What has to be shown for one gate. */
interface Proof {
  readonly gate: string;
  /** `warn`: it is said and stops nothing. */
  readonly mode: 'block' | 'warn';
  readonly needs: string;
  /** Percent, tests or findings, as the gate measures; null: none. */
  readonly minimum: number | null;
}

/** What a worker is asked to do (policies/schema/task.schema.json): the law of the target, and what stood against an earlier try. */
export interface WorkerTask {
  readonly schema: 'caws-arbiter/task@1';
  readonly wants: 'plan' | 'patch';
  /** What is to be written, in words. */
  readonly asks: string;
  readonly rules: readonly string[];
  readonly spec: Pick<
    Spec,
    'id' | 'title' | 'tier' | 'acceptance' | 'invariants' | 'scopeIn' | 'scopeOut' | 'scopeSupport'
  >;
  /** What the patch has to apply to. */
  readonly base: CommitSha;
  readonly baseRef: string;
  /** What a change under the spec may cost; null: no bound. */
  readonly caps: Caps;
  readonly proofs: readonly Proof[];
  /** What an earlier try spent and may spend; empty where there was none. */
  readonly budgets: readonly Pick<BudgetSpent, 'id' | 'effective' | 'spent'>[];
  /** What was held against it, those that decide first. */
  readonly findings: readonly Pick<
    WeighedFinding,
    'rule' | 'gate' | 'standing' | 'subject' | 'measured' | 'limit' | 'places'
  >[];
  /** The gates that it did not pass. */
  readonly gates: readonly GateNotPassed[];
  /** The worker's own, once it was found to hold; null while it is asked for one. */
  readonly plan: Plan | null;
  readonly exemplars: WorkerGuide['exemplars'];
}

/** A try that is to be bettered, and what the gates answered to it. */
export interface EarlierTry {
  readonly record: VerdictRecord;
  readonly answers: readonly GateAnswerGiven[];
}

/** Findings of an earlier try that a worker is told; a broken change can have thousands. */
const FINDINGS_MAX = 50;
const GATES_MAX = 20;
/** Of one gate: what fills half of a small model's context tells it nothing more. */
const OUTPUT_CHARACTERS_MAX = 4_000;

/**
 * The first thing a worker is asked for: a plan.
 *
 * @param law.policy of the target. @param earlier null: there was no try, or it passed.
 */
export function workerTask(
  law: { readonly spec: Spec; readonly policy: Policy; readonly guide: WorkerGuide },
  place: Pick<WorkerTask, 'base' | 'baseRef'>,
  earlier: EarlierTry | null,
): WorkerTask {
  const { spec, policy, guide } = law;
  const { id, title, tier, acceptance, invariants, scopeIn, scopeOut, scopeSupport } = spec;
  const { files, lines, bytes, longestLineBytes } = policy.tiers[tier];
  return {
    schema: 'caws-arbiter/task@1',
    wants: 'plan',
    asks: guide.asks.plan,
    rules: guide.rules,
    spec: { id, title, tier, acceptance, invariants, scopeIn, scopeOut, scopeSupport },
    base: place.base,
    baseRef: place.baseRef,
    caps: { files, lines, bytes, longestLineBytes },
    proofs: proofsOf(law),
    budgets: (earlier?.record.examination.budgets ?? []).map((each) => ({
      id: each.id,
      effective: each.effective,
      spent: each.spent,
    })),
    findings: earlier === null ? [] : findingsOf(earlier.record),
    gates: earlier === null ? [] : notPassed(earlier),
    plan: null,
    exemplars: guide.exemplars,
  };
}

/** The same task, now for the patch that a plan promised. */
export function patchTask(task: WorkerTask, plan: Plan, { asks }: WorkerGuide): WorkerTask {
  return { ...task, wants: 'patch', asks: asks.patch, plan };
}

function proofsOf({ spec, policy, guide }: Parameters<typeof workerTask>[0]): readonly Proof[] {
  const planned = planGates({ policy, tier: spec.tier, changeClass: 'code' });
  return policy.gates.flatMap((gate): readonly Proof[] => {
    const what: string = gate.answer.by === 'arbiter' ? gate.id : gate.measures;
    const needs = guide.proofs.find(({ of }) => of === what)?.needs;
    if (gate.mode === 'skip' || needs === undefined) return [];
    return [{ gate: gate.id, mode: gate.mode, needs, minimum: minimumIn(planned, gate) }];
  });
}

const minimumIn = (planned: ReturnType<typeof planGates>, { id }: Gate): number | null =>
  planned.find(({ gate }) => gate.id === id)?.minimum ?? null;

function findingsOf({ examination, deliberation }: VerdictRecord): WorkerTask['findings'] {
  const found = [...examination.findings, ...deliberation.findings].filter(
    ({ standing }) => standing === 'fails' || standing === 'needs-waiver',
  );
  return found
    .slice(0, FINDINGS_MAX)
    .map(({ rule, gate, standing, subject, measured, limit, places }) => ({
      rule,
      gate,
      standing,
      subject: shown(subject),
      measured,
      limit,
      // Whoever made the earlier try chose these names.
      places: places.map((place) => ({ ...place, file: seenPath(place.file) })),
    }));
}

function notPassed({ record, answers }: EarlierTry): readonly GateNotPassed[] {
  return record.deliberation.gates
    .filter(({ outcome }) => outcome !== 'passed' && outcome !== 'skipped')
    .slice(0, GATES_MAX)
    .map(({ gate, outcome }) => {
      const answer = answers.find((each) => each.gate === gate);
      const isAnswered = answer?.state === 'answered';
      const said = isAnswered ? answer.outputTail : (answer?.detail ?? '');
      return { gate, outcome, exitCode: isAnswered ? answer.exitCode : null, output: shown(said) };
    });
}

/** The end of a stranger's text, as it may stand in a prompt: whole lines, as far as they fit. */
function shown(text: string): string {
  const lines = seenText(text)
    .text.split('\n')
    .map((line) => (holdsRoleToken(line) ? '‹line left out›' : line));
  const clean = lines.join('\n').trimEnd().toWellFormed();
  if (clean.length <= OUTPUT_CHARACTERS_MAX) return clean;
  const end = clean.slice(-OUTPUT_CHARACTERS_MAX).toWellFormed();
  return `…\n${end.slice(end.indexOf('\n') + 1)}`;
}
