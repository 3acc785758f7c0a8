/**
 * Starts git from a small process of its own. Starting one copies the page tables of whoever starts it and
 * stops it meanwhile, and a hub with GitHub's descriptions in its memory is large.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface GitRun {
  /** `git`, or a program of git's own by its path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing of this process is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
}

export interface GitAnswer {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs in the small process, so that it uses nothing of this file: node is given its text. */
function startsGit(): void {
  // More than any object a test writes; a runaway git ends here instead of filling memory.
  const outputBytesMax = 256 * 1024 * 1024;
  const { spawn: start } = process.getBuiltinModule('node:child_process');
  process.on('disconnect', () => process.exit());
  process.on(
    'message',
    ({ id, program, args, cwd, env, input }: GitRun & { readonly id: number }) => {
      const child = start(program, args, { cwd, env });
      const out: Buffer[] = [];
      let bytes = 0;
      let err = '';
      const answer = (code: number) => process.send?.({ id, code, out: Buffer.concat(out), err });
      child.stdout.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > outputBytesMax) child.kill();
        else out.push(part);
      });
      child.stderr.on('data', (part: Buffer) => {
        if (err.length < 65_536) err += part.toString();
      });
      child.on('error', (error) => {
        err = error.message;
      });
      child.on('close', (code) => answer(code ?? 128));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    },
  );
}

interface Runner {
  readonly child: ChildProcess;
  readonly waiting: Map<number, (answer: GitAnswer) => void>;
}

let running: Runner | undefined;
let runs = 0;

/** Runs git to its end and gives whatever it answered. */
export function runGit(run: GitRun): Promise<GitAnswer> {
  running ??= startRunner();
  const { child, waiting } = running;
  runs += 1;
  const id = runs;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    // A process ends when nothing waits for an answer.
    if (waiting.size === 1) child.channel?.ref();
    child.send({ id, ...run });
  });
}

function startRunner(): Runner {
  // Read as JavaScript: TypeScript takes a process longer to understand than git to run.
  const child = spawn(process.execPath, ['-e', `(${startsGit.toString()})()`], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const waiting: Runner['waiting'] = new Map();
  child.unref();
  child.channel?.unref();
  child.on('message', ({ id, ...answer }: GitAnswer & { readonly id: number }) => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) child.channel?.unref();
    resolve?.({ ...answer, out: Buffer.from(answer.out) });
  });
  child.on('exit', () => {
    running = undefined;
    const lost = { code: 128, out: Buffer.alloc(0), err: 'whoever starts git has ended' };
    for (const resolve of waiting.values()) resolve(lost);
  });
  return { child, waiting };
}
