/** Where tests keep what they write. */
import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Container engines give 64 MB where nobody asks for more, which is too little. */
const bytesMin = 2 * 1024 ** 3;

/**
 * A folder in memory where the machine has a roomy one: nothing here survives a test, so that waiting for
 * a disk shows nothing.
 */
export function scratchFolder(folder = '/dev/shm'): string {
  if (!existsSync(folder)) return tmpdir();
  const { bsize, bavail } = statfsSync(folder);
  return bsize * bavail >= bytesMin ? folder : tmpdir();
}
