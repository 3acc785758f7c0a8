import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { refusal } from './testing.ts';

const file = '.github/workflows/arbitrate.yml';
const jobs =
  'jobs:\n  judge:\n    runs-on: ubuntu-latest\n    steps:\n      - run: arbiter verify\n';
const workflow = `on:
  repository_dispatch:
  workflow_dispatch:
    inputs:
      head: { type: string }
${jobs}`;

async function withWorkflow(): Promise<Desk> {
  const at = await desk();
  await at.ann.person.push(at.repo, 'main', { [file]: workflow });
  return at;
}

const dispatch = (at: Desk, more: object = {}) =>
  at.app.rest.actions.createWorkflowDispatch({
    ...at.names,
    workflow_id: 'arbitrate.yml',
    ref: 'main',
    ...more,
  });

describe('a workflow', () => {
  test('is started with its run told at once, or with a bare 204', async () => {
    await using at = await withWorkflow();
    expect((await dispatch(at)).status).toBe(204);
    const { data } = await dispatch(at, { return_run_details: true, inputs: { head: 'x' } });
    const [, run] = at.hub.runs(at.repo);
    expect(data).toMatchObject({ workflow_run_id: run?.id });
    expect(run?.state).toMatchObject({ event: 'workflow_dispatch', inputs: { head: 'x' } });
    at.judge();
  });

  test('calls its runs by what they were asked for, and an older server says no more', async () => {
    await using at = await desk({ runDetails: false });
    const named = `run-name: CAWS \${{ inputs.head }}\n${workflow}`;
    await at.ann.person.push(at.repo, 'main', { [file]: named });
    const asked = await dispatch(at, { return_run_details: true, inputs: { head: 'abc' } });
    expect(asked.status).toBe(204);
    const { data } = await at.app.rest.actions.listWorkflowRunsForRepo({
      ...at.names,
      event: 'workflow_dispatch',
    });
    expect(data.workflow_runs).toMatchObject([{ display_title: 'CAWS abc' }]);
    at.judge();
  });

  test('needs its trigger, its branch, and at most 25 inputs', async () => {
    await using at = await withWorkflow();
    await at.ann.person.push(at.repo, 'main', { '.github/workflows/ci.yml': `on: push\n${jobs}` });
    expect(await refusal(dispatch(at, { workflow_id: 'ci.yml' }))).toMatchObject({ status: 422 });
    expect(await refusal(dispatch(at, { workflow_id: 'none.yml' }))).toMatchObject({ status: 404 });
    expect(await refusal(dispatch(at, { ref: 'nowhere' }))).toMatchObject({ status: 422 });
    const inputs = Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`i${at}`, 'x']));
    expect(await refusal(dispatch(at, { inputs }))).toMatchObject({ status: 422 });
    at.hub.takeMismatches();
    at.judge();
  });

  test('that GitHub could not read is not started, and says where', async () => {
    await using at = await withWorkflow();
    const broken = {
      'typo.yml': workflow.replace('- run:', '- runn:'),
      'jobless.yml': 'on: workflow_dispatch\n',
      'circular.yml': workflow.replace('runs-on', 'needs: judge\n    runs-on'),
    };
    for (const [name, text] of Object.entries(broken)) {
      await at.ann.person.push(at.repo, 'main', { [`.github/workflows/${name}`]: text });
      expect(await refusal(dispatch(at, { workflow_id: name }))).toMatchObject({
        status: 422,
        message: expect.stringMatching(/failed to parse workflow: \S+ \(Line: \d+, Col: \d+\)/),
      });
    }
    expect(at.hub.runs(at.repo)).toEqual([]);
    at.hub.takeMismatches();
    at.judge();
  });

  test('takes the inputs it names, and no others', async () => {
    await using at = await withWorkflow();
    const strict = workflow.replace('type: string', 'type: string, required: true');
    await at.ann.person.push(at.repo, 'main', { [file]: strict });
    expect(await refusal(dispatch(at))).toMatchObject({ status: 422 });
    expect(await refusal(dispatch(at, { inputs: { head: 'x', haed: 'y' } }))).toMatchObject({
      status: 422,
    });
    expect((await dispatch(at, { inputs: { head: 'x' } })).status).toBe(204);
    at.hub.takeMismatches();
    at.judge();
  });

  test('runs as a check of GitHub Actions, ends with a word to the app, and can be cancelled', async () => {
    await using at = await withWorkflow();
    await dispatch(at);
    const [run] = at.hub.runs(at.repo);
    await run?.begins();
    await run?.ends('success');
    await at.hub.settle();
    expect(at.hub.checks(at.repo, at.repo.tip())).toMatchObject([
      { appId: 15_368, name: 'arbitrate', conclusion: 'success' },
    ]);
    expect(at.listener.names().filter((name) => name.startsWith('workflow_run'))).toEqual([
      'workflow_run.requested',
      'workflow_run.in_progress',
      'workflow_run.completed',
    ]);
    const cancel = { ...at.names, run_id: run?.id ?? 0 };
    expect(await refusal(at.app.rest.actions.cancelWorkflowRun(cancel))).toMatchObject({
      status: 409,
    });
    const { data } = await at.app.rest.actions.listWorkflowRunsForRepo({
      ...at.names,
      head_sha: at.repo.tip(),
    });
    expect(data.workflow_runs).toMatchObject([{ path: file, conclusion: 'success' }]);
    at.judge();
  });

  test('starts by a repository dispatch, within its bounds', async () => {
    await using at = await withWorkflow();
    await at.app.rest.repos.createDispatchEvent({
      ...at.names,
      event_type: 'judge',
      client_payload: { n: 1 },
    });
    expect(at.hub.runs(at.repo)).toMatchObject([{ state: { event: 'repository_dispatch' } }]);
    const client_payload = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`k${at}`, 1]));
    const tooMany = at.app.rest.repos.createDispatchEvent({
      ...at.names,
      event_type: 'judge',
      client_payload,
    });
    expect(await refusal(tooMany)).toMatchObject({ status: 422 });
    at.hub.takeMismatches();
    at.judge();
  });

  test('leaves artifacts that are downloaded without a token, for a minute', async () => {
    let now = Date.parse('2026-11-25T12:00:00Z');
    await using at = await desk({ now: () => now });
    const run = await at.hub.workflowRun(at.repo, {
      path: file,
      event: 'push',
      sha: at.pull.head,
      branch: 'topic',
      actor: at.ann.person,
    });
    run.uploads('evidence', { 'report.xml': '<testsuites/>' });
    expect(() => run.uploads('evidence', {})).toThrow('stands already');
    const { data } = await at.app.rest.actions.listWorkflowRunArtifacts({
      ...at.names,
      run_id: run.id,
    });
    const asked = { ...at.names, artifact_id: data.artifacts[0]?.id ?? 0, archive_format: 'zip' };
    const zip = await at.app.rest.actions.downloadArtifact(asked);
    expect(Buffer.from(zip.data as ArrayBuffer).toString('latin1')).toContain('<testsuites/>');
    now += 61_000;
    expect((await fetch(zip.url)).status).toBe(404);
    at.judge();
  });
});

