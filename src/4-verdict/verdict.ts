import type { Examination } from '../2-examination/examination.ts';
import type { Deliberation } from '../3-deliberation/deliberation.ts';
import type { OrganizationSource } from '../caws/policy.ts';
import type { CommitSha, Digest, ObjectId, VerdictId } from '../primitives.ts';

/** FAIL < WAIVER_REQUIRED < PASS. */
export type Verdict = 'FAIL' | 'WAIVER_REQUIRED' | 'PASS';

/** Who may waive a gate; empty approvers: any maintainer of the base's trusted keys. */
export interface WaivingRule {
  readonly gate: string;
  readonly approvers: readonly string[];
  readonly approversMin: number;
  readonly longestDays: number;
}

/** What is signed and stands in the ledger. Plain data; canonical JSON of it is what the digest covers. */
export interface VerdictRecord {
  readonly schema: 'caws-arbiter/verdict@1';
  readonly id: VerdictId;
  readonly verdict: Verdict;
  /** ISO 8601 UTC; the one instant that every stage of this verdict saw. */
  readonly decidedAt: string;
  readonly tool: {
    readonly name: 'caws-arbiter';
    readonly version: string;
    readonly rules: string;
  };
  readonly mode: 'enforce' | 'observe';
  readonly subject: {
    readonly repository: string;
    readonly baseRef: string;
    /** Names of the head branch and the pull request's number as text, as far as known; a waiver binds to the first. */
    readonly branches: readonly string[];
    readonly base: CommitSha;
    readonly mergeBase: CommitSha;
    readonly head: CommitSha;
    readonly headTree: ObjectId;
    readonly change: Digest;
  };
  readonly law: {
    readonly policy: {
      readonly file: string;
      /** `organization`: the target has none of its own, and its owner has. */
      readonly kind: 'base' | 'default' | 'organization';
      readonly digest: Digest;
    };
    /** The owner's policy, where there is one: the stricter value of both held. */
    readonly organization?: OrganizationSource;
    readonly spec: {
      readonly id: string;
      readonly digest: Digest;
      readonly standing: boolean;
    } | null;
    readonly waivers: readonly {
      readonly id: string;
      readonly digest: Digest;
      readonly expiresAt: string | null;
    }[];
    /** Who let this head through alone; absent where nobody did, or where nothing needed it. */
    readonly breakGlass?: {
      readonly id: string;
      readonly digest: Digest;
      readonly keyId: string;
      readonly by: string;
      readonly reason: string;
      /** ISO 8601 UTC; exclusive. */
      readonly expiresAt: string;
      /** The verdict that showed what would be let through. */
      readonly verdict: VerdictId;
      readonly findings: number;
    };
    /** Whose signatures count: the base's trusted keys, and how many of them are a maintainer's; null: it has none. */
    readonly trustedKeys: { readonly digest: Digest; readonly maintainers: number } | null;
    /** For every gate that holds this change up and may be waived: by whom and for how long. */
    readonly waiving: readonly WaivingRule[];
  };
  readonly totals: {
    readonly files: number;
    readonly added: number;
    readonly deleted: number;
    readonly lines: number;
    readonly bytes: number;
    readonly commits: number;
  };
  /** What the lines of its budgets count is absent from records that were made before they said it. */
  readonly examination: Pick<Examination, 'changeClass' | 'tier' | 'budgets' | 'findings'> &
    Partial<Pick<Examination, 'linesCounted'>>;
  readonly deliberation: Deliberation;
  /** ISO instant after which a PASS no longer holds (the earliest waiver's end), or null. */
  readonly validUntil: string | null;
  /** Digest of the canonical case file: all inputs, kept beside the ledger for replay. */
  readonly caseDigest: Digest;
}
