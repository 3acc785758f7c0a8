import type { OrganizationSource } from '../caws/policy.ts';
import type { CommitSha } from '../primitives.ts';
import type { Landing, LandingFault, LandingWay, NamedBy } from './landing.ts';

/** What an audit found of one commit on the line of a branch. */
export interface AuditedCommit {
  readonly landing: Landing;
  /** `before-policy`: the branch had no policy yet, and nobody named a verdict. */
  readonly state: 'verified' | 'unverified' | 'before-policy';
  readonly fault: LandingFault | null;
  /** The verdict that it names, as it names it; the verdict it landed by where it names none. */
  readonly verdict: string | null;
  readonly by: NamedBy | null;
  readonly way: LandingWay | null;
  /** The commit that names the verdict for several; null where this one does. */
  readonly landedWith: CommitSha | null;
  /** What its note says where that is another verdict than the message names; the message counts. */
  readonly noteSays: string | null;
  /** Of the verdict, where it was found: what to fetch, whose key to look at. */
  readonly head: CommitSha | null;
  readonly keyId: string | null;
  /** Somebody let this head through alone. */
  readonly breakGlass: boolean;
  /** The owner's policy that its verdict was judged by as well, as its record names it; null: by none. */
  readonly organization: OrganizationNamed | null;
}

export type OrganizationNamed = Pick<OrganizationSource, 'repository' | 'commit' | 'digest'>;

/** What stands on the line of a branch, newest first, and by which verdicts it came there. */
export interface Audit {
  readonly ref: string;
  readonly repositories: readonly string[];
  /** Whether any note is here: a clone does not fetch them by itself. */
  readonly notes: boolean;
  /** Whether the ledger knows verdicts against commits that the line does not hold any more. */
  readonly rewritten: boolean;
  readonly commits: readonly AuditedCommit[];
}

export interface AuditCounts {
  readonly verified: number;
  readonly unverified: number;
  readonly beforePolicy: number;
  /** Of the unverified, those whose record or signature is broken. */
  readonly broken: number;
}

export function auditCounts({ commits }: Audit): AuditCounts {
  const count = (holds: (commit: AuditedCommit) => boolean) => commits.filter(holds).length;
  return {
    verified: count(({ state }) => state === 'verified'),
    unverified: count(({ state }) => state === 'unverified'),
    beforePolicy: count(({ state }) => state === 'before-policy'),
    broken: count(({ fault }) => fault === 'proof-broken'),
  };
}
