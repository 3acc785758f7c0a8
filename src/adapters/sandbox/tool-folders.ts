import { readdirSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative, resolve } from 'node:path';

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

/** Where tools keep tokens and keys beside themselves, by the names that they have. */
const secretNames =
  /^(?:\.(?:aws|azure|config|docker|env|git-credentials|gnupg|kube|netrc|npmrc|pypirc|ssh)|(?:auth|credentials)(?:\.\w+)?)$/;

/**
 * What of a folder of tools is not for gates: what has the name of a secret, and files that their owner
 * keeps from everyone else and that are no programs.
 *
 * @returns paths of files and folders directly in it; none where it cannot be read.
 */
export function secretsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => secretNames.test(name) || isKeptPrivate(join(folder, name)))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** No rights of others on it, and none to run it. */
const privateBits = 0o177;

function isKeptPrivate(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & privateBits) === 0;
}
