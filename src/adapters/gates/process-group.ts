import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { Duplex, Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { cutTo } from '../../primitives.ts';
import type { Afterwards, MemoryWatched } from '../sandbox/isolation.ts';
import { watchDisk } from './disk-watch.ts';
import { inheritedFiles } from './inherited.ts';
import { watchMemory } from './memory-watch.ts';
import { watchOver } from './watchdog.ts';

export type Ended =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly outputTail: string }
  | { readonly kind: Cut; readonly outputTail: string }
  | {
      readonly kind: 'could-not-start';
      readonly detail: string;
      /** The program did not come to what it was to begin with all this. */
      readonly neverBegan?: true;
    };

/** Why a program was ended before it was done. */
type Cut = 'timed-out' | 'too-much-output' | 'too-much-disk' | 'too-much-memory' | 'aborted';

/** A program as it is started, without a shell. */
export interface Call {
  readonly program: string;
  readonly words: readonly string[];
  readonly directory: string;
  /** All that it sees; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Open files that it finds from number 3 on. */
  readonly files: readonly number[];
  /** Null: its memory is bounded already, or is not bounded. */
  readonly memory: MemoryWatched | null;
  readonly afterwards?: Afterwards;
  /**
   * It writes into one more open file, after `files`, when it begins with what it is for: however it ends before
   * that, it could not start.
   */
  readonly announces?: true;
  /**
   * It writes there once before that, when all that it needs is ready, and begins when one line comes back. It is
   * watched from then on; where this process is gone by then, it never begins and ends by itself.
   */
  readonly readies?: true;
  /**
   * It begins with nothing before one line comes to it, which is sent once it is watched: else it could outlive a
   * process that is killed in between. Left out: it ends with this process by itself.
   */
  readonly waitsForWatch?: true;
}

/** A command of a shell, as words for `/bin/sh` of a call that waits for its watch. */
export const whenWatched = (command: string): readonly string[] => [
  '-c',
  'read -r line && exec /bin/sh -c "$1" </dev/null',
  'sh',
  command,
];

/**
 * A program and its words as they are, which begin once they are watched; `files` of the call are none. Whatever is
 * the first that it does, it may be to kill who started it.
 */
export const beginningWatched = ([program = '', ...words]: readonly string[]) => ({
  program: '/bin/sh',
  words: ['-c', BEGIN_WATCHED, 'sh', program, ...words],
  files: [],
  waitsForWatch: true as const,
  announces: true as const,
});

/** A program that is not there has to be told from one that ends with the same number. */
const BEGIN_WATCHED = `read -r line || exit
command -v "$1" >/dev/null || { echo 'there is no such program' >&2; exit 127; }
unset PWD OLDPWD
echo begins >&3 && exec "$@" </dev/null 3>&-`;

/** What a process may use. */
export interface Bounds {
  /** Removed should this process be killed meanwhile. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Of both streams together. */
  readonly outputBytesMax: number;
  /** What its directory may take on the disk while it runs; looked at again and again. */
  readonly diskBytesMax: number;
}

/** What a person reads of a failing gate. */
const tailBytesMax = 8 * 1024;
/** After the whole group was killed only a process that left it can still hold the pipes. */
const closeGraceMs = 500;

/**
 * Runs a program in a process group of its own, without a shell, and ends the whole group with it:
 * when it exits, when a bound is passed, and when the signal aborts.
 */
