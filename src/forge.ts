/**
 * What the app reads and writes at a code forge. One adapter talks to GitHub; tests run it against the
 * offline GitHub. Everything is asked live and whole: an answer that is a part is a fault, so that nobody
 * judges by it.
 */
import type { CommitSha, Instant, Result } from './primitives.ts';

/** A repository by its number, which survives renames; the names are for addresses and people. */
export interface ForgeRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly ownerIsOrganization: boolean;
  /** A branch's name without `refs/heads/`. */
  readonly defaultBranch: string;
  readonly private: boolean;
  /** What its settings allow, the usual one first; all where the forge does not say. */
  readonly mergeMethods: readonly MergeMethod[];
}

/** Somebody at the forge. The number is who it is; a login can be given away. */
export interface Actor {
  readonly id: number;
  readonly login: string;
  readonly kind: 'person' | 'bot' | 'organization' | 'ghost';
}

/** A pull request as the forge says it is now. */
export interface LivePull {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly author: Actor;
  readonly title: string;
  readonly body: string;
  /** Branch names without `refs/heads/`. */
  readonly base: { readonly branch: string; readonly sha: CommitSha };
  /** Its repository is null where the fork is gone. */
  readonly head: {
    readonly branch: string;
    readonly sha: CommitSha;
    readonly repositoryId: number | null;
    readonly repositoryName: { readonly owner: string; readonly repo: string } | null;
  };
  /** What a merged pull request became, or null. */
  readonly mergeCommit: CommitSha | null;
  /** What the forge is to merge it with as soon as its rules allow; null: nothing waits. */
  readonly autoMerge: { readonly message: string; readonly method: MergeMethod | null } | null;
  /** Comments in its conversation, or null where the answer does not say (in lists). */
  readonly comments: number | null;
  readonly updatedAt: Instant;
}

/** What became of a pull request as a whole, by the forge's own clock, to the second. */
export type PullMove =
  | { readonly kind: 'closed' | 'reopened'; readonly at: Instant }
  /** Whatever became of it before that: the forge lists no more. */
  | { readonly kind: 'unlisted'; readonly at: Instant }
  /** It leads into another branch since. */
  | { readonly kind: 'aimed'; readonly at: Instant; readonly from: string };

export interface LiveComment {
  readonly id: number;
  /** What the forge's GraphQL calls it. */
  readonly nodeId: string;
  readonly author: Actor;
  readonly body: string;
  readonly createdAt: Instant;
  /** Differs from createdAt where somebody edited it. */
  readonly updatedAt: Instant;
  /** The app that wrote it, or null: a marker in a text can be forged, this cannot. */
  readonly appId: number | null;
}

/** Who wrote one commit, as far as the forge knows. */
export interface ForgeCommit {
  readonly commit: CommitSha;
  /** Accounts of author, committer and co-authors. */
  readonly people: readonly Pick<Actor, 'id' | 'login'>[];
  /** Names and addresses that the forge knows no account for. */
  readonly unresolved: readonly string[];
  /** Made and signed by the forge itself for somebody who pressed a button. */
  readonly byForge: boolean;
}

/** Who moved a branch from where to where. */
export interface ForgePush {
  readonly by: Pick<Actor, 'id' | 'login'>;
  readonly before: CommitSha | null;
  readonly head: CommitSha;
}

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'action_required'
  | 'cancelled'
  | 'timed_out'
  | 'neutral'
  | 'skipped'
  | 'stale'
  | 'startup_failure';

export interface LiveCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head: CommitSha;
  /** The app that made it; null only where the forge names none. */
  readonly appId: number | null;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: CheckConclusion | null;
  readonly externalId: string;
  readonly title: string;
  readonly summary: string;
  readonly annotations: number;
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly checkSuiteId: number | null;
  readonly detailsUrl: string;
}

/** A run of the repository's own CI, for gates that a check answers. */
export interface LiveWorkflowRun {
  readonly id: number;
  readonly path: string;
  readonly event: string;
  readonly head: CommitSha;
  readonly status: string;
  readonly conclusion: string | null;
  readonly checkSuiteId: number | null;
  readonly attempt: number;
  /** When this attempt began, or null where the forge does not say. */
  readonly startedAt: Instant | null;
}

