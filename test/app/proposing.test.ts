/** Patches of workers: asked for in a comment or by the policy, judged like anyone's, offered and never imposed. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proposalsOf } from '../../app/proposing/proposals.ts';
import type { CommitSha, Instant } from '../../src/primitives.ts';
import type { PullHandle } from '../hub/handles.ts';
import { law, openTown, type Town } from './town.ts';
import { lines } from './waived.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'arbiter-proposing-'));
const at = (name: string) => join(folder, name);
let town: Town;
let hostile: Promise<PullHandle> | undefined;

beforeAll(async () => {
  town = await openTown({
    settings: {
      ARBITER_PROPOSER: `sh ${at('worker.sh')}`,
      ARBITER_SHUTDOWN_SECONDS: '0',
    },
  });
});
afterAll(async () => {
  await town[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tax = '--- /dev/null\n+++ b/src/cart/tax.ts\n@@ -0,0 +1 @@\n+export const tax = 1;\n';

/** What the worker is from now on: a plan, a patch, and a shell line that is run before either. */
function works({
  plan = 'files: [{ path: src/cart/tax.ts, action: add, lines: 1 }]',
  patch = tax,
  first = 'true',
}: {
  readonly plan?: string;
  readonly patch?: string;
  readonly first?: string;
}): void {
  rmSync(at('patched'), { force: true });
  writeFileSync(at('plan'), `version: 1\nspec: CART-1\n${plan}\n`);
  writeFileSync(at('patch'), patch);
  writeFileSync(
    at('worker.sh'),
    `cp task.json ${at('task.json')}
${first}
if grep -q '"wants": "plan"' task.json; then cp ${at('plan')} plan.yaml
else touch ${at('patched')}; cp ${at('patch')} change.patch; fi
`,
  );
}

const said = (pull: PullHandle) =>
  pull.comments.map(({ body }) => body).filter((body) => /propose[sd] /.test(body));

async function proposedOn(pull: PullHandle): Promise<string> {
  const before = said(pull).length;
  town.hub.person('kim').comments(pull, '/caws propose');
  await town.rest();
  expect(said(pull)).toHaveLength(before + 1);
  return said(pull).at(-1) ?? '';
}

async function tooLarge(branch: string, base = 'main'): Promise<PullHandle> {
  const pull = await town.opens(branch, { [`src/cart/${branch}.ts`]: lines(300) }, base);
  await town.rest();
  return pull;
}

/** Branches of the repository with names that begin so, as git lists them. */
const branches = async (prefix: string) => {
  const listed = await run('git', ['ls-remote', town.repository.gitUrl, `refs/heads/${prefix}*`]);
  return listed.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\trefs/heads/'))
    .map(([sha = '', name = '']) => ({ sha, name }));
};

