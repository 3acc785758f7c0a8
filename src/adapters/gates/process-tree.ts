import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';

/**
 * A process and all that it started, as Linux shows them. Who starts in a process namespace stays below
 * its first process whatever it does, so that nothing of a sandbox is missed.
 *
 * Its calls are synchronous: each takes some µs, and a promise for each would take ten times as long.
 *
 * @returns empty where the system has no /proc.
 */
export function processesFrom(first: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of listed('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // pid (name) state parent: the name may hold anything, brackets and blanks too.
    const text = textOf(`/proc/${name}/stat`);
    const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [first];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return children.size === 0 ? [] : found;
}

/**
 * What of the disk is held by open files that have no name any more, in bytes.
 *
 * @param device of the folder in question; files elsewhere do not count.
 */
export function bytesUnlinked(processes: readonly number[], device: number): number {
  const bytes = new Map<number, number>();
  for (const process of processes)
    for (const name of listed(`/proc/${process}/fd`)) {
      const link = `/proc/${process}/fd/${name}`;
      // Most are pipes and libraries; only what is said to be gone is worth a look at the file.
      if (!named(link).endsWith(' (deleted)')) continue;
      const file = attempt(() => statSync(link));
      if (file?.isFile() === true && file.nlink === 0 && file.dev === device)
        bytes.set(file.ino, file.blocks * 512);
    }
  return [...bytes.values()].reduce((sum, each) => sum + each, 0);
}

/** A file in memory takes this much beside its content: its entry and its own record. */
const bytesOfEntry = 1_024;

/**
 * Memory that only these processes hold, in bytes: their own, what they share, counted once, and what lies
 * in folders in memory. What they read from the disk is the system's to give back and does not count.
 *
 * @param folders as the processes name them.
 */
export function bytesInMemory(
  processes: readonly number[],
  folders: readonly string[],
  bytesMax: number,
): number {
  const inFolders = bytesInFolders(processes, folders);
  // The exact sum is dear and at most this one.
  const most = summed(processes, 'status', /^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB/gm);
  // Reading where nothing was ever written takes no memory but that of the tables.
  const rest = inFolders + summed(processes, 'status', /^VmPTE:\s+(\d+) kB/gm);
  if (rest + most <= bytesMax) return rest + most;
  const exact = /^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB/gm;
  return rest + summed(processes, 'smaps_rollup', exact);
}

function summed(processes: readonly number[], file: string, lines: RegExp): number {
  let kibibytes = 0;
  for (const process of processes)
    for (const [, number] of textOf(`/proc/${process}/${file}`).matchAll(lines))
      kibibytes += Number(number);
  return kibibytes * 1_024;
}

function bytesInFolders(processes: readonly number[], folders: readonly string[]): number {
  // The first processes still see the machine; the last one that can be looked into sees what is its own.
  for (const process of processes.toReversed()) {
    const all = folders.map((folder) =>
      attempt(() => statfsSync(`/proc/${process}/root${folder}`)),
    );
    if (all.some((each) => each?.type !== memoryFileSystem)) continue;
    return all
      .filter((each) => each !== null)
      .map(({ blocks, bfree, bsize, files, ffree }) => {
        return (blocks - bfree) * bsize + (files - ffree) * bytesOfEntry;
      })
      .reduce((sum, each) => sum + each, 0);
  }
  return 0;
}

/** TMPFS_MAGIC of linux/magic.h. */
const memoryFileSystem = 0x0102_1994;

function attempt<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    // Gone meanwhile.
    return null;
  }
}

const listed = (folder: string): readonly string[] => attempt(() => readdirSync(folder)) ?? [];
const textOf = (file: string): string => attempt(() => readFileSync(file, 'latin1')) ?? '';
const named = (link: string): string => attempt(() => readlinkSync(link)) ?? '';
