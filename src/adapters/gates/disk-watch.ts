import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Between two looks; what a fast disk takes meanwhile is a gigabyte at most. */
const pauseMs = 250;
/** A look at very many files takes longer than the pause; then looking takes a quarter of the time. */
const pauseOfLook = 3;
/** More entries than that are too much by themselves: they take a block each. */
const entriesMax = 2_000_000;

/**
 * Looks again and again at what a folder takes on the disk, and says once that it is too much.
 *
 * @returns what ends the watch.
 */
export function watchDisk(folder: string, bytesMax: number, tooMuch: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async () => {
    const began = performance.now();
    const passes = await holdsMore(folder, bytesMax, () => isOver);
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
        // Blocks, not lengths: a file full of holes takes little.
        bytes += ((await lstat(path).catch(() => null))?.blocks ?? 0) * 512;
        if (bytes > bytesMax || entries > entriesMax) return true;
        if (entry.isDirectory()) open.push(path);
      }
    } catch {
      // Removed meanwhile.
    }
  }
  return false;
}
