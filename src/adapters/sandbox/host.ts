import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type RunnerHost, validate } from '../../caws/generated/runner-host.js';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { CacheFolder } from '../gates/cache-store.ts';

export type { IsolationProgram, RunnerHost } from '../../caws/generated/runner-host.js';

/** A place that no workflow and no policy can name another for. */
const HOST_FILE = '/etc/caws-arbiter/host.json';
const HOST_BYTES_MAX = 64 * 1024;

/**
 * Reads what the operator says of this machine. Where there is no such file nothing is said.
 *
 * @returns else why it does not count: a file that others may write is not the operator's word.
 */
export async function readHost(file: string = HOST_FILE): Promise<Result<RunnerHost, string>> {
  const no = (why: string) => fail(`${file}: ${why}`);
  try {
    await using opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const found = await opened.stat();
    if (!found.isFile()) return no('not a file');
    if (!isOperators(found)) return no('others than root may write it: chown root, chmod 644');
    if (found.size > HOST_BYTES_MAX) return no(`over ${HOST_BYTES_MAX} bytes`);
    const loose = await looseFolderAbove(file);
    if (loose !== null) return no(`others than root may write ${loose}: chown root, chmod go-w`);
    const text = await opened.readFile('utf8');
    const json = readStrictJson(text, { charactersMax: HOST_BYTES_MAX, depthMax: 6 });
    if (!json.ok) return no(`no JSON (${json.fault.kind})`);
    if (validate(json.value)) return ok(json.value as RunnerHost);
    const { instancePath = '', keyword = '' } = validate.errors?.[0] ?? {};
    return no(`${instancePath || 'it'} breaks the schema's ${keyword}`.slice(0, 200));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' ? ok({ version: 1 }) : no(code ?? String(error));
  }
}

/** Where gates may keep folders between runs; null: nowhere. */
export const cacheFolderOf = ({ caches }: RunnerHost): CacheFolder | null =>
  caches === undefined ? null : { folder: caches.folder, bytesMax: caches.max_bytes };

/** Root's or of whoever runs gates, and nobody else may write it. */
export const isOperators = ({ uid, mode }: Stats): boolean =>
  (uid === 0 || uid === process.geteuid?.()) && (mode & 0o022) === 0;

/** Where nobody may touch what is another's, as in /tmp. */
const STICKY = 0o1000;

/**
 * The first folder on the way to a file in which others could put another one in its place; null: there is
 * none. Both ways count, the one that is named and the one that its links lead.
 */
export async function looseFolderAbove(file: string): Promise<string | null> {
  for (const way of [file, await realpath(file)])
    for (let folder = dirname(way); ; folder = dirname(folder)) {
      const found = await lstat(folder);
      const isShared = found.isDirectory() && (found.mode & STICKY) !== 0 && found.uid === 0;
      // Of a link only whoever may write beside it can make another.
      if (!isShared && !found.isSymbolicLink() && !isOperators(found)) return folder;
      if (folder === '/') break;
    }
  return null;
}
