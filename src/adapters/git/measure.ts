import { measureBounds } from '../../1-pleading/bounds.ts';
import type { FileChange, Incomplete, InspectedFile } from '../../1-pleading/change.ts';
import {
  type DiffParts,
  type MeasuredEntry,
  measureWhole,
  needsPatch,
  readDiff,
  wholeSideOf,
} from '../../1-pleading/diff-reader.ts';
import {
  type BlobFacts,
  fileChangeOf,
  sizesNeeded,
  textNeeded,
} from '../../1-pleading/file-change.ts';
import { isInspected } from '../../1-pleading/inspected.ts';
import { collisionsOf, directoriesOf, shadowsOf } from '../../1-pleading/look-alikes.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { fail, type ObjectId, ok, type Result } from '../../primitives.ts';
import { faultOf, gapOf } from './faults.ts';
import type { ObjectGap } from './objects.ts';
import { streamGit } from './process.ts';
import { listDirectories } from './trees.ts';
import type { Workplace } from './workplace.ts';

/** The net change: every path, the texts examination reads, and names that mislead. */
export interface MeasuredFiles {
  readonly files: readonly FileChange[];
  readonly inspected: readonly InspectedFile[];
  readonly collisions: readonly (readonly [string, string])[];
  readonly shadows: readonly (readonly [string, string])[];
  readonly incomplete: readonly Incomplete[];
}

const DOING = 'measuring the change';

/** Patches of what exists on both sides. Filtering comes after renames are paired. */
const PATCH = [
  '-p',
  '-U0',
  '--diff-filter=MRT',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-indent-heuristic',
  '--diff-algorithm=myers',
  '--submodule=short',
];
const SUBMODULE_MODE = '160000';

