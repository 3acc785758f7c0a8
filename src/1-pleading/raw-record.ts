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

const STATUSES: Readonly<Partial<Record<string, FileStatus>>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

const MODE_BEFORE_AT = 1;
const MODE_AFTER_AT = 8;
const IDS_AT = 15;

/** @param field one character a byte. @returns null where it is no record's first field. */
export function rawHeadOf(field: string): RawHead | null {
  const idsPartAt = field.indexOf(' ', IDS_AT);
  const idsEndAt = field.indexOf(' ', idsPartAt + 1);
  const status = STATUSES[field.charAt(idsEndAt + 1)];
  if (status === undefined || !isRecord(field, idsPartAt, idsEndAt)) return null;
  return {
    status,
    modeBefore: presentMode(field.slice(MODE_BEFORE_AT, MODE_AFTER_AT - 1)),
    modeAfter: presentMode(field.slice(MODE_AFTER_AT, IDS_AT - 1)),
    blobBefore: presentId(field.slice(IDS_AT, idsPartAt)),
    blobAfter: presentId(field.slice(idsPartAt + 1, idsEndAt)),
    paths: status === 'renamed' || status === 'copied' ? 2 : 1,
  };
}

/**
 * Whether the field is `:MODE MODE ID ID X` and perhaps a score. Read character by character: there is
 * a record for each path of each commit, and a regular expression takes several times as long.
 */
function isRecord(field: string, idsPartAt: number, idsEndAt: number): boolean {
  return (
    field.startsWith(':') &&
    field.charAt(MODE_AFTER_AT - 1) === ' ' &&
    field.charAt(IDS_AT - 1) === ' ' &&
    isIdLength(idsPartAt - IDS_AT) &&
    isIdLength(idsEndAt - idsPartAt - 1) &&
    areDigits(field, MODE_BEFORE_AT, MODE_AFTER_AT - 1) &&
    areDigits(field, MODE_AFTER_AT, IDS_AT - 1) &&
    areHex(field, IDS_AT, idsPartAt) &&
    areHex(field, idsPartAt + 1, idsEndAt) &&
    areDigits(field, idsEndAt + 2, field.length)
  );
}

const isIdLength = (length: number): boolean => length === 40 || length === 64;

function areDigits(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function areHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if ((code < 0x30 || code > 0x39) && (code < 0x61 || code > 0x66)) return false;
  }
  return true;
}

const presentMode = (mode: string): string | null => (mode === '000000' ? null : mode);

const presentId = (hex: string): ObjectId | null =>
  hex.charCodeAt(0) === 0x30 && /^0+$/.test(hex) ? null : (hex as ObjectId);
