import type { Digest } from '../primitives.ts';
import type { Envelope } from './dsse.ts';

/**
 * The body of a verdict's ledger entry. The record's digest stands beside the record, so that a tool
 * without a JSON canonicaliser can find it.
 */
export interface VerdictEntryBody<Record> {
  readonly schema: 'caws-arbiter/verdict-entry@1';
  readonly record: Record;
  /** SHA-256 over the record's canonical JSON. */
  readonly recordDigest: Digest;
  readonly envelope: Envelope;
}

export function verdictEntryBody<Record>(
  record: Record,
  recordDigest: Digest,
  envelope: Envelope,
): VerdictEntryBody<Record> {
  return { schema: 'caws-arbiter/verdict-entry@1', record, recordDigest, envelope };
}
