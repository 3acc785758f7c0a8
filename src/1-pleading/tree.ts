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
  let position = 0;
  while (position < bytes.length) {
    const space = bytes.indexOf(0x20, position);
    const end = space < 0 ? -1 : bytes.indexOf(0, space);
    if (end < 0 || end + 1 + idBytes > bytes.length) return null;
    entries.push({
      mode: bytes.toString('latin1', position, space).replace(/^0+/, ''),
      name: pathTextOf(bytes.toString('latin1', space + 1, end)).text,
      id: bytes.toString('hex', end + 1, end + 1 + idBytes) as ObjectId,
    });
    position = end + 1 + idBytes;
  }
  return entries;
}
