import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder upwards that holds `.git`; null where there is none or the folder does not exist. */
export function repositoryRoot(directory: string): string | null {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  if (stats === undefined || !(stats.isDirectory() || stats.isSymbolicLink())) return null;
  let folder = directory;
  while (lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) === undefined) {
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
  return folder;
}
