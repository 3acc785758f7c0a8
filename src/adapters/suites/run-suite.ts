import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedGate } from '../../3-deliberation/deliberation.ts';
import { markAnswer } from '../../models/lifecycle/marking.ts';
import { ANSWER_FILE, type Suite, type SuiteTask } from '../../models/lifecycle/suite.ts';
import { type RunResult, runResult, type TaskResult } from '../../models/lifecycle/suite-run.ts';
import type { FigureFault } from '../../models/lifecycle/thresholds.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { localCommands } from '../gates/local-commands.ts';
import type { Isolation } from '../sandbox/isolation.ts';
import { temporaryPlace } from '../temporary.ts';
import type { WorkDone, Worker } from './worker.ts';
import { committed, layOut, whatIsLeft } from './workplace.ts';

/** Where and with what a suite is run. */
export interface Bench {
  readonly worker: Worker;
  /** Asked for only where a task is checked by running something. */
  readonly sandbox: () => Promise<Isolation>;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly signal: AbortSignal;
  /** Told of each task as it ends. */
  readonly done: (result: TaskResult) => void;
}

/** The run says nothing of the model; nothing of it is kept. */
export type RunFault =
  | FigureFault
  | { readonly kind: 'bench-interrupted'; readonly task: string }
  /** Whoever does the tasks was never there to do this one. */
  | { readonly kind: 'worker-not-started'; readonly worker: string; readonly detail: string }
  | { readonly kind: 'worker-misreported'; readonly worker: string; readonly detail: string }
  /** This machine could not check what the model did. */
  | { readonly kind: 'check-not-run'; readonly task: string; readonly detail: string };

/**
 * Has a worker do tasks of a suite, one after the other, each in a fresh repository, and checks each in a
 * place that the worker never saw.
 *
 * @param short only the tasks marked as smoke.
 */
export async function runSuite(
  suite: Suite,
  short: boolean,
  bench: Bench,
): Promise<Result<RunResult, RunFault>> {
  const tasks: TaskResult[] = [];
  for (const task of suite.tasks) {
    if (short && task.smoke !== true) continue;
    const result = await runTask(task, bench);
    if (bench.signal.aborted) return fail({ kind: 'bench-interrupted', task: task.id });
    if (!result.ok) return result;
    bench.done(result.value);
    tasks.push(result.value);
  }
  return runResult(suite, tasks);
}

async function runTask(task: SuiteTask, bench: Bench): Promise<Result<TaskResult, RunFault>> {
  const folder = await mkdtemp(join(temporaryPlace(), 'caws-task-'));
  try {
    const directory = join(folder, 'work');
    await mkdir(directory);
    await layOut(directory, task.files);
    const timeoutMs = task.timeoutSeconds * 1_000;
    const started = bench.elapsed();
    const order = { task: task.id, prompt: task.prompt, directory, timeoutMs };
    const done = await bench.worker.work(order, bench.signal);
    const fault = { worker: bench.worker.name, detail: 'detail' in done ? done.detail : '' };
    if (done.kind === 'could-not-start') return fail({ kind: 'worker-not-started', ...fault });
    if (done.kind === 'misreported') return fail({ kind: 'worker-misreported', ...fault });
    const durationMs = Math.max(0, Math.round(bench.elapsed() - started));
    const left = whatIsLeft(directory, task.files, task.mayChange);
    const base = {
      task: task.id,
      smoke: task.smoke === true,
      durationMs,
      efficiency: Math.max(0, 1 - durationMs / timeoutMs),
      ...toolsOf(task, done),
    };
    if (done.kind !== 'done') {
      const wrong = [`${done.kind}: ${done.detail}`.slice(0, 200)];
      const kept = done.kind !== 'timed-out' && left.broken.length === 0;
      return ok({ ...base, passed: false, kept, erred: true, unresolved: 0, wrong });
    }
    const marked = await check(task, left.changed, join(folder, 'check'), bench);
    if (typeof marked === 'string')
      return fail({ kind: 'check-not-run', task: task.id, detail: marked });
    const kept = left.broken.length === 0;
    return ok({ ...base, ...marked, kept, wrong: [...marked.wrong, ...left.broken] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toolsOf(
  { tools: asked }: SuiteTask,
  done: WorkDone,
): Pick<TaskResult, 'tools' | 'costUsd'> {
  if (done.kind !== 'done') return { tools: null, costUsd: null };
  const { tools: used, costUsd } = done;
  if (asked === undefined || used === null) return { tools: null, costUsd };
  return { tools: asked.filter((tool) => used.includes(tool)).length / asked.length, costUsd };
}

/** A text says why nothing could be checked. */
type Checked = string | Pick<TaskResult, 'passed' | 'erred' | 'unresolved' | 'wrong'>;

async function check(
  task: SuiteTask,
  changed: Readonly<Record<string, string>>,
  folder: string,
  bench: Bench,
): Promise<Checked> {
  const { check: asked } = task;
  if (asked.by !== 'hidden-run')
    return { ...markAnswer(asked, changed[ANSWER_FILE] ?? null, task.files), erred: false };
  // The hidden files come last: nothing that the worker left stands in their place.
  const head = await committed(folder, { ...task.files, ...changed, ...asked.files });
  const runner = localCommands({
    repository: folder,
    cores: 1,
    sandbox: bench.sandbox,
    signal: bench.signal,
  });
  const [answer] = await runner.answer(
    [gateOf(asked.command)],
    { base: head, head },
    () => undefined,
  );
  if (answer?.state === 'lost') return answer.because;
  if (answer === undefined || answer.state === 'could-not-start')
    return answer?.detail ?? 'no answer';
  if (answer.state !== 'answered')
    return { ...failed, wrong: [`the hidden check ended: ${answer.state}`] };
  const printed = answer.outputTail.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const passed = answer.exitCode === 0 && printed === asked.prints.trim();
  return passed ? { ...failed, passed, wrong: [] } : failed;
}

/** What it printed may tell the next worker what is checked, so it is not kept. */
const failed = {
  passed: false,
  erred: false,
  unresolved: 0,
  wrong: ['the hidden check does not hold'],
};

/** Some milliseconds of work, on a busy machine. */
const CHECK_TIMEOUT_MS = 60_000;

function gateOf(command: readonly string[]): PlannedGate {
  return {
    gate: {
      id: 'hidden-run',
      description: 'the hidden check of a suite',
      mode: 'block',
      answer: { by: 'command', command, report: null, sandbox: 'required', network: false },
      measures: 'exit-code',
      minimum: null,
      timeoutMs: CHECK_TIMEOUT_MS,
      waivable: false,
      approvers: [],
      approversMin: 0,
      longestWaiverDays: 0,
      trustMin: 'local',
    },
    minimum: null,
  };
}
