/**
 * Every call of the port, with what GitHub is asked for it and what a right answer holds: only fields that
 * are read, so that whatever is taken out of an answer must be missed.
 */
import { Octokit } from '@octokit/rest';
import {
  boundedFetch,
  type Fetch,
  type FetchBounds,
} from '../../../src/adapters/github/bounded-fetch.ts';
import { ask, type GitHubClient } from '../../../src/adapters/github/client.ts';
import { gitHubForge } from '../../../src/adapters/github/forge.ts';
import { repositoryOf } from '../../../src/adapters/github/repository.ts';
import type {
  CheckFace,
  Forge,
  ForgeFault,
  ForgeRepository,
  LiveCheckRun,
  LiveComment,
  LivePull,
  MergeRefused,
} from '../../../src/forge.ts';
import type { CommitSha, Instant, Result } from '../../../src/primitives.ts';

export const API = 'https://forge.test/api/v3';
export const NOW = Date.parse('2026-03-01T12:00:00Z') as Instant;

const head = 'a'.repeat(40) as CommitSha;
const base = 'b'.repeat(40) as CommitSha;
const at = '2026-03-01T11:00:00Z';

const startedRun = {
  ...{ id: 51, path: '.github/workflows/arbitrate.yml', event: 'workflow_dispatch' },
  ...{ head_sha: base, status: 'completed', conclusion: 'success', check_suite_id: 41 },
  ...{ run_attempt: 2, run_started_at: at, display_title: 'CAWS 1', head_branch: 'main' },
};
const startedRunMayLack = [
  ...['status', 'conclusion', 'check_suite_id', 'run_attempt', 'run_started_at'],
  ...['display_title', 'head_branch'],
];

const repository: ForgeRepository = {
  id: 7,
  owner: 'acme',
  name: 'shop',
  ownerIsOrganization: true,
  defaultBranch: 'main',
  private: false,
  mergeMethods: ['squash'],
};

/** One request of a call, as it is answered when all is well. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Within the API, as it is sent. */
  readonly path: string;
  readonly answer: unknown;
  /** Paths such as `0.user` of what GitHub may leave out or give as null. */
  readonly mayLack?: readonly string[];
  /** Other values that have a meaning, by path. */
  readonly mayBe?: Readonly<Record<string, readonly unknown[]>>;
  /** Fields that say the same as others, or only add words: whatever stands there changes nothing that is judged. */
  readonly loose?: readonly string[];
  /** Whether it is read page by page, and by what. */
  readonly pages?: 'number' | 'cursor';
  /** What the call gives where this is answered with 404; without it, a refusal. */
  readonly absent?: { readonly value: unknown; readonly looksAt?: 'repository' };
  /** Statuses that mean something else here than that the app may not. */
  readonly means?: Readonly<Record<number, MergeRefused['kind'] | { readonly value: unknown }>>;
  readonly graphql?: true;
  /** An answer without content is the right one. */
  readonly empty?: true;
  /** One without content says that it was done, and no more. */
  readonly untold?: true;
}

export interface Call {
  readonly asks: readonly Asked[];
  readonly make: (
    forge: Forge,
    client: GitHubClient,
  ) => Promise<Result<unknown, ForgeFault | MergeRefused>>;
}

const livePull: LivePull = {
  number: 3,
  state: 'open',
  draft: false,
  author: { id: 11, login: 'kim', kind: 'person' },
  title: 'Prices',
  body: '',
  base: { branch: 'main', sha: base },
  head: {
    branch: 'topic',
    sha: head,
    repositoryId: 7,
    repositoryName: { owner: 'acme', repo: 'shop' },
  },
  mergeCommit: null,
  autoMerge: null,
  comments: 1,
  updatedAt: NOW,
};

const user = (id: number, login: string) => ({ id, login, type: 'User' });

const pullAnswer = {
  number: 3,
  state: 'open',
  draft: false,
  merged_at: null,
  user: user(11, 'kim'),
  title: 'Prices',
  body: 'CAWS-SPEC: CART-1',
  base: { ref: 'main', sha: base, repo: { id: 7 } },
  head: { ref: 'topic', sha: head, repo: { id: 7, name: 'shop', owner: { login: 'acme' } } },
  updated_at: at,
  comments: 1,
};
const pullMayLack = ['draft', 'merged_at', 'user', 'user.type', 'body', 'head.repo', 'comments'];

