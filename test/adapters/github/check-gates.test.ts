/** What the repository's own CI says, and what of it answers a gate. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkGates, type HeadFacts } from '../../../src/adapters/github/check-gates.ts';
import type { GateAnswer } from '../../../src/caws/policy.ts';
import type { CheckConclusion, LiveCheckRun, LiveWorkflowRun } from '../../../src/forge.ts';
import type { CommitSha, Instant } from '../../../src/primitives.ts';
import { type Hub, startHub } from '../../hub/hub.ts';
import { clientOf, judge } from '../../hub/testing.ts';
import { forgeOn } from './forge-on.ts';

type ByCheck = Extract<GateAnswer, { readonly by: 'check' }>;

const NOW = Date.parse('2026-03-01T12:00:00Z') as Instant;
const MINUTE = 60_000;
const head = 'a'.repeat(40) as CommitSha;
const elsewhere = 'b'.repeat(40) as CommitSha;
const at = (minutes: number) => (NOW + minutes * MINUTE) as Instant;
const CI = '.github/workflows/ci.yml';

/** A success of app 5, named `build`, in suite 1, that began ten minutes ago and took five. */
const run = (changes: Partial<LiveCheckRun> = {}): LiveCheckRun => ({
  ...{ id: 100, name: 'build', head, appId: 5, status: 'completed', conclusion: 'success' },
  ...{ externalId: '', title: '', summary: '', annotations: 0, detailsUrl: '' },
  ...{ startedAt: at(-10), completedAt: at(-5), checkSuiteId: 1 },
  ...changes,
});
const ended = (conclusion: CheckConclusion | null, changes: Partial<LiveCheckRun> = {}) =>
  run({ conclusion, ...changes });
const open = (status: LiveCheckRun['status'], changes: Partial<LiveCheckRun> = {}) =>
  run({ status, conclusion: null, completedAt: null, ...changes });
const workflow = (changes: Partial<LiveWorkflowRun> = {}): LiveWorkflowRun => ({
  ...{ id: 9, path: CI, event: 'push', head, status: 'completed', conclusion: 'success' },
  ...{ checkSuiteId: 1, attempt: 1, startedAt: at(-11) },
  ...changes,
});

interface Case {
  readonly runs: readonly LiveCheckRun[];
  readonly workflows?: readonly LiveWorkflowRun[];
  readonly asks?: Partial<ByCheck>;
  /** Minutes since the head is known; the gate waits 30. */
  readonly since?: number;
}

async function answered({ runs, workflows = [], asks = {}, since = 12 }: Case) {
  const facts: HeadFacts = {
    checkRuns: runs,
    workflowRuns: workflows,
    seenAt: at(-since),
    now: NOW,
    cancelled: false,
  };
  const answer: ByCheck = { by: 'check', name: 'build', appId: 5, workflow: null, ...asks };
  const gate = {
    ...{ id: 'ci', description: '', mode: 'block', answer, measures: 'exit', minimum: null },
    ...{ timeoutMs: 30 * MINUTE, waivable: true, approvers: [], approversMin: 1 },
    ...{ longestWaiverDays: 7, trustMin: 'check' },
  } as unknown as Parameters<ReturnType<typeof checkGates>['answer']>[0][number]['gate'];
  const subject = { base: elsewhere, head };
  const [first] = await checkGates(facts).answer([{ gate, minimum: null }], subject, () => {});
  return first;
}

const passes = { state: 'answered', exitCode: 0, trust: 'check' };
const fails = { state: 'answered', exitCode: 1 };
const isNone = { state: 'missing' };
const waits = { state: 'running', until: at(18) };

