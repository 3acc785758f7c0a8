import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Long beside what a busy machine lets a runner wait for its turn, so that only a dead one is given up. */
const LEASE_MS = 2_000;

/** A runner in a process of its own, eight tasks at a time; none outlives the test. */
export function startRunner(file: string, witness: string, workMsMax: number): ChildProcess {
  const program = join(import.meta.dirname, 'conductor-process.ts');
  const words = [program, file, witness, 'here', '8', String(LEASE_MS), String(workMsMax)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