const checkAnswer = {
  id: 31,
  name: 'CAWS verdict',
  head_sha: head,
  app: { id: 5 },
  status: 'completed',
  conclusion: 'success',
  external_id: 'x',
  details_url: 'https://arbiter.test/v/x',
  started_at: at,
  completed_at: at,
  check_suite: { id: 41 },
  output: { title: 't', summary: 's', annotations_count: 0 },
};
const checkMayLack = [
  ...['app', 'conclusion', 'external_id', 'details_url', 'started_at', 'completed_at'],
  ...['check_suite', 'output.title', 'output.summary'],
];

const commentAnswer = {
  id: 21,
  node_id: 'IC_1',
  user: user(11, 'kim'),
  body: '/caws help',
  created_at: at,
  updated_at: at,
  performed_via_github_app: { id: 5 },
};
const liveComment: LiveComment = {
  ...{ id: 21, nodeId: 'IC_1', author: livePull.author, body: '/caws help' },
  ...{ createdAt: NOW, updatedAt: NOW, appId: null },
};
const commentMayLack = ['user', 'user.type', 'performed_via_github_app'];

const inList = (names: readonly string[], prefix = '0') => names.map((name) => `${prefix}.${name}`);

const shop = '/repos/acme/shop';
/** A verdict that a branch asks of app 5. */
const VERDICT = { name: 'CAWS verdict', appId: 5 };

const face: CheckFace = {
  name: 'CAWS verdict',
  status: 'completed',
  conclusion: 'success',
  externalId: 'x',
  detailsUrl: 'https://arbiter.test/v/x',
  title: 't',
  summary: 's',
  text: '',
  annotations: [],
  actions: [],
};
const wanted = { head, method: 'squash', title: 'Prices', message: 'm' } as const;

/** Of every kind of call: a new one of the port has to be added here. */
export const calls: Readonly<
  Record<Exclude<keyof Forge, 'repository' | 'appId' | 'gitUrl' | 'gitToken'>, Call>
