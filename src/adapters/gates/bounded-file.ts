import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { staysInside } from '../../1-pleading/evidence-path.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';

/** Why a file of a stranger's folder was not read; `absent` alone means that there is none. */
export interface FileFault {
  readonly kind: 'absent' | 'refused' | 'too-large' | 'unreadable';
  readonly detail: string;
}

export interface BoundedFile {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/**
 * Reads one regular file below a folder that someone else may write to, also while it is read.
 *
 * Neither the file nor a folder on the way may be a link. Names are checked twice: before opening, and
 * after it by comparing the open file with the one that the real path names, so that a folder swapped
 * for a link in between changes nothing. Pipes and devices are refused without waiting for them.
 *
 * Its calls are synchronous: a report is read in some hundred µs, and to load `node:fs/promises` takes
 * several ms of every start.
 *
 * @param path relative, with `/`.
 */
export function readBoundedFile(
  folder: string,
  path: string,
  bytesMax: number,
): Result<BoundedFile, FileFault> {
  if (!staysInside(path)) return refused('the path may leave its folder');
  let file: number | undefined;
  try {
    const real = join(realpathSync.native(folder), path);
    // Opening a device could have an effect of its own, so its kind is looked at first.
    const named = lstatSync(real);
    if (named.isSymbolicLink()) return refused('a symbolic link');
    if (!named.isFile()) return refused('not a regular file');
    file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = fstatSync(file);
    if (!opened.isFile() || !isTheFileAt(real, opened))
      return refused('a link, or exchanged while it was read');
    if (opened.size > bytesMax) return tooLarge(bytesMax);
    const bytes = readUpTo(file, bytesMax + 1);
    if (bytes.length > bytesMax) return tooLarge(bytesMax);
    const sum = createHash('sha256').update(bytes).digest('hex');
    return ok({ bytes, digest: `sha256:${sum}` as Digest });
  } catch (error) {
    return fail(faultOf(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function isTheFileAt(path: string, opened: Stats): boolean {
  if (realpathSync.native(path) !== path) return false;
  const there = lstatSync(path);
  return there.dev === opened.dev && there.ino === opened.ino;
}

/** A file that grows while it is read ends at the bound. */
function readUpTo(file: number, bytesMax: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < bytesMax) {
    const buffer = Buffer.allocUnsafe(Math.min(65_536, bytesMax - length));
    const bytesRead = readSync(file, buffer, 0, buffer.length, length);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}

function faultOf(error: unknown): FileFault {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', detail: 'no such file' };
  if (code === 'ELOOP') return { kind: 'refused', detail: 'a symbolic link' };
  return { kind: 'unreadable', detail: code };
}

const refused = (detail: string) => fail({ kind: 'refused', detail } as const);
const tooLarge = (bytesMax: number) =>
  fail({ kind: 'too-large', detail: `over ${bytesMax} bytes` } as const);
