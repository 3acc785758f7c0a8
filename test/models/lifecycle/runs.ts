/** Runs of suites as values. */
import type { SuiteRun } from '../../../src/models/lifecycle/baseline.ts';
import type { Instant } from '../../../src/primitives.ts';

/** 2026-11-23T12:00:00Z. */
export const NOW = 1_795_435_200_000 as Instant;
export const daysAgo = (days: number): Instant => (NOW - days * 86_400_000) as Instant;

export function runOf(composite: number, fields: Partial<SuiteRun> = {}): SuiteRun {
  const figures = { completion: composite, compliance: composite, composite };
  return {
    model: 'old-7b',
    surface: 'code-editing',
    at: daysAgo(1),
    figures,
    erred: 0,
    tasks: 10,
    ...fields,
  };
}

/** One run each day, the first so many days ago. */
export const daily = (composites: readonly number[], first: number): readonly SuiteRun[] =>
  composites.map((composite, at) => runOf(composite, { at: daysAgo(first - at) }));
