import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const memory = '/dev/shm';
/** More than all tests together hold at any time. */
const bytesMin = 6 * 1024 ** 3;

/** Memory where there is room, since most of the time of tests goes into small files and their fsyncs. */
function placeOfFolders(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= bytesMin ? memory : tmpdir();
  } catch {
    // Not every system has it.
    return tmpdir();
  }
}

/** Where tests put their repositories and ledgers; what they leave there goes with it when all are done. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(placeOfFolders(), 'arbiter-tests-'));
  // Programs of other users are tested in it, too, as in any folder for temporary files.
  chmodSync(folder, 0o755);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const folder = temporaryFolder();
const root = join(import.meta.dirname, '..');

/** Where tests start the most programs, in this order; the rest comes after them. */
const startsMany = [
  ...['adapters/gates', 'adapters/sandbox', 'adapters/suites', 'app', 'demo', 'stories', 'cli'],
  ...['adapters/git', 'adapters/github', 'adapters/audit', 'attacks', 'browser', 'runner-setup'],
].map((name) => `test/${name}/`);

/**
 * To start a program copies the page tables of whoever starts it, a fifth of all the time of these tests where
 * their process is large. It grows with each file, so what starts most comes first.
 */
class WhileSmall extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId }: TestSpecification) => {
      const at = startsMany.findIndex((place) => relative(root, moduleId).startsWith(place));
      return at < 0 ? startsMany.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => turn(one) - turn(other));
  }
}

export default defineConfig({
  root,
  test: {
    // One more than there are cores: each waits a fifth of its time, for git, a browser or a disk.
    maxWorkers: availableParallelism() + 1,
    // Files share what is loaded, a third of the time otherwise: none may leave anything changed behind.
    isolate: false,
    sequence: { sequencer: WhileSmall },
    // A busy machine makes nothing fail; what hangs still ends.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    // Processes that tests start compile what they have in common once.
    env: { TMPDIR: folder, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  },
});
