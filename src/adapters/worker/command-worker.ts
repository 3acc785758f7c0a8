import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIFF_CHARACTERS_MAX } from '../../1-pleading/change-diff.ts';
import type { Worker, WorkerSilence } from '../../ports.ts';
import { fail, ok } from '../../primitives.ts';
import { readBoundedFile } from '../gates/bounded-file.ts';
import { runInGroup } from '../gates/process-group.ts';

/** What it is asked, and where it leaves its answer, in the folder that it works in. */
const TASK_FILE = 'task.json';
const PATCH_FILE = 'change.patch';
/** A model that writes for longer has lost its way. */
const TIMEOUT_MS = 20 * 60 * 1000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** A checkout and what is built of it; a worker that needs more has a place of its own. */
const DISK_BYTES_MAX = 4 * 1024 ** 3;
/** What a program of the operator's needs to find its own tools; nothing else is handed on. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

/**
 * A worker that is a command of whoever runs the arbiter, on their machine and with their rights. It finds
 * `task.json` in an empty folder and writes `change.patch` there; what else it leaves is thrown away.
 *
 * @param command as a shell reads it.
 */
export function commandWorker(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number = TIMEOUT_MS,
): Worker {
  return {
    name: command,
    propose: async (task, signal) => {
      const folder = await mkdtemp(join(tmpdir(), 'caws-arbiter-worker-'));
      try {
        await writeFile(join(folder, TASK_FILE), `${JSON.stringify(task, null, 2)}\n`);
        const ended = await runInGroup(
          {
            program: '/bin/sh',
            words: ['-c', command],
            directory: folder,
            environment: environmentOf(env),
            files: [],
            memory: null,
          },
          { folder, timeoutMs, outputBytesMax: OUTPUT_BYTES_MAX, diskBytesMax: DISK_BYTES_MAX },
          signal,
        );
        if (ended.kind !== 'exited') return fail(silence(ended.kind, tailOf(ended)));
        if (ended.exitCode !== 0)
          return fail(silence('failed', `exit ${ended.exitCode}: ${tailOf(ended)}`));
        const read = readBoundedFile(folder, PATCH_FILE, 4 * DIFF_CHARACTERS_MAX);
        return read.ok ? ok(read.value.bytes) : fail(silence('no-patch', read.fault.detail));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
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
