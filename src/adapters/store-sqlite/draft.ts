import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalJson } from '../../ledger/canonical.ts';
import {
  ATTACHMENTS_MAX,
  aboutIsPlain,
  attachedText,
  BODY_BYTES_MAX,
  sha256Of,
} from '../../ledger/entry.ts';
import { SEALED_CHARACTERS_MAX, type SealedValue, sealHolds } from '../../ledger/seal.ts';
import type { LedgerDraft, LedgerFault } from '../../ports.ts';
import { type Digest, fail, isoOf, ok, type Result } from '../../primitives.ts';

/** Largest blob: a case file holds every report of a change, each bounded to 16 MiB. */
const BLOB_BYTES_MAX = 256 * 1024 * 1024;
/** Smaller blobs gain nothing from compression. */
const DEFLATE_FROM_BYTES = 512;

/** A blob as it is stored. `size` is in bytes before compression. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly encoding: 'plain' | 'deflate';
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A draft that was checked, serialised and compressed before the write lock is taken. */
export interface PreparedDraft {
  readonly at: string;
  readonly kind: LedgerDraft['kind'];
  readonly about: string;
  readonly body: string;
  readonly attached: string;
  readonly blobs: readonly StoredBlob[];
  readonly sealed: readonly SealedValue[];
}

/** Checks a draft against every bound and against what it says of its own attachments. */
export function prepareDraft(draft: LedgerDraft): Result<PreparedDraft, LedgerFault> {
  const sealed = draft.sealed ?? [];
  if (!Number.isSafeInteger(draft.at) || draft.at < 0 || draft.at > LAST_INSTANT) {
    return refused('its time is not an instant');
  }
  if (!aboutIsPlain(draft.about))
    return refused('what it is about is not 1 to 200 plain characters');
  if (draft.blobs.length > ATTACHMENTS_MAX || sealed.length > ATTACHMENTS_MAX) {
    return refused(`it has more than ${ATTACHMENTS_MAX} attachments`);
  }
  const body = canonicalJson(draft.body);
  if (!body.ok) return refused(`its body is not JSON at ${body.fault.path}: ${body.fault.reason}`);
  if (Buffer.byteLength(body.value) > BODY_BYTES_MAX) {
    return refused(`its body is longer than ${BODY_BYTES_MAX} bytes`);
  }
  for (const { digest, bytes } of draft.blobs) {
    if (bytes.length > BLOB_BYTES_MAX)
      return refused(`a blob is longer than ${BLOB_BYTES_MAX} bytes`);
    if (sha256Of(bytes) !== digest) return refused(`a blob is not what ${digest} names`);
  }
  const tooLong = sealed.some((each) => each.value.length > SEALED_CHARACTERS_MAX);
  if (tooLong || !sealed.every((each) => each.value.isWellFormed() && sealHolds(each))) {
    return refused('a sealed value is not what its commitment stands for');
  }
  return ok({
    at: isoOf(draft.at),
    kind: draft.kind,
    about: draft.about,
    body: body.value,
    attached: attachedText({
      blobs: draft.blobs.map((blob) => blob.digest),
      sealed: sealed.map((each) => each.commitment),
    }),
    blobs: draft.blobs.map((blob) => packed(blob.digest, blob.bytes)),
    sealed,
  });
}

/** 9999-12-31T23:59:59.999Z: later years print with a sign and more digits. */
const LAST_INSTANT = 253_402_300_799_999;

function packed(digest: Digest, bytes: Uint8Array): StoredBlob {
  const size = bytes.length;
  if (size >= DEFLATE_FROM_BYTES) {
    const small = deflateRawSync(bytes);
    if (small.length < size) return { digest, encoding: 'deflate', size, bytes: small };
  }
  return { digest, encoding: 'plain', size, bytes };
}

/** @returns the blob's bytes, or undefined where they are not what the digest names. */
export function unpacked(blob: StoredBlob): Uint8Array | undefined {
  if (blob.size > BLOB_BYTES_MAX) return undefined;
  let bytes = blob.bytes;
  if (blob.encoding === 'deflate') {
    try {
      // Bounded by the stated size: a tampered stream must not unfold without end.
      bytes = inflateRawSync(blob.bytes, { maxOutputLength: Math.max(1, blob.size) });
    } catch {
      return undefined;
    }
  }
  return bytes.length === blob.size && sha256Of(bytes) === blob.digest ? bytes : undefined;
}

function refused(reason: string): { readonly ok: false; readonly fault: LedgerFault } {
  return fail({ kind: 'draft-refused', reason });
}
