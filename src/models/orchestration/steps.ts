/** A task of several steps: what is finished stays finished, and work goes on at the first step that is not. */

import { fail, ok, type Result } from '../../primitives.ts';

export interface Step {
  readonly name: string;
  /** `model`: a model is chosen for it; `arbiter`: no model is asked. */
  readonly by: 'model' | 'arbiter';
}

export type StepsFault =
  | { readonly kind: 'steps-counted'; readonly count: number; readonly max: number }
  | { readonly kind: 'step-named-badly'; readonly name: string }
  | { readonly kind: 'step-twice'; readonly name: string };

/** A plan, a few changes and their judgement; more is another task. */
const STEPS_MAX = 16;
/** Far more than a patch that any budget lets pass. */
export const OUTPUT_CHARACTERS_MAX = 16_000_000;

export function checkedSteps(steps: readonly Step[]): Result<readonly Step[], StepsFault> {
  if (steps.length === 0 || steps.length > STEPS_MAX)
    return fail({ kind: 'steps-counted', count: steps.length, max: STEPS_MAX });
  const bad = steps.find(({ name }) => !/^[a-z][a-z0-9-]{0,39}$/.test(name));
  if (bad !== undefined) return fail({ kind: 'step-named-badly', name: bad.name.slice(0, 40) });
  const twice = steps.find(({ name }, at) => steps.findIndex((each) => each.name === name) !== at);
  return twice === undefined ? ok(steps) : fail({ kind: 'step-twice', name: twice.name });
}

/**
 * Where work goes on.
 *
 * @param finished in the order in which they were; nothing is finished before what stands before it.
 * @returns undefined where all are.
 * @throws where what is finished is no beginning of the steps: it was not written by us.
 */
export function nextStep(steps: readonly Step[], finished: readonly string[]): Step | undefined {
  if (finished.some((name, at) => steps[at]?.name !== name))
    throw new Error(`finished steps are no beginning of the task's: ${finished.join(', ')}`);
  return steps[finished.length];
}
