import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isExemption } from '../../src/1-pleading/exemptions.ts';
import { isInspected } from '../../src/1-pleading/inspected.ts';
import { lfsSizeOf } from '../../src/1-pleading/lfs.ts';
import { collisionsOf, foldName, originalsOf } from '../../src/1-pleading/look-alikes.ts';
import { pathTextOf } from '../../src/1-pleading/path-text.ts';
import { freshWord, scanSigns, signsOfPath } from '../../src/1-pleading/signs.ts';
import { isStub } from '../../src/1-pleading/stubs.ts';
import {
  claimedValues,
  emailOf,
  trailersOf,
  trailerValues,
} from '../../src/1-pleading/trailers.ts';

function kindsIn(text: string): readonly string[] {
  const kinds: string[] = [];
  scanSigns(text, 1, freshWord(), (kind) => kinds.push(kind));
  return kinds;
}

test.each([
  ['a\u202eb', 'bidi'],
  ['a\u2066b', 'bidi'],
  ['a\u061cb', 'bidi'],
  ['a\u200bb', 'invisible'],
  ['a\u2060b', 'invisible'],
  ['a\ufeffb', 'invisible'],
  ['so\u00adft', 'invisible'],
  ['a\u3164', 'invisible'],
  ['a\uffa0', 'invisible'],
  ['a\u115f', 'invisible'],
  ['a\u200db', 'invisible'],
  ['a\ufe00', 'variation-selector'],
  ['a\ufe0f', 'variation-selector'],
  ['a\u{e0101}', 'variation-selector'],
  ['a\u{e0041}', 'tag'],
  ['a\u001b[2J', 'control'],
  ['a\u0008', 'control'],
  ['a\u009b', 'control'],
  ['a\u{13437}b', 'invisible'],
  ['a\ue000b', 'invisible'],
  ['a\u{10fffd}b', 'invisible'],
  ['// a\u2028b', 'line-end'],
  ['// a\u2029b', 'line-end'],
  ['// a\u0085b', 'line-end'],
  ['// a\vb', 'line-end'],
  ['// a\fb', 'line-end'],
  ['// a\rb', 'line-end'],
  ['p\u0430ypal', 'homoglyph'],
  ['\u0430dmin', 'homoglyph'],
  ['is_\u0391dmin', 'homoglyph'],
  ['\uff41dmin', 'homoglyph'],
  ['\u{1d41a}dmin', 'homoglyph'],
])('%j carries a sign: %s', (text, kind) => {
  expect(kindsIn(text)).toEqual([kind]);
});

test.each([
  'plain ASCII\twith tab',
  'Gr\u00fc\u00dfe, \u00e7a va, \u017b\u00f3\u0142\u0107',
  '\u041f\u0440\u0438\u0432\u0435\u0442 world',
  '\u4f60\u597d world \u3053\u3093',
  '\u03b1 + \u03b2 = 5\u03bcs',
  '\u2764\ufe0f \u{1f468}\u200d\u{1f469}\u200d\u{1f467} 1\ufe0f\u20e3',
  '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
  '\ufeffstart of a file',
  'two lines\r\nof a Windows file\r\n',
  'the CR of a cut CRLF\r',
])('%j carries none', (text) => {
  expect(kindsIn(text)).toEqual([]);
});

test('a path may hold no control character at all', () => {
  expect(signsOfPath('a\tb\n').map((sign) => sign.codePoint)).toEqual([9, 10]);
  expect(signsOfPath('\ufeffa').map((sign) => sign.kind)).toEqual(['invisible']);
});

test.each([
  '// TODO',
  '# FIXME: later',
  'todo!()',
  'unimplemented!()',
  'raise NotImplementedError',
  "throw new Error('not implemented')",
  'throw new Error("Not yet implemented")',
  '// placeholder for the parser',
  '/* implement me */',
  `AAA ${';'.repeat(4_000)} stub`,
  'const a = 1;\n-- stub',
])('%j is a stub', (line) => {
  expect(isStub(line)).toBe(true);
});

test.each([
  'const todos = [];',
  '<input placeholder="name">',
  'hackathon',
  'implemented',
  'stub // AAA',
  '// AAA\nstub',
])('%j is none', (line) => {
  expect(isStub(line)).toBe(false);
});

