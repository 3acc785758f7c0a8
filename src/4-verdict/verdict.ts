import type { Examination } from '../2-examination/examination.ts';
import type { Deliberation } from '../3-deliberation/deliberation.ts';
import type { CommitSha, Digest, ObjectId, VerdictId } from '../primitives.ts';

/** FAIL < WAIVER_REQUIRED < PASS. */
export type Verdict = 'FAIL' | 'WAIVER_REQUIRED' | 'PASS';

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
    readonly base: CommitSha;
    readonly mergeBase: CommitSha;
    readonly head: CommitSha;
    readonly headTree: ObjectId;
    readonly change: Digest;
  };
  readonly law: {
    readonly policy: {
      readonly file: string;
      readonly kind: 'base' | 'default';
      readonly digest: Digest;
    };
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
  };
  readonly totals: {
    readonly files: number;
    readonly added: number;
    readonly deleted: number;
    readonly lines: number;
    readonly bytes: number;
    readonly commits: number;
  };
  readonly examination: Pick<Examination, 'changeClass' | 'tier' | 'budgets' | 'findings'>;
  readonly deliberation: Deliberation;
  /** ISO instant after which a PASS no longer holds (the earliest waiver's end), or null. */
  readonly validUntil: string | null;
  /** Digest of the canonical case file: all inputs, kept beside the ledger for replay. */
  readonly caseDigest: Digest;
}
