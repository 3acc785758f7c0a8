import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, desk } from './desk.ts';
import { refusal } from './testing.ts';

const annotation = {
  path: 'README.md',
  start_line: 1,
  end_line: 1,
  annotation_level: 'failure' as const,
  message: 'No.',
};

describe('a check run', () => {
  test('is made by an app, never by a person', async () => {
    await using at = await desk();
    const asked = { ...at.names, name: 'CAWS verdict', head_sha: at.pull.head };
    expect(await refusal(at.ann.rest.checks.create(asked))).toEqual({
      status: 403,
      message: expect.stringContaining('You must authenticate via a GitHub App.'),
    });
    const { data } = await at.app.rest.checks.create(asked);
    expect(data).toMatchObject({
      status: 'queued',
      conclusion: null,
      app: { id: at.installed.appId },
    });
    at.judge();
  });

  test('takes fifty annotations a request and keeps those of every request', async () => {
    await using at = await desk();
    const output = { title: 'FAIL', summary: 'Too much.', annotations: Array(50).fill(annotation) };
    const { data } = await at.app.rest.checks.create({
      ...at.names,
      name: 'CAWS verdict',
      head_sha: at.pull.head,
      output,
    });
    const run = { ...at.names, check_run_id: data.id };
    await at.app.rest.checks.update({ ...run, output: { ...output, annotations: [annotation] } });
    const seen = await at.app.paginate(at.app.rest.checks.listAnnotations, {
      ...run,
      per_page: 20,
    });
    expect(seen).toHaveLength(51);
    const tooMany = { ...output, annotations: Array(51).fill(annotation) };
    expect(await refusal(at.app.rest.checks.update({ ...run, output: tooMany }))).toMatchObject({
      status: 422,
    });
    expect(at.hub.takeMismatches()).toMatchObject([
      { side: 'request', why: expect.stringContaining('must NOT have more than 50 items') },
    ]);
    at.judge();
  });

  test('is changed only by the app that made it', async () => {
    await using at = await desk();
    const other = await at.secondApp();
    const { data } = await at.app.rest.checks.create({
      ...at.names,
      name: 'CAWS verdict',
      head_sha: at.pull.head,
    });
    const change = other.rest.checks.update({
      ...at.names,
      check_run_id: data.id,
      conclusion: 'success',
    });
    expect(await refusal(change)).toMatchObject({ status: 403 });
    at.judge();
  });

  test('shows its buttons once completed, to those who may write, and only its own app hears a press', async () => {
    await using at = await desk();
    const actions = [{ label: 'Re-run', description: 'Judge again', identifier: 'recheck' }];
    const { data } = await at.app.rest.checks.create({
      ...at.names,
      name: 'CAWS verdict',
      head_sha: at.pull.head,
      status: 'in_progress',
      actions,
    });
    expect(() => at.ann.person.pressesButton(at.repo, data, 'recheck')).toThrow('no buttons yet');
    await at.app.rest.checks.update({ ...at.names, check_run_id: data.id, conclusion: 'failure' });
    expect(() => at.hub.person('stranger').pressesButton(at.repo, data, 'recheck')).toThrow(
      'no buttons',
    );
    at.ann.person.pressesButton(at.repo, data, 'recheck');
    at.ann.person.rerequests(at.repo, data);
    await at.hub.settle();
    expect(at.listener.heard.at(-2)?.payload).toMatchObject({
      action: 'requested_action',
      requested_action: { identifier: 'recheck' },
      check_run: { id: data.id, external_id: '' },
      sender: { login: 'ann' },
    });
    expect(at.listener.names().at(-1)).toBe('check_run.rerequested');
    at.judge();
  });

  test('of the same name is listed by its latest, or all of them', async () => {
    await using at = await desk();
    const asked = { ...at.names, name: 'CAWS verdict', head_sha: at.pull.head };
    await at.app.rest.checks.create(asked);
    const { data: second } = await at.app.rest.checks.create(asked);
    const ref = { ...at.names, ref: at.pull.head };
    const latest = await at.app.rest.checks.listForRef({ ...ref, check_name: 'CAWS verdict' });
    expect(latest.data.check_runs.map((run) => run.id)).toEqual([second.id]);
    const all = await at.app.rest.checks.listForRef({ ...ref, filter: 'all' });
    expect(all.data.total_count).toBe(2);
    at.judge();
  });
});

describe('a check run is refused', () => {
  let at: Desk;
  beforeAll(async () => {
    at = await desk();
  });
  afterAll(() => at[Symbol.asyncDispose]());

  test.each([
    ['a completed run without a conclusion', { status: 'completed' }],
    ['a conclusion that only GitHub sets', { conclusion: 'stale' }],
    ['a summary of 65,536 characters', { output: { title: 'T', summary: 'x'.repeat(65_536) } }],
    [
      'a text of 65,536 characters',
      { output: { title: 'T', summary: 'S', text: 'x'.repeat(65_536) } },
    ],
    ['four buttons', { actions: Array(4).fill({ label: 'a', description: 'b', identifier: 'c' }) }],
    [
      'a label of 21 characters',
      { actions: [{ label: 'x'.repeat(21), description: 'b', identifier: 'c' }] },
    ],
    [
      'a description of 41',
      { actions: [{ label: 'a', description: 'x'.repeat(41), identifier: 'c' }] },
    ],
    [
      'an identifier of 21',
      { actions: [{ label: 'a', description: 'b', identifier: 'x'.repeat(21) }] },
    ],
    [
      'columns over two lines',
      {
        output: {
          title: 'T',
          summary: 'S',
          annotations: [{ ...annotation, end_line: 2, start_column: 1 }],
        },
      },
    ],
    ['an address that is no web address', { details_url: 'ftp://example.com' }],
  ])('with %s', async (_, wrong) => {
    const asked = { ...at.names, name: 'CAWS verdict', head_sha: at.pull.head, ...wrong };
    const route: string = 'POST /repos/{owner}/{repo}/check-runs';
    expect(await refusal(at.app.request(route, asked))).toMatchObject({ status: 422 });
    expect(at.hub.checks(at.repo, at.pull.head)).toEqual([]);
    at.hub.takeMismatches();
    at.judge();
  });
});