/** Measures the net change between merge base and head; sizes are asked for while git still compares. */
export async function measureFiles(
  range: ResolvedRange,
  headTree: Promise<ObjectId | null>,
  place: Workplace,
): Promise<Result<MeasuredFiles, RepositoryFault>> {
  const blobs = blobLedger(place);
  const incomplete: Incomplete[] = [];
  const diff = await measureEntries(range, blobs, incomplete, place);
  if (!diff.ok) return diff;
  const entries = diff.value;
  const root = await headTree;
  if (root === null) return fail(gapOf(range.head, place.partialClone));
  const newPaths = entries.filter((entry) => isNewName(entry)).map((entry) => entry.path);
  const wanted = new Set(newPaths.flatMap(directoriesOf));
  const [listed, inspected] = await Promise.all([
    listDirectories(root, wanted, place),
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
 * Lists what changed, then measures it: what is new or gone from the blobs, what changed on both sides
 * from git's patch. Renames alone and new files need no patch at all.
 */
async function measureEntries(
  range: ResolvedRange,
  blobs: BlobLedger,
  incomplete: Incomplete[],
  place: Workplace,
): Promise<Result<readonly MeasuredEntry[], RepositoryFault>> {
  const listed = await streamDiff(range, 'listing', incomplete, place);
  if (!listed.ok) return listed;
  for (const entry of listed.value) blobs.askSizes(entry);
  const [patched, whole] = await Promise.all([
    listed.value.some(needsPatch)
      ? streamDiff(range, 'listing-and-patch', incomplete, place)
      : ok([]),
    readWholes(listed.value, incomplete, place),
  ]);
  if (!patched.ok) return patched;
  if (whole !== null) return fail(whole);
  const byPath = new Map(patched.value.map((entry) => [keyOf(entry), entry]));
  return ok(listed.value.map((entry) => byPath.get(keyOf(entry)) ?? entry));
}

/** A path alone is no key: a crafted tree may hold it twice, and odd bytes may read as another path. */
const keyOf = (entry: MeasuredEntry) =>
  `${entry.pathIsLossy} ${entry.blobBefore} ${entry.blobAfter} ${entry.path}`;

/** How many blobs are asked for at once: enough to keep git busy, few enough to hold. */
const WHOLES_AT_ONCE = 256;

/** Measures every blob that is added or deleted as a whole, as far as the bytes of a patch reach. */
async function readWholes(
  entries: readonly MeasuredEntry[],
  incomplete: Incomplete[],
  place: Workplace,
): Promise<RepositoryFault | null> {
  const wholes = entries.filter((entry) => wholeSideOf(entry) !== null);
  let bytesLeft: number = measureBounds.patchBytesMax;
  for (let from = 0; from < wholes.length; from += WHOLES_AT_ONCE) {
    const faults = await Promise.all(
      wholes.slice(from, from + WHOLES_AT_ONCE).map(async (entry) => {
        const content = await wholeContent(entry, bytesLeft, place);
        if (content === 'too-large') bytesLeft = -1;
        else if (typeof content === 'string') {
          return gapOf(entry.blobAfter ?? entry.blobBefore ?? '', place.partialClone);
        } else {
          bytesLeft -= content.length;
          measureWhole(entry, entry.blobAfter === null ? 'deleted' : 'added', content);
        }
        return null;
      }),
    );
    const fault = faults.find((found) => found !== null);
    if (fault !== undefined) return fault;
    if (bytesLeft < 0) {
      const limit = measureBounds.patchBytesMax;
      incomplete.push({ what: 'too-many-bytes', path: null, limit });
      return null;
    }
  }
  return null;
}

/** What a patch would show: a blob's bytes, or the commit that a submodule stands at. */
function wholeContent(
  entry: MeasuredEntry,
  bytesMax: number,
  place: Workplace,
): Promise<Buffer | ObjectGap> {
  const id = (entry.blobAfter ?? entry.blobBefore) as ObjectId;
  if ((entry.modeAfter ?? entry.modeBefore) === SUBMODULE_MODE) {
    return Promise.resolve(Buffer.from(`Subproject commit ${id}\n`));
  }
  return place.objects.contents(id, bytesMax);
}

async function streamDiff(
  range: ResolvedRange,
  parts: DiffParts,
  incomplete: Incomplete[],
  place: Workplace,
): Promise<Result<readonly MeasuredEntry[], RepositoryFault>> {
  const reader = readDiff(parts);
  const end = await streamGit(
    {
      args: [
        'diff-tree',
        '-r',
        '-z',
        '--raw',
        ...(parts === 'listing' ? [] : PATCH),
        '--full-index',
        '--no-relative',
        '--ignore-submodules=none',
        '-M50%',
        // git's own default, stated: past it files count as removed and added, which is more, not less.
        '-l1000',
        '--end-of-options',
        range.mergeBase,
        range.head,
        '--',
      ],
      env: place.env,
      limitMs: place.limitMs,
      bytesMax: measureBounds.patchBytesMax,
    },
    (chunk) => {
      reader.push(chunk);
      return reader.entries.length > measureBounds.filesMax ? 'stop' : undefined;
    },
  );
  if (end.ended === 'stopped') {
    incomplete.push({ what: 'too-many-files', path: null, limit: measureBounds.filesMax });
  } else if (end.ended === 'too-many-bytes') {
    incomplete.push({ what: 'too-many-bytes', path: null, limit: measureBounds.patchBytesMax });
  } else if (end.code !== 0) {
    return fail(faultOf(end, { doing: DOING, ...place }));
  } else {
    const unreadable = reader.end();
    if (unreadable !== null) {
      return fail({ kind: 'git-failed', doing: DOING, stderr: unreadable.reason });
    }
  }
  return ok(reader.entries);
}

interface BlobLedger extends BlobFacts {
  askSizes(entry: MeasuredEntry): void;
  /** Waits for every size, then reads the targets of links and what may be LFS pointers. */
  settle(entries: readonly MeasuredEntry[]): Promise<void>;
  size(id: ObjectId): Promise<number | null>;
  read(id: ObjectId, bytesMax: number): Promise<Buffer | null>;
  missingPaths(entries: readonly MeasuredEntry[]): readonly string[];
}

function blobLedger(place: Workplace): BlobLedger {
  const sizes = new Map<ObjectId, number>();
  const texts = new Map<ObjectId, string>();
  const asked = new Map<ObjectId, Promise<number | null>>();
  const missing = new Set<ObjectId>();

  async function askSize(id: ObjectId): Promise<number | null> {
    const info = await place.objects.info(id);
    if (typeof info === 'string') {
      missing.add(id);
      return null;
    }
    sizes.set(id, info.bytes);
    return info.bytes;
  }

  function size(id: ObjectId): Promise<number | null> {
    let answer = asked.get(id);
    if (answer === undefined) {
      answer = askSize(id);
      asked.set(id, answer);
    }
    return answer;
  }

  async function read(id: ObjectId, bytesMax: number): Promise<Buffer | null> {
    const body = await place.objects.contents(id, bytesMax);
    if (typeof body !== 'string') return body;
    if (body !== 'too-large') missing.add(id);
    return null;
  }

  async function readText(entry: MeasuredEntry): Promise<void> {
    const id = textNeeded(entry, ledger);
    if (id === null) return;
    const body = await read(id, measureBounds.linkBytesMax);
    if (body !== null) texts.set(id, body.toString('utf8'));
  }

  const ledger: BlobLedger = {
    sizeOf: (id) => sizes.get(id),
    textOf: (id) => texts.get(id),
    askSizes(entry) {
      for (const id of sizesNeeded(entry)) void size(id);
    },
    async settle(entries) {
      await Promise.all(entries.flatMap(sizesNeeded).map(size));
      await Promise.all(entries.map(readText));
    },
    size,
    read,
    missingPaths: (entries) =>
      missing.size === 0
        ? []
        : entries
            .filter(({ blobBefore, blobAfter }) =>
              [blobBefore, blobAfter].some((id) => id !== null && missing.has(id)),
            )
            .map((entry) => entry.path),
  };
  return ledger;
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
