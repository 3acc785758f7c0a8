import { sha256Of } from '../ledger/entry.ts';
import type { Digest } from '../primitives.ts';
import type { FileChange } from './change.ts';

type Identity = Pick<
  FileChange,
  'path' | 'pathBefore' | 'pathIsLossy' | 'modeBefore' | 'modeAfter' | 'blobBefore' | 'blobAfter'
>;

/**
 * sha256 over the canonical list of what each path was and is: names, modes and blobs. Two changes
 * with the same digest turn the same tree into the same tree, however they were made.
 */
export function changeDigest(files: readonly Identity[]): Digest {
  const list = files.map((file) => [
    file.path,
    file.pathBefore,
    file.pathIsLossy,
    file.modeBefore,
    file.modeAfter,
    file.blobBefore,
    file.blobAfter,
  ]);
  // Of arrays of strings, booleans and null, JSON.stringify already is the canonical form (RFC 8785).
  return sha256Of(JSON.stringify(list));
}
