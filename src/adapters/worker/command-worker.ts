import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIFF_CHARACTERS_MAX } from '../../1-pleading/change-diff.ts';
import { PLAN_BYTES_MAX } from '../../caws/read-plan.ts';
import type { Worker, WorkerSilence } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { readBoundedFile } from '../gates/bounded-file.ts';
import { checkOut, objectsOf, openSource } from '../gates/checkout.ts';
import { runInGroup, whenWatched } from '../gates/process-group.ts';
import { temporaryPlace } from '../temporary.ts';

/** What it is asked, and the files of the base; both in the folder that it works in. */
const TASK_FILE = 'task.json';
const TREE_FOLDER = 'tree';
/** Where it leaves its answer, and what of it is read. */
const ANSWERS = {
  plan: { file: 'plan.yaml', bytesMax: PLAN_BYTES_MAX, absent: 'no-plan' },
  patch: { file: 'change.patch', bytesMax: 4 * DIFF_CHARACTERS_MAX, absent: 'no-patch' },
} as const;
/** A model that writes for longer has lost its way. */
const TIMEOUT_MS = 20 * 60 * 1000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** A checkout and what is built of it; a worker that needs more has a place of its own. */
const DISK_BYTES_MAX = 4 * 1024 ** 3;
/** What a shell answers with where a signal ended its command: 128 and the signal's number. */
const KILLED_FROM = 128;
const SIGNALS_MAX = 64;
/** What a program of the operator's needs to find its own tools; nothing else is handed on. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

/** A command, and where it works. */
export interface CommandWorkerPlan {
  /** As a shell reads it. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The repository that holds the base of the task; null: there are no files to look at. */
  readonly repository: string | null;
  readonly timeoutMs?: number;
}

/**
 * A worker that is a command of whoever runs the arbiter, on their machine and with their rights. In a new
 * folder it finds `task.json` and, under `tree/`, the files of the base; it writes `plan.yaml` or `change.patch`
 * there, as the task wants. What else it leaves is thrown away.
 */
export function commandWorker({
  command,
  env,
  repository,
  timeoutMs = TIMEOUT_MS,
}: CommandWorkerPlan): Worker {
  return {
    name: command,
    write: async (task, signal) => {
      const folder = await mkdtemp(join(temporaryPlace(), 'caws-arbiter-worker-'));
      try {
        await writeFile(join(folder, TASK_FILE), `${JSON.stringify(task, null, 2)}\n`);
        const laid = await layOut(repository, task.base, folder);
        if (!laid.ok) return laid;
        const ended = await runInGroup(
          {
            program: '/bin/sh',
            words: whenWatched(command),
            waitsForWatch: true,
            directory: folder,
            environment: environmentOf(env),
            files: [],
            memory: null,
          },
          { folder, timeoutMs, outputBytesMax: OUTPUT_BYTES_MAX, diskBytesMax: DISK_BYTES_MAX },
          signal,
        );
        if (ended.kind !== 'exited') return fail(silence(ended.kind, tailOf(ended)));
        if (ended.exitCode > KILLED_FROM && ended.exitCode <= KILLED_FROM + SIGNALS_MAX)
          return fail(
            silence('killed', `signal ${ended.exitCode - KILLED_FROM}: ${tailOf(ended)}`),
          );
        if (ended.exitCode !== 0)
          return fail(silence('failed', `exit ${ended.exitCode}: ${tailOf(ended)}`));
        const { file, bytesMax, absent } = ANSWERS[task.wants];
        const read = readBoundedFile(folder, file, bytesMax);
        return read.ok ? ok(read.value.bytes) : fail(silence(absent, read.fault.detail));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The files of the base as a checkout of their own: the repository itself is out of reach. */
async function layOut(
  repository: string | null,
  commit: CommitSha,
  folder: string,
): Promise<Result<void, WorkerSilence>> {
  if (repository === null) return ok(undefined);
  try {
    const source = await openSource(repository, commit, join(folder, '.empty'));
    const objects = await objectsOf(source, { commit }, join(folder, '.objects'));
    await checkOut(objects, join(folder, TREE_FOLDER));
    return ok(undefined);
  } catch (error) {
    return fail(silence('could-not-start', error instanceof Error ? error.message : 'no files'));
  }
}

const silence = (because: WorkerSilence['because'], detail: string): WorkerSilence => ({
  because,
  detail: detail.slice(-500),
});

type Ended = Awaited<ReturnType<typeof runInGroup>>;
const tailOf = (ended: Ended): string =>
  (ended.kind === 'could-not-start' ? ended.detail : ended.outputTail).trim();

function environmentOf(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
