import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ArbitrationRecord } from '../../src/4-verdict/arbitration.ts';
import { debateAtHost } from '../../src/adapters/judge/debate.ts';
import { judgeAtHost } from '../../src/adapters/judge/hear.ts';
import {
  shippedDebatePrompts,
  shippedJudgePrompts,
} from '../../src/adapters/judge/shipped-prompts.ts';
import { command as arbitrate } from '../../src/cli/arbitrate.ts';
import { command as audit } from '../../src/cli/audit.ts';
import { command as ledger } from '../../src/cli/ledger.ts';
import { command as plan } from '../../src/cli/plan.ts';
import { aModel, answering, proven } from '../3-deliberation/judge/kit.ts';
import { scripted } from '../adapters/judge/scripted.ts';
import { arbitrated } from './arbitration.ts';
import { code, policy } from './documents.ts';
import { arbiterListed, kim, sam, trustedKeys } from './people.ts';
import { schemaProblems } from './schemas.ts';
import { type Said, Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

/** Branches with so many lines each, all for the same spec. */
function changing(story: Story, sizes: Readonly<Record<string, number>>): void {
  for (const [name, lines] of Object.entries(sizes)) {
    story.branches(name);
    story.worker.commits((hands) => hands.writes('src/cart/tax.ts', code(lines, name)));
  }
}

const entriesOf = async (story: Story, kind: string) => {
  const said = await story.runs(ledger, 'log', '--json', '--kind', kind);
  return (JSON.parse(said.out) as { entries: { about: string; body: Record<string, unknown> }[] })
    .entries;
};

test('each candidate gets a verdict of its own, the best that passes is accepted, the others are superseded', async () => {
  using story = new Story({
    law: { '.caws/trusted-keys.yaml': trustedKeys([sam, kim]) + arbiterListed },
  });
  changing(story, { large: 50, small: 5 });
  const patch = story.beside(
    'third.patch',
    `${story.git(story.author, 'format-patch', '--stdout', 'main..large')}\n`,
  );
  story.branches('stray');
  story.worker.strays();
  const said = await story.runs(arbitrate, 'CART-1', 'large', 'small', patch, 'stray');
  expect(said.code, said.err).toBe(0);
  expect(said.out).toMatch(/^Accepted for CART-1: small, S = 0\.47\.$/m);
  const rows = said.out.split('\n').filter((line) => /accepted$|superseded$/.test(line));
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toMatchObject([
    [
      'small',
      'PASS',
      '0.000',
      expect.anything(),
      '1.000',
      '0.000',
      expect.anything(),
      '5',
      'accepted',
    ],
    [
      expect.stringMatching(/large|third/),
      'PASS',
      '0.000',
      expect.anything(),
      '1.000',
      '0.000',
      expect.anything(),
      '50',
      'superseded',
    ],
    [
      expect.stringMatching(/large|third/),
      'PASS',
      '0.000',
      expect.anything(),
      '1.000',
      '0.000',
      expect.anything(),
      '50',
      'superseded',
    ],
    [
      'stray',
      'WAIVER REQUIRED',
      '0.000',
      expect.anything(),
      '0.667',
      '0.000',
      expect.anything(),
      '1',
      'superseded',
    ],
  ]);
  const [decision] = await entriesOf(story, 'arbitration');
  const record = decision?.body as unknown as ArbitrationRecord;
  const superseded = await entriesOf(story, 'superseded');
  expect(superseded.map(({ about }) => about).toSorted()).toEqual(
    record.candidates
      .slice(1)
      .map(({ verdict }) => verdict as string)
      .toSorted(),
  );
  expect(superseded.every(({ body }) => body['by'] === record.winner)).toBe(true);
  expect(await entriesOf(story, 'verdict')).toHaveLength(4);
  await expect(story).toTellTheSame();

  // What is printed lands the winner as it was judged; whoever lands another one is found out.
  const [, land = ''] = /^ +git (merge .*)$/m.exec(said.out) ?? [];
  const landing = (line: string) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    story.git(sam, 'switch', '-q', 'main');
    story.git(sam, ...words);
    return story.runs(audit, '--json', '--last', '1', '--ref', 'refs/heads/main');
  };
  const newest = ({ out }: Said) =>
    (JSON.parse(out) as { commits: { state: string; fault: string | null }[] }).commits[0];
  expect(newest(await landing(land))).toMatchObject({ state: 'verified', fault: null });
  story.git(sam, 'reset', '-q', '--hard', 'main~1');
  const [best, second] = record.candidates;
  const other = land
    .replace(best?.head ?? '', second?.head ?? '')
    .replace(best?.verdict ?? '', second?.verdict ?? '');
  expect(newest(await landing(other))).toMatchObject({
    state: 'unverified',
    fault: 'verdict-superseded',
  });
  story.git(sam, 'reset', '-q', '--hard', 'main~1');
  story.git(sam, 'switch', '-q', 'stray');

  const again = await story.runs(arbitrate, 'CART-1', 'stray', 'large');
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringContaining('CART-1 was won against this base by small'),
  ]);
  story.lands((hands) => hands.writes('src/other.ts', code(1)));
  expect((await story.runs(arbitrate, 'CART-1', 'stray', 'large')).code).toBe(0);
});

