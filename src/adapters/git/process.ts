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

export interface GitRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly limitMs: number;
  readonly bytesMax: number;
}

const STDERR_BYTES_MAX = 16 * 1024;

/**
 * Runs git and hands its output on as it comes; nothing is kept here.
 *
 * @param take 'stop' ends the run: enough was seen.
 */
export function streamGit(
  run: GitRun,
  take: (chunk: Buffer) => 'stop' | undefined,
): Promise<GitEnd> {
  return new Promise((resolve) => {
    const child = start(run);
    let ended: GitEnd['ended'] = 'exited';
    let bytes = 0;
    let stderr = '';
    const end = (why: GitEnd['ended']): void => {
      if (ended === 'exited') ended = why;
      child.kill('SIGKILL');
      child.stdout.destroy();
    };
    const timer = setTimeout(end, run.limitMs, 'timed-out');
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > run.bytesMax) end('too-many-bytes');
      else if (take(chunk) === 'stop') end('stopped');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES_MAX) stderr += chunk.toString('utf8');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const missing = error.code === 'ENOENT' || error.code === 'EACCES';
      resolve({ ended: missing ? 'missing' : ended, code: null, stderr: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ended, code, stderr: stderr.slice(0, STDERR_BYTES_MAX).trim() });
    });
  });
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

function start(run: GitRun): ChildProcessByStdio<Writable, Readable, Readable> {
  const child = spawn('git', run.args, {
    cwd: run.cwd,
    env: run.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // A run that ends before it has read its input is judged by how it ended.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input);
  return child;
}
