import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How a run of git ended. */
export interface GitEnd {
  readonly ended: 'exited' | 'timed-out' | 'too-many-bytes' | 'stopped' | 'missing';
  /** null where it did not end by itself. */
  readonly code: number | null;
  /** The first 16 KB of what it complained. */
  readonly stderr: string;
}

export interface GitStart {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly limitMs: number;
  readonly bytesMax: number;
  /** Ends the run, which is then 'stopped'. */
  readonly signal?: AbortSignal;
}

export interface GitRun extends GitStart {
  readonly input?: string;
}

/** @returns 'stop' where enough was seen. */
export type TakeChunk = (chunk: Buffer) => 'stop' | undefined;

/** A git that waits for its input: its start costs nothing more once it is known what to ask. */
export interface WaitingGit {
  /** Hands over the whole input and what it prints. Once; its time counts from here. */
  run(input: string, take: TakeChunk): Promise<GitEnd>;
  /** Ends the run, which is then 'stopped'. */
  stop(): void;
}

const STDERR_BYTES_MAX = 16 * 1024;

/** Starts git, which has to read its input before it does anything. */
export function startGit(start: GitStart): WaitingGit {
  const child = spawnGit(start);
  let ended: GitEnd['ended'] = 'exited';
  let bytes = 0;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_BYTES_MAX) stderr += chunk.toString('utf8');
  });
  const over = new Promise<GitEnd>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' || error.code === 'EACCES';
      resolve({ ended: missing ? 'missing' : ended, code: null, stderr: error.message });
    });
    child.on('close', (code) =>
      resolve({ ended, code, stderr: stderr.slice(0, STDERR_BYTES_MAX).trim() }),
    );
  });
  const end = (why: GitEnd['ended']): void => {
    if (ended === 'exited') ended = why;
    child.kill('SIGKILL');
    child.stdout.destroy();
  };

  const abort = () => end('stopped');
  start.signal?.addEventListener('abort', abort, { once: true });
  void over.then(() => start.signal?.removeEventListener('abort', abort));

  return {
    async run(input, take) {
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > start.bytesMax) end('too-many-bytes');
        else if (take(chunk) === 'stop') end('stopped');
      });
      const timer = setTimeout(end, start.limitMs, 'timed-out');
      child.stdin.end(input);
      const how = await over;
      clearTimeout(timer);
      return how;
    },
    stop: () => end('stopped'),
  };
}

/**
 * Runs git and hands its output on as it comes; nothing is kept here.
 *
 * @param take 'stop' ends the run: enough was seen.
 */
export function streamGit(run: GitRun, take: TakeChunk): Promise<GitEnd> {
  return startGit(run).run(run.input ?? '', take);
}

/** Runs git and keeps its output, which `bytesMax` bounds. */
export async function runGit(run: GitRun): Promise<GitEnd & { readonly stdout: Buffer }> {
  const chunks: Buffer[] = [];
  const end = await streamGit(run, (chunk) => {
    chunks.push(chunk);
    return undefined;
  });
  return { ...end, stdout: Buffer.concat(chunks) };
}

function spawnGit(start: GitStart): ChildProcessByStdio<Writable, Readable, Readable> {
  const child = spawn('git', start.args, {
    cwd: start.cwd,
    env: start.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // A run that ends before it has read its input is judged by how it ended.
  child.stdin.on('error', () => undefined);
  return child;
}
