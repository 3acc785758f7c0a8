import { DIRECTORY_MODE } from '../../1-pleading/tree.ts';
import type { Presence, RepositoryFault } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { gapOf } from './faults.ts';
import { listDirectories } from './trees.ts';
import type { Workplace } from './workplace.ts';

const SUBMODULE_MODE = '160000';

/** What stands at the paths in the tree of a commit; those where nothing does are left out. */
export async function presentPaths(
  commit: CommitSha,
  paths: readonly string[],
  place: Workplace,
): Promise<Result<ReadonlyMap<string, Presence>, RepositoryFault>> {
  const { objects, partialClone } = place;
  const root = await objects.info(`${commit}^{tree}`);
  if (typeof root === 'string') return fail(gapOf(commit, partialClone));
  const wanted = new Set(paths);
  const listed = await listDirectories(root.id, new Set(paths.flatMap(foldersAbove)), place);
  if (!listed.ok) return listed;
  const present = new Map<string, Presence>();
  for (const [folder, entries] of listed.value.listings)
    for (const { name, mode } of entries) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (wanted.has(path)) present.set(path, presenceOf(mode));
    }
  // A folder of more names than are listed: git finds a single one of them, but no submodule.
  const left = new Set(listed.value.left);
  const unlisted = paths.filter((path) => foldersAbove(path).some((above) => left.has(above)));
  const infos = await Promise.all(unlisted.map((path) => objects.info(`${root.id}:${path}`)));
  for (const [at, path] of unlisted.entries()) {
    const info = infos[at];
    if (info !== undefined && typeof info !== 'string')
      present.set(path, info.type === 'tree' ? 'folder' : 'file');
  }
  return ok(present);
}

/** Of `a/b/c`: the root, `a` and `a/b`. */
const foldersAbove = (path: string): readonly string[] =>
  path.split('/').map((_, at, segments) => segments.slice(0, at).join('/'));

function presenceOf(mode: string): Presence {
  if (mode === SUBMODULE_MODE) return 'submodule';
  return mode === DIRECTORY_MODE ? 'folder' : 'file';
}
