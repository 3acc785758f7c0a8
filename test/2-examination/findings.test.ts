import { describe, expect, test } from 'vitest';
import { examine } from '../../src/2-examination/examine.ts';
import { finding, spotAt, spotOf } from '../../src/2-examination/finding.ts';
import { wordsOf } from '../../src/5-publication/sentences.ts';
import { HOLDS_MAX, PLACES_MAX } from '../../src/caws/findings.ts';
import type { RuleId } from '../../src/caws/rules.ts';
import { fail, ok } from '../../src/primitives.ts';
import { aCase, aFile, aSpec, type Case, findingOf, rulesOf, standings } from './case.ts';

describe('a finding', () => {
  test('lists its places by path, line and column, the first of them', () => {
    const spots = [
      { path: 'b', file: null, line: 1, column: 1 },
      { path: 'a', file: null, line: 2, column: 1 },
      { path: 'a', file: null, line: 1, column: 9 },
      { path: 'a', file: null, line: 1, column: 3 },
      { path: 'a', file: null, line: null, column: null },
    ];
    const places = finding('scope.outside', { spots }).places;
    expect(places.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
      'a:null:null',
      'a:1:3',
      'a:1:9',
      'a:2:1',
      'b:1:1',
    ]);
  });

  test('holds every path of a list that is longer than what it shows, and no list without end', () => {
    const spots = (count: number) => Array.from({ length: count }, (_, at) => spotAt(`f${at}`));
    expect(finding('scope.outside', { spots: spots(PLACES_MAX) })).not.toHaveProperty('holds');
    const long = finding('scope.outside', { spots: spots(PLACES_MAX + 1) });
    expect([long.places.length, long.placesTotal, long.holds?.length]).toEqual([
      PLACES_MAX,
      PLACES_MAX + 1,
      PLACES_MAX + 1,
    ]);
    expect(finding('scope.outside', { spots: spots(HOLDS_MAX + 5) }).holds).toHaveLength(HOLDS_MAX);
  });

  test('holds content where people decide about content, and nothing where nothing can be waived', () => {
    const file = aFile('infra/a.tf');
    const gone = aFile('infra/b.tf', { status: 'deleted', blobAfter: null, modeAfter: null });
    const renamed = aFile('infra/new.tf', { pathBefore: 'infra/old.tf', status: 'renamed' });
    const held = finding('path.protected', {
      spots: [spotOf(file), spotOf(gone), spotAt('infra/old.tf', renamed)],
    }).holds;
    expect(held).toEqual([
      `infra/a.tf@100644:${file.blobAfter}`,
      'infra/b.tf@gone',
      'infra/old.tf@gone',
    ]);
    expect(finding('path.unsafe', { spots: [spotOf(file)] })).not.toHaveProperty('holds');
    const measured = { value: 2, unit: 'lines' } as const;
    expect(finding('budget.lines', { spots: [spotOf(file)], measured })).not.toHaveProperty(
      'holds',
    );
  });

  test('cuts its words at 200 characters, never inside a character', () => {
    const long = `${'x'.repeat(198)}\u{1f600}${'y'.repeat(9)}`;
    const { subject, detail } = finding('gate.failed', {
      gate: 'tests',
      subject: long,
      detail: { because: 'z'.repeat(200), count: 3 },
    });
    expect(subject).toBe(`${'x'.repeat(198)}…`);
    expect(detail).toEqual({ because: 'z'.repeat(200), count: 3 });
  });
});

describe('names of paths are told apart', () => {
  test.each<[string, 'path.unsafe' | 'path.unportable', string]>([
    ['src/a\nb', 'path.unsafe', 'control-character'],
    ['src/a\u2028b', 'path.unsafe', 'control-character'],
    ['src/a\u200bb', 'path.unsafe', 'invisible-character'],
    ['src/\ufffd', 'path.unsafe', 'invisible-character'],
    ['src//a', 'path.unsafe', 'not-a-plain-path'],
    ['src/./a', 'path.unsafe', 'not-a-plain-path'],
    ['src/../a', 'path.unsafe', 'not-a-plain-path'],
    ['src/.git/config', 'path.unsafe', 'git-directory'],
    ['src/.GIT. /x', 'path.unsafe', 'git-directory'],
    ['src/git~1/x', 'path.unsafe', 'git-directory'],
    ['src/gi7eba~1/x', 'path.unsafe', 'git-directory'],
    ['src/.git:stream/x', 'path.unsafe', 'git-directory'],
    ['src\\.git\\x', 'path.unsafe', 'git-directory'],
    ['src\\a', 'path.unportable', 'backslash'],
    ['src/a:b', 'path.unportable', 'reserved-character'],
    ['src/a b?', 'path.unportable', 'reserved-character'],
    ['src/aux.c', 'path.unportable', 'reserved-name'],
    ['src/LPT9', 'path.unportable', 'reserved-name'],
    ['src/é/con', 'path.unportable', 'reserved-name'],
    ['src/a.', 'path.unportable', 'trailing-dot-or-space'],
    ['src/a /b', 'path.unportable', 'trailing-dot-or-space'],
    ['src/ a', 'path.unportable', 'trailing-dot-or-space'],
    ['src/-rf', 'path.unportable', 'looks-like-an-option'],
    [`src/${'a'.repeat(256)}`, 'path.unportable', 'too-long'],
    [`src/${'é'.repeat(128)}`, 'path.unportable', 'too-long'],
    [`src/${'a/'.repeat(2047)}b`, 'path.unportable', 'too-long'],
  ])('%j', (path, rule, subject) => {
    expect(findingOf({ files: [aFile(path)] }, rule)).toMatchObject({
      subject,
      places: [{ file: path, line: null, column: null }],
    });
  });

  test.each([
    'src/gitignore.md',
    'src/github-notes',
    'src/console.ts',
    `src/${'a'.repeat(255)}`,
    `src/${'é'.repeat(127)}`,
    'src/a-b_c.d.e.ts',
    'src/naïve file.md',
    'src/comma,name+x@y.ts',
  ])('%j is nothing special', (path) => {
    expect(rulesOf({ files: [aFile(path)] })).toEqual([]);
  });

  test('bytes that are no UTF-8 are unsafe whatever they look like', () => {
    expect(
      findingOf({ files: [aFile('src/\\xff', { pathIsLossy: true })] }, 'path.unsafe').subject,
    ).toBe('not-utf-8');
  });

  test('taking a name away is free', () => {
    expect(
      rulesOf({
        files: [aFile('src/a\nb', { status: 'deleted' }), aFile('src/aux', { status: 'deleted' })],
      }),
    ).toEqual([]);
  });

  test('names that fall together are told in pairs, the first one named', () => {
    const collisions = [
      ['src/b', 'src/B'],
      ['src/A', 'src/a'],
    ] as const;
    expect(findingOf({ change: { collisions } }, 'path.collision')).toMatchObject({
      detail: { pairs: 2, one: 'src/A', other: 'src/a' },
      placesTotal: 4,
    });
  });

  test('a name that the tree holds twice is no collision that people could allow', () => {
    const change = { collisions: [['src/a', 'src/a']] } as const;
    expect(findingOf({ change }, 'path.unsafe')).toMatchObject({ subject: 'held-twice' });
    expect(rulesOf({ change })).not.toContain('path.collision');
  });
});