export function runInGroup(call: Call, bounds: Bounds, signal: AbortSignal): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  if (signal.aborted) return Promise.resolve({ kind: 'aborted', outputTail: '' });
  let child: ChildProcess;
  const announcedBy = 3 + call.files.length;
  const announced = call.announces ? [announcedBy] : [];
  const nothing = openSync('/dev/null', 'r');
  try {
    child = spawn(call.program, [...call.words], {
      cwd: call.directory,
      env: call.environment,
      stdio: [
        call.waitsForWatch ? 'pipe' : 'ignore',
        'pipe',
        'pipe',
        ...call.files,
        ...announced.map(() => 'pipe' as const),
        ...covering(announcedBy + announced.length, nothing),
      ],
      detached: true,
      shell: false,
    });
  } catch (error) {
    return Promise.resolve(notStarted(messageOf(error), call));
  } finally {
    closeSync(nothing);
  }
  let because: Cut | null = null;
  let tail = Buffer.alloc(0);
  let bytes = 0;
  const end = (reason: typeof because) => {
    because ??= reason;
    killGroup(child);
  };
  const read = (chunk: Buffer) => {
    bytes += chunk.length;
    tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-tailBytesMax));
    if (bytes > bounds.outputBytesMax) end('too-much-output');
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  const timer = setTimeout(end, bounds.timeoutMs, 'timed-out');
  const abort = () => end('aborted');
  signal.addEventListener('abort', abort, { once: true });
  const watches: (() => void)[] = [];
  const watch = () => {
    if (child.pid !== undefined) watches.push(...watching(child.pid, call, bounds, end));
  };
  if (call.readies !== true) watch();
  const beginnings = announced.map((at) => beginningOf(child, at, call.readies ? watch : null));
  child.stdin?.on('error', () => undefined).end('watched\n');
  const settle = (ended: Ended) => {
    for (const release of watches) release();
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    resolve(ended);
  };
  child.on('error', (error) => settle(notStarted(messageOf(error), call)));
  child.on('exit', () => {
    killGroup(child);
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      for (const beginning of beginnings) beginning.close();
    }, closeGraceMs).unref();
  });
  child.on('close', (code, killedBy) => {
    const outputTail = printable(tail);
    const number = killedBy === null ? 0 : constants.signals[killedBy];
    const ended: Ended =
      because === null
        ? { kind: 'exited', exitCode: code ?? 128 + number, outputTail }
        : { kind: because, outputTail };
    const began = because === 'aborted' || beginnings.every((each) => each.isThere());
    settle(began ? ended : notStarted(sayingOf(ended), call));
  });
  return promise;
}

/**
 * Hears of one open file of the child whether it began with what it is for. Nothing that comes after that is read.
 *
 * @param ready what is done when it says that it is ready, before it may begin; null: it does not say so.
 */
function beginningOf(child: ChildProcess, at: number, ready: (() => void) | null) {
  let isThere = false;
  const from = child.stdio[at];
  from?.on('error', () => undefined);
  const begins = () => {
    isThere = true;
    from?.destroy();
  };
  if (from instanceof Duplex && ready !== null)
    from.once('data', () => {
      ready();
      from.once('data', begins).write('begin\n');
    });
  else if (from instanceof Readable) from.once('data', begins);
  return { isThere: () => isThere, close: () => void from?.destroy() };
}

const notStarted = (detail: string, { announces }: Call): Ended => ({
  ...{ kind: 'could-not-start', detail },
  ...(announces && { neverBegan: true }),
});

/** How a program ended, and the last that it said. */
function sayingOf(ended: Exclude<Ended, { readonly kind: 'could-not-start' }>): string {
  const said = ended.outputTail.trim().split('\n').at(-1) ?? '';
  const how = ended.kind === 'exited' ? `exit ${ended.exitCode}` : ended.kind;
  return said === '' ? how : cutTo(`${how}: ${said}`, 200);
}

/**
 * Puts what has nothing in it in the place of every file that would be handed on without meaning to, and
 * of no other: by one of those the system tells that a program could not start.
 */
function covering(from: number, nothing: number): readonly (number | 'ignore')[] {
  const inherited = inheritedFiles().filter((number) => number >= from);
  return Array.from(
    { length: Math.max(from, ...inherited.map((each) => each + 1)) - from },
    (_, at) => (inherited.includes(from + at) ? nothing : 'ignore'),
  );
}

/** @returns what ends each watch. */
function watching(
  first: number,
  { directory, memory, afterwards }: Call,
  { folder, diskBytesMax }: Bounds,
  end: (reason: Cut) => void,
): readonly (() => void)[] {
  const disk = { folder: directory, bytesMax: diskBytesMax, first };
  return [
    watchOver(first, folder, afterwards),
    watchDisk(disk, () => end('too-much-disk')),
    ...(memory === null ? [] : [watchMemory(memory, first, () => end('too-much-memory'))]),
  ];
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: nothing of the group is left.
  }
}

const messageOf = (error: unknown): string =>
  ((error as NodeJS.ErrnoException).code ?? String(error)).slice(0, 200);

/** Text without escape sequences and other control characters, since it ends in terminals and records. */
function printable(bytes: Buffer): string {
  return stripVTControlCharacters(bytes.toString('utf8')).replace(/[^\P{C}\n\t]/gu, '');
}
