import { describe, expect, test } from 'vitest';
import { LFS_POINTER_BYTES_MAX } from '../../src/1-pleading/bounds.ts';
import {
  type BlobFacts,
  chargedLines,
  fileChangeOf,
  sizesNeeded,
  textNeeded,
} from '../../src/1-pleading/file-change.ts';
import { gateFiles, isGovernanceOnly } from '../../src/1-pleading/governed.ts';
import { isInspected } from '../../src/1-pleading/inspected.ts';
import { lfsSizeOf } from '../../src/1-pleading/lfs.ts';
import type { MeasuredEntry } from '../../src/1-pleading/measured-entry.ts';
import { freshWord, scanSigns } from '../../src/1-pleading/signs.ts';
import {
  compileScope,
  fixedBeginning,
  isNarrower,
  touchedPaths,
  touches,
} from '../../src/1-pleading/spec-scope.ts';
import { noText, type TextTotals } from '../../src/1-pleading/text-measure.ts';
import { claimedValues, emailOf, trailerValues } from '../../src/1-pleading/trailers.ts';
import type { Spec } from '../../src/caws/spec.ts';
import type { ObjectId } from '../../src/primitives.ts';
import { aChange, aFile, aPolicy, aSpec, sha } from '../2-examination/case.ts';

const signsOf = (text: string) => {
  const signs: string[] = [];
  scanSigns(text, 1, freshWord(), (kind, codePoint, column) =>
    signs.push(`${kind} ${codePoint.toString(16)} ${column}`),
  );
  return signs;
};

describe('hidden characters by their ranges', () => {
  const ranges: readonly (readonly [string, number, number])[] = [
    ['control', 0x00, 0x08],
    ['control', 0x0e, 0x1f],
    ['line-end', 0x0b, 0x0c],
    ['control', 0x7f, 0x84],
    ['line-end', 0x85, 0x85],
    ['control', 0x86, 0x9f],
    ['invisible', 0xad, 0xad],
    ['invisible', 0x34f, 0x34f],
    ['bidi', 0x61c, 0x61c],
    ['invisible', 0x115f, 0x1160],
    ['invisible', 0x17b4, 0x17b5],
    ['invisible', 0x180b, 0x180f],
    ['invisible', 0x200b, 0x200f],
    ['line-end', 0x2028, 0x2029],
    ['bidi', 0x202a, 0x202e],
    ['invisible', 0x2060, 0x2065],
    ['bidi', 0x2066, 0x2069],
    ['invisible', 0x206a, 0x206f],
    ['invisible', 0x2800, 0x2800],
    ['invisible', 0x3164, 0x3164],
    ['invisible', 0x13430, 0x1343f],
    ['invisible', 0xe000, 0xf8ff],
    ['variation-selector', 0xfe00, 0xfe0f],
    ['invisible', 0xfeff, 0xfeff],
    ['invisible', 0xffa0, 0xffa0],
    ['invisible', 0xfff0, 0xfffb],
    ['invisible', 0x1bca0, 0x1bca3],
    ['invisible', 0x1d173, 0x1d17a],
    ['tag', 0xe0000, 0xe007f],
    ['invisible', 0xe0080, 0xe00ff],
    ['variation-selector', 0xe0100, 0xe01ef],
    ['invisible', 0xe01f0, 0xe0fff],
  ];
  test.each(ranges)('%s from %i to %i', (kind, first, last) => {
    for (const codePoint of [first, last])
      expect(signsOf(`a.${String.fromCodePoint(codePoint)}`)).toEqual([
        `${kind} ${codePoint.toString(16)} 3`,
      ]);
  });

  test('and nothing beside them', () => {
    const within = (codePoint: number) =>
      ranges.some(([, first, last]) => codePoint >= first && codePoint <= last);
    for (const [, first, last] of ranges)
      for (const codePoint of [first - 1, last + 1])
        if (codePoint > 0 && !within(codePoint))
          expect([codePoint.toString(16), signsOf(`. ${String.fromCodePoint(codePoint)}`)]).toEqual(
            [codePoint.toString(16), []],
          );
  });

  test('selectors and joiners stand where writing needs them and nowhere else', () => {
    expect(signsOf('1\ufe0f\u20e3 #\ufe0f\u20e3 ❤\ufe0e')).toEqual([]);
    expect(signsOf('1\ufe0fx')).toHaveLength(1);
    expect(signsOf('❤\ufe0d')).toHaveLength(1);
    expect(signsOf('\ufe0f')).toHaveLength(1);
    expect(signsOf('x\u200c')).toHaveLength(1);
    expect(signsOf('\u200dx')).toHaveLength(1);
    expect(signsOf('\u0645\u200dx')).toHaveLength(1);
    expect(signsOf('\u{1f469}\u200dx')).toHaveLength(1);
    expect(signsOf('❤\ufe0f\u200d\u{1f525}')).toEqual([]);
  });

  test('a word of two alphabets is told once, where its first look-alike stands', () => {
    expect(signsOf('раypаl раypаl')).toEqual(['homoglyph 440 1', 'homoglyph 440 8']);
    expect(signsOf('a1_а')).toEqual(['homoglyph 430 4']);
    expect(signsOf('a-а а')).toEqual([]);
    for (const [letter, is] of [
      ['\uff21', true],
      ['\uff3a', true],
      ['\uff41', true],
      ['\uff5a', true],
      ['\u{1d400}', true],
      ['\u{1d7ff}', true],
      ['\uff3b', false],
      ['\u{1d800}', false],
    ] as const)
      expect([letter, signsOf(`ab${letter}`).length > 0]).toEqual([letter, is]);
    // A byte order mark is one only as the first character.
    expect(signsOf('\ufeffx')).toEqual([]);
  });
});

