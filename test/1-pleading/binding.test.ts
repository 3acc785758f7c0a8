import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BindingInput, bindSpec, type SpecReading } from '../../src/1-pleading/binding.ts';
import type { FileChange } from '../../src/1-pleading/change.ts';
import type { StandingSpec } from '../../src/caws/policy.ts';
import type { Spec } from '../../src/caws/spec.ts';
import { fail, ok } from '../../src/primitives.ts';
import { aCase, aChange, aCommit, aFile, aPolicy, aSpec, now } from '../2-examination/case.ts';
import { anyText } from '../texts.ts';

const unreadable = (file: string): SpecReading => fail({ file, problems: [] });
const paths = (...all: string[]) => all.map((path) => aFile(path));
const standing = (facts: Partial<StandingSpec> = {}): StandingSpec => ({
  id: 'DEPS',
  title: 'Dependency bumps',
  tier: 3,
  paths: ['**/package.json', '**/package-lock.json'],
  authors: [],
  ...facts,
});

interface Facts {
  readonly specs?: readonly (Spec | SpecReading)[];
  readonly files?: readonly FileChange[];
  readonly named?: string;
  readonly trailers?: readonly string[];
  readonly policy?: Parameters<typeof aPolicy>[0];
  readonly commits?: readonly ReturnType<typeof aCommit>[];
}

const inputOf = (facts: Facts): BindingInput => ({
  named: facts.named ?? null,
  trailers: facts.trailers ?? [],
  specs: (facts.specs ?? [aSpec()]).map((each) => ('ok' in each ? each : ok(each))),
  change: aChange({
    files: facts.files ?? paths('src/a.ts'),
    ...(facts.commits ? { commits: facts.commits } : {}),
  }),
  policy: aPolicy(facts.policy),
  now,
});
const bind = (facts: Facts) => bindSpec(inputOf(facts));

describe('a spec binds', () => {
  test.for([
    [
      'the only active one that the change touches',
      {
        specs: [
          aSpec(),
          aSpec({ id: 'B-1', scopeIn: ['lib'] }),
          aSpec({ id: 'C-1', lifecycle: 'closed' }),
        ],
      },
      'scope',
    ],
    [
      'one of several, by --spec',
      { specs: [aSpec(), aSpec({ id: 'B-1' })], named: 'FEAT-1' },
      'name',
    ],
    [
      'one of several, by a trailer',
      { specs: [aSpec(), aSpec({ id: 'B-1' })], trailers: ['FEAT-1', ' FEAT-1 ', ''] },
      'name',
    ],
    [
      'the one that the old side of a rename touches',
      { files: [aFile('lib/a.ts', { pathBefore: 'src/a.ts', status: 'renamed' })] },
      'scope',
    ],
  ] as const)('%s', ([, facts, by]) => {
    expect(bind(facts)).toMatchObject({ kind: 'bound', by, specs: [{ id: 'FEAT-1' }] });
  });
});

describe('no spec binds', () => {
  test.for([
    [
      'two different names',
      { specs: [aSpec(), aSpec({ id: 'B-1' })], named: 'FEAT-1', trailers: ['B-1'] },
      { kind: 'conflict', why: 'two-names', between: ['B-1', 'FEAT-1'] },
    ],
    [
      'several touched and none named',
      { specs: [aSpec(), aSpec({ id: 'B-1' })] },
      { kind: 'several', candidates: ['B-1', 'FEAT-1'] },
    ],
    [
      'none touched',
      { files: paths('docs/a.md') },
      { kind: 'none', active: [{ id: 'FEAT-1' }], unproven: [] },
    ],
    [
      'touched by support alone',
      { specs: [aSpec({ scopeIn: ['lib'], scopeSupport: ['src'] })] },
      { kind: 'none' },
    ],
    [
      'touched where scope.out excludes',
      { specs: [aSpec({ scopeOut: ['src/a.ts'] })] },
      { kind: 'none' },
    ],
    [
      'a name that no spec has',
      { named: 'FEAT-9' },
      { kind: 'named-missing', named: 'FEAT-9', known: ['FEAT-1'] },
    ],
    ['a name in another case', { named: 'feat-1' }, { kind: 'named-missing' }],
    [
      'a named draft',
      { specs: [aSpec({ lifecycle: 'draft' })], named: 'FEAT-1' },
      { kind: 'not-active', lifecycle: 'draft' },
    ],
    [
      'a named experiment at its last instant',
      { specs: [aSpec({ experimentalUntil: new Date(now).toISOString() })], named: 'FEAT-1' },
      { kind: 'expired' },
    ],
    [
      'a named experiment with an unreadable end',
      { specs: [aSpec({ experimentalUntil: 'soon' })], named: 'FEAT-1' },
      { kind: 'expired' },
    ],
    [
      'a named file that cannot be read',
      { specs: [unreadable('.caws/specs/FEAT-1.yaml')], named: 'FEAT-1' },
      { kind: 'unreadable', named: 'FEAT-1' },
    ],
    [
      'nothing but a file that cannot be read',
      { specs: [unreadable('.caws/specs/X.yaml')] },
      { kind: 'unreadable', named: null, files: ['.caws/specs/X.yaml'] },
    ],
    [
      'a scope that leaves the repository',
      { specs: [aSpec({ scopeIn: ['../src'] })] },
      { kind: 'unreadable' },
    ],
    [
      'one id in two files, named',
      { specs: [aSpec(), aSpec({ file: '.caws/working-spec.yaml' })], named: 'FEAT-1' },
      { kind: 'conflict', why: 'duplicate-id' },
    ],
    [
      'one id in two files, one of them closed',
      { specs: [aSpec(), aSpec({ file: '.caws/x.yaml', lifecycle: 'closed' })] },
      { kind: 'conflict', why: 'duplicate-id' },
    ],
    ['no files', { files: [] }, { kind: 'empty' }],
  ] as const)('%s', ([, facts, expected]) => {
    expect(bind(facts)).toMatchObject(expected);
  });
});

