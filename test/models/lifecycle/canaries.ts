/** Canaries whose truth is planted, walked through task by task; every look is taken. */
import {
  afterOutcome,
  type CanaryLook,
  type CanaryRecord,
  lookAt,
  nothingYet,
  type Tally,
} from '../../../src/models/lifecycle/canary.ts';
import { randomFrom } from '../../3-deliberation/judge/kit.ts';

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
): { readonly word: CanaryLook['word']; readonly tasks: number } {
  const random = randomFrom(seed);
  const passes = (chance: number) => (random() < chance ? 1 : 0);
  let control: Tally = nothingYet;
  for (let task = 0; task < planted.before; task += 1) {
    const reward = passes(planted.control);
    control = {
      count: control.count + 1,
      sum: control.sum + reward,
      squares: control.squares + reward,
    };
  }
  let record: CanaryRecord = { control, newcomer: nothingYet, errorsInARow: 0 };
  for (;;) {
    const { word, share } = lookAt(record);
    if (word !== 'go-on') return { word, tasks: record.newcomer.count };
    const by = random() < share ? 'newcomer' : 'control';
    const next = afterOutcome(record, { by, reward: passes(planted[by]), erred: false });
    if (!next.ok) throw new Error('a reward of 0 or 1 was refused');
    record = next.value;
  }
}

/** Of so many canaries, the share that was sent back, and the tasks that this took on average. */
export function sentBack(
  planted: Planted,
  seeds: number,
): { readonly share: number; readonly meanTasks: number } {
  let back = 0;
  let tasks = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const end = playCanary(planted, seed * 7_919);
    if (end.word !== 'worse') continue;
    back += 1;
    tasks += end.tasks;
  }
  return { share: back / seeds, meanTasks: tasks / back };
}
