import type { ObjectId } from '../primitives.ts';
import type { FileStatus } from './change.ts';

/**
 * What the first field of a raw record says, of `git diff-tree --raw -z` as well as of
 * `git log --raw -z --no-abbrev`; its paths follow.
 */
export interface RawHead {
  readonly status: FileStatus;
  /** Six octal digits, or null where the side does not exist. */
  readonly modeBefore: string | null;
  readonly modeAfter: string | null;
  readonly blobBefore: ObjectId | null;
  readonly blobAfter: ObjectId | null;
  /** Paths that follow: two for a rename or copy, else one. */
  readonly paths: 1 | 2;
}

const STATUSES: Readonly<Record<string, FileStatus>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

const RAW =
  /^:(\d{6}) (\d{6}) ([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([ADMRCT])\d*$/;

/** @returns null where the bytes are no record's first field. */
export function rawHeadOf(field: Buffer): RawHead | null {
  const match = RAW.exec(field.toString('latin1'));
  if (match === null) return null;
  const [, modeBefore, modeAfter, blobBefore, blobAfter, letter] = match as unknown as string[];
  return {
    status: STATUSES[letter as string] as FileStatus,
    modeBefore: modeBefore === '000000' ? null : (modeBefore as string),
    modeAfter: modeAfter === '000000' ? null : (modeAfter as string),
    blobBefore: presentId(blobBefore as string),
    blobAfter: presentId(blobAfter as string),
    paths: letter === 'R' || letter === 'C' ? 2 : 1,
  };
}

const presentId = (hex: string): ObjectId | null =>
  hex.charCodeAt(0) === 0x30 && /^0+$/.test(hex) ? null : (hex as ObjectId);
