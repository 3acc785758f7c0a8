/** The app is killed with no warning at each step at which others see something of it, and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
/** A lease that was left behind has lapsed by then. */
const LEASE_MS = 120_000;
const POLL = { timeout: 30_000, interval: 20 };

let town: Town;
let child: ChildProcess;
let ahead = 0;
const data = mkdtempSync(join(tmpdir(), 'crashing-'));

beforeAll(async () => {
  town = await openTown({ hub: { now: () => Date.now() + ahead, referee: false } });
  await begin();
});
afterAll(async () => {
  child.kill('SIGKILL');
  await town[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

async function begin(): Promise<void> {
  child = spawn(process.execPath, [join(import.meta.dirname, 'town-process.ts')], {
    env: {
      ...{ PATH: process.env['PATH'], ...town.environment },
      ...{ ARBITER_DATA: data, AHEAD_MS: String(ahead) },
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
}

const steps: readonly Step[] = [
  { name: 'stored, nothing asked yet', method: 'GET', route: '/pulls/{pull_number}', done: false },
  { name: 'the check stands', method: 'POST', route: '/check-runs', done: true },
  { name: 'recorded, not shown', method: 'PATCH', route: '/{check_run_id}', done: false },
  { name: 'recorded and shown', method: 'PATCH', route: '/{check_run_id}', done: true },
  { name: 'not told', method: 'POST', route: '/comments', done: false, over: true },
  { name: 'told', method: 'POST', route: '/comments', done: true, over: true },
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
  execFileSync('git', ['-C', town.repository.folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const decided = (pull: PullHandle, conclusion: string) =>
  expect.poll(() => town.check(pull)?.conclusion, POLL).toBe(conclusion);

test.each(steps)(
  'killed when $name ($method, done: $done), it ends as if nothing had been',
  async (step) => {
    const branch = `at-${steps.indexOf(step)}`;
    const ending = step.over ? 'action_required' : 'success';
    const killed = step.merges ? null : killedAt(step);
    const pull = await town.opens(branch, {
      [`src/cart/${branch}.ts`]: lines(step.over ? 300 : 3),
    });
    if (step.merges) {
      await decided(pull, ending);
      await town.hub.settle();
      ahead += 3_000;
      const merging = killedAt(step);
      town.hub.person('kim').comments(pull, '/caws merge');
      await merging;
    }
    await killed;
    const announced = town.check(pull)?.externalId;
    ahead += LEASE_MS;
    await begin();
    await decided(pull, ending);
    const verdict = town.check(pull)?.externalId;
    if (announced !== undefined) expect(verdict).toBe(announced);
    expect(town.hub.checks(town.repository, pull.head).length).toBe(1);
    if (step.over)
      await expect
        .poll(() => pull.comments.map(({ body }) => body.startsWith('<!-- caws:sticky')), POLL)
        .toEqual([true]);
    if (!step.merges) return;
    await expect.poll(() => pull.state.mergedAt, POLL).not.toBeNull();
    const commit = pull.state.mergeCommit ?? '';
    const noted = () => {
      try {
        return git('notes', '--ref=refs/notes/caws', 'show', commit);
      } catch {
        return null;
      }
    };
    await expect.poll(noted, POLL).toBe(`CAWS-VERDICT-ID: ${verdict}`);
    const trailers = git(
      'log',
      '--first-parent',
      '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)',
      'main',
    );
    expect(trailers.split('\n').filter((line) => line === verdict)).toEqual([verdict]);
  },
);
