import type { Digest, Instant } from '../primitives.ts';

/** How an approval was established. */
export type ApprovalProof =
  /** A file on the base branch; counts only where the base's policy says that files are approvals. */
  | 'file-on-base'
  /** An approval event signed by a key that the base's trusted keys name. */
  | 'signed-event'
  /** A comment or button of a permission-checked identity. */
  | 'hosted-event';

export interface Approval {
  /** `@handle`, e-mail principal or key id, as the proof establishes it. */
  readonly by: string;
  readonly at: Instant | null;
  readonly proof: ApprovalProof;
  /** Teams (`@org/team`) that the proof shows the approver to be an active member of. */
  readonly teams?: readonly string[];
  /**
   * What the forge lets the approver do in the repository at this evaluation: for a hosted approval the
   * policy's `@handle` or `@org/team` admits who writes, and an empty list who maintains.
   */
  readonly rights?: 'reads' | 'writes' | 'maintains';
  /** Whether the handle is still, and was when they spoke, this account's and no other's. */
  readonly handleHolds?: boolean;
  /** What speaks against the approver whatever the policy names. */
  readonly against?: ApprovalDoubt;
}

/** Why a hosted approval never counts at this evaluation. */
export type ApprovalDoubt =
  /** The forge did not say all that is needed, or not now. */
  | 'approver-unknown-now'
  | 'approver-not-a-person'
  | 'approver-not-allowed'
  | 'approver-is-author'
  | 'approver-is-requester';

/**
 * What a waiver allows, in one model for the four 2025 shapes, v11 and our own grants.
 * A null bound means that the document set none; weighing then uses the measured excess.
 */
export interface Waiver {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly digest: Digest;
  readonly shape: 'S1' | 'S2' | 'S3' | 'S4' | 'v11' | 'arbiter';
  readonly file: string | null;
  readonly gates: readonly string[];
  readonly status: 'proposed' | 'active' | 'revoked' | 'expired' | 'rejected';
  readonly grantedAt: Instant | null;
  /** Exclusive end. A date without time means the end of that day in UTC. */
  readonly expiresAt: Instant | null;
  readonly approvals: readonly Approval[];
  readonly requestedBy: string | null;
  /** Added to the tier's caps (2025), or null. */
  readonly delta: { readonly files: number | null; readonly lines: number | null } | null;
  readonly scope: {
    readonly spec: string | null;
    readonly specDigest: Digest | null;
    readonly policyDigest: Digest | null;
    readonly repository: string | null;
    /** Pull request number as text or branch name. */
    readonly branch: string | null;
    readonly head: string | null;
  };
  /**
   * The measured values at the grant, one per rule and subject. A finding is covered while it is
   * no worse: same places or fewer, and the quantity not further from its limit.
   */
  readonly floors: readonly WaiverFloor[];
  readonly usesMax: number | null;
}

export interface WaiverFloor {
  readonly rule: string;
  readonly subject: string;
  readonly value: number | null;
  readonly unit: string | null;
  /** What the grant covers: paths, or `path@mode:blob` for rules that hold content; null where the rule measures a quantity. */
  readonly files: readonly string[] | null;
}
