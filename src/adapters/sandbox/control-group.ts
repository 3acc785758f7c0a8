import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbandoned, ownName } from '../gates/scratch.ts';

const prefix = 'caws-gate';

/** A control group for one command, in which processes are put by writing their number into the files. */
export interface ControlGroup extends AsyncDisposable {
  /** Files named `cgroup.procs`, one a hierarchy. */
  readonly members: readonly string[];
}

interface Controller {
  readonly folder: string;
  readonly limits: Readonly<Record<string, string>>;
}

/**
 * Makes a control group that bounds memory and processes together, where this process may: in version 2
 * below a delegated group, in version 1 below its own.
 *
 * @returns null where nothing is delegated; then only the bounds of each process hold.
 */
export async function makeControlGroup(bounds: {
  readonly memoryBytesMax: number;
  readonly processesMax: number;
}): Promise<ControlGroup | null> {
  const name = ownName(prefix);
  for (const controllers of await candidates(bounds)) {
    const made: string[] = [];
    try {
      for (const { folder, limits } of controllers) {
        const own = join(folder, name);
        await mkdir(own);
        made.push(own);
        // `r+` makes no file: in a folder that is no control group nothing would read it.
        for (const [file, value] of Object.entries(limits))
          await writeFile(join(own, file), value, { flag: 'r+' });
      }
      const members = made.map((own) => join(own, 'cgroup.procs'));
      return { members, [Symbol.asyncDispose]: () => removed(made) };
    } catch {
      await removed(made);
    }
  }
  return null;
}

/** Takes away the groups of runs that were killed, with all that still runs in them. */
export async function sweepControlGroups(): Promise<void> {
  const folders = (await candidates({ memoryBytesMax: 0, processesMax: 0 })).flat();
  for (const { folder } of folders)
    for (const name of await readdir(folder).catch(() => []))
      if (isAbandoned(prefix, name)) await emptied(join(folder, name));
}

/** Version 2 ends all at once; in version 1 who forks meanwhile is met by the next round. */
async function emptied(group: string): Promise<void> {
  await writeFile(join(group, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => undefined);
  for (let round = 0; round < removalTriesMax; round += 1) {
    const left = (await read(join(group, 'cgroup.procs'))).split('\n').filter((pid) => pid !== '');
    for (const pid of left) end(Number(pid));
    if (left.length === 0) break;
  }
  await removed([group]);
}

function end(pid: number): void {
  // 0 stands for whoever is counted in a namespace above, and means our own group to the call.
  if (pid <= 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile, or another user's, which none of ours can be.
  }
}

/** Places where both bounds could be set, the better first. */
async function candidates(bounds: {
  readonly memoryBytesMax: number;
  readonly processesMax: number;
}): Promise<readonly (readonly Controller[])[]> {
  const memory = String(bounds.memoryBytesMax);
  const processes = String(bounds.processesMax);
  const own = await read('/proc/self/cgroup');
  const pathOf = (controller: string): string | undefined =>
    own
      .split('\n')
      .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
      .find((found) => found !== null && found[1]?.split(',').includes(controller) === true)?.[2];
  const unified = pathOf('');
  const second = { 'memory.max': memory, 'memory.swap.max': '0', 'pids.max': processes };
  // A group with processes in it cannot hand controllers to its children, so its parent is tried too.
  const delegated = unified === undefined ? [] : [unified, dirname(unified)];
  const [memoryPath, pidsPath] = [pathOf('memory'), pathOf('pids')];
  return [
    ...delegated.map((path) => [{ folder: join('/sys/fs/cgroup', path), limits: second }]),
    ...(memoryPath === undefined || pidsPath === undefined
      ? []
      : [
          [
            {
              folder: join('/sys/fs/cgroup/memory', memoryPath),
              limits: { 'memory.limit_in_bytes': memory },
            },
            { folder: join('/sys/fs/cgroup/pids', pidsPath), limits: { 'pids.max': processes } },
          ],
        ]),
  ];
}

const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** A group whose last process is only just gone is busy for a moment. */
const removalTriesMax = 50;

async function removed(folders: readonly string[]): Promise<void> {
  for (const folder of folders)
    for (let tries = 0; tries < removalTriesMax; tries += 1) {
      const left = await rmdir(folder).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'EBUSY',
      );
      if (!left) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
}
