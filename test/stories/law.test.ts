import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { code, policy, spec } from './documents.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const bumps = policy(`standing_specs:
  - { id: DEPS-1, title: Dependency bumps, risk_tier: 2, paths: ['**/package.json', '**/package-lock.json'] }
`);
const manifest = (version: string) => `{ "dependencies": { "left-pad": "${version}" } }\n`;
const withBumps = { law: { '.caws/policy.yaml': bumps, 'package.json': manifest('1.0.0') } };

test('a dependency bump stands under the standing spec that nobody had to name', async () => {
  using story = new Story(withBumps);
  story.worker.commits((hands) => hands.writes('package.json', manifest('1.0.1')));
  expect(await story.verdict()).toBe('PASS');
  expect((await story.record()).law.spec).toMatchObject({ id: 'DEPS-1', standing: true });
});

test('one line of code beside a bump, and the standing spec binds it no longer', async () => {
  using story = new Story(withBumps);
  story.worker.commits((hands) => {
    hands.writes('package.json', manifest('1.0.1'));
    hands.writes('src/cart/pad.ts', code(1));
  });
  expect(await story.verdict()).not.toBe('PASS');
  expect(await story.findings()).not.toEqual([]);
});

test('a change of nothing but the law needs no spec, and people decide about it', async () => {
  using story = new Story({ without: ['.caws/specs/CART-1.yaml'] });
  story.worker.commits((hands) => hands.writes('.caws/specs/CART-1.yaml', spec({ id: 'CART-1' })));
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['governance.change needs-waiver']);
  await story.maintainer.waives('governance');
  expect(await story.verdict()).toBe('PASS');
  await expect(story).toTellTheSame();
});

test('under dual control one maintainer is not enough for a change of the law', async () => {
  const law = {
    '.caws/policy.yaml': policy('edit_rules: { require_dual_control_for_governance: true }\n'),
  };
  using story = new Story({ law });
  story.worker.commits((hands) =>
    hands.writes('.caws/specs/TAX-2.yaml', spec({ id: 'TAX-2', in: ['src/tax'] })),
  );
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  const id = await story.maintainer.waives('governance');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect((await story.secondMaintainer.approves(id)).code).toBe(0);
  expect(await story.verdict()).toBe('PASS');
});

test('a change that edits its own policy beside code fails, and is judged by the policy it found', async () => {
  using story = new Story();
  story.worker.commits((hands) => {
    hands.writes('.caws/policy.yaml', policy().replace('max_loc: 60', 'max_loc: 6000'));
    hands.writes('src/cart/big.ts', code(100));
  });
  expect(await story.verdict()).toBe('FAIL');
  expect(await story.findings()).toContain('governance.mixed fails');
  expect(await story.findings()).toContain('budget.lines needs-waiver');
});

test('a policy that only observes blocks nothing and says what would have happened', async () => {
  using story = new Story({ law: { '.caws/policy.yaml': policy('mode: observe\n') } });
  story.worker.exceeds('lines');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(story.said.code).toBe(0);
  expect(story.said.out).toMatch(/only observes/);
  expect((await story.record()).mode).toBe('observe');
});

test('a target without a policy is judged by the shipped one, and the verdict says so', async () => {
  using story = new Story({ without: ['.caws/policy.yaml'] });
  story.worker.stays();
  expect(await story.verdict()).toBe('PASS');
  expect(await story.findings()).toEqual(['policy.default-used warns']);
  expect((await story.record()).law.policy.kind).toBe('default');
});

test('the law is the one of the target today, not of the day the branch was made', async () => {
  using story = new Story();
  story.worker.commits((hands) => hands.writes('src/cart/mid.ts', code(50)));
  expect(await story.verdict()).toBe('PASS');
  story.lands((hands) =>
    hands.writes('.caws/policy.yaml', policy().replace('max_loc: 60', 'max_loc: 40')),
  );
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toContain('budget.lines needs-waiver');
});

test('required signatures count only by keys that the target allows', async () => {
  using story = new Story();
  const makeKey = (name: string) => {
    const file = story.beside(name, '');
    execFileSync('rm', [file]);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return { file, line: readFileSync(`${file}.pub`, 'utf8').trim() };
  };
  const own = makeKey('robin-key');
  const foreign = makeKey('foreign-key');
  story.lands((hands) => {
    hands.writes('.caws/policy.yaml', policy('edit_rules: { require_signed_commits: true }\n'));
    hands.writes('.caws/allowed_signers', `robin@example.org namespaces="git" ${own.line}\n`);
  });
  const hands = story.handsOf(story.author);
  const commitSigned = (key: string | null, amend: boolean) => {
    const signing = key === null ? [] : ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key}`];
    hands.writes('src/cart/tax.ts', code(5));
    hands.git('add', '-A');
    hands.git(
      ...signing,
      'commit',
      '-q',
      '-m',
      'Tax',
      ...(amend ? ['--amend'] : []),
      ...(key === null ? [] : ['-S']),
    );
  };
  commitSigned(null, false);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  expect(await story.findings()).toEqual(['history.unsigned needs-waiver']);
  commitSigned(foreign.file, true);
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  commitSigned(own.file, true);
  expect(await story.verdict()).toBe('PASS');
});
