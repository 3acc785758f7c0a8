import type { Actor } from '../../src/forge.ts';
import type { CommitSha, Digest, Instant } from '../../src/primitives.ts';

/** A repository as a delivery names it: the number counts, the names are the latest seen. */
export interface Where {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly owner: string;
  readonly name: string;
}

/** What has to be looked at again, live. Nothing of it says how things stand. */
export type Concern =
  | { readonly kind: 'pull'; readonly pull: number }
  /** All that are open, of one base branch, or of every one (null). */
  | { readonly kind: 'open-pulls'; readonly branch: string | null }
  /** All that are open and have this head; `named` are those that the event names itself. */
  | { readonly kind: 'pulls-at'; readonly head: CommitSha; readonly named: readonly number[] }
  /** What was pushed to a branch; before is null where the branch is new. */
  | {
      readonly kind: 'audit';
      readonly branch: string;
      readonly before: CommitSha | null;
      readonly after: CommitSha;
    }
  /** A worker was asked for a patch on it. */
  | { readonly kind: 'propose'; readonly pull: number }
  /** All that is open for its spec is to be debated, where it is nearly equal. */
  | { readonly kind: 'debate'; readonly pull: number }
  | { readonly kind: 'merge-group'; readonly head: CommitSha; readonly branch: string }
  /** A run that may be one of ours has moved on. */
  | { readonly kind: 'run'; readonly run: number }
  /** The documents that all repositories of an owner inherit have moved. */
  | { readonly kind: 'organization' };

/** What has to be remembered of the delivery itself, because nobody can ask for it later. */
export type Note =
  | {
      readonly kind: 'head';
      readonly pull: number;
      readonly head: CommitSha;
      /** When the forge last touched the pull request, by its own clock, to the second. */
      readonly updatedAt: Instant;
    }
  | {
      readonly kind: 'comment';
      readonly pull: number;
      readonly comment: number;
      readonly author: Actor;
      /** The app that wrote it, or null. */
      readonly appId: number | null;
      readonly digest: Digest;
      readonly createdAt: Instant;
      /** All of it. Of this only lines that deny something are kept: whoever may write may take them out of it. */
      readonly text: string;
    }
  | {
      readonly kind: 'comment-change';
      readonly change: 'edited' | 'deleted';
      readonly pull: number;
      readonly comment: number;
      readonly actor: number;
      readonly digest: Digest;
    }
  | {
      readonly kind: 'button';
      readonly head: CommitSha;
      readonly checkRun: number;
      readonly externalId: string;
      readonly identifier: string;
      readonly actor: Actor;
    }
  | { readonly kind: 'taken-away' };

/** Why a delivery asks for nothing. */
export type NoBearing =
  | 'event-not-heard'
  | 'action-not-heard'
  | 'our-own-doing'
  | 'not-a-pull-request'
  | 'no-command'
  | 'no-installation'
  | 'not-as-documented';

/** What one delivery means for one repository. */
export interface Heard {
  readonly where: Where;
  readonly concerns: readonly Concern[];
  readonly notes: readonly Note[];
}

export type Hearing =
  | { readonly heard: readonly Heard[]; readonly because: null }
  | { readonly heard: readonly []; readonly because: NoBearing };

/** Who we are at the forge. */
export interface Self {
  readonly appId: number;
  /** `NAME[bot]`, or null while the forge was not asked yet. */
  readonly login: string | null;
}
