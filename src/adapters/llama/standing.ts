import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';

/** Which file stands at a path, in which state: who writes into it, or moves it, changes that. */
export interface Standing {
  readonly file: string;
  readonly as: string;
}

/** @param opened the file that was found there. */
export async function standingOf(file: string, opened: FileHandle): Promise<Standing> {
  return { file, as: stateOf(await opened.stat({ bigint: true })) };
}

/** Whether the path still leads to the very file, untouched. */
export async function stillStands({ file, as }: Standing): Promise<boolean> {
  const found = await lstat(file, { bigint: true }).catch(() => null);
  return found !== null && stateOf(found) === as;
}

const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');