describe('neighbours of the spec that binds', () => {
  test.for([
    ['a lower tier', aSpec({ id: 'SEC-1', tier: 1 }), ['SEC-1']],
    ['a higher tier', aSpec({ id: 'DOC-1', tier: 3 }), []],
    [
      'the same tier and a scope within its own',
      aSpec({ id: 'SEC-1', scopeIn: ['src/a.ts'] }),
      ['SEC-1'],
    ],
    [
      'the same tier and a smaller budget',
      aSpec({ id: 'SEC-1', changeBudget: { files: 1, lines: null } }),
      ['SEC-1'],
    ],
    ['a lower tier elsewhere', aSpec({ id: 'SEC-1', tier: 1, scopeIn: ['lib'] }), []],
    ['a lower tier that is closed', aSpec({ id: 'SEC-1', tier: 1, lifecycle: 'closed' }), []],
  ] as const)('%s', ([, other, stricter]) => {
    const binding = bind({ specs: [aSpec(), other], named: 'FEAT-1' });
    expect(binding).toMatchObject({
      kind: 'bound',
      neighbours: { stricter: stricter.map((id) => ({ id })) },
    });
  });

  test('a file that cannot be read is named, whatever binds', () => {
    const specs = [aSpec(), unreadable('.caws/specs/X.yaml')];
    for (const named of [{}, { named: 'FEAT-1' }])
      expect(bind({ specs, ...named })).toMatchObject({
        kind: 'bound',
        neighbours: { unreadable: ['.caws/specs/X.yaml'] },
      });
  });
});

describe('several specs, where the policy allows them', () => {
  const policy = { severalSpecsPerChange: true };
  const other = aSpec({ id: 'B-1', tier: 1, scopeIn: ['lib'] });

  test('bind together, the strictest first', () => {
    const binding = bind({ policy, specs: [aSpec(), other], files: paths('src/a.ts', 'lib/b.ts') });
    expect(binding).toMatchObject({ kind: 'bound', specs: [{ id: 'B-1' }, { id: 'FEAT-1' }] });
  });

  test('conflict where two claim one file', () => {
    const specs = [aSpec(), aSpec({ id: 'B-1', scopeIn: ['src/a.ts'] })];
    expect(bind({ policy, specs })).toMatchObject({
      kind: 'conflict',
      why: 'file-under-several',
      between: ['src/a.ts', 'B-1', 'FEAT-1'],
    });
  });
});

describe('governed documents alone', () => {
  test('need no spec', () => {
    expect(
      bind({ files: paths('.caws/policy.yaml', '.caws/specs/N-1.yaml'), specs: [] }).kind,
    ).toBe('governance');
  });
  test('may bring the workflow that runs the gate along', () => {
    const files = paths('.caws/policy.yaml', '.github/workflows/caws.yml');
    expect(bind({ files, specs: [] }).kind).toBe('governance');
    expect(
      bind({ files: paths('.caws/policy.yaml', '.github/workflows/ci.yml'), specs: [] }).kind,
    ).toBe('none');
  });
  test.for([['.cawsx/a'], ['src/.caws/a'], ['.CAWS/a']])('are not %s', ([path]) => {
    expect(bind({ files: paths('.caws/policy.yaml', path ?? ''), specs: [] }).kind).toBe('none');
  });
  test('are not code that is renamed into their folder', () => {
    const files = [aFile('.caws/a.ts', { pathBefore: 'lib/a.ts', status: 'renamed' })];
    expect(bind({ files }).kind).toBe('none');
  });
});

