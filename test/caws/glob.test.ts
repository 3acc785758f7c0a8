import fc from 'fast-check';
import picomatch from 'picomatch';
import { expect, test } from 'vitest';
import { compileGlobs, globBounds, globHint, type PathMatcher } from '../../src/caws/glob.ts';
import { anyText } from '../texts.ts';

function matcherOf(...patterns: readonly string[]): PathMatcher {
  const compiled = compileGlobs(patterns);
  if (!compiled.ok) throw new Error(`${compiled.fault.kind}: ${compiled.fault.pattern}`);
  return compiled.value;
}

test.each([
  ['src', 'src', true],
  ['src', 'src/a.ts', true],
  ['src', 'src-evil/a.ts', false],
  ['src', 'srcx', false],
  ['src', 'lib/src', false],
  ['src/', 'src/.hidden/a', true],
  ['./src/', 'src/a', true],
  ['src/a.ts', 'src/a.ts', true],
  ['src/a.ts', 'src/a.tsx', false],
  ['src/*', 'src/a.ts', true],
  ['src/*', 'src/b/a.ts', false],
  ['src/**', 'src/b/.c/a.ts', true],
  ['src/**', 'src', true],
  ['src/**', 'src-evil/a', false],
  ['**/*.yml', '.github/workflows/x.yml', true],
  ['**', '.github/CODEOWNERS', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['docs/*.md', 'docs/a\nb.md', false],
  ['docs/?.md', 'docs/\n.md', false],
  ['docs/[^x].md', 'docs/\t.md', false],
  ['docs/[^x].md', 'docs/a.md', true],
  ['a[.-1]b', 'a/b', false],
  ['.github/**', '.github/workflows/a\nb.yml', true],
  ['.github', '.github/workflows/a\nb.yml', true],
  ['packages/*/', 'packages/a/src/b.ts', true],
  ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
  ['app/[id]/page.tsx', 'app/i/page.tsx', true],
  ['{src,test}/**/*.{ts,tsx}', 'test/a/b.tsx', true],
  ['{src,test}/**/*.{ts,tsx}', 'test/a/b.js', false],
  ['a{b,{c,d}}e', 'ade', true],
  ['README.md', 'readme.md', false],
  ['caf\u00e9/*', 'cafe\u0301/x', true],
  ['cafe\u0301', 'caf\u00e9/x', true],
  ['*.ts', '\u202egnp.ts', true],
  ['a', '', false],
  ['**', '', true],
])('%j names %j: %s', (pattern, path, expected) => {
  expect(matcherOf(pattern).matches(path)).toBe(expected);
});

test.each([
  ['', 'empty'],
  ['   ', 'empty'],
  ['/etc', 'absolute'],
  ['~/x', 'absolute'],
  ['C:/x', 'absolute'],
  ['a\\b', 'backslash'],
  // Everything but x to git and to shells, a ! or an x to the matcher of the published tools.
  ['docs/[!x].md', 'class-unreadable'],
  ['..', 'parent-segment'],
  ['a/../b', 'parent-segment'],
  ['a/{b,..}/c', 'parent-segment'],
  ['.', 'dot-segment'],
  ['a/./b', 'dot-segment'],
  ['a//b', 'empty-segment'],
  ['a/{b,}/c', 'empty-segment'],
  ['a\u0000b', 'control-character'],
  ['a\nb', 'control-character'],
  ['!a', 'negation'],
  ['@(a|b)', 'extglob'],
  ['+(a)', 'extglob'],
  ['*(a|*(b))', 'extglob'],
  ['src/!(x)/**', 'extglob'],
  ['{a', 'brace-unreadable'],
  ['a}*', 'brace-unreadable'],
  ['{1..3000000}', 'brace-unreadable'],
  ['{{FEATURE}}', 'brace-unreadable'],
  ['[a', 'class-unreadable'],
  ['[z-a]', 'class-unreadable'],
  ['[[:alpha:]]', 'class-unreadable'],
  ['{a,b}'.repeat(18), 'too-many-alternatives'],
  ['*a'.repeat(30), 'too-many-wildcards'],
  ['a'.repeat(513), 'too-long'],
])('the pattern %j is refused as %s', (pattern, kind) => {
  const compiled = compileGlobs(['fine', pattern]);
  expect(compiled).toEqual({ ok: false, fault: { kind, pattern, index: 1 } });
  expect(globHint(kind as Parameters<typeof globHint>[0])).toMatch(/\.$/);
});

test('a list has a bound, and so has what its braces stand for', () => {
  const long = Array.from({ length: globBounds.patternsMax + 1 }, (_, index) => `f${index}`);
  expect(compileGlobs(long)).toMatchObject({ ok: false, fault: { kind: 'too-many-patterns' } });
  const wide = Array.from({ length: 200 }, (_, index) => `${index}{a,b}{c,d}{e,f}{g,h}{i,j}*`);
  expect(compileGlobs(wide)).toMatchObject({ ok: false, fault: { kind: 'too-many-alternatives' } });
});

test('which names the first pattern of the list, plain or not', () => {
  const matcher = matcherOf('docs', '**/*.ts', 'src', 'src/a.ts', 'src/*');
  expect(matcher.which('src/a.ts')).toBe('**/*.ts');
  expect(matcher.which('src/a.js')).toBe('src');
  expect(matcher.which('docs/x.ts')).toBe('docs');
  expect(matcher.which('lib/x.js')).toBeUndefined();
});

const segment = fc.constantFrom('a', 'b', '.a', 'x.ts', 'ab', '-', 'a.b');
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const part = fc.constantFrom(
  'a',
  'b',
  '*',
  '*.ts',
  'a*',
  '?',
  '.*',
  '[ab]',
  '[^a]',
  '[^a-b.]*',
  'x[.-]*',
  '{a,b}',
  '**',
  '?b',
);
const pattern = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

test('ordinary patterns mean what the matcher of the published tools says', () => {
  fc.assert(
    fc.property(pattern, path, (glob, name) => {
      if (!/[*?[{]/.test(glob)) return;
      // It lets `a/**` name `a` and `a*/**` not; here `/**` always names the folder as well.
      const isFolder = glob.endsWith('/**') && matcherOf(glob.slice(0, -3)).matches(name);
      const expected = isFolder || picomatch(glob, { dot: true })(name);
      expect(matcherOf(glob).matches(name)).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
});

test('a list names a path by the first pattern that names it alone', () => {
  const anywhere = fc.tuple(fc.constantFrom('**/', ''), pattern, fc.constantFrom('/**', '/', ''));
  const list = fc.array(
    anywhere.map((parts) => parts.join('')),
    { maxLength: 6 },
  );
  const odd = fc.constantFrom('', '', 'a\nb', 'e\u0301', '\u0085');
  fc.assert(
    fc.property(list, path, odd, (patterns, name, end) => {
      const full = name + end;
      const first = patterns.find((glob) => matcherOf(glob).matches(full));
      expect(matcherOf(...patterns).which(full)).toBe(first);
    }),
    { numRuns: 3_000 },
  );
});

test('two stars over everything miss no path, dot files included', () => {
  const matcher = matcherOf('**');
  fc.assert(
    fc.property(anyText(), (name) => {
      expect(matcher.matches(name)).toBe(true);
    }),
  );
});

test('any pattern and any path give an answer', () => {
  const text = fc.oneof(
    anyText(30),
    fc
      .array(fc.constantFrom('*', '?', '[', ']', '{', '}', ',', '/', '.', '!', '(', 'a', '^', '-'))
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, text, (glob, name) => {
      const compiled = compileGlobs([glob]);
      if (compiled.ok) expect(typeof compiled.value.matches(name)).toBe('boolean');
    }),
    { numRuns: 3_000 },
  );
});

test('the stars of a pattern cost no more than its length times that of the path', () => {
  const hostile = 'a'.repeat(4_096);
  const deep = `${'a/'.repeat(2_000)}b`;
  const matcher = matcherOf(
    '*a*a*a*a*a*a*a*a*a*a*b',
    '**/a/**/a/**/a/**/*a*a*c/**/d',
    '?*?*?*?*ab?*z',
  );
  // A matcher that tries every split of these would not end within the life of the test.
  expect(matcher.matches(hostile)).toBe(false);
  expect(matcher.matches(deep)).toBe(false);
});
