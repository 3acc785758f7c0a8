import { describe, expect, test } from 'vitest';
import type { FileChange, TextSign } from '../../src/1-pleading/change.ts';
import { examine } from '../../src/2-examination/examine.ts';
import { finding, spotAt, spotOf } from '../../src/2-examination/finding.ts';
import {
  distinctPeople,
  isNobody,
  namesOf,
  sameIdentity,
} from '../../src/2-examination/identities.ts';
import { coverOf } from '../../src/2-examination/waiver-bounds.ts';
import { wordsOf } from '../../src/5-publication/sentences.ts';
import { HOLDS_MAX, PLACES_MAX } from '../../src/caws/findings.ts';
import type { RuleId } from '../../src/caws/rules.ts';
import { fail, ok } from '../../src/primitives.ts';
import {
  aCase,
  aChange,
  aCommit,
  aFile,
  aFinding,
  aSpec,
  aWaiver,
  aWaiverFile,
  type Case,
  contextOf,
  examined,
  findingOf,
  later,
  rulesOf,
  sha,
  standings,
} from './case.ts';

const sign = (codePoint: number, line = 1, column = 1): TextSign => ({
  kind: 'bidi',
  codePoint,
  line,
  column,
});

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

describe('budgets', () => {
  test.each<keyof FileChange>([
    'added',
    'deleted',
    'lines',
    'linesAdded',
    'bytes',
    'bytesAdded',
    'longestLineBytes',
    'signsTotal',
  ])('%s that is no count is no measurement', (field) => {
    for (const value of [Number.NaN, -1, 0.5, Infinity])
      expect(
        findingOf({ files: [aFile('src/a.ts', { [field]: value })] }, 'change.incomplete'),
      ).toMatchObject({ subject: 'not-a-count', places: [{ file: 'src/a.ts' }] });
  });

  test('what was cut off is named once a cause, with the largest bound', () => {
    const incomplete = [
      { what: 'too-many-bytes', path: 'src/a.ts', limit: 5 },
      { what: 'too-many-bytes', path: null, limit: 9 },
      { what: 'timed-out', path: null, limit: null },
    ] as const;
    const found = examined({ change: { incomplete } }).findings.filter(
      ({ rule }) => rule === 'change.incomplete',
    );
    expect(found.map(({ subject, detail, places }) => [subject, detail, places.length])).toEqual([
      ['timed-out', {}, 0],
      ['too-many-bytes', { limit: 9 }, 1],
    ]);
  });

  test('name the heaviest files first, and what was counted', () => {
    const files = [
      aFile('src/b.ts', { lines: 90 }),
      aFile('src/c.ts', { lines: 90 }),
      aFile('src/a.ts', { lines: 40, deleted: 7, ownDeleted: 9 }),
    ];
    const found = findingOf({ files }, 'budget.lines');
    expect(found.places.map(({ file }) => file)).toEqual(['src/b.ts', 'src/c.ts', 'src/a.ts']);
    expect(found).toMatchObject({
      measured: { value: 220, unit: 'lines' },
      limit: { value: 200, unit: 'lines' },
      detail: { tier: 2, added: 220, deleted: 9, counted: 'changed' },
    });
  });

  test('each dimension counts its own thing up to its cap and no further', () => {
    const under = aFile('src/a.ts', {
      lines: 200,
      linesAdded: 200,
      bytesAdded: 100_000,
      longestLineBytes: 1_000,
      deleted: 1,
    });
    expect(rulesOf({ files: [under] })).toEqual([]);
    expect(rulesOf({ files: [{ ...under, lines: 201 }] })).toEqual(['budget.lines']);
    expect(rulesOf({ files: [{ ...under, linesAdded: 201 }] })).toEqual([]);
    expect(
      rulesOf({ files: [{ ...under, linesAdded: 201 }], policy: { linesCounted: 'added' } }),
    ).toEqual(['budget.lines']);
    expect(rulesOf({ files: [{ ...under, bytesAdded: 100_001 }] })).toEqual(['budget.bytes']);
    expect(rulesOf({ files: [{ ...under, longestLineBytes: 1_001 }] })).toEqual([
      'budget.longest-line',
    ]);
    const many = Array.from({ length: 11 }, (_, at) => aFile(`src/${at}.ts`, { lines: 1 }));
    expect(rulesOf({ files: many.slice(1) })).toEqual([]);
    expect(rulesOf({ files: many })).toEqual(['budget.files']);
  });

  test('a longest line is the longest of all files, not their sum', () => {
    const files = [
      aFile('src/a.ts', { longestLineBytes: 700 }),
      aFile('src/b.ts', { longestLineBytes: 600 }),
    ];
    expect(examined({ files }).budgets[0]?.spent).toMatchObject({
      files: 2,
      lines: 20,
      longestLineBytes: 700,
    });
  });

  test('an excluded path has a budget of its own, and a link is never excluded', () => {
    const lock = aFile('src/package-lock.json', { lines: 900 });
    expect(examined({ files: [lock] }).budgets.map(({ id, spent }) => [id, spent.lines])).toEqual([
      ['tier', 0],
      ['excluded', 900],
    ]);
    const link = { ...lock, kind: 'symlink', linkTarget: 'a.ts' } as const;
    expect(examined({ files: [link] }).budgets.map(({ id, spent }) => [id, spent.files])).toEqual([
      ['tier', 1],
      ['excluded', 0],
    ]);
  });
});