test.each([
  '/* c8 ignore next 3 */',
  '/* v8 ignore start */',
  '/* istanbul\tignore  else -- @preserve */',
  '/* node:coverage disable */',
  'x = 1  # pragma: no cover',
  'if x:  # PRAGMA NO BRANCH',
  'x = 1  # pragma: no mutate',
  '// Stryker disable next-line all: it lives',
  '#[cfg(not(coverage))]',
  '#[cfg_attr(coverage_nightly, coverage(off))]',
  '#[cfg(not(tarpaulin_include))]',
  'abort(); // LCOV_EXCL_LINE',
  '/* GCOVR_EXCL_START */',
  '// @codeCoverageIgnoreStart',
  '# :nocov:',
  '[ExcludeFromCodeCoverage]',
  '// eslint-disable-next-line no-eval',
  '/* stylelint-disable */',
  '# pylint: disable=eval-used',
  '# rubocop:disable Security/Eval',
  '// biome-ignore lint/security/noGlobalEval: fine',
  'eval(x) //nolint:gosec',
  '// @ts-ignore',
  '// @ts-nocheck',
  'x = y  # type: ignore[attr]',
  'import os  # noqa: F401',
  'eval(x)  # nosec B307',
  'eval(x); // NOSONAR',
  '// nosemgrep: eval',
  'key = 1 # gitleaks:allow',
  'const a = 1;\n// @ts-ignore\nconst b = a;',
])('%j keeps code out of a check', (line) => {
  expect(isExemption(line)).toBe(true);
});

test.each([
  '// @ts-expect-error: a number is no text',
  'db.skip(10).ignore(true)',
  'if TYPE_CHECKING:',
  'button.disable();',
  'const coverage = report.coverage;',
  '#[cfg(coverage)]',
  'The cover of the book has no pragma.',
  'eslint.enable()',
  'mutate(state)',
  'git ignore rules of v8',
])('%j keeps none out', (line) => {
  expect(isExemption(line)).toBe(false);
});

test.each([
  ['parser-final.ts', 'parser.ts'],
  ['parser_v2.ts', 'parser.ts'],
  ['parser2.ts', 'parser.ts'],
  ['parserV2.ts', 'parser.ts'],
  ['parserEnhanced.ts', 'parser.ts'],
  ['parser-final-v2.ts', 'parser.ts'],
  ['parser.old.ts', 'parser.ts'],
  ['parser.ts.bak', 'parser.ts'],
  ['parser copy.ts', 'parser.ts'],
  ['parser (1).ts', 'parser.ts'],
  ['parser-fixed.test.ts', 'parser.test.ts'],
  ['new_parser.ts', 'parser.ts'],
  ['PARSER-FINAL.ts', 'PARSER.ts'],
])('%s may be another version of %s', (name, original) => {
  expect(originalsOf(name)).toContain(original);
});

test.each(['renew.ts', 'sha256.ts', 'finalize.ts', 'index.ts'])('%s is its own name', (name) => {
  expect(originalsOf(name)).toEqual([]);
});

test.each([
  ['README.md', 'readme.MD'],
  ['caf\u00e9', 'cafe\u0301'],
  ['.g\u200cit', '.GIT'],
  ['name. ', 'name'],
  ['stra\u00dfe', 'STRASSE'],
  ['\ufb01le', 'file'],
  // A reader does: Cyrillic, Greek, Armenian and Cherokee letters alone, none of them beside a Latin one.
  ['\u0430.ts', 'a.ts'],
  ['\u0421\u041E\u0420\u0415.ts', 'Cope.ts'],
  ['\u03b1\u03bf\u03b9', 'aoi'],
  ['\u057d\u0578\u0585', 'uno'],
  ['\u13da\u13a2', 'ST'],
  ['\u0451', '\u00eb'],
])('some file system, or reader, takes %j for %j', (left, right) => {
  expect(collide(left, right)).toBe(true);
});

const collide = (name: string, other: string): boolean => {
  const id = '0'.repeat(40) as never;
  const entries = [name, other].map((each) => ({ mode: '100644', name: each, id }));
  return collisionsOf([name], new Map([['', entries]])).length > 0;
};

// Many a small letter looks like another Latin one than its capital does, or like none.
test.each([
  ['\u0413\u041e\u0414.md', '\u0433\u043e\u0434.md'],
  ['\u041f\u043b\u0430\u043d', '\u043f\u043b\u0430\u043d'],
  ['\u039d\u03a5\u0397\u0393\u039c\u0392', '\u03bd\u03c5\u03b7\u03b3\u03bc\u03b2'],
  ['\u0540\u053f', '\u0570\u056f'],
  ['\u13d3\u13aa', '\uaba3\uab7a'],
])('%j and %j differ in nothing but case', (capital, small) => {
  expect(collide(capital, small)).toBe(true);
  expect(collide(small, capital)).toBe(true);
});

