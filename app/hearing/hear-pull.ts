import type { Step } from '../../src/cycle.ts';
import type { CheckFace, Forge, ForgeFault, LiveCheckRun, LivePull } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import type { CommitSha, Instant, Result } from '../../src/primitives.ts';
import { ownCheck, showFace } from './check-post.ts';
import type { DocketRow, PullName } from './docket.ts';
import { type Court, type Judged, type JudgeFault, judgePull } from './judge-pull.ts';

/** One pull request that is to be looked at again. */
export interface Job {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly owner: string;
  readonly name: string;
  readonly pull: number;
}

/** The right to work on a pull request; who lost it changes nothing any more. */
export interface Lease {
  readonly signal: AbortSignal;
  stillHeld(): boolean;
}

export type Outcome =
  | { readonly kind: 'done'; readonly againAt?: Instant }
  | { readonly kind: 'retry'; readonly because: string; readonly notBefore?: Instant };

/** What people are shown; the words are made in 5-publication. */
export interface Faces {
  readonly name: string;
  begun(pull: LivePull): CheckFace;
  waiting(pull: LivePull, because: JudgeFault): CheckFace;
  judged(
    pull: LivePull,
    judged: Extract<Judged, { kind: 'judged' }>,
    others: readonly DocketRow[],
  ): CheckFace;
  failed(pull: LivePull, fault: JudgeFault): CheckFace;
  superseded(pull: LivePull, by: CommitSha): CheckFace;
}

export interface HearingDeps extends Court {
  readonly forgeFor: (job: Job) => Promise<Result<Forge, ForgeFault>>;
  readonly ledgerFor: (repositoryId: number) => Promise<Result<LedgerStore, LedgerFault>>;
  readonly faces: Faces;
  readonly watch?: (step: Step) => void;
}
