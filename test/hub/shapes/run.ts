/** Workflow runs, workflows and artifacts as GitHub tells of them. */
import type { Commit } from '../commits.ts';
import type { Artifact, Repository, WorkflowRun } from '../state.ts';
import { accountOf, iso, nodeId, type World } from '../world.ts';
import { userShape } from './accounts.ts';
import { simpleCommitShape } from './commit.ts';
import { tinyPullShape } from './pull.ts';
import { repositoryApi, repositoryPage, repositoryShape } from './repository.ts';

/** The number of a workflow file: the same path has the same one. */
export function workflowId(repository: Repository, path: string): number {
  let hash = repository.id;
  for (const character of path)
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_007;
  return hash;
}

const nameOf = (path: string): string => (path.split('/').at(-1) ?? path).replace(/\.ya?ml$/, '');

export function workflowShape(world: World, repository: Repository, path: string) {
  const id = workflowId(repository, path);
  return {
    id,
    node_id: nodeId('W', id),
    name: nameOf(path),
    path,
    state: 'active',
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.createdAt),
    url: `${repositoryApi(world, repository)}/actions/workflows/${id}`,
    html_url: `${repositoryPage(world, repository)}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${repositoryPage(world, repository)}/workflows/${encodeURIComponent(nameOf(path))}/badge.svg`,
  };
}

function addresses(world: World, repository: Repository, run: WorkflowRun) {
  const api = repositoryApi(world, repository);
  const url = `${api}/actions/runs/${run.id}`;
  return {
    url,
    html_url: `${repositoryPage(world, repository)}/actions/runs/${run.id}`,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.suiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${api}/actions/workflows/${workflowId(repository, run.workflowPath)}`,
  };
}

export function runShape(world: World, repository: Repository, run: WorkflowRun, head: Commit) {
  const actor = userShape(world, accountOf(world, run.actorId));
  const pulls = [...repository.pulls.values()].filter(
    (pull) => pull.state === 'open' && pull.head.sha === run.headSha,
  );
  return {
    ...addresses(world, repository, run),
    id: run.id,
    name: nameOf(run.workflowPath),
    node_id: nodeId('WFR', run.id),
    check_suite_id: run.suiteId,
    check_suite_node_id: nodeId('CS', run.suiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflowPath,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflowId(repository, run.workflowPath),
    pull_requests: pulls.map((pull) => tinyPullShape(world, repository, pull)),
    created_at: iso(run.createdAt),
    updated_at: iso(run.updatedAt),
    run_started_at: iso(run.startedAt),
    actor,
    triggering_actor: actor,
    previous_attempt_url: null,
    head_commit: simpleCommitShape(head),
    repository: repositoryShape(world, repository),
    head_repository: repositoryShape(world, repository),
    display_title: run.title,
  };
}

/** A webhook calls a run that nobody has picked up yet by what was asked for. */
export function runEventShape(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  head: Commit,
) {
  return runShape(world, repository, run, head);
}

export function artifactShape(world: World, repository: Repository, artifact: Artifact) {
  const run = repository.runs.get(artifact.runId);
  const url = `${repositoryApi(world, repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: nodeId('AR', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: iso(artifact.createdAt),
    expires_at: iso(artifact.createdAt + 90 * 86_400_000),
    updated_at: iso(artifact.createdAt),
    workflow_run: {
      id: artifact.runId,
      repository_id: repository.id,
      head_repository_id: repository.id,
      head_branch: run?.headBranch ?? '',
      head_sha: run?.headSha ?? '',
    },
  };
}
