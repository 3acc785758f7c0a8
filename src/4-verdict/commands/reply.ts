/** What a command comes to, for people: facts alone, the words stand in 5-publication. */
import type { WaiverRefusal } from '../../caws/findings.ts';
import type { ApprovalDoubt, Waiver } from '../../caws/waiver.ts';
import type { MergeMethod } from '../../forge.ts';
import type { CommitSha } from '../../primitives.ts';
import type { Candidate } from '../arbitration.ts';
import type { GlassIgnoredBecause } from '../waivers/break-glass-event.ts';
import type { GlassRequestFault } from '../waivers/break-glass-request.ts';
import type { RequestFault } from '../waivers/request.ts';
import type { HeadFault } from './bind-head.ts';
import type { SpokenFault } from './read-comment.ts';
import type { Verb } from './verbs.ts';

/** Whom a verb is for; `named` are the policy's people and teams. */
export type Circle =
  | 'author-or-writers'
  | 'writers'
  | 'readers'
  | 'approvers'
  | 'approvers-or-requester'
  | 'break-glass';

export type NotAllowedBecause =
  | ApprovalDoubt
  | WaiverRefusal['because']
  | GlassIgnoredBecause
  /** The role is too low. */
  | 'role'
  /** An automaton that may ask, and not decide. */
  | 'not-a-person';

/** A waiver that holds one of the places of its gate. */
export interface PlaceHolder {
  readonly waiver: string;
  /** Of a waiver asked for in a comment; null: elsewhere. */
  readonly pull: number | null;
  /** Of a waiver that stands in a document of the base; null: in none. */
  readonly file: string | null;
  readonly until: string;
}

/** Why no worker is asked for a patch. */
export type ProposeRefused = 'no-worker' | 'head-moved' | 'no-spec' | 'waits-already' | 'too-many';

/** Why nobody is accepted, or nothing taken back. */
export type AcceptRefused =
  | {
      readonly because:
        | 'no-spec'
        | 'standing-spec'
        | 'several-specs'
        | 'no-pass'
        | 'no-rivals'
        | 'unreadable';
    }
  | {
      readonly because:
        | 'head-moved'
        | 'was-closed'
        | 'moved-often'
        | 'not-judged-then'
        | 'over-since';
    }
  /** It was said while the change led into another branch; both are full refs. */
  | { readonly because: 'elsewhere'; readonly into: string; readonly now: string }
  /** It is bound by another spec than it was when the word was said. */
  | { readonly because: 'spec-moved'; readonly before: string }
  /** Another one stands accepted, or this one does already. */
  | { readonly because: 'another' | 'already' | 'accepted-there'; readonly stands: AcceptedBrief }
  | { readonly because: 'nobody' };

/** An acceptance that stands, as people are told of it. */
export interface AcceptedBrief {
  readonly pull: number;
  readonly head: CommitSha;
  readonly by: string;
  readonly entry: number;
}

