/** Gates that run a command: how a run is started, what it brings, and what becomes of one that is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceBundle } from '../../src/3-deliberation/runner/bundle.ts';
import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import {
  answers,
  askCase,
  caseOf,
  newestRun,
  openRunTown,
  passingBundle,
  runLaw,
  send,
  workflowFile,
} from './runner.ts';
import type { Town } from './town.ts';

let town: Town;
beforeAll(async () => {
  town = await openRunTown();
});
afterAll(() => town[Symbol.asyncDispose]());

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

test('evidence under a policy that was replaced meanwhile is none under the new one', async () => {
  const pull = await opened('replaced');
  const run = newestRun(town);
  const policy = runLaw['.caws/policy.yaml'] ?? '';
  await town.hub.person('ada').push(town.repository, 'main', {
    '.caws/policy.yaml': policy.replace('test! -e', 'test !').replace('600', '601'),
  });
  await town.rest();
  const second = newestRun(town);
  expect(second.id).not.toBe(run.id);
  await answers(town);
  expect(conclusion(pull)).toBe('success');
});

test('a gate that fails is the change’s failure, with the number that was measured', async () => {
  const pull = await opened('broken');
  const report =
    '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>';
  await answers(town, ({ gates }) => ({
    gates: gates.map(({ gate }) => ({
      ...{ gate, state: 'answered', durationMs: 1, exitCode: gate === 'tests' ? 1 : 0 },
      ...{ isolation: 'bwrap 0.11.0', outputTail: 'expected 2, got 3\n' },
    })),
    files: [
      {
        ...{ gate: 'tests', format: 'junit', path: 'junit.xml', text: report },
        digest: textDigest(report),
      },
    ],
  }));
  expect(conclusion(pull)).toBe('action_required');
  expect(town.check(pull)?.title).toContain('tests');
  expect(`${shown(pull)}${town.check(pull)?.text}`).toContain('expected 2, got 3');
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

  test('by its silence is ended at its deadline, and no event is needed to see it', async () => {
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
});

describe('a run for nobody is ended', () => {
  test('when its pull request is pushed to', async () => {
    const pull = await opened('pushed');
    const first = newestRun(town);
    await town.hub.person('kim').push(town.repository, 'pushed', { 'src/cart/total.ts': line });
    await town.rest();
    expect(first.state.conclusion).toBe('cancelled');
    expect(newestRun(town).state.inputs['head']).toBe(pull.head);
    expect(await askCase(town, first)).toMatchObject({ status: 410 });
    await answers(town);
    expect(conclusion(pull)).toBe('success');
  });

  test('when its pull request is closed', async () => {
    const pull = await opened('closed');
    await town.hub.person('kim').closes(pull);
    await town.rest();
    expect(newestRun(town).state.conclusion).toBe('cancelled');
  });

  test('when nobody wants to wait any longer', async () => {
    const pull = await opened('impatient');
    town.hub.person('kim').comments(pull, '/caws cancel');
    await town.rest();
    expect(newestRun(town).state.conclusion).toBe('cancelled');
    expect(town.check(pull)?.text).toContain('when waiting for it was cancelled');
    expect(conclusion(pull)).toBe('action_required');
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
    expect(conclusion(pull)).toBe('action_required');
    expect(town.check(pull)?.text).toContain('GitHub does not let the app start');
  });
});

test('a target without the workflow has its gates missing, and is told how to get one', async () => {
  await town.hub.person('ada').push(town.repository, 'bare', {
    [workflowFile]: null as unknown as string,
  });
  const pull = await town.opens('unrun', { 'src/cart/total.ts': line }, 'bare');
  await town.rest();
  expect(conclusion(pull)).toBe('action_required');
  expect(town.check(pull)?.text).toContain('bare has no .github/workflows/arbitrate.yml');
});

test('what a stranger wrote is run once somebody who may write has seen it', async () => {
  const eve = town.hub.person('eve');
  const fork = await town.hub.fork(town.repository, eve);
  await eve.push(fork, 'gift', { 'src/cart/total.ts': line }, 'A gift', { from: 'main' });
  const before = runs().length;
  const pull = await eve.opens(town.repository, { head: 'gift', fork, title: 'A gift' });
  await town.rest();
  expect([runs().length, conclusion(pull)]).toEqual([before, 'action_required']);
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
  expect(conclusion(pull)).toBe('action_required');
});

describe('evidence', () => {
  test('that a run could not send is taken from what it left behind', async () => {
    const pull = await opened('left-behind');
    const run = newestRun(town);
    await run.begins();
    const asked = (await askCase(town, run)).body as unknown as RunCase;
    run.uploads('caws-evidence', {
      'caws-evidence.json': JSON.stringify(passingBundle(asked, run)),
    });
    await run.ends('success');
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    expect(newestRun(town).id).toBe(run.id);
  });

  test('that is left behind for another head counts as none', async () => {
    const pull = await opened('left-wrong');
    const run = newestRun(town);
    await run.begins();
    const asked = (await askCase(town, run)).body as unknown as RunCase;
    const other: Partial<EvidenceBundle> = { head: 'c'.repeat(40) };
    run.uploads('caws-evidence', {
      'caws-evidence.json': JSON.stringify(passingBundle(asked, run, other)),
    });
    await run.ends('success');
    await town.rest();
    expect(newestRun(town).id).not.toBe(run.id);
    expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
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

test('all of it is what GitHub documents', () => {
  judge(town.hub);
});