describe('characters', () => {
  test('are named by code point, the lowest first, each at its place', () => {
    const file = aFile('src/a.ts', {
      signs: [sign(0x2066, 3, 4), sign(0x202e, 2, 9), sign(0x2066, 5, 1)],
      signsTotal: 3,
    });
    expect(findingOf({ files: [file] }, 'unicode.hidden')).toMatchObject({
      detail: { codePoints: 'U+202E U+2066' },
      places: [
        { line: 2, column: 9 },
        { line: 3, column: 4 },
        { line: 5, column: 1 },
      ],
    });
  });

  test('beyond the list are counted, and are not harmless', () => {
    const lookAlike = { ...sign(0x430), kind: 'homoglyph' } as const;
    const file = aFile('src/a.ts', { signs: [lookAlike], signsTotal: 4 });
    expect(standings({ files: [file] })).toEqual([
      'unicode.hidden fails',
      'unicode.homoglyph needs-waiver',
    ]);
    expect(findingOf({ files: [file] }, 'unicode.hidden').detail).toEqual({
      codePoints: '',
      unlisted: 3,
    });
    expect(standings({ files: [{ ...file, signsTotal: 1 }] })).toEqual([
      'unicode.homoglyph needs-waiver',
    ]);
  });

  test('in the name of a branch count, look-alikes there do not', () => {
    expect(findingOf({ input: { branches: ['fix\u202ex'] } }, 'unicode.hidden')).toMatchObject({
      subject: 'branch',
      detail: { codePoints: 'U+202E' },
    });
    expect(rulesOf({ input: { branches: ['pаypal'] } })).toEqual([]);
  });
});

describe('binary content', () => {
  test.for([
    ['src/a.ts', 'modified', 'binary', ['content.binary']],
    ['src/a.png.js', 'added', 'binary', ['content.binary']],
    ['src/run', 'renamed', 'binary', ['content.binary']],
    ['src/native.so', 'added', 'binary', ['content.binary']],
    ['src/Logo.PNG', 'added', 'binary', []],
    ['src/a.ts', 'deleted', 'binary', []],
    ['src/a.ts', 'added', 'text', []],
  ] as const)('of %s, %s as %s, is held: %j', ([path, status, kind, expected]) => {
    expect(rulesOf({ files: [aFile(path, { status, kind })] })).toEqual(expected);
  });

  test('is approved as it is and not as another file under its name', () => {
    const file = aFile('src/a.ts', { kind: 'binary' });
    expect(findingOf({ files: [file] }, 'content.binary').holds).toEqual([
      `src/a.ts@100644:${file.blobAfter}`,
    ]);
  });
});

