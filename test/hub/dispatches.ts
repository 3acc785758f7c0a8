/** Which workflows an event starts, read from the files at the branch. */

import { startRun } from './actions-life.ts';
import { resolveCommit } from './commits.ts';
import { askGit } from './git.ts';
import { type ReadWorkflow, readWorkflow } from './referee/workflows.ts';
import { workflowId } from './shapes/run.ts';
import type { Account, Repository, WorkflowRun } from './state.ts';
import type { World } from './world.ts';

export interface Dispatch {
  /** A file's name, its path, or its number; `*` for every one that listens. */
  readonly workflow: string;
  readonly ref: string;
  readonly actor: Account;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly repositoryDispatch?: boolean;
}

const folder = '.github/workflows/';

/** @returns the run, or why none began. */
export async function beginDispatch(
  world: World,
  repository: Repository,
  wanted: Dispatch,
): Promise<WorkflowRun | string> {
  const branch = wanted.ref.replace(/^refs\/heads\//, '');
  const sha = await resolveCommit(repository, branch);
  if (sha === null) return `No ref found for: ${wanted.ref}`;
  const event = wanted.repositoryDispatch === true ? 'repository_dispatch' : 'workflow_dispatch';
  const files = await workflowsAt(repository, sha);
  const matching = files.filter((path) => named(repository, path, wanted.workflow));
  if (matching.length === 0) return 'Not Found';
  const { actor, inputs } = wanted;
  let first: WorkflowRun | null = null;
  for (const path of matching) {
    const workflow = await workflowAt(repository, sha, path);
    const { faults, events, inputs: known, runName } = workflow;
    // Who asks for one workflow is told; an event that reaches all passes the broken one by.
    if (faults[0] !== undefined && wanted.workflow !== '*')
      return `failed to parse workflow: ${faults[0]}`;
    if (faults.length > 0) continue;
    if (!events.includes(event)) continue;
    const why = event === 'workflow_dispatch' ? refusedInputs(inputs, known) : null;
    if (why !== null) return why;
    const begun = { path, event, sha, branch, actor, inputs, runName };
    const run = await startRun(world, repository, begun);
    first ??= run;
  }
  return first ?? `Workflow does not have '${event}' trigger`;
}

function named(repository: Repository, path: string, asked: string): boolean {
  return ['*', path, path.slice(folder.length), String(workflowId(repository, path))].some(
    (each) => each === asked,
  );
}

async function workflowsAt(repository: Repository, sha: string): Promise<readonly string[]> {
  const answer = await askGit(repository.folder, ['ls-tree', '-z', '--name-only', sha, folder]);
  return answer.out
    .toString()
    .split('\0')
    .filter((path) => /\.ya?ml$/.test(path));
}

async function workflowAt(
  repository: Repository,
  sha: string,
  path: string,
): Promise<ReadWorkflow> {
  const answer = await askGit(repository.folder, ['cat-file', 'blob', `${sha}:${path}`]);
  return readWorkflow(path, answer.out.toString());
}

function refusedInputs(given: Dispatch['inputs'], known: ReadWorkflow['inputs']): string | null {
  const unknown = Object.keys(given).filter((name) => !(name in known));
  if (unknown.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unknown)}`;
  const missing = Object.keys(known).find((name) => known[name]?.required && !(name in given));
  return missing === undefined ? null : `Required input '${missing}' not provided`;
}
