/** Starting workflows, their runs, cancelling them, and what they leave behind. */

import { completeRun } from '../actions-life.ts';
import { actorOf } from '../auth.ts';
import { readCommit } from '../commits.ts';
import { beginDispatch } from '../dispatches.ts';
import { emit } from '../events.ts';
import {
  type Answer,
  asFields,
  type Call,
  flag,
  invalid,
  json,
  notFound,
  nothing,
  numberParam,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
  text,
} from '../http.ts';
import { artifactShape, runShape } from '../shapes/run.ts';
import type { Artifact, WorkflowRun } from '../state.ts';
import { secret } from '../world.ts';

const reads = { anyOf: ['actions:read'] } as const;
const writes = { anyOf: ['actions:write'] } as const;

export const actionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    needs: writes,
    answer: dispatchWorkflow,
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/dispatches',
    needs: { anyOf: ['contents:write'] },
    answer: dispatchRepository,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/actions/runs', needs: reads, answer: listRuns },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs/{run_id}',
    needs: reads,
    answer: async (call) => json(await shapeOf(call, runOf(call))),
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/actions/runs/{run_id}/cancel',
    needs: writes,
    answer: async (call) => {
      const run = runOf(call);
      if (run.status === 'completed')
        throw new Refusal(409, 'Cannot cancel a workflow run that is completed.');
      await completeRun(call.world, repositoryOf(call), run, 'cancelled');
      return json({}, 202);
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
    needs: reads,
    answer: (call) => {
      const run = runOf(call);
      const name = call.query.get('name');
      const found = [...repositoryOf(call).artifacts.values()].filter(
        (each) => each.runId === run.id && (name === null || each.name === name),
      );
      return paged(call, found, (each) => artifactOf(call, each), 'artifacts');
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}',
    needs: reads,
    answer: (call) => json(artifactOf(call, foundArtifact(call))),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    needs: reads,
    answer: download,
  },
];

function runOf(call: Call): WorkflowRun {
  const run = repositoryOf(call).runs.get(numberParam(call, 'run_id'));
  if (run === undefined) throw notFound();
  return run;
}

async function shapeOf(call: Call, run: WorkflowRun) {
  const repository = repositoryOf(call);
  return runShape(call.world, repository, run, await readCommit(repository, run.headSha));
}

function listRuns(call: Call): Promise<Answer> {
  const wanted = (name: string, value: string | number) => {
    const asked = call.query.get(name);
    return asked === null || asked === String(value);
  };
  const found = [...repositoryOf(call).runs.values()].filter(
    (run) =>
      wanted('head_sha', run.headSha) &&
      wanted('branch', run.headBranch) &&
      wanted('event', run.event) &&
      wanted('check_suite_id', run.suiteId) &&
      (wanted('status', run.status) || wanted('status', run.conclusion ?? '')),
  );
  return paged(call, found.toReversed(), (run) => shapeOf(call, run), 'workflow_runs');
}

const inputsMax = 25;

async function dispatchWorkflow(call: Call): Promise<Answer> {
  const inputs = asFields(call.body['inputs']);
  if (Object.keys(inputs).length > inputsMax)
    throw new Refusal(422, `No more than ${inputsMax} inputs are allowed`);
  const run = await beginDispatch(call.world, repositoryOf(call), {
    workflow: param(call, 'workflow_id'),
    ref: text(call.body, 'ref') ?? '',
    actor: actorOf(call.world, call.principal),
    inputs,
  });
  if (typeof run === 'string') throw new Refusal(run === 'Not Found' ? 404 : 422, run);
  if (!call.world.runDetails || flag(call.body, 'return_run_details') !== true) return nothing();
  const shape = await shapeOf(call, run);
  return json({ workflow_run_id: run.id, run_url: shape.url, html_url: shape.html_url });
}

const payloadKeysMax = 10;
const payloadBytesMax = 65_536;
const eventTypeMax = 100;

async function dispatchRepository(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const type = text(call.body, 'event_type') ?? '';
  if (type === '' || type.length > eventTypeMax)
    throw invalid('RepositoryDispatch', 'event_type', 'invalid');
  const payload = asFields(call.body['client_payload']);
  if (Object.keys(payload).length > payloadKeysMax)
    throw new Refusal(
      422,
      `No more than ${payloadKeysMax} properties are allowed; ${Object.keys(payload).length} were supplied.`,
    );
  if (Buffer.byteLength(JSON.stringify(payload)) >= payloadBytesMax)
    throw new Refusal(422, 'client_payload is too large.');
  const sender = actorOf(call.world, call.principal);
  emit(call.world, {
    event: 'repository_dispatch',
    action: type,
    repository,
    sender,
    payload: { branch: repository.defaultBranch, client_payload: payload },
  });
  const wanted = { repositoryDispatch: true, actor: sender, inputs: payload } as const;
  await beginDispatch(call.world, repository, {
    ...wanted,
    workflow: '*',
    ref: repository.defaultBranch,
  });
  return nothing();
}

function foundArtifact(call: Call): Artifact {
  const artifact = repositoryOf(call).artifacts.get(numberParam(call, 'artifact_id'));
  if (artifact === undefined) throw notFound();
  return artifact;
}

const artifactOf = (call: Call, artifact: Artifact) =>
  artifactShape(call.world, repositoryOf(call), artifact);

/** An archive's address lives for a minute and needs no token. */
const archiveMs = 60_000;

function download(call: Call): Answer {
  const artifact = foundArtifact(call);
  if (param(call, 'archive_format') !== 'zip') throw notFound();
  const key = secret('sig');
  call.world.archives.set(key, { zip: artifact.zip, until: call.world.now() + archiveMs });
  return { status: 302, headers: { location: `${call.world.url}/_actions/archives/${key}` } };
}
