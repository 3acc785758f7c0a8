/** Check runs, check suites and commit statuses as GitHub tells of them. */

import type { CheckRun, CheckSuite, CommitStatus } from '../check-state.ts';
import { type Commit, readCommit } from '../commits.ts';
import type { Repository } from '../state.ts';
import { accountOf, iso, nodeId, type World } from '../world.ts';
import { appShape, userShape } from './accounts.ts';
import { simpleCommitShape } from './commit.ts';
import { tinyPullShape } from './pull.ts';
import { repositoryApi, repositoryPage, repositoryShape } from './repository.ts';

const app = (world: World, appId: number) => {
  const found = world.apps.get(appId);
  return found === undefined ? null : appShape(world, found);
};

/** Open pull requests at this head whose branch is the repository's own: GitHub leaves forks out. */
function pullsAt(world: World, repository: Repository, sha: string) {
  return [...repository.pulls.values()]
    .filter(
      (pull) =>
        pull.state === 'open' && pull.head.sha === sha && pull.head.repositoryId === repository.id,
    )
    .map((pull) => tinyPullShape(world, repository, pull));
}

export function checkShape(world: World, repository: Repository, run: CheckRun) {
  const url = `${repositoryApi(world, repository)}/check-runs/${run.id}`;
  const page = `${repositoryPage(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: iso(run.startedAt),
    completed_at: run.completedAt === null ? null : iso(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: app(world, run.appId),
    pull_requests: pullsAt(world, repository, run.headSha),
  };
}

export interface SuiteState {
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
}

/** The worst of the newest runs of each name decides what a suite says. */
export function suiteState(repository: Repository, suite: CheckSuite): SuiteState {
  const runs = newestRuns(repository, suite);
  if (runs.length === 0 || suite.rerequested) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.status !== 'completed'))
    return {
      status: runs.every((run) => run.status === 'queued') ? 'queued' : 'in_progress',
      conclusion: null,
    };
  const worst = ['action_required', 'timed_out', 'cancelled', 'failure', 'stale'].find((each) =>
    runs.some((run) => run.conclusion === each),
  );
  const calm = ['success', 'neutral', 'skipped'].find((each) =>
    runs.some((run) => run.conclusion === each),
  );
  return { status: 'completed', conclusion: worst ?? calm ?? 'neutral' };
}

function newestRuns(repository: Repository, suite: CheckSuite): readonly CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const run of repository.checks.values()) {
    if (run.suiteId === suite.id) newest.set(run.name, run);
  }
  return [...newest.values()];
}

function suiteWords(world: World, repository: Repository, suite: CheckSuite, head: Commit) {
  const url = `${repositoryApi(world, repository)}/check-suites/${suite.id}`;
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(repository, suite),
    url,
    before: suite.before,
    after: suite.headSha,
    pull_requests: pullsAt(world, repository, suite.headSha),
    app: app(world, suite.appId),
    created_at: iso(suite.createdAt),
    updated_at: iso(suite.updatedAt),
    rerequestable: true,
    runs_rerequestable: true,
    latest_check_runs_count: newestRuns(repository, suite).length,
    check_runs_url: `${url}/check-runs`,
    head_commit: simpleCommitShape(head),
  };
}

export async function suiteShape(world: World, repository: Repository, suite: CheckSuite) {
  const head = await readCommit(repository, suite.headSha);
  return {
    ...suiteWords(world, repository, suite, head),
    repository: repositoryShape(world, repository),
  };
}

export async function suiteEventShape(world: World, repository: Repository, suite: CheckSuite) {
  return suiteWords(world, repository, suite, await readCommit(repository, suite.headSha));
}

/** A run in a webhook: it tells of its suite, and of the buttons it shows. */
export function checkEventShape(world: World, repository: Repository, run: CheckRun) {
  const suite = repository.suites.get(run.suiteId);
  const shape = checkShape(world, repository, run);
  if (suite === undefined) return shape;
  return {
    ...shape,
    check_suite: {
      id: suite.id,
      node_id: nodeId('CS', suite.id),
      head_branch: suite.headBranch,
      head_sha: suite.headSha,
      ...suiteState(repository, suite),
      url: `${repositoryApi(world, repository)}/check-suites/${suite.id}`,
      before: suite.before,
      after: suite.headSha,
      pull_requests: shape.pull_requests,
      app: shape.app,
      created_at: iso(suite.createdAt),
      updated_at: iso(suite.updatedAt),
    },
  };
}

export function statusShape(world: World, repository: Repository, status: CommitStatus) {
  const creator = accountOf(world, status.creatorId);
  return {
    url: `${repositoryApi(world, repository)}/statuses/${status.sha}`,
    avatar_url: `${world.url}/avatars/${creator.id}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: iso(status.createdAt),
    updated_at: iso(status.createdAt),
    creator: userShape(world, creator),
  };
}
