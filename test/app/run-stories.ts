/** Gates that run a command: how a run is started, what it brings, and what becomes of one that is lost. */
import { connect } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EvidenceBundle } from '../../src/3-deliberation/runner/bundle.ts';
import { caseAudience, progressAudience } from '../../src/3-deliberation/runner/claims.ts';
import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import type { PullHandle } from '../hub/handles.ts';
import {
  answers,
  askCase,
  caseOf,
  newestRun,
  passingBundle,
  reportOf,
  runLaw,
  send,
  tells,
  workflowFile,
} from './runner.ts';
import type { Town } from './town.ts';

/** @param townOf the town that all stories of runs share. */
export function runStories(townOf: () => Town): void {
  let town: Town;
  beforeAll(() => {
    town = townOf();
  });

  const line = 'export const total = 1;\n';
  const MINUTE = 60_000;
  const runs = () => town.hub.runs(town.repository);
  const shown = (pull: PullHandle) => town.check(pull)?.summary ?? '';
  const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
  const dispatches = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';

  /** kim opens a pull request, and the app starts a run for it. */
  async function opened(branch: string): Promise<PullHandle> {
    const pull = await town.opens(branch, { 'src/cart/total.ts': `${line}// ${branch}\n` });
    await town.rest();
    expect(newestRun(town).state.inputs['head']).toBe(pull.head);
    return pull;
  }

  test('a run that is silent is ended at its deadline, and no event is needed to see it', async () => {
    const pull = await opened('silent');
    const first = newestRun(town);
    await first.begins();
    // The app that comes back has a token of its own.
    await town.restart(24 * 60 * MINUTE);
    await town.rest();
    expect(first.state).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    const second = newestRun(town);
    expect(second.id).not.toBe(first.id);
    expect(shown(pull)).toContain('attempt 2');
    await answers(town);
    expect(conclusion(pull)).toBe('success');
  });

  test('a hearing that an answer of the forge never reached ends in a concluded check, not in one that stays open', async () => {
    const pull = await opened('unreached');
    const run = newestRun(town);
    await run.begins();
    const asked = (await askCase(town, run)).body as unknown as RunCase;
    await town.rest();
    const route = '/repos/{owner}/{repo}/pulls/{pull_number}';
    const before = town.log.length;
    town.hub.faults.request({ route }, { kind: 'cut' });
    await send(town, run, passingBundle(asked, run));
    const putOff = () => town.log.slice(before).some((line) => line.includes('"outcome":"retry"'));
    await expect.poll(putOff).toBe(true);
    expect(conclusion(pull)).toBeNull();
    town.hub.faults.clear();
    await town.rest();
    expect(conclusion(pull)).toBe('success');
  });

  test('a run that says how far it is, is followed on the page, and decides nothing by it', async () => {
    const pull = await opened('followed');
    const run = newestRun(town);
    await run.begins();
    const page = async () => (await fetch(town.check(pull)?.detailsUrl ?? '')).text();
    expect(await tells(town, run, { lint: 'done', tests: 'started' })).toMatchObject({
      status: 200,
    });
    const seen = await page();
    expect(seen).toContain('<code>lint</code> ✓ has ended');
    expect(seen).toContain('<code>tests</code> ● runs');
    expect(seen).toContain('<code>lint@base-tests</code> ○ waits');
    expect(conclusion(pull)).toBeNull();
    for (const [gates, status] of [
      [{ other: 'done' }, 422],
      [{ lint: 'passed' }, 422],
      [null, 422],
      ['x'.repeat(70_000), 413],
    ] as const)
      expect((await tells(town, run, gates)).status).toBe(status);
    const ofCase = caseAudience(town.app.address, caseOf(run));
    expect((await tells(town, run, { lint: 'done' }, ofCase)).status).toBe(403);
    expect(await page()).toContain('<code>tests</code> ● runs');
    await answers(town);
    expect(conclusion(pull)).toBe('success');
    expect((await tells(town, run, { lint: 'started' })).status).toBe(409);
  });

  test('what a run begins to say and does not end keeps its evidence from nobody', async () => {
    const pull = await opened('stammers');
    const run = newestRun(town);
    await run.begins();
    const asked = (await askCase(town, run)).body as unknown as RunCase;
    const audience = progressAudience(town.app.address, caseOf(run));
    const socket = connect(Number(new URL(town.app.address).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const lines = [
      `POST /runs/${caseOf(run)}/progress HTTP/1.1`,
      ...['host: 127.0.0.1', 'content-type: application/json', 'content-length: 50'],
      `authorization: Bearer ${await run.idToken(audience)}`,
    ];
    const before = town.log.length;
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    // Another one of the same run shows that the first has come by then.
    await tells(town, run, { lint: 'done' });
    expect(await send(town, run, passingBundle(asked, run))).toMatchObject({ status: 200 });
    expect(town.log.slice(before).join('')).not.toContain('too-slow');
    await run.ends('success');
    await town.rest();
    expect(conclusion(pull)).toBe('success');
  });

  test('evidence that comes while the forge is asked how its run stands counts, and no second run is begun', async () => {
    const pull = await opened('overtaken');
    const run = newestRun(town);
    await run.begins();
    const asked = (await askCase(town, run)).body as unknown as RunCase;
    await town.rest();
    const [arrival, leave] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const route = '/repos/{owner}/{repo}/actions/runs/{run_id}';
    const { faults } = town.hub;
    faults.request(
      { route, call: 1 },
      { kind: 'held', here: arrival.resolve, until: leave.promise },
    );
    const before = runs().length;
    const heard = town.hears(pull);
    await arrival.promise;
    expect(await send(town, run, passingBundle(asked, run))).toMatchObject({ status: 200 });
    await run.ends('success');
    leave.resolve();
    await heard;
    faults.clear();
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    expect(runs().length).toBe(before);
  });

  test('a gate that runs a command is answered by a run of the target’s own workflow', async () => {
    const pull = await opened('prices');
    const run = newestRun(town);
    expect(run.state).toMatchObject({
      ...{ event: 'workflow_dispatch', workflowPath: workflowFile, headBranch: 'main' },
      headSha: town.repository.tip('main'),
    });
    expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
    expect(shown(pull)).toContain(`run ${run.id} is queued`);
    const before = runs().length;
    expect(await answers(town)).toMatchObject({ status: 200 });
    expect(conclusion(pull)).toBe('success');
    // Heard again, it rests on what is recorded.
    await town.hears(pull);
    expect([conclusion(pull), runs().length]).toEqual(['success', before]);
  });

  test('a report of thousands of tests is read whole, whatever else the app does meanwhile', async () => {
    const pull = await opened('many-tests');
    const suite = (more: string) =>
      `<testsuite>${'<testcase name="a"/>'.repeat(5_000)}${more}</testsuite>`;
    const failing = suite('<testcase name="last"><failure/></testcase>');
    await answers(town, () => ({ files: [reportOf(failing)] }));
    expect(town.check(pull)?.summary).toContain('found 1 test failing');
    town.hub.person('kim').comments(pull, '/caws recheck');
    await town.rest();
    await answers(town, () => ({ files: [reportOf(suite(''))] }));
    expect(conclusion(pull)).toBe('success');
  });

  test('evidence under a policy that was replaced meanwhile is none under the new one', async () => {
    const pull = await opened('replaced');
    const run = newestRun(town);
    const policy = runLaw['.caws/policy.yaml'] ?? '';
    await town.hub.person('ada').push(town.repository, 'main', {
      '.caws/policy.yaml': policy.replace('test! -e', 'test !').replace('600', '601'),
    });
    await town.rest();
    const second = newestRun(town, pull);
    expect(second.id).not.toBe(run.id);
    await answers(town, undefined, second);
    expect(conclusion(pull)).toBe('success');
  });

  describe('a run that is lost', () => {
    test('is started once more, and then it is ours: no verdict, and not the code’s fault', async () => {
      const pull = await opened('lost');
      const first = newestRun(town);
      await first.begins();
      await first.ends('failure');
      await town.rest();
      const second = newestRun(town);
      expect(second.id).not.toBe(first.id);
      expect(caseOf(second)).not.toBe(caseOf(first));
      expect(shown(pull)).toContain('attempt 2');
      await second.ends('cancelled');
      await town.rest();
      expect(newestRun(town).id).toBe(second.id);
      expect(town.check(pull)).toMatchObject({ conclusion: 'failure' });
      expect(town.check(pull)?.title).toMatch(/^ERROR · runner lost .*not your code/);
      expect(shown(pull)).toContain(`run ${second.id}`);
      expect(shown(pull)).toContain('it ended as cancelled and sent nothing');
      expect(shown(pull)).toContain('attempt 2 of 2');

      // What the first one brings now is nobody's evidence any more.
      const late = await askCase(town, first);
      expect(late).toMatchObject({ status: 410, body: { error: 'nobody-waits' } });
      town.hub.person('kim').comments(pull, '/caws recheck');
      await town.rest();
      expect(newestRun(town).id).not.toBe(second.id);
      await answers(town);
      expect(conclusion(pull)).toBe('success');
    });
  });

  describe('a run for nobody is ended', () => {
    test('when its pull request is pushed to, and when it is closed', async () => {
      const pull = await opened('pushed');
      const first = newestRun(town);
      await town.hub.person('kim').push(town.repository, 'pushed', { 'src/cart/total.ts': line });
      await town.rest();
      expect(first.state.conclusion).toBe('cancelled');
      const second = newestRun(town);
      expect(second.state.inputs['head']).toBe(pull.head);
      expect(await askCase(town, first)).toMatchObject({ status: 410 });
      await town.hub.person('kim').closes(pull);
      await town.rest();
      expect(second.state.conclusion).toBe('cancelled');
    });

    test('when nobody wants to wait any longer', async () => {
      const pull = await opened('impatient');
      town.hub.person('kim').comments(pull, '/caws cancel');
      await town.rest();
      expect(newestRun(town).state.conclusion).toBe('cancelled');
      expect(town.check(pull)?.text).toContain('when waiting for it was cancelled');
      expect(conclusion(pull)).toBe('failure');
    });
  });

  describe('where GitHub', () => {
    test('loses the answer to a start, the run is found by its case, and none is started twice', async () => {
      town.hub.faults.request({ route: dispatches, call: 1 }, { kind: 'done-but-lost' });
      const before = runs().length;
      const pull = await town.opens('lost-answer', { 'src/cart/total.ts': line });
      await town.rest();
      town.hub.faults.clear();
      await town.passes(2 * MINUTE);
      expect(runs().length).toBe(before + 1);
      await answers(town);
      expect(conclusion(pull)).toBe('success');
    });

    test('is away when a run is to be started, it is asked again', async () => {
      town.hub.faults.request({ route: dispatches, times: 1 }, { kind: 'status', status: 502 });
      const before = runs().length;
      const pull = await town.opens('away', { 'src/cart/total.ts': line });
      await town.rest();
      expect([runs().length, town.check(pull)?.status]).toEqual([before, 'in_progress']);
      town.hub.faults.clear();
      await town.passes(3 * MINUTE);
      await town.passes(MINUTE);
      expect(runs().length).toBe(before + 1);
      await answers(town);
      expect(conclusion(pull)).toBe('success');
    });

    test('lets the app start nothing, the gate is missing and the check says what is to be done', async () => {
      town.hub.faults.request(
        { route: dispatches },
        { kind: 'status', status: 403, message: 'Resource not accessible by integration' },
      );
      const pull = await town.opens('forbidden', { 'src/cart/total.ts': line });
      await town.rest();
      town.hub.faults.clear();
      expect(conclusion(pull)).toBe('failure');
      expect(town.check(pull)?.text).toContain('GitHub does not let the app start');
    });
  });

  test('evidence for one target is none for another with the same policy: its workflow is another one', async () => {
    const ada = town.hub.person('ada');
    await ada.push(town.repository, 'lax', { [workflowFile]: `${runLaw[workflowFile]}# by me\n` });
    const pull = await opened('twice');
    const before = runs().length;
    const lax = await town.hub
      .person('kim')
      .opens(town.repository, { head: 'twice', base: 'lax', title: 'The same, elsewhere' });
    await town.rest();
    expect(runs().length).toBe(before + 1);
    expect(newestRun(town).state.headBranch).toBe('lax');
    await answers(town);
    expect(conclusion(pull)).toBeNull();
    await town.hub.person('kim').closes(lax);
    await town.rest();
  });

  test('a target without the workflow has its gates missing, and is told how to get one', async () => {
    await town.hub.person('ada').push(town.repository, 'bare', {
      [workflowFile]: null as unknown as string,
    });
    const pull = await town.opens('unrun', { 'src/cart/total.ts': line }, 'bare');
    await town.rest();
    expect(conclusion(pull)).toBe('failure');
    expect(town.check(pull)?.text).toContain('bare has no .github/workflows/arbitrate.yml');
  });

  test('what a stranger wrote is run once somebody who may write has seen it', async () => {
    const eve = town.hub.person('eve');
    const fork = await town.hub.fork(town.repository, eve);
    await eve.push(fork, 'gift', { 'src/cart/total.ts': line }, 'A gift', { from: 'main' });
    const before = runs().length;
    const pull = await eve.opens(town.repository, { head: 'gift', fork, title: 'A gift' });
    await town.rest();
    expect([runs().length, conclusion(pull)]).toEqual([before, 'failure']);
    expect(town.check(pull)?.text).toContain('comes from a fork');
    eve.comments(pull, '/caws recheck');
    await town.rest();
    expect(runs().length).toBe(before);
    town.hub.person('lee').comments(pull, '/caws recheck');
    await town.rest();
    expect(runs().length).toBe(before + 1);
    // Another head is another question.
    await eve.push(fork, 'gift', { 'src/cart/total.ts': '// worse\n' });
    await town.rest();
    expect(runs().length).toBe(before + 1);
    expect(conclusion(pull)).toBe('failure');
  });

  describe('evidence', () => {
    test('that a run could not send is taken from what it left behind, unless that is about another head', async () => {
      const pull = await opened('left-behind');
      const leaves = async (changed: Partial<EvidenceBundle>) => {
        const run = newestRun(town);
        await run.begins();
        const asked = (await askCase(town, run)).body as unknown as RunCase;
        const bundle = JSON.stringify(passingBundle(asked, run, changed));
        run.uploads('caws-evidence', { 'caws-evidence.json': bundle });
        await run.ends('success');
        await town.rest();
        return run.id;
      };
      const first = await leaves({ head: 'c'.repeat(40) });
      expect(newestRun(town).id).not.toBe(first);
      expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
      await leaves({});
      expect(conclusion(pull)).toBe('success');
    });

    test('arrives at an app that was away meanwhile, once', async () => {
      const pull = await opened('away-app');
      const run = newestRun(town);
      await run.begins();
      const asked = (await askCase(town, run)).body as unknown as RunCase;
      await town.restart();
      const bundle = passingBundle(asked, run);
      const both = await Promise.all([send(town, run, bundle), send(town, run, bundle)]);
      expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
      await town.rest();
      expect(conclusion(pull)).toBe('success');
    });
  });
}
