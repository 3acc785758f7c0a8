/** The interfaces a cycle needs of the world. Adapters implement them; contract suites run on every implementation. */

import type { Change } from './1-pleading/change.ts';
import type { RollingHistory } from './2-examination/rolling.ts';
import type { ReadItem } from './3-deliberation/answered.ts';
import type {
  GateAnswerGiven,
  GateLost,
  GateRunning,
  PlannedGate,
} from './3-deliberation/deliberation.ts';
import type { Debate } from './3-deliberation/judge/debate.ts';
import type { Dossier } from './3-deliberation/judge/dossier.ts';
import type {
  JudgedSurface,
  Judgement,
  ModelIdentity,
  Silence,
  Spoken,
} from './3-deliberation/judge/judgement.ts';
import type { ModelCall } from './3-deliberation/judge/prompt.ts';
import type { VerdictRecord } from './4-verdict/verdict.ts';
import type { HostedFacts } from './4-verdict/waivers/hosted-facts.ts';
import type { WorkerTask } from './4-verdict/worker-task.ts';
import type { LedgerFault, ReportUnread, RepositoryFault } from './5-publication/faults.ts';
import type { LawTexts } from './caws/law.ts';
import type { SealedValue } from './ledger/seal.ts';
import type { CommitSha, Digest, Instant, ObjectId, Result } from './primitives.ts';

export type { LedgerFault, ReportUnread, RepositoryFault } from './5-publication/faults.ts';

export interface Clock {
  now(): Instant;
}

/** What `A..B`, `A...B`, `A` or nothing resolves to. */
export interface ResolvedRange {
  readonly repository: string;
  readonly baseRef: string;
  readonly base: CommitSha;
  readonly mergeBase: CommitSha;
  readonly head: CommitSha;
  /** Names the head goes by here, e.g. its branch; a waiver binds to the first. */
  readonly branches: readonly string[];
  /** Whether the work tree holds changes that no commit has; null where there is no work tree. */
  readonly dirty: boolean | null;
}

/** What stands at a path; a link is a file. */
export type Presence = 'file' | 'folder' | 'submodule';

export interface Repository {
  /** Range syntax as git's; default is the upstream default branch...HEAD. Nothing here is ever read from a checkout. */
  resolve(range: string | null): Promise<Result<ResolvedRange, RepositoryFault>>;
  /** The index as a head, for `arbiter check --staged`. */
  resolveStaged(): Promise<Result<ResolvedRange, RepositoryFault>>;
  measure(range: ResolvedRange): Promise<Result<Change, RepositoryFault>>;
  /** The documents of the base that bind. Read at range.base, never at the head. */
  law(range: ResolvedRange): Promise<Result<LawTexts, RepositoryFault>>;
  /** Blobs by id; an id that is no blob or not here is left out. Bounded by BLOBS_BYTES_MAX together. */
  blobs(
    ids: readonly ObjectId[],
  ): Promise<Result<ReadonlyMap<ObjectId, Uint8Array>, RepositoryFault>>;
  /** What stands at the paths in the tree of the commit; those where nothing does are left out. */
  present(
    commit: CommitSha,
    paths: readonly string[],
  ): Promise<Result<ReadonlyMap<string, Presence>, RepositoryFault>>;
  /** Full commit messages between merge base and head, oldest first, bounded. */
  messages(range: ResolvedRange): Promise<Result<readonly string[], RepositoryFault>>;
}

/** Reading a part of the events could miss a revocation, so none is read. */
export interface WaiverEventsTooMany {
  readonly kind: 'waiver-events-too-many';
  readonly max: number;
  /** Of all that the ledger holds, or of what bears on one change. */
  readonly of: 'ledger' | 'change';
}

/** What was recorded before and bears on a change: waiver events, and what earlier changes spent. */
export interface Precedents {
  known(
    range: ResolvedRange,
    law: LawTexts,
    branches: readonly string[],
    /** The change's own commits: earlier verdicts of these are of the change itself. */
    commits: readonly CommitSha[],
    /** The cycle's own instant. */
    at: Instant,
  ): Promise<
    Result<
      {
        readonly waiverEvents: readonly string[];
        /** Envelopes of break-glass events that may bear on the head. */
        readonly breakGlassEvents?: readonly string[];
        readonly waiverUses: Readonly<Record<string, number>> | null;
        readonly history: RollingHistory | null;
        /** What the forge said of the people, where there is one to ask. */
        readonly hosted?: HostedFacts;
      },
      LedgerFault | WaiverEventsTooMany
    >
  >;
}

/** Answers planned gates; absence and failure are answers too, so that nothing is thrown for a bad gate. */
export interface GateRunner {
  answer(
    gates: readonly PlannedGate[],
    subject: { readonly base: CommitSha; readonly head: CommitSha },
    progress: (gate: string, state: 'started' | 'done') => void,
  ): Promise<readonly (GateAnswerGiven | GateLost)[]>;
}

/** Reads the reports in answers where a large one keeps nobody waiting who does not need it. */
export interface ReportReader {
  read(answers: readonly GateAnswerGiven[]): Promise<Result<ReadItem, ReportUnread>>;
}

