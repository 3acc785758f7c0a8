import { measureBounds } from '../../1-pleading/bounds.ts';
import { DIRECTORY_MODE, type TreeEntry, treeEntriesOf } from '../../1-pleading/tree.ts';
import type { RepositoryFault } from '../../ports.ts';
import { fail, type ObjectId, ok, type Result } from '../../primitives.ts';
import { gapOf } from './faults.ts';
import type { Workplace } from './workplace.ts';

/** @returns the entries of a tree, 'too-large' past the bound, or the fault of a missing one. */
export async function readTree(
  id: ObjectId,
  place: Workplace,
): Promise<Result<readonly TreeEntry[] | 'too-large', RepositoryFault>> {
  const body = await place.objects.contents(id, measureBounds.treeBytesMax);
  if (body === 'too-large') return ok('too-large');
  const entries =
    typeof body === 'string' ? null : treeEntriesOf(body, place.format === 'sha1' ? 20 : 32);
  return entries === null ? fail(gapOf(id, place.partialClone)) : ok(entries);
}

/** Directories of a tree as they were asked for; those that do not exist are left out. */
export interface TreeListings {
  readonly listings: ReadonlyMap<string, readonly TreeEntry[]>;
  /** Directories that were too large or too many to list. */
  readonly left: readonly string[];
}

/** Lists directories of a tree, level by level. A directory needs its parents among those wanted. */
export async function listDirectories(
  root: ObjectId,
  wanted: ReadonlySet<string>,
  place: Workplace,
): Promise<Result<TreeListings, RepositoryFault>> {
  const listings = new Map<string, readonly TreeEntry[]>();
  const left: string[] = [];
  let level: readonly (readonly [string, ObjectId])[] = wanted.size > 0 ? [['', root]] : [];
  while (level.length > 0) {
    const room = measureBounds.treesMax - listings.size;
    left.push(...level.slice(room).map(([directory]) => directory));
    const next: (readonly [string, ObjectId])[] = [];
    const answers = await Promise.all(
      level
        .slice(0, room)
        .map(async ([directory, id]) => ({ directory, tree: await readTree(id, place) })),
    );
    for (const { directory, tree } of answers) {
      if (!tree.ok) return tree;
      if (tree.value === 'too-large') {
        left.push(directory);
        continue;
      }
      listings.set(directory, tree.value);
      for (const entry of tree.value) {
        const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
        if (entry.mode === DIRECTORY_MODE && wanted.has(path)) next.push([path, entry.id]);
      }
    }
    level = next;
  }
  return ok({ listings, left });
}
