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
const SPACE = 0x20;
const COLON = 0x3a;

/** Text of one character a byte, and the same as the bytes that it is. */
export interface Written {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** @returns null where the whole of it is no record's first field. */
export const rawHeadOf = (field: string): RawHead | null =>
  rawHeadIn({ text: field, bytes: Buffer.from(field, 'latin1') }, 0, field.length);

/**
 * The first field of a record, `:MODE MODE ID ID X` and perhaps a score. It is looked at as bytes, and
 * what is kept of it is cut from the text: there is a record for each path of each commit, and to look
 * at its characters takes several times as long.
 *
 * @returns null where what stands between `from` and `to` is none.
 */
export function rawHeadIn({ text, bytes }: Written, from: number, to: number): RawHead | null {
  const beforeAt = from + IDS_AT;
  const idLength = bytes[beforeAt + 40] === SPACE ? 40 : 64;
  const afterAt = beforeAt + idLength + 1;
  const statusAt = afterAt + idLength + 1;
  if (statusAt >= to) return null;
  const status = STATUSES[text.charAt(statusAt)];
  const isRecord =
    bytes[from] === COLON &&
    areDigits(bytes, from + MODE_BEFORE_AT, from + MODE_AFTER_AT - 1) &&
    bytes[from + MODE_AFTER_AT - 1] === SPACE &&
    areDigits(bytes, from + MODE_AFTER_AT, beforeAt - 1) &&
    bytes[beforeAt - 1] === SPACE &&
    areHex(bytes, beforeAt, afterAt - 1) &&
    bytes[afterAt - 1] === SPACE &&
    areHex(bytes, afterAt, statusAt - 1) &&
    bytes[statusAt - 1] === SPACE &&
    areDigits(bytes, statusAt + 1, to);
  if (status === undefined || !isRecord) return null;
  const modeBefore = modeAt(text, from + MODE_BEFORE_AT);
  const modeAfter = modeAt(text, from + MODE_AFTER_AT);
  return {
    status,
    modeBefore,
    modeAfter,
    // Its mode says whether a side exists: a crafted tree may name the id of nothing.
    blobBefore: modeBefore === null ? null : (text.slice(beforeAt, afterAt - 1) as ObjectId),
    blobAfter: modeAfter === null ? null : (text.slice(afterAt, statusAt - 1) as ObjectId),
    paths: status === 'renamed' || status === 'copied' ? 2 : 1,
  };
}

function areDigits(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

function areHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if ((byte < 0x30 || byte > 0x39) && (byte < 0x61 || byte > 0x66)) return false;
  }
  return true;
}

/** Nearly every file has the first of these modes: naming it makes no text for each record. */
function modeAt(text: string, at: number): string | null {
  if (text.startsWith(PLAIN_MODE, at)) return PLAIN_MODE;
  return text.startsWith(ABSENT_MODE, at) ? null : text.slice(at, at + ABSENT_MODE.length);
}

const PLAIN_MODE = '100644';
const ABSENT_MODE = '000000';