describe('a standing spec', () => {
  const policy = { standingSpecs: [standing()] };
  const bump = paths('package.json', 'package-lock.json');

  test('binds a change that stays within its paths', () => {
    expect(bind({ policy, files: bump })).toMatchObject({ kind: 'standing', spec: { id: 'DEPS' } });
    expect(bind({ policy, files: bump, named: 'DEPS' })).toMatchObject({ kind: 'standing' });
  });
  test.for([
    ['a lower tier', { tier: 2 }, ['BUILD-1']],
    ['its tier and a budget of its own', { changeBudget: { files: 9, lines: null } }, ['BUILD-1']],
    ['its tier and a scope within its paths', {}, ['BUILD-1']],
    ['its tier and a wider scope', { scopeIn: ['*'] }, []],
    ['a lower tier elsewhere', { tier: 1, scopeIn: ['lib'] }, []],
    ['a lower tier that is closed', { tier: 1, lifecycle: 'closed' }, []],
  ] as const)('that is named does not hide a working spec of %s', ([, facts, stricter]) => {
    const specs = [aSpec({ id: 'BUILD-1', tier: 3, scopeIn: ['package.json'], ...facts })];
    expect(bind({ policy, files: bump, specs, named: 'DEPS' })).toMatchObject({
      kind: 'standing',
      neighbours: { stricter: stricter.map((id) => ({ id })) },
    });
  });
  test('binds nothing with one file beside its paths', () => {
    expect(bind({ policy, files: [...bump, aFile('lib/a.ts')] }).kind).toBe('none');
  });
  test('gives way to a working spec that the change touches', () => {
    const specs = [aSpec({ scopeIn: ['package.json'] })];
    expect(bind({ policy, files: bump, specs })).toMatchObject({ kind: 'bound' });
  });
  test('of the lower tier goes first', () => {
    const standingSpecs = [standing(), standing({ id: 'LOCK', tier: 2 })];
    expect(bind({ policy: { standingSpecs }, files: bump })).toMatchObject({
      spec: { id: 'LOCK' },
    });
  });
  test.for([
    [
      'a good signature of a listed author',
      { state: 'good', signer: 'Bot@example.org' },
      'standing',
    ],
    ['a good signature of another', { state: 'good', signer: 'eve@example.org' }, 'none'],
    ['the e-mail of a listed author alone', { state: 'none' }, 'none'],
    ['a signature that nobody can check', { state: 'cannot-check' }, 'none'],
  ] as const)('for named authors: %s', ([, signature, kind]) => {
    const authors = { standingSpecs: [standing({ authors: ['bot@example.org'] })] };
    const commits = [aCommit({ authorEmail: 'bot@example.org', signature })];
    expect(bind({ policy: authors, files: bump, commits }).kind).toBe(kind);
  });
  test('for named authors needs a commit', () => {
    const authors = { standingSpecs: [standing({ authors: ['bot@example.org'] })] };
    expect(bind({ policy: authors, files: bump, commits: [] })).toMatchObject({
      kind: 'none',
      unproven: ['DEPS'],
    });
  });
});

test('the order of specs, trailers and files never matters', () => {
  const specs = fc.shuffledSubarray([
    ok(aSpec()),
    ok(aSpec({ id: 'B-1', scopeIn: ['lib'], tier: 1 })),
    ok(aSpec({ id: 'C-1', scopeIn: ['src/x'] })),
    unreadable('.caws/specs/X.yaml'),
  ]);
  const files = fc.shuffledSubarray(paths('src/a.ts', 'src/x/b.ts', 'lib/c.ts', '.caws/p.yaml'));
  const trailers = fc.shuffledSubarray(['FEAT-1', 'B-1', 'Z-1']);
  fc.assert(
    fc.property(specs, files, trailers, fc.boolean(), (some, touched, names, several) => {
      const facts = {
        specs: some,
        files: touched,
        trailers: names,
        policy: { severalSpecsPerChange: several },
      };
      const turned = {
        ...facts,
        specs: some.toReversed(),
        files: touched.toReversed(),
        trailers: names.toReversed(),
      };
      expect(bind(turned)).toEqual(bind(facts));
    }),
  );
});

test('any names, patterns and paths give a binding', () => {
  const text = anyText(40);
  fc.assert(
    fc.property(
      text,
      fc.array(text),
      fc.array(text),
      fc.array(text),
      (named, trailers, patterns, names) => {
        const specs = [aSpec({ scopeIn: patterns }), aSpec({ id: 'B-1', scopeOut: patterns })];
        const binding = bind({ named, trailers, specs, files: paths(...names) });
        expect(typeof binding.kind).toBe('string');
      },
    ),
  );
});

test('of several specs the strictest stands first, by tier and then by id', () => {
  const ids = ['FEAT-3', 'FEAT-1', 'FEAT-2'];
  const specs = [
    ...ids.map((id, at) => ok(aSpec({ id, scopeIn: [`src/${at}`] }))),
    ok(aSpec({ id: 'FEAT-9', tier: 1, scopeIn: ['src/9'] })),
  ];
  const files = ['src/0/a', 'src/1/a', 'src/2/a', 'src/9/a'].map((path) => aFile(path));
  for (const given of [specs, specs.toReversed()]) {
    const { binding } = aCase({ specs: given, files, policy: { severalSpecsPerChange: true } });
    const bound = binding.kind === 'bound' ? binding.specs.map(({ id }) => id) : binding.kind;
    expect(bound).toEqual(['FEAT-9', 'FEAT-1', 'FEAT-2', 'FEAT-3']);
  }
});
