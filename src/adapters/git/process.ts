import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { Launcher } from './launcher.ts';
import { startSmall } from './starter.ts';

/** How a run of git ended. */
export interface GitEnd {
  readonly ended: 'exited' | 'timed-out' | 'too-many-bytes' | 'stopped' | 'missing';
  /** null where it did not end by itself. */
  readonly code: number | null;
  /** The first 16 KB of what it complained. */
  readonly stderr: string;
}

/** How git is started, whatever it is asked then. */
export interface GitCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** Starts it for less, as long as it can; without one it is started in the ordinary way. */
  readonly launcher?: Launcher | null | undefined;
  /**
   * Whether its children end with it: whoever only ends git leaves the helper that speaks with a server
   * waiting for it. A terminal does not reach such a group.
   */
  readonly wholeGroup?: boolean | undefined;
  /** Sees to it that such a group ends where this process is killed. @returns what ends the watch. */
  readonly watch?: ((group: number) => () => void) | undefined;
}

export interface GitStart extends GitCall {
  readonly limitMs: number;
  readonly bytesMax: number;
  /** Ends the run, which is then 'stopped'. */
  readonly signal?: AbortSignal;
  /** It is asked once more already, because whoever started it was gone before it said anything. */
  readonly isAgain?: boolean;
}

export interface GitRun extends GitStart {
  readonly input?: string | Uint8Array;
}

/** @returns 'stop' where enough was seen. */
export type TakeChunk = (chunk: Buffer) => 'stop' | undefined;

/** A git that waits for its input: its start costs nothing more once it is known what to ask. */
export interface WaitingGit {
  /** Hands over the whole input and what it prints. Once; its time counts from here. */
  run(input: string | Uint8Array, take: TakeChunk): Promise<GitEnd>;
  /** Ends the run, which is then 'stopped'. */
  stop(): void;
}

/** A process of git. */
interface GitProcess {
  readonly input: Writable;
  readonly output: Readable;
  readonly over: Promise<
    Pick<GitEnd, 'code' | 'stderr'> & {
      readonly missing: boolean;
      /** Whoever started it is gone, so that nobody knows how it ended. */
      readonly lost?: boolean;
    }
  >;
  /** Whether what it complains is heard. */
  readonly heard: boolean;
  kill(): void;
}

const STDERR_BYTES_MAX = 16 * 1024;

/** Starts git, which has to read its input before it does anything. */
export function startGit(start: GitStart): WaitingGit {
  const git = openGit(start);
  let ended: GitEnd['ended'] = 'exited';
  let bytes = 0;
  let thrown: { readonly error: unknown } | null = null;
  const end = (why: GitEnd['ended']): void => {
    if (ended === 'exited') ended = why;
    git.kill();
  };
  const abort = () => end('stopped');
  start.signal?.addEventListener('abort', abort, { once: true });
  void git.over.then(() => start.signal?.removeEventListener('abort', abort));

  return {
    async run(input, take) {
      git.output.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (thrown !== null) return;
        try {
          if (bytes > start.bytesMax) end('too-many-bytes');
          else if (take(chunk) === 'stop') end('stopped');
        } catch (error) {
          // Thrown on from here it would reach nobody, and end the process with all that it does beside this.
          thrown = { error };
          end('stopped');
        }
      });
      const stopWatch = endAfter(start.limitMs, () => end('timed-out'));
      // To write nothing is an error where git did not wait for it.
      if (input.length > 0) git.input.write(input);
      git.input.end();
      const { code: told, stderr, missing, lost = false } = await git.over;
      stopWatch();
      if (thrown !== null) throw (thrown as { readonly error: unknown }).error;
      // It may have ended well before it was ended: what it printed was not heard to its end all the same.
      const code = ended === 'exited' ? told : null;
      if (lost && ended === 'exited' && bytes === 0 && start.isAgain !== true)
        return startGit({ ...start, launcher: null, isAgain: true }).run(input, take);
      if (git.heard || ended !== 'exited' || code === 0)
        return { ended: missing ? 'missing' : ended, code, stderr };
      return hear(start, input, bytes === 0 ? take : null, code);
    },
    stop: () => end('stopped'),
  };
}

const STEPS = 10;
const STEP_MS_MIN = 20;

/** A thread that is held all the time would wait for good. */
const HELD_TIMES_MAX = 10;

/**
 * Ends a run that takes longer. Counted in steps between which what came is heard: where this thread was held for
 * some of them, the run may have ended meanwhile, and they do not count, up to so many times the limit.
 *
 * @returns what ends the watch.
 */
function endAfter(limitMs: number, end: () => void): () => void {
  const stepMs = Math.max(STEP_MS_MIN, limitMs / STEPS);
  let left = Math.ceil(limitMs / stepMs);
  const started = performance.now();
  let last = started;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last < 2 * stepMs) left -= 1;
    last = now;
    if (left <= 0 || now - started > HELD_TIMES_MAX * limitMs) end();
  }, stepMs);
  return () => clearInterval(timer);
}

/**
 * Asks once more where nobody listened to what git complained.
 *
 * @param take null where something was handed on already, which must not come twice: then the first
 *   run counts, and the second only gives the words for it.
 */
