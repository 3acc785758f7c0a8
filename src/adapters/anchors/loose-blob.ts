import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { makeFolder } from '../new-file.ts';

/**
 * A ref and small blobs as git keeps them one by one, read and written without a process. Whatever is not
 * plainly so (packed, linked, shared, kept elsewhere) is answered with null: git itself has to be asked.
 */

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** A deflated text is at most this much longer than the text, at the sizes that marks have. */
const OVERHEAD_BYTES = 256;

/** @returns the object id that a plain file under the git folder holds, or null. */
export function looseRef(gitDirectory: string, ref: string): string | null {
  const id = readUpTo(join(gitDirectory, ref), OVERHEAD_BYTES)?.toString('latin1').trimEnd();
  if (id === undefined || !OBJECT_ID.test(id)) return null;
  // Refs in tables leave files under refs/ without a meaning.
  return statSync(join(gitDirectory, 'reftable'), { throwIfNoEntry: false }) === undefined
    ? id
    : null;
}

/**
 * Points a ref that `looseRef` read to another object, as git does: under the lock that git takes, and
 * not flushed.
 *
 * @returns false where git has to do it.
 */
export function moveLooseRef(gitDirectory: string, ref: string, id: string): boolean {
  const file = join(gitDirectory, ref);
  const lock = `${file}.lock`;
  // What moves is written down in a log, once there is one.
  if (lstatSync(join(gitDirectory, 'logs', ref), { throwIfNoEntry: false }) !== undefined)
    return false;
  if (isShared(dirname(file))) return false;
  try {
    writeFileSync(lock, `${id}\n`, { flag: 'wx' });
  } catch {
    // Somebody else holds it, for whom git waits.
    return false;
  }
  try {
    // Under the lock nobody packs it or makes it a link.
    if (looseRef(gitDirectory, ref) === null) throw new Error('it is no plain file any more');
    renameSync(lock, file);
    return true;
  } catch {
    rmSync(lock, { force: true });
    return false;
  }
}

/** Whether a group writes there, and needs the modes that git gives: only git knows its settings. */
const isShared = (folder: string) => (statSync(folder).mode & 0o2020) !== 0;

/** @returns the content of a loose blob that is what its id names, or null. */
export function readLooseBlob(gitDirectory: string, id: string, bytesMax: number): Buffer | null {
  const packed = readUpTo(fileOf(gitDirectory, id), bytesMax + OVERHEAD_BYTES);
  if (packed === null) return null;
  try {
    const object = inflateSync(packed, { maxOutputLength: bytesMax + OVERHEAD_BYTES });
    const headEnd = object.indexOf(0);
    const content = object.subarray(headEnd + 1);
    if (object.toString('latin1', 0, headEnd) !== `blob ${content.length}`) return null;
    return idOf(object, id.length) === id ? content : null;
  } catch {
    return null;
  }
}

/**
 * Writes a blob as a loose object. As in git, it is not flushed: what counts on it, counts on its ref.
 *
 * @param idLength hexadecimal digits of the repository's object ids: 40 or 64.
 * @returns its id, or null where git has to write it.
 */
export function writeLooseBlob(
  gitDirectory: string,
  content: Buffer,
  idLength: number,
): string | null {
  const object = Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]);
  const id = idOf(object, idLength);
  const file = fileOf(gitDirectory, id);
  const objects = join(gitDirectory, 'objects');
  const draft = join(objects, `tmp_obj_${randomBytes(6).toString('hex')}`);
  try {
    if (isShared(objects)) return null;
    writeFileSync(draft, deflateSync(object), { flag: 'wx', mode: 0o444 });
    makeFolder(dirname(file));
    renameSync(draft, file);
    return id;
  } catch {
    rmSync(draft, { force: true });
    return null;
  }
}

function idOf(object: Buffer, idLength: number): string {
  return createHash(idLength === 40 ? 'sha1' : 'sha256')
    .update(object)
    .digest('hex');
}

function fileOf(gitDirectory: string, id: string): string {
  return join(gitDirectory, 'objects', id.slice(0, 2), id.slice(2));
}

/** @returns the bytes of a plain file, or null where it is none, is a link or is longer. */
function readUpTo(file: string, bytesMax: number): Buffer | null {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = openSync(file, flags);
    try {
      const buffer = Buffer.alloc(bytesMax + 1);
      const bytes = readSync(handle, buffer, 0, buffer.length, 0);
      return bytes > bytesMax ? null : buffer.subarray(0, bytes);
    } finally {
      closeSync(handle);
    }
  } catch {
    return null;
  }
}