/** When each ends is ISO 8601 in UTC. */
export type Reply =
  | {
      readonly kind: 'waiver-asked';
      readonly waiver: string;
      readonly gate: string;
      readonly until: string;
      readonly head: CommitSha;
      /** The head that the pull request has now. */
      readonly live: CommitSha;
      /** Empty: whoever maintains the repository. */
      readonly approvers: readonly string[];
      readonly needed: number;
    }
  | { readonly kind: 'already-asked'; readonly waiver: string }
  | {
      readonly kind: 'approved';
      readonly waiver: string;
      readonly gate: string;
      readonly until: string;
      readonly have: number;
      readonly needed: number;
    }
  | { readonly kind: 'rejected' | 'revoked'; readonly waiver: string }
  | {
      readonly kind: 'glass-broken';
      readonly id: string;
      readonly until: string;
      readonly findings: number;
    }
  | { readonly kind: 'glass-reviewed'; readonly id: string }
  | { readonly kind: 'held' | 'released' }
  | { readonly kind: 'merge-asked'; readonly head: CommitSha; readonly method: MergeMethod | null }
  | { readonly kind: 'judging-again' | 'cancelled' }
  | { readonly kind: 'explain'; readonly gate: string | null; readonly head: CommitSha }
  | { readonly kind: 'status' }
  /** How this change stands beside the others for its spec. */
  | { readonly kind: 'debate'; readonly head: CommitSha }
  /** This head was accepted, and who is superseded by it. */
  | {
      readonly kind: 'accepted';
      readonly spec: string;
      readonly head: CommitSha;
      /** The best first; no more than a person reads. */
      readonly candidates: readonly Candidate[];
      readonly leftOut: number;
    }
  | { readonly kind: 'unaccepted'; readonly spec: string }
  | { readonly kind: 'help'; readonly about: Verb | null; readonly mayUse: readonly Verb[] }
  /** Refusals. Nothing was done. */
  | { readonly kind: 'not-understood'; readonly fault: SpokenFault }
  | {
      readonly kind: 'not-allowed';
      readonly verb: Verb;
      readonly because: NotAllowedBecause;
      readonly circle: Circle;
      /** Whom the policy names; empty: see the circle. */
      readonly named: readonly string[];
    }
  | { readonly kind: 'head-unclear'; readonly verb: Verb; readonly fault: HeadFault }
  | { readonly kind: 'no-verdict-yet'; readonly verb: Verb; readonly head: CommitSha }
  | {
      readonly kind: 'request-refused';
      readonly fault: RequestFault;
      /** The gate that was probably meant. */
      readonly nearest: string | null;
    }
  | { readonly kind: 'spec-differs'; readonly named: string; readonly spec: string | null }
  | { readonly kind: 'too-many-requests'; readonly max: number }
  | { readonly kind: 'waiver-unknown'; readonly id: string; readonly known: readonly string[] }
  | { readonly kind: 'waiver-elsewhere'; readonly waiver: string; readonly pull: number }
  | { readonly kind: 'waiver-over'; readonly waiver: string; readonly status: Waiver['status'] }
  /** The change is worse than the request says, or its law is another one; `head` is what was judged. */
  | {
      readonly kind: 'waiver-stale';
      readonly waiver: string;
      readonly because: 'worse-than-floor' | 'spec-changed' | 'policy-changed' | 'nothing-to-waive';
      readonly asked: CommitSha;
      readonly head: CommitSha;
    }
  /** As many waivers of the gate run as the policy lets run at once; one more would not count. */
  | {
      readonly kind: 'places-taken';
      readonly waiver: string;
      readonly gate: string;
      readonly max: number;
      /** The oldest first. */
      readonly by: readonly PlaceHolder[];
    }
  | { readonly kind: 'said-already'; readonly id: string }
  | { readonly kind: 'policy-changed'; readonly verb: Verb }
  | { readonly kind: 'glass-refused'; readonly fault: GlassRequestFault }
  | {
      readonly kind: 'merge-refused';
      readonly because:
        | 'no-pass'
        | 'held'
        | 'head-moved'
        | 'taken-back'
        | 'was-closed'
        | 'moved-often';
      readonly head: CommitSha;
      readonly live: CommitSha;
    }
  | ({
      readonly kind: 'accept-refused';
      readonly verb: 'accept' | 'unaccept';
      readonly spec: string;
      readonly head: CommitSha;
      readonly live: CommitSha;
    } & AcceptRefused)
  | {
      readonly kind: 'propose-refused';
      readonly because: ProposeRefused;
      readonly head: CommitSha;
      readonly live: CommitSha;
      /** Proposals of one pull request. */
      readonly max: number;
    }
  /** It was said while the change led into another branch; both are full refs. */
  | { readonly kind: 'merge-elsewhere'; readonly into: string; readonly live: string }
  | { readonly kind: 'comment-edited'; readonly lines: readonly number[] }
  /** Nothing goes on that could be stopped. */
  | { readonly kind: 'nothing-to-cancel' }
  /** A button has no room for a reason. */
  | { readonly kind: 'needs-a-comment'; readonly verb: Verb; readonly target: string | null }
  /** The forge did not say who this is or what they may do; it is asked again. */
  | { readonly kind: 'could-not-check'; readonly verb: Verb };