test('nobody is accepted where none passes, the spec stays open, and programs are told in the published schema', async () => {
  using story = new Story();
  changing(story, { one: 70, two: 80 });
  const said = await story.runs(arbitrate, 'CART-1', 'one', 'two', '--json');
  const problems = (text: string) => schemaProblems('arbitrate', JSON.parse(text));
  expect(problems(said.out)).toEqual([]);
  expect(said.code).toBe(3);
  expect(JSON.parse(said.out)).toMatchObject({
    winner: null,
    candidates: [{ standing: 'undecided' }, { standing: 'undecided' }],
  });
  expect(await entriesOf(story, 'superseded')).toEqual([]);
  changing(story, { three: 10 });
  const won = await story.runs(arbitrate, 'CART-1', 'one', 'three', '--json');
  expect([won.code, problems(won.out)]).toEqual([0, []]);
  expect(JSON.parse(won.out).next_actions[0].command).toMatch(
    /^git merge --no-ff [0-9a-f]{40} -m 'Land CART-1' -m 'CAWS-VERDICT-ID: /,
  );
});

describe('one winner a spec', () => {
  test('while one runs another waits; whoever takes over is the only one that decides', async () => {
    using story = new Story();
    changing(story, { one: 5, two: 6, three: 7 });
    const inner: unknown[] = [];
    const outer = await arbitrated(story, ['one', 'two'], {
      beforeTheLast: async () => {
        inner.push(await arbitrated(story, ['two', 'three']));
        inner.push(await arbitrated(story, ['two', 'three'], { takesOver: true }));
      },
    });
    expect(inner).toMatchObject([
      { ok: false, fault: { kind: 'arbitration-running', spec: 'CART-1', entry: 1 } },
      { ok: true, value: { record: { candidates: [{ name: 'two' }, { name: 'three' }] } } },
    ]);
    expect(outer).toMatchObject({ ok: false, fault: { kind: 'arbitration-overtaken' } });
    const decided = (await entriesOf(story, 'arbitration')).filter(
      ({ body }) => body['state'] === 'decided',
    );
    expect(decided).toHaveLength(1);
    expect(await entriesOf(story, 'superseded')).toHaveLength(1);
    await expect(story).toTellTheSame();
  });

  test('what broke off gives the spec back, and what vanished keeps it for an hour', async () => {
    using story = new Story();
    changing(story, { one: 5, two: 6 });
    const broken = arbitrated(story, ['one', 'two'], {
      beforeTheLast: () => Promise.reject(new Error('the machine went away')),
    });
    await expect(broken).rejects.toThrow('the machine went away');
    let held = false;
    const after = await arbitrated(story, ['one', 'two'], {
      beforeTheLast: async () => {
        held = !(await arbitrated(story, ['one', 'two'])).ok;
        story.passes(1 / 24);
        expect(await arbitrated(story, ['one', 'two'])).toMatchObject({ ok: true });
      },
    });
    expect(held).toBe(true);
    expect(after).toMatchObject({ ok: false, fault: { kind: 'arbitration-overtaken' } });
  });

  test('a win against one base is not forgotten for another target', async () => {
    using story = new Story();
    changing(story, { one: 5, two: 6 });
    story.git(story.author, 'branch', 'release', 'main');
    story.lands((hands) => hands.writes('src/other.ts', code(1)));
    const onto = (target: string) =>
      story.runs(arbitrate, 'CART-1', 'one', 'two', '--onto', target);
    expect((await onto('main')).code).toBe(0);
    expect((await onto('release')).code).toBe(0);
    expect((await onto('main')).err).toContain('was won against this base by one');
  });
});

