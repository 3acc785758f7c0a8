import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const memory = '/dev/shm';
/** More than all tests together hold at any time. */
const bytesMin = 6 * 1024 ** 3;

/**
 * Where tests put their repositories and ledgers: in memory where there is room, since most of their time
 * goes into small files and their fsyncs.
 */
function temporaryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize >= bytesMin) {
      const folder = mkdtempSync(join(memory, 'arbiter-tests-'));
      // Programs of other users are tested in it, too, as in any folder for temporary files.
      chmodSync(folder, 0o755);
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      return folder;
    }
  } catch {
    // Not every system has it.
  }
  return tmpdir();
}

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    maxWorkers: '100%',
    // A busy machine makes nothing fail; what hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { TMPDIR: temporaryFolder() },
  },
});
