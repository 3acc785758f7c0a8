import type { RosterStorageFault } from '../../models/faults.ts';
import type { QueueFault } from '../../models/orchestration/faults.ts';
import type { Loss } from '../../models/orchestration/recovery.ts';
import type { QueuedTask } from '../../models/orchestration/task.ts';
import type { StepDone } from './ending.ts';
import type { Work } from './taking.ts';

/** How a step ended, as whoever did it says. */
export type StepEnd =
  | ({ readonly kind: 'done' } & StepDone)
  | { readonly kind: Exclude<Loss, 'runner-lost'>; readonly detail: string };

/**
 * Who does each step, by its name. One that is told to stop ends all it started before it answers, and
 * keeps to `timeoutMs` by itself.
 */
export type Hands = Readonly<Record<string, (work: Work, signal: AbortSignal) => Promise<StepEnd>>>;

/** What an onlooker is told, after it is there for good. */
export type Told =
  | { readonly kind: 'taken'; readonly work: Work }
  | { readonly kind: 'finished'; readonly work: Work; readonly task: QueuedTask }
  | {
      readonly kind: 'lost';
      readonly work: Work;
      readonly task: QueuedTask;
      readonly end: Exclude<StepEnd, { readonly kind: 'done' }>;
    }
  | { readonly kind: 'given-back'; readonly work: Work; readonly because: Stop }
  /** Nobody will do it any more. */
  | { readonly kind: 'ended'; readonly task: QueuedTask }
  /** What it did counts for nothing: somebody else has the task. */
  | { readonly kind: 'refused'; readonly work: Work; readonly fault: QueueFault }
  | { readonly kind: 'storage'; readonly fault: RosterStorageFault };

/** Why a step is ended before it is done. */
export type Stop = 'cancelled' | 'stopping' | 'lease-lost' | 'timed-out';