describe('a judge', () => {
  const judged = { law: { '.caws/policy.yaml': policy('judge: { role: advisory }') } };

  /** Prefers the candidate whose diff shows a word. */
  function fond(word: string) {
    const asked: string[] = [];
    const model = scripted(aModel(), (call) => {
      asked.push(call.own);
      const [one = ''] = call.own.split('candidate at place 2');
      return answering(one.includes(word) ? '1' : '2');
    });
    const anchors = { candidates: proven() };
    return { judge: judgeAtHost(shippedJudgePrompts(), [{ model, anchors }]), asked };
  }

  test('orders those within the tie band, whoever is named first, and nobody else', async () => {
    const winners = [];
    for (const order of [
      ['near', 'best', 'far', 'over'],
      ['over', 'far', 'best', 'near'],
    ]) {
      using story = new Story(judged);
      changing(story, { best: 5, near: 12, far: 40, over: 70 });
      const { judge, asked } = fond('near1');
      const done = await arbitrated(story, order, { judge });
      if (!done.ok) throw new Error(JSON.stringify(done.fault));
      const { candidates, compared, winner } = done.value.record;
      winners.push(candidates.map(({ name }) => name));
      expect(candidates.map(({ isInBand }) => isInBand)).toEqual([true, true, false, false]);
      expect(compared).toMatchObject([{ preferred: winner, abstained: null }]);
      expect(asked).toHaveLength(2);
      expect(asked.join()).not.toMatch(/far1|over1/);
    }
    expect(winners).toEqual([
      ['near', 'best', 'far', 'over'],
      ['near', 'best', 'far', 'over'],
    ]);
  });

  test('hears of a debate what can be looked up, from both sides of a pair in the band and from no other', async () => {
    using story = new Story(judged);
    changing(story, { best: 5, near: 12, far: 40 });
    const spoken: (readonly [number, string])[] = [];
    const advocate = scripted(aModel('fox'), ({ own, shared }) => {
      const [, label] = /You speak for ([KR])\./.exec(own) ?? [];
      const [, heard = ''] = own.split('advocate of K\n');
      spoken.push([heard === '' ? 1 : 2, heard]);
      const [, mine = ''] = shared.split(`candidate ${label}\n`);
      const name = mine.indexOf('near1') >= 0 ? 'near' : 'best';
      return `It adds «src/cart/tax.ts:2 ${name}2 = (net: number)». The gates prefer it [F99]. It says «src/cart/tax.ts:3 never stood here».`;
    });
    const debaters = debateAtHost(shippedDebatePrompts(), advocate);
    const { judge, asked } = fond('near1');
    const done = await arbitrated(story, ['best', 'near', 'far'], { judge, debaters });
    if (!done.ok) throw new Error(JSON.stringify(done.fault));
    expect(spoken.map(([round]) => round)).toEqual([1, 1, 2, 2]);
    expect(spoken[3]?.[1]).toMatch(
      /^It adds «src\/cart\/tax\.ts:2 \w+2 = \(net: number\)»\. \[struck\] \[struck\]\n/,
    );
    expect(asked.join()).toContain('[struck]');
    expect(asked.join()).not.toMatch(/never stood|F99|far1/);
    const { compared, candidates } = done.value.record;
    expect(compared).toMatchObject([{ debate: expect.stringMatching(/^sha256:/) }]);
    expect(candidates[0]?.name).toBe('near');
  });

  test('is not asked where the policy wants none', async () => {
    using story = new Story();
    changing(story, { best: 5, near: 12 });
    const { judge, asked } = fond('near1');
    expect(await arbitrated(story, ['near', 'best'], { judge })).toMatchObject({
      ok: true,
      value: { record: { candidates: [{ name: 'best' }, { name: 'near' }], compared: [] } },
    });
    expect(asked).toEqual([]);
  });
});

