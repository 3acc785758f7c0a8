import { describe, expect, test } from 'vitest';
import {
  distinctPeople,
  isNobody,
  namesOf,
  sameIdentity,
} from '../../src/2-examination/identities.ts';
import { aChange, aCommit, contextOf, findingOf, rulesOf, sha, standings } from './case.ts';

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