> = {
  pull: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/pulls/3`, answer: pullAnswer, mayLack: pullMayLack },
        absent: { value: null, looksAt: 'repository' },
      },
    ],
    make: (forge) => forge.pull(3),
  },
  openPulls: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/pulls`, answer: [pullAnswer], pages: 'number' },
        mayLack: inList(pullMayLack),
      },
    ],
    make: (forge) => forge.openPulls('main'),
  },
  branchTip: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/git/ref/heads%2Fmain` },
        answer: { ref: 'refs/heads/main', object: { sha: head } },
        absent: { value: null, looksAt: 'repository' },
      },
    ],
    make: (forge) => forge.branchTip('main'),
  },
  comments: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/issues/3/comments`, pages: 'number' },
        ...{ answer: [commentAnswer], mayLack: inList(commentMayLack) },
      },
    ],
    make: (forge) => forge.comments(livePull),
  },
  neverEdited: {
    asks: [
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: {
          data: {
            nodes: [
              {
                ...{ fullDatabaseId: '21', body: '/caws help' },
                ...{ lastEditedAt: null, includesCreatedEdit: false },
              },
            ],
          },
        },
        mayLack: ['data.nodes.0.lastEditedAt'],
        loose: ['data.nodes.0.lastEditedAt'],
      },
    ],
    make: (forge) => forge.neverEdited([liveComment]),
  },
  moves: {
    asks: [
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: {
          data: {
            repository: {
              pullRequest: {
                baseRefName: livePull.base.branch,
                timelineItems: {
                  pageInfo: { hasPreviousPage: false },
                  nodes: [
                    { __typename: 'ReopenedEvent', createdAt: '2026-11-24T12:00:00Z' },
                    {
                      ...{ __typename: 'BaseRefChangedEvent', createdAt: '2026-11-24T12:00:00Z' },
                      previousRefName: 'dev',
                    },
                  ],
                },
              },
            },
          },
        },
      },
    ],
    make: (forge) => forge.moves(livePull),
  },
  checkRuns: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/commits/${head}/check-runs`, pages: 'number' },
        answer: { total_count: 1, check_runs: [checkAnswer] },
        mayLack: inList(checkMayLack, 'check_runs.0'),
      },
    ],
    make: (forge) => forge.checkRuns(head),
  },
  ownCheckRuns: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/commits/${head}/check-runs`, pages: 'number' },
        answer: { total_count: 1, check_runs: [checkAnswer] },
        mayLack: inList(checkMayLack, 'check_runs.0'),
      },
    ],
    make: (forge) => forge.ownCheckRuns(head),
  },
  workflowRuns: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/actions/runs`, pages: 'number' },
        answer: {
          total_count: 1,
          workflow_runs: [
            {
              ...{ id: 51, path: '.github/workflows/ci.yml', event: 'push', head_sha: head },
              ...{ status: 'completed', conclusion: 'success', check_suite_id: 41 },
              ...{ run_attempt: 2, run_started_at: at },
            },
          ],
        },
        mayLack: inList(
          ['status', 'conclusion', 'check_suite_id', 'run_attempt', 'run_started_at'],
          'workflow_runs.0',
        ),
      },
    ],
    make: (forge) => forge.workflowRuns(head),
  },
  startedRun: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/actions/runs/51`, absent: { value: null } },
        ...{ answer: startedRun, mayLack: startedRunMayLack },
      },
    ],
    make: (forge) => forge.startedRun(51),
  },
  startedRuns: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/actions/runs`, pages: 'number' },
        answer: { total_count: 1, workflow_runs: [startedRun] },
        mayLack: inList(startedRunMayLack, 'workflow_runs.0'),
      },
    ],
    make: (forge) => forge.startedRuns('main', NOW),
  },
  startRun: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/actions/workflows/arbitrate.yml/dispatches` },
        ...{ answer: { workflow_run_id: 51 }, untold: true },
      },
    ],
    make: (forge) =>
      forge.startRun({
        ...{ branch: 'main', workflow: '.github/workflows/arbitrate.yml' },
        inputs: { case: '1' },
      }),
  },
  cancelRun: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/actions/runs/51/cancel`, answer: null, empty: true },
        means: { 404: { value: undefined }, 409: { value: undefined } },
      },
    ],
    make: (forge) => forge.cancelRun(51),
  },
  commitPeople: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/pulls/3/commits`, pages: 'number' },
        answer: [
          {
            sha: head,
            author: { id: 11, login: 'kim' },
            committer: { id: 19864447, login: 'web-flow' },
            commit: {
              ...{ author: { name: 'Kim', email: 'kim@example.com' }, message: 'Prices' },
              ...{ committer: { name: 'GitHub', email: 'noreply@github.com' } },
              verification: { verified: true },
            },
          },
        ],
        mayLack: inList([
          ...['author', 'committer', 'commit.author', 'commit.author.name', 'commit.author.email'],
          ...['commit.committer', 'commit.committer.name', 'commit.committer.email'],
          ...['commit.verification', 'commit.verification.verified'],
        ]),
        // Accounts are known for both sides, so nobody reads what the commit itself says of them.
        loose: inList([
          ...['commit.author.name', 'commit.author.email'],
          ...['commit.committer', 'commit.committer.name', 'commit.committer.email'],
        ]),
      },
    ],
    make: (forge) => forge.commitPeople(livePull),
  },
  pushes: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/activity`, pages: 'cursor' },
        answer: [{ actor: { id: 11, login: 'kim' }, before: base, after: head }],
        mayLack: ['0.actor'],
        absent: { value: null },
        means: { 403: { value: null } },
      },
    ],
    make: (forge) => forge.pushes(livePull),
  },
  person: {
    asks: [
      {
        ...{ method: 'GET', path: '/users/kim', answer: user(11, 'kim'), mayLack: ['type'] },
        absent: { value: null },
      },
    ],
    make: (forge) => forge.person('kim'),
  },
  role: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/collaborators/kim/permission` },
        answer: { permission: 'write', role_name: 'maintain', user: user(11, 'kim') },
        mayLack: ['user', 'user.type'],
        absent: { value: 'none' },
      },
    ],
    make: (forge) => forge.role({ id: 11, login: 'kim' }),
  },
  isTeamMember: {
    asks: [
      {
        ...{ method: 'GET', path: '/orgs/acme/teams/core/memberships/kim' },
        ...{ answer: { state: 'active' }, absent: { value: false } },
      },
      { method: 'GET', path: '/users/kim', answer: { id: 11 } },
    ],
    make: (forge) => forge.isTeamMember('@acme/core', { id: 11, login: 'kim' }),
  },
  branchRules: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/rules/branches/main`, pages: 'number' },
        answer: [
          {
            type: 'required_status_checks',
            parameters: {
              required_status_checks: [{ context: 'CAWS verdict', integration_id: 5 }],
            },
          },
          { type: 'merge_queue', parameters: { merge_method: 'SQUASH' } },
        ],
        mayLack: [
          '0.parameters.required_status_checks.0.integration_id',
          '1.parameters.merge_method',
        ],
      },
      {
        ...{ method: 'GET', path: `${shop}/branches/main` },
        answer: {
          name: 'main',
          protection: {
            required_status_checks: { checks: [{ context: 'CAWS verdict', app_id: 5 }] },
          },
        },
        mayLack: [
          ...['protection', 'protection.required_status_checks'],
          ...['protection.required_status_checks.checks'],
          ...['protection.required_status_checks.checks.0.app_id'],
        ],
        absent: { value: { checks: [VERDICT], queue: 'squash' } },
        means: { 403: { value: { checks: [VERDICT], queue: 'squash' } } },
        mayBe: { 'protection.required_status_checks.checks.0.app_id': [-1] },
      },
    ],
    make: (forge) => forge.branchRules('main'),
  },
  queueBranches: {
    asks: [
      {
        method: 'GET',
        path: `${shop}/git/matching-refs/heads%2Fgh-readonly-queue%2Fmain%2F`,
        answer: [
          {
            ref: `refs/heads/gh-readonly-queue/main/pr-3-${base}`,
            object: { type: 'commit', sha: head },
          },
        ],
        loose: ['0.object.type'],
      },
    ],
    make: (forge) => forge.queueBranches('main'),
  },
  createCheck: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/check-runs` },
        ...{ answer: checkAnswer, mayLack: checkMayLack },
      },
    ],
    make: (forge) => forge.createCheck(head, face),
  },
  updateCheck: {
    asks: [
      {
        ...{ method: 'PATCH', path: `${shop}/check-runs/31` },
        ...{ answer: checkAnswer, mayLack: checkMayLack },
      },
    ],
    make: (forge) => forge.updateCheck({ id: 31, annotations: 0 } as LiveCheckRun, face),
  },
  comment: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/issues/3/comments` },
        ...{ answer: commentAnswer, mayLack: commentMayLack },
      },
    ],
    make: (forge) => forge.comment(3, 'hello'),
  },
  editComment: {
    asks: [{ method: 'PATCH', path: `${shop}/issues/comments/21`, answer: { id: 21 } }],
    make: (forge) => forge.editComment(21, 'hello'),
  },
  foldComment: {
    asks: [
      { method: 'GET', path: `${shop}/issues/comments/21`, answer: { id: 21, node_id: 'IC_1' } },
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { minimizeComment: { clientMutationId: null } } },
        mayLack: ['data.minimizeComment.clientMutationId'],
        loose: ['data.minimizeComment.clientMutationId'],
      },
    ],
    make: (forge) => forge.foldComment(21, true),
  },
  react: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/issues/comments/21/reactions` },
        answer: { id: 61 },
      },
    ],
    make: (forge) => forge.react(21, '+1'),
  },
  replaceReaction: {
    asks: [
      {
        ...{ method: 'POST', path: `${shop}/issues/comments/21/reactions` },
        ...{ answer: { id: 61, user: { id: 99 } }, mayLack: ['user'] },
      },
      {
        ...{ method: 'GET', path: `${shop}/issues/comments/21/reactions`, pages: 'number' },
        answer: [{ id: 60, user: { id: 99 }, content: 'eyes' }],
        mayLack: ['0.user'],
      },
      {
        ...{ method: 'DELETE', path: `${shop}/issues/comments/21/reactions/60` },
        ...{ answer: null, empty: true },
      },
    ],
    make: (forge) => forge.replaceReaction(21, '+1'),
  },
  setBody: {
    asks: [{ method: 'PATCH', path: `${shop}/pulls/3`, answer: { number: 3 } }],
    make: (forge) => forge.setBody(3, 'hello'),
  },
  merge: {
    asks: [
      {
        ...{ method: 'PUT', path: `${shop}/pulls/3/merge`, answer: { merged: true, sha: head } },
        means: { 405: 'not-mergeable', 409: 'head-moved', 422: 'not-mergeable' },
      },
    ],
    make: (forge) => forge.merge(3, wanted),
  },
  mergeWhenReady: {
    asks: [
      { method: 'GET', path: `${shop}/pulls/3`, answer: { node_id: 'PR_1' } },
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { enablePullRequestAutoMerge: { clientMutationId: null } } },
        mayLack: ['data.enablePullRequestAutoMerge.clientMutationId'],
        loose: ['data.enablePullRequestAutoMerge.clientMutationId'],
      },
    ],
    make: (forge) => forge.mergeWhenReady(3, wanted),
  },
  enqueue: {
    asks: [
      { method: 'GET', path: `${shop}/pulls/3`, answer: { node_id: 'PR_1' } },
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { enqueuePullRequest: { clientMutationId: null } } },
        mayLack: ['data.enqueuePullRequest.clientMutationId'],
        loose: ['data.enqueuePullRequest.clientMutationId'],
      },
    ],
    make: (forge) => forge.enqueue(3, head),
  },
  stopMerging: {
    asks: [
      {
        ...{ method: 'GET', path: `${shop}/pulls/3` },
        answer: { node_id: 'PR_1', auto_merge: { merge_method: 'squash' } },
        mayLack: ['auto_merge'],
        // That something waits is all that is read of it.
        loose: ['auto_merge', 'auto_merge.merge_method'],
      },
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { disablePullRequestAutoMerge: { clientMutationId: null } } },
        mayLack: ['data.disablePullRequestAutoMerge.clientMutationId'],
        loose: ['data.disablePullRequestAutoMerge.clientMutationId'],
      },
    ],
    make: (forge) => forge.stopMerging(3),
  },
  isQueued: {
    asks: [
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { repository: { pullRequest: { isInMergeQueue: true } } } },
      },
    ],
    make: (forge) => forge.isQueued(3),
  },
  dequeue: {
    asks: [
      { ...{ method: 'GET', path: `${shop}/pulls/3` }, answer: { node_id: 'PR_1' } },
      {
        ...{ method: 'POST', path: '/graphql', graphql: true },
        answer: { data: { dequeuePullRequest: { clientMutationId: null } } },
        mayLack: ['data.dequeuePullRequest.clientMutationId'],
        loose: ['data.dequeuePullRequest.clientMutationId'],
      },
    ],
    make: (forge) => forge.dequeue(3),
  },
};