test('a plan outside scope or budget is told so before there is a patch, and the plan that holds is recorded nowhere', async () => {
  using story = new Story();
  const checks = async (more: string, ...options: readonly string[]) => {
    const file = story.beside('plan.yaml', `version: 1\nspec: CART-1\n${more}`);
    return story.runs(plan, 'check', file, ...options);
  };
  const one =
    'files: [{ path: src/cart/tax.ts, action: add, lines: 40 }]\nacceptance: [A1]\ngates: [budget_limit]\n';
  const holds = await checks(one);
  expect(holds.out).not.toContain('may merge');
  expect([holds.code, holds.out]).toEqual([
    0,
    expect.stringMatching(/^PASS[\s\S]*a plan: not signed/),
  ]);
  const table: readonly (readonly [string, string, number, RegExp])[] = [
    [
      'too many lines',
      'files: [{ path: src/cart/tax.ts, action: add, lines: 61 }]',
      3,
      /61[\s\S]*60/,
    ],
    ['out of scope', 'files: [{ path: docs/tax.md, action: add, lines: 1 }]', 3, /docs\/tax\.md/],
    [
      'renamed out of scope',
      'files: [{ path: src/cart/a.ts, from: src/payment/charge.ts, action: rename, lines: 0 }]',
      3,
      /src\/payment\/charge\.ts/,
    ],
    [
      'adds what is there',
      'files: [{ path: src/cart/total.ts, action: add, lines: 1 }]',
      1,
      /^✗ The target has such a file already, so it cannot be added: src\/cart\/total\.ts\n/,
    ],
    [
      'adds a file in place of a folder',
      'files: [{ path: src/cart, action: add, lines: 1 }]',
      1,
      /cannot be added: src\/cart\n/,
    ],
    [
      'renames onto what is there, from where nothing is',
      'files: [{ path: src/cart/total.ts, from: src/cart/none.ts, action: rename, lines: 1 }]',
      1,
      /cannot be added: src\/cart\/total\.ts\n✗ .*could be changed: src\/cart\/none\.ts\n/,
    ],
    [
      'changes and deletes what is not there',
      'files: [{ path: src/cart/a.ts, action: change, lines: 1 }, { path: src/cart/b.ts, action: delete, lines: 1 }]',
      1,
      /could be changed: src\/cart\/a\.ts, src\/cart\/b\.ts\n/,
    ],
    [
      'changes, deletes and renames whole folders',
      'files: [{ path: src/cart, action: delete, lines: 1 }, { path: src, action: change, lines: 1 }, { path: src/cart/b, from: src/payment, action: rename, lines: 1 }]',
      1,
      /^✗ A plan names each file, and these are folders: src\/cart, src, src\/payment\n/,
    ],
    [
      'adds below what is a file, there or by the plan',
      'files: [{ path: src/cart/total.ts/a.ts, action: add, lines: 1 }, { path: src/cart/b, action: add, lines: 1 }, { path: src/cart/b/c/d.ts, action: add, lines: 1 }]',
      1,
      /^✗ .*is a file, so nothing can be below it: src\/cart\/total\.ts\/a\.ts, src\/cart\/b\/c\/d\.ts\n/,
    ],
    [
      'adds below what it deletes or renames away',
      'files: [{ path: src/cart/total.ts, action: delete, lines: 1 }, { path: src/cart/total.ts/a.ts, action: add, lines: 1 }]',
      0,
      /^PASS/,
    ],
    [
      'adds a file where another was renamed away, and changes what is there',
      'files: [{ path: src/cart/sum.ts, from: src/cart/total.ts, action: rename, lines: 1 }, { path: src/cart/total.ts, action: add, lines: 1 }]',
      0,
      /^PASS/,
    ],
    [
      'its own law',
      'files: [{ path: .caws/policy.yaml, action: change, lines: 1 }, { path: src/cart/a.ts, action: add, lines: 1 }]',
      1,
      /policy/,
    ],
    [
      'aims at nothing',
      `${one.replace('A1', 'A9').replace('budget_limit', 'beauty')}`,
      1,
      /^✗ .*acceptance item: A9\n✗ .*gate: beauty\n.*\n\nPASS/,
    ],
    [
      'leads elsewhere',
      'files: [{ path: ../tax.ts, action: add, lines: 1 }]',
      5,
      /leads out of the tree[\s\S]*check with: arbiter plan check \S*plan\.yaml\n/,
    ],
    [
      'named twice',
      'files: [{ path: a, action: add, lines: 1 }, { path: a, action: add, lines: 1 }]',
      5,
      /named twice/,
    ],
    [
      'renamed twice, and changed where it was',
      'files: [{ path: a, from: c, action: rename, lines: 1 }, { path: b, from: c, action: rename, lines: 1 }, { path: c, action: change, lines: 1 }]',
      5,
      /"c" is renamed twice[\s\S]*"c" is renamed away, and there is nothing of it to change/,
    ],
    ['an unknown key', `${one}budget: 9\n`, 5, /budget/],
    ['less than nothing', 'files: [{ path: src/cart/tax.ts, action: add, lines: -5 }]', 5, /lines/],
  ];
  for (const [name, more, code, says] of table) {
    const said = await checks(more);
    expect([name, said.code, said.out + said.err]).toEqual([
      name,
      code,
      expect.stringMatching(says),
    ]);
  }
  expect((await checks(one, '--spec', 'CART-2')).code).toBe(2);
  const submodule = '160000,1111111111111111111111111111111111111111,src/cart/sub';
  story.git(sam, 'switch', '-q', 'main');
  story.git(sam, 'update-index', '--add', '--cacheinfo', submodule);
  story.git(sam, 'commit', '-qm', 'A submodule');
  const steps = ['delete', 'add', 'change'].map((action) =>
    checks(`files: [{ path: src/cart/sub, action: ${action}, lines: 1 }]`),
  );
  const below = checks('files: [{ path: src/cart/sub/a/b.ts, action: add, lines: 1 }]');
  for (const said of await Promise.all([...steps, below]))
    expect(said).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^✗ .*a submodule.*: src\/cart\/sub/),
    });
  const json = JSON.parse((await checks(one, '--json')).out);
  expect(schemaProblems('plan-check', json)).toEqual([]);
  expect(json).toMatchObject({ holds: true, unknown: { acceptance: [], gates: [], files: [] } });
  expect(await story.contradictions()).toEqual(['there is no ledger']);
});