describe('files that are read as text', () => {
  test.each([
    '.github/workflows/ci.yml',
    '.github/actions/x/run.sh',
    'a/b/action.yaml',
    'action.yml',
    '.gitlab-ci.yml',
    '.caws/policy.yaml',
    'x/.gitattributes',
    '.gitmodules',
    'docs/CODEOWNERS',
    'a/package.json',
    'deno.jsonc',
    'composer.json',
    '.npmrc',
    'x/.yarnrc',
    '.yarnrc.yml',
    '.pnpmfile.cjs',
    'pnpm-workspace.yaml',
    'pyproject.toml',
    'a/setup.py',
    'setup.cfg',
    'requirements-dev.txt',
    'Pipfile',
    'Cargo.toml',
    'build.rs',
    'go.mod',
    'Gemfile',
    'pom.xml',
    'Package.swift',
    'x.gemspec',
    'app/build.gradle.kts',
    'settings.gradle',
  ])('%s', (path) => {
    expect(isInspected(path)).toBe(true);
    expect(isInspected(path.toUpperCase())).toBe(true);
  });

  test.each([
    'src/package.json.ts',
    'github/workflows/ci.yml',
    'x/.github/workflows/a.yml',
    'my-action.yml',
    'a.caws/x',
    'gitattributes',
    'notpackage.json',
    'build.gradle.md',
    'rebuild.rs',
  ])('and %s is none', (path) => {
    expect(isInspected(path)).toBe(false);
  });
});

const id = (name: string) => sha(name) as ObjectId;
const totals = (facts: Partial<TextTotals> = {}): TextTotals => ({ ...noText(), ...facts });
const entryOf = (facts: Partial<MeasuredEntry> = {}): MeasuredEntry =>
  ({
    path: 'src/a.ts',
    pathBefore: null,
    pathIsLossy: false,
    status: 'modified',
    modeBefore: '100644',
    modeAfter: '100644',
    blobBefore: id('before'),
    blobAfter: id('after'),
    added: totals({ lines: 3, ownLines: 4, bytes: 90, longestLineBytes: 40 }),
    deleted: totals({ lines: 2, ownLines: 2, bytes: 20 }),
    gitCallsBinary: false,
    ...facts,
  }) as MeasuredEntry;
const blobs = (
  sizes: Readonly<Record<string, number>> = {},
  texts: Readonly<Record<string, string>> = {},
): BlobFacts => ({
  sizeOf: (of) => sizes[Object.keys(sizes).find((name) => id(name) === of) ?? ''],
  textOf: (of) => texts[Object.keys(texts).find((name) => id(name) === of) ?? ''],
});

