import { type DiffFault, type MeasuredEntry, unreadable } from './measured-entry.ts';
import { type PatchReader, readPatch } from './patch-reader.ts';
import { pathTextOf } from './path-text.ts';
import { type RawHead, rawHeadIn, type Written } from './raw-record.ts';
import { NO_TEXT, noText } from './text-measure.ts';

/** What is asked for: the listing alone, or the listing and behind it the patches of its records. */
export interface DiffAsked {
  readonly parts: 'listing' | 'listing-and-patch';
  /** The commit whose difference is read; git names it first. */
  readonly commit: string;
}

export interface DiffReader {
  push(chunk: Buffer): void;
  /** Call once after the last chunk. @returns null where everything read made sense. */
  end(): DiffFault | null;
  /** Whether every entry is here, and patches are what follows. */
  isListed(): boolean;
  readonly entries: readonly MeasuredEntry[];
}

/** A record of the raw listing: modes, ids and one path, which git bounds no further. */
const RECORD_BYTES_MAX = 1024 * 1024;

/**
 * Reads the output of `git diff-tree --stdin --always -r -z --raw -p -U0 -M --full-index` as it
 * arrives. The raw listing names the paths byte by byte; of the patch only counts are believed: a
 * hunk states how many lines follow, so no content can pass for a header.
 */
export function readDiff({ parts, commit }: DiffAsked): DiffReader {
  const entries: MeasuredEntry[] = [];
  const patch: PatchReader = readPatch(entries);
  /** The beginning of a field, one character a byte; null where a field starts. */
  let carried: string | null = null;
  let head: RawHead | null = null;
  let before: string | null = null;
  let named = false;
  let listing = true;
  let fault: DiffFault | null = null;

  function takePath(head: RawHead, path: string): RawHead | null {
    if (head.paths === 2 && before === null) {
      before = path;
      return head;
    }
    entries.push(entryOf(head, before, path, parts));
    before = null;
    return null;
  }

  /** @param where what the field stands in, from `from` to `to`. */
  function takeField(where: Written, from: number, to: number): void {
    if (!named) {
      named = where.text.slice(from, to) === commit;
      if (!named) fault ??= unreadable('another commit than was asked for');
    } else if (head !== null) {
      head = takePath(head, where.text.slice(from, to));
    } else if (from === to) {
      listing = false;
    } else {
      head = rawHeadIn(where, from, to);
      if (head === null) fault ??= unreadable('a record of the raw listing');
    }
  }

  function takeListing(chunk: Buffer): number {
    const text = chunk.toString('latin1');
    const where: Written = { text, bytes: chunk };
    let position = 0;
    while (listing && fault === null && position < text.length) {
      const end = text.indexOf('\0', position);
      if (end < 0) {
        carried = (carried ?? '') + text.slice(position);
        if (carried.length > RECORD_BYTES_MAX) fault ??= unreadable('a path longer than any');
        return text.length;
      }
      if (carried === null) takeField(where, position, end);
      else takeCarried(carried + text.slice(position, end));
      position = end + 1;
    }
    return position;
  }

  function takeCarried(field: string): void {
    carried = null;
    takeField({ text: field, bytes: Buffer.from(field, 'latin1') }, 0, field.length);
  }

  return {
    entries,
    isListed: () => fault === null && !listing,
    push(chunk) {
      if (fault !== null) return;
      const position = listing ? takeListing(chunk) : 0;
      if (position < chunk.length) patch.push(position === 0 ? chunk : chunk.subarray(position));
    },
    end() {
      if (fault !== null) return fault;
      if (!named || carried !== null || head !== null) {
        return unreadable('the raw listing is cut');
      }
      return parts === 'listing' ? null : patch.end();
    },
  };
}

function entryOf(
  head: RawHead,
  before: string | null,
  path: string,
  parts: DiffAsked['parts'],
): MeasuredEntry {
  const after = pathTextOf(path);
  const other = before === null ? null : pathTextOf(before);
  const patched = parts === 'listing-and-patch';
  return {
    status: head.status,
    written: path,
    path: after.text,
    pathBefore: other?.text ?? null,
    pathIsLossy: after.lossy || (other?.lossy ?? false),
    modeBefore: head.modeBefore,
    modeAfter: head.modeAfter,
    blobBefore: head.blobBefore,
    blobAfter: head.blobAfter,
    paths: head.paths,
    added: patched || head.status === 'added' ? noText() : NO_TEXT,
    deleted: patched || head.status === 'deleted' ? noText() : NO_TEXT,
    gitCallsBinary: false,
  };
}
