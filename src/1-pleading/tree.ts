import type { ObjectId } from '../primitives.ts';
import { pathTextOf } from './path-text.ts';

/** One name in a directory of a tree. */
export interface TreeEntry {
  /** As git writes it: `40000` a directory, `120000` a symlink, `160000` a submodule. */
  readonly mode: string;
  readonly name: string;
  readonly id: ObjectId;
}

export const DIRECTORY_MODE = '40000';

/**
 * The entries of a tree object.
 *
 * @param idBytes 20 for SHA-1, 32 for SHA-256.
 * @returns null where the bytes are no tree.
 */
export function treeEntriesOf(bytes: Buffer, idBytes: number): readonly TreeEntry[] | null {
  const entries: TreeEntry[] = [];
  // Cut out of two texts of the whole: three conversions for each of thousands of entries took three
  // times as long.
  const text = bytes.toString('latin1');
  const hex = bytes.toString('hex');
  let position = 0;
  while (position < text.length) {
    const space = text.indexOf(' ', position);
    const end = space < 0 ? -1 : text.indexOf('\0', space);
    const next = end + 1 + idBytes;
    if (end < 0 || next > text.length) return null;
    entries.push({
      mode: modeOf(text.slice(position, space)),
      name: pathTextOf(text.slice(space + 1, end)).text,
      id: hex.slice(2 * (end + 1), 2 * next) as ObjectId,
    });
    position = next;
  }
  return entries;
}

/** Some tools once wrote modes with a zero in front. */
const modeOf = (written: string): string =>
  written.startsWith('0') ? written.replace(/^0+/, '') : written;