describe('one file of a change', () => {
  test('is charged with the larger of two counts', () => {
    expect(fileChangeOf(entryOf(), blobs({ after: 500 }))).toMatchObject({
      kind: 'text',
      added: 3,
      deleted: 2,
      ownAdded: 4,
      ownDeleted: 2,
      lines: 6,
      linesAdded: 4,
      bytes: 500,
      bytesAdded: 90,
      longestLineBytes: 40,
      linkTarget: null,
    });
  });

  test.each<[string, Partial<MeasuredEntry>, object]>([
    [
      'binary to git',
      { gitCallsBinary: true, added: totals(), deleted: totals() },
      { kind: 'binary', lines: 11, linesAdded: 11, bytesAdded: 801 },
    ],
    [
      'NUL in new text',
      { added: totals({ lines: 3, holdsNul: true }) },
      { kind: 'binary', lines: 11 },
    ],
    [
      'NUL in old text',
      { deleted: totals({ lines: 900, holdsNul: true }) },
      { kind: 'binary', lines: 903 },
    ],
    ['a link', { modeAfter: '120000' }, { kind: 'symlink', linkTarget: 'target', lines: 6 }],
    [
      'a link taken away',
      { modeBefore: '120000', modeAfter: null, blobAfter: null, status: 'deleted' },
      { kind: 'symlink', linkTarget: null, bytes: 0, bytesAdded: 0 },
    ],
    ['a submodule', { modeAfter: '160000' }, { kind: 'submodule', bytes: 0 }],
    [
      'only moved',
      { blobAfter: id('before'), added: totals(), deleted: totals(), gitCallsBinary: true },
      { kind: 'binary', lines: 0, linesAdded: 0, bytesAdded: 0 },
    ],
    [
      'deleted',
      { status: 'deleted', modeAfter: null, blobAfter: null, path: 'src/a\u202eb' },
      { bytes: 0, bytesAdded: 0, signs: [], signsTotal: 0 },
    ],
    [
      'a name that hides',
      { path: 'src/a\u202eb' },
      { signsTotal: 1, signs: [{ kind: 'bidi', codePoint: 0x202e, line: null, column: null }] },
    ],
  ])('%s', (_name, entry, wanted) => {
    const facts = blobs({ before: 400, after: 801 }, { after: 'target' });
    expect(fileChangeOf(entryOf(entry), facts)).toMatchObject(wanted);
  });

  test('new text is as large as its patch, whatever nobody asked for', () => {
    const made = entryOf({ status: 'added', blobBefore: null, modeBefore: null });
    expect(fileChangeOf(made, blobs()).bytes).toBe(90);
    expect(fileChangeOf({ ...made, gitCallsBinary: true }, blobs()).bytes).toBe(0);
    expect(fileChangeOf(made, blobs({ after: 7 })).bytes).toBe(7);
  });

  test('signs of the name come before those of the text, the first twenty, all counted', () => {
    const sign = { kind: 'tag', codePoint: 0xe0001, line: 1, column: 1 } as const;
    const added = totals({ signs: Array.from({ length: 20 }, () => sign), signsTotal: 31 });
    const file = fileChangeOf(entryOf({ path: 'a\u200bb', added }), blobs());
    expect([file.signs.length, file.signs[0]?.kind, file.signsTotal]).toEqual([
      20,
      'invisible',
      32,
    ]);
  });

  test.each<[string, Partial<MeasuredEntry>, readonly string[]]>([
    ['text on both sides', {}, ['after']],
    ['new text', { blobBefore: null }, []],
    ['new binary', { blobBefore: null, gitCallsBinary: true }, ['after', 'after']],
    ['binary on both sides', { gitCallsBinary: true }, ['after', 'before', 'after']],
    ['NUL on the old side', { deleted: totals({ holdsNul: true }) }, ['after', 'before', 'after']],
    ['a submodule', { modeBefore: '160000', modeAfter: '160000', gitCallsBinary: true }, []],
    ['a deletion', { blobAfter: null, modeAfter: null }, []],
  ])('sizes are asked for where the patch does not tell them: %s', (_name, entry, wanted) => {
    expect(sizesNeeded(entryOf(entry))).toEqual(wanted.map(id));
  });

  test('text is asked for where a link points, or where a pointer may stand', () => {
    const facts = (size: number) => blobs({ after: size });
    expect(textNeeded(entryOf({ modeAfter: '120000' }), facts(9))).toBe(id('after'));
    const pointer = entryOf({ added: totals({ mentionsLfs: true }) });
    expect(textNeeded(pointer, facts(LFS_POINTER_BYTES_MAX - 1))).toBe(id('after'));
    expect(textNeeded(pointer, facts(LFS_POINTER_BYTES_MAX))).toBeNull();
    expect(textNeeded(entryOf(), facts(9))).toBeNull();
    expect(textNeeded({ ...pointer, blobAfter: null }, facts(9))).toBeNull();
  });

  test('binary is charged a line for each 80 bytes begun of the larger side', () => {
    const none = { added: totals(), deleted: totals(), blobBefore: id('a'), blobAfter: id('b') };
    const charged = (bytesBefore: number, bytesAfter: number) =>
      chargedLines(none, 'binary', { bytesBefore, bytesAfter });
    expect(charged(0, 80)).toEqual({ lines: 1, linesAdded: 1 });
    expect(charged(0, 81)).toEqual({ lines: 2, linesAdded: 2 });
    expect(charged(161, 80)).toEqual({ lines: 3, linesAdded: 1 });
    expect(chargedLines(none, 'lfs-pointer', { bytesBefore: 0, bytesAfter: 800 }).lines).toBe(10);
    expect(chargedLines(none, 'symlink', { bytesBefore: 0, bytesAfter: 800 }).lines).toBe(0);
  });
});

