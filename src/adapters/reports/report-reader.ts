import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ReadItem, readItem } from '../../3-deliberation/answered.ts';
import type { EvidenceItem } from '../../3-deliberation/deliberation.ts';
import type { EvidenceFault, Measured } from '../../3-deliberation/evidence/measured.ts';
import type { ReportReader, ReportUnread } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';

/** What reading one report may cost. */
export interface ReadingBounds {
  /** The worst of what is taken at all takes some 20 s of a processor: 400,000 elements, no name of which comes twice. */
  readonly timeMsMax: number;
  /** Of the heap of the process that reads. The worst of what is taken at all needs two thirds of it. */
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
 * Reads large reports in a process of its own, one at a time: whoever listens to others goes on meanwhile, and lives
 * on where a reading needs more memory than there is. A reading that passes a bound is ended with its process, and
 * the report stays unread for a while.
 *
 * Disposed of, it ends the process; whoever still waits is told that reading ended.
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
  let child: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const knownOf = (key: string): Came | undefined => {
    const found = known.get(key);
    const isOver = found?.came.ok === false && now() - found.at >= bounds.againMs;
    return isOver ? undefined : found?.came;
  };
  const inProcess = async (item: EvidenceItem): Promise<Came> => {
    if (isClosed) return fail({ because: 'ended', limit: 0 });
    // One that ended while nobody read, as where the system had no memory for it, tells nothing any more.
    if (child === null || !isAlive(child)) child = started(bounds);
    const came = await readIn(child, item, bounds);
    if (!came.ok) {
      child.kill('SIGKILL');
      child = null;
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
      const mine = last.then(() => knownOf(key) ?? inProcess(item));
      // What is thrown there is for the one who asked, and holds up nobody behind.
      last = mine.catch(() => undefined);
      const came = await mine;
      if (!isClosed && knownOf(key) === undefined) known.set(key, { came, at: now() });
      for (const oldest of known.keys()) if (known.size > READINGS_MAX) known.delete(oldest);
      return came;
    },
    async close(): Promise<void> {
      isClosed = true;
      child?.kill('SIGKILL');
      await last;
    },
  };
}

/** A checkout has it as it is written; in the bundle it is a file of its own beside the others. */
function started({ memoryBytesMax }: ReadingBounds): ChildProcess {
  const file = ['report-process.ts', 'report-process.cjs']
    .map((name) => join(import.meta.dirname, name))
    .find((each) => existsSync(each));
  if (file === undefined) throw new Error('what reads reports is missing from this install');
  const child = fork(file, [], {
    // It has no need of any secret.
    env: {},
    execArgv: [`--max-old-space-size=${Math.max(1, Math.floor(memoryBytesMax / MB))}`],
    // What the runtime says as it ends is for nobody: how it ended tells why.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  // Of one that nobody listens to any more: it is being ended.
  child.on('error', () => undefined);
  // Nobody waits for a process that has nothing to read.
  child.unref();
  child.channel?.unref();
  return child;
}

const isAlive = ({ connected, exitCode, signalCode }: ChildProcess): boolean =>
  connected && exitCode === null && signalCode === null;

/** How the runtime ends a process that needs more than it may: by the signal of one of the two ways to abort. */
const OUT_OF_MEMORY: ReadonlySet<string | null> = new Set(['SIGABRT', 'SIGTRAP']);

function readIn(
  child: ChildProcess,
  { format, name, text }: EvidenceItem,
  { timeMsMax, memoryBytesMax }: ReadingBounds,
): Promise<Came> {
  const { promise, resolve } = Promise.withResolvers<Came>();
  const end = (because: Ended['because'], limit: number) => resolve(fail({ because, limit }));
  const read = (reading: Reading) => resolve(ok(reading));
  const exited = (_: number | null, signal: string | null) =>
    OUT_OF_MEMORY.has(signal) ? end('memory', memoryBytesMax) : end('ended', 0);
  // What it is told of one that ended meanwhile, its end tells.
  child.send({ format, name, text }, () => undefined);
  const late = setTimeout(end, timeMsMax, 'time', timeMsMax);
  child.on('message', read).on('exit', exited);
  return promise.finally(() => {
    clearTimeout(late);
    child.off('message', read).off('exit', exited);
  });
}
