/** Why the queue did not do what was asked: values; words in 5-publication/task-words.ts. The queue is as it was. */

import type { Instant } from '../../primitives.ts';
import type { TaskState } from './state.ts';
import type { StepsFault } from './steps.ts';

/** Why a task was not taken in. */
export type AddFault =
  | StepsFault
  | {
      readonly kind: 'order-malformed';
      readonly field: string;
      readonly given: string;
      readonly allowed: string;
    }
  | { readonly kind: 'deadline-over'; readonly deadline: Instant; readonly now: Instant }
  | { readonly kind: 'task-doubled'; readonly id: string; readonly state: TaskState }
  /** Whoever sends tasks has to slow down. */
  | {
      readonly kind: 'queue-full';
      readonly of: 'tasks' | 'repository' | 'repositories';
      readonly waiting: number;
      readonly max: number;
      /** When there will probably be room, by how fast tasks went lately. */
      readonly againMs: number;
    };

export type QueueFault =
  | AddFault
  | { readonly kind: 'task-unknown'; readonly id: string }
  | { readonly kind: 'task-ended'; readonly id: string; readonly state: TaskState }
  /** Another attempt took over, or the lease ran out: what this one did counts for nothing. */
  | {
      readonly kind: 'lease-lost';
      readonly id: string;
      readonly fence: number;
      readonly now: number;
    };
