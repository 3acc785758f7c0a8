import type { Change } from '../1-pleading/change.ts';
import type { PleaSource } from '../1-pleading/plea.ts';
import type { Examination } from '../2-examination/examination.ts';
import type { Deliberation, GateLost, GateRunning } from '../3-deliberation/deliberation.ts';
import type { StandingAcceptance } from '../4-verdict/acceptance.ts';
import type { CaseFault } from '../4-verdict/hearing.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { LawText } from '../caws/law.ts';
import type { EvidenceReference } from '../caws/plea.ts';
import type { Envelope } from '../ledger/dsse.ts';
import type {
  Clock,
  GateSource,
  JudgeSource,
  LedgerEntry,
  LedgerFault,
  LedgerStore,
  Precedents,
  Publisher,
  ReportReader,
  ReportUnread,
  Repository,
  RepositoryFault,
  ResolvedRange,
  Signer,
  WaiverEventsTooMany,
} from '../ports.ts';
import type { Digest, Instant, Result, VerdictId } from '../primitives.ts';

/** What a person or the app asks to have judged. */
export interface Request {
  readonly range: ResolvedRange;
  /** The plea as brought: a file or a pull request's body; null: what the commit messages say. */
  readonly plea: PleaSource | null;
  /** Reads a file that the plea names beside itself (`change_diff`), or says that it cannot. */
  readonly pleaFile: (file: string) => Promise<string | null>;
  readonly specNamed: string | null;
  readonly branches: readonly string[];
}

/** Everything the cycle needs of the world. */
export interface World {
  readonly clock: Clock;
  readonly newId: (at: Instant) => VerdictId;
  readonly version: string;
  readonly shippedPolicy: LawText;
  readonly repository: Repository;
  /** The runner for one case; reports are held against the digests that its plea names. */
  readonly gatesFor: (references: readonly EvidenceReference[]) => GateSource;
  readonly ledger: LedgerStore;
  readonly precedents: Precedents;
  readonly signer: Signer;
  readonly publisher: Publisher;
  /** Where there is one; a policy decides whether it is asked. */
  readonly judge?: JudgeSource;
  /** Whom people accepted for a spec; absent where nobody can be accepted. */
  readonly acceptances?: Acceptances;
  /** Absent: reports are read here, and whoever else is in this process waits. */
  readonly reports?: ReportReader;
  /**
   * Whoever hears one change again and again knows what it decided from the same inputs, and gives the
   * same verdict; who does not leaves this out.
   */
  readonly standing?: Standing;
}

/**
 * @param key what `caseKeyOf` says of all that is known of a case.
 * @returns the verdict that stands for exactly this, or the id that a new one is to have: the same after a
 * crash as before it.
 */
export type Standing = (
  key: Digest,
  at: Instant,
) => Promise<Result<{ readonly stands: Adjudicated } | { readonly id: VerdictId }, LedgerFault>>;

/**
 * @param bound the specs that bind a change, and where it leads.
 * @returns what supersedes it; null where nothing does.
 */
export type Acceptances = (bound: {
  readonly specs: readonly string[];
  readonly baseRef: string;
}) => Promise<Result<StandingAcceptance | null, LedgerFault>>;

export type Stage = 'Pleading' | 'Examination' | 'Deliberation' | 'Verdict' | 'Publication';

/** What a watcher is told while it happens. Times are the clock's own. */
export type Step =
  | { readonly kind: 'stage-started'; readonly stage: Stage; readonly at: Instant }
  | { readonly kind: 'pleaded'; readonly change: Change; readonly at: Instant }
  | { readonly kind: 'examined'; readonly examination: Examination; readonly at: Instant }
  | {
      readonly kind: 'gate';
      readonly gate: string;
      readonly state: 'started' | 'done';
      readonly at: Instant;
    }
  | { readonly kind: 'deliberated'; readonly deliberation: Deliberation; readonly at: Instant }
  | { readonly kind: 'decided'; readonly record: VerdictRecord; readonly at: Instant }
  | { readonly kind: 'published'; readonly entry: LedgerEntry; readonly at: Instant };

/** Why no verdict was given. Nothing was decided, and merging stays blocked. */
export type CycleFault =
  | RepositoryFault
  | LedgerFault
  | CaseFault
  | WaiverEventsTooMany
  | { readonly kind: 'gates-running'; readonly gates: readonly GateRunning[] }
  | { readonly kind: 'runner-lost'; readonly lost: GateLost }
  | ReportUnread
  /** The target names the signing key, and says that it does not count. */
  | {
      readonly kind: 'signer-not-valid';
      readonly keyId: string;
      readonly standing: 'revoked' | 'expired' | 'not-valid-then';
    }
  /** Not JSON as RFC 8785 has it; only a bug can make that of plain data. */
  | { readonly kind: 'not-canonical' };

/** A verdict that stands in the ledger, and what was signed. */
export interface Adjudicated {
  readonly record: VerdictRecord;
  readonly envelope: Envelope;
  readonly entry: LedgerEntry;
}
