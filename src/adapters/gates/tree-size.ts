import type { Launcher } from '../git/launcher.ts';
import { streamGit } from '../git/process.ts';

/** Half of what a gate may take with all that it builds; more files than the largest repositories have. */
const treeMax = { bytes: 4 * 1024 ** 3, files: 1_000_000 } as const;
/** Listing a million files takes seconds. */
const listingMs = 120_000;
const listingBytesMax = 1024 ** 3;

interface Looked {
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  readonly launcher?: Launcher | null;
}

/**
 * Looks how much a checkout would write before anything is written: some kilobytes of objects can stand for
 * more files than a disk holds, or for one file of zeros under a thousand names.
 *
 * @throws where it would be too much, or git cannot tell.
 */
export async function mustFit(
  { repository, env, launcher = null }: Looked,
  commit: string,
  most: { readonly bytes: number; readonly files: number } = treeMax,
): Promise<void> {
  let bytes = 0;
  let files = 0;
  let rest = '';
  const isTooMuch = () => bytes > most.bytes || files > most.files;
  const words = ['ls-tree', '-r', '-l', '-z', '--full-tree', '--end-of-options', commit];
  const run = {
    args: ['-C', repository, ...words],
    ...{ env, limitMs: listingMs, bytesMax: listingBytesMax, launcher },
  };
  const end = await streamGit(run, (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\0');
    rest = lines.pop() ?? '';
    files += lines.length;
    // MODE TYPE ID SIZE: a submodule has none.
    for (const line of lines) bytes += Number(/^\d+ blob [0-9a-f]+ +(\d+)\t/.exec(line)?.[1] ?? 0);
    return isTooMuch() ? 'stop' : undefined;
  });
  if (isTooMuch()) {
    const said = `${most.bytes / 1024 ** 3} GiB or ${most.files} files`;
    throw new Error(`a checkout would be larger than ${said}, and nothing of it was written`);
  }
  if (end.code !== 0) throw new Error(end.stderr.trim() || `git ls-tree ${end.ended}`);
}
