/** The interfaces a cycle needs of the world. Adapters implement them; contract suites run on every implementation. */

import type { Change } from './1-pleading/change.ts';
import type { GateAnswerGiven, PlannedGate } from './3-deliberation/deliberation.ts';
import type { LawTexts } from './caws/law.ts';
import type { CommitSha, Digest, Instant, Result, VerdictId } from './primitives.ts';

export interface Clock {
  now(): Instant;
}

/** 10 random bytes and more, for ids and nonces. */
export interface Randomness {
  bytes(count: number): Uint8Array;
}

/** What went wrong between us and a repository; every kind has a sentence. */
export type RepositoryFault =
  | { readonly kind: 'not-a-repository'; readonly directory: string }
  | { readonly kind: 'git-missing' }
  | { readonly kind: 'git-too-old'; readonly version: string; readonly needed: string }
  | {
      readonly kind: 'unknown-revision';
      readonly revision: string;
      readonly known: readonly string[];
    }
  | { readonly kind: 'no-default-branch' }
  | { readonly kind: 'no-commits' }
  | { readonly kind: 'shallow' }
  | { readonly kind: 'partial-clone'; readonly object: string }
  | { readonly kind: 'unrelated-histories'; readonly base: string; readonly head: string }
  | { readonly kind: 'empty-range'; readonly base: string; readonly head: string }
  | { readonly kind: 'several-merge-bases'; readonly bases: readonly string[] }
  | { readonly kind: 'object-missing'; readonly object: string }
  | { readonly kind: 'timed-out'; readonly doing: string; readonly limitMs: number }
  | { readonly kind: 'git-failed'; readonly doing: string; readonly stderr: string };

/** What `A..B`, `A...B`, `A` or nothing resolves to. */
export interface ResolvedRange {
  readonly repository: string;
  readonly baseRef: string;
  readonly base: CommitSha;
  readonly mergeBase: CommitSha;
  readonly head: CommitSha;
  /** Whether the work tree holds changes that no commit has; null where there is no work tree. */
  readonly dirty: boolean | null;
}

export interface Repository {
  /** Range syntax as git's; default is the upstream default branch...HEAD. Nothing here is ever read from a checkout. */
  resolve(range: string | null): Promise<Result<ResolvedRange, RepositoryFault>>;
  /** The index as a head, for `arbiter check --staged`. */
  resolveStaged(): Promise<Result<ResolvedRange, RepositoryFault>>;
  measure(range: ResolvedRange): Promise<Result<Change, RepositoryFault>>;
  /** The documents of the base that bind. Read at range.base, never at the head. */
  law(range: ResolvedRange): Promise<Result<LawTexts, RepositoryFault>>;
  /** Full commit messages between merge base and head, oldest first, bounded. */
  messages(range: ResolvedRange): Promise<Result<readonly string[], RepositoryFault>>;
}

/** Answers planned gates; absence and failure are answers too, so that nothing is thrown for a bad gate. */
export interface GateRunner {
  answer(
    gates: readonly PlannedGate[],
    subject: { readonly base: CommitSha; readonly head: CommitSha },
    progress: (gate: string, state: 'started' | 'done') => void,
  ): Promise<readonly GateAnswerGiven[]>;
}

/** Holds one Ed25519 key. */
export interface Signer {
  readonly keyId: string;
  sign(bytes: Uint8Array): Uint8Array;
}

export type LedgerFault =
  | { readonly kind: 'ledger-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'ledger-locked'; readonly file: string; readonly waitedMs: number }
  | {
      readonly kind: 'ledger-broken';
      readonly file: string;
      readonly sequence: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'ledger-rolled-back';
      readonly file: string;
      readonly has: number;
      readonly anchor: number;
      readonly where: string;
    }
  | { readonly kind: 'ledger-full'; readonly file: string; readonly reason: string }
  | { readonly kind: 'head-moved'; readonly expected: number; readonly found: number };

/** One entry as it stands in the chain. */
export interface LedgerEntry {
  /** 1-based, without gaps. */
  readonly sequence: number;
  readonly at: string;
  readonly kind: string;
  /** The verdict, waiver or other thing it is about. */
  readonly about: string;
  /** Canonical JSON: exactly the bytes that `digest` covers. */
  readonly body: string;
  readonly previous: Digest;
  readonly digest: Digest;
}

/** What to append: the entry and the blobs its body names by digest (kept in the same transaction). */
export interface LedgerDraft {
  readonly at: Instant;
  readonly kind: 'verdict' | 'error' | 'waiver' | 'publication' | 'key' | 'erasure' | 'break-glass';
  readonly about: string;
  readonly body: unknown;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
}

export interface LedgerStore extends AsyncDisposable {
  /** Appends on the current head by compare-and-swap, signs the new head, and returns the entry. */
  append(draft: LedgerDraft, signer: Signer): Promise<Result<LedgerEntry, LedgerFault>>;
  entry(sequence: number): Promise<Result<LedgerEntry | null, LedgerFault>>;
  /** The newest entry about one thing, or null. */
  find(kind: LedgerDraft['kind'], about: string): Promise<Result<LedgerEntry | null, LedgerFault>>;
  /** Newest first. */
  recent(
    limit: number,
    kind?: LedgerDraft['kind'],
  ): Promise<Result<readonly LedgerEntry[], LedgerFault>>;
  blob(digest: Digest): Promise<Result<Uint8Array | null, LedgerFault>>;
}

/** Announces a recorded verdict. Only ever called after the ledger holds it. */
export interface Publisher {
  announce(id: VerdictId, entry: LedgerEntry): Promise<void>;
}