describe('a document of the target that cannot be read', () => {
  const problem = { rule: 'spec.shape', severity: 'error' as const, hint: 'Mend it.' };
  const faultOf = (file: string, line: number) =>
    fail({
      file,
      problems: [
        { ...problem, message: `wrong in ${line}`, line, column: 7 },
        { ...problem, message: 'wrong later', line: 99, column: 1 },
      ],
    });
  const [one, other] = ['.caws/specs/FEAT-1.yaml', '.caws/specs/X-1.yaml'] as const;
  test.each<[RuleId, Case]>([
    ['spec.unreadable', { specs: [faultOf(other, 12), faultOf(one, 4)] }],
    ['spec.unreadable', { specs: [faultOf(one, 4)], named: 'FEAT-1' }],
    ['spec.neighbour-unreadable', { specs: [ok(aSpec()), faultOf(other, 12), faultOf(one, 4)] }],
    ['waiver.unreadable', { waivers: [faultOf(other, 12), faultOf(one, 4)] }],
  ])('is shown with the line, the column and what is wrong there: %s', (rule, facts) => {
    const found = findingOf(facts, rule);
    expect(found.places[0]).toEqual({ file: one, line: 4, column: 7 });
    expect(found.places.slice(1).map(({ line }) => line)).toEqual(
      facts.named === 'FEAT-1' ? [] : [12],
    );
    expect(found.detail).toEqual({ because: 'wrong in 4' });
    expect(wordsOf(found).says).toContain('(wrong in 4)');
  });
  test('whose scope alone cannot be read has no line', () => {
    const specs = [ok(aSpec({ scopeIn: ['{1..3000000}'] }))];
    expect(findingOf({ specs }, 'spec.unreadable')).toMatchObject({
      places: [{ line: null, column: null }],
      detail: {},
    });
  });
});

describe('specs', () => {
  test('lack what they lack by name', () => {
    expect(findingOf({ specs: [ok(aSpec({ acceptance: [] }))] }, 'spec.incomplete')).toMatchObject({
      subject: 'FEAT-1',
      detail: { missing: 'acceptance' },
      places: [{ file: '.caws/specs/FEAT-1.yaml' }],
    });
  });

  test('of tier 1 need contracts and a look by people where the policy says so', () => {
    const { tiers } = aCase().policy;
    const policy = {
      tiers: { ...tiers, 1: { ...tiers[1], contractsRequired: true, manualReviewRequired: true } },
    };
    const bare = (mode: 'feature' | 'chore') => [ok(aSpec({ tier: 1, contracts: [], mode }))];
    expect(standings({ specs: bare('feature'), policy })).toEqual([
      'spec.contracts-missing needs-waiver',
      'spec.manual-review needs-waiver',
    ]);
    expect(standings({ specs: bare('chore'), policy })).toEqual([
      'spec.manual-review needs-waiver',
    ]);
    expect(findingOf({ specs: bare('feature'), policy }, 'spec.contracts-missing').detail).toEqual({
      tier: 1,
    });
  });

  test('that bind hand on their id, tier and class', () => {
    expect(examine(aCase())).toMatchObject({
      spec: { id: 'FEAT-1', tier: 2, standing: false },
      changeClass: 'code',
      tier: 2,
    });
    expect(examine(aCase({ files: [aFile('.caws/policy.yaml')] }))).toMatchObject({
      spec: null,
      changeClass: 'governance',
      tier: 1,
    });
    expect(examine(aCase({ files: [] }))).toMatchObject({ changeClass: 'empty' });
  });
});
