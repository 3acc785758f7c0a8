import type { CommitSha, Instant, ObjectId } from '../primitives.ts';
import type { VerdictRecord } from './verdict.ts';

/** One commit on the first-parent line of a branch: what landed there at once. */
export interface Landing {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly tree: ObjectId;
  readonly message: string;
  readonly committedAt: Instant;
  /** The text of its note under refs/notes/caws, or null. */
  readonly note: string | null;
}

/** Where the verdict of a landing is named. */
export type NamedBy = 'trailer' | 'line' | 'note';

/** How the verdict's own proof came out: record, signature, chain and key. */
export type ProofStanding = 'holds' | 'broken' | 'untrusted';

/** Everything that is known of a landing whose verdict was found. */
export interface LandingFacts {
  readonly landing: Landing;
  /** The full ref that it landed on. */
  readonly ref: string;
  readonly record: VerdictRecord;
  readonly proof: ProofStanding;
  /**
   * The tree that merging the verdict's head into the first parent gives, tried again; null where it
   * conflicts or the head is not here.
   */
  readonly mergedTree: ObjectId | null;
}

/** Why a landing is not what a verdict allowed. */
export type LandingFault =
  | 'no-verdict-named'
  | 'several-verdicts-named'
  | 'verdict-unknown'
  | 'proof-broken'
  | 'key-untrusted'
  | 'verdict-does-not-pass'
  | 'verdict-observes-only'
  | 'verdict-of-another-branch'
  | 'verdict-of-another-head'
  | 'verdict-had-ended'
  | 'verdict-came-later'
  | 'tree-differs';

/** A clock of a committer's and ours may differ by so much. */
const CLOCKS_APART_MS = 5 * 60_000;

/**
 * Whether a commit on a protected branch is what a verdict passed: the same branch, a verdict that
 * passed and held at the time, and exactly the tree that merging the judged head gives.
 *
 * @returns the first reason against it, or null where it is.
 */
export function landingFault(facts: LandingFacts): LandingFault | null {
  const { landing, record, proof, ref, mergedTree } = facts;
  if (proof === 'broken') return 'proof-broken';
  if (proof === 'untrusted') return 'key-untrusted';
  if (record.mode === 'observe') return 'verdict-observes-only';
  if (record.verdict !== 'PASS') return 'verdict-does-not-pass';
  if (record.subject.baseRef !== ref) return 'verdict-of-another-branch';
  const [, second, ...more] = landing.parents;
  // A merge says itself whose head it brings in; a squash has only its tree.
  if (more.length > 0 || (second !== undefined && second !== record.subject.head))
    return 'verdict-of-another-head';
  if (Date.parse(record.decidedAt) > landing.committedAt + CLOCKS_APART_MS)
    return 'verdict-came-later';
  const end = record.validUntil === null ? null : Date.parse(record.validUntil);
  if (end !== null && landing.committedAt - CLOCKS_APART_MS >= end) return 'verdict-had-ended';
  return mergedTree === landing.tree || isUntouched(facts) ? null : 'tree-differs';
}

/** Nothing lay between: the target's tip was the verdict's base, and what landed is the head itself. */
function isUntouched({ landing, record }: LandingFacts): boolean {
  return (
    landing.parents[0] === record.subject.mergeBase && landing.tree === record.subject.headTree
  );
}
