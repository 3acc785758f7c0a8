import type { RawHead } from './raw-record.ts';
import type { TextTotals } from './text-measure.ts';

/** One record of `git diff-tree --raw -z`, with what its patch amounts to. */
export interface MeasuredEntry extends RawHead {
  /** The path, one character a byte: git's order is that of bytes. */
  readonly written: string;
  readonly path: string;
  readonly pathBefore: string | null;
  readonly pathIsLossy: boolean;
  readonly added: TextTotals;
  readonly deleted: TextTotals;
  /** git found NUL in the first 8,000 bytes of a side and gave no text. */
  gitCallsBinary: boolean;
}

/** Output that git does not produce: a bug, a broken object store, or a cut stream. */
export interface DiffFault {
  readonly kind: 'diff-unreadable';
  readonly reason: string;
}

export const unreadable = (reason: string): DiffFault => ({ kind: 'diff-unreadable', reason });

/** What is to know of one side of an entry that exists on that side only. */
export type WholeSide = 'added' | 'deleted';

/** @returns the side that is the whole of an entry's patch, or null where both sides exist. */
export function wholeSideOf(entry: RawHead): WholeSide | null {
  if (entry.status === 'added') return 'added';
  return entry.status === 'deleted' ? 'deleted' : null;
}

/** Whether git has lines to compare in an entry: both sides exist and hold different things. */
export function needsPatch(entry: RawHead): boolean {
  return wholeSideOf(entry) === null && entry.blobBefore !== entry.blobAfter;
}

/** Both lists in one, by path as each of them is. */
export function inOrder(
  some: readonly MeasuredEntry[],
  others: readonly MeasuredEntry[],
): readonly MeasuredEntry[] {
  const all: MeasuredEntry[] = [];
  let next = 0;
  for (const entry of some) {
    for (let other = others[next]; other && other.written < entry.written; other = others[next]) {
      all.push(other);
      next += 1;
    }
    all.push(entry);
  }
  for (; next < others.length; next += 1) all.push(others[next] as MeasuredEntry);
  return all;
}
