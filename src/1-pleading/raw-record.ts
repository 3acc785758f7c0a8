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
  /^:\d{6} \d{6} [0-9a-f]{40}(?:[0-9a-f]{24})? [0-9a-f]{40}(?:[0-9a-f]{24})? [ADMRCT]\d*$/;
const MODE_BEFORE_AT = 1;
const MODE_AFTER_AT = 8;
const IDS_AT = 15;

/** @param field one character a byte. @returns null where it is no record's first field. */
export function rawHeadOf(field: string): RawHead | null {
  // What stands where is known once the whole fits, and cutting costs less than capturing.
  if (!RAW.test(field)) return null;
  const idsPartAt = field.indexOf(' ', IDS_AT);
  const idsEndAt = field.indexOf(' ', idsPartAt + 1);
  const letter = field.charAt(idsEndAt + 1);
  return {
    status: STATUSES[letter] as FileStatus,
    modeBefore: presentMode(field.slice(MODE_BEFORE_AT, MODE_AFTER_AT - 1)),
    modeAfter: presentMode(field.slice(MODE_AFTER_AT, IDS_AT - 1)),
    blobBefore: presentId(field.slice(IDS_AT, idsPartAt)),
    blobAfter: presentId(field.slice(idsPartAt + 1, idsEndAt)),
    paths: letter === 'R' || letter === 'C' ? 2 : 1,
  };
}

const presentMode = (mode: string): string | null => (mode === '000000' ? null : mode);

const presentId = (hex: string): ObjectId | null =>
  hex.charCodeAt(0) === 0x30 && /^0+$/.test(hex) ? null : (hex as ObjectId);
