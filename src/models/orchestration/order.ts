/**
 * Whose task is next. Repositories take turns, whatever they send and however they mark it; within one,
 * what is due first goes first. A priority moves a task ahead of other repositories' by some turns, which
 * its own repository pays back, so that marking everything as urgent gains nothing for long.
 */

import type { Instant } from '../../primitives.ts';

export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

/**
 * How long a task waits before no later one of its repository is done before it, whatever that one's
 * priority: nobody waits for ever behind others that keep coming.
 */
const PATIENCE_MS: Readonly<Record<Priority, number>> = {
  high: 60_000,
  normal: 3_600_000,
  low: 86_400_000,
};
/** Turns that a task goes ahead of other repositories, or stands back. */
const HEAD_START: Readonly<Record<Priority, number>> = { high: 4, normal: 0, low: -4 };
/** Turns that a repository may save up while nothing of it can be done: room for its longest standing back. */
const SAVED_TURNS_MAX = 8;

/** The first task of a repository's own line. */
export interface Head {
  readonly task: string;
  readonly repository: string;
  readonly due: Instant;
  readonly priority: Priority;
  /** Where its repository stands: one more for every task that was taken from it. */
  readonly turn: number;
}

/** When a task should be done: what its repository's line is sorted by, then by the task's id. */
export function dueOf(asked: {
  readonly priority: Priority;
  readonly askedAt: Instant;
  readonly deadline: Instant | null;
}): Instant {
  const patient = asked.askedAt + PATIENCE_MS[asked.priority];
  return Math.min(asked.deadline ?? patient, patient) as Instant;
}

/**
 * Where a repository stands whose first task has just come: it neither catches up for the time in which it
 * wanted nothing, nor loses what it owes.
 *
 * @param turn where it stood before; null for a new one.
 */
export const joining = (turn: number | null, now: number): number => Math.max(turn ?? now, now);

/**
 * The task that is next: the one of the repository that is furthest back, ties by when it is due.
 *
 * @param heads one of each repository, in any order. @param now the line's own time, see `taken`.
 */
export function nextOf(heads: readonly Head[], now: number): Head | undefined {
  let best: Head | undefined;
  for (const head of heads) if (best === undefined || isBefore(head, best, now)) best = head;
  return best;
}

function isBefore(one: Head, other: Head, now: number): boolean {
  const [mine, theirs] = [placeOf(one, now), placeOf(other, now)];
  if (mine !== theirs) return mine < theirs;
  return one.due === other.due ? one.task < other.task : one.due < other.due;
}

const placeOf = ({ turn, priority }: Head, now: number): number =>
  Math.max(turn, now - SAVED_TURNS_MAX) - HEAD_START[priority];

/** Where its repository and the line's own time stand once a task was taken. The time never goes back. */
export function taken(head: Head, now: number): { readonly turn: number; readonly now: number } {
  const turn = Math.max(head.turn, now - SAVED_TURNS_MAX) + 1;
  return { turn, now: Math.max(now, placeOf(head, now)) };
}
