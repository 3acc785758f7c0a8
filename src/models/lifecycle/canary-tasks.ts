/** The record of a canary, from the tasks that were done on its surface. */

import type { Instant } from '../../primitives.ts';
import type { TaskFacts } from '../performance.ts';
import { afterOutcome, type CanaryRecord, nothingYet } from './canary.ts';

/** One task that came to something. */
export interface CanaryTask {
  readonly model: string;
  readonly generation: number;
  /** Whether that model is in use on the roster, so that others are compared with it. */
  readonly inUse: boolean;
  readonly at: Instant;
  readonly facts: TaskFacts;
}

/**
 * Adds up both sides. A task whose verdict is still to come is not counted yet; one that came to no result
 * never gets a verdict, and counts as nothing at once.
 *
 * @param tasks oldest first.
 */
export function canaryOf(
  tasks: readonly CanaryTask[],
  of: { readonly newcomer: string; readonly generation: number; readonly since: Instant },
): CanaryRecord {
  let record: CanaryRecord = { control: nothingYet, newcomer: nothingYet, errorsInARow: 0 };
  for (const { model, generation, inUse, at, facts } of tasks) {
    const isNewcomer = model === of.newcomer && generation === of.generation && at >= of.since;
    if (!isNewcomer && !(inUse && model !== of.newcomer)) continue;
    const erred = facts.completion === 0 && facts.compliance === undefined;
    if (!erred && facts.compliance === undefined) continue;
    const reward = (facts.completion ?? 0) * (facts.compliance ?? 0);
    const next = afterOutcome(record, { by: isNewcomer ? 'newcomer' : 'control', reward, erred });
    // A share that is none was never let into the roster.
    if (next.ok) record = next.value;
  }
  return record;
}
