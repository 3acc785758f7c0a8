import { describe, expect, test } from 'vitest';
import type { FileChange } from '../../src/1-pleading/change.ts';
import { coverOf } from '../../src/2-examination/waiver-bounds.ts';
import { aFile, aFinding, aWaiverFile, examined, findingOf, later, rulesOf } from './case.ts';

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
