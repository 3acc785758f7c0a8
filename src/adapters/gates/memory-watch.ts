import type { MemoryWatched } from '../sandbox/isolation.ts';
import { bytesInMemory, processesFrom } from './process-tree.ts';

/** Between two looks; what is taken meanwhile is some hundred megabytes at most. */
const pauseMs = 100;
/**
 * A look at very many processes takes longer; then looking takes a quarter of this thread's own time. How long it
 * waits for a busy machine does not count: whoever takes the memory could make it look seldom by that.
 */
const pauseOfLook = 3;
/** A process that is just starting another shows the same memory twice, for less than this. */
const confirmMs = 20;

/**
 * Looks again and again at the memory of a process with all that it started, and says once that it is too
 * much. For machines where the system itself bounds each process alone.
 *
 * @returns what ends the watch.
 */
export function watchMemory(
  { bytesMax, folders }: MemoryWatched,
  first: number,
  tooMuch: () => void,
): () => void {
  const look = (seenBefore: boolean) => {
    const began = process.threadCpuUsage();
    const isOver = bytesInMemory(processesFrom(first), folders, bytesMax) > bytesMax;
    if (isOver && seenBefore) return tooMuch();
    const { user, system } = process.threadCpuUsage(began);
    const pause = isOver ? confirmMs : pauseMs;
    lookIn(Math.max(pause, (pauseOfLook * (user + system)) / 1_000), isOver);
  };
  const lookIn = (ms: number, seenBefore: boolean) => {
    timer = setTimeout(look, ms, seenBefore);
  };
  let timer: NodeJS.Timeout | undefined;
  lookIn(pauseMs, false);
  return () => clearTimeout(timer);
}
