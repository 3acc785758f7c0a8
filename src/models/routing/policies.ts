import { bestSingle } from './best-single.ts';
import { epsilonGreedy } from './epsilon-greedy.ts';
import type { Policy } from './policy.ts';
import { thompsonReset } from './thompson-reset.ts';
import { ucb1 } from './ucb1.ts';

/** The routing policies by the names that people select them by; the first is the default. */
export const policies = {
  'thompson-reset': thompsonReset,
  ucb1,
  'epsilon-greedy': epsilonGreedy,
  'best-single': bestSingle,
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyName = keyof typeof policies;

export const policyNames = Object.keys(policies) as readonly PolicyName[];
