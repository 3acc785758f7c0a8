/** A task as the router sees it: what was measured of it, and what it asks of a model. */

import type { Role, Surface } from '../profile.ts';

/** Facts that the arbiter measured or took from the base's documents; the text alone is the author's own. */
export interface TaskFacts {
  /** Title and description as they were written; a stranger's. */
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly lines: number }[];
  /** The risk tier of the spec that binds; null where none does. */
  readonly tier: 1 | 2 | 3 | null;
  /** The surface that the spec or the caller names; null: it is told from the files. */
  readonly surface: Surface | null;
}

/** What a model must be able to do; empty lists and null ask for nothing. */
export interface TaskNeeds {
  readonly role: Role;
  readonly kind: string | null;
  readonly languages: readonly string[];
  readonly tools: readonly string[];
  /** Tokens read and written; null: as many as a task of its size takes. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** The most that this task may cost, in US dollars. */
  readonly usdMax: number | null;
}

export interface Task {
  readonly facts: TaskFacts;
  readonly needs: TaskNeeds;
}

export type Size = 'trivial' | 'standard' | 'complex';
