/** Workflow runs: each with a check suite and a job's check run of the app that GitHub Actions is. */
import { afterChecks } from './auto-merge.ts';
import { afterRun, suiteFor } from './check-life.ts';
import type { CheckRun } from './check-state.ts';
import { readCommit } from './commits.ts';
import { emit } from './events.ts';
import { runEventShape, workflowShape } from './shapes/run.ts';
import type { Account, App, Repository, WorkflowRun } from './state.ts';
import { accountOf, nextId, type World } from './world.ts';

/** GitHub Actions has this number on github.com. */
export const actionsAppId = 15_368;

export interface NewRun {
  /** `.github/workflows/ci.yml` */
  readonly path: string;
  readonly event: string;
  readonly sha: string;
  readonly branch: string;
  readonly actor: Account;
  /** The name its check run has. */
  readonly job?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** `run-name` of the workflow, as it is written there. */
  readonly runName?: string | undefined;
}

function actionsApp(world: World): App {
  const app = world.apps.get(actionsAppId);
  if (app === undefined) throw new Error('GitHub Actions is missing');
  return app;
}

export async function startRun(
  world: World,
  repository: Repository,
  wanted: NewRun,
): Promise<WorkflowRun> {
  const suite = suiteFor(world, repository, actionsApp(world).id, wanted.sha);
  const job = newJob(world, suite.id, wanted);
  repository.checks.set(job.id, job);
  const run: WorkflowRun = {
    id: nextId(world),
    workflowPath: wanted.path,
    event: wanted.event,
    headSha: wanted.sha,
    headBranch: wanted.branch,
    number: repository.runs.size + 1,
    actorId: wanted.actor.id,
    createdAt: world.now(),
    suiteId: suite.id,
    checkRunId: job.id,
    inputs: wanted.inputs ?? {},
    title: titleOf(wanted),
    attempt: 1,
    startedAt: world.now(),
    status: 'queued',
    conclusion: null,
    updatedAt: world.now(),
  };
  repository.runs.set(run.id, run);
  await afterRun(world, repository, job, { created: true, completed: false });
  await tellOfWorkflow(world, repository, run, 'requested');
  return run;
}

function newJob(world: World, suiteId: number, wanted: NewRun): CheckRun {
  return {
    id: nextId(world),
    suiteId,
    appId: actionsAppId,
    headSha: wanted.sha,
    name: wanted.job ?? nameOfWorkflow(wanted.path),
    status: 'queued',
    conclusion: null,
    externalId: '',
    detailsUrl: null,
    startedAt: world.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
}

/** Of expressions, those that name an input. */
const titleOf = ({ runName, inputs = {}, path }: NewRun): string =>
  runName?.replace(/\$\{\{\s*inputs\.([\w-]+)\s*\}\}/g, (_, name: string) =>
    typeof inputs[name] === 'string' ? inputs[name] : '',
  ) ?? nameOfWorkflow(path);

const nameOfWorkflow = (path: string): string =>
  (path.split('/').at(-1) ?? path).replace(/\.ya?ml$/, '');

export async function beginRun(
  world: World,
  repository: Repository,
  run: WorkflowRun,
): Promise<void> {
  run.status = 'in_progress';
  run.updatedAt = world.now();
  const job = repository.checks.get(run.checkRunId);
  if (job !== undefined) job.status = 'in_progress';
  await tellOfWorkflow(world, repository, run, 'in_progress');
}

export async function completeRun(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  conclusion: string,
): Promise<void> {
  if (run.status === 'completed') return;
  run.status = 'completed';
  run.conclusion = conclusion;
  run.updatedAt = world.now();
  const job = repository.checks.get(run.checkRunId);
  if (job !== undefined) {
    job.status = 'completed';
    job.conclusion = conclusion;
    job.completedAt = world.now();
    await afterRun(world, repository, job, { created: false, completed: true });
  }
  await tellOfWorkflow(world, repository, run, 'completed');
  afterChecks(world, repository, run.headSha);
}

/** The same run once more: another attempt, from the beginning. */
export async function rerun(world: World, repository: Repository, run: WorkflowRun): Promise<void> {
  run.attempt += 1;
  run.startedAt = world.now();
  run.status = 'queued';
  run.conclusion = null;
  run.updatedAt = world.now();
  const job = repository.checks.get(run.checkRunId);
  if (job !== undefined)
    Object.assign(job, { status: 'queued', conclusion: null, completedAt: null });
  await tellOfWorkflow(world, repository, run, 'requested');
}

async function tellOfWorkflow(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  action: 'requested' | 'in_progress' | 'completed',
): Promise<void> {
  const head = await readCommit(repository, run.headSha);
  emit(world, {
    event: 'workflow_run',
    action,
    repository,
    sender: accountOf(world, run.actorId),
    payload: {
      workflow_run: runEventShape(world, repository, run, head),
      workflow: workflowShape(world, repository, run.workflowPath),
    },
  });
}
