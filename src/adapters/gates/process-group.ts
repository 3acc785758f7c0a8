import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { watchOver } from './watchdog.ts';

export type Ended =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly outputTail: string }
  | { readonly kind: 'timed-out' | 'too-much-output' | 'aborted'; readonly outputTail: string }
  | { readonly kind: 'could-not-start'; readonly detail: string };

/** What a process may use. */
export interface Bounds {
  /** Removed should this process be killed meanwhile. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Of both streams together. */
  readonly outputBytesMax: number;
}

/** What a person reads of a failing gate. */
const tailBytesMax = 8 * 1024;
/** After the whole group was killed only a process that left it can still hold the pipes. */
const closeGraceMs = 500;

/**
 * Runs a program in a process group of its own, without a shell, and ends the whole group with it:
 * when it exits, when a bound is passed, and when the signal aborts.
 *
 * @param environment all that it sees; nothing is inherited.
 */
export function runInGroup(
  command: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>>,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<Ended> {
  const [program = '', ...words] = command;
  const { promise, resolve } = Promise.withResolvers<Ended>();
  if (signal.aborted) return Promise.resolve({ kind: 'aborted', outputTail: '' });
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    });
  } catch (error) {
    return Promise.resolve({ kind: 'could-not-start', detail: messageOf(error) });
  }
  let because: 'timed-out' | 'too-much-output' | 'aborted' | null = null;
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
  const release = child.pid === undefined ? () => {} : watchOver(child.pid, bounds.folder);
  const settle = (ended: Ended) => {
    release();
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    resolve(ended);
  };
  child.on('error', (error) => settle({ kind: 'could-not-start', detail: messageOf(error) }));
  child.on('exit', () => {
    killGroup(child);
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, closeGraceMs).unref();
  });
  child.on('close', (code, killedBy) => {
    const outputTail = printable(tail);
    const number = killedBy === null ? 0 : constants.signals[killedBy];
    settle(
      because === null
        ? { kind: 'exited', exitCode: code ?? 128 + number, outputTail }
        : { kind: because, outputTail },
    );
  });
  return promise;
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
