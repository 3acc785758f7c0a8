/** Canaries whose truth is planted, walked through task by task; every look is taken. */
import {
  afterOutcome,
  type CanaryLook,
  type CanaryRecord,
  lookAt,
  nothingYet,
} from '../../../src/models/lifecycle/canary.ts';
import { decide } from '../../../src/models/lifecycle/new-model.ts';
import { beginTrial, type Evidence } from '../../../src/models/lifecycle/trial.ts';
import { chanceFrom } from '../../../src/models/routing/chance.ts';
import type { Instant } from '../../../src/primitives.ts';

export interface Planted {
  /** How often a task of the models in use passes, and one of the newcomer. */
  readonly control: number;
  readonly newcomer: number;
  /** Tasks that the models in use had done before. */
  readonly before: number;
}

/** One canary from its first task to its end. */
function playCanary(
  planted: Planted,
  seed: number,
): { readonly word: CanaryLook['word']; readonly record: CanaryRecord } {
  const random = chanceFrom(seed);
  let passed = 0;
  for (let task = 0; task < planted.before; task += 1) if (random() < planted.control) passed += 1;
  const control = { count: planted.before, sum: passed, squares: passed };
  let record: CanaryRecord = { control, newcomer: nothingYet, errorsInARow: 0 };
  for (;;) {
    const { word, share } = lookAt(record);
    if (word !== 'go-on') return { word, record };
    const by = random() < share ? 'newcomer' : 'control';
    const reward = random() < planted[by] ? 1 : 0;
    const next = afterOutcome(record, { by, reward, erred: false });
    if (!next.ok) throw new Error('a reward of 0 or 1 was refused');
    record = next.value;
  }
}

/**
 * Of so many canaries, the share that was sent back, the tasks that this took on average, and the share
 * that came into use in the end, at the same cost as the others.
 */
export function sentBack(
  planted: Planted,
  seeds: number,
): { readonly share: number; readonly meanTasks: number; readonly letIn: number } {
  let back = 0;
  let tasks = 0;
  let letIn = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { word, record } = playCanary(planted, seed);
    if (isAdopted(record)) letIn += 1;
    if (word !== 'worse') continue;
    back += 1;
    tasks += record.newcomer.count;
  }
  return { share: back / seeds, meanTasks: tasks / back, letIn: letIn / seeds };
}

const evidence: Evidence = {
  ...{ now: 0 as Instant, smoke: null, capability: null, runs: [], cost: null },
  baseline: { known: false, runs: 0 },
  degradation: { word: 'not-enough-data', measures: [] },
  monthsAboveBaseline: [],
};

function isAdopted(canary: CanaryRecord): boolean {
  const of = { model: 'new', surface: 'code-editing', status: 'canary' } as const;
  return decide({ ...beginTrial(of, evidence.now), canary }, evidence).to === 'stability';
}
