import type { Instant } from '../../src/primitives.ts';
import { type Hands, outcomeOfFault } from '../hands.ts';
import type { Store } from '../store.ts';
import type { Claim, Queue } from './queue.ts';
import type { Lease, Outcome, PullReference } from './task.ts';

/** Puts pull requests into the queue, all of them or none. */
export function wantAll(
  store: Store,
  queue: Queue,
  pulls: readonly PullReference[],
  at: Instant,
): void {
  store.transaction(() => {
    for (const { pull, ...where } of pulls) queue.want(where, { kind: 'pull', pull }, at);
  });
}

/** Hands a task to whom it belongs. */
export function dispatcher(
  hands: Hands,
  want: (pulls: readonly PullReference[]) => void,
): (claim: Claim, lease: Lease) => Promise<Outcome> {
  return async ({ where, subject }, lease) => {
    switch (subject.kind) {
      case 'pull':
        return hands.work({ ...where, pull: subject.pull }, lease);
      case 'propose':
        return hands.propose(where, subject.pull, lease);
      case 'debate':
        return hands.debate(where, subject.pull, lease);
      case 'audit':
        return hands.audit(where, subject, lease);
      case 'merge-group':
        return hands.mergeGroup(where, subject, lease);
      case 'open-pulls':
      case 'pulls-at':
      case 'run':
      case 'organization': {
        const found = await hands.lookUp(where, subject, lease);
        if (!found.ok) return outcomeOfFault(found.fault);
        // Stored before the look-up ends: a crash between the two looks once more.
        want(found.value);
        return { kind: 'done' };
      }
    }
  };
}
