/** Several changes for one spec, and which of them is accepted. */

import { byText } from '../2-examination/finding.ts';
import type { Score } from '../3-deliberation/deliberation.ts';
import { bandOf, type Contender, orderOf, type Preference } from '../3-deliberation/judge/order.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../primitives.ts';
import type { Verdict, VerdictRecord } from './verdict.ts';

/** One of them as it was judged, by itself and like any other change. */
export interface Judged {
  /** What it was named by: a branch, a commit, a patch's file, a pull request. */
  readonly name: string;
  readonly submittedAt: Instant;
  readonly record: VerdictRecord;
  /** The parts of S with P as computed: no judge's opinion is in it. */
  readonly score: Score;
}

/** One of them as it stands after the arbitration. */
export interface Candidate {
  readonly name: string;
  readonly verdict: VerdictId;
  readonly outcome: Verdict;
  readonly head: CommitSha;
  readonly change: Digest;
  readonly files: number;
  readonly lines: number;
  readonly submittedAt: Instant;
  readonly score: Score;
  /** Whether it lies so near to the best that an opinion may put it in order. */
  readonly isInBand: boolean;
  /** `undecided`: nobody was accepted, so nothing is superseded either. */
  readonly standing: 'accepted' | 'superseded' | 'undecided';
}

/** What was said of two of them, and by whom it can be proven. */
export interface Compared {
  readonly between: readonly [VerdictId, VerdictId];
  /** Of the canonical judgement, which the entry keeps. */
  readonly judgement: Digest;
  /** Of all that their advocates said, which the entry keeps; null: nobody spoke. */
  readonly debate: Digest | null;
  /** Whom it prefers; null: nobody. */
  readonly preferred: VerdictId | null;
  /** Why nobody is, where the judge gave no opinion. */
  readonly abstained: string | null;
}

/** What is being arbitrated, and until when nobody else may: the body of an entry. */
export interface ArbitrationClaim {
  readonly schema: 'caws-arbiter/arbitration@1';
  readonly state: 'begun' | 'left';
  readonly id: VerdictId;
  readonly spec: string;
  readonly base: CommitSha;
  /** ISO 8601 UTC: after it somebody else may begin, and this one can no longer decide. */
  readonly until: string;
}

/** What an arbitration came to: the body of an entry. */
export interface ArbitrationRecord {
  readonly schema: 'caws-arbiter/arbitration@1';
  readonly state: 'decided';
  readonly id: VerdictId;
  readonly spec: string;
  readonly repository: string;
  readonly baseRef: string;
  readonly base: CommitSha;
  /** ISO 8601 UTC. */
  readonly decidedAt: string;
  /** The entry that began it. */
  readonly claim: number;
  /** The best first. */
  readonly candidates: readonly Candidate[];
  readonly winner: VerdictId | null;
  readonly compared: readonly Compared[];
}

export type ArbitrationBody = ArbitrationClaim | ArbitrationRecord;

/** What comparing came to where nobody is accepted: the body of an entry. */
export interface ComparisonRecord
  extends Pick<ArbitrationRecord, 'spec' | 'repository' | 'baseRef' | 'candidates' | 'compared'> {
  readonly schema: 'caws-arbiter/comparison@1';
  /** ISO 8601 UTC. */
  readonly comparedAt: string;
  /** Who is the best that passes. Nothing is won by it. */
  readonly winner: VerdictId | null;
}

/** The body of the entry about a verdict whose change was not the best. */
export interface Superseded {
  readonly schema: 'caws-arbiter/superseded@1';
  readonly verdict: VerdictId;
  readonly head: CommitSha;
  readonly spec: string;
  readonly base: CommitSha;
  /** The verdict of the change that was accepted. */
  readonly by: VerdictId;
  /** The entry of the arbitration. */
  readonly arbitration: number;
}

/** Whether a claim keeps others out: nobody's is older than its end. */
export function claimHolds(body: ArbitrationBody, now: Instant): boolean {
  return body.state === 'begun' && now < Date.parse(body.until);
}

/** Whether the spec has been won against this base. */
export function isWonOn(body: ArbitrationBody, base: CommitSha): body is ArbitrationRecord {
  return body.state === 'decided' && body.winner !== null && body.base === base;
}

/** Those among which an opinion may choose, two by two, always in the same order. */
export function pairsToCompare(
  judged: readonly Judged[],
  spec: string,
): readonly (readonly [Judged, Judged])[] {
  const contenders = judged.map((each) => contenderOf(each, spec));
  const band = new Set(bandOf(contenders).map(({ id }) => id));
  const near = judged
    .filter(({ record }) => band.has(record.id))
    .toSorted((one, other) => byText(one.record.subject.head, other.record.subject.head));
  return near.flatMap((one, at) =>
    near.slice(at + 1).map((other): readonly [Judged, Judged] => [one, other]),
  );
}

/**
 * All of them, the best first. The first is accepted if it passes; the others are superseded then. The
 * order in which they are given makes no difference.
 */
export function rank(
  judged: readonly Judged[],
  spec: string,
  prefers: Preference,
): readonly Candidate[] {
  const contenders = judged.map((each) => contenderOf(each, spec));
  const band = new Set(bandOf(contenders).map(({ id }) => id));
  const ordered = orderOf(contenders, prefers);
  const isWon = ordered[0]?.passes === true;
  return ordered.flatMap(({ id }, at) => {
    const found = judged.find(({ record }) => record.id === id);
    if (found === undefined) return [];
    const { name, submittedAt, record, score } = found;
    return [
      {
        name,
        verdict: record.id,
        outcome: record.verdict,
        head: record.subject.head,
        change: record.subject.change,
        files: record.totals.files,
        lines: record.totals.lines,
        submittedAt,
        score,
        isInBand: band.has(id),
        standing: !isWon ? 'undecided' : at === 0 ? 'accepted' : 'superseded',
      },
    ];
  });
}

/** Whom recorded comparisons prefer. */
export const preferenceIn =
  (compared: readonly Pick<Compared, 'between' | 'preferred'>[]): Preference =>
  (one, other) =>
    compared.find(({ between }) =>
      [one, other].every((id) => (between as readonly string[]).includes(id)),
    )?.preferred ?? null;

/** A pass under another spec, or under none, wins nothing here. */
function contenderOf({ record, submittedAt, score }: Judged, spec: string): Contender {
  return {
    id: record.id,
    passes: record.verdict === 'PASS' && record.law.spec?.id === spec,
    score: score.s,
    lines: record.totals.lines,
    submittedAt,
    // Two commits can hold the same change; the tie still has to end.
    digest: sha256Of(`${record.subject.change}\n${record.subject.head}`),
  };
}
