/** The files of a change as GitHub lists them, read from git. */
import { git } from './git.ts';
import { repositoryApi, repositoryPage } from './shapes/repository.ts';
import type { Repository } from './state.ts';
import type { World } from './world.ts';

export interface DiffFile {
  readonly path: string;
  readonly before: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  /** The blob after the change, or before it where the file is gone. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch: string | null;
}

/** GitHub shows no patch beyond about this size. */
const patchCharactersMax = 20_000;

const plain = ['--no-ext-diff', '--no-textconv', '--find-renames=50%', '--full-index'];

/** @param range two revisions, or one `A...B`. */
export async function diffFiles(
  repository: Repository,
  range: readonly string[],
): Promise<readonly DiffFile[]> {
  const diff = ['diff', ...plain, '-z'];
  const [raw, counted, patches] = await Promise.all([
    git(repository.folder, [...diff, '--raw', '--no-abbrev', ...range]),
    git(repository.folder, [...diff, '--numstat', ...range]),
    git(repository.folder, ['diff', ...plain, '--patch', ...range]),
  ]);
  const counts = countsOf(counted.split('\0'));
  const hunks = patchesOf(patches);
  return rawFiles(raw.split('\0')).map((file, at) => ({
    ...file,
    ...(counts[at] ?? { additions: 0, deletions: 0 }),
    patch: hunks[at] ?? null,
  }));
}

type RawFile = Omit<DiffFile, 'additions' | 'deletions' | 'patch'>;

function rawFiles(parts: readonly string[]): readonly RawFile[] {
  const files: RawFile[] = [];
  for (let at = 0; at < parts.length; ) {
    const match = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/.exec(parts[at] ?? '');
    if (match === null) break;
    const [, old = '', fresh = '', letter = ''] = match;
    const renamed = letter === 'R' || letter === 'C';
    const before = parts[at + 1] ?? '';
    const path = renamed ? (parts[at + 2] ?? '') : before;
    const status = statuses[letter] ?? 'modified';
    files.push({
      path,
      before: renamed ? before : null,
      status,
      sha: status === 'removed' ? old : fresh,
    });
    at += renamed ? 3 : 2;
  }
  return files;
}

const statuses: Readonly<Record<string, DiffFile['status']>> = {
  A: 'added',
  D: 'removed',
  R: 'renamed',
};

function countsOf(parts: readonly string[]) {
  const counts: { additions: number; deletions: number }[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(parts[at] ?? '');
    if (match === null) continue;
    const number = (shown: string | undefined) => (shown === '-' ? 0 : Number(shown));
    counts.push({ additions: number(match[1]), deletions: number(match[2]) });
    if (match[3] === '') at += 2;
  }
  return counts;
}

/** The hunks of each file, in the order of the files; null where there are none to show. */
function patchesOf(text: string): readonly (string | null)[] {
  return text
    .split(/^diff --git .*\n/m)
    .slice(1)
    .map((part) => {
      const from = part.search(/^@@ /m);
      if (from < 0 || part.length > patchCharactersMax) return null;
      return part.slice(from).replace(/\n$/, '');
    });
}

export function fileShape(world: World, repository: Repository, head: string, file: DiffFile) {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const page = repositoryPage(world, repository);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${head}/${path}`,
    raw_url: `${page}/raw/${head}/${path}`,
    contents_url: `${repositoryApi(world, repository)}/contents/${path}?ref=${head}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.before === null ? {} : { previous_filename: file.before }),
  };
}

export const textOfDiff = (repository: Repository, range: string): Promise<string> =>
  git(repository.folder, ['diff', ...plain, '--patch', range]);
