import { type Attempt, nextMove, type Strategy } from '../models/strategies/strategy.ts';

/** What asking a worker once came to. */
export interface Tried<Value> extends NonNullable<Attempt['ended']> {
  readonly worker: number;
  readonly value: Value;
}

/**
 * Asks workers as a strategy says. Whoever is not needed any more is cancelled, and has ended when this
 * returns: no process of theirs is left behind.
 *
 * @param attempt ends soon after its signal is aborted. Where it rejects, so does this, once all have ended.
 * @returns all that ended, in the order in which they were asked, and those that are taken.
 */
export async function askWorkers<Value>(
  strategy: Strategy,
  attempt: (worker: number, signal: AbortSignal) => Promise<Omit<Tried<Value>, 'worker'>>,
  signal: AbortSignal,
): Promise<{ readonly tried: readonly Tried<Value>[]; readonly taken: readonly Tried<Value>[] }> {
  const losers = new AbortController();
  const either = AbortSignal.any([signal, losers.signal]);
  const attempts: { worker: number; ended: Tried<Value> | null }[] = [];
  const running = new Set<Promise<void>>();
  const begin = (worker: number) => {
    const own: (typeof attempts)[0] = { worker, ended: null };
    attempts.push(own);
    const ending = attempt(worker, either).then((ended) => {
      // What ends because another was taken did not come to anything.
      if (!losers.signal.aborted) own.ended = { ...ended, worker };
      running.delete(ending);
    });
    running.add(ending);
  };
  try {
    for (;;) {
      const move = nextMove(strategy, attempts);
      if (move.kind === 'take') {
        const tried = attempts.flatMap(({ ended }) => ended ?? []);
        return { tried, taken: move.attempts.flatMap((at) => attempts[at]?.ended ?? []) };
      }
      for (const worker of move.workers) begin(worker);
      await Promise.race(running);
    }
  } finally {
    losers.abort();
    await Promise.allSettled(running);
  }
}
