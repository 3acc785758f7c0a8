import type { CommitSha, Digest, VerdictId } from '../../primitives.ts';
import type { WaiverBound } from './event.ts';

/**
 * What somebody said at a forge, as the arbiter that heard it recorded and signed it. Types of its own:
 * the arbiter's key vouches for having heard it, a maintainer's key for having said it.
 */
export const HOSTED_EVENT_TYPE = 'application/vnd.caws-arbiter.hosted-event+json';
export const HOSTED_EVENT_SCHEMA = 'caws-arbiter/hosted-event@1';

/** Forge and arbiter keep their clocks apart; an event that far ahead is taken for one of now. */
export const CLOCK_SKEW_MS = 300_000;

/** Somebody at a forge. The number is who it is; the login is what they were called then. */
export interface ForgeIdentity {
  readonly forge: 'github';
  readonly id: number;
  readonly login: string;
}

/** Where it was said: one line of one comment, or one button of one check run. */
export type HostedSource =
  | {
      readonly kind: 'comment';
      readonly comment: number;
      /** 1-based. */
      readonly line: number;
      /** sha256 over the line. */
      readonly text: Digest;
    }
  | { readonly kind: 'button'; readonly checkRun: number; readonly action: string };

/** Said of every event. */
export interface HostedBase {
  readonly schema: typeof HOSTED_EVENT_SCHEMA;
  /** When it was said by the forge's clock, ISO 8601 in UTC; so the same word heard twice is one event. */
  readonly at: string;
  readonly by: ForgeIdentity;
  readonly source: HostedSource;
  /** The forge's number of the repository, which survives renames. */
  readonly repositoryId: number;
  /** The number of the pull request. */
  readonly pull: number;
}

/** A proposal and its whole bound; an approval names the digest of exactly these bytes. */
export interface HostedRequested extends HostedBase, WaiverBound {
  readonly event: 'requested';
  /** Derived from everything else in the request: see `hostedIdOf`. */
  readonly waiver: string;
}

interface HostedDecisionBase extends HostedBase {
  readonly waiver: string;
  /** sha256 over the request's canonical bytes. */
  readonly request: Digest;
  /** The head that the person can have looked at. */
  readonly head: CommitSha;
}

/** A word on one exact request. */
export type HostedDecision =
  | (HostedDecisionBase & { readonly event: 'approved' })
  | (HostedDecisionBase & { readonly event: 'rejected' | 'revoked'; readonly reason: string });

/** One person's word, alone and at once, for one exact head. */
export interface HostedGlass extends HostedBase {
  readonly event: 'break-glass';
  readonly id: string;
  readonly repository: string;
  readonly baseRef: string;
  readonly head: CommitSha;
  readonly verdict: VerdictId;
  readonly policy: Digest;
  readonly expiresAt: string;
  readonly reason: string;
}

/** Another person's word on a broken glass, afterwards. */
export interface HostedReview extends HostedBase {
  readonly event: 'reviewed';
  readonly id: string;
  /** sha256 over the canonical bytes of the event that was reviewed. */
  readonly breakGlass: Digest;
  readonly reason: string;
}

export type HostedEvent = HostedRequested | HostedDecision | HostedGlass | HostedReview;

/** One word has one place: what the same place said twice was said once. */
export function sourceKey({ source, by }: Pick<HostedBase, 'source' | 'by'>): string {
  return source.kind === 'comment'
    ? `comment ${source.comment} ${source.line}`
    : `button ${source.checkRun} ${source.action} ${by.id}`;
}

/** How a waiver of a pull request names it: a form that no branch can have. */
export function pullName(pull: number): string {
  return `pull:${pull}`;
}
