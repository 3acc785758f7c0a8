/** The referees are not asleep: each is shown something wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { desk } from './desk.ts';
import { knownMismatches } from './referee/known.ts';
import { startReferee } from './referee/referee.ts';

const route = '/repos/{owner}/{repo}/check-runs';
const asked = (body: unknown, query = '') => ({
  params: { owner: 'acme', repo: 'widgets' },
  query: new URLSearchParams(query),
  body,
});

test.each([
  ['an operation that does not exist', 'PUT', asked({})],
  ['a body that is missing', 'POST', asked(undefined)],
  ['a required word that is missing', 'POST', asked({ name: 'CAWS verdict' })],
  ['a parameter that nobody described', 'POST', asked({ name: 'x', head_sha: 'y' }, 'dry=1')],
])('a request with %s is a mismatch', (_, method, request) => {
  expect(startReferee().request(method, route, request)).not.toEqual([]);
});

test('an answer that lacks a word, has a wrong one, or an undescribed status is a mismatch', async () => {
  await using at = await desk();
  const { data } = await at.app.rest.checks.create({
    ...at.names,
    name: 'CAWS verdict',
    head_sha: at.pull.head,
  });
  const judged = (body: unknown, status = 201) => {
    const referee = startReferee();
    referee.answer('POST', route, status, 'application/json', body);
    return referee.mismatches.length;
  };
  const { html_url: _, ...lacking } = data;
  expect([
    judged(data),
    judged(lacking),
    judged({ ...data, status: 'done' }),
    judged(data, 200),
  ]).toEqual([0, 1, 1, 1]);
});

test('a webhook that lacks a word or a header is a mismatch', async () => {
  await using at = await desk();
  await at.hub.settle();
  const [opened] = at.hub.deliveries('pull_request.opened');
  const payload = JSON.parse(opened?.body ?? '{}');
  const judged = (body: unknown, headers: Readonly<Record<string, string>>) => {
    const referee = startReferee();
    referee.webhook('pull_request.opened', body, headers);
    return referee.mismatches.map((each) => each.why);
  };
  const headers = opened?.headers ?? {};
  expect(judged(payload, headers)).toEqual([]);
  expect(judged({ ...payload, sender: undefined }, headers)).toHaveLength(1);
  const { 'X-GitHub-Delivery': _, ...fewer } = headers;
  expect(judged(payload, fewer)).toEqual(['header X-GitHub-Delivery is missing']);
});

test('what one request and its events were judged by is counted', async () => {
  await using at = await desk();
  await at.app.rest.pulls.get({ ...at.names, pull_number: 1 });
  const { judged } = at.hub.world.referee;
  expect(judged).toMatchObject({ request: 1, answer: 1 });
  expect(judged.webhook).toBeGreaterThan(3);
});

test('every known mismatch of the descriptions has its reason', () => {
  expect(knownMismatches.filter((known) => known.reason.length < 15)).toEqual([]);
});

test('the hub knows nothing of what it referees: no file of it imports the app or its sources', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const outside = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => {
      const depth = file.split('/').length;
      const out = `from '${'../'.repeat(depth)}`;
      return readFileSync(join(import.meta.dirname, file), 'utf8').includes(out);
    });
  expect(files.length).toBeGreaterThan(50);
  expect(outside).toEqual([]);
});
