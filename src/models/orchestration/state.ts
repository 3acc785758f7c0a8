/** Where a task stands; the last three are for good. */
export type TaskState = 'waiting' | 'running' | 'done' | 'error' | 'cancelled';