describe('history', () => {
  const each = { history: 'each-commit' } as const;
  const commits = (...facts: readonly Partial<Parameters<typeof aCommit>[0]>[]) =>
    facts.map((fact, at) => aCommit({ sha: sha(`c${at}`), paths: ['src/a.ts'], ...fact }));

  test('the commit that passes a cap the furthest is named, and how many do', () => {
    const change = aChange({
      commits: commits({ added: 201 }, { added: 250, deleted: 50 }, { added: 200 }),
    });
    expect(findingOf({ change, policy: each }, 'history.commit-budget')).toMatchObject({
      subject: 'lines',
      measured: { value: 300, unit: 'lines' },
      limit: { value: 200, unit: 'lines' },
      detail: { commits: 2, commit: sha('c1') },
    });
    const files = aChange({ commits: commits({ files: 11 }, { files: 10 }) });
    expect(findingOf({ change: files, policy: each }, 'history.commit-budget')).toMatchObject({
      subject: 'files',
      measured: { value: 11 },
      detail: { commits: 1 },
    });
  });

  test('deleted lines of a commit count as the policy counts lines', () => {
    const change = aChange({ commits: commits({ added: 150, deleted: 100 }) });
    expect(rulesOf({ change, policy: each })).toContain('history.commit-budget');
    expect(rulesOf({ change, policy: { ...each, linesCounted: 'added' } })).not.toContain(
      'history.commit-budget',
    );
  });

  test('lines that came and went are charged past the cap and not at it', () => {
    const churn = (lines: number) =>
      aChange({ commits: commits({ added: 105 }, { added: lines - 95 }) });
    expect(rulesOf({ change: churn(200), policy: each })).toEqual([]);
    expect(findingOf({ change: churn(201), policy: each }, 'history.churn')).toMatchObject({
      measured: { value: 201 },
      limit: { value: 200 },
      detail: { commits: 2 },
    });
  });

  test('a file that came and went is said, with what it held', () => {
    const change = aChange({ commits: commits({ paths: ['src/a.ts', 'src/gone.ts'], added: 15 }) });
    expect(findingOf({ change }, 'history.net-zero')).toMatchObject({
      standing: 'warns',
      measured: { value: 5 },
      limit: { value: 0 },
      places: [{ file: 'src/gone.ts' }],
      detail: { commits: 1 },
    });
  });

  test('merges are charged with what they hold of their own', () => {
    const merge = { parents: [sha('p'), sha('q')], mergeOwnLines: 3, added: 900 };
    const change = aChange({ commits: commits({}, merge, { ...merge, mergeOwnLines: 4 }) });
    expect(findingOf({ change, policy: each }, 'history.evil-merge')).toMatchObject({
      measured: { value: 7 },
      limit: { value: 0 },
      detail: { commits: 2, commit: sha('c1') },
    });
    expect(rulesOf({ change, policy: each })).not.toContain('history.commit-budget');
    const untried = { ...merge, mergeUntried: true } as const;
    expect(
      findingOf({ change: aChange({ commits: commits(merge, untried) }) }, 'history.evil-merge'),
    ).toMatchObject({ measured: { value: 6 }, detail: { commits: 2, untried: 1 } });
    expect(
      rulesOf({
        change: aChange({ commits: commits({}, { ...merge, mergeOwnLines: 0 }) }),
        policy: each,
      }),
    ).toEqual([]);
  });

  test('signatures are asked for by the policy alone; a wrong one fails, a missing one waits', () => {
    const signed = {
      editRules: {
        policyAndCodeSamePr: false,
        requireSignedCommits: true,
        requireDualControlForGovernance: false,
        minApproversForBudgetRaise: 1,
      },
    };
    const good = { signature: { state: 'good', signer: 'ada@example.org' } } as const;
    const bad = { signature: { state: 'bad' } } as const;
    expect(standings({ change: aChange({ commits: commits(good, bad) }), policy: signed })).toEqual(
      ['history.signature-bad fails'],
    );
    const unsigned = aChange({
      commits: commits(good, {}, { signature: { state: 'unknown-signer' } }),
    });
    expect(findingOf({ change: unsigned, policy: signed }, 'history.unsigned')).toMatchObject({
      measured: { value: 2 },
      limit: { value: 0 },
      detail: { commits: 2, commit: sha('c1'), because: 'none' },
    });
    expect(rulesOf({ change: aChange({ commits: commits(good) }), policy: signed })).toEqual([]);
    expect(
      findingOf({ change: aChange({ commits: [] }), policy: signed }, 'history.unsigned'),
    ).toMatchObject({ measured: { value: 0 }, detail: { because: 'no commits' } });
    expect(rulesOf({ change: aChange({ commits: commits(bad) }) })).toEqual([]);
  });

  test('a forged verdict is named with its commit', () => {
    const change = aChange({ commits: commits({}, { verdictTrailers: ['V-1', 'V-2'] }) });
    expect(findingOf({ change }, 'history.forged-verdict')).toMatchObject({
      standing: 'fails',
      detail: { commits: 1, commit: sha('c1'), trailer: 'V-1' },
    });
  });

  test('paths on the way are held against scope, guarded paths and the law', () => {
    for (const path of ['other/x', '.caws/policy.yaml', 'infra/x', 'src/.gitattributes']) {
      const change = aChange({ commits: commits({ paths: ['src/a.ts', path] }) });
      expect(findingOf({ change, policy: each }, 'history.commit-paths').places).toEqual([
        { file: path, line: null, column: null },
      ]);
    }
    const inside = aChange({ commits: commits({ paths: ['src/a.ts', 'src/b.ts'] }) });
    expect(rulesOf({ change: inside, policy: each })).not.toContain('history.commit-paths');
    expect(
      findingOf(
        { change: aChange({ commits: commits({ pathsCut: true }) }), policy: each },
        'history.paths-unknown',
      ).detail,
    ).toEqual({ commits: 1, commit: sha('c0') });
  });
});

