import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Sandbox } from '../../../src/adapters/sandbox/isolation.ts';
import { strongestSandbox } from '../../../src/adapters/sandbox/strongest.ts';

/** The sandbox of this machine. Where it has none, tests that need one are skipped, and say so. */
export async function sandboxHere(): Promise<Sandbox> {
  const found = await strongestSandbox([dirname(process.execPath)]);
  if (found.kind === 'works') return found.sandbox;
  if (process.env['ARBITER_NO_SKIP'] !== undefined)
    throw new Error(`no sandbox on this machine: ${JSON.stringify(found)}`);
  process.stdout.write('skipped: this machine has no sandbox (apt-get install bubblewrap)\n');
  return null as unknown as Sandbox;
}

/** For all attempts, one after the other: on a machine that is busy with ten others some take half a minute. */
export const attemptsMs = 300_000;

export const isRoot = process.getuid?.() === 0;
const repository = join(import.meta.dirname, '../../..');
/** nobody and nogroup, who own nothing. */
const ordinary = ['--reuid=65534', '--regid=65534', '--clear-groups'];

export interface Ordinary {
  /** The words that start node with these as an ordinary user, in a place where it may read the project. */
  readonly command: (...words: readonly string[]) => readonly [string, ...string[]];
  /** Where the project is for it. */
  readonly project: string;
  /** A folder that it may write to. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * How a program starts as an ordinary user. The project may lie where only root may go, so that it is shown
 * in another place, to this program alone.
 *
 * @param below a folder that everyone may enter.
 */
export function ordinaryUser(below: string): Ordinary {
  chmodSync(below, 0o755);
  const [project, folder] = [join(below, 'project'), join(below, 'own')];
  for (const each of [project, folder]) mkdirSync(each);
  chmodSync(folder, 0o777);
  const node = process.execPath.replace(repository, project);
  const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec setpriv "$@"';
  const shown = ['unshare', '--mount', '/bin/sh', '-c', script, 'sh', repository, project];
  return {
    command: (...words) =>
      isRoot ? ['/usr/bin/env', ...shown, ...ordinary, '--', node, ...words] : [node, ...words],
    project: isRoot ? project : repository,
    folder,
    environment: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', TMPDIR: folder },
  };
}

export const run = promisify(execFile);
