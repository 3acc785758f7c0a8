import type { Instant } from '../../src/primitives.ts';
import type { Outcome } from '../work/task.ts';
import type { StoppingFault } from './states.ts';

const FAULT_LENGTH_MAX = 600;

/**
 * When to try again, or null where trying again changes nothing until somebody acts.
 *
 * @param againMs how long to wait where the fault names no time.
 */
export function waitFor(fault: StoppingFault, now: Instant, againMs: number): Instant | null {
  switch (fault.kind) {
    case 'forge-busy':
      return fault.retryAt;
    case 'forge-unreachable':
    case 'forge-incomplete':
    case 'forge-unexpected':
    case 'fetch-failed':
    case 'fetch-timed-out':
    case 'timed-out':
    case 'git-failed':
    case 'object-missing':
    case 'scratch-unwritable':
    case 'ledger-locked':
    case 'ledger-full':
    case 'head-moved':
      return (now + againMs) as Instant;
    default:
      return null;
  }
}

/** @param fault is logged whole, for whoever operates the app: a check says no more than people need. */
export function retry(fault: { readonly kind: string }, notBefore?: Instant): Outcome {
  const at = notBefore ?? (fault as { readonly retryAt?: Instant }).retryAt;
  const because = JSON.stringify(fault).slice(0, FAULT_LENGTH_MAX);
  return { kind: 'retry', because, ...(at === undefined ? {} : { notBefore: at }) };
}