async function hear(
  start: GitStart,
  input: string | Uint8Array,
  take: TakeChunk | null,
  code: number | null,
): Promise<GitEnd> {
  const again = await startGit({ ...start, launcher: null }).run(input, take ?? (() => undefined));
  return take === null ? { ended: 'exited', code, stderr: again.stderr } : again;
}

/**
 * Runs git and hands its output on as it comes; nothing is kept here.
 *
 * @param take 'stop' ends the run: enough was seen.
 */
export function streamGit(run: GitRun, take: TakeChunk): Promise<GitEnd> {
  return startGit(run).run(run.input ?? '', take);
}

type GitAnswer = GitEnd & { readonly stdout: Buffer };

/** Runs git and keeps its output, which `bytesMax` bounds. */
export async function runGit(
  run: GitRun & { readonly next?: readonly string[] },
): Promise<GitAnswer> {
  const chunks: Buffer[] = [];
  const end = await streamGit(run, (chunk) => {
    chunks.push(chunk);
    return undefined;
  });
  return { ...end, stdout: Buffer.concat(chunks) };
}

/**
 * Runs git, and once more where that went well: in one call where there is a launcher, whose channels
 * are few.
 *
 * @param run its output must not hold NUL: behind the first is what the second run printed, however it ended.
 */
export async function runGitTwice(run: GitStart, next: readonly string[]): Promise<GitAnswer> {
  const both = run.launcher ? await runGit({ ...run, next }) : null;
  if (both !== null && (both.code !== 0 || both.stdout.includes(0))) return both;
  const alone = (args: readonly string[]) => runGit({ ...run, args, launcher: null });
  const [first, second] = await Promise.all([alone(run.args), alone(next)]);
  return { ...first, stdout: Buffer.concat([first.stdout, Buffer.alloc(1), second.stdout]) };
}

/** A process of git for as long as somebody talks with it. */
export function openGit(call: GitCall): GitProcess {
  return launchGit(call) ?? startGitSmall(call) ?? spawnGit(call);
}

function launchGit(call: GitCall): GitProcess | null {
  const launched = call.launcher?.launch(call) ?? null;
  if (launched === null) return null;
  const { channel, code } = launched;
  return {
    input: channel,
    output: channel,
    over: code.then((number) => ({ code: number, stderr: '', missing: false })),
    heard: false,
    kill: () => launched.kill(),
  };
}

/** A watch has to stand as soon as there is something to watch, which only the ordinary way can say. */
function startGitSmall(call: GitCall): GitProcess | null {
  if (call.watch !== undefined) return null;
  const { args, env, cwd, wholeGroup = false } = call;
  const started = startSmall({ program: 'git', args, env, cwd, wholeGroup });
  if (started === null) return null;
  const { stdin, stdout, stderr, ended } = started;
  const complaint = heardFrom(stderr);
  const over = ended.then((how) =>
    'error' in how
      ? {
          missing: isMissing(how.error),
          lost: how.lost === true,
          code: null,
          stderr: how.error.message,
        }
      : { missing: false, code: how.code, stderr: complaint() },
  );
  return { input: stdin, output: stdout, over, heard: true, kill: () => started.kill() };
}

/** @returns what tells the first of what was complained so far. */
function heardFrom(stream: Readable): () => string {
  let stderr = '';
  stream.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_BYTES_MAX) stderr += chunk.toString('utf8');
  });
  return () => stderr.slice(0, STDERR_BYTES_MAX).trim();
}

const isMissing = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'ENOENT' || code === 'EACCES';

function spawnGit(call: GitCall): GitProcess {
  const child = spawn('git', call.args, {
    cwd: call.cwd,
    env: call.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    detached: call.wholeGroup === true,
  });
  // Where the system gives no descriptor for its streams, there are none, and its error comes later.
  if (child.stdin === null || child.stdin === undefined) return notStarted(child);
  const release = child.pid === undefined ? undefined : call.watch?.(child.pid);
  // A run that ends before it has read its input is judged by how it ended.
  child.stdin.on('error', () => undefined);
  const complaint = heardFrom(child.stderr);
  const { promise: over, resolve } = Promise.withResolvers<Awaited<GitProcess['over']>>();
  child.on('error', (error: NodeJS.ErrnoException) => {
    resolve({ missing: isMissing(error), code: null, stderr: error.message });
  });
  child.on('close', (code) => {
    release?.();
    resolve({ missing: false, code, stderr: complaint() });
  });
  return {
    input: child.stdin,
    output: child.stdout,
    over,
    heard: true,
    kill() {
      if (call.wholeGroup !== true || !killGroup(child.pid)) child.kill('SIGKILL');
      child.stdout.destroy();
    },
  };
}

function notStarted(child: ChildProcess): GitProcess {
  const { promise: over, resolve } = Promise.withResolvers<Awaited<GitProcess['over']>>();
  child.on('error', (error: NodeJS.ErrnoException) => {
    resolve({ missing: isMissing(error), code: null, stderr: error.message });
  });
  const nowhere = new PassThrough();
  return { input: nowhere, output: nowhere, over, heard: true, kill: () => undefined };
}

/** @returns whether there was a group to end. */
function killGroup(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}
