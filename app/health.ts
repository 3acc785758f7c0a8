import { signWords } from '../src/5-publication/app-words.ts';
import type { Instant } from '../src/primitives.ts';
import { isUnavailable, type Store } from './store.ts';
import type { Queue } from './work/queue.ts';

/** One thing that has to hold for the app to be of use. */
export interface Sign {
  readonly name: 'store' | 'queue' | 'forge';
  readonly well: boolean;
  readonly detail: string;
}

/** Work that could be done waits no longer than this while anybody works. */
const QUEUE_STUCK_MS = 600_000;
/** Whoever looks every second must not make the disk write every second. */
const PULSE_MS = 5_000;
/** Reconciling asks the forge each time; three times without an answer is silence. */
const SILENT_PASSES = 3;

export interface HealthPlan {
  readonly store: Store;
  readonly queue: Queue;
  readonly now: () => Instant;
  readonly forgeHeardAt: () => Instant | null;
  readonly reconcileMs: number;
}

/** @returns what is asked for /readyz, each time anew. */
export function healthOf(plan: HealthPlan): () => readonly Sign[] {
  let pulseAt = Number.NEGATIVE_INFINITY;
  const storeSign = (): Sign => {
    try {
      if (plan.now() - pulseAt >= PULSE_MS) {
        plan.store.transaction(() =>
          plan.store
            .statement("INSERT OR REPLACE INTO marks VALUES ('pulse', ?)")
            .run(String(plan.now())),
        );
        pulseAt = plan.now();
      }
      return { name: 'store', well: true, detail: signWords.store(true) };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return { name: 'store', well: false, detail: signWords.store(false) };
    }
  };
  const queueSign = (): Sign => {
    const { oldestMs } = plan.queue.state(plan.now());
    const well = oldestMs < QUEUE_STUCK_MS;
    return { name: 'queue', well, detail: signWords.queue(Math.round(oldestMs / 1_000)) };
  };
  const forgeSign = (): Sign => {
    const at = plan.forgeHeardAt();
    const well = at !== null && plan.now() - at < SILENT_PASSES * plan.reconcileMs;
    return { name: 'forge', well, detail: signWords.forge(well) };
  };
  return () => [storeSign(), queueSign(), forgeSign()];
}
