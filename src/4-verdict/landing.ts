import type { CommitSha, Instant, ObjectId } from '../primitives.ts';
import type { VerdictRecord } from './verdict.ts';

/** One commit on the first-parent line of a branch: what landed there at once. */
export interface Landing {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly tree: ObjectId;
  /** The author's line of the commit, time included: a rebase keeps it to the byte. */
  readonly author: string;
  readonly message: string;
  /** The committer's word, whom nobody checks. */
  readonly committedAt: Instant;
  /** The text of its note under refs/notes/caws, or null. */
  readonly note: string | null;
}

/** Where the verdict of a landing is named. */
export type NamedBy = 'trailer' | 'line' | 'note';

/**
 * How the verdict's own proof came out: record, signature, chain and key; `contradicts`: all of that holds, and the record
 * names another policy of the owner than its case file has.
 */
export type ProofStanding = 'holds' | 'broken' | 'untrusted' | 'contradicts';

/** How a judged head came to be on the branch. */
export type LandingWay = 'merge' | 'squash' | 'rebase' | 'fast-forward';

/** What merging the judged head gives when it is tried again. */
export type MergedAgain =
  | { readonly kind: 'tree'; readonly tree: ObjectId }
  | { readonly kind: 'conflicts' }
  /** Not here: after a squash no branch holds it any more. */
  | { readonly kind: 'head-missing' };

/** Everything that is known of a landing whose verdict was found. */
export interface LandingFacts {
  readonly landing: Landing;
  readonly way: LandingWay;
  /**
   * The commit of the branch that it came on: its first parent, or that of the first of several commits
   * that landed with it. null where the judged change does not begin on the branch's own line.
   */
  readonly onto: CommitSha | null;
  /** The full ref that it landed on. */
  readonly ref: string;
  /** What the repository is called; a renamed one has several names. */
  readonly repositories: readonly string[];
  readonly record: VerdictRecord;
  readonly proof: ProofStanding;
  readonly merged: MergedAgain;
  /** Whether the verdict's base stands on the branch's own line, no later than `onto`. */
  readonly baseStoodBefore: boolean;
  /** Whether the policy at `onto` is still the one at the verdict's base. */
  readonly policyStood: boolean;
  /** Whether an older commit of the line landed by the same verdict. */
  readonly usedBefore: boolean;
  /** Whether another change had won its spec: against the same base, or by a person's word when this one landed. */
  readonly isSuperseded: boolean;
  /** The newest signed instant among the verdicts that landed before: it landed no earlier. */
  readonly notBefore: Instant | null;
}

/** Why a landing is not what a verdict allowed. */
export type LandingFault =
  | 'no-verdict-named'
  | 'several-verdicts-named'
  | 'verdict-unknown'
  | 'proof-broken'
  | 'key-untrusted'
  | 'organization-policy-differs'
  | 'verdict-does-not-pass'
  | 'verdict-observes-only'
  | 'verdict-of-another-repository'
  | 'verdict-of-another-branch'
  | 'verdict-of-another-head'
  | 'verdict-had-ended'
  | 'verdict-came-later'
  | 'verdict-used-before'
  | 'verdict-superseded'
  | 'policy-had-changed'
  | 'line-was-left'
  | 'head-missing'
  | 'tree-differs';

/** A clock of a committer's and ours may differ by so much. */
const CLOCKS_APART_MS = 5 * 60_000;

/** How a landing came about, as far as the commit itself tells: a rebase looks like a squash. */
export function wayOf(landing: Landing, record: VerdictRecord): LandingWay {
  if (landing.sha === record.subject.head) return 'fast-forward';
  return landing.parents.length > 1 ? 'merge' : 'squash';
}

/**
 * Whether a commit on a protected branch is what a verdict passed: the same repository and branch, a
 * verdict that passed and held at the time, for the first time, and exactly the tree that merging the
 * judged head gives.
 *
 * @returns the first reason against it, or null where it is.
 */
export function landingFault(facts: LandingFacts): LandingFault | null {
  const { record, proof } = facts;
  if (proof === 'broken') return 'proof-broken';
  if (proof === 'untrusted') return 'key-untrusted';
  if (proof === 'contradicts') return 'organization-policy-differs';
  if (record.mode === 'observe') return 'verdict-observes-only';
  if (record.verdict !== 'PASS') return 'verdict-does-not-pass';
  return placeFault(facts) ?? timeFault(facts) ?? treeFault(facts);
}

/** What a landing is by its commits alone, whatever its verdict says. */
export type LandingContent = Pick<LandingFacts, 'landing' | 'way' | 'onto' | 'record' | 'merged'>;

/** Whether a landing is exactly the judged head, merged onto what stood there. */
export function isChangeOf(content: LandingContent): boolean {
  return headFault(content) === null && treeFault(content) === null;
}

function placeFault(facts: LandingFacts): LandingFault | null {
  const { record, ref, repositories } = facts;
  if (!repositories.includes(record.subject.repository)) return 'verdict-of-another-repository';
  if (record.subject.baseRef !== ref) return 'verdict-of-another-branch';
  return headFault(facts);
}

function headFault({ landing, record, way, onto }: LandingContent): LandingFault | null {
  const { subject } = record;
  const [, second, ...more] = landing.parents;
  // A merge says itself whose head it brings in; a squash has only its tree.
  if (way !== 'fast-forward' && (more.length > 0 || (second ?? subject.head) !== subject.head))
    return 'verdict-of-another-head';
  // What was brought in beside the line is not seen by whoever walks the line.
  if (onto === null) return 'line-was-left';
  return null;
}

/**
 * A committer can write any date, so what was signed bounds it: the verdict's base had to be there before
 * the landing, and the verdicts that landed before it were given before.
 */
function timeFault(facts: LandingFacts): LandingFault | null {
  const { landing, record, way, notBefore } = facts;
  if (facts.usedBefore) return 'verdict-used-before';
  if (facts.isSuperseded) return 'verdict-superseded';
  if (!facts.baseStoodBefore) return 'verdict-came-later';
  // What is fast-forwarded was committed before it was judged, so its date says nothing of the landing.
  const committed = way === 'fast-forward' ? null : landing.committedAt;
  if (committed !== null && committed + CLOCKS_APART_MS < Date.parse(record.decidedAt))
    return 'verdict-came-later';
  const end = record.validUntil === null ? Number.POSITIVE_INFINITY : Date.parse(record.validUntil);
  const times = [...(committed === null ? [] : [committed - CLOCKS_APART_MS]), notBefore ?? 0];
  // An end that cannot be read is over: it compares false with every time.
  if (!times.every((time) => time < end)) return 'verdict-had-ended';
  return facts.policyStood ? null : 'policy-had-changed';
}

function treeFault({
  landing,
  record,
  merged,
  onto,
  way,
}: LandingContent): 'tree-differs' | 'head-missing' | null {
  const { mergeBase, headTree } = record.subject;
  // Nothing lay between: the branch stood where the change begins, and what landed is the head itself.
  if (onto === mergeBase || way === 'fast-forward')
    return onto === mergeBase && landing.tree === headTree ? null : 'tree-differs';
  if (merged.kind === 'head-missing') return 'head-missing';
  return merged.kind === 'tree' && merged.tree === landing.tree ? null : 'tree-differs';
}