test('a plan over budget is split into parts that keep it, with specs that bind, and nothing that the law forbids gets in', async () => {
  using story = new Story();
  const file = (name: string, lines: number, more = '') =>
    `{ path: src/cart/${name}.ts, action: add, lines: ${lines}${more} }`;
  const splits = async (files: readonly string[], ...options: readonly string[]) => {
    const text = `version: 1\nspec: CART-1\nacceptance: [A1]\nfiles: [${files.join(', ')}]\n`;
    return story.runs(plan, 'split', story.beside('large.yaml', text), ...options);
  };
  const files = [
    file('sum', 25, ', needs: [src/cart/round.ts]'),
    file('tax', 30),
    file('round', 50, ', needs: [src/cart/rate.ts]'),
    file('rate', 20, ', needs: [src/cart/round.ts]'),
  ];
  const alone = await splits(files);
  expect([alone.code, alone.out]).toEqual([
    1,
    expect.stringMatching(
      /src\/cart\/round\.ts, src\/cart\/rate\.ts belong into one change[\s\S]*70[\s\S]*60/,
    ),
  ]);
  files[2] = file('round', 35, ', needs: [src/cart/rate.ts]');
  const json = await splits(files, '--json');
  expect([json.code, schemaProblems('plan-split', JSON.parse(json.out))]).toEqual([0, []]);
  const into = story.beside('parts/none', '').replace(/\/none$/, '');
  const said = await splits(files, '--into', into);
  expect([said.code, said.out]).toEqual([
    0,
    expect.stringMatching(
      /^3 parts[\s\S]*1\. CART-1a: 30 [\s\S]*2\. CART-1b: 55 lines in 2 files\n +src\/cart\/round\.ts\n +src\/cart\/rate\.ts\n3\. CART-1c: 25 /,
    ),
  ]);
  expect(await splits(files, '--into', into)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/CART-1a\.spec\.yaml exists already, and nothing is overwritten/),
  });
  const taken = story.beside('taken', '');
  expect(await splits(files, '--into', taken)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^\S*taken exists already, and nothing is overwritten/),
  });
  const text = (name: string) => readFileSync(`${into}/${name}`, 'utf8');
  expect(text('CART-1b.spec.yaml')).toMatch(/risk_tier: 2[\s\S]*out: \[ ?src\/payment ?\]/);
  const table: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[file('tax', 5)], 0, /holds as it is/],
    [[file('tax', 61)], 1, /src\/cart\/tax\.ts is over a budget alone/],
    [
      Array.from({ length: 260 }, (_, at) => file(`part${at}`, 1)),
      1,
      /would take more than 50 parts/,
    ],
    [
      [file('tax', 50), '{ path: src/payment/a.ts, action: add, lines: 50 }'],
      1,
      /something else than its size/,
    ],
    [[file('tax', 50), '{ path: docs/a.md, action: add, lines: 50 }'], 1, /docs\/a\.md/],
    [[file('tax', 50, ', needs: [src/cart/no.ts]')], 5, /no other file of the plan/],
  ];
  for (const [planned, code, says] of table) {
    const refused = await splits(planned);
    expect([refused.code, refused.out + refused.err]).toEqual([code, expect.stringMatching(says)]);
  }
  const ids = ['CART-1a', 'CART-1b', 'CART-1c'];
  story.lands((hands) => {
    for (const id of ids) hands.writes(`.caws/specs/${id}.yaml`, text(`${id}.spec.yaml`));
  });
  for (const id of ids) {
    const checked = await story.runs(plan, 'check', `${into}/${id}.plan.yaml`);
    expect([checked.code, checked.out]).toEqual([0, expect.stringMatching(/^PASS/)]);
  }
});

