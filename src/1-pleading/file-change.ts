import type { ObjectId } from '../primitives.ts';
import { BINARY_BYTES_PER_LINE, LFS_POINTER_BYTES_MAX } from './bounds.ts';
import { type FileChange, type FileKind, SIGNS_MAX } from './change.ts';
import { lfsSizeOf } from './lfs.ts';
import type { MeasuredEntry } from './measured-entry.ts';
import { signsOfPath } from './signs.ts';

/** What has to be known of blobs beside the patch. */
export interface BlobFacts {
  /** Bytes of a blob; undefined where it was not asked for or is missing. */
  sizeOf(id: ObjectId): number | undefined;
  /** Text of a symlink's target or of a possible LFS pointer. */
  textOf(id: ObjectId): string | undefined;
}

const LINK_MODE = '120000';
const SUBMODULE_MODE = '160000';

/** Blobs whose size a FileChange needs: all of the new side, and the old side of what git calls binary. */
export function sizesNeeded(entry: MeasuredEntry): readonly ObjectId[] {
  const ids: ObjectId[] = [];
  if (entry.blobAfter !== null && entry.modeAfter !== SUBMODULE_MODE) {
    if (!(entry.blobBefore === null && !entry.gitCallsBinary)) ids.push(entry.blobAfter);
  }
  if (entry.gitCallsBinary || entry.added.holdsNul || entry.deleted.holdsNul) {
    if (entry.blobBefore !== null && entry.modeBefore !== SUBMODULE_MODE)
      ids.push(entry.blobBefore);
    if (entry.blobAfter !== null && entry.modeAfter !== SUBMODULE_MODE) ids.push(entry.blobAfter);
  }
  return ids;
}

/** The blob whose text a FileChange needs: a symlink's target, or what may be an LFS pointer. */
export function textNeeded(entry: MeasuredEntry, facts: BlobFacts): ObjectId | null {
  if (entry.modeAfter === LINK_MODE) return entry.blobAfter;
  const pointer = entry.added.mentionsLfs && entry.blobAfter !== null;
  return pointer && sizeAfter(entry, facts) < LFS_POINTER_BYTES_MAX ? entry.blobAfter : null;
}

/** One path of the change from what git says of it and what its blobs hold. */
export function fileChangeOf(entry: MeasuredEntry, facts: BlobFacts): FileChange {
  const text = entry.blobAfter === null ? undefined : facts.textOf(entry.blobAfter);
  const isLink = entry.modeAfter === LINK_MODE;
  const pointed = isLink || text === undefined ? null : lfsSizeOf(text);
  const kind = kindOf(entry, pointed !== null);
  const own = sizeAfter(entry, facts);
  const named = pathSigns(entry);
  const bytes = pointed ?? own;
  const charged = chargedLines(entry, kind, {
    bytesBefore: sizeBefore(entry, facts),
    bytesAfter: bytes,
  });
  return {
    path: entry.path,
    pathBefore: entry.pathBefore,
    pathIsLossy: entry.pathIsLossy,
    status: entry.status,
    kind,
    modeBefore: entry.modeBefore,
    modeAfter: entry.modeAfter,
    blobBefore: entry.blobBefore,
    blobAfter: entry.blobAfter,
    added: entry.added.lines,
    deleted: entry.deleted.lines,
    ownAdded: entry.added.ownLines,
    ownDeleted: entry.deleted.ownLines,
    lines: charged.lines,
    linesAdded: charged.linesAdded,
    bytes,
    bytesAdded: bytesAddedOf(entry, kind, bytes),
    longestLineBytes: entry.added.longestLineBytes,
    linkTarget: isLink ? (text ?? '') : null,
    signs: named.length === 0 ? entry.added.signs : firstSigns(named, entry.added.signs),
    signsTotal: named.length + entry.added.signsTotal,
    stubLines: entry.added.stubLines,
    ...(entry.added.exemptLines.length === 0 ? {} : { exemptLines: entry.added.exemptLines }),
  };
}

function firstSigns(named: FileChange['signs'], added: FileChange['signs']): FileChange['signs'] {
  return [...named, ...added].slice(0, SIGNS_MAX);
}

function kindOf(entry: MeasuredEntry, isPointer: boolean): FileKind {
  const mode = entry.modeAfter ?? entry.modeBefore;
  if (mode === SUBMODULE_MODE) return 'submodule';
  if (mode === LINK_MODE) return 'symlink';
  if (isPointer) return 'lfs-pointer';
  const holdsNul = entry.added.holdsNul || entry.deleted.holdsNul;
  return entry.gitCallsBinary || holdsNul ? 'binary' : 'text';
}

type Counts = Pick<MeasuredEntry, 'added' | 'deleted' | 'blobBefore' | 'blobAfter'>;

/**
 * The lines that a budget is charged with, and their added part.
 *
 * Text: the larger of git's count and ours. Binary and LFS: one line for each 80 bytes begun of the
 * larger side, and never less than the lines that git could count in it. Content that did not
 * change (a pure rename, a mode) is charged nothing.
 */
export function chargedLines(
  counts: Counts,
  kind: FileKind,
  size: { readonly bytesBefore: number; readonly bytesAfter: number },
): { readonly lines: number; readonly linesAdded: number } {
  const { added, deleted } = counts;
  const text = Math.max(added.lines + deleted.lines, added.ownLines + deleted.ownLines);
  const textAdded = Math.max(added.lines, added.ownLines);
  const byBytes = kind === 'binary' || kind === 'lfs-pointer';
  if (!byBytes || counts.blobBefore === counts.blobAfter)
    return { lines: text, linesAdded: textAdded };
  const weigh = (bytes: number) => Math.ceil(bytes / BINARY_BYTES_PER_LINE);
  return {
    lines: Math.max(text, weigh(Math.max(size.bytesBefore, size.bytesAfter))),
    linesAdded: Math.max(textAdded, weigh(size.bytesAfter)),
  };
}

function bytesAddedOf(entry: MeasuredEntry, kind: FileKind, bytes: number): number {
  if (entry.blobBefore === entry.blobAfter || entry.blobAfter === null) return 0;
  return kind === 'binary' || kind === 'lfs-pointer' ? bytes : entry.added.bytes;
}

/** Of a new text blob the patch held every byte; every other size has to be asked for. */
function sizeAfter(entry: MeasuredEntry, facts: BlobFacts): number {
  if (entry.blobAfter === null || entry.modeAfter === SUBMODULE_MODE) return 0;
  const whole = entry.blobBefore === null && !entry.gitCallsBinary;
  return facts.sizeOf(entry.blobAfter) ?? (whole ? entry.added.bytes : 0);
}

function sizeBefore(entry: MeasuredEntry, facts: BlobFacts): number {
  return entry.blobBefore === null ? 0 : (facts.sizeOf(entry.blobBefore) ?? 0);
}

/** Signs of a name that the change introduces; a deleted name is no longer anybody's trap. */
function pathSigns(entry: MeasuredEntry): FileChange['signs'] {
  return entry.status === 'deleted' ? [] : signsOfPath(entry.path);
}
