/** The app is killed with no warning at each step at which others see something of it, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHosted } from '../../src/4-verdict/waivers/open-hosted.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { loadWaiverEvents } from '../../src/adapters/waiver-events.ts';
import { gitNow } from '../git-now.ts';
import type { CommentHandle, PullHandle } from '../hub/handles.ts';
import { compiledCode } from '../published.ts';
import { openTown, type Town } from './town.ts';
import { WAIVER_REASON } from './waived.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
/** A lease that was left behind has lapsed by then. */
const LEASE_MS = 120_000;
const POLL = { interval: 20 };

let town: Town;
let child: ChildProcess;
let ahead = 0;
let survived = 0;
const data = mkdtempSync(join(tmpdir(), 'crashing-'));

beforeAll(async () => {
  town = await openTown({ hub: { now: () => Date.now() + ahead, referee: false } });
  await begin();
});
afterAll(async () => {
  process.stdout.write(`crashes: ${survived} of ${steps.length} points survived\n`);
  child.kill('SIGKILL');
  await town[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

async function begin(): Promise<void> {
  child = spawn(process.execPath, [join(import.meta.dirname, 'town-process.ts')], {
    env: {
      ...{ PATH: process.env['PATH'], ...town.environment },
      ...{ ARBITER_DATA: data, AHEAD_MS: String(ahead), NODE_COMPILE_CACHE: compiledCode },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('exit', () => reject(new Error('the app did not start')));
  });
  town.installed.listensAt(`${address}/api/github/webhooks`);
}

/** Kills the app when it asks for this; the forge still does what was asked, or never hears of it. */
function killedAt(step: Step): Promise<void> {
  const { faults } = town.hub;
  const usual = faults.forRequest.bind(faults);
  const merged = mergedCount();
  return new Promise((resolve) => {
    faults.forRequest = (method, route) => {
      const is = method === step.method && route.endsWith(step.route);
      if (!is || (step.afterMerge === true && mergedCount() === merged))
        return usual(method, route);
      faults.forRequest = usual;
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
      return step.done ? null : { kind: 'cut' };
    };
  });
}

interface Step {
  readonly name: string;
  readonly method: string;
  /** How the route ends. */
  readonly route: string;
  /** Whether the forge did it all the same. */
  readonly done: boolean;
  readonly afterMerge?: boolean;
  readonly over?: boolean;
  readonly merges?: boolean;
  /** Whether the crash is amid the answer to an approval. */
  readonly approves?: boolean;
}

const steps: readonly Step[] = [
  { name: 'stored, nothing asked yet', method: 'GET', route: '/pulls/{pull_number}', done: false },
  { name: 'the check stands', method: 'POST', route: '/check-runs', done: true },
  { name: 'about to fetch', method: 'GET', route: 'git', done: false },
  { name: 'fetched, not judged', method: 'POST', route: 'git', done: true },
  { name: 'recorded, not shown', method: 'PATCH', route: '/{check_run_id}', done: false },
  { name: 'recorded and shown', method: 'PATCH', route: '/{check_run_id}', done: true },
  { name: 'not told', method: 'POST', route: '/comments', done: false, over: true },
  { name: 'told', method: 'POST', route: '/comments', done: true, over: true },
  ...[false, true].map((done) => ({
    ...{ name: 'approved and recorded', method: 'POST', route: '/reactions', done },
    ...{ over: true, approves: true },
  })),
  { name: 'about to merge', method: 'PUT', route: '/merge', done: false, merges: true },
  { name: 'merged', method: 'PUT', route: '/merge', done: true, merges: true },
  ...(['GET', 'POST'] as const).map((method) => ({
    ...{ name: `noting, ${method}`, method, route: 'git', done: method === 'POST' },
    ...{ merges: true, afterMerge: true },
  })),
];

const mergedCount = () =>
  [...town.repository.state.pulls.values()].filter((p) => p.mergedAt).length;
const git = (...args: readonly string[]) =>
  gitNow({ args: ['-C', town.repository.folder, ...args] });
const decided = (pull: PullHandle, conclusion: string) =>
  expect.poll(() => town.check(pull)?.conclusion, POLL).toBe(conclusion);

/** kim asks for a waiver, max approves it, and the app is killed while it answers him. */
async function approvedAndKilled(step: Step, pull: PullHandle): Promise<CommentHandle> {
  await decided(pull, 'action_required');
  const waiver = () => /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
  const says = async (login: string, body: string) => {
    await town.hub.settle();
    ahead += 3_000;
    return town.hub.person(login).comments(pull, body);
  };
  await says('kim', `/caws waive budget_limit ${WAIVER_REASON} expires:7d`);
  await expect.poll(waiver, POLL).toBeDefined();
  await expect
    .poll(
      () =>
        pull.comments.every(
          ({ body, reactions }) => !body.startsWith('/caws') || reactions.length > 0,
        ),
      POLL,
    )
    .toBe(true);
  const killing = killedAt(step);
  const approval = await says('max', `/caws approve ${waiver()}`);
  await killing;
  return approval;
}

/** One entry in the ledger, one reaction, and no word about it. */
async function oneAnswer(pull: PullHandle, { id }: CommentHandle): Promise<void> {
  const mine = () =>
    pull.comments.find((each) => each.id === id)?.reactions.map(({ content }) => content);
  await expect.poll(mine, POLL).toEqual(['+1']);
  const file = join(data, 'ledgers', String(town.repository.id), 'ledger.db');
  const opened = await openLedger({ file, access: 'read', anchors: [] });
  if (!opened.ok) throw new Error(opened.fault.kind);
  await using ledger = opened.value;
  const events = await loadWaiverEvents(ledger);
  const approvals = (events.ok ? events.value : []).flatMap((envelope) => {
    const heard = openHosted(envelope);
    const isThis = heard.ok && heard.value.event.event === 'approved';
    return isThis && heard.value.event.pull === pull.number ? [heard.value.event] : [];
  });
  expect(approvals).toHaveLength(1);
  expect(pull.comments.filter(({ body }) => body.startsWith('@max'))).toEqual([]);
}

test.each(steps)(
  'killed when $name ($method, done: $done), it ends as if nothing had been',
  async (step) => {
    const branch = `at-${steps.indexOf(step)}`;
    const ending = step.over && step.approves !== true ? 'action_required' : 'success';
    const killed = step.merges || step.approves ? null : killedAt(step);
    const pull = await town.opens(branch, {
      [`src/cart/${branch}.ts`]: lines(step.over ? 300 : 3),
    });
    // What it passes by is taken back from its head once it is merged, so it is looked up before.
    let passed: string | null | undefined;
    if (step.merges) {
      await decided(pull, ending);
      passed = town.check(pull)?.externalId;
      await town.hub.settle();
      ahead += 3_000;
      const merging = killedAt(step);
      town.hub.person('kim').comments(pull, '/caws merge');
      await merging;
    }
    const approval = step.approves ? await approvedAndKilled(step, pull) : null;
    await killed;
    const announced = approval === null ? town.check(pull)?.externalId : undefined;
    ahead += LEASE_MS;
    await begin();
    if (!step.merges) await decided(pull, ending);
    const verdict = town.check(pull)?.externalId;
    if (announced !== undefined) expect(verdict).toBe(announced);
    expect(town.hub.checks(town.repository, pull.head).length).toBe(1);
    if (approval !== null) await oneAnswer(pull, approval);
    else if (step.over)
      await expect
        .poll(() => pull.comments.map(({ body }) => body.startsWith('<!-- caws:sticky')), POLL)
        .toEqual([true]);
    if (step.merges) await mergedOnce(pull, passed);
    survived += 1;
  },
);

/** It is merged, noted once, and named by one commit of the target's line. */
async function mergedOnce(pull: PullHandle, verdict: string | null | undefined): Promise<void> {
  await expect.poll(() => pull.state.mergedAt, POLL).not.toBeNull();
  const commit = pull.state.mergeCommit ?? '';
  const noted = () => {
    try {
      return git('notes', '--ref=refs/notes/caws', 'show', commit);
    } catch {
      return null;
    }
  };
  // Each look starts git.
  await expect.poll(noted, { ...POLL, interval: 100 }).toBe(`CAWS-VERDICT-ID: ${verdict}`);
  const trailers = git(
    'log',
    '--first-parent',
    '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)',
    'main',
  );
  expect(trailers.split('\n').filter((line) => line === verdict)).toEqual([verdict]);
}
