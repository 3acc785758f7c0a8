import type { LawText } from '../../caws/law.ts';
import { readTrustedKeys, type TrustedKey } from '../../caws/trusted-keys.ts';
import { judgeKey } from '../../ledger/key.ts';
import type { CommitSha, Instant, ObjectId } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';

/** Whose signatures count on a branch. */
export interface BranchKeys {
  /** Whether a verdict of this key, given at this instant, counts for what landed on a commit. */
  trusts(keyId: string, at: Instant, onto: CommitSha | null): Promise<boolean>;
}

/** Keys that a person names count for every landing. */
export function namedKeys(keys: readonly TrustedKey[]): BranchKeys {
  return { trusts: async (keyId, at) => judgeKey(keyId, at, keys) === 'trusted' };
}

/**
 * Keys by `.caws/trusted-keys.yaml`: at the tip, where a key is revoked, and where the change landed as
 * well, or a change that brings in a key could be passed by that very key. A branch that named nobody yet
 * goes by its tip.
 */
export function branchKeys(landings: Landings, tip: CommitSha): BranchKeys {
  const documents = new Map<ObjectId, Promise<readonly TrustedKey[] | null>>();
  const keysAt = async (commit: CommitSha): Promise<readonly TrustedKey[] | null> => {
    const { trustedKeys } = await landings.bindingIds(commit);
    if (trustedKeys === null) return [];
    const known = documents.get(trustedKeys) ?? read(landings, trustedKeys);
    documents.set(trustedKeys, known);
    return known;
  };
  return {
    async trusts(keyId, at, onto) {
      const now = await keysAt(tip);
      if (now === null || judgeKey(keyId, at, now) !== 'trusted') return false;
      const then = onto === null ? [] : await keysAt(onto);
      if (then === null) return false;
      const anyNamed = then.some(({ role }) => role === 'arbiter');
      return !anyNamed || judgeKey(keyId, at, then) === 'trusted';
    },
  };
}

/** Nobody is trusted by a document that cannot be read. */
async function read(landings: Landings, id: ObjectId): Promise<readonly TrustedKey[] | null> {
  const text = await landings.document(id);
  if (text === null) return null;
  const law: LawText = { file: '.caws/trusted-keys.yaml', text };
  const keys = readTrustedKeys(law);
  return keys.ok ? keys.value.keys : null;
}