describe('structure', () => {
  test('a copy beside the old file is named with it', () => {
    const shadows = [
      ['src/b-final.ts', 'src/b.ts'],
      ['src/a_v2.ts', 'src/a.ts'],
    ] as const;
    expect(findingOf({ change: { shadows } }, 'structure.shadow')).toMatchObject({
      placesTotal: 2,
      detail: { made: 'src/a_v2.ts', beside: 'src/a.ts' },
    });
  });

  test('a comment that keeps code out of a check is said with its lines, and decides nothing', () => {
    const facts = { files: [aFile('src/a.ts', { exemptLines: [3, 9] }), aFile('src/b.ts')] };
    expect(standings(facts)).toEqual(['structure.check-exempted warns']);
    expect(findingOf(facts, 'structure.check-exempted').places).toEqual([
      { file: 'src/a.ts', line: 3, column: null },
      { file: 'src/a.ts', line: 9, column: null },
    ]);
  });

  test('a stub that replaces code waits for people, an added one is said', () => {
    expect(
      standings({ files: [aFile('src/a.ts', { stubLines: [3], added: 1, deleted: 2, lines: 3 })] }),
    ).toEqual(['structure.stub needs-waiver']);
    expect(
      standings({ files: [aFile('src/a.ts', { stubLines: [3], added: 2, deleted: 2, lines: 4 })] }),
    ).toEqual(['structure.stub-added warns']);
    expect(
      findingOf(
        { files: [aFile('src/a.ts', { stubLines: [3, 9] })] },
        'structure.stub-added',
      ).places.map(({ line }) => line),
    ).toEqual([3, 9]);
  });

  test('a mass deletion is asked about only where the budget does not charge it', () => {
    const losing = (deleted: number) => [
      aFile('src/a.ts', { deleted, ownDeleted: deleted, lines: 1 }),
      aFile('src/b.ts', { deleted: 0, lines: 1 }),
    ];
    const added = { linesCounted: 'added' } as const;
    expect(rulesOf({ files: losing(5_000), policy: added })).not.toContain(
      'structure.mass-deletion',
    );
    expect(
      findingOf({ files: losing(5_001), policy: added }, 'structure.mass-deletion'),
    ).toMatchObject({
      measured: { value: 5_001, unit: 'lines' },
      limit: { value: 5_000, unit: 'lines' },
      places: [{ file: 'src/a.ts' }],
      placesTotal: 1,
    });
    expect(rulesOf({ files: losing(5_001) })).not.toContain('structure.mass-deletion');
  });
});

