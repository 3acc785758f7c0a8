import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type ReadItem, readItem } from '../../3-deliberation/answered.ts';
import type { EvidenceItem } from '../../3-deliberation/deliberation.ts';
import type { EvidenceFault, Measured } from '../../3-deliberation/evidence/measured.ts';
import type { ReportReader, ReportUnread } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';

/** What reading one report may cost. */
export interface ReadingBounds {
  /** The worst of what is taken at all takes some 20 s of a processor: 400,000 elements, no name of which comes twice. */
  readonly timeMsMax: number;
  /**
   * Of the thread's heap. The worst of what is taken at all needs two thirds of it, and must: where one allocation
   * alone goes far past it, the runtime ends the whole process and not the thread.
   */
  readonly memoryBytesMax: number;
  /** A smaller one is read where it is asked for: that takes less time than to hand it over. */
  readonly hereCharactersMax: number;
  /** So long it is not tried again, whoever asks: a machine is not always as busy, and a report that is too much stays so. */
  readonly againMs: number;
}

const READING_BOUNDS: ReadingBounds = {
  timeMsMax: 120_000,
  memoryBytesMax: 1024 ** 3,
  hereCharactersMax: 64 * 1024,
  againMs: 15 * 60_000,
};
/** What is remembered of reports is small: their counts, or why they show nothing. */
const READINGS_MAX = 10_000;
const MB = 1024 ** 2;

type Reading = Result<Measured, EvidenceFault>;
type Ended = Pick<ReportUnread, 'because' | 'limit'>;
type Came = Result<Reading, Ended>;
interface Known {
  readonly came: Came;
  readonly at: number;
}

/**
 * Reads large reports in a thread of its own, one at a time: whoever listens to others goes on meanwhile. A reading
 * that passes a bound is ended with its thread, and the report stays unread for a while.
 *
 * Disposed of, it ends the thread; whoever still waits is told that reading ended.
 */
export function openReportReader(
  given: Partial<ReadingBounds> = {},
  now: () => number = () => performance.now(),
): ReportReader & AsyncDisposable {
  const inTurn = readInTurn({ ...READING_BOUNDS, ...given }, now);
  return {
    async read(answers) {
      const readings = new Map<EvidenceItem, Reading>();
      for (const answer of answers) {
        if (answer.state !== 'answered') continue;
        for (const item of answer.evidence) {
          const came = await inTurn.read(item);
          if (!came.ok)
            return fail({
              ...{ kind: 'report-unread', gate: answer.gate, report: item.name },
              ...came.fault,
            });
          readings.set(item, came.value);
        }
      }
      const lookUp: ReadItem = (item) => readings.get(item) ?? readItem(item);
      return ok(lookUp);
    },
    [Symbol.asyncDispose]: () => inTurn.close(),
  };
}

/** One report after the other, each once for as long as what came of it is remembered. */
function readInTurn(bounds: ReadingBounds, now: () => number) {
  const known = new Map<string, Known>();
  let thread: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const knownOf = (key: string): Came | undefined => {
    const found = known.get(key);
    const isOver = found?.came.ok === false && now() - found.at >= bounds.againMs;
    return isOver ? undefined : found?.came;
  };
  const inThread = async (item: EvidenceItem): Promise<Came> => {
    if (isClosed) return fail({ because: 'ended', limit: 0 });
    thread ??= started(bounds);
    const came = await readIn(thread, item, bounds);
    if (!came.ok) {
      await thread.terminate();
      thread = null;
    }
    return came;
  };
  return {
    async read(item: EvidenceItem): Promise<Came> {
      if (item.text.length <= bounds.hereCharactersMax) {
        await nextTurn();
        return ok(readItem(item));
      }
      // What a fault says of its place names the report.
      const key = `${item.format} ${item.digest} ${item.name}`;
      const mine = last.then(() => knownOf(key) ?? inThread(item));
      // What is thrown there is for the one who asked, and holds up nobody behind.
      last = mine.catch(() => undefined);
      const came = await mine;
      if (!isClosed && knownOf(key) === undefined) known.set(key, { came, at: now() });
      for (const oldest of known.keys()) if (known.size > READINGS_MAX) known.delete(oldest);
      return came;
    },
    async close(): Promise<void> {
      isClosed = true;
      await thread?.terminate();
      await last;
    },
  };
}

/** A checkout has it as it is written; in the bundle it is a file of its own beside the others. */
function started({ memoryBytesMax }: ReadingBounds): Worker {
  const file = ['report-worker.ts', 'report-worker.cjs']
    .map((name) => join(import.meta.dirname, name))
    .find((each) => existsSync(each));
  if (file === undefined) throw new Error('what reads reports is missing from this install');
  const thread = new Worker(file, {
    // It has no need of any secret.
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(1, memoryBytesMax / MB) },
  });
  // One that nobody listens to any more is of a thread that is being ended.
  thread.on('error', () => undefined);
  // Nobody waits for a thread that has nothing to read.
  thread.unref();
  return thread;
}

function readIn(
  thread: Worker,
  { format, name, text }: EvidenceItem,
  { timeMsMax, memoryBytesMax }: ReadingBounds,
): Promise<Came> {
  thread.postMessage({ format, name, text });
  const { promise, resolve } = Promise.withResolvers<Came>();
  const end = (because: Ended['because'], limit: number) => resolve(fail({ because, limit }));
  const read = (reading: Reading) => resolve(ok(reading));
  const failed = (error: Error & { readonly code?: string }) =>
    error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? end('memory', memoryBytesMax) : end('ended', 0);
  const exited = () => end('ended', 0);
  const late = setTimeout(end, timeMsMax, 'time', timeMsMax);
  thread.on('message', read).on('error', failed).on('exit', exited);
  return promise.finally(() => {
    clearTimeout(late);
    thread.off('message', read).off('exit', exited).off('error', failed);
  });
}
