import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoundedFile } from '../gates/bounded-file.ts';
import { beginningWatched, runInGroup } from '../gates/process-group.ts';
import { temporaryPlace } from '../temporary.ts';

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
      /** `misreported`: what it said of its tools and cost cannot be read. */
      readonly kind: 'timed-out' | 'crashed' | 'could-not-start' | 'misreported';
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
const USED_FILE = 'used.json';
const USED_BYTES_MAX = 64 * 1024;
/** Of one task: far above any, and far below what sums lose digits at. */
const USD_MAX = 1e6;

/**
 * A program that does one task each time it is started, in the task's folder. It reads the prompt from the
 * file that ARBITER_TASK_PROMPT names, and may write what it used to the one that ARBITER_TASK_USED names, as
 * `{"tools": [NAME], "costUsd": AMOUNT}`. It is the caller's own program and runs as the caller, outside the
 * sandbox: it has to reach its model. Of the environment it sees what is handed over, and no more.
 */
export function commandWorker(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Worker {
  return {
    name: `command ${command[0]?.split('/').at(-1) ?? ''}`,
    work: async ({ task, prompt, directory, timeoutMs }, signal) => {
      const folder = await mkdtemp(join(temporaryPlace(), 'caws-prompt-'));
      try {
        const file = join(folder, 'prompt.txt');
        await writeFile(file, prompt, { mode: 0o600 });
        const ended = await runInGroup(
          {
            ...beginningWatched(command),
            directory,
            environment: {
              ...{ ...environment, ARBITER_TASK: task, ARBITER_TASK_PROMPT: file },
              ARBITER_TASK_USED: join(folder, USED_FILE),
            },
            memory: null,
          },
          { folder, timeoutMs, outputBytesMax, diskBytesMax },
          signal,
        );
        return doneOf(ended, folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function doneOf(ended: Awaited<ReturnType<typeof runInGroup>>, folder: string): WorkDone {
  if (ended.kind === 'could-not-start') return { kind: 'could-not-start', detail: ended.detail };
  const detail = ended.outputTail.trim().slice(-300);
  if (ended.kind === 'timed-out') return { kind: 'timed-out', detail };
  if (ended.kind !== 'exited') return { kind: 'crashed', detail: `${ended.kind}: ${detail}` };
  return ended.exitCode === 0
    ? whatWasUsed(folder)
    : { kind: 'crashed', detail: `exit ${ended.exitCode}: ${detail}` };
}

/** What the program says that it used; where it says nothing, nobody can tell. */
function whatWasUsed(folder: string): WorkDone {
  const read = readBoundedFile(folder, USED_FILE, USED_BYTES_MAX);
  if (!read.ok)
    return read.fault.kind === 'absent'
      ? { kind: 'done', tools: null, costUsd: null }
      : { kind: 'misreported', detail: read.fault.detail };
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(read.value.bytes));
  } catch {
    return { kind: 'misreported', detail: 'it is not JSON' };
  }
  if (typeof said !== 'object' || said === null)
    return { kind: 'misreported', detail: 'it is not an object' };
  const { costUsd = null, tools = null } = said as Readonly<Record<string, unknown>>;
  if (costUsd !== null && !(typeof costUsd === 'number' && costUsd >= 0 && costUsd <= USD_MAX))
    return { kind: 'misreported', detail: 'its costUsd is no amount' };
  if (tools !== null && !isNames(tools))
    return { kind: 'misreported', detail: 'its tools are no list of names' };
  return { kind: 'done', tools, costUsd };
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

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
