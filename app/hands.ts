import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../src/5-publication/app-faults.ts';
import type { ForgeFault } from '../src/forge.ts';
import type { Instant, Result } from '../src/primitives.ts';
import type { Octokit } from './forge-client.ts';
import type { Concern, Self, Where } from './intake/concern-types.ts';
import type { Records } from './intake/records.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { Search } from './work/reconcile.ts';
import type { Lease, Outcome, PullReference, Subject, Work } from './work/task.ts';

type ConcernOf<Kind extends Concern['kind']> = Extract<Concern, { readonly kind: Kind }>;

/** A question whose answer is a list of pull requests to hear. */
export type LookUp = ConcernOf<'open-pulls' | 'pulls-at' | 'organization' | 'run'>;

/** A request for a page; the address is already parsed, and a body is there only for a small form. */
export interface PageRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as it comes where it comes in pieces. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
}

/** A request of a runner; its body is read once somebody is known to be waiting for it. */
export interface RunRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: (bytesMax: number) => Promise<Result<Uint8Array, Refusal>>;
}

/** Everything that is done with what intake takes in. Each may be called again for the same thing. */
export interface Hands {
  readonly work: Work;
  readonly lookUp: (
    where: Where,
    about: LookUp,
    lease: Lease,
  ) => Promise<Result<readonly PullReference[], ForgeFault>>;
  /** Whether what was pushed to a branch has verdicts that hold. */
  readonly audit: (where: Where, push: ConcernOf<'audit'>, lease: Lease) => Promise<Outcome>;
  /** A patch that was asked for on a pull request is written, judged and offered. */
  readonly propose: (where: Where, pull: number, lease: Lease) => Promise<Outcome>;
  /** What is open for the spec of a pull request is debated and compared. */
  readonly debate: (where: Where, pull: number, lease: Lease) => Promise<Outcome>;
  readonly mergeGroup: (
    where: Where,
    group: ConcernOf<'merge-group'>,
    lease: Lease,
  ) => Promise<Outcome>;
  /** Run at start and every few minutes: open pull requests without a live verdict, waivers, policies. */
  readonly searches: readonly Search[];
  /** Called with each such pass: forgets what is kept for no one any more, and learns what the ledgers say of models. */
  readonly sweep?: (now: Instant) => Promise<void>;
  /** null where the address is none of a page. */
  readonly page: (request: PageRequest) => Promise<PageAnswer> | null;
  /** Called once, before the last answers go out: what is sent in pieces ends. */
  readonly endStreams?: () => void;
  /** What runners ask and send; null where the address is none of theirs. */
  readonly runs: (request: RunRequest) => Promise<PageAnswer> | null;
  /** Called once, after the last work has ended. */
  readonly close?: () => Promise<void>;
}

/** What the app lends to its hands. */
export interface Tools {
  readonly settings: Settings;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly records: Records;
  /** app.db: what hands keep stands beside what intake keeps. */
  readonly store: Store;
  /** Who we are at the forge; the login is null until the forge was first reached. */
  readonly self: () => Self;
  readonly octokitOf: (installationId: number) => Promise<Octokit>;
  /** The app itself, for what is asked without an installation. */
  readonly appOctokit: () => Promise<Octokit>;
  /** Puts pull requests into the queue. */
  readonly want: (pulls: readonly PullReference[]) => void;
  /** Puts anything into the queue, due then. */
  readonly errand: (where: Where, subject: Subject, at: Instant) => void;
}

export type MakeHands = (tools: Tools) => Hands | Promise<Hands>;

/** What became of a task for which the forge gave no whole answer: never a verdict, always later again. */
export function outcomeOfFault(fault: ForgeFault): Outcome {
  const because = `${fault.kind}: ${fault.doing}`;
  return fault.kind === 'forge-busy'
    ? { kind: 'retry', because, notBefore: fault.retryAt }
    : { kind: 'retry', because };
}
