import { measureBounds } from '../../1-pleading/bounds.ts';
import type { FileChange, Incomplete, InspectedFile } from '../../1-pleading/change.ts';
import { fileChangeOf } from '../../1-pleading/file-change.ts';
import { isInspected } from '../../1-pleading/inspected.ts';
import { collisionsOf, directoriesOf, shadowsOf } from '../../1-pleading/look-alikes.ts';
import { type MeasuredEntry, needsPatch, wholeSideOf } from '../../1-pleading/measured-entry.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { fail, type ObjectId, ok, type Result } from '../../primitives.ts';
import { type BlobLedger, blobLedger } from './blob-ledger.ts';
import { gapOf } from './faults.ts';
import { listDirectories } from './trees.ts';
import { readWholes } from './wholes.ts';
import type { Workplace } from './workplace.ts';

/** The net change: every path, the texts examination reads, and names that mislead. */
export interface MeasuredFiles {
  readonly headTree: ObjectId;
  readonly files: readonly FileChange[];
  readonly inspected: readonly InspectedFile[];
  readonly collisions: readonly (readonly [string, string])[];
  readonly shadows: readonly (readonly [string, string])[];
  readonly incomplete: readonly Incomplete[];
}

const DOING = 'measuring the change';

const SUBMODULE_MODE = '160000';

/** Measures the net change between merge base and head; blobs are asked for while git still compares. */
export async function measureFiles(
  range: Pick<ResolvedRange, 'mergeBase' | 'head'>,
  place: Workplace,
): Promise<Result<MeasuredFiles, RepositoryFault>> {
  const blobs = blobLedger(place);
  const incomplete: Incomplete[] = [];
  const headTree = place.objects.info(`${range.head}^{tree}`);
  const diff = await measureEntries(range, blobs, incomplete, place);
  if (!diff.ok) return diff;
  const entries = diff.value;
  const root = await headTree;
  if (typeof root === 'string') return fail(gapOf(range.head, place.partialClone));
  const newPaths = entries.filter((entry) => isNewName(entry)).map((entry) => entry.path);
  const wanted = new Set(newPaths.flatMap(directoriesOf));
  const [listed, inspected] = await Promise.all([
    listDirectories(root.id, wanted, place),
    inspect(entries, blobs, incomplete),
    blobs.settle(entries),
  ]);
  if (!listed.ok) return listed;
  for (const path of listed.value.left) {
    incomplete.push({ what: 'too-many-bytes', path, limit: measureBounds.treeBytesMax });
  }
  for (const path of blobs.missingPaths(entries)) {
    incomplete.push({ what: 'blob-missing', path, limit: null });
  }
  return ok({
    headTree: root.id,
    files: entries.map((entry) => fileChangeOf(entry, blobs)),
    inspected,
    collisions: collisionsOf(newPaths, listed.value.listings),
    shadows: shadowsOf(newPaths, listed.value.listings),
    incomplete,
  });
}

const isNewName = (entry: MeasuredEntry) =>
  entry.status === 'added' || entry.status === 'renamed' || entry.status === 'copied';

/**
 * Lists what changed and, at the same time, measures it: what is new or gone from the blobs, what
 * changed on both sides from git's patch. Renames alone and new files need no patch at all, which
 * only the listing tells, so the patch is begun and given up.
 */
async function measureEntries(
  range: Pick<ResolvedRange, 'mergeBase' | 'head'>,
  blobs: BlobLedger,
  incomplete: Incomplete[],
  place: Workplace,
): Promise<Result<readonly MeasuredEntry[], RepositoryFault>> {
  const wholes = readWholes(place);
  let seen = 0;
  const patchIncomplete: Incomplete[] = [];
  const patch = place.diffs.open('listing-and-patch');
  const patches = patch.read(range, patchIncomplete);
  const listed = await place.diffs.open('listing').read(range, incomplete, (entries) => {
    for (; seen < entries.length; seen += 1) {
      const entry = entries[seen] as MeasuredEntry;
      wholes.take(entry);
      blobs.askSizes(entry);
    }
  });
  const patchNeeded = listed.ok && listed.value.some(needsPatch);
  if (!patchNeeded) patch.stop();
  const [patched, fault] = await Promise.all([patches, wholes.settle(incomplete)]);
  if (!listed.ok) return listed;
  if (!patched.ok) return patched;
  if (fault !== null) return fail(fault);
  if (!patchNeeded) return listed;
  incomplete.push(...patchIncomplete);
  return joinPatches(listed.value, patched.value, incomplete.length === 0);
}

/**
 * Puts what the patches amount to in the places that the listing gives. Both come from the same
 * comparison, in the same order.
 *
 * @param whole nothing was cut, so that every patch has to be there.
 */
function joinPatches(
  listed: readonly MeasuredEntry[],
  patched: readonly MeasuredEntry[],
  whole: boolean,
): Result<readonly MeasuredEntry[], RepositoryFault> {
  let next = 0;
  const joined = listed.map((entry) => {
    const twin = wholeSideOf(entry) === null ? patched[next] : undefined;
    if (twin === undefined || twin.path !== entry.path || twin.blobAfter !== entry.blobAfter) {
      return entry;
    }
    next += 1;
    return twin;
  });
  const missing =
    next < patched.length || joined.some((entry, at) => entry === listed[at] && needsPatch(entry));
  if (!whole || !missing) return ok(joined);
  return fail({ kind: 'git-failed', doing: DOING, stderr: 'its listing and its patches differ' });
}

/** Reads both sides of the files that examination looks into; what passes a bound is named. */
async function inspect(
  entries: readonly MeasuredEntry[],
  blobs: BlobLedger,
  incomplete: Incomplete[],
): Promise<readonly InspectedFile[]> {
  const inspected: InspectedFile[] = [];
  let bytesLeft: number = measureBounds.inspectedBytesMax;

  async function side(
    id: ObjectId | null,
    mode: string | null,
    path: string,
  ): Promise<string | null> {
    if (id === null || mode === SUBMODULE_MODE) return null;
    const bytes = await blobs.size(id);
    if (bytes === null) return null;
    if (bytes > measureBounds.inspectedFileBytesMax || bytes > bytesLeft) {
      const limit = Math.min(measureBounds.inspectedFileBytesMax, bytesLeft);
      incomplete.push({ what: 'inspected-file-too-large', path, limit });
      return null;
    }
    bytesLeft -= bytes;
    return (await blobs.read(id, measureBounds.inspectedFileBytesMax))?.toString('utf8') ?? null;
  }

  for (const entry of entries) {
    if (!isInspected(entry.path) && !isInspected(entry.pathBefore ?? entry.path)) continue;
    const [before, after] = await Promise.all([
      side(entry.blobBefore, entry.modeBefore, entry.path),
      side(entry.blobAfter, entry.modeAfter, entry.path),
    ]);
    inspected.push({ path: entry.path, before, after });
  }
  return inspected;
}