test('a worker is told the spec and what stands against the newest try, and its patch is a candidate like any other', async () => {
  using story = new Story();
  changing(story, { large: 70 });
  await story.verdict();
  const planned = story.beside(
    'plan.yaml',
    'version: 1\nspec: CART-1\nfiles: [{ path: src/cart/tax.ts, action: add, lines: 1 }]\n',
  );
  const worker = story.beside(
    'write.sh',
    `#!/bin/sh
test -z "$CAWS_ARBITER_KEY" || exit 9
grep -q '"id": "CART-1"' task.json && grep -q '"rule": "budget.lines"' task.json || exit 8
test -f tree/.caws/policy.yaml || exit 7
grep -q '"wants": "plan"' task.json && cat ${planned} > plan.yaml && exit 0
printf -- '--- /dev/null\\n+++ b/src/cart/tax.ts\\n@@ -0,0 +1 @@\\n+export const tax = 1;\\n' > change.patch
`,
  );
  const linking = `cat ${planned} > plan.yaml; ln -s /etc/passwd change.patch`;
  const reaching = `cat ${planned} > plan.yaml; printf -- '--- /dev/null\\n+++ b/../x\\n@@ -0,0 +1 @@\\n+x\\n' > change.patch`;
  chmodSync(worker, 0o700);
  const here = `./${relative(story.directory, worker)}`;
  const asked = [here, 'exit 3', linking, reaching].flatMap((each) => ['--worker', each]);
  const said = await story.runs(arbitrate, 'CART-1', 'large', ...asked);
  expect([said.code, said.out]).toEqual([
    0,
    expect.stringMatching(/^Accepted for CART-1: worker 1,/),
  ]);
  expect(said.err).toMatch(
    /worker 2 \(exit 3\) failed at its plan.*\n.*worker 3 .* left no change\.patch.*symbolic link/,
  );
  expect(said.err).toMatch(/patch of worker 4 is left out\. .*path that is not taken/);
  expect((await story.runs(arbitrate, 'CART-1', 'large', 'gone.patch')).err).toMatch(
    /^gone\.patch is not tried: its file cannot be read: no such file/,
  );
  const link = 'new file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n';
  const given = story.beside('link.patch', `diff --git a/l b/l\n${link}`);
  expect((await story.runs(arbitrate, 'CART-1', 'large', given)).err).toContain('mode 120000.');
  const unknown = await story.runs(arbitrate, 'NONE-1', 'large', 'main');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/^[^\n]*no spec NONE-1/)]);
  const none = await story.runs(arbitrate, 'NONE-1', '--worker', 'true', '--worker', 'true');
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('no spec NONE-1')]);
});

