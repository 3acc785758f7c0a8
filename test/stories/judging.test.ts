import { expect, test } from 'vitest';
import { code, policy, spec } from './documents.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

test('a change within budget and scope passes, and the ledger tells the same for ever', async () => {
  using story = new Story();
  story.worker.stays();
  expect(await story.verdict()).toBe('PASS');
  expect(story.said.code).toBe(0);
  await expect(story).toTellTheSame();
});

test('more lines than the tier allows ask for one waiver, not for one more for the commit that brings them', async () => {
  using story = new Story();
  story.worker.exceeds('lines', 10);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['budget.lines needs-waiver']);
  expect(story.said.code).toBe(3);
  expect(story.said.out).toContain('70 lines');
});

test('more files than the tier allows ask for a waiver', async () => {
  using story = new Story();
  story.worker.exceeds('files', 1);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['budget.files needs-waiver']);
});

test('a file outside the scope of the spec asks for a waiver and names the file', async () => {
  using story = new Story();
  story.worker.stays();
  story.worker.strays();
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['scope.outside needs-waiver']);
  expect(story.said.out).toContain('docs/price.md');
});

test('without an active spec nothing passes, however small the change', async () => {
  using story = new Story({ without: ['.caws/specs/CART-1.yaml'] });
  story.worker.stays();
  expect(await story.verdict()).toBe('FAIL');
  expect(await story.findings()).toContain('spec.none fails');
  expect(story.said.code).toBe(1);
});

test('a spec that only the change itself brings binds nothing', async () => {
  using story = new Story({ without: ['.caws/specs/CART-1.yaml'] });
  story.worker.commits((hands) => {
    hands.writes('.caws/specs/CART-1.yaml', spec({ id: 'CART-1' }));
    hands.writes('src/cart/tax.ts', code(5));
  });
  expect(await story.verdict()).toBe('FAIL');
  expect(await story.findings()).toContain('spec.none fails');
});

const twoSpecs = {
  law: { '.caws/specs/TAX-2.yaml': spec({ id: 'TAX-2', in: ['src/cart', 'src/tax'] }) },
};

test('where two specs cover a change, neither binds it until one is named', async () => {
  using story = new Story(twoSpecs);
  story.worker.stays();
  expect(await story.verdict()).toBe('FAIL');
  expect(await story.findings()).toContain('spec.several fails');
  expect(story.said.out).toContain('CART-1, TAX-2');
  expect(await story.verdict('--spec', 'TAX-2')).toBe('PASS');
  expect((await story.record()).law.spec?.id).toBe('TAX-2');
});

test('a trailer names the spec as well, and two different names are a conflict', async () => {
  using story = new Story(twoSpecs);
  story.worker.commits(
    (hands) => hands.writes('src/cart/tax.ts', code(5)),
    'Tax to the cent\n\nCAWS-SPEC: TAX-2',
  );
  expect(await story.verdict()).toBe('PASS');
  expect(await story.verdict('--spec', 'CART-1')).toBe('FAIL');
  expect(await story.findings()).toContain('spec.conflict fails');
});

test('a named spec that the target does not have is not replaced by another', async () => {
  using story = new Story();
  story.worker.stays();
  expect(await story.verdict('--spec', 'CART-9')).toBe('FAIL');
  expect(await story.findings()).toContain('spec.named-missing fails');
});

test('a closed spec binds nothing any more', async () => {
  using story = new Story();
  story.worker.stays();
  expect(await story.verdict()).toBe('PASS');
  story.lands((hands) =>
    hands.writes('.caws/specs/CART-1.yaml', spec({ id: 'CART-1', lifecycle: 'closed' })),
  );
  expect(await story.verdict('--spec', 'CART-1')).toBe('FAIL');
  expect(await story.findings()).toContain('spec.not-active fails');
});