test('a job asks for its tokens itself, with a secret, until it ends', async () => {
  await using at = await desk();
  const run = await at.hub.workflowRun(at.repo, {
    ...{ path: file, event: 'push', sha: at.pull.head, branch: 'topic', actor: at.ann.person },
  });
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } =
    run.environment;
  const ask = (token = secret) =>
    fetch(`${url}&audience=caws`, { headers: { authorization: `Bearer ${token}` } });
  const { value } = (await (await ask()).json()) as { value: string };
  const keys = createRemoteJWKSet(new URL(`${at.hub.oidcIssuer}/.well-known/jwks`));
  const { payload } = await jwtVerify(value, keys, { audience: 'caws' });
  expect(payload).toMatchObject({ run_id: String(run.id) });
  expect((await ask('guessed')).status).toBe(401);
  await run.ends('success');
  expect((await ask()).status).toBe(401);
});

test('a run proves who it is by a token that its issuer signed', async () => {
  await using at = await desk();
  const run = await at.hub.workflowRun(at.repo, {
    path: file,
    event: 'push',
    sha: at.pull.head,
    branch: 'topic',
    actor: at.ann.person,
  });
  const found = await fetch(`${at.hub.oidcIssuer}/.well-known/openid-configuration`);
  const document = (await found.json()) as { jwks_uri: string; issuer: string };
  const keys = createRemoteJWKSet(new URL(document.jwks_uri));
  const token = await run.idToken('caws');
  const { payload } = await jwtVerify(token, keys, { issuer: document.issuer, audience: 'caws' });
  expect(payload).toMatchObject({
    repository_id: String(at.repo.id),
    run_id: String(run.id),
    sub: `repo:acme@${at.repo.state.ownerId}/widgets@${at.repo.id}:ref:refs/heads/topic`,
    workflow_ref: `acme/widgets/${file}@refs/heads/topic`,
    runner_environment: 'self-hosted',
  });
  await expect(jwtVerify(token, keys, { audience: 'other' })).rejects.toThrow('aud');
});
