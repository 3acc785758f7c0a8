/** Routes that no other test here asks for: each once, for the referees to judge. */
import { expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';

async function filled(at: Desk) {
  const acme = at.hub.organization('acme');
  acme.team('maintainers', [at.hub.person('kim')]);
  at.hub.protect(at.repo, 'main', { checks: [{ context: 'CAWS verdict', appId: null }] });
  const check = await at.app.rest.checks.create({
    ...at.names,
    name: 'CAWS verdict',
    head_sha: at.pull.head,
  });
  const comment = await at.app.rest.issues.createComment({
    ...at.names,
    issue_number: 1,
    body: 'Words.',
  });
  const run = await at.hub.workflowRun(at.repo, {
    path: '.github/workflows/ci.yml',
    event: 'push',
    sha: at.pull.head,
    branch: 'topic',
    actor: at.ann.person,
  });
  const file = await at.app.rest.repos.getContent({ ...at.names, path: 'README.md' });
  return {
    check: check.data.id,
    suite: check.data.check_suite?.id ?? 0,
    comment: comment.data.id,
    run: run.id,
    artifact: run.uploads('evidence', { 'a.txt': 'a' }).id,
    blob: 'sha' in file.data ? file.data.sha : '',
  };
}

test('every other route answers as GitHub describes it', async () => {
  await using at = await desk();
  const ids = await filled(at);
  const repo = '/repos/acme/widgets';
  const byApp = [
    `GET ${repo}/actions/runs/${ids.run}`,
    `GET ${repo}/actions/artifacts/${ids.artifact}`,
    'GET /apps/caws-arbiter',
    `GET ${repo}/check-runs/${ids.check}`,
    `POST ${repo}/check-runs/${ids.check}/rerequest`,
    `GET ${repo}/commits/topic/check-suites`,
    `GET ${repo}/check-suites/${ids.suite}`,
    `GET ${repo}/check-suites/${ids.suite}/check-runs`,
    `POST ${repo}/check-suites/${ids.suite}/rerequest`,
    `GET ${repo}/git/blobs/${ids.blob}`,
    `GET ${repo}/issues/1`,
    `GET ${repo}/issues/comments/${ids.comment}`,
    `GET ${repo}/issues/comments/${ids.comment}/reactions`,
    `DELETE ${repo}/issues/comments/${ids.comment}`,
    'GET /rate_limit',
    'GET /users/ann',
    `GET ${repo}/collaborators`,
    'GET /orgs/acme/members/ann',
    'GET /orgs/acme/teams/maintainers',
    `GET ${repo}/branches`,
    `GET ${repo}/branches/main`,
    `GET ${repo}/git/matching-refs/heads/`,
    'DELETE /installation/token',
  ];
  const byAppItself = [
    'GET /app/installations',
    `GET /app/installations/${at.installed.installationId}`,
    `GET ${repo}/installation`,
    'GET /orgs/acme/installation',
    'GET /users/acme/installation',
    'GET /app/hook/config',
  ];
  const byAnn = [
    `GET ${repo}/branches/main/protection`,
    `GET ${repo}/branches/main/protection/required_status_checks`,
    `DELETE ${repo}/branches/main/protection`,
  ];
  for (const route of byApp) expect((await at.app.request(route)).status).toBeLessThan(300);
  for (const route of byAppItself) expect((await at.appItself.request(route)).status).toBe(200);
  for (const route of byAnn) expect((await at.ann.client.request(route)).status).toBeLessThan(300);
  // By `data`: a client takes a parameter named `url` for the address to ask.
  const data = { url: at.listener.url, secret: 'new' };
  const changed = await at.appItself.request('PATCH /app/hook/config', { data });
  expect(changed.data).toMatchObject({ url: at.listener.url });
  await at.ann.person.merges(at.pull);
  const merged = `GET ${repo}/pulls/1/merge`;
  expect((await at.ann.client.request(merged)).status).toBe(204);
  at.judge();
});
