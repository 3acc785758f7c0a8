import { hash } from 'node:crypto';
import { type Digest, digest } from '../primitives.ts';

/** Longest body of one entry, in UTF-8 bytes: a record of a change with thousands of findings fits. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Most blobs, and most sealed values, that one entry names. */
export const ATTACHMENTS_MAX = 1_024;

/** One entry with everything that its digest covers. */
export interface ChainEntry {
  /** 1-based, without gaps. */
  readonly sequence: number;
  /** ISO 8601 UTC to the millisecond. */
  readonly at: string;
  readonly kind: string;
  readonly about: string;
  /** Canonical JSON. */
  readonly body: string;
  /** The digest of the entry before; for the first one the ledger's genesis. */
  readonly previous: Digest;
  readonly digest: Digest;
  /** Key id of who appended it. */
  readonly signer: string;
  /** Canonical JSON of `{blobs: Digest[], sealed: Digest[]}`: what stands beside the chain. */
  readonly attached: string;
}

/** What an entry names beside the chain. */
export interface Attachments {
  readonly blobs: readonly Digest[];
  readonly sealed: readonly Digest[];
}

/** What the first entry follows: bound to the ledger's id, so that entries cannot move to another ledger. */
export function genesisOf(ledger: string): Digest {
  return sha256Of(`caws-arbiter/ledger-genesis@1\n${ledger}`);
}

/**
 * Exactly the text whose SHA-256 is the entry's digest. The body stands in it by its own digest, so
 * that a place in the chain can be shown without showing other entries' bodies.
 */
export function entryPreimage(entry: Omit<ChainEntry, 'digest'>): string {
  // Keys in canonical order; every value is checked to be plain before it is appended.
  return `caws-arbiter/ledger-entry@1\n{"about":${JSON.stringify(entry.about)},"at":"${entry.at}","attached":${entry.attached},"body":"${sha256Of(entry.body)}","kind":"${entry.kind}","previous":"${entry.previous}","sequence":${entry.sequence},"signer":"${entry.signer}"}`;
}

/** @returns the digest that the entry's own fields give, whatever digest it states. */
export function digestOfEntry(entry: Omit<ChainEntry, 'digest'>): Digest {
  return sha256Of(entryPreimage(entry));
}

/** @returns `sha256:` and the hex digest over the bytes, or over the text as UTF-8. */
export function sha256Of(content: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', content, 'hex')}` as Digest;
}

/** The text form of attachments: sorted, each named once. */
export function attachedText(attachments: Attachments): string {
  const sorted = (digests: readonly Digest[]) => [...new Set(digests)].sort();
  return JSON.stringify({ blobs: sorted(attachments.blobs), sealed: sorted(attachments.sealed) });
}

const NOTHING_ATTACHED = attachedText({ blobs: [], sealed: [] });

/** @returns what the text names, or undefined where it is not exactly the form that `attachedText` gives. */
export function readAttached(text: string): Attachments | undefined {
  if (text === NOTHING_ATTACHED) return { blobs: [], sealed: [] };
  const parts = /^\{"blobs":\[([^\]]*)\],"sealed":\[([^\]]*)\]\}$/.exec(text);
  const [blobs, sealed] = [parts?.[1], parts?.[2]].map(digestsIn);
  if (blobs === undefined || sealed === undefined) return undefined;
  return attachedText({ blobs, sealed }) === text ? { blobs, sealed } : undefined;
}

function digestsIn(list: string | undefined): readonly Digest[] | undefined {
  if (list === undefined) return undefined;
  if (list === '') return [];
  const digests = list.split(',').map((quoted) => digest(quoted.slice(1, -1)));
  return digests.every((each) => each !== undefined) ? digests : undefined;
}

/**
 * Whether the fields have the only forms that are ever appended. The preimage is built without
 * escaping on the strength of this check; the stated digest stands outside it, and is compared.
 *
 * @param before what the entry before gave: equal values were checked there.
 */
export function entryIsWellFormed(
  entry: ChainEntry,
  before: { readonly digest: string; readonly signer: string } | null,
): boolean {
  return (
    Number.isSafeInteger(entry.sequence) &&
    entry.sequence >= 1 &&
    isIsoInstant(entry.at) &&
    /^[a-z][a-z-]{0,31}$/.test(entry.kind) &&
    aboutIsPlain(entry.about) &&
    typeof entry.body === 'string' &&
    (entry.previous === before?.digest || /^sha256:[0-9a-f]{64}$/.test(entry.previous)) &&
    (entry.signer === before?.signer || keyIdIsPlain(entry.signer)) &&
    typeof entry.attached === 'string' &&
    readAttached(entry.attached) !== undefined
  );
}

/** Printable ASCII, 1 to 200 characters: it is shown in tables and must not hide or turn text. */
export function aboutIsPlain(about: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(about);
}

/** @returns whether the text is a key id: 64 lower-case hex digits. */
export function keyIdIsPlain(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * @returns whether the text is the one millisecond form that isoOf prints, of a moment that exists.
 * Counted by hand: a Date there and back costs more than hashing the entry.
 */
export function isIsoInstant(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/.test(text)) return false;
  const number = (from: number, to: number) => Number(text.slice(from, to));
  const [year, month, day] = [number(0, 4), number(5, 7), number(8, 10)];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
  return day >= 1 && day <= days && number(11, 13) <= 23;
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