test('no worker is asked where nothing could come of it', async () => {
  using story = new Story();
  changing(story, { one: 2, two: 3 });
  const marker = join(dirname(story.directory), 'asked');
  const asking = ['--worker', `touch '${marker}'; exit 3`, '--worker', 'exit 3'];
  const refused = (...words: readonly string[]) =>
    story.runs(arbitrate, 'CART-1', ...words, ...asking);
  const beside = await refused('one', '--beside', 'nowhere');
  expect([beside.code, beside.err]).toEqual([
    2,
    expect.stringMatching(/^There is no folder nowhere, [\s\S]*--beside DIR\n/),
  ]);
  expect((await refused('one', 'none')).err).toMatch(/^There is no revision none/);
  expect((await refused('one', 'one')).err).toMatch(/are the same commit/);
  expect((await story.runs(arbitrate, 'CART-1', 'one', 'two')).code).toBe(0);
  expect((await refused('two')).err).toMatch(/^CART-1 was won against this base by one/);
  expect(existsSync(marker)).toBe(false);
});

test('a cascade asks the large worker only where the small one would not pass, and says where nothing is taken', async () => {
  using story = new Story();
  changing(story, { mine: 30 });
  const writes = (name: string, lines: number) => {
    const planned = `version: 1\nspec: CART-1\nfiles: [{ path: src/cart/tax.ts, action: add, lines: 1 }]\n`;
    const added = Array.from({ length: lines }, (_, at) => `+export const ${name}${at} = ${at};\n`);
    const patch = `--- /dev/null\n+++ b/src/cart/tax.ts\n@@ -0,0 +1,${lines} @@\n${added.join('')}`;
    const from = story.beside(`${name}.patch`, patch);
    const asked = story.beside(`${name}.asked`, '');
    return `echo x >> ${asked}; cp ${story.beside(`${name}.yaml`, planned)} plan.yaml; cp ${from} change.patch`;
  };
  const workers = (...commands: readonly string[]) =>
    commands.flatMap((each) => ['--worker', each]);
  const by = (...more: readonly string[]) => story.runs(arbitrate, 'CART-1', 'mine', ...more);
  const none = await by(...workers(writes('one', 3), writes('two', 4)), '--strategy', 'majority');
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringMatching(
      /of 2 answers none is taken by the strategy majority[\s\S]*; 1 is left of those that were named and written\./,
    ),
  ]);
  const two = workers(writes('one', 3), writes('two', 4));
  const alone = await story.runs(arbitrate, 'CART-1', ...two, '--strategy', 'cascade');
  expect([alone.code, alone.err]).toEqual([
    2,
    expect.stringContaining('by this strategy all workers together give one'),
  ]);
  const over = writes('over', 70);
  const said = await by(...workers(over, writes('large', 5), 'exit 9'), '--strategy', 'cascade');
  expect([said.code, said.out]).toEqual([
    0,
    expect.stringMatching(/^Accepted for CART-1: worker 2,/),
  ]);
  expect(said.err).not.toContain('worker 3');
});

test('what candidates spend that did not win is not spent, and what the winner spends is', async () => {
  const rolling = 'rolling: { days: 30, max_loc: 60 }\n';
  using story = new Story({ law: { '.caws/policy.yaml': policy(rolling) } });
  changing(story, { one: 35, two: 36 });
  expect(await arbitrated(story, ['one', 'two'])).toMatchObject({
    ok: true,
    value: {
      record: {
        candidates: [
          { name: 'one', outcome: 'PASS' },
          { name: 'two', outcome: 'PASS' },
        ],
      },
    },
  });
  story.git(story.author, 'switch', '-q', 'main');
  story.git(story.author, 'merge', '-q', '--no-ff', 'one', '-m', 'One');
  const verdictOf = async (name: string, lines: number) => {
    story.branches(name);
    story.worker.commits((hands) => hands.writes(`src/cart/${name}.ts`, code(lines, name)));
    return story.verdict();
  };
  expect(await verdictOf('more', 30)).toBe('WAIVER_REQUIRED');
  expect(await verdictOf('next', 20)).toBe('PASS');
});