describe('a gate that a check answers', () => {
  test.each<readonly [string, Case, object]>([
    ['a success passes', { runs: [run()] }, passes],
    ['a failure fails', { runs: [ended('failure')] }, fails],
    ...(
      [
        ...['neutral', 'skipped', 'cancelled', 'timed_out', 'action_required', 'stale'],
        ...['startup_failure', 'SUCCESS', 'a word of tomorrow', ''],
      ] as CheckConclusion[]
    ).map((word) => [`${word} is no answer`, { runs: [ended(word)] }, isNone] as const),
    ['an end without a word is no answer', { runs: [ended(null)] }, isNone],
    ['a queue is waited for', { runs: [open('queued')] }, waits],
    ['work is waited for', { runs: [open('in_progress')] }, waits],
    ['a success that is not over is waited for', { runs: [run({ status: 'in_progress' })] }, waits],
    ['a suite without runs is waited for', { runs: [], workflows: [workflow()] }, waits],
    ['and is missing in the end', { runs: [], since: 31 }, isNone],
    [
      'work is timed out in the end',
      { runs: [open('in_progress')], since: 31 },
      { state: 'timed-out' },
    ],
    ['at the very end it is over', { runs: [], since: 30 }, isNone],
    ['a success still passes after the end', { runs: [run()], since: 31 }, passes],
    ['another app’s success is none', { runs: [run({ appId: 6 })], since: 31 }, isNone],
    ['nobody’s success is none', { runs: [run({ appId: null })], since: 31 }, isNone],
    ['a success on another head is none', { runs: [run({ head: elsewhere })], since: 31 }, isNone],
    ...['Build', 'build ', ' build', 'build\u200b', 'bui\u{1d5c5}d', 'build\n', 'ci / build'].map(
      (name) =>
        [
          `${JSON.stringify(name)} is another name`,
          { runs: [run({ name })], since: 31 },
          isNone,
        ] as const,
    ),
    ...['build (ubuntu, 24)', 'été ✓ "x" </b>', 'a/b@c'].map(
      (name) =>
        [
          `${name} is found by its whole name`,
          { runs: [run({ name })], asks: { name } },
          passes,
        ] as const,
    ),
    [
      'é of one character is not é of two',
      { runs: [run({ name: 'e\u0301' })], asks: { name: '\u00e9' }, since: 31 },
      isNone,
    ],
    [
      'an older success under a newer failure is none',
      { runs: [run(), ended('failure', { id: 101 })] },
      fails,
    ],
    ['in whatever order they come', { runs: [ended('failure', { id: 101 }), run()] }, fails],
    [
      'an older failure under a newer success is over',
      { runs: [ended('failure'), run({ id: 101 })] },
      passes,
    ],
    [
      'a success that says it ended tomorrow is still the older',
      { runs: [run({ completedAt: at(1_440) }), ended('failure', { id: 101 })] },
      fails,
    ],
    [
      'a success whose times are turned round took no time',
      { runs: [run({ startedAt: at(0), completedAt: at(-9) })] },
      { ...passes, durationMs: 0 },
    ],
    ['asked again, the old success is none', { runs: [run(), open('queued', { id: 101 })] }, waits],
    ['nor while it works', { runs: [run(), open('in_progress', { id: 101 })] }, waits],
    ['nor after its end', { runs: [run(), ended('cancelled', { id: 101 })] }, isNone],
    [
      'push and pull_request both have to hold',
      { runs: [run(), ended('failure', { id: 99, checkSuiteId: 2 })] },
      fails,
    ],
    [
      'one of two that says nothing is no answer',
      { runs: [run(), ended('skipped', { id: 99, checkSuiteId: 2 })] },
      isNone,
    ],
    [
      'one of two that works is waited for',
      { runs: [run(), open('queued', { id: 99, checkSuiteId: 2 })] },
      waits,
    ],
    ['two that hold pass', { runs: [run(), run({ id: 99, checkSuiteId: 2 })] }, passes],
  ])('%s', async (_name, given, expected) => {
    expect(await answered(given)).toMatchObject({ gate: 'ci', ...expected });
  });
});

