/** Keeping to a budget over many tasks: dear models must be worth it, and the more so the more was spent. */

/** What was spent, and what a unit of cost takes off a score now. */
export interface Pacing {
  /** US dollars a task, on average over all tasks. */
  readonly usdPerTask: number;
  readonly tasks: number;
  readonly spentUsd: number;
  /** Points of score for one task's budget; 0 while the budget does not bind. */
  readonly pricePerBudget: number;
}

/** How fast the price follows spending: a task at twice its budget adds 0.02 points. */
const PRICE_STEP = 0.02;
/** Beyond this price any cost outweighs any reward. */
const PRICE_MAX = 10;
/** What may be spent ahead of the budget, in tasks' budgets: room for a dear task among the first ones. */
const AHEAD_TASKS = 2;

/** @param usdPerTask above 0. */
export const newPacing = (usdPerTask: number): Pacing => ({
  usdPerTask,
  tasks: 0,
  spentUsd: 0,
  pricePerBudget: 0,
});

/** What a cost takes off the score of an arm. */
export const priceOf = (pacing: Pacing | null, costUsd: number): number =>
  pacing === null ? 0 : (pacing.pricePerBudget * costUsd) / pacing.usdPerTask;

/** The most that the next task may cost, in US dollars; whoever costs more waits until the budget has grown. */
export const affordableUsd = ({ usdPerTask, tasks, spentUsd }: Pacing): number =>
  (tasks + 1 + AHEAD_TASKS) * usdPerTask - spentUsd;

/** One task was given away at this expected cost: the dual step of a primal–dual pacer. */
export function spent(pacing: Pacing, costUsd: number): Pacing {
  const over = costUsd / pacing.usdPerTask - 1;
  const price = Math.min(PRICE_MAX, Math.max(0, pacing.pricePerBudget + PRICE_STEP * over));
  return {
    ...pacing,
    tasks: pacing.tasks + 1,
    spentUsd: pacing.spentUsd + costUsd,
    pricePerBudget: price,
  };
}

/** What a task really cost is known later than what it was expected to cost. */
export const settled = (pacing: Pacing, expectedUsd: number, actualUsd: number): Pacing => ({
  ...pacing,
  spentUsd: Math.max(0, pacing.spentUsd + actualUsd - expectedUsd),
});
