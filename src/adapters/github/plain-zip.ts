import { fail, ok, type Result } from '../../primitives.ts';

/** Why an archive was not read; for people, and without a word of the archive's own. */
export type ZipFault =
  | 'no zip file'
  | 'more or other files than the one that is looked for'
  | 'a file larger than its bound'
  | 'a file that is not what the archive says of it'
  | 'more in it than its one file';

/** The one file of an archive, as it is packed. */
export interface PackedFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly isDeflated: boolean;
  /** Of what is unpacked: its CRC-32 and its length in bytes. */
  readonly sum: number;
  readonly bytes: number;
}

/** What a header begins with, and how long it is without what varies. */
const LOCAL = { mark: 0x04034b50, bytes: 30 } as const;
const INDEX = { mark: 0x02014b50, bytes: 46 } as const;
const END = { mark: 0x06054b50, bytes: 22 } as const;
/** After the content, where its sizes were not known before: with its mark or without. */
const LATER = { mark: 0x08074b50, bytes: [12, 16] } as const;
const SIZES_LATER = 1 << 3;
/** Beside that: how hard it was packed, and a name in UTF-8. Any other flag changes how it is read. */
const FLAGS_KNOWN = SIZES_LATER | (1 << 1) | (1 << 2) | (1 << 11);
const [STORED, DEFLATED] = [0, 8] as const;
/** Fields that say other sizes, or another name, than the header they stand in. */
const OVERRIDING = [0x0001, 0x7075] as const;

/**
 * Finds the one file of an archive that can be read in one way alone: a header, its content, the index, the end
 * record, each where the one before it ends, and both headers saying the same. An archive may hold more than its
 * index names, or several end records: what one program reads of it is then not what another does.
 */
export function plainFile(zip: Uint8Array): Result<PackedFile, ZipFault> {
  const { at16, at32 } = numbersOf(zip);
  const end = zip.byteLength - END.bytes;
  if (end < 0) return fail('no zip file');
  // One with a comment is longer: it stands before the last bytes.
  if (at32(end) !== END.mark) return fail('no zip file');
  const [disk, indexDisk, own, entries] = [0, 2, 4, 6].map((shift) => at16(end + 4 + shift));
  if (disk !== 0 || indexDisk !== 0 || own !== entries) return fail('no zip file');
  if (entries !== 1) return fail('more or other files than the one that is looked for');
  const index = at32(end + 16);
  const isPlain =
    index + at32(end + 12) === end &&
    index + INDEX.bytes <= end &&
    index >= LOCAL.bytes &&
    at16(end + 20) === 0 &&
    at32(0) === LOCAL.mark &&
    at32(index) === INDEX.mark;
  return isPlain ? entryOf(zip, index, end) : fail('more in it than its one file');
}

function entryOf(zip: Uint8Array, index: number, end: number): Result<PackedFile, ZipFault> {
  const { at16, at32 } = numbersOf(zip);
  const lies = fail('a file that is not what the archive says of it' as const);
  const [flags, method] = [at16(index + 8), at16(index + 10)];
  const [sum, packed, bytes] = [at32(index + 16), at32(index + 20), at32(index + 24)];
  const [nameBytes, extra, comment] = [at16(index + 28), at16(index + 30), at16(index + 32)];
  const [disk, offset] = [at16(index + 34), at32(index + 42)];
  if ((flags & ~FLAGS_KNOWN) !== 0 || (method !== STORED && method !== DEFLATED)) return lies;
  if (method === STORED && packed !== bytes) return lies;
  if (!isPlainFile(at32(index + 38))) return lies;
  if (disk !== 0 || offset !== 0 || comment !== 0) return fail('more in it than its one file');
  if (index + INDEX.bytes + nameBytes + extra !== end) return fail('more in it than its one file');
  const from = LOCAL.bytes + at16(26) + at16(28);
  const isSame = at16(6) === flags && at16(8) === method && at16(26) === nameBytes;
  if (!isSame || from > index) return lies;
  const named = (at: number) => Buffer.from(zip.subarray(at, at + nameBytes));
  const name = named(index + INDEX.bytes);
  if (!name.equals(named(LOCAL.bytes))) return lies;
  const extras = [zip.subarray(LOCAL.bytes + nameBytes, from), zip.subarray(end - extra, end)];
  if (extras.some(overrides)) return lies;
  const said = [sum, packed, bytes];
  const isSaidAt = (at: number) => said.every((value, nth) => at32(at + 4 * nth) === value);
  const after = index - from - packed;
  if ((flags & SIZES_LATER) === 0) {
    if (!isSaidAt(14)) return lies;
    if (after !== 0) return fail('more in it than its one file');
  } else {
    if ([14, 18, 22].some((at) => at32(at) !== 0)) return lies;
    if (!LATER.bytes.some((each) => each === after)) return fail('more in it than its one file');
    if (!isSaidAt(index - 12) || (after === 16 && at32(index - 16) !== LATER.mark)) return lies;
  }
  const content = zip.subarray(from, from + packed);
  return ok({ name: name.toString('utf8'), content, isDeflated: method === DEFLATED, sum, bytes });
}

/** The upper half is what kind of file it is where it comes from UNIX, the lower half where it does not. */
const KIND = { mask: 0xf000, none: 0, file: 0x8000 } as const;
const FOLDER_ELSEWHERE = 0x10;

/** A link or folder, by whose name another program would make something else than a file. */
function isPlainFile(attributes: number): boolean {
  const kind = (attributes >>> 16) & KIND.mask;
  return (kind === KIND.none || kind === KIND.file) && (attributes & FOLDER_ELSEWHERE) === 0;
}

/** @returns true also where the fields do not fill their place. */
function overrides(extra: Uint8Array): boolean {
  const { at16 } = numbersOf(extra);
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const id = at16(at);
    if (OVERRIDING.some((each) => each === id)) return true;
    at += 4 + at16(at + 2);
  }
  return at !== extra.byteLength;
}

/** Numbers as an archive writes them, the lowest byte first. */
function numbersOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    at16: (at: number) => view.getUint16(at, true),
    at32: (at: number) => view.getUint32(at, true),
  };
}
