import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryPlace } from '../temporary.ts';
import { removed } from './watchdog.ts';

/**
 * A name for what this process makes and takes away again: should it be killed meanwhile, another can tell
 * that nobody needs it any more.
 */
export const ownName = (prefix: string): string =>
  `${prefix}-${namespaceOf()}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(6).toString('hex')}`;

/**
 * Whether a name is of a process that is gone. Of one that is counted in another process namespace that
 * cannot be known: a folder may be shared with another container.
 */
export function isAbandoned(prefix: string, name: string): boolean {
  if (!name.startsWith(`${prefix}-`)) return false;
  const [, namespace, pid, start] =
    /^-(\d+)-(\d+)-(\d+)-[0-9a-f]{12}$/.exec(name.slice(prefix.length)) ?? [];
  if (namespace !== namespaceOf()) return false;
  const lives = startOf(Number(pid));
  return lives === null ? !answersTo(Number(pid)) : String(lives) !== start;
}

/**
 * A new folder for what one run needs. Those of runs that were killed go first: whoever was to take them away
 * may have been killed with them.
 */
export async function scratchFolder(
  prefix: string,
  parent: string = temporaryPlace(),
): Promise<string> {
  for (const name of readdirSync(parent)) {
    const at = join(parent, name);
    if (isAbandoned(prefix, name) && isOwnFolder(at)) await removed(at);
  }
  const folder = join(parent, ownName(prefix));
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Anybody may put something of such a name into a temporary folder. */
function isOwnFolder(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid?.();
}

/** In which processes are numbered; 0 where the system does not tell. */
function namespaceOf(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/**
 * When a process began, in ticks since the system did: a number is given out again, and both together are not.
 *
 * @returns null where there is none, or the system does not tell.
 */
function startOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // pid (name) state …: the name may hold anything. The start is the 20th of what follows it.
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

/** Whether somebody has the number, where nothing more can be known. */
function answersTo(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
