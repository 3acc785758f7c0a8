import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { Afterwards } from '../sandbox/isolation.ts';

const run = promisify(execFile);

/**
 * The system's own `rm` goes down by open folders: neither a path that is too long for a name nor a link that
 * was a folder a moment ago leads it astray. Folders that nobody may enter are opened where it was shut out.
 */
const removing =
  'rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwx -- "$1" 2>/dev/null; rm -rf -- "$1"; }';
/** Reads one line; where its input ends without one, the process that should have written it is gone. */
const script = `read -r line || { kill -s KILL -- "-$1"; shift; ${removing}; shift; "$@"; }`;

/** What removes a stranger's folder, as words for `/bin/sh`. */
export const removal = (folder: string): string[] => ['-c', removing, 'sh', folder];

/** A process that left its group may still write there; that must not cost the answers. */
export async function removed(folder: string): Promise<void> {
  // One program where nothing shuts it out, and three where something does.
  await run('rm', ['-rf', '--', folder])
    .catch(() => run('/bin/sh', removal(folder)))
    .catch(() => undefined);
}

/**
 * Sees to it that a process group and a folder do not outlive this process, even where it is killed
 * and can do nothing any more.
 *
 * @param afterwards what takes away the rest that is in no group and no folder of this machine.
 * @returns what ends the watch; to be called once the group has ended.
 */
export function watchOver(
  processGroup: number,
  folder: string,
  { words, environment }: Afterwards = { words: [], environment: {} },
): () => void {
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(processGroup), folder, ...words], {
    // A group of its own, so that what ends ours from a terminal does not end the watch.
    detached: true,
    env: { PATH: '/usr/bin:/bin', ...environment },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell there is no watch; gates still end with this process as far as it can act.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  return () => child.stdin.end('ended\n');
}