test('a name is taken for a Latin one by its capitals, and by its small letters', () => {
  expect(collide('\u039d\u039f\u03a4\u0395.md', 'NOTE.md')).toBe(true);
  expect(collide('\u03bd\u03b9\u03bf', 'vio')).toBe(true);
});

test('letters that have another form under which no Latin one is known are taken for it all the same', () => {
  expect(collide('\u03f2\u03bf.ts', 'co.ts')).toBe(true);
  expect(collide('\u03f9\u039f.ts', 'CO.ts')).toBe(true);
});

test('letters of two alphabets that both look like one Latin letter are not known apart', () => {
  expect(collide('\u0441\u043e\u0440.md', '\u03f2\u03bf\u03c1.md')).toBe(true);
  expect(collide('\u0441\u043e\u0440.md', '\u0441\u03bf\u0440.md')).toBe(true);
});

test.each([
  ['\u043f\u0435\u043d.md', '\u043f\u04bd\u043d.md'],
  ['\u04ae\u0433.md', '\u0423\u0433.md'],
  ['\u0563.md', '\u0566.md'],
  ['\u0443\u0433', '\u04af\u0433'],
  ['\u03b7.md', '\u039d.md'],
])('%j and %j are of one alphabet, and its readers know them apart', (one, other) => {
  expect(collide(one, other)).toBe(false);
});

test.each([
  // Here is; no; a street; coal: as little like the Latin words below them as a capital is like another small letter.
  ['\u0432\u043e\u0442', 'bot'],
  ['\u043d\u0435\u0442', 'het'],
  ['\u0432\u0435\u0441\u044c', 'becb'],
  ['\u0442\u043e\u043c', 'tom'],
])('%j is not read as %j', (name, other) => {
  expect(collide(name, other)).toBe(false);
  expect(collide(other, name)).toBe(false);
});

test.each([
  ['\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425', 'ABEKMHOPCTYX'],
  [
    '\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u0475',
    'aeopcyxijsdhqwv',
  ],
  ['\u0433\u04cf\u043a', 'rlk'],
  ['\u03b1\u03b3\u03b9\u03bd\u03bf\u03c1\u03c3\u03c5', 'ayivopou'],
  ['\u03dc\u037f\u03fa', 'FJM'],
  ['\u0561\u0566\u0563\u0570\u0578\u057c\u057d\u0581\u0584\u0585', 'wqqhnnugfo'],
  ['\u13a1\u13a9\u13d2\u13df\uab75\uab83\uab93\uaba9\uabaa\uabaf', 'RYRCiwzvsc'],
])('every letter of %j is read as the one of %j below it', (letters, latin) => {
  for (const [at, letter] of Array.from(letters).entries())
    expect(collide(`${letter}.ts`, `${latin.charAt(at)}.ts`), letter).toBe(true);
});

test('small letters with the shape of a capital are out of place among Latin ones all the same', () => {
  for (const letter of '\u0432\u043c\u043d\u0442')
    expect(signsOfPath(`pa${letter}h`).map(({ kind }) => kind)).toEqual(['homoglyph']);
});

test('very many names that are read alike are held against the change without comparing each with each', () => {
  const id = '0'.repeat(40) as never;
  const letter = (bit: number) => (bit === 0 ? '\u0435' : '\u04bd');
  const paths = Array.from({ length: 2 ** 12 }, (_, number) =>
    Array.from({ length: 12 }, (_, at) => letter((number >> at) & 1)).join(''),
  );
  const entries = paths.map((name) => ({ mode: '100644', name, id }));
  expect(collisionsOf(paths, new Map([['', entries]]))).toHaveLength(1000);
});

test('names of one foreign alphabet stay apart where their letters do', () => {
  const names = ['отчёт', 'отчет.md', 'план', 'документ', 'λόγος', 'plan', 'doc'];
  for (const one of names)
    for (const other of names) if (one !== other) expect(collide(one, other)).toBe(false);
});

