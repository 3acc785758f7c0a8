/** A circuit breaker of one model, runner or daemon: what keeps failing is left alone for a while, and then tried once. */

import type { Instant } from '../../primitives.ts';
import { wentBack } from '../events.ts';

export type Breaker =
  | {
      readonly state: 'closed';
      /** Failures in a row. */
      readonly failures: number;
    }
  | {
      readonly state: 'open';
      /** How often it opened without a success between: each time doubles the pause. */
      readonly trips: number;
      readonly since: Instant;
      readonly until: Instant;
    }
  | {
      readonly state: 'half-open';
      readonly trips: number;
      /** The one attempt that decides. */
      readonly trial: string;
      readonly since: Instant;
      /** When the trial counts as lost, so that another may be made. */
      readonly until: Instant;
    };

export const closedBreaker: Breaker = { state: 'closed', failures: 0 };

/** Failures in a row that open it: as many as make a model degraded. */
export const FAILURES_MAX = 3;
const PAUSE_MS_FIRST = 5_000;
const PAUSE_MS_MAX = 300_000;

/** Whether it lets an attempt through: freely, as the only trial, or not. */
export function passes(breaker: Breaker, now: Instant): 'yes' | 'trial' | 'no' {
  if (breaker.state === 'closed') return 'yes';
  // A clock that was set back would hold it open for as long as it went back.
  return now >= breaker.until || wentBack(breaker.since, now) ? 'trial' : 'no';
}

/** The breaker while its trial is made; only asked for where `passes` says so. */
export function onTrial(
  breaker: Breaker,
  trial: { readonly attempt: string; readonly now: Instant; readonly lostAfterMs: number },
): Breaker {
  const trips = breaker.state === 'closed' ? 0 : breaker.trips;
  const until = (trial.now + trial.lostAfterMs) as Instant;
  return { state: 'half-open', trips, trial: trial.attempt, since: trial.now, until };
}

/**
 * The breaker after an attempt ended. Attempts that began before it opened decide nothing: they say how it
 * was, not how it is.
 */
export function afterAttempt(
  breaker: Breaker,
  attempt: { readonly id: string; readonly works: boolean; readonly now: Instant },
): Breaker {
  switch (breaker.state) {
    case 'closed': {
      if (attempt.works) return closedBreaker;
      const failures = breaker.failures + 1;
      return failures < FAILURES_MAX ? { state: 'closed', failures } : opened(1, attempt.now);
    }
    case 'half-open':
      if (breaker.trial !== attempt.id) return breaker;
      return attempt.works ? closedBreaker : opened(breaker.trips + 1, attempt.now);
    case 'open':
      return breaker;
  }
}

function opened(trips: number, now: Instant): Breaker {
  const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** Math.min(trips - 1, 30));
  return { state: 'open', trips, since: now, until: (now + pauseMs) as Instant };
}
