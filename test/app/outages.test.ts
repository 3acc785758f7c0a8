/** GitHub answers late, wrong, partly or not at all: nothing passes by it, and all is right afterwards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RequestFault } from '../hub/faults.ts';
import type { PullHandle } from '../hub/handles.ts';
import type { InstalledApp } from '../hub/installed.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { law, openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const SOON_MS = 65_000;

let town: Town;
beforeAll(async () => {
  const policy = `${law['.caws/policy.yaml']}waivers: { max_active_waivers_per_gate: 100 }\n`;
  town = await openTown({ files: { ...law, '.caws/policy.yaml': policy } });
});
afterAll(async () => {
  judge(town.hub);
  await town[Symbol.asyncDispose]();
});

const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
const asked = () => town.hub.requests().length;

async function over(faults: () => void, during: () => void, pull: PullHandle) {
  faults();
  await town.hears(pull);
  during();
  town.hub.faults.clear();
  await town.passes(SOON_MS);
  await town.hears(pull);
}

describe('one call of a hearing that goes wrong', () => {
  test('never makes a pass, and keeps none back, whichever call it is', async () => {
    const kinds: readonly (() => RequestFault)[] = [
      () => ({ kind: 'status', status: 502 }),
      () => ({ kind: 'secondary-limit', retryAfterSeconds: 5 }),
      () => ({ kind: 'primary-limit', resetAt: town.now() + 5_000 }),
      () => ({ kind: 'cut' }),
      () => ({ kind: 'slow', ms: 30 }),
      () => ({ kind: 'done-but-lost' }),
      () => ({ kind: 'status', status: 500 }),
    ];
    const before = asked();
    const first = await town.opens('first', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    expect(conclusion(first)).toBe('success');
    const calls = asked() - before;
    for (let call = 1; call <= calls; call += 1) {
      const fault = kinds[call % kinds.length]?.() as RequestFault;
      const small = call % 2 === 0;
      const pull = await town.opens(`call-${call}`, {
        'src/cart/total.ts': lines(small ? 3 : 300),
      });
      town.hub.faults.request({ call, times: small ? 1 : 1_000 }, fault);
      await town.rest();
      if (!small) expect(conclusion(pull)).not.toBe('success');
      town.hub.faults.clear();
      await town.passes(SOON_MS);
      expect([call, fault.kind, conclusion(pull)]).toEqual([
        call,
        fault.kind,
        small ? 'success' : 'action_required',
      ]);
    }
    process.stdout.write(`outages: ${calls} of ${calls} calls of a hearing failed in turn\n`);
  });
});

describe('a waiver whose approver lost the role', () => {
  test('does not pass while any of the questions about people has no answer', async () => {
    const pull = await waived('people');
    const rob = town.hub.person('rob');
    town.hub.collaborator(town.repository, rob, 'maintain');
    rob.comments(pull, `/caws approve ${waiverOf(pull)}`);
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    town.hub.collaborator(town.repository, rob, 'read');
    for (const [route, fault] of [
      ['/users/{username}', { kind: 'status', status: 503 }],
      ['/repos/{owner}/{repo}/collaborators/{username}/permission', { kind: 'cut' }],
      [
        '/repos/{owner}/{repo}/collaborators/{username}/permission',
        { kind: 'secondary-limit', retryAfterSeconds: 5 },
      ],
      ['/repos/{owner}/{repo}/pulls/{pull_number}/commits', { kind: 'truncated', to: 0 }],
      ['git', { kind: 'status', status: 500 }],
    ] as const satisfies readonly (readonly [string, RequestFault])[])
      await over(
        () => town.hub.faults.request({ route }, fault),
        () => expect([route, conclusion(pull)]).not.toEqual([route, 'success']),
        pull,
      );
    expect(conclusion(pull)).toBe('action_required');
  });
});

test('where nobody can say any more who made a change, whoever approves is told so', async () => {
  const pull = await waived('makers');
  const max = town.hub.person('max');
  const told = () => pull.comments.some(({ body }) => body.includes('or who made this change'));
  town.hub.faults.request(
    { route: '/repos/{owner}/{repo}/activity' },
    { kind: 'status', status: 404 },
  );
  max.comments(pull, `/caws approve ${waiverOf(pull)}`);
  await town.rest();
  expect(told()).toBe(false);
  for (let looks = 0; looks < 3; looks += 1) await town.passes(SOON_MS);
  expect(told()).toBe(true);
  expect(conclusion(pull)).toBe('action_required');
  town.hub.faults.clear();
  max.comments(pull, `/caws approve ${waiverOf(pull)}`);
  await town.rest();
  expect(conclusion(pull)).toBe('success');
});

describe('a list of comments that ends early', () => {
  const match = {
    method: 'GET',
    route: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
  };

  test('grants nothing, and takes nothing that was said away', async () => {
    const pull = await waived('truncated');
    town.hub.faults.request(match, { kind: 'truncated', to: 1 });
    town.hub.person('max').comments(pull, `/caws approve ${waiverOf(pull)}`);
    await town.rest();
    expect(conclusion(pull)).not.toBe('success');
    town.hub.faults.clear();
    await town.passes(SOON_MS);
    expect(conclusion(pull)).toBe('success');
  });

  test('is no pass while a word that takes one back may be missing', async () => {
    const pull = await waived('taken-back');
    const waiver = waiverOf(pull);
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    town.hub.faults.request(match, { kind: 'truncated', to: 1 });
    town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"it was not generated"`);
    await town.rest();
    expect(conclusion(pull)).not.toBe('success');
    town.hub.faults.clear();
    await town.passes(SOON_MS);
    expect(conclusion(pull)).toBe('action_required');
  });
});

describe('a gate that the CI of the repository answers', () => {
  test.each([
    ['success', 'success'],
    ['failure', 'action_required'],
    ['neutral', 'action_required'],
    ['skipped', 'action_required'],
    ['cancelled', 'action_required'],
    ['timed_out', 'action_required'],
  ] as const)('that ended as %s leads to %s', async (ended, expected) => {
    const { pull, checks, run } = await gated(`gate-${ended}`);
    expect(conclusion(pull)).not.toBe('success');
    await checks.create({ ...run, status: 'in_progress' });
    await town.hears(pull);
    expect(conclusion(pull)).toBeNull();
    await checks.create({ ...run, status: 'completed', conclusion: ended });
    await town.hears(pull);
    expect(conclusion(pull)).toBe(expected);
  });

  test('is not answered by another app, nor on another head, nor by nobody', async () => {
    const { pull, run } = await gated('gate-foreign');
    const foreign = await ci('Foreign');
    await foreign.checks.create({ ...run, status: 'completed', conclusion: 'success' });
    const own = (await ci('CI')).checks;
    const elsewhere = town.repository.tip('main');
    await own.create({ ...run, head_sha: elsewhere, status: 'completed', conclusion: 'success' });
    await town.hears(pull);
    expect(conclusion(pull)).toBeNull();
    await town.passes(SOON_MS);
    await town.hears(pull);
    expect(conclusion(pull)).toBe('action_required');
  });
});

const apps = new Map<string, InstalledApp>();
async function ci(name: string) {
  const wanted = { on: 'acme', name, permissions: { checks: 'write' }, events: [] } as const;
  const installed = apps.get(name) ?? (await town.hub.installApp(wanted));
  apps.set(name, installed);
  const { checks } = clientOf(town.hub, installed.token()).rest;
  return { appId: installed.appId, checks };
}

/** A change for a branch whose policy asks a check of the app CI. */
async function gated(branch: string) {
  const { appId, checks } = await ci('CI');
  const base = `base-${branch}`;
  await town.hub.person('ada').push(town.repository, base, {
    '.caws/policy.yaml': `${law['.caws/policy.yaml']}  ci: { mode: block, timeout_seconds: 60, answer: { by: check, name: build, app_id: ${appId} } }\n`,
  });
  const pull = await town.opens(branch, { 'src/cart/total.ts': lines(3) }, base);
  await town.rest();
  const run = { owner: 'acme', repo: 'shop', name: 'build', head_sha: pull.head };
  return { pull, checks, run };
}

async function waived(branch: string) {
  const pull = await town.opens(branch, { 'src/cart/total.ts': lines(300) });
  await town.rest();
  const reason = 'reason:"generated once, read by nobody, goes with #418"';
  town.hub.person('kim').comments(pull, `/caws waive budget_limit ${reason} expires:7d`);
  await town.rest();
  expect(conclusion(pull)).toBe('action_required');
  return pull;
}

const waiverOf = (pull: PullHandle) =>
  /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0] ?? '';