/** Reading a repository comes before there is a forge for it. */
export const readingTheRepository: Call = {
  asks: [
    {
      ...{ method: 'GET', path: shop },
      answer: {
        ...{ id: 7, name: 'shop', default_branch: 'main', private: false },
        owner: { login: 'acme', type: 'Organization' },
        ...{ allow_squash_merge: true, allow_merge_commit: false, allow_rebase_merge: false },
      },
      mayLack: ['allow_squash_merge', 'allow_merge_commit', 'allow_rebase_merge'],
    },
  ],
  make: (_forge, client) =>
    ask(
      'reading',
      () => NOW,
      () => repositoryOf(client, repository),
    ),
};

const silent = () => undefined;

interface Line {
  readonly bounds?: Partial<FetchBounds>;
  readonly send?: Fetch;
  readonly token?: () => Promise<string>;
}

/** The adapter over the transport that the app uses, and the client that it has. */
export function forgeAt(
  apiUrl: string,
  { bounds, send, token = () => Promise.resolve('ghs_token') }: Line = {},
): { readonly forge: Forge; readonly client: GitHubClient } {
  const client = new Octokit({
    baseUrl: apiUrl,
    request: { fetch: boundedFetch(apiUrl, bounds, send) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const webUrl = 'https://forge.test';
  return {
    client,
    forge: gitHubForge({ client, repository, appId: 5, webUrl, token, now: () => NOW }),
  };
}
