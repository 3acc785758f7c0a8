import { expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';

const get = async (at: Desk, path: string) => {
  const answer = await fetch(at.hub.url + path, { redirect: 'manual' });
  return { status: answer.status, text: await answer.text(), answer };
};

const post = (at: Desk, path: string, form: Record<string, string>) =>
  fetch(at.hub.url + path, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

const verdict = {
  name: 'CAWS verdict',
  conclusion: 'failure' as const,
  output: {
    title: 'FAIL · budget',
    summary:
      '| Gate | Limit |\n|---|---|\n| lines | 250 |\n\n<details><summary>More</summary>\n\nfive\n\n</details><!-- unseen -->',
  },
  actions: [{ label: 'Re-run verdict', description: 'Judge again', identifier: 'recheck' }],
};

test('a pull request shows its words as text, its check, its buttons and why it cannot be merged', async () => {
  await using at = await desk();
  at.hub.ruleset(at.repo, { requires: [{ context: 'CAWS verdict', appId: at.installed.appId }] });
  await at.ann.person.changes(at.pull, {
    title: '<script>alert(1)</script>',
    body: '<img src=x onerror=alert(1)>',
  });
  await at.app.rest.checks.create({ ...at.names, head_sha: at.pull.head, ...verdict });
  const page = await get(at, '/acme/widgets/pull/1?as=ann');
  expect(page.text).not.toMatch(/<script|<img/);
  expect(page.text).toContain('&lt;script&gt;alert(1)');
  for (const word of [
    'FAIL · budget',
    'Re-run verdict',
    'Merging is blocked',
    'is failing',
    'Comment</button>',
  ])
    expect(page.text).toContain(word);
  expect((await get(at, '/acme/widgets/pull/1')).text).not.toContain('Re-run verdict');
  const [run] = at.hub.checks(at.repo, at.pull.head);
  const details = (await get(at, `/acme/widgets/runs/${run?.id}`)).text;
  expect(details).toContain('<td>lines</td>');
  expect(details).toContain('<details><summary>More</summary>');
  expect(details).not.toContain('unseen');
  at.judge();
});

test('whoever acts comments, presses a button and merges from the page', async () => {
  await using at = await desk();
  await at.app.rest.checks.create({ ...at.names, head_sha: at.pull.head, ...verdict });
  const [run] = at.hub.checks(at.repo, at.pull.head);
  const pull = '/acme/widgets/pull/1';
  expect((await post(at, `${pull}/comment`, { body: 'x' })).status).toBe(401);
  expect(
    (await post(at, `${pull}/comment?as=ann`, { body: '/caws help' })).headers.get('location'),
  ).toBe(pull);
  expect(at.pull.comments).toMatchObject([{ body: '/caws help' }]);
  const press = `/acme/widgets/runs/${run?.id}/press`;
  expect((await post(at, `${press}?as=stranger`, { identifier: 'recheck' })).status).toBe(401);
  at.hub.person('stranger');
  expect((await post(at, `${press}?as=stranger`, { identifier: 'recheck' })).status).toBe(422);
  expect((await post(at, `${press}?as=ann`, { identifier: 'recheck' })).status).toBe(303);
  await at.hub.settle();
  expect(at.listener.names().at(-1)).toBe('check_run.requested_action');
  const sha = '0'.repeat(40);
  expect((await post(at, `${pull}/merge?as=ann`, { method: 'squash', sha })).status).toBe(422);
  await post(at, `${pull}/merge?as=ann`, { method: 'squash', sha: at.pull.head });
  expect(at.pull.state.mergedAt).not.toBeNull();
  expect((await get(at, pull)).text).toContain('Merged');
  at.judge();
});

test('a private repository has no page for strangers', async () => {
  await using at = await desk();
  await at.hub.repository({ owner: 'acme', name: 'secret', private: true });
  expect((await get(at, '/acme/secret')).status).toBe(404);
  expect((await get(at, '/acme/secret?as=ann')).status).toBe(200);
  expect((await get(at, '/')).text).not.toContain('secret');
});

test('every page of a repository opens, and one that nobody built says so', async () => {
  await using at = await desk();
  const paths = [
    '',
    '/pull/1/files',
    '/pull/1.diff',
    `/commit/${at.pull.head}`,
    '/blob/main/README.md',
  ];
  for (const path of paths) expect((await get(at, `/acme/widgets${path}`)).status).toBe(200);
  expect((await get(at, '/acme')).status).toBe(200);
  expect((await get(at, '/acme/widgets/issues')).status).toBe(501);
  expect(at.hub.unserved()).toEqual(['GET /acme/widgets/issues']);
});

test('an app is made from a manifest, once and within the hour, and installed', async () => {
  await using at = await desk();
  const manifest = JSON.stringify({
    name: 'New arbiter',
    redirect_url: 'http://127.0.0.1:1/probot/setup',
    hook_attributes: { url: at.listener.url },
    default_permissions: { checks: 'write', metadata: 'read' },
    default_events: ['check_run'],
  });
  const form = await post(at, '/settings/apps/new?as=ann', { manifest });
  expect(await form.text()).toContain('Create GitHub App');
  const made = await post(at, '/settings/apps/create?as=ann', { manifest, owner: 'acme' });
  const to = new URL(made.headers.get('location') ?? '');
  const code = to.searchParams.get('code') ?? '';
  const { data } = await at.ann.client.rest.apps.createFromManifest({ code });
  expect(data).toMatchObject({ slug: 'new-arbiter', permissions: { checks: 'write' } });
  expect(data.pem).toContain('RSA PRIVATE KEY');
  await expect(at.ann.client.rest.apps.createFromManifest({ code })).rejects.toMatchObject({
    status: 404,
  });
  const page = await get(at, '/apps/new-arbiter/installations/new?as=ann');
  expect(page.text).toContain('<option>acme</option>');
  const installed = await post(at, '/apps/new-arbiter/installations/new?as=ann', {
    account: 'acme',
  });
  expect(installed.headers.get('location')).toMatch(/^\/settings\/installations\/\d+$/);
  at.judge();
});

test('a person signs in to an app by the web flow', async () => {
  await using at = await desk();
  const { clientId, clientSecret } = at.installed;
  const asked = new URLSearchParams({
    client_id: clientId,
    redirect_uri: 'http://127.0.0.1:1/in',
    state: 's',
  });
  const allowed = await post(at, `/login/oauth/authorize?${asked.toString()}&as=ann`, {});
  const to = new URL(allowed.headers.get('location') ?? '');
  expect(to.searchParams.get('state')).toBe('s');
  const code = to.searchParams.get('code') ?? '';
  const exchange = { client_id: clientId, client_secret: clientSecret, code };
  const token = (await (await post(at, '/login/oauth/access_token', exchange)).json()) as Record<
    string,
    string
  >;
  const user = await fetch(`${at.hub.apiUrl}/user`, {
    headers: { authorization: `Bearer ${token['access_token']}` },
  });
  expect(await user.json()).toMatchObject({ login: 'ann' });
  const again = await (await post(at, '/login/oauth/access_token', exchange)).json();
  expect(again).toMatchObject({ error: 'bad_verification_code' });
  at.judge();
});
