/** What one run of a suite came to, task by task and as figures. */

import { ok, type Result } from '../../primitives.ts';
import { meanOf } from './interval.ts';
import type { Suite } from './suite.ts';
import { type FigureFault, type Figures, figuresOf } from './thresholds.ts';

export interface TaskResult {
  readonly task: string;
  readonly smoke: boolean;
  readonly passed: boolean;
  /** Whether it changed only what it may, in the time that it had. */
  readonly kept: boolean;
  /** It came to no result, or none could be checked. */
  readonly erred: boolean;
  /** Claims whose quote stands in no source. */
  readonly unresolved: number;
  readonly durationMs: number;
  /** 0..1: how much of the time was left. */
  readonly efficiency: number;
  /** 0..1; null where the task asks for no tool, or nobody can tell. */
  readonly tools: number | null;
  readonly costUsd: number | null;
  /** For a person; bounded. */
  readonly wrong: readonly string[];
}

export interface RunResult {
  readonly figures: Figures;
  readonly tasks: readonly TaskResult[];
}

/** @param tasks at least one: a run of nothing has no figures, and is a fault. */
export function runResult(
  { surface }: Suite,
  tasks: readonly TaskResult[],
): Result<RunResult, FigureFault> {
  const share = (holds: (task: TaskResult) => boolean) => tasks.filter(holds).length / tasks.length;
  const tools = tasks.flatMap((task) => (task.tools === null ? [] : [task.tools]));
  const figures = figuresOf(surface, {
    completion: share(({ passed }) => passed),
    compliance: share(({ kept }) => kept),
    efficiency: meanOf(tasks.map(({ efficiency }) => efficiency)),
    tools: tools.length === 0 ? null : meanOf(tools),
  });
  return figures.ok ? ok({ figures: figures.value, tasks }) : figures;
}