describe('people', () => {
  test.each<[string, string, boolean]>([
    ['@Mia', 'mia', true],
    ['mi\u200ba', '@mia', true],
    ['ｍia', 'mia', true],
    ['', '', false],
    ['@', '', false],
    ['mia', 'noor', false],
  ])('%j and %j', (one, other, same) => {
    expect(sameIdentity(one, other)).toBe(same);
  });

  test.each<[string, readonly string[]]>([
    ['@mia', ['mia']],
    ['Mia M <Mia+x@Example.org>', ['mia m', 'mia+x@example.org', 'mia@example.org', 'mia']],
    [
      '77+mia@users.noreply.github.com',
      ['77+mia@users.noreply.github.com', 'mia@users.noreply.github.com', 'mia'],
    ],
    ['<>', []],
    ['@a@b.c', ['a@b.c', 'a']],
  ])('%j goes by %j', (identity, names) => {
    expect([...namesOf(identity)]).toEqual(names);
  });

  test.each([
    '@dependabot[bot]',
    'github-actions',
    'noreply@github.com',
    'no-reply@x.y',
    'web-flow',
    '…',
    '',
    'bot',
  ])('%j is nobody', (identity) => {
    expect(isNobody(identity)).toBe(true);
  });
  test.each(['@robot', 'botanist@x.y', '@mia', '名'])('%j is somebody', (identity) => {
    expect(isNobody(identity)).toBe(false);
  });

  test('are counted once under all their names', () => {
    expect(distinctPeople(['@mia', 'Mia', 'mia@example.org', '@noor', 'x+noor@y.z'])).toBe(3);
    expect(distinctPeople([])).toBe(0);
  });

  test('everyone who touched the change is a participant', () => {
    const commit = aCommit({
      authorName: 'Ann',
      authorEmail: 'b@x.y',
      committerName: 'Cem',
      committerEmail: 'c@x.y',
      coAuthors: ['d@x.y'],
      signature: { state: 'good', signer: 'e@x.y' },
    });
    const bad = aCommit({
      signature: { state: 'bad' },
      authorName: ' ',
      authorEmail: 'b@x.y',
      committerEmail: 'c@x.y',
    });
    expect(
      contextOf({ change: { commits: [commit, bad] }, input: { identities: ['@f'] } }).participants,
    ).toEqual(['@f', 'Ann', 'Cem', 'b@x.y', 'c@x.y', 'd@x.y', 'e@x.y']);
  });
});

