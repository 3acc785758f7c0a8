/** Everything the offline GitHub knows, as plain data. Only git objects live elsewhere: in the bare repositories. */
import type { KeyObject } from 'node:crypto';
import type { CheckRun, CheckSuite, CommitStatus } from './check-state.ts';

export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';
export type AccountKind = 'User' | 'Organization' | 'Bot';

export interface Account {
  readonly id: number;
  login: string;
  readonly kind: AccountKind;
  /** The app that speaks through a bot account. */
  readonly appId: number | null;
}

export interface Team {
  readonly id: number;
  readonly organizationId: number;
  readonly slug: string;
  readonly members: Map<number, { state: 'active' | 'pending'; role: 'member' | 'maintainer' }>;
  /** What the team may do, by repository id. */
  readonly roles: Map<number, Role>;
}

export type Permissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly ownerId: number;
  readonly botId: number;
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly createdAt: number;
  webhookUrl: string | null;
  webhookSecret: string;
  permissions: Permissions;
  events: readonly string[];
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number;
  readonly createdAt: number;
  permissions: Permissions;
  events: readonly string[];
  /** null: every repository of the account. */
  repositoryIds: Set<number> | null;
  suspended: boolean;
}

export type Credential =
  | { readonly kind: 'person'; readonly accountId: number }
  | {
      readonly kind: 'installation';
      readonly installationId: number;
      readonly expiresAt: number;
      readonly permissions: Permissions;
      readonly repositoryIds: readonly number[] | null;
    };

export interface Reaction {
  readonly id: number;
  readonly accountId: number;
  readonly content: string;
  readonly createdAt: number;
}

export interface Comment {
  readonly id: number;
  /** The number of the issue or pull request. */
  readonly number: number;
  readonly authorId: number;
  readonly viaAppId: number | null;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
  lastEditedAt: number | null;
  minimizedReason: string | null;
  readonly reactions: Reaction[];
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface AutoMerge {
  readonly enabledById: number;
  readonly method: MergeMethod;
  readonly title: string;
  readonly message: string;
  readonly expectedHead: string | null;
}

export type Move =
  | { readonly kind: 'closed' | 'reopened'; readonly at: number }
  | { readonly kind: 'aimed'; readonly at: number; readonly from: string; readonly to: string };

/** What git says of one base and head; kept until either moves. */
export interface Measured {
  readonly key: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export interface Mergeability {
  readonly key: string;
  readonly clean: boolean;
  /** The trial merge at refs/pull/N/merge. */
  readonly commit: string | null;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly authorId: number;
  readonly createdAt: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  base: { ref: string; sha: string };
  /** repositoryId null: the fork is gone. */
  head: { ref: string; sha: string; repositoryId: number | null };
  updatedAt: number;
  closedAt: number | null;
  mergedAt: number | null;
  mergedById: number | null;
  mergeCommit: string | null;
  autoMerge: AutoMerge | null;
  /** As its timeline tells it. */
  moves: Move[];
  labels: string[];
  measured: Measured | null;
  mergeability: Mergeability | null;
  /** The base's tip, where the head is known to contain it. */
  containsBase: string | null;
}

export interface RequiredCheck {
  readonly context: string;
  /** null: whoever reports under this name. */
  readonly appId: number | null;
}

/** A rule in the shape of GitHub's API: `{type, parameters}`. */
export interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface BypassActor {
  readonly actor_id: number | null;
  readonly actor_type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'User';
  readonly bypass_mode: 'always' | 'pull_request' | 'exempt';
}

export interface Ruleset {
  readonly id: number;
  readonly createdAt: number;
  name: string;
  enforcement: 'active' | 'disabled' | 'evaluate';
  /** Patterns such as `~DEFAULT_BRANCH` and `refs/heads/release/*`. */
  include: readonly string[];
  exclude: readonly string[];
  bypass: readonly BypassActor[];
  rules: readonly Rule[];
  updatedAt: number;
}

export interface Protection {
  checks: readonly RequiredCheck[];
  strict: boolean;
  enforceAdmins: boolean;
  approvals: number;
}

export interface WorkflowRun {
  readonly id: number;
  readonly workflowPath: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly number: number;
  readonly actorId: number;
  readonly createdAt: number;
  readonly suiteId: number;
  readonly checkRunId: number;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What its workflow's `run-name` makes of the inputs. */
  readonly title: string;
  attempt: number;
  /** When this attempt began. */
  startedAt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  updatedAt: number;
}

export interface Artifact {
  readonly id: number;
  readonly runId: number;
  readonly name: string;
  readonly zip: Buffer;
  readonly createdAt: number;
}

export interface QueueEntry {
  readonly id: number;
  readonly number: number;
  /** What was enqueued; another head leaves the queue. */
  readonly head: string;
  readonly enqueuedById: number;
  readonly baseRef: string;
  readonly group: { readonly ref: string; readonly sha: string; readonly baseSha: string } | null;
}

export interface RepositorySettings {
  private: boolean;
  allowMerge: boolean;
  allowSquash: boolean;
  allowRebase: boolean;
  allowAutoMerge: boolean;
  deleteBranchOnMerge: boolean;
  squashTitle: 'PR_TITLE' | 'COMMIT_OR_PR_TITLE';
  squashMessage: 'PR_BODY' | 'COMMIT_MESSAGES' | 'BLANK';
  mergeTitle: 'PR_TITLE' | 'MERGE_MESSAGE';
  mergeMessage: 'PR_BODY' | 'PR_TITLE' | 'BLANK';
}

export interface Repository {
  readonly id: number;
  ownerId: number;
  name: string;
  readonly createdAt: number;
  readonly folder: string;
  readonly forkOf: number | null;
  defaultBranch: string;
  pushedAt: number;
  settings: RepositorySettings;
  /** Every ref but refs/pull, as last seen in the bare repository. */
  refs: ReadonlyMap<string, string>;
  readonly collaborators: Map<number, Role>;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly suites: Map<number, CheckSuite>;
  readonly checks: Map<number, CheckRun>;
  readonly statuses: CommitStatus[];
  readonly rulesets: Map<number, Ruleset>;
  readonly protections: Map<string, Protection>;
  readonly runs: Map<number, WorkflowRun>;
  readonly artifacts: Map<number, Artifact>;
  queue: readonly QueueEntry[];
  nextNumber: number;
}
