import { measureBounds } from '../../1-pleading/bounds.ts';
import type { FileChange, Incomplete, InspectedFile } from '../../1-pleading/change.ts';
import { changeDigest } from '../../1-pleading/change-digest.ts';
import { fileChangeOf } from '../../1-pleading/file-change.ts';
import { isInspected } from '../../1-pleading/inspected.ts';
import { collisionsOf, directoriesOf, shadowsOf } from '../../1-pleading/look-alikes.ts';
import { inOrder, type MeasuredEntry } from '../../1-pleading/measured-entry.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type Digest, fail, type ObjectId, ok, type Result } from '../../primitives.ts';
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
  readonly digest: Digest;
}

const SUBMODULE_MODE = '160000';

/**
 * Measures the net change between merge base and head. The listing comes first; what follows from it
 * (blobs, directories, texts that examination reads) is asked for while git still compares lines.
 */
export async function measureFiles(
  range: Pick<ResolvedRange, 'mergeBase' | 'head'>,
  place: Workplace,
): Promise<Result<MeasuredFiles, RepositoryFault>> {
  const blobs = blobLedger(place);
  const wholes = readWholes(place);
  const headTree = place.objects.info(`${range.head}^{tree}`);
  const [whole, patched] = [place.diffs.open('listing'), place.diffs.open('listing-and-patch')];
  const cut: Incomplete[] = [];
  const took = (entry: MeasuredEntry): void => {
    wholes.take(entry);
    blobs.askSizes(entry);
  };
  const runs = Promise.all([whole.read(range, cut, took), patched.read(range, cut, took)]);
  // What is thrown while it runs is met below, where it is waited for.
  runs.catch(() => undefined);
  const entries = inOrder(await whole.listed, await patched.listed);
  const [surroundings, fault, read] = await Promise.all([
    lookAround(entries, headTree, blobs, { range, place }),
    wholes.settle(cut),
    runs,
  ]);
  for (const run of read) if (!run.ok) return run;
  if (!surroundings.ok) return surroundings;
  if (fault !== null) return fail(fault);
  if (entries.length > measureBounds.filesMax && cut.length === 0) {
    cut.push({ what: 'too-many-files', path: null, limit: measureBounds.filesMax });
  }
  await blobs.settle(entries);
  const missing = blobs
    .missingPaths(entries)
    .map((path): Incomplete => ({ what: 'blob-missing', path, limit: null }));
  return ok({
    ...surroundings.value,
    files: entries.map((entry) => fileChangeOf(entry, blobs)),
    incomplete: [...cut, ...surroundings.value.incomplete, ...missing],
  });
}

const isNewName = (entry: MeasuredEntry) =>
  entry.status === 'added' || entry.status === 'renamed' || entry.status === 'copied';

/** What follows from the listing alone: names that mislead, texts to read, and the change's digest. */
async function lookAround(
  listed: readonly MeasuredEntry[],
  headTree: ReturnType<Workplace['objects']['info']>,
  blobs: BlobLedger,
  { range, place }: { readonly range: Pick<ResolvedRange, 'head'>; readonly place: Workplace },
): Promise<Result<Omit<MeasuredFiles, 'files'>, RepositoryFault>> {
  const root = await headTree;
  if (typeof root === 'string') return fail(gapOf(range.head, place.partialClone));
  const incomplete: Incomplete[] = [];
  const newPaths = listed.filter(isNewName).map((entry) => entry.path);
  const [directories, inspected] = await Promise.all([
    listDirectories(root.id, directoriesOf(newPaths), place),
    inspect(listed, blobs, incomplete),
  ]);
  if (!directories.ok) return directories;
  const { listings, left } = directories.value;
  for (const path of left) {
    incomplete.push({ what: 'too-many-bytes', path, limit: measureBounds.treeBytesMax });
  }
  return ok({
    headTree: root.id,
    inspected,
    collisions: collisionsOf(newPaths, listings),
    shadows: shadowsOf(newPaths, listings),
    incomplete,
    digest: changeDigest(listed),
  });
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
    const { path, pathBefore } = entry;
    if (!isInspected(path) && (pathBefore === null || !isInspected(pathBefore))) continue;
    const [before, after] = await Promise.all([
      side(entry.blobBefore, entry.modeBefore, entry.path),
      side(entry.blobAfter, entry.modeAfter, entry.path),
    ]);
    inspected.push({ path: entry.path, before, after });
  }
  return inspected;
}