/** A run that somebody started by hand or by an app: what it is called may be what it was asked for. */
export interface StartedRun extends LiveWorkflowRun {
  readonly title: string;
  /** Whose workflow file it runs, without `refs/heads/`. */
  readonly branch: string;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

export interface CheckAction {
  /** 20 characters at most. */
  readonly label: string;
  /** 40 characters at most. */
  readonly description: string;
  /** 20 characters at most. */
  readonly identifier: string;
}

/** Everything that a check shows; within the forge's limits by construction. */
export interface CheckFace {
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Exactly where status is completed. */
  readonly conclusion: Exclude<
    CheckConclusion,
    'neutral' | 'skipped' | 'stale' | 'startup_failure'
  > | null;
  readonly externalId: string;
  readonly detailsUrl: string;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  /** All of them; the adapter sends each once, 50 a request. */
  readonly annotations: readonly CheckAnnotation[];
  readonly actions: readonly CheckAction[];
  /** Absent: the forge sets it. */
  readonly completedAt?: Instant;
}

export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export type Reaction = '+1' | '-1' | 'confused' | 'eyes' | 'rocket';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** What a branch demands. */
export interface BranchRules {
  /** Every check that it requires, and who must report it: an app's id, or null for any source. */
  readonly checks: readonly { readonly name: string; readonly appId: number | null }[];
  /** How the branch's merge queue merges; null: it has none. */
  readonly queue: MergeMethod | null;
}

/** One branch of a merge queue: a pull request on top of what stands before it. */
export interface QueueBranch {
  /** Full, under `refs/heads/gh-readonly-queue/`. */
  readonly ref: string;
  /** The branch that the queue is of, by the name of its own. */
  readonly base: string;
  readonly head: CommitSha;
  /** The pull request that its name says it is for: whoever may write could give it any name. */
  readonly pull: number;
}

/** Why the forge gave no whole answer. None of these says anything about a change. */
export type ForgeFault =
  | { readonly kind: 'forge-unreachable'; readonly doing: string; readonly detail: string }
  | { readonly kind: 'forge-busy'; readonly doing: string; readonly retryAt: Instant }
  | {
      readonly kind: 'forge-refused';
      readonly doing: string;
      readonly status: number;
      /** The permission that is missing, as the forge names it, or null. */
      readonly permission: string | null;
    }
  | { readonly kind: 'forge-incomplete'; readonly doing: string; readonly what: string }
  | { readonly kind: 'forge-unexpected'; readonly doing: string; readonly detail: string };

export type MergeRefused =
  | { readonly kind: 'head-moved'; readonly detail: string }
  | { readonly kind: 'not-mergeable'; readonly detail: string };

type Asked<Value> = Promise<Result<Value, ForgeFault>>;

/** One repository at the forge, with the rights of the app's installation. */
export interface Forge {
  readonly repository: ForgeRepository;
  /** The app's own number: its checks and comments are known by it. */
  readonly appId: number;