describe('a gate that names a workflow', () => {
  const asks = { workflow: CI };
  test.each<readonly [string, Case, object]>([
    ['is answered by its run', { runs: [run()], workflows: [workflow()], asks }, passes],
    ['not by a run of no workflow', { runs: [run()], asks, since: 31 }, isNone],
    [
      'not without a suite',
      {
        runs: [run({ checkSuiteId: null })],
        workflows: [workflow({ checkSuiteId: null })],
        asks,
        since: 31,
      },
      isNone,
    ],
    ...['.github/workflows/CI.yml', '.github/workflows/ci.yaml', 'ci.yml', `evil/${CI}`].map(
      (path) =>
        [
          `not by a job of the same name in ${path}`,
          { runs: [run()], workflows: [workflow({ path })], asks, since: 31 },
          isNone,
        ] as const,
    ),
    [
      'not by its run on another head',
      { runs: [run()], workflows: [workflow({ head: elsewhere })], asks, since: 31 },
      isNone,
    ],
    [
      'a success elsewhere does not mend its failure',
      {
        runs: [ended('failure'), run({ id: 101, checkSuiteId: 2 })],
        workflows: [workflow(), workflow({ id: 10, path: 'other.yml', checkSuiteId: 2 })],
        asks,
      },
      fails,
    ],
    ...[workflow(), workflow({ attempt: 2, startedAt: at(-1) })].map(
      (once) =>
        [
          `of more runs than attempts none stands for another (${once.attempt})`,
          {
            runs: [
              ended('failure'),
              ...Array.from({ length: once.attempt }, (_, more) => run({ id: 101 + more })),
            ],
            workflows: [once],
            asks,
          },
          fails,
        ] as const,
    ),
    [
      'jobs named alike pass together',
      { runs: [run(), run({ id: 101 })], workflows: [workflow()], asks },
      passes,
    ],
    [
      'one of the jobs named alike that works is waited for',
      { runs: [open('in_progress'), run({ id: 101 })], workflows: [workflow()], asks },
      waits,
    ],
    [
      'a failure that was run again is over',
      {
        runs: [ended('failure'), run({ id: 101, startedAt: at(-1) })],
        workflows: [workflow({ attempt: 2, startedAt: at(-2) })],
        asks,
      },
      passes,
    ],
    [
      'run again, what the attempt before said is waited out',
      {
        runs: [run()],
        workflows: [workflow({ attempt: 2, status: 'in_progress', startedAt: at(-1) })],
      },
      waits,
    ],
    [
      'what this attempt said counts while others of it still work',
      {
        runs: [run({ startedAt: at(-1), completedAt: at(0) })],
        workflows: [workflow({ attempt: 2, status: 'in_progress', startedAt: at(-2) })],
      },
      passes,
    ],
    ...[2, null].map(
      (checkSuiteId) =>
        [
          `push and pull_request both have to hold, also where the second has not come to the job yet (suite ${checkSuiteId})`,
          {
            runs: [run()],
            workflows: [
              workflow(),
              workflow({ id: 10, event: 'pull_request', status: 'in_progress', checkSuiteId }),
            ],
            asks,
          },
          waits,
        ] as const,
    ),
    [
      'a second run that is not over in time is no pass',
      {
        runs: [run()],
        workflows: [workflow(), workflow({ id: 10, status: 'queued', checkSuiteId: 2 })],
        asks,
        since: 31,
      },
      { state: 'timed-out' },
    ],
    ...[
      workflow({ id: 10, checkSuiteId: 2 }),
      workflow({ id: 10, status: 'queued', checkSuiteId: 2, path: 'other.yml' }),
      workflow({ id: 10, status: 'queued', checkSuiteId: 2, head: elsewhere }),
    ].map(
      (other, at) =>
        [
          `a run that is over, of another workflow or on another head is not waited for (${at + 1})`,
          { runs: [run()], workflows: [workflow(), other], asks },
          passes,
        ] as const,
    ),
    [
      'once over, a job that was not run again still counts',
      { runs: [run()], workflows: [workflow({ attempt: 2, startedAt: at(-1) })] },
      passes,
    ],
    [
      'a first attempt that still works elsewhere holds nobody up',
      { runs: [run()], workflows: [workflow({ status: 'in_progress' })] },
      passes,
    ],
  ])('%s', async (_name, given, expected) => {
    expect(await answered(given)).toMatchObject({ gate: 'ci', ...expected });
  });
});

test('says what it saw instead, so that a wrong app id is found', async () => {
  expect(
    await answered({ runs: [run({ appId: 6 }), run({ head: elsewhere })], since: 31 }),
  ).toEqual({
    gate: 'ci',
    state: 'missing',
    detail: 'build never reported on this head; 2 of this name come from another app or workflow',
    durationMs: 0,
  });
});

describe('at the forge', () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(async () => {
    judge(hub);
    await hub[Symbol.asyncDispose]();
  });

  test('among more runs than a page holds the newest counts, wherever it stands', async () => {
    const ann = hub.person('ann');
    const repository = await hub.repository({ owner: ann, name: 'shop', files: { a: 'a' } });
    const installed = await hub.installApp({
      on: ann,
      permissions: { checks: 'write', actions: 'read' },
    });
    const { rest } = clientOf(hub, installed.token());
    const tip = repository.tip('main') as CommitSha;
    const made = (name: string, conclusion: 'success' | 'failure') =>
      rest.checks.create({
        ...{ owner: 'ann', repo: 'shop', name, head_sha: tip },
        ...{ status: 'completed', conclusion },
      });
    await made('build', 'failure');
    for (let other = 0; other < 101; other += 1) await made(`other ${other}`, 'success');
    await made('build', 'success');
    const forge = await forgeOn(hub, installed, { owner: 'ann', name: 'shop' });
    const before = hub.requests().length;
    const runs = await forge.checkRuns(tip);
    expect(hub.requests().length - before).toBe(2);
    if (!runs.ok) throw new Error(JSON.stringify(runs.fault));
    expect(runs.value).toHaveLength(103);
    const seen = runs.value.map((each) => ({ ...each, head, appId: 5 }));
    expect(await answered({ runs: seen })).toMatchObject(passes);
    expect(await answered({ runs: seen.toReversed() })).toMatchObject(passes);
    const newest = Math.max(...seen.map(({ id }) => id));
    const earlier = seen.filter(({ id }) => id !== newest);
    expect(await answered({ runs: earlier })).toMatchObject(fails);
  });
});
