import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesUnlinked, processesFrom } from './process-tree.ts';

/** Between two looks; what a fast disk takes meanwhile is a gigabyte at most. */
const pauseMs = 250;
/** A look at very many files takes longer than the pause; then looking takes a quarter of the time. */
const pauseOfLook = 3;
/** More entries than that are too much by themselves: they take a block each. */
const entriesMax = 2_000_000;

/**
 * What is left free in any case, however the disk was taken: what a fast disk takes between two looks, and
 * entries for what a machine needs to go on. Of a disk that is nearly full half of what there was.
 */
const leftFree = { bytes: 1024 ** 3, entries: 10_000 } as const;

/**
 * Looks again and again at what a folder takes on the disk, and says once that it is too much: its files,
 * those that have no name any more and that a process below `first` still holds, and in any case where the
 * disk gets full.
 *
 * @returns what ends the watch.
 */
export function watchDisk(
  { folder, bytesMax, first }: DiskWatched,
  tooMuch: () => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const least = freeIn(folder).then(({ bytes, entries }) => ({
    bytes: Math.min(leftFree.bytes, bytes / 2),
    entries: Math.min(leftFree.entries, entries / 2),
  }));
  const look = async () => {
    const began = performance.now();
    const unseen = await unlinkedIn(folder, first);
    const passes =
      unseen > bytesMax ||
      (await getsFull(folder, await least)) ||
      (await holdsMore(folder, bytesMax - unseen, () => isOver));
    if (isOver) return;
    if (passes) return tooMuch();
    lookIn(Math.max(pauseMs, pauseOfLook * (performance.now() - began)));
  };
  const lookIn = (ms: number) => {
    timer = setTimeout(() => void look(), ms);
  };
  lookIn(pauseMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

interface DiskWatched {
  readonly folder: string;
  readonly bytesMax: number;
  /** The process that everything which writes there comes from. */
  readonly first: number;
}

interface Room {
  readonly bytes: number;
  readonly entries: number;
}

/** Some file systems make entries as they need them, and count none. */
async function freeIn(folder: string): Promise<Room> {
  const found = await statfs(folder).catch(() => null);
  if (found === null) return { bytes: Number.POSITIVE_INFINITY, entries: Number.POSITIVE_INFINITY };
  const entries = found.files === 0 ? Number.POSITIVE_INFINITY : found.ffree;
  return { bytes: found.bavail * found.bsize, entries };
}

async function getsFull(folder: string, least: Room): Promise<boolean> {
  const { bytes, entries } = await freeIn(folder);
  return bytes < least.bytes || entries < least.entries;
}

async function unlinkedIn(folder: string, first: number): Promise<number> {
  const device = (await lstat(folder).catch(() => null))?.dev;
  return device === undefined ? 0 : bytesUnlinked(processesFrom(first), device);
}

/** A path longer than the system takes, and a folder that shuts its owner out. */
const hiding: readonly string[] = ['ENAMETOOLONG', 'EACCES'];

/** What vanishes while it is looked at takes nothing. */
async function holdsMore(
  folder: string,
  bytesMax: number,
  isOver: () => boolean,
): Promise<boolean> {
  let bytes = 0;
  let entries = 0;
  const linked = new Set<number>();
  const open = [folder];
  for (let next = open.pop(); next !== undefined && !isOver(); next = open.pop()) {
    const listing = await opendir(next).catch((error: NodeJS.ErrnoException) => error);
    if (listing instanceof Error) {
      // What cannot be looked into could hold anything; what is gone holds nothing.
      if (hiding.includes(listing.code ?? '')) return true;
      continue;
    }
    try {
      for await (const entry of listing) {
        const path = join(next, entry.name);
        entries += 1;
        const found = await lstat(path).catch(() => null);
        // Blocks, not lengths: a file full of holes takes little. One of several names takes it once.
        if (found !== null && !linked.has(found.ino)) bytes += found.blocks * 512;
        if (found !== null && found.nlink > 1 && !found.isDirectory()) linked.add(found.ino);
        if (bytes > bytesMax || entries > entriesMax) return true;
        if (entry.isDirectory()) open.push(path);
      }
    } catch {
      // Removed meanwhile.
    }
  }
  return false;
}
