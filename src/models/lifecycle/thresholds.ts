/** How well a model has to do, and how one run of a suite is scored. */

import { fail, ok, type Result } from '../../primitives.ts';
import type { Surface } from '../profile.ts';
import { compositeOf } from '../scores.ts';

/** What one run of a suite comes to; every figure lies in 0..1. */
export interface Figures {
  /** Share of tasks whose checks passed. */
  readonly completion: number;
  /** Share of tasks that kept their bounds: paths, time, tools. */
  readonly compliance: number;
  /** Everything together, by the weights of the surface. */
  readonly composite: number;
}

/** The parts of the composite, 0..1; null where a run did not ask for it. */
export interface Parts {
  readonly completion: number;
  readonly compliance: number;
  /** How much of the allowed time was left. */
  readonly efficiency: number | null;
  /** Share of the tools that the tasks call for which were used. */
  readonly tools: number | null;
}

export type FigureFault = {
  readonly kind: 'figure-out-of-range';
  readonly figure: string;
  readonly value: number;
};

/** The figures of a run. A part that was not asked for leaves its weight to the others. */
export function figuresOf(surface: Surface, parts: Parts): Result<Figures, FigureFault> {
  const { completion, compliance, efficiency, tools } = parts;
  for (const [figure, value] of Object.entries(parts))
    if (value !== null && !isFraction(value))
      return fail({ kind: 'figure-out-of-range', figure, value });
  const composite = compositeOf(surface, {
    completion,
    compliance,
    ...(efficiency === null ? {} : { efficiency }),
    ...(tools === null ? {} : { tools }),
  });
  return ok({ completion, compliance, composite: Math.min(1, composite ?? 0) });
}

/** @returns false for NaN too. */
const isFraction = (value: number): boolean => value >= 0 && value <= 1;

export type Level = 'below-minimum' | 'minimum' | 'production' | 'best';

/** What each level asks of all three figures. */
export const levels = {
  minimum: { completion: 0.75, compliance: 0.85, composite: 0.7 },
  production: { completion: 0.85, compliance: 0.95, composite: 0.8 },
  best: { completion: 0.92, compliance: 0.98, composite: 0.88 },
} as const satisfies Record<Exclude<Level, 'below-minimum'>, Figures>;

/** The highest level whose three limits all hold. */
export function levelOf(figures: Figures): Level {
  const reaches = (level: Figures) =>
    figures.completion >= level.completion &&
    figures.compliance >= level.compliance &&
    figures.composite >= level.composite;
  if (reaches(levels.best)) return 'best';
  if (reaches(levels.production)) return 'production';
  return reaches(levels.minimum) ? 'minimum' : 'below-minimum';
}
