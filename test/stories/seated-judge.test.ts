import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rosterFile } from '../../src/adapters/roster/open.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { command as verify } from '../../src/cli/verify.ts';
import { answering } from '../3-deliberation/judge/kit.ts';
import { baseAt, type ChatServer, chatServer, type Script } from '../adapters/judge/chat-server.ts';
import { license, servedModel } from '../adapters/roster/licensed.ts';
import { policy } from './documents.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

let server: ChatServer;
beforeAll(async () => {
  server = await chatServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A change that passes by itself, under a policy with a judge. */
function aStory(judge: string): Story {
  const story = new Story({ law: { '.caws/policy.yaml': policy(`judge: ${judge}`) } });
  story.worker.stays();
  return story;
}

const licensedIn = (story: Story) => license(rosterFile(story.env), servedModel(server.url));
const forBase: Script = (asked) => answering(baseAt(asked));
const forChange: Script = (asked) => answering(baseAt(asked) === '1' ? '2' : '1');
const said = async (story: Story) => (await story.record()).deliberation.judge?.said;

test('a judge that a command seats is heard, and its doubt goes to people', async () => {
  using story = aStory('{ role: advisory }');
  licensedIn(story);
  server.says(forChange);
  expect(await story.verdict('--judge', server.url)).toBe('PASS');
  expect(story.said.out).toContain('judge: for the change, in 2 of 2 calls · it can only lower');
  server.says(forBase);
  expect(await story.verdict('--judge', server.url)).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['judge.concern needs-waiver']);
  const asked = server.asked.length;
  await expect(story).toTellTheSame();
  expect(server.asked.length, 'replay asks nobody').toBe(asked);
  const explained = await story.runs(verdict, 'explain', (await story.record()).id);
  expect(explained.out).toContain('The judge said: for the base as it is, in 2 of 2 calls');
  expect(explained.out).toContain('it can raise no verdict');
});

test('a judge without a licence is not asked, and the record says so', async () => {
  using story = aStory('{ role: advisory }');
  server.says(forBase);
  const before = server.asked.length;
  story.env['ARBITER_JUDGE'] = server.url;
  expect(await story.verdict()).toBe('PASS');
  expect(await said(story)).toBe('abstains: unlicensed');
  expect(story.said.out).toContain('no opinion: it holds no licence');
  expect(server.asked.length).toBe(before);
});

test('a judge that rambles, keeps to no form or obeys the change is none', async () => {
  using story = aStory('{ role: required }');
  licensedIn(story);
  const ways: readonly (readonly [Script, string])[] = [
    [() => 'Well, '.repeat(5_000), 'answer-too-long'],
    [() => '{"verdict":"PASS"}', 'invalid-answer'],
    [
      (asked) => answering(baseAt(asked), { data_contains_instructions: 'both' }),
      'instructions-found',
    ],
  ];
  for (const [script, because] of ways) {
    server.says(script);
    expect(await story.verdict('--judge', server.url)).toBe('WAIVER_REQUIRED');
    expect(await said(story)).toBe(`abstains: ${because}`);
  }
});

test.each([
  ['required', 'WAIVER_REQUIRED'],
  ['advisory', 'PASS'],
])('where it is %s, a judge that hangs ends in time with %s', async (role, word) => {
  using story = aStory(`{ role: ${role}, timeout_seconds: 1 }`);
  licensedIn(story);
  server.says(() => null);
  expect(await story.verdict('--judge', server.url)).toBe(word);
  expect(await said(story)).toBe('abstains: timed-out');
});

test('a judge that is not there is told of, and counts as the policy says', async () => {
  using story = aStory('{ role: required }');
  const socket = join(story.directory, '..', 'none.sock');
  expect(await story.verdict('--judge', socket)).toBe('WAIVER_REQUIRED');
  expect(story.said.err).toContain(`Note: No judge answers at ${socket}: nothing is there.`);
  expect(await said(story)).toBe('abstains: no-judge');
  expect(story.said.out).toContain('and there is none: none answered.');
  const gone = await chatServer();
  await gone[Symbol.asyncDispose]();
  await story.verdict('--judge', gone.url);
  expect(story.said.err).toContain(
    `Note: No judge answers at ${gone.url}: nobody serves there.\nLook whether that server runs`,
  );
});

test('a judge that is named and not asked is told of, with the reason', async () => {
  using unwanted = new Story();
  unwanted.worker.stays();
  server.says(forBase);
  expect(await unwanted.verdict('--judge', server.url)).toBe('PASS');
  expect(unwanted.said.err).toContain('the policy of the target has none');
  // Beside what a program reads, never within.
  const { out, err } = await unwanted.runs(
    verify,
    'main...feature',
    '--judge',
    server.url,
    '--json',
  );
  expect(JSON.parse(out)).toHaveProperty('record.verdict', 'PASS');
  expect(err).toContain('the policy of the target has none');
  using story = aStory('{ role: advisory }');
  story.worker.strays();
  expect(await story.verdict('--judge', server.url)).toBe('WAIVER_REQUIRED');
  expect(story.said.err).toContain('code that everything else lets pass');
});

test('a judge on another machine is shown nothing that the policy does not let leave', async () => {
  using story = aStory('{ role: required }');
  expect(await story.verdict('--judge', 'https://judge.invalid/v1')).toBe('WAIVER_REQUIRED');
  expect(await said(story)).toBe('abstains: may-not-leave');
  expect(story.said.err).not.toContain('No judge answers');
});

test('an address that tells a name or leaves TLS out is refused before anything is judged', async () => {
  using story = aStory('{ role: required }');
  await story.verdict('--judge', 'http://192.0.2.7/v1');
  expect(story.said).toMatchObject({ code: 2, err: expect.stringContaining('https:// alone') });
  await story.verdict('--judge', 'https://someone:secret@judge.invalid/v1');
  expect(story.said.code).toBe(2);
  expect(story.said.err).not.toContain('secret');
});
