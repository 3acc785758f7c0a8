/** The hub's machine: runs the action as it is shipped, in a process of its own, for a run that was started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RunHandle } from '../hub/workflow-run.ts';
import { caseOf } from './runner.ts';
import type { Town } from './town.ts';

const program = join(import.meta.dirname, '../../action/dist/main.mjs');

/** A token for what the job may read, as its environment names it. */
export const readToken = (town: Town): string => town.installed.token();

export interface Ran {
  readonly code: number | null;
  readonly printed: string;
  readonly summary: string;
  readonly outputs: string;
}

/**
 * One job of a run: the action as its only step, and what it could not send as its artifact.
 *
 * @param more what its environment has besides.
 */
export async function runsAction(
  town: Town,
  run: RunHandle,
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-job-'));
  try {
    await run.begins();
    const ran = await startAction(town, run, folder, more).ended;
    const unsent = /^unsent<<(\S+)\n([^\n]+)\n\1$/m.exec(ran.outputs)?.[2];
    if (unsent !== undefined && unsent !== '')
      run.uploads('caws-evidence', { [basename(unsent)]: readFileSync(unsent) });
    await run.ends(ran.code === 0 ? 'success' : 'failure');
    return ran;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The action in a process of its own.
 *
 * @param folder of the machine: what one job leaves there another finds.
 */
export function startAction(
  town: Town,
  run: RunHandle,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const file = (name: string) => join(folder, name);
  mkdirSync(file('temp'), { recursive: true });
  for (const name of ['summary', 'outputs']) writeFileSync(file(name), '');
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      TMPDIR: file('temp'),
      ...run.environment,
      GITHUB_RUN_ID: String(run.id),
      GITHUB_RUN_ATTEMPT: String(run.state.attempt),
      GITHUB_SERVER_URL: town.hub.url,
      GITHUB_REPOSITORY: `${town.repository.owner}/${town.repository.name}`,
      GITHUB_TOKEN: readToken(town),
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_OUTPUT: file('outputs'),
      RUNNER_TEMP: file('temp'),
      RUNNER_NAME: 'm2-01',
      INPUT_APP: town.app.address,
      INPUT_CASE: caseOf(run),
      INPUT_HEAD: String(run.state.inputs['head']),
      INPUT_TOKEN: readToken(town),
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const read = (name: string) => readFileSync(file(name), 'utf8');
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code) =>
      resolve({ code, printed, summary: read('summary'), outputs: read('outputs') }),
    );
  });
  return { child, ended };
}