describe('a waiver is held to its words', () => {
  const files = [aFile('src/a.ts', { lines: 220 })];
  const floors = [
    { rule: 'budget.lines', subject: 'tier', value: 220, unit: 'lines', files: null },
  ];
  const given = (facts: Parameters<typeof aWaiver>[0] = {}) => ({
    files,
    waivers: [aWaiver({ floors, ...facts })],
  });
  const refusal = (facts: Case) => {
    const { standing, waiversRefused } = findingOf(facts, 'budget.lines');
    return standing === 'waived'
      ? 'waived'
      : waiversRefused.map(({ because, detail }) => [because, detail]);
  };
  const scope = aWaiver().scope;

  test.each<[string, Parameters<typeof aWaiver>[0], unknown]>([
    ['as granted', {}, 'waived'],
    [
      'one line short',
      { floors: floors.map((floor) => ({ ...floor, value: 219 })) },
      [['worse-than-floor', { floor: 219, measured: 220 }]],
    ],
    [
      'another unit',
      { floors: floors.map((floor) => ({ ...floor, unit: 'bytes' })) },
      [['worse-than-floor', { floor: 220, measured: 220 }]],
    ],
    [
      'another rule',
      { floors: floors.map((floor) => ({ ...floor, rule: 'budget.files' })) },
      [['worse-than-floor', { floor: 'none', measured: 220 }]],
    ],
    [
      'another subject',
      { floors: floors.map((floor) => ({ ...floor, subject: 'docs' })) },
      [['worse-than-floor', { floor: 'none', measured: 220 }]],
    ],
    ['no floor at all', { floors: [] }, [['not-bounded', { floors: 0 }]]],
    ['a proposal', { status: 'proposed' }, [['not-granted', {}]]],
    ['revoked', { status: 'revoked' }, [['revoked', {}]]],
    ['rejected', { status: 'rejected' }, [['rejected', {}]]],
    ['at its end', { expiresAt: later(0) }, [['expired', { at: later(0) }]]],
    ['no end', { expiresAt: null }, [['not-bounded', { expiry: 'none' }]]],
    [
      'not begun',
      { grantedAt: later(1), approvals: [{ by: '@mia', at: later(1), proof: 'signed-event' }] },
      [['not-yet-valid', { from: later(1) }]],
    ],
    [
      'longer than allowed',
      { grantedAt: later(-31), approvals: [{ by: '@mia', at: later(-31), proof: 'signed-event' }] },
      [['longer-than-policy-allows', { until: later(-1) }]],
    ],
    [
      'another repository',
      { scope: { ...scope, repository: 'https://example.org/x' } },
      [['other-repository', {}]],
    ],
    ['no repository', { scope: { ...scope, repository: null } }, [['other-repository', {}]]],
    ['another branch', { scope: { ...scope, branch: '43' } }, [['other-branch', { branch: '43' }]]],
    ['no branch', { scope: { ...scope, branch: null } }, [['other-branch', { branch: 'none' }]]],
    ['another spec', { scope: { ...scope, spec: 'FEAT-2' } }, [['other-spec', { spec: 'FEAT-2' }]]],
    ['no spec', { scope: { ...scope, spec: null } }, [['other-spec', { spec: 'none' }]]],
    ['a spec that changed', { scope: { ...scope, specDigest: null } }, [['spec-changed', {}]]],
    [
      'a policy that changed',
      { scope: { ...scope, policyDigest: null } },
      [['policy-changed', {}]],
    ],
    ['nobody', { approvals: [] }, [['too-few-approvers', { people: 0, needed: 1 }]]],
    ['the requester', { requestedBy: '@Mia' }, [['approver-is-author', { people: 0, needed: 1 }]]],
    [
      'an approval from tomorrow',
      { grantedAt: later(-1), approvals: [{ by: '@mia', at: later(1), proof: 'signed-event' }] },
      [['approver-unverified', { people: 0, needed: 1 }]],
    ],
    ['another gate', { gates: ['scope_boundary'] }, []],
  ])('%s', (_name, facts, wanted) => {
    expect(refusal(given(facts))).toEqual(wanted);
  });

  test.each<[number | null, Readonly<Record<string, number>> | null, unknown]>([
    [1, {}, 'waived'],
    [1, { 'W-1': 0 }, 'waived'],
    [1, { 'W-1': 1 }, [['used-up', { max: 1, known: true }]]],
    [2, { 'W-1': 1 }, 'waived'],
    [1, null, [['used-up', { max: 1, known: false }]]],
    [null, null, 'waived'],
    [1, { 'W-1': Number.NaN }, [['used-up', { max: 1, known: true }]]],
  ])('that may be used %s times, after %j', (usesMax, waiverUses, wanted) => {
    expect(refusal({ ...given({ usesMax }), input: { waiverUses } })).toEqual(wanted);
  });

  test('by one of the people that the policy lists, or a team that the proof shows, who may write', () => {
    const listed = (...approvers: readonly string[]) => ({
      waivers: { ...aCase().policy.waivers, approvers },
    });
    expect(refusal({ ...given(), policy: listed('@noor', '@Mia') })).toBe('waived');
    expect(refusal({ ...given(), policy: listed('@noor') })).toEqual([
      ['approver-not-allowed', { people: 0, needed: 1 }],
    ]);
    const inTeam = (teams: readonly string[], rights: 'reads' | 'writes' | 'maintains') =>
      given({ approvals: [{ by: '@mia', at: later(-1), proof: 'hosted-event', rights, teams }] });
    const team = { policy: listed('@acme/leads') };
    for (const rights of ['writes', 'maintains'] as const)
      expect(refusal({ ...inTeam(['@acme/leads'], rights), ...team })).toBe('waived');
    for (const refused of [inTeam([], 'maintains'), inTeam(['@acme/leads'], 'reads')])
      expect(refusal({ ...refused, ...team })).toEqual([
        ['approver-not-allowed', { people: 0, needed: 1 }],
      ]);
  });

  test('of a file: its delta is added to the tier, and a file without any carries no more than twice the cap', () => {
    const asFile = { waivers: { ...aCase().policy.waivers, filesAreApprovals: true } };
    const byDelta = (lines: number | null, spent: number) =>
      refusal({
        files: [aFile('src/a.ts', { lines: spent, bytesAdded: 0 })],
        policy: asFile,
        waivers: [aWaiverFile({ delta: { files: null, lines } })],
      });
    expect(byDelta(20, 220)).toBe('waived');
    expect(byDelta(20, 221)).toEqual([['worse-than-floor', { floor: 220, measured: 221 }]]);
    expect(byDelta(null, 220)).toEqual([['worse-than-floor', { floor: 200, measured: 220 }]]);
    expect(byDelta(-50, 201)).toEqual([['worse-than-floor', { floor: 200, measured: 201 }]]);
    const unbounded = (spent: number) =>
      refusal({
        files: [aFile('src/a.ts', { lines: spent, bytesAdded: 0 })],
        policy: asFile,
        waivers: [aWaiverFile()],
      });
    expect(unbounded(400)).toBe('waived');
    expect(unbounded(401)).toEqual([['worse-than-floor', { floor: 400, measured: 401 }]]);
  });

  test('only so many of a gate count, the oldest first', () => {
    const policy = { waivers: { ...aCase().policy.waivers, activePerGateMax: 1 } };
    const old = aWaiver({ id: 'W-0', grantedAt: later(-2), floors: [] });
    expect(refusal({ files, policy, waivers: [aWaiver({ floors }), old] })).toEqual([
      ['not-bounded', { floors: 0 }],
      ['too-many-active-waivers', { max: 1 }],
    ]);
    expect(
      refusal({
        files,
        policy,
        waivers: [aWaiver({ floors }), aWaiver({ ...old, status: 'revoked' })],
      }),
    ).toBe('waived');
    expect(
      refusal({
        files,
        policy,
        waivers: [aWaiver({ floors }), aWaiver({ ...old, expiresAt: later(0) })],
      }),
    ).toBe('waived');
  });

  test('a revoked twin ends it', () => {
    expect(
      refusal({
        files,
        waivers: [aWaiver({ floors }), aWaiver({ floors, status: 'revoked', reason: 'gone' })],
      }),
    ).toEqual([
      ['revoked', {}],
      ['revoked', {}],
    ]);
    expect(
      refusal({
        files,
        waivers: [aWaiver({ floors }), aWaiver({ floors, status: 'rejected', reason: 'gone' })],
      }),
    ).toEqual([
      ['rejected', {}],
      ['rejected', {}],
    ]);
  });

  test('the one that lasts longest is named, and the cap it raises', () => {
    const waivers = [aWaiver({ id: 'W-2', floors, expiresAt: later(9) }), aWaiver({ floors })];
    expect(findingOf({ files, waivers }, 'budget.lines').waivedBy).toBe('W-2');
    const [tier] = examined({ files, waivers }).budgets;
    expect([tier?.caps.lines, tier?.effective.lines, tier?.effective.files]).toEqual([
      200, 220, 10,
    ]);
  });
});