test('two specs may bind one change only where the policy says so and each file has one of them', async () => {
  const law = {
    '.caws/specs/TAX-2.yaml': spec({ id: 'TAX-2', in: ['src/tax'] }),
    '.caws/policy.yaml': policy('several_specs: true\n'),
  };
  const change = (story: Story) =>
    story.worker.commits((hands) => {
      hands.writes('src/cart/tax.ts', code(5));
      hands.writes('src/tax/rate.ts', code(5));
    }, 'Tax\n\nCAWS-SPEC: CART-1\nCAWS-SPEC: TAX-2');
  using allowed = new Story({ law });
  change(allowed);
  expect(await allowed.verdict()).toBe('PASS');
  using forbidden = new Story({ law: { ...law, '.caws/policy.yaml': policy() } });
  change(forbidden);
  expect(await forbidden.verdict()).toBe('FAIL');
});

test('a file that leaves a protected folder by renaming is still a protected file', async () => {
  const start = {
    law: {
      '.caws/policy.yaml': policy('protected_paths: [infra/]\n'),
      'infra/keys.ts': code(12, 'key'),
    },
  };
  using story = new Story(start);
  story.worker.commits((hands) => hands.renames('infra/keys.ts', 'src/cart/keys.ts'));
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toContain('path.protected needs-waiver');
  expect(story.said.out).toContain('infra/keys.ts');
});

test('a merge that brings lines of its own is seen, a plain one is not', async () => {
  using story = new Story();
  story.worker.stays();
  story.lands((hands) => hands.writes('src/cart/sum.ts', code(3)));
  const { git, writes } = story.handsOf(story.author);
  git('merge', '-q', '--no-ff', '--no-edit', 'main');
  expect(await story.verdict()).toBe('PASS');
  story.lands((hands) => hands.writes('src/cart/sum.ts', code(4)));
  git('merge', '-q', '--no-ff', '--no-commit', 'main');
  writes('src/cart/slipped.ts', code(3, 'slipped'));
  git('add', '-A');
  git('commit', '-q', '--no-edit');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['history.evil-merge needs-waiver']);
});

test('a merge of three branches is plain where git makes it, and seen where it brings a line', async () => {
  using story = new Story();
  story.worker.stays();
  story.worker.commits((hands) => hands.writes('src/cart/one.ts', code(2)));
  const { git, writes } = story.handsOf(story.author);
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD').trim();
  for (const name of ['two', 'three']) {
    git('checkout', '-q', '-b', name, 'main');
    writes(`src/cart/${name}.ts`, code(2));
    git('add', '-A');
    git('commit', '-q', '-m', name);
  }
  git('checkout', '-q', branch);
  git('merge', '-q', '-m', 'all', 'two', 'three');
  expect(await story.verdict()).toBe('PASS');
  writes('src/cart/two.ts', `${code(2)}evil\n`);
  git('commit', '-q', '-a', '--amend', '--no-edit');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['history.evil-merge needs-waiver']);
});

test('what one commit brings and the next takes back is judged as well', async () => {
  using story = new Story();
  story.worker.commits((hands) => {
    hands.writes('docs/secret.txt', 'The key is under the mat.\n');
    hands.writes('src/cart/tax.ts', code(5));
  });
  story.worker.commits((hands) => hands.removes('docs/secret.txt'));
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toContain('history.commit-paths needs-waiver');
});

test('a commit larger than the budget is not forgotten because a later one shrinks the change', async () => {
  using story = new Story();
  story.worker.exceeds('lines', 20);
  story.worker.commits((hands) => hands.writes('src/cart/big.ts', code(10)));
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toContain('history.commit-budget needs-waiver');
});

test('changes of one spec add up over the days of a rolling budget, and leave it again', async () => {
  const rolling = 'rolling: { days: 7, max_loc: 50 }\n';
  using story = new Story({ law: { '.caws/policy.yaml': policy(rolling) } });
  story.worker.commits((hands) => hands.writes('src/cart/one.ts', code(30)));
  expect(await story.verdict()).toBe('PASS');
  story.branches('second');
  story.worker.commits((hands) => hands.writes('src/cart/two.ts', code(30)));
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toContain('budget.rolling needs-waiver');
  story.passes(8);
  expect(await story.verdict()).toBe('PASS');
  await expect(story).toTellTheSame();
});
