import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { ProofCheck } from '../../5-publication/proof-words.ts';
import { canonicalJson } from '../../ledger/canonical.ts';
import { sha256Of } from '../../ledger/entry.ts';
import { readPublicKey } from '../../ledger/key.ts';
import { noteHolds, readNote } from '../../ledger/note.ts';
import { verifyVerdictStatement } from '../../ledger/statement.ts';
import type { VerdictEntryBody } from '../../ledger/verdict-entry.ts';
import type { LedgerEntry } from '../../ports.ts';
import { chainProof } from './chain-proof.ts';
import type { SqliteLedger } from './ledger.ts';

/** A recorded verdict, the entry that holds it, and the ledger it stands in. */
export interface RecordedVerdict {
  readonly ledger: SqliteLedger;
  readonly entry: LedgerEntry;
  readonly body: VerdictEntryBody<VerdictRecord>;
}

/**
 * Everything that proves one verdict but whether its key is trusted: the record's digest, its signed
 * statement, the chain to a signed note, and the case file.
 *
 * @param caseFile what stands under the record's case digest, or null where it was dropped.
 */
export function verdictProof(
  found: RecordedVerdict,
  caseFile: Uint8Array | null,
): readonly ProofCheck[] {
  return [
    recordCheck(found),
    signatureCheck(found),
    chainCheck(found),
    caseCheck(found.body.record.caseDigest, caseFile),
  ];
}

/**
 * The body of a verdict's entry, or null where it is none about this verdict. Whoever can append to a
 * ledger file can append any text, so that nothing is taken for granted that is read without a proof.
 */
export function verdictBodyOf(entry: LedgerEntry): VerdictEntryBody<VerdictRecord> | null {
  const body = parsed(entry.body) as Partial<VerdictEntryBody<Partial<VerdictRecord>>> | null;
  const record = body?.record;
  const { subject, totals, id, verdict, mode, decidedAt, caseDigest, validUntil } = record ?? {};
  const texts = [
    ...[id, verdict, mode, decidedAt, caseDigest, body?.recordDigest],
    ...[subject?.repository, subject?.baseRef, subject?.base, subject?.mergeBase],
    ...[subject?.head, subject?.headTree],
  ];
  const whole =
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(totals?.commits) &&
    (validUntil === null || typeof validUntil === 'string') &&
    Array.isArray(body?.envelope?.signatures) &&
    body.envelope.signatures.every((each) => typeof each?.keyid === 'string') &&
    id === entry.about;
  return whole ? (body as VerdictEntryBody<VerdictRecord>) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function recordCheck({ body }: RecordedVerdict): ProofCheck {
  const canonical = canonicalJson(body.record);
  return canonical.ok && sha256Of(canonical.value) === body.recordDigest
    ? { name: 'record', state: 'holds', digest: body.recordDigest }
    : { name: 'record', state: 'broken' };
}

function signatureCheck({ body, ledger }: RecordedVerdict): ProofCheck {
  const { record, envelope, recordDigest } = body;
  const keys = envelope.signatures.flatMap(({ keyid }) => {
    const pem = ledger.publicKey(keyid);
    return (pem === null ? undefined : readPublicKey(pem)) ?? [];
  });
  const expected = {
    repository: record.subject.repository,
    head: record.subject.head,
    headTree: record.subject.headTree,
    record: recordDigest,
  };
  const opened = verifyVerdictStatement(JSON.stringify(envelope), expected, keys);
  if (!opened.ok) return { name: 'signature', state: 'broken', because: opened.fault.kind };
  const { facts, keyIds } = opened.value;
  const agrees =
    facts.verdict === record.verdict &&
    facts.verdictId === record.id &&
    facts.caseFile === record.caseDigest;
  return agrees
    ? { name: 'signature', state: 'holds', keyId: keyIds[0] ?? '' }
    : { name: 'signature', state: 'broken', because: 'another-verdict' };
}

function chainCheck({ ledger, entry }: RecordedVerdict): ProofCheck {
  const broken = (because: string): ProofCheck => ({ name: 'chain', state: 'broken', because });
  const proof = chainProof(ledger, entry.sequence);
  if (!proof.ok) return broken(proof.fault.kind);
  if (proof.value === null) return broken('not-covered');
  const { chain, note, noteKey } = proof.value;
  const [read, key] = [readNote(note), readPublicKey(noteKey.pem)];
  if (read === undefined || key === undefined || !noteHolds(read, key))
    return broken('not-covered');
  const signedAt = chain.at(-1)?.sequence ?? entry.sequence;
  return { name: 'chain', state: 'holds', entry: entry.sequence, signedAt };
}

function caseCheck(digest: string, bytes: Uint8Array | null): ProofCheck {
  if (bytes === null) return { name: 'case-file', state: 'gone' };
  return sha256Of(bytes) === digest
    ? { name: 'case-file', state: 'holds', bytes: bytes.length, digest }
    : { name: 'case-file', state: 'broken' };
}
