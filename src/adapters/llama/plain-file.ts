import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

/**
 * Opens a file to read it, and nothing that would be waited for: a pipe has no end until somebody writes.
 *
 * @param links whether it may be one.
 * @throws what the system says; as its code, what it is not.
 */
export async function openPlain(file: string, links: 'no link' | 'or link'): Promise<FileHandle> {
  const unlinked = links === 'no link' ? constants.O_NOFOLLOW : 0;
  const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | unlinked);
  if ((await opened.stat()).isFile()) return opened;
  await opened.close();
  throw Object.assign(new Error(), { code: 'it is no plain file' });
}

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