  /** null where there is no such pull request. */
  pull(number: number): Asked<LivePull | null>;
  /** All that are open, of one base branch where it is named. */
  openPulls(baseBranch?: string): Asked<readonly LivePull[]>;
  /** The tip of a branch, or null. */
  branchTip(branch: string): Asked<CommitSha | null>;
  /** Every comment of the conversation; fewer than the pull request has are a fault. */
  comments(pull: LivePull): Asked<readonly LiveComment[]>;
  /** Which of these nobody ever edited: the forge shows times to the second, and knows of each edit. */
  neverEdited(comments: readonly LiveComment[]): Asked<ReadonlySet<number>>;
  /** When it was closed, opened again and aimed elsewhere, oldest first; the newest hundred. */
  moves(pull: LivePull): Asked<readonly PullMove[]>;
  /** Every check run on exactly this commit, all apps, all attempts. */
  checkRuns(head: CommitSha): Asked<readonly LiveCheckRun[]>;
  /** The app's own among them: whatever others heap up there, these are read. */
  ownCheckRuns(head: CommitSha): Asked<readonly LiveCheckRun[]>;
  workflowRuns(head: CommitSha): Asked<readonly LiveWorkflowRun[]>;
  /** One run, or null. */
  startedRun(id: number): Asked<StartedRun | null>;
  /** Every run that was started on a branch since then. */
  startedRuns(branch: string, since: Instant): Asked<readonly StartedRun[]>;
  /** Who wrote each commit of a pull request. */
  commitPeople(pull: LivePull): Asked<readonly ForgeCommit[]>;
  /** Every push to the head branch, or null where they cannot be known. */
  pushes(pull: LivePull): Asked<readonly ForgePush[] | null>;
  /** The account of a login now, or null. */
  person(login: string): Asked<Actor | null>;
  /** By number: a login that now belongs to somebody else has role 'none'. */
  role(person: Pick<Actor, 'id' | 'login'>): Asked<Role>;
  /** `@org/team`: whether the person is an active member. Pending and unknown are no. */
  isTeamMember(team: string, person: Pick<Actor, 'id' | 'login'>): Asked<boolean>;
  /** What a branch demands before it moves. */
  branchRules(branch: string): Asked<BranchRules>;
  /** What the merge queue of a branch has put together and asks checks for, in no order; null: of every branch. */
  queueBranches(branch: string | null): Asked<readonly QueueBranch[]>;

  /** Starts a workflow as it stands on a branch. @returns its run's number, or null where that is not told. */
  startRun(wanted: {
    readonly branch: string;
    /** `.github/workflows/FILE` */
    readonly workflow: string;
    readonly inputs: Readonly<Record<string, string>>;
  }): Asked<number | null>;
  /** A run that has ended, or is gone, is left alone. */
  cancelRun(id: number): Asked<void>;
  createCheck(head: CommitSha, face: CheckFace): Asked<LiveCheckRun>;
  /** @param before what stands there now: annotations are appended by the forge, never replaced. */
  updateCheck(before: LiveCheckRun, face: CheckFace): Asked<LiveCheckRun>;
  comment(number: number, body: string): Asked<LiveComment>;
  editComment(id: number, body: string): Asked<void>;
  /** Hides a comment as resolved, or shows it again; readers may still open it. */
  foldComment(id: number, folded: boolean): Asked<void>;
  react(commentId: number, reaction: Reaction): Asked<void>;
  /** The app's own reactions of other kinds are taken away first. */
  replaceReaction(commentId: number, reaction: Reaction): Asked<void>;
  setBody(number: number, body: string): Asked<void>;
  /** Merges exactly this head, or nothing. */
  merge(
    number: number,
    wanted: {
      readonly head: CommitSha;
      readonly method: MergeMethod;
      readonly title: string;
      readonly message: string;
    },
  ): Promise<Result<CommitSha, ForgeFault | MergeRefused>>;
  /** Asks the forge to merge exactly this head itself as soon as its rules allow. */
  mergeWhenReady(
    number: number,
    wanted: Parameters<Forge['merge']>[1],
  ): Promise<Result<void, ForgeFault | MergeRefused>>;
  /** Takes back what `mergeWhenReady`, or somebody's button, asked for. Where nothing waits, nothing is done. */
  stopMerging(number: number): Asked<boolean>;
  /** Puts exactly this head into the merge queue of its branch, which merges as its own rule says. */
  enqueue(number: number, head: CommitSha): Promise<Result<void, ForgeFault | MergeRefused>>;
  /** Whether it waits in the merge queue of its branch, whoever put it there. */
  isQueued(number: number): Asked<boolean>;
  /** Takes out of its merge queue what `isQueued` says is in it. */
  dequeue(number: number): Asked<void>;
  /** A token for git over HTTPS, short-lived. Never logged, never in an argument list. */
  gitToken(): Asked<string>;
  /** `https://HOST/OWNER/NAME.git` without credentials. */
  readonly gitUrl: string;
}
