import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInGroup } from '../gates/process-group.ts';

/** One task as a worker gets it. */
export interface WorkOrder {
  readonly task: string;
  readonly prompt: string;
  /** Absolute; the repository of the task, which the worker changes. */
  readonly directory: string;
  readonly timeoutMs: number;
}

/** How work ended. What was made of it stands in the folder. */
export type WorkDone =
  | {
      readonly kind: 'done';
      /** Names of the tools that were used; null where nobody can tell. */
      readonly tools: readonly string[] | null;
      readonly costUsd: number | null;
    }
  | {
      readonly kind: 'timed-out' | 'crashed' | 'could-not-start';
      /** What it said last, bounded. */
      readonly detail: string;
    };

/** Whoever does tasks: a program that drives a model, or a script in a test. */
export interface Worker {
  /** As a run records it. */
  readonly name: string;
  work(order: WorkOrder, signal: AbortSignal): Promise<WorkDone>;
}

const outputBytesMax = 16 * 1024 ** 2;
const diskBytesMax = 2 * 1024 ** 3;

/**
 * A program that does one task each time it is started, in the task's folder. It reads the prompt from the
 * file that ARBITER_TASK_PROMPT names. It is the caller's own program and runs as the caller, outside the
 * sandbox: it has to reach its model. Of the environment it sees what is handed over, and no more.
 */
export function commandWorker(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Worker {
  const [program = '', ...words] = command;
  return {
    name: `command ${program.split('/').at(-1) ?? ''}`,
    work: async ({ task, prompt, directory, timeoutMs }, signal) => {
      const folder = await mkdtemp(join(tmpdir(), 'caws-prompt-'));
      try {
        const file = join(folder, 'prompt.txt');
        await writeFile(file, prompt, { mode: 0o600 });
        const ended = await runInGroup(
          {
            program,
            words,
            directory,
            environment: { ...environment, ARBITER_TASK: task, ARBITER_TASK_PROMPT: file },
            files: [],
            memory: null,
          },
          { folder, timeoutMs, outputBytesMax, diskBytesMax },
          signal,
        );
        return doneOf(ended);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function doneOf(ended: Awaited<ReturnType<typeof runInGroup>>): WorkDone {
  if (ended.kind === 'could-not-start') return { kind: 'could-not-start', detail: ended.detail };
  const detail = ended.outputTail.trim().slice(-300);
  if (ended.kind === 'timed-out') return { kind: 'timed-out', detail };
  if (ended.kind !== 'exited') return { kind: 'crashed', detail: `${ended.kind}: ${detail}` };
  return ended.exitCode === 0
    ? { kind: 'done', tools: null, costUsd: null }
    : { kind: 'crashed', detail: `exit ${ended.exitCode}: ${detail}` };
}

/** What a scripted worker does on one task. */
export interface Script {
  /** Path to text that it writes. */
  readonly writes?: Readonly<Record<string, string>>;
  readonly tools?: readonly string[];
  readonly costUsd?: number;
  readonly ends?: Exclude<WorkDone['kind'], 'done'>;
}

/** Plays a worker from data; a task without a script is left as it was found. */
export function scriptedWorker(scripts: Readonly<Record<string, Script>>): Worker {
  return {
    name: 'scripted',
    work: async ({ task, directory }) => {
      const { writes = {}, tools = null, costUsd = null, ends } = scripts[task] ?? {};
      for (const [path, text] of Object.entries(writes))
        await writeFile(join(directory, path), text);
      return ends === undefined ? { kind: 'done', tools, costUsd } : { kind: ends, detail: '' };
    },
  };
}
