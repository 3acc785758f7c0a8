/** Whom to ask for a patch, and whose is taken. A verdict is never voted on: each patch that is taken is judged. */

export const strategyNames = ['every', 'self-consistency', 'majority', 'cascade', 'race'] as const;
export type StrategyName = (typeof strategyNames)[number];

/** Those that choose by what deterministic checks say of each patch. */
export const checksPatches: ReadonlySet<StrategyName> = new Set<StrategyName>(['cascade', 'race']);

/** Whoever asks for more samples than this waits longer than the answer is worth. */
export const SAMPLES_MAX = 9;
const SAMPLES = 3;

/** A strategy, and whom it may ask. */
export interface Strategy {
  readonly name: StrategyName;
  /** How many workers there are, the smallest first: they go by their place, from 0. At least 1. */
  readonly workers: number;
  /** Of `self-consistency`: how often its one worker is asked; left out: 3. */
  readonly samples?: number;
}

/** One time that a worker was asked. */
export interface Attempt {
  readonly worker: number;
  /** null: it is still at it. */
  readonly ended: {
    /** Equal for patches that do the same; null: there is no patch that can be read. */
    readonly key: string | null;
    /** Whether deterministic checks let it stand. */
    readonly holds: boolean;
  } | null;
}

export type Move =
  /** Empty: those that are at it are waited for. */
  | { readonly kind: 'ask'; readonly workers: readonly number[] }
  /** Places among the attempts; whoever is still at it is cancelled. Empty: nobody's patch is taken. */
  | { readonly kind: 'take'; readonly attempts: readonly number[] };

/**
 * What comes next. Pure and total: asked again with what came of it, it ends after at most as many attempts
 * as there are workers, or samples.
 *
 * - `every`: each worker once, in turn; every patch is a candidate.
 * - `self-consistency`: the first worker several times; what more than half of its patches agree on.
 * - `majority`: each worker once; what more than half of them agree on.
 * - `cascade`: from the smallest on, until a patch holds; the last one's is the fallback.
 * - `race`: all at the same time; the first patch that holds, and the others are cancelled.
 */
export function nextMove(strategy: Strategy, attempts: readonly Attempt[]): Move {
  switch (strategy.name) {
    case 'every':
      return attempts.length < strategy.workers
        ? inTurn(attempts)
        : whenAllEnded(attempts, () => take(attempts, ({ key }) => key !== null));
    case 'self-consistency': {
      const { samples = SAMPLES } = strategy;
      return vote(attempts, Math.min(Math.max(1, samples), SAMPLES_MAX), () => 0);
    }
    case 'majority':
      return vote(attempts, strategy.workers, (at) => at);
    case 'cascade':
      return cascade(attempts, strategy.workers);
    case 'race':
      return race(attempts, strategy.workers);
  }
}

/** Asks for one vote after the other, until more than half of all agree or no longer can. */
function vote(attempts: readonly Attempt[], votes: number, worker: (at: number) => number): Move {
  const counts = new Map<string, number>();
  for (const { ended } of attempts)
    if (ended?.key != null) counts.set(ended.key, (counts.get(ended.key) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  if (most * 2 > votes) {
    const agreed = attempts.findIndex(({ ended }) => counts.get(ended?.key ?? '') === most);
    return { kind: 'take', attempts: [agreed] };
  }
  const open = votes - attempts.filter(({ ended }) => ended !== null).length;
  if ((most + open) * 2 <= votes) return { kind: 'take', attempts: [] };
  const isBusy = attempts.some(({ ended }) => ended === null);
  return { kind: 'ask', workers: isBusy ? [] : [worker(attempts.length)] };
}

function cascade(attempts: readonly Attempt[], workers: number): Move {
  const holding = attempts.findIndex(({ ended }) => ended?.holds === true);
  if (holding !== -1) return { kind: 'take', attempts: [holding] };
  if (attempts.length < workers) return inTurn(attempts);
  return whenAllEnded(attempts, () => {
    const last = attempts.findLastIndex(({ ended }) => ended?.key != null);
    return { kind: 'take', attempts: last === -1 ? [] : [last] };
  });
}

function race(attempts: readonly Attempt[], workers: number): Move {
  const holding = attempts.findIndex(({ ended }) => ended?.holds === true);
  if (holding !== -1) return { kind: 'take', attempts: [holding] };
  if (attempts.length < workers)
    return { kind: 'ask', workers: Array.from({ length: workers }, (_, at) => at) };
  return whenAllEnded(attempts, () => ({ kind: 'take', attempts: [] }));
}

/** On one machine two models at once are slower than both in turn. */
function inTurn(attempts: readonly Attempt[]): Move {
  const isBusy = attempts.some(({ ended }) => ended === null);
  return { kind: 'ask', workers: isBusy ? [] : [attempts.length] };
}

function whenAllEnded(attempts: readonly Attempt[], then: () => Move): Move {
  return attempts.every(({ ended }) => ended !== null) ? then() : { kind: 'ask', workers: [] };
}

function take(
  attempts: readonly Attempt[],
  is: (ended: NonNullable<Attempt['ended']>) => boolean,
): Move {
  const taken = attempts.flatMap(({ ended }, at) => (ended !== null && is(ended) ? [at] : []));
  return { kind: 'take', attempts: taken };
}
