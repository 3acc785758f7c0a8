import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, and leaves one that is there as it is. Node's own way asks for ever
 * where a folder can neither be found nor made, as below /proc; here each folder is tried once.
 *
 * @param mode of the folders that are made.
 * @throws what the system says, with its code.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Somebody else made it meanwhile, or it is a link to a folder.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Writes a file that is not there yet: it is whole and on the disk when this returns, or it is not there.
 * Half a file would be taken for a whole one, and be in the way of the next try.
 *
 * @param parts written one by one, so that they need not fit into memory together.
 * @throws what the system says, with its code: EEXIST where there is something already.
 */
export function writeNewFile(
  file: string,
  parts: Iterable<string | Uint8Array>,
  mode = 0o666,
): void {
  const handle = openSync(file, 'wx', mode);
  try {
    try {
      // A single write may take a part alone where the disk is full, and say nothing.
      for (const part of parts) writeFileSync(handle, part);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}
