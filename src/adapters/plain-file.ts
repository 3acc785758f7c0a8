import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A pipe has no end until somebody writes, and many a device has none: neither is waited for. */
const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

/** Opened already by whoever called, as `<(gunzip -c …)` of a shell: the other end is theirs, and ends. */
const isHanded = (file: string): boolean =>
  /^(?:\/dev\/stdin|\/(?:dev|proc\/self)\/fd\/\d+)$/.test(file);

/**
 * Opens a file to read it, and nothing that would be waited for but what the caller handed over.
 *
 * @param links whether it may be one.
 * @throws what the system says; as its code, what it is not.
 */
export async function openPlain(file: string, links: 'no link' | 'or link'): Promise<FileHandle> {
  if (links === 'or link' && isHanded(file)) return open(file);
  const opened = await open(file, AT_ONCE | (links === 'no link' ? constants.O_NOFOLLOW : 0));
  if ((await opened.stat()).isFile()) return opened;
  await opened.close();
  throw noPlainFile();
}

/**
 * The text of a file that a person named, links followed.
 *
 * @throws what the system says; as its code, what it is not.
 */
export function textOfPlain(file: string): string {
  if (isHanded(file)) return readFileSync(file, 'utf8');
  const opened = openSync(file, AT_ONCE);
  try {
    if (!fstatSync(opened).isFile()) throw noPlainFile();
    return readFileSync(opened, 'utf8');
  } finally {
    closeSync(opened);
  }
}

/** Why a file that is there was not read; nothing where none is there. */
export function whyUnread(error: unknown): { readonly reason?: string } {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || code === 'ENOENT' ? {} : { reason: code };
}

/** As a code of the system's. */
export const NO_PLAIN_FILE = 'it is no plain file';

const noPlainFile = (): Error => Object.assign(new Error(), { code: NO_PLAIN_FILE });
