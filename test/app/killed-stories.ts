/** A runner's process that is killed, which asks nobody: what becomes of its run, and of the machine. */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAbandoned } from '../../src/adapters/gates/scratch.ts';
import { strongestSandbox } from '../../src/adapters/sandbox/strongest.ts';
import { until } from '../eventually.ts';
import type { PullHandle } from '../hub/handles.ts';
import { startAction } from './action-process.ts';
import { type Crossing, crossingTo } from './crossing.ts';
import { newestRun } from './runner.ts';
import type { Town } from './town.ts';

const found = await strongestSandbox([]);
const noSandbox = found.kind !== 'works';
if (noSandbox && process.env['ARBITER_NO_SKIP'] !== undefined)
  throw new Error('no sandbox on this machine');

/** @param townOf the town that all stories of runs share. */
export function killedStories(townOf: () => Town): void {
  let town: Town;
  let machine: string;
  let toApp: Crossing;
  let toHub: Crossing;
  beforeAll(async () => {
    town = townOf();
    machine = mkdtempSync(join(tmpdir(), 'machine-'));
    toApp = await crossingTo(town.app.address);
    // A token is for the app, by whichever way it is asked for.
    const app = encodeURIComponent(town.app.address);
    toHub = await crossingTo(town.hub.url, (url) =>
      url.replace(encodeURIComponent(toApp.address), app),
    );
  });
  afterAll(async () => {
    await toApp[Symbol.asyncDispose]();
    await toHub[Symbol.asyncDispose]();
    rmSync(machine, { recursive: true, force: true });
  });

  /** Seconds that no other process of this machine sleeps. */
  const seconds = `86399.${randomInt(1e8, 1e9)}`;
  const processes = () => execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  const sleeps = () => until(() => processes().includes(`sleep ${seconds}`));
  const leftHere = () => readdirSync(join(machine, 'temp')).filter((name) => /^caws-/.test(name));

  interface Step {
    readonly files: Readonly<Record<string, string>>;
    readonly reached: () => Promise<void>;
  }
  const nothing = { 'src/cart/junit.xml': '<testsuite><testcase name="a"/></testsuite>' };
  const evidence = /\/evidence$/;
  const steps = {
    'its case is asked for': {
      files: nothing,
      reached: () => toApp.stops(/\/case$/, 'before'),
    },
    'the commits are fetched': {
      files: nothing,
      reached: () => toHub.stops(/\/git-upload-pack$/, 'before'),
    },
    'a gate runs on the base': {
      files: { ...nothing, 'src/cart/slow.ts': seconds, 'ci/lint.sh': 'exit 0\n' },
      reached: sleeps,
    },
    'a gate runs on the head': {
      files: { ...nothing, 'ci/tests.sh': `exec sleep ${seconds}\n` },
      reached: sleeps,
    },
    'the bundle is made': {
      files: nothing,
      reached: () => toHub.stops(/audience=.*evidence/, 'before'),
    },
    'half of the bundle is sent': {
      files: nothing,
      reached: () => toApp.stops(evidence, 'half'),
    },
    'the bundle is sent, and the answer on its way': {
      files: nothing,
      reached: () => toApp.stops(evidence, 'answer'),
    },
  } as const satisfies Record<string, Step>;
  type Name = keyof typeof steps;

  const start = () => {
    const run = newestRun(town);
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '' } = run.environment;
    const more = {
      INPUT_APP: toApp.address,
      GITHUB_SERVER_URL: toHub.address,
      ACTIONS_ID_TOKEN_REQUEST_URL: url.replace(town.hub.url, toHub.address),
    };
    return { run, ...startAction(town, run, machine, more) };
  };

  async function opened(branch: string, { files }: Step): Promise<PullHandle> {
    const pull = await town.opens(branch, files);
    await town.rest();
    return pull;
  }

  const killed: string[] = [];

  /** The newest run's machine is killed at a step, and GitHub sees that its job is lost. */
  async function killedAt({ reached }: Step): Promise<void> {
    const stands = reached();
    const run = newestRun(town);
    await run.begins();
    const { child, ended } = start();
    await stands;
    killed.push(String(child.pid));
    child.kill('SIGKILL');
    expect((await ended).code).toBeNull();
    // Neither a gate nor git, nor what watched over them.
    const ours = [machine, toHub.address, `sleep ${seconds}`];
    await until(() => !ours.some((each) => processes().includes(each)));
    await run.ends('failure');
    await town.rest();
  }

  /** Where these runs may make groups. */
  const places = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .flatMap((line) => /^\d+:[^:]*:(.*)$/.exec(line)?.[1] ?? [])
    .flatMap((path) => [path, dirname(path)]);
  const abandonedGroups = () =>
    [...new Set(places)]
      .flatMap((path) => globSync(join('/sys/fs/cgroup/{.,*}', path, 'caws-gate-*')))
      .map((at) => basename(at))
      // Of these machines alone: what else is killed here at this moment is not theirs to take away.
      .filter(
        (name) => isAbandoned('caws-gate', name) && killed.includes(name.split('-')[3] ?? ''),
      );
  const check = (pull: PullHandle) => town.check(pull);

  test.skipIf(noSandbox).each<[Name, Name]>([
    ['its case is asked for', 'a gate runs on the base'],
    ['the commits are fetched', 'a gate runs on the head'],
  ])(
    'while %s is started once more, and killed while %s it is ours: no verdict',
    async (first, second) => {
      // Where a gate runs for long, so it would in the first run, which does not come as far.
      const pull = await opened(`killed-${first.replaceAll(' ', '-')}`, steps[second]);
      const runs = town.hub.runs(town.repository).length;
      await killedAt(steps[first]);
      expect([town.hub.runs(town.repository).length, check(pull)?.status]).toEqual([
        runs + 1,
        'in_progress',
      ]);
      await killedAt(steps[second]);
      expect(town.hub.runs(town.repository).length).toBe(runs + 1);
      expect(check(pull)).toMatchObject({ conclusion: 'failure' });
      expect(check(pull)?.title).toMatch(/^ERROR · runner lost .*not your code/);
      expect(check(pull)?.summary).toContain('it ended as failure and sent nothing');
    },
  );

  test.skipIf(noSandbox)(
    'while the answer to its bundle is on its way was heard, and its evidence counts',
    async () => {
      const pull = await opened('killed-answered', steps['the bundle is made']);
      const runs = town.hub.runs(town.repository).length;
      await killedAt(steps['the bundle is made']);
      await killedAt(steps['the bundle is sent, and the answer on its way']);
      expect(town.hub.runs(town.repository).length).toBe(runs + 1);
      expect(check(pull)).toMatchObject({ conclusion: 'success' });
    },
  );

  test.skipIf(noSandbox)(
    'leaves a machine on which the next run takes away what is left, and passes',
    async () => {
      const step = steps['half of the bundle is sent'];
      const pull = await opened('killed-once', step);
      await killedAt(step);
      expect(check(pull)?.status).toBe('in_progress');
      expect(leftHere()).not.toEqual([]);
      const run = newestRun(town);
      await run.begins();
      const ran = await start().ended;
      await run.ends('success');
      await town.rest();
      expect([ran.code, check(pull)?.conclusion]).toEqual([0, 'success']);
      expect(leftHere()).toEqual([]);
      expect(abandonedGroups()).toEqual([]);
    },
  );
}