describe('a file without any bound', () => {
  const carried = (value: number, limit: number) =>
    coverOf(
      aWaiverFile(),
      aFinding({
        rule: 'gate.below-minimum',
        gate: 'coverage',
        measured: { value, unit: 'percent' },
        limit: { value: limit, unit: 'percent' },
      }),
    );
  test('carries a share no lower than half of what is asked for', () => {
    expect(carried(40, 80)).toEqual({ covers: true, allows: 40 });
    expect(carried(39.9, 80)).toMatchObject({
      covers: false,
      because: 'worse-than-floor',
      detail: { floor: 40 },
    });
  });
  test('carries a list that a reader sees whole, and no content that people decide about', () => {
    const listed = (placesTotal: number) =>
      coverOf(
        aWaiverFile(),
        aFinding({
          rule: 'scope.outside',
          gate: 'scope_boundary',
          measured: null,
          limit: null,
          placesTotal,
        }),
      );
    expect(listed(20)).toEqual({ covers: true, allows: null });
    expect(listed(21)).toMatchObject({ covers: false, detail: { floor: 20, measured: 21 } });
    expect(
      coverOf(aWaiverFile(), aFinding({ rule: 'path.protected', measured: null, limit: null })),
    ).toMatchObject({ because: 'not-bounded' });
    expect(coverOf(aWaiverFile(), aFinding({ rule: 'history.unsigned' }))).toMatchObject({
      because: 'not-bounded',
    });
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

describe('files that steer', () => {
  test.each([
    'a/AGENTS.md',
    'AGENTS.override.md',
    'x/CLAUDE.md',
    'CLAUDE.local.md',
    'GEMINI.md',
    '.mcp.json',
    'a/.claude/settings.json',
    '.cursor/rules/a.mdc',
    '.cursorrules',
    '.windsurfrules',
    '.clinerules',
    '.aider.conf.yml',
    'a/.gitattributes',
    '.gitmodules',
    'docs/CODEOWNERS',
    '.github/copilot-instructions.md',
    '.github/instructions/a.md',
    '.github/workflows/a.yml',
    '.github/actions/a/action.yml',
    '.githooks/pre-commit',
    '.husky/pre-push',
    'AGENT.md',
    'docs/QWEN.md',
    '.clinerules',
    '.clinerules/a.md',
    '.roo/rules/a.md',
    'packages/a/.vscode/tasks.json',
  ])('%s, whatever the policy lists and however it is spelled', (path) => {
    const policy = { controlPlanePaths: [] };
    for (const spelled of [path, path.toUpperCase()])
      expect(rulesOf({ files: [aFile(spelled)], policy })).toContain('path.control-plane');
    expect(
      rulesOf({
        files: [aFile(`${path}.txt`), aFile('src/a.ts')],
        policy: { ...policy, protectedPaths: [] },
      }).includes('path.control-plane'),
    ).toBe(
      /claude\/|cursor\/|aider|instructions\/|clinerules\/|roo\/|vscode\/|workflows|actions\/|githooks|husky/.test(
        path,
      ),
    );
  });

  test('are named with the pattern that guards them', () => {
    expect(
      findingOf({ files: [aFile('infra/b.tf'), aFile('infra/a.tf')] }, 'path.protected'),
    ).toMatchObject({
      detail: { pattern: 'infra/' },
      places: [{ file: 'infra/a.tf' }, { file: 'infra/b.tf' }],
    });
  });

  test('a negated class guards what it is written for as well', () => {
    const policy = { protectedPaths: ['lib/[^a-z]*'] };
    expect(rulesOf({ files: [aFile('lib/Big.ts')], policy })).toContain('path.protected');
    expect(rulesOf({ files: [aFile('lib/small.ts')], policy })).not.toContain('path.protected');
  });

  test('patterns that cannot be read are a fault of the policy, once a list', () => {
    const policy = { protectedPaths: ['../x', '/y'] };
    expect(findingOf({ policy }, 'policy.pattern-unreadable')).toMatchObject({
      standing: 'fails',
      subject: 'protected',
      detail: { pattern: '../x', because: 'parent-segment' },
    });
  });
});

describe('a rolling budget', () => {
  const change = (days: number, lines: number, spec = 'FEAT-1') => ({
    spec,
    at: later(days),
    files: 1,
    lines,
    linesAdded: lines / 2,
  });
  const rolled = (
    caps: { readonly files: number | null; readonly lines: number | null },
    ...changes: readonly ReturnType<typeof change>[]
  ) =>
    examined({
      policy: { rolling: { days: 7, ...caps } },
      input: { rolling: { changes } },
    }).findings.map(({ subject, measured, limit, detail }) => [
      subject,
      measured?.value,
      limit?.value,
      detail['changes'],
    ]);
  test('sums the changes of its spec in its window, and holds past its cap alone', () => {
    expect(rolled({ files: null, lines: 100 }, change(-1, 90))).toEqual([]);
    expect(rolled({ files: null, lines: 100 }, change(-1, 91))).toEqual([['lines', 101, 100, 2]]);
    expect(rolled({ files: null, lines: 100 }, change(-7, 91))).toEqual([]);
    expect(rolled({ files: null, lines: 100 }, change(-6.999, 91))).toEqual([
      ['lines', 101, 100, 2],
    ]);
    expect(rolled({ files: null, lines: 100 }, change(0, 91))).toEqual([['lines', 101, 100, 2]]);
    expect(rolled({ files: null, lines: 100 }, change(0.001, 91))).toEqual([]);
    expect(rolled({ files: null, lines: 100 }, change(-1, 91, 'FEAT-2'))).toEqual([]);
    expect(rolled({ files: 1, lines: 100 }, change(-1, 91))).toEqual([
      ['files', 2, 1, 2],
      ['lines', 101, 100, 2],
    ]);
  });
  test('counts added lines where the policy does', () => {
    const files = [aFile('src/a.ts', { lines: 90, linesAdded: 10 })];
    const rolling = { days: 7, files: null, lines: 100 };
    const input = { rolling: { changes: [change(-1, 50)] } };
    expect(rulesOf({ files, policy: { rolling }, input })).toEqual(['budget.rolling']);
    const added = { rolling, linesCounted: 'added' } as const;
    expect(rulesOf({ files, policy: added, input })).toEqual([]);
    const more = { rolling: { changes: [change(-1, 182)] } };
    expect(rulesOf({ files, policy: added, input: more })).toEqual(['budget.rolling']);
  });
});
