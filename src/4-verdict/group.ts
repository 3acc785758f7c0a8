/** What a merge queue has put together, and what is said of it: several changes, one on top of the other. */
import type { WeighedFinding } from '../caws/findings.ts';
import type { CommitSha, Instant, ObjectId, VerdictId } from '../primitives.ts';
import type { LandingFault, LandingWay } from './landing.ts';
import type { Verdict } from './verdict.ts';

/** One pull request of a group. */
export interface GroupMember {
  readonly pull: number;
  readonly head: CommitSha;
  /** The verdict of this head, heard once more on the commit before. */
  readonly verdict: VerdictId;
  readonly onto: CommitSha;
  /** What it became: its last commit in the group. */
  readonly commit: CommitSha;
  readonly tree: ObjectId;
  readonly way: LandingWay;
}

/** Why a group may not land. */
export type GroupFault =
  | { readonly kind: 'too-long'; readonly commits: number; readonly max: number }
  /** No open pull request gives this commit. */
  | {
      readonly kind: 'foreign-commit';
      readonly commit: CommitSha;
      readonly tree: ObjectId;
      readonly tried: number;
    }
  /** The queue names the pull request, and its head gives other files; expected is null where it conflicts. */
  | {
      readonly kind: 'tree-differs';
      readonly pull: number;
      readonly head: CommitSha;
      readonly commit: CommitSha;
      readonly tree: ObjectId;
      readonly expected: ObjectId | null;
    }
  | {
      readonly kind: 'does-not-pass';
      readonly pull: number;
      readonly onto: CommitSha;
      readonly verdict: Verdict;
      /** The first finding that decides; null where nothing was measured. */
      readonly finding: WeighedFinding | null;
    }
  | { readonly kind: 'observes-only'; readonly pull: number }
  /** It passes here as well, but by a law or a beginning that its verdict was not given under. */
  | {
      readonly kind: 'heard-otherwise';
      readonly pull: number;
      readonly onto: CommitSha;
      readonly verdict: VerdictId;
    }
  /** What no change does alone: two names that become one, or a copy beside the file it copies. */
  | {
      readonly kind: 'together';
      readonly pull: number;
      readonly rule: 'path.collision' | 'structure.shadow';
      readonly made: string;
      readonly beside: string;
    }
  | { readonly kind: 'gate'; readonly gate: string; readonly detail: string }
  /** Landed so, an audit would not find it proven. */
  | {
      readonly kind: 'would-not-be-proven';
      readonly pull: number;
      readonly commit: CommitSha;
      readonly verdict: string | null;
      readonly fault: LandingFault;
    };

/** What stands in the ledger of a group: recorded before its check says so. */
export interface GroupRecord {
  readonly schema: 'caws-arbiter/group@1';
  readonly id: VerdictId;
  readonly outcome: 'PASS' | 'FAIL';
  /** ISO 8601 UTC. */
  readonly decidedAt: string;
  /** The full ref that it is to land on, and where that stood. */
  readonly baseRef: string;
  readonly base: CommitSha;
  readonly head: CommitSha;
  readonly tree: ObjectId;
  /** Oldest first; empty where the commits could not be told apart. */
  readonly members: readonly GroupMember[];
  readonly fault: GroupFault | null;
  /** ISO 8601 UTC: when the first of its verdicts ends, or null. */
  readonly validUntil: string | null;
}

/** Whether the group may land now. */
export function groupHolds({ outcome, validUntil }: GroupRecord, now: Instant): boolean {
  return outcome === 'PASS' && (validUntil === null || now < Date.parse(validUntil));
}
