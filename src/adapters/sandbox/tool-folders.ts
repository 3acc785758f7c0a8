import { statSync } from 'node:fs';
import { delimiter, isAbsolute, relative, resolve } from 'node:path';

/** Read in any case, or never part of a toolchain. */
const known = /^\/(?:usr|bin|sbin|lib|proc|sys|run)(?:\/|$)/;

/**
 * Folders outside the system's own that gates may read, because programs stand there: those of
 * `ARBITER_GATE_TOOLS`, then those of PATH. A folder that holds somebody's home, or is one, is none.
 */
export function toolFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  const homes = ['/root', '/home', '/Users', environment['HOME'] ?? '/root'].map((home) =>
    resolve(home),
  );
  const named = [environment['ARBITER_GATE_TOOLS'], environment['PATH']]
    .flatMap((list) => (list ?? '').split(delimiter))
    .filter((folder) => isAbsolute(folder) && !known.test(folder))
    .map((folder) => resolve(folder));
  return [...new Set(named)].filter(
    (folder) => !homes.some((home) => holds(folder, home)) && isFolder(folder),
  );
}

/** Whether the one is the other or lies above it. */
const holds = (folder: string, inner: string): boolean => !relative(folder, inner).startsWith('..');

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
