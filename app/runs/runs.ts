import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import type { CommitSha, Digest, Instant } from '../../src/primitives.ts';

/** One run of a workflow that the app asked for, to have gates of a head answered. */
export interface Run {
  /** Of its case; the address at which the runner asks, and the name by which it is found at the forge. */
  readonly id: string;
  readonly repositoryId: number;
  /** `OWNER/NAME` when it was asked for. */
  readonly repository: string;
  readonly pull: number;
  readonly head: CommitSha;
  /** Of policy, plan and target: evidence for others is none for these. */
  readonly key: Digest;
  /** 1, and 2 where the first was lost. */
  readonly attempt: number;
  /** The target's, from which the workflow is taken. */
  readonly branch: string;
  readonly file: RunCase;
  readonly state: RunState;
  /** Why it is lost or over. */
  readonly because: string;
  readonly runId: number | null;
  /** The commit whose workflow runs. */
  readonly workflowSha: CommitSha | null;
  readonly askedAt: Instant;
  readonly deadline: Instant;
  readonly endedAt: Instant | null;
}

/**
 * asked: nobody has said yet which run it is. started: that is known. answered: its evidence is recorded.
 * lost: it failed, and not for the change's sake. over: nobody waits for it any more.
 */
export type RunState = 'asked' | 'started' | 'answered' | 'lost' | 'over';

/** What is remembered of runs. Lost, they are asked for again; evidence stands in the ledger. */
export interface Runs {
  begin(
    run: Omit<Run, 'state' | 'because' | 'runId' | 'workflowSha' | 'endedAt'>,
    now: Instant,
  ): Run;
  byId(id: string): Run | null;
  /** Those that count for a head, oldest first: none that are over. */
  of(repositoryId: number, head: CommitSha, key: Digest): readonly Run[];
  /** Pull requests that wait for what a run of the forge brings. */
  pullsOf(repositoryId: number, runId: number): readonly number[];
  /** Runs of a pull request that are not over, whatever their head. */
  ofPull(name: { readonly repositoryId: number; readonly pull: number }): readonly Run[];
  started(id: string, runId: number, workflowSha: CommitSha): void;
  answered(id: string, now: Instant): void;
  ended(id: string, how: 'lost' | 'over', because: string, now: Instant): void;
  /** As if it had never been asked for. */
  drop(id: string): void;
  /** @returns whether this token was used for the first time. */
  useToken(id: string, until: Instant, now: Instant): boolean;
  /** Whether somebody who may let a stranger's head be run. */
  isLet(name: { readonly repositoryId: number; readonly pull: number }, head: CommitSha): boolean;
  let(name: { readonly repositoryId: number; readonly pull: number }, head: CommitSha): void;
}