describe('/caws propose', () => {
  test('offers a patch with what the cycle says of it, and moves nothing of the author', async () => {
    works({ first: 'test -f tree/src/cart/total.ts || exit 7' });
    const pull = await tooLarge('asked');
    const { head } = pull;
    const reply = await proposedOn(pull);
    expect(reply).toMatch(
      /^@kim: a worker proposes 1 line in 1 file for `CART-1`: \*\*PASS\*\*, S = 0\.\d+/,
    );
    expect(reply).toContain(`\`\`\`diff\n${tax}\`\`\``);
    expect(reply).toMatch(/git switch -c proposal [0-9a-f]{40}\ngit apply --index proposal\.patch/);
    expect(JSON.parse(readFileSync(at('task.json'), 'utf8'))).toMatchObject({
      ...{ wants: 'patch', spec: { id: 'CART-1' } },
      plan: { files: [{ path: 'src/cart/tax.ts' }] },
      findings: [{ rule: 'budget.lines' }],
    });
    expect(pull.head).toBe(head);
    expect(await branches('caws/')).toEqual([]);
    await town.hears(pull);
    expect(said(pull)).toHaveLength(1);
  });

  test('writes nothing where the plan is outside scope or budget, and says what was planned too large', async () => {
    const pull = await tooLarge('planned');
    works({ plan: 'files: [{ path: src/payment/charge.ts, action: change, lines: 900 }]' });
    const reply = await proposedOn(pull);
    expect(reply).toContain('planned what would not pass, so no patch was asked for');
    expect(reply).toMatch(/900 lines|src\/payment\/charge/);
    expect(existsSync(at('patched'))).toBe(false);
  });

  test.each<[string, Parameters<typeof works>[0], RegExp]>([
    [
      'reaches out of the tree',
      { patch: tax.replace('src/cart/tax.ts', '../x') },
      /a patch that is not taken/,
    ],
    [
      'does not apply',
      { patch: tax.replace('/dev/null', 'a/src/cart/tax.ts').replace('-0,0', '-1') },
      /a patch that is not taken/,
    ],
    [
      'fails',
      { first: `echo '<!-- caws:reply -->@max ghp_${'a'.repeat(36)}' >&2; exit 3` },
      /^[^@]*@kim: no patch[^@]*Worker 1 failed at its plan, and the log of the app says more\.[^@]*$/,
    ],
    ['plans for another spec', { plan: 'spec: OTHER-1' }, /cannot be read|was asked for/],
  ])('of a worker that %s offers nothing, and says why', async (_, worker, says) => {
    hostile ??= tooLarge('hostile');
    const pull = await hostile;
    works(worker);
    expect(await proposedOn(pull)).toMatch(says);
  });

  test('judges a patch that does another thing than its plan by what it is, and shows nothing that hides', async () => {
    const pull = await tooLarge('liar');
    const policy = `--- a/.caws/policy.yaml\n+++ b/.caws/policy.yaml\n@@ -1,2 +1,2 @@\n-version: 1\n+version:  1\n risk_tiers:\n`;
    works({ patch: policy + tax });
    expect(await proposedOn(pull)).toMatch(/: \*\*FAIL\*\*, S = [\s\S]*policy/);
    works({ patch: tax.replace('= 1', '= 1 // \u202e```') });
    const hidden = await proposedOn(pull);
    expect(hidden).toContain('It is not shown');
    expect(hidden).not.toContain('\u202e');
    works({ patch: tax.replace('= 1;', '= 1; // ```` @max <img src=x>') });
    expect(await proposedOn(pull)).toContain('\n`````diff\n');
  });

  test('keeps no other pull request waiting, is asked for once at a time, and is gone on with after a restart', async () => {
    works({ first: `touch ${at('begun')}; until [ -f ${at('go')} ]; do sleep 0.05; done` });
    const pull = await tooLarge('slow');
    const kim = town.hub.person('kim');
    kim.comments(pull, '/caws propose');
    await expect.poll(() => existsSync(at('begun'))).toBe(true);
    const other = await town.opens('quick', { 'src/cart/total.ts': lines(3) });
    await expect.poll(() => town.check(other)?.conclusion).toBe('success');
    kim.comments(pull, '/caws propose');
    await expect.poll(() => pull.comments.at(-1)?.body).toContain('is being written');
    expect(said(pull)).toEqual([]);
    await town.restart();
    writeFileSync(at('go'), '');
    await town.rest();
    expect(said(pull)).toHaveLength(1);
    expect(said(pull)[0]).toContain('**PASS**');
  });

  test('after a crash goes on with the patch that the ledger holds, says it once, and gives up what never ends', async () => {
    works({});
    const pull = await tooLarge('crashed');
    const reply = await proposedOn(pull);
    const { store, errand } = town.app.tools;
    const { owner, name, id: repositoryId } = town.repository;
    const { installationId } = town.installed;
    const again = async () => {
      const where = { installationId, repositoryId, owner, name };
      errand(where, { kind: 'propose', pull: pull.number }, town.now() as Instant);
      await town.rest();
      return said(pull);
    };
    const ofPull = 'WHERE repository_id = ? AND pull = ?';
    store.database
      .prepare(`UPDATE proposals SET is_over = 0 ${ofPull}`)
      .run(repositoryId, pull.number);
    works({ first: 'exit 9' });
    expect(await again()).toEqual([reply]);
    const proposals = proposalsOf(store);
    const where = { repositoryId, pull: pull.number };
    proposals.ask({ ...where, head: pull.head as CommitSha, command: 'comment 1 1', asker: 'kim' });
    const asked = proposals.next(where);
    if (asked === null) throw new Error('nothing is asked for');
    for (let tries = 0; tries < 3; tries += 1) proposals.tries(asked);
    expect((await again()).at(-1)).toContain('never came to an end');
    expect(proposals.next(where)).toBeNull();
  });
});

describe('a policy that asks for a patch after a FAIL', () => {
  test('gets one a head, as a branch where it wants one and nothing stands against it', async () => {
    works({});
    const unwaivable = law['.caws/policy.yaml']?.replace(
      'budget_limit: { mode: block }',
      'budget_limit: { mode: block, waivable: false }',
    );
    const policy = `${unwaivable}workers: { after_fail: propose, offer: branch }\n`;
    const [ada, kim] = [town.hub.person('ada'), town.hub.person('kim')];
    await ada.push(town.repository, 'eager', { '.caws/policy.yaml': policy }, 'Law', {
      from: 'main',
    });
    const pull = await tooLarge('failing', 'eager');
    expect(town.check(pull)?.conclusion).toBe('failure');
    const [reply, ...more] = said(pull);
    expect(more).toEqual([]);
    const [made] = await branches('caws/propose/');
    expect(made?.name).toMatch(new RegExp(`^caws/propose/${pull.number}-[0-9a-f]{12}$`));
    expect(reply).toContain(`It stands on the branch \`${made?.name}\``);
    expect(reply).toMatch(/^a worker proposes/);
    await town.hears(pull);
    expect(said(pull)).toHaveLength(1);

    // Whoever opens a pull request from it is heard like anyone.
    const taken = await kim.opens(town.repository, {
      ...{ head: made?.name ?? '', base: 'eager', title: 'Taken' },
    });
    await town.rest();
    expect([town.check(taken)?.conclusion, taken.head]).toEqual(['success', made?.sha]);
  });
});
