import { type CommitSha, commitSha, type Instant } from '../../src/primitives.ts';
import type { Concern, Where } from '../intake/concern-types.ts';

/** One pull request to be heard; owner and name are the latest seen. */
export interface Job extends Where {
  readonly pull: number;
}

/** The right to work on something, until somebody else has it. */
export interface Lease {
  /** Larger than that of every lease before it. */
  readonly fence: number;
  /** Aborted when the lease is lost, or the app is stopped and waits no longer. */
  readonly signal: AbortSignal;
  /** Asked of the store, just before anything is written where others see it. */
  readonly stillHeld: () => boolean;
}

export type Outcome =
  /** againAt: when time alone may change the answer, e.g. where a waiver expires. */
  | { readonly kind: 'done'; readonly againAt?: Instant }
  /** notBefore: where the forge says when it answers again. */
  | { readonly kind: 'retry'; readonly because: string; readonly notBefore?: Instant }
  | { readonly kind: 'park'; readonly because: string };

/** Hears one pull request, live. */
export type Work = (job: Job, lease: Lease) => Promise<Outcome>;

/** A pull request that somebody found should be heard. */
export type PullReference = Job;

/** What the queue holds one of per repository: a pull request, or an errand. */
export type Subject = Concern;

/** How the texts of what models take minutes for begin: they have a lane of their own, in which one is done at a time. */
export const SLOW = ['propose:', 'debate:'] as const;

/**
 * Which tasks are taken: those of people who wait, or patches and debates of models. Neither ever waits for
 * the other.
 */
export type Lane = 'hearing' | 'proposing';

/** The one text of a subject: two events about the same are one task. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'pull':
      return `pull:${subject.pull}`;
    case 'open-pulls':
      return subject.branch === null ? 'open' : `open:${subject.branch}`;
    case 'pulls-at':
      return `at:${subject.head}`;
    case 'audit':
      // Each push is its own: the commits of an earlier one must not be skipped.
      return `audit:${subject.before ?? ''}:${subject.after}:${subject.branch}`;
    case 'merge-group':
      return `group:${subject.head}:${subject.branch}`;
    case 'propose':
    case 'debate':
      return `${subject.kind}:${subject.pull}`;
    case 'run':
      return `run:${subject.run}`;
    case 'organization':
      return 'organization';
  }
}

/** The subject of a text that `subjectText` made. @throws on any other: the store is ours alone. */
export function subjectOf(text: string): Subject {
  const [kind = '', first = '', second = '', ...rest] = text.split(':');
  const after = (count: number) => text.split(':').slice(count).join(':');
  switch (kind) {
    case 'pull':
      return { kind, pull: Number(first) };
    case 'open':
      return { kind: 'open-pulls', branch: text === 'open' ? null : after(1) };
    case 'at':
      return { kind: 'pulls-at', head: sha(first), named: [] };
    case 'audit':
      return {
        kind,
        before: first === '' ? null : sha(first),
        after: sha(second),
        branch: rest.join(':'),
      };
    case 'group':
      return { kind: 'merge-group', head: sha(first), branch: after(2) };
    case 'propose':
    case 'debate':
      return { kind, pull: Number(first) };
    case 'run':
      return { kind, run: Number(first) };
    case 'organization':
      return { kind };
    default:
      throw new Error(`no subject: ${text}`);
  }
}

function sha(text: string): CommitSha {
  const found = commitSha(text);
  if (found === undefined) throw new Error(`no object name: ${text}`);
  return found;
}
