import { expect, test } from 'vitest';
import { desk } from './desk.ts';
import { clientOf, refusal } from './testing.ts';

test('a role is the highest of all that grants something, in the old word and the new', async () => {
  await using at = await desk();
  const acme = at.hub.organization('acme');
  const [kim, lee, out] = ['kim', 'lee', 'out'].map((login) => at.hub.person(login));
  if (kim === undefined || lee === undefined || out === undefined) throw new Error();
  at.hub.collaborator(at.repo, kim, 'triage');
  acme.grants(acme.team('maintainers', [kim]), at.repo, 'maintain');
  acme.grants(acme.team('pending', [lee], 'pending'), at.repo, 'admin');
  const roleOf = async (username: string) => {
    const { data } = await at.app.rest.repos.getCollaboratorPermissionLevel({
      ...at.names,
      username,
    });
    return [data.permission, data.role_name];
  };
  expect(await Promise.all(['ann', 'kim', 'lee', 'out'].map(roleOf))).toEqual([
    ['admin', 'admin'],
    ['write', 'maintain'],
    ['read', 'read'],
    ['read', 'read'],
  ]);
  expect(await refusal(roleOf('nobody-of-this-name'))).toMatchObject({ status: 404 });
  at.judge();
});

test('a membership that is pending says so, and a stranger has none', async () => {
  await using at = await desk();
  const acme = at.hub.organization('acme');
  acme.team('maintainers', [at.hub.person('kim')]);
  acme.team('maintainers', [at.hub.person('lee')], 'pending');
  const ask = (username: string) =>
    at.app.rest.teams.getMembershipForUserInOrg({
      org: 'acme',
      team_slug: 'maintainers',
      username,
    });
  expect((await ask('kim')).data.state).toBe('active');
  expect((await ask('lee')).data.state).toBe('pending');
  expect(await refusal(ask('ann'))).toMatchObject({ status: 404 });
  const { data } = await at.app.rest.teams.listMembersInOrg({
    org: 'acme',
    team_slug: 'maintainers',
  });
  expect(data.map((each) => each.login)).toEqual(['kim']);
  at.judge();
});

test('a private repository does not exist for strangers', async () => {
  await using at = await desk();
  const repo = await at.hub.repository({ owner: 'acme', name: 'secret', private: true });
  const stranger = clientOf(at.hub, at.hub.person('stranger').token);
  const asked = { owner: 'acme', repo: repo.name };
  expect(await refusal(stranger.rest.repos.get(asked))).toMatchObject({ status: 404 });
  expect((await at.app.rest.repos.get(asked)).data.id).toBe(repo.id);
  at.judge();
});

test('an installation does what its permissions allow and is told which one is missing', async () => {
  await using at = await desk({}, { permissions: { checks: 'read', pull_requests: 'read' } });
  const create = at.app.request('POST /repos/{owner}/{repo}/check-runs', {
    ...at.names,
    name: 'CAWS verdict',
    head_sha: at.pull.head,
  });
  await expect(create).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'x-accepted-github-permissions': 'checks=write' } },
  });
  const merge = at.app.rest.pulls.merge({ ...at.names, pull_number: 1 });
  expect(await refusal(merge)).toMatchObject({
    status: 403,
    message: expect.stringContaining('Resource not accessible by integration'),
  });
  at.judge();
});

test('an installation of one repository reaches no other', async () => {
  await using at = await desk();
  const other = await at.hub.repository({ owner: 'acme', name: 'other' });
  const app = await at.secondApp({ repositories: [other] });
  const { data } = await app.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map((each) => each.name)).toEqual(['other']);
  const comment = app.rest.issues.createComment({ ...at.names, issue_number: 1, body: 'Hello.' });
  expect(await refusal(comment)).toMatchObject({ status: 403 });
  at.judge();
});

test('an installation token ends after an hour, and holds no more than the installation', async () => {
  let now = Date.parse('2026-11-25T12:00:00Z');
  await using at = await desk({ now: () => now });
  const token = at.installed.token();
  now += 3_599_000;
  await clientOf(at.hub, token).rest.repos.get(at.names);
  now += 2_000;
  expect(await refusal(clientOf(at.hub, token).rest.repos.get(at.names))).toMatchObject({
    status: 401,
  });
  at.judge();
});

test('comments carry the app that wrote them, and reactions count once for each account', async () => {
  await using at = await desk();
  const own = await at.app.rest.issues.createComment({
    ...at.names,
    issue_number: 1,
    body: 'Mine.',
  });
  const theirs = at.ann.person.comments(at.pull, '<!-- caws:sticky v1 -->');
  const { data } = await at.app.rest.issues.listComments({ ...at.names, issue_number: 1 });
  expect(data.map((each) => each.performed_via_github_app?.id ?? null)).toEqual([
    at.installed.appId,
    null,
  ]);
  const react = (content: 'eyes' | '+1') =>
    at.app.rest.reactions.createForIssueComment({ ...at.names, comment_id: theirs.id, content });
  const first = await react('eyes');
  expect([first.status, (await react('eyes')).status, (await react('+1')).status]).toEqual([
    201, 200, 201,
  ]);
  await at.app.rest.reactions.deleteForIssueComment({
    ...at.names,
    comment_id: theirs.id,
    reaction_id: first.data.id,
  });
  await at.app.rest.issues.updateComment({
    ...at.names,
    comment_id: own.data.id,
    body: 'Changed.',
  });
  at.ann.person.edits(theirs, 'Changed too.');
  at.ann.person.deletes(theirs);
  await at.hub.settle();
  const heard = at.listener.names().filter((name) => name.startsWith('issue_comment'));
  expect(heard).toEqual([
    'issue_comment.created',
    'issue_comment.created',
    'issue_comment.edited',
    'issue_comment.edited',
    'issue_comment.deleted',
  ]);
  expect(at.listener.heard.at(-1)?.payload['issue']).toHaveProperty('pull_request');
  at.judge();
});
