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
    modeBefore: modeAt(field, MODE_BEFORE_AT),
    modeAfter: modeAt(field, MODE_AFTER_AT),
    blobBefore: idAt(field, IDS_AT, idsPartAt),
    blobAfter: idAt(field, idsPartAt + 1, idsEndAt),
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
    areDigits(field, MODE_BEFORE_AT, MODE_AFTER_AT - 1) &&
    areDigits(field, MODE_AFTER_AT, IDS_AT - 1) &&
    isId(field, IDS_AT, idsPartAt) &&
    isId(field, idsPartAt + 1, idsEndAt) &&
    areDigits(field, idsEndAt + 2, field.length)
  );
}

function isId(text: string, from: number, to: number): boolean {
  const length = to - from;
  return (length === 40 || length === 64) && (isAbsent(text, from, to) || areHex(text, from, to));
}

/** The id of a side that does not exist: of every new file's old side. */
const isAbsent = (text: string, from: number, to: number): boolean =>
  text.charCodeAt(from) === 0x30 &&
  text.startsWith(to - from === 40 ? ABSENT.sha1 : ABSENT.sha256, from);

const ABSENT = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) } as const;

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

/** Nearly every file has the first of these modes: naming it makes no text for each record. */
function modeAt(field: string, at: number): string | null {
  if (field.startsWith(PLAIN_MODE, at)) return PLAIN_MODE;
  return field.startsWith(ABSENT_MODE, at) ? null : field.slice(at, at + ABSENT_MODE.length);
}

const PLAIN_MODE = '100644';
const ABSENT_MODE = '000000';

const idAt = (field: string, from: number, to: number): ObjectId | null =>
  isAbsent(field, from, to) ? null : (field.slice(from, to) as ObjectId);
