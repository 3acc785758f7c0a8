import type { OrganizationNamed } from '../../4-verdict/audited.ts';
import type { CaseFile } from '../../4-verdict/case.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { textDigest } from '../../caws/text-digest.ts';

/** The owner's policy that a record names, or null. Whoever can append to a ledger can append any record. */
export function organizationOf(record: VerdictRecord): OrganizationNamed | null {
  const law = record.law as Partial<VerdictRecord['law']> | undefined;
  const { repository, commit, digest } = law?.organization ?? {};
  if (typeof repository !== 'string' || typeof digest !== 'string') return null;
  return { repository, commit: typeof commit === 'string' ? commit : null, digest };
}

/**
 * Whether a record names exactly the owner's policy that its case file holds: the same repository and commit,
 * and the digest of its text. Where retention dropped the case file there is nothing to contradict.
 *
 * @param caseFile the bytes that the record's case digest stands for, already held against it.
 */
export function namesItsOrganization(record: VerdictRecord, caseFile: Uint8Array | null): boolean {
  if (caseFile === null) return true;
  const named = organizationOf(record);
  const bytes = Buffer.from(caseFile.buffer, caseFile.byteOffset, caseFile.byteLength);
  // Most cases have none, and need not be read whole for that.
  if (named === null && !bytes.includes('"organization":')) return true;
  const held = heldBy(bytes.toString('utf8'));
  if (held === undefined || named === null) return held === undefined && named === null;
  const { repository, commit, policy } = held;
  return (
    named.repository === repository &&
    named.commit === commit &&
    typeof policy?.text === 'string' &&
    named.digest === textDigest(policy.text)
  );
}

function heldBy(text: string): CaseFile['law']['organization'] {
  try {
    const file = JSON.parse(text) as { readonly law?: Partial<CaseFile['law']> } | null;
    return file?.law?.organization ?? undefined;
  } catch {
    return undefined;
  }
}