describe('a pointer of LFS', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12345\n`;
  test.each<[string, string, number | null]>([
    ['as git-lfs writes it', pointer, 12_345],
    ['with CRLF', pointer.replaceAll('\n', '\r\n'), 12_345],
    ['with lines of its own', pointer.replace('oid', 'ext-0-x sha256:00\noid'), 12_345],
    [
      'larger than a number holds',
      pointer.replace('12345', '9'.repeat(30)),
      Number.MAX_SAFE_INTEGER,
    ],
    ['without a size', pointer.replace('size', 'sizes'), null],
    ['without an object', pointer.replace('sha256', 'md5'), null],
    ['without a version', pointer.replace('version', 'versions'), null],
    ['longer than the specification has it', pointer + 'x'.repeat(LFS_POINTER_BYTES_MAX), null],
  ])('%s', (_name, text, size) => {
    expect(lfsSizeOf(text)).toBe(size);
  });
});

describe('trailers', () => {
  test('give the first hundred values, each cut', () => {
    const many = `t\n\n${Array.from({ length: 101 }, (_, at) => `K: ${at}`).join('\n')}`;
    expect(trailerValues(many, 'k')).toHaveLength(100);
    expect(claimedValues(many, 'k')).toHaveLength(100);
    expect(trailerValues(`t\n\nK: ${'x'.repeat(600)}`, 'K')).toEqual(['x'.repeat(512)]);
  });

  test('claims stand at any line end, trailers in the last paragraph alone', () => {
    const message = 'K: title\rK: two\u2028K: three\n\nK : four\n\nwords\n';
    expect(claimedValues(message, 'K')).toEqual(['title', 'two', 'three', 'four']);
    expect(trailerValues(message, 'K')).toEqual([]);
    expect(trailerValues('t\n\nwords\n\nA: 1\nk: 2\n and 3\n', 'K')).toEqual(['2 and 3']);
  });

  test('name people by their address', () => {
    expect(emailOf('Mia M <Mia@X.org>')).toBe('mia@x.org');
    expect(emailOf(' Mia@X.org ')).toBe('mia@x.org');
  });
});

describe('scope', () => {
  const scoped = (facts: Partial<Spec>) => {
    const scope = compileScope(aSpec(facts));
    if (!scope.ok) throw new Error(scope.fault.kind);
    return scope.value;
  };
  test('out beats in, in beats support', () => {
    const { standpointOf } = scoped({
      scopeIn: ['src'],
      scopeOut: ['src/x'],
      scopeSupport: ['src', 'docs'],
    });
    expect(['src/a', 'src/x/a', 'docs/a', 'lib/a'].map(standpointOf)).toEqual([
      'in',
      'out',
      'support',
      'outside',
    ]);
  });

  test('touches by what it claims itself, on either side of a rename', () => {
    const scope = scoped({ scopeIn: ['src'], scopeSupport: ['docs'] });
    expect(touches(scope, [aFile('docs/a')])).toBe(false);
    expect(
      touches(scope, [aFile('docs/a'), aFile('lib/b', { status: 'renamed', pathBefore: 'src/b' })]),
    ).toBe(true);
    expect(touchedPaths(aFile('a', { status: 'copied', pathBefore: 'b' }))).toEqual(['a']);
    expect(touchedPaths(aFile('a', { pathBefore: 'a' }))).toEqual(['a']);
    expect(touchedPaths(aFile('a', { status: 'renamed', pathBefore: 'b' }))).toEqual(['a', 'b']);
  });

  test.each<[readonly string[], readonly string[], boolean]>([
    [['src/a'], ['src'], true],
    [['src'], ['src/a'], false],
    [['src'], ['src'], false],
    [['src/a/*.ts'], ['src/a'], true],
    [['src/a/b/*.ts'], ['src/a'], true],
    [['**/*.ts'], ['src'], false],
    [['src/a', 'lib'], ['src'], false],
  ])('%j within %j: %s', (one, other, narrower) => {
    expect(isNarrower(scoped({ scopeIn: one }), scoped({ scopeIn: other }))).toBe(narrower);
  });

  test.each([
    ['src/a/*.ts', 'src/a'],
    ['./src/a', 'src/a'],
    ['src/a/', 'src/a'],
    ['**/x', ''],
    ['src/[id]/x', 'src'],
    ['src/{a,b}', 'src'],
    ['src/?', 'src'],
  ])('%s begins with %s', (pattern, beginning) => {
    expect(fixedBeginning(pattern)).toBe(beginning);
  });
});

describe('the gate itself', () => {
  const gate = (path: string, before: string | null, after: string | null) => [
    ...gateFiles(aChange({ files: [aFile(path)], inspected: [{ path, before, after }] })),
  ];
  test.each<[string, string | null, string | null, boolean]>([
    ['.github/workflows/ci.yml', null, 'run: npx caws-arbiter verify', true],
    ['.github/workflows/ci.yml', 'run: arbiter verify', 'run: true', true],
    ['.github/workflows/ci.yml', null, 'run: arbiter check', true],
    ['.github/workflows/ci.yml', null, 'name: CAWS verdict', true],
    ['.github/workflows/ci.yml', null, 'run: npm test', false],
    ['.github/workflows/CAWS.yml', null, null, true],
    ['.github/actions/arbiter.yml', null, '', true],
    ['.github/caws/x.yml', null, '', false],
    ['docs/caws.yml', null, 'arbiter verify', false],
  ])('%s from %j to %j: %s', (path, before, after, is) => {
    expect(gate(path, before, after)).toEqual(is ? [path] : []);
  });

  test('a change of law and gate alone is governance, with one other file it is not', () => {
    const only = (...paths: readonly string[]) =>
      isGovernanceOnly(
        aChange({ files: paths.map((path) => aFile(path)) }),
        aPolicy({ governancePaths: ['GOVERNANCE.md'] }),
      );
    expect(only('.caws/policy.yaml')).toBe(true);
    expect(only('.caws/x', 'GOVERNANCE.md', '.github/workflows/caws.yml')).toBe(true);
    expect(only('.caws/x', 'src/a.ts')).toBe(false);
    expect(
      isGovernanceOnly(
        aChange({ files: [aFile('.caws/a', { status: 'renamed', pathBefore: 'src/a' })] }),
        aPolicy(),
      ),
    ).toBe(false);
    expect(
      isGovernanceOnly(
        aChange({ files: [aFile('.caws/a')] }),
        aPolicy({ governancePaths: ['../x'] }),
      ),
    ).toBe(false);
  });
});