test('the names of a directory collide where two of them fold to the same', () => {
  const id = '0'.repeat(40) as never;
  const part = fc.constantFrom(
    'a',
    'A',
    'b',
    '\u00e9',
    'e\u0301',
    '\u200b',
    '.',
    ' ',
    '.git',
    'GIT~1',
  );
  const name = fc.string({ unit: part, minLength: 1, maxLength: 3 });
  const names = fc.uniqueArray(name, { maxLength: 6 });
  fc.assert(
    fc.property(names, fc.boolean(), (all, nested) => {
      const entries = all.map((one) => ({ mode: '100644', name: one, id }));
      const at = (one: string) => (nested ? `d/${one}` : one);
      const root = nested ? [{ mode: '40000', name: 'd', id }] : entries;
      const listings = new Map([['', root], ...(nested ? [['d', entries] as const] : [])]);
      const expected = all.flatMap((one) => {
        const twins = all.filter((other) => other !== one && foldName(other) === foldName(one));
        const git = foldName(one) === '.git' || /^git~\d$/i.test(one) ? ['.git'] : [];
        return [...twins.map(at), ...git].map((other) => [at(one), other]);
      });
      expect(collisionsOf(all.map(at), listings)).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('only new paths collide, and the pairs are bounded', () => {
  const id = '0'.repeat(40) as never;
  const entries = Array.from({ length: 2000 }, (_, index) => ({
    mode: '100644',
    name: `a${'\u200b'.repeat(index % 50)}${'.'.repeat(index / 50)}`,
    id,
  }));
  const paths = entries.map((entry) => entry.name);
  expect(collisionsOf(paths, new Map([['', entries]]))).toHaveLength(1000);
  expect(collisionsOf([], new Map([['', entries]]))).toEqual([]);
});

test('bytes that are no text stand escaped, and differ from text that reads the same', () => {
  expect(pathTextOf(Buffer.from([0x61, 0xff]))).toEqual({ text: 'a\\xff', lossy: true });
  expect(pathTextOf(Buffer.from('a\\xff'))).toEqual({ text: 'a\\xff', lossy: false });
  expect(pathTextOf(Buffer.from([0x5c, 0xc3, 0xa9, 0xff]))).toEqual({
    text: '\\x5c\u00e9\\xff',
    lossy: true,
  });
});

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;

test.each<[string, number | null]>([
  [POINTER, 12],
  [POINTER.replaceAll('\n', '\r\n'), 12],
  [POINTER.replace('size 12', `size ${'9'.repeat(29)}`), Number.MAX_SAFE_INTEGER],
  [POINTER.replace('oid', 'ext-0-x sha256:1\noid'), 12],
  [POINTER.replace('sha256', 'md5'), null],
  [`\n${POINTER}`, null],
  [POINTER + 'x'.repeat(2000), null],
])('the pointer %j stands for %s bytes', (text, size) => {
  expect(lfsSizeOf(text)).toBe(size);
});

test.for<[string, readonly string[]]>([
  ['t\n\nbody\n\nCAWS-SPEC: A-1', ['A-1']],
  ['t\n\ncaws-spec : A-1\nCAWS-SPEC: B-2\n', ['A-1', 'B-2']],
  ['t\n\nCAWS-SPEC: A-1\n\nmore prose', []],
  ['CAWS-SPEC: A-1', []],
  ['t\n\nsome prose\nCAWS-SPEC: A-1', []],
  ['t\n\nprose\nCAWS-SPEC: A-1\nSigned-off-by: a <b>', ['A-1']],
  ['t\n\n---\n\nCAWS-SPEC: A-1', ['A-1']],
  ['t\n\nCAWS-SPEC: A-1\n continued', ['A-1 continued']],
  ['t\n \t\nCAWS-SPEC: A-1\r\n\r\n', ['A-1']],
  [`t${'\n'.repeat(200_000)}\vx`, []],
  [`t${'\n \t'.repeat(200_000)}\n\vx\n\nCAWS-SPEC: A-1`, ['A-1']],
])('the trailers of a message name %2$j', ([message, values]) => {
  expect(trailerValues(message, 'CAWS-SPEC')).toEqual(values);
});

test('a forged verdict or a co-author is found wherever it stands', () => {
  const message = 'caws-verdict-id: one\n\n  CAWS-VERDICT-ID: two\n\nprose';
  expect(claimedValues(message, 'CAWS-VERDICT-ID')).toEqual(['one', 'two']);
  expect(trailersOf(message)).toEqual([]);
  expect(emailOf('Bo <BO@example.org>')).toBe('bo@example.org');
});

test.each([
  '.github/workflows/ci.yml',
  '.GitHub/Workflows/ci.yml',
  'packages/a/package.json',
  'a/.gitattributes',
  '.gitmodules',
  'docs/CODEOWNERS',
  '.caws/specs/A-1.yaml',
  'action.yml',
])('%s is read on both sides', (path) => {
  expect(isInspected(path)).toBe(true);
});
