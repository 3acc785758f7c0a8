import { measureBounds } from '../../1-pleading/bounds.ts';
import { type CommitSha, commitSha } from '../../primitives.ts';
import type { ObjectSource } from './objects.ts';

/**
 * How far a line of commits is followed object by object; so many questions cost less than one more
 * process, and most branches are shorter.
 */
const STEPS_MAX = 8;

/**
 * The merge base where both histories run in one line until they meet: then everything that both
 * have is what that commit has, and no other can be a merge base.
 *
 * @returns null where they do not meet so within a few commits, which says nothing of further ones.
 */
export async function meetInOneLine(
  base: CommitSha,
  head: CommitSha,
  objects: ObjectSource,
): Promise<CommitSha | null> {
  const [bases, heads] = [[base], [head]];
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const met = heads.find((commit) => bases.includes(commit));
    if (met !== undefined) return met;
    const grown = await Promise.all([bases, heads].map((line) => followOnlyParent(line, objects)));
    if (!grown.includes(true)) return null;
  }
  return null;
}

/** Adds the parent of a line's last commit. @returns false where that has none or several. */
async function followOnlyParent(line: CommitSha[], objects: ObjectSource): Promise<boolean> {
  const parents = await parentsOf(line.at(-1) as CommitSha, objects);
  const [only] = parents ?? [];
  if (only === undefined || parents?.length !== 1) return false;
  line.push(only);
  return true;
}

/** The first commit that a short line of first parents ends in, or null where it is longer. */
export async function rootNearby(
  start: CommitSha,
  objects: ObjectSource,
): Promise<CommitSha | null> {
  let commit = start;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const parents = await parentsOf(commit, objects);
    if (parents === null) return null;
    const [first] = parents;
    if (first === undefined) return commit;
    commit = first;
  }
  return null;
}

/** The parents that a commit's object names right behind its tree; null where it is no commit. */
async function parentsOf(
  commit: CommitSha,
  objects: ObjectSource,
): Promise<readonly CommitSha[] | null> {
  const body = await objects.contents(commit, measureBounds.messageBytesMax);
  if (typeof body === 'string') return null;
  const headEnd = body.indexOf('\n\n');
  const lines = body.toString('latin1', 0, headEnd < 0 ? body.length : headEnd).split('\n');
  if (!/^tree [0-9a-f]+$/.test(lines[0] as string)) return null;
  const parents: CommitSha[] = [];
  for (const line of lines.slice(1)) {
    if (!line.startsWith('parent ')) break;
    const parent = commitSha(line.slice('parent '.length));
    if (parent === undefined) return null;
    parents.push(parent);
  }
  return parents;
}
