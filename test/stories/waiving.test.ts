import { expect, test } from 'vitest';
import { code, policy, spec } from './documents.ts';
import { kim, robin, sam, trustedKeys } from './people.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

test('a request allows nothing; an approval allows what was measured; worse asks again', async () => {
  using story = new Story();
  story.worker.exceeds('lines', 10);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  const id = await story.workerAtTheDesk.asks('budget_limit', '7d');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain(`${id} does not count: nobody has approved it yet`);

  expect((await story.maintainer.approves(id)).code).toBe(0);
  expect(await story.verdict()).toBe('PASS');
  expect((await story.record()).law.waivers.map((waiver) => waiver.id)).toEqual([id]);

  story.worker.commits(
    (hands) => hands.writes('src/cart/big.ts', code(70).replace('net + 7;', 'net + 8;')),
    'No more lines than before',
  );
  expect(await story.verdict()).toBe('PASS');

  story.worker.commits((hands) => hands.writes('src/cart/more.ts', code(2)), 'And two more');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain('become worse than what was approved');
  await expect(story).toTellTheSame();
});

test.each([
  [
    'the next change on a branch of the same name',
    (story: Story) => {
      story.lands((hands) => hands.git('merge', '-q', '--no-ff', '-m', 'Merged', 'feature'));
      story.git(story.author, 'switch', '-q', 'main');
      story.git(story.author, 'branch', '-q', '-D', 'feature');
      story.branches('feature');
      story.worker.commits((hands) => hands.writes('src/cart/other.ts', code(70)), 'Another');
    },
  ],
  [
    'the same change, written anew',
    (story: Story) =>
      story.git(story.author, 'commit', '-q', '--amend', '-m', 'Not what was looked at'),
  ],
])('a waiver does not serve %s', async (_what, goesOn) => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
  goesOn(story);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain('given for another change');
  await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
});

test('a waiver ends with its time, and the verdict had said when', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  await story.maintainer.waives('budget_limit', '7d');
  expect(await story.verdict()).toBe('PASS');
  expect((await story.record()).validUntil).toMatch(/^2027-03-08T10:00/);
  story.passes(6);
  expect(await story.verdict()).toBe('PASS');
  story.passes(1);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain('it has expired');
});

test('a revoked waiver counts no more, and a rejected one never did', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  const id = await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
  expect((await story.secondMaintainer.revokes(id)).code).toBe(0);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain('it was revoked');
  const second = await story.workerAtTheDesk.asks('budget_limit', '3d');
  expect((await story.maintainer.rejects(second)).code).toBe(0);
  expect((await story.secondMaintainer.approves(second)).code).not.toBe(0);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  await expect(story).toTellTheSame();
});

test.each([
  [
    'policy',
    { '.caws/policy.yaml': policy('control_plane_paths: [tools/]\n') },
    'the policy has changed since',
  ],
  [
    'spec',
    { '.caws/specs/CART-1.yaml': spec({ id: 'CART-1', in: ['src/cart', 'test'] }) },
    'the spec has changed since',
  ],
])('a waiver given under another %s asks again', async (_what, law, words) => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
  story.lands((hands) => {
    for (const [path, text] of Object.entries(law)) hands.writes(path, text);
  });
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.out).toContain(words);
});

test('nobody approves a waiver for a change of their own, whoever trusts their key', async () => {
  using story = new Story({ law: { '.caws/trusted-keys.yaml': trustedKeys([sam, robin]) } });
  story.worker.exceeds('lines');
  await story.verdict();
  const id = await story.workerAtTheDesk.asks('budget_limit', '7d');
  const approved = await story.workerAtTheDesk.approves(id);
  expect(approved.code).toBe(2);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
});

test('an approval by a key that the target no longer trusts counts for nothing', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
  story.lands((hands) =>
    hands.writes(
      '.caws/trusted-keys.yaml',
      trustedKeys([sam, kim], { '@sam': '2027-03-01T00:00:00Z' }),
    ),
  );
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
});

test('a waiver of one gate says nothing about another', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  story.worker.strays();
  await story.verdict();
  await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['scope.outside needs-waiver', 'budget.lines waived']);
});

test('a waiver file that the change brings with it waives nothing', async () => {
  using story = new Story();
  story.worker.commits((hands) => {
    hands.writes('src/cart/big.ts', code(70));
    hands.writes(
      '.caws/waivers/WV-0001.yaml',
      'id: WV-0001\ntitle: mine\ngates: [budget_limit]\nstatus: active\nexpires_at: 2028-01-01T00:00:00Z\n',
    );
  });
  expect(await story.verdict()).toBe('FAIL');
  expect(await story.findings()).toContain('budget.lines needs-waiver');
});

test("a waiver of another branch is not this change's business, granted or ended", async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  const id = await story.maintainer.waives('budget_limit');
  expect(await story.verdict()).toBe('PASS');
  const { head } = (await story.record()).subject;

  story.git(story.author, 'switch', '-q', 'main');
  story.branches('other');
  story.worker.exceeds('lines', 12);
  for (const passed of [0, 8]) {
    story.passes(passed);
    expect(await story.verdict()).toBe('WAIVER_REQUIRED');
    const record = await story.record();
    expect(record.subject.head).not.toBe(head);
    expect(record.examination.findings.flatMap((found) => found.waiversRefused)).toEqual([]);
    expect(story.said.out).not.toContain(id);
  }
});

test('what was asked for under a policy that is gone is not approved: it would not count', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  const id = await story.workerAtTheDesk.asks('budget_limit', '7d');
  story.lands((hands) =>
    hands.writes('.caws/policy.yaml', policy('control_plane_paths: [tools/]\n')),
  );
  const approved = await story.maintainer.approves(id);
  expect([approved.code, approved.out]).toEqual([2, '']);
  expect(approved.err).toContain(`The policy of main has changed since ${id} was asked for`);
  expect(approved.err).toContain('Ask again: arbiter verify main...feature\n');
});
