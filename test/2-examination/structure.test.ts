import { describe, expect, test } from 'vitest';
import type { TextSign } from '../../src/1-pleading/change.ts';
import { aFile, findingOf, rulesOf, standings } from './case.ts';

const sign = (codePoint: number, line = 1, column = 1): TextSign => ({
  kind: 'bidi',
  codePoint,
  line,
  column,
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