/** As a GateRunner, where gates may also be answered elsewhere and later. */
export interface GateSource {
  answer(
    ...asked: Parameters<GateRunner['answer']>
  ): Promise<readonly (GateAnswerGiven | GateRunning | GateLost)[]>;
}

/** Holds one Ed25519 key. */
export interface Signer {
  /** 64 lower-case hex digits: SHA-256 of the public key's SPKI. */
  readonly keyId: string;
  /** SPKI as PEM; it travels with what was signed, and `keyId` commits to it. */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

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
  readonly kind:
    | 'verdict'
    | 'error'
    | 'waiver'
    | 'publication'
    | 'key'
    | 'erasure'
    | 'restore'
    | 'break-glass'
    | 'command'
    | 'group'
    | 'evidence'
    | 'arbitration'
    | 'superseded'
    | 'acceptance'
    | 'proposal'
    | 'comparison'
    | 'model';
  readonly about: string;
  readonly body: unknown;
  /**
   * Appended only while the newest entry of this kind about this is that one, else the fault is
   * `head-moved`; 0: while there is none. Absent: whatever there is.
   */
  readonly after?: number;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
  /** Personal values that the body names by commitment only; they can be erased without breaking the chain. */
  readonly sealed?: readonly SealedValue[];
}

export interface LedgerStore extends AsyncDisposable {
  /** Appends on the current head by compare-and-swap, signs the new head, and returns the entry. */
  append(draft: LedgerDraft, signer: Signer): Promise<Result<LedgerEntry, LedgerFault>>;
  entry(sequence: number): Promise<Result<LedgerEntry | null, LedgerFault>>;
  /** The newest entry about one thing, or null. */
  find(kind: LedgerDraft['kind'], about: string): Promise<Result<LedgerEntry | null, LedgerFault>>;
  /** Newest first; of one kind, or of one kind about one thing. */
  recent(
    limit: number,
    kind?: LedgerDraft['kind'],
    about?: string,
  ): Promise<Result<readonly LedgerEntry[], LedgerFault>>;
  /** The nearest of one kind on one side of an entry: those after it oldest first, those before it newest first. */
  beyond(
    kind: LedgerDraft['kind'],
    from: { readonly after: number } | { readonly before: number },
    limit: number,
  ): Promise<Result<readonly LedgerEntry[], LedgerFault>>;
  blob(digest: Digest): Promise<Result<Uint8Array | null, LedgerFault>>;
}

/** Announces a recorded verdict. Only ever called after the ledger holds it. */
export interface Publisher {
  announce(record: VerdictRecord, entry: LedgerEntry): Promise<void>;
}

/** One language model: a file run here, a server, or a script in a test. */
export interface Model {
  readonly identity: ModelIdentity;
  /** Whether what it is asked leaves this machine. */
  readonly isRemote: boolean;
  /**
   * Answers one call. Gives up when the signal is aborted; whoever calls does not rely on that, nor on
   * the answer being short, in its schema, or there at all.
   */
  answer(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence>;
}

/** Why a worker wrote nothing. */
export interface WorkerSilence {
  readonly because:
    | 'timed-out'
    | 'too-much-output'
    | 'too-much-disk'
    | 'too-much-memory'
    | 'aborted'
    | 'could-not-start'
    | 'killed'
    | 'failed'
    | 'no-plan'
    | 'no-patch';
  readonly detail: string;
}

/** Plans and writes changes. What it gives is a stranger's, whoever runs it. */
export interface Worker {
  readonly name: string;
  /**
   * Gives up when the signal is aborted, and leaves nothing running. Never rejects for what the worker does.
   *
   * @returns the plan or the patch that the task wants, as it was written.
   */
  write(task: WorkerTask, signal: AbortSignal): Promise<Result<Uint8Array, WorkerSilence>>;
}

/** Speak for one side each, where two candidates are nearly equal. */
export interface Debaters {
  /**
   * Holds a debate as its protocol asks. Never rejects. What is said is held against the facts and the lines,
   * and believed in nothing.
   *
   * @param about.lines what of each side may be quoted.
   * @returns null where nobody spoke: there is no advocate, or no judge that would hear one.
   */
  hold(
    about: Pick<Debate, 'dossier' | 'lines'>,
    terms: {
      /** Of the whole debate. */
      readonly timeoutMs: number;
      readonly mayLeave: boolean;
      readonly signal?: AbortSignal;
    },
  ): Promise<Debate | null>;
}

/** Hears judge models about one dossier, as the protocol asks. */
export interface Judge {
  /**
   * Never rejects: whatever the models do, there is a record, and what it comes to is `opinionOf` it.
   *
   * @param surface the kind of comparison; judges are licensed for each by itself.
   */
  hear(
    dossier: Dossier,
    terms: {
      readonly surface: JudgedSurface;
      readonly timeoutMs: number;
      readonly mayLeave: boolean;
      /** Aborted where nobody waits for the opinion any more. */
      readonly signal?: AbortSignal;
    },
  ): Promise<Judgement>;
}

/** As a Judge, where the opinion may also come later. */
export interface JudgeSource {
  hear(...asked: Parameters<Judge['hear']>): Promise<Judgement | GateRunning>;
}
