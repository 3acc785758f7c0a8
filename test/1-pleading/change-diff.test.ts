import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, FileChange } from '../../src/1-pleading/change.ts';
import { compareChangeDiff, DIFF_CHARACTERS_MAX } from '../../src/1-pleading/change-diff.ts';
import { gitBytes } from '../git-now.ts';

/** A file of a tree: text, bytes, or what kind of thing stands at the path. */
type Content =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly run: string }
  | { readonly module: string };
type Tree = Readonly<Record<string, Content>>;

interface Pair {
  readonly change: Change;
  readonly blobsBefore: (path: string) => Uint8Array | undefined;
  readonly diff: (...options: readonly string[]) => string;
}

/** Two commits in a real repository, and the change between them as git's raw diff tells it. */
function pair<Value>(
  before: Tree,
  after: Tree,
  use: (pair: Pair) => Value,
  format = 'sha1',
): Value {
  const folder = mkdtempSync(join(tmpdir(), 'caws-diff-'));
  const raw = (...words: readonly string[]) =>
    gitBytes({ args: ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words] });
  const git = (...words: readonly string[]) =>
    raw(...words)
      .toString('utf8')
      .trim();
  try {
    git('init', '-q', `--object-format=${format}`);
    const commit = (tree: Tree) => {
      git('rm', '-rfq', '--cached', '--ignore-unmatch', '.');
      git('clean', '-fdxq');
      for (const [path, content] of Object.entries(tree)) lay(folder, path, content, git);
      git('add', '-A');
      for (const [path, content] of Object.entries(tree))
        if (typeof content === 'object' && 'module' in content)
          git('update-index', '--add', '--cacheinfo', `160000,${content.module},${path}`);
      git('commit', '-qm', 'x', '--allow-empty');
      return git('rev-parse', 'HEAD');
    };
    const [base, head] = [commit(before), commit(after)];
    const files = rawFiles(
      raw('diff', '--raw', '-z', '--no-abbrev', '-M', base, head).toString('utf8'),
    );
    const change = { headTree: git('rev-parse', `${head}^{tree}`), files } as unknown as Change;
    return use({
      change,
      blobsBefore: (path) => {
        try {
          return new Uint8Array(raw('cat-file', 'blob', `${base}:${path}`));
        } catch {
          return undefined;
        }
      },
      diff: (...options) => raw('diff', '-M', ...options, base, head).toString('utf8'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lay(
  folder: string,
  path: string,
  content: Content,
  git: (...words: readonly string[]) => string,
) {
  if (typeof content === 'object' && 'module' in content) return git('rev-parse', '--git-dir');
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  const at = join(folder, path);
  if (typeof content === 'object' && 'link' in content) return symlinkSync(content.link, at);
  const runs = typeof content === 'object' && 'run' in content;
  writeFileSync(at, runs ? content.run : content);
  return chmodSync(at, runs ? 0o755 : 0o644);
}

const statuses: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type-changed',
};

function rawFiles(raw: string): readonly Partial<FileChange>[] {
  const fields = raw.split('\0').filter((field) => field !== '');
  const files: Partial<FileChange>[] = [];
  for (let at = 0; at < fields.length; ) {
    const [modeBefore = '', modeAfter = '', blobBefore = '', blobAfter = '', letter = ''] = (
      fields[at++] ?? ''
    )
      .slice(1)
      .split(' ');
    const first = fields[at++] ?? '';
    const path = letter.startsWith('R') ? (fields[at++] ?? '') : first;
    const none = (mode: string) => /^0+$/.test(mode);
    files.push({
      path,
      pathBefore: letter.startsWith('R') ? first : null,
      pathIsLossy: false,
      status: statuses[letter[0] ?? ''] ?? 'modified',
      modeBefore: none(modeBefore) ? null : modeBefore,
      modeAfter: none(modeAfter) ? null : modeAfter,
      blobBefore: (none(modeBefore) ? null : blobBefore) as FileChange['blobBefore'],
      blobAfter: (none(modeAfter) ? null : blobAfter) as FileChange['blobAfter'],
    });
  }
  return files;
}

const long = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join('');
const cases: readonly (readonly [string, Tree, Tree])[] = [
  [
    'edits in several hunks',
    { a: long },
    { a: long.replace('line 2\n', '').replace('line 30\n', 'x\ny\n') },
  ],
  ['adding and deleting', { a: 'a\n' }, { b: 'b\n' }],
  ['empty files', { gone: '' }, { made: '' }],
  ['a rename with edits', { 'old/a': long }, { 'new/a': long.replace('line 5', 'five') }],
  ['a pure rename', { a: long }, { 'b c': long }],
  [
    'no line end before, after, or both',
    { a: 'x', b: 'x\n', c: 'x\ny' },
    { a: 'x\n', b: 'x', c: 'z\ny' },
  ],
  ['a mode alone', { a: 'x\n' }, { a: { run: 'x\n' } }],
  ['a mode and an edit', { a: 'x\n' }, { a: { run: 'y\n' } }],
  ['a file that becomes a link', { a: 'x\n' }, { a: { link: 'elsewhere' } }],
  ['a link that becomes a file', { a: { link: 'elsewhere' } }, { a: 'elsewhere' }],
  ['a link moved', { a: { link: 'one' } }, { a: { link: 'two' } }],
  [
    'a submodule',
    { s: { module: '1'.repeat(40) }, a: '' },
    { s: { module: '2'.repeat(40) }, a: '' },
  ],
  ['line ends of other systems', { a: 'a\r\nb\r\nc\rd\n' }, { a: 'a\r\nB\r\nc\rd\n\u2028e\n' }],
  ['a byte order mark', { a: '\ufeffx\n' }, { a: '\ufeffy\n' }],
  [
    'lines that look like a diff',
    { a: '-- a/b\n++ b/b\n@@ -1 +1 @@\n' },
    { a: '-- c\n@@ -1 +1 @@\ndiff --git a/x b/x\n' },
  ],
  [
    'odd names',
    { 'a b': 'x\n', 'tab\tname': 'x\n', 'quote"d': 'x\n', 'back\\slash': 'x\n', ünïcode: 'x\n' },
    {
      'a b': 'y\n',
      'tab\tname': 'y\n',
      'quote"d': 'y\n',
      'back\\slash': 'y\n',
      ünïcode: 'y\n',
      'new\nline': 'z\n',
    },
  ],
  ['names that hold a prefix', { 'x b/y': 'x\n', 'a/b': '1\n' }, { 'x b/y': 'y\n', 'a/b': '2\n' }],
];

describe('the diff that git gives equals the change', () => {
  test.each(cases)('%s', (_, before, after) => {
    pair(before, after, ({ change, blobsBefore, diff }) => {
      for (const options of [
        [],
        ['--no-renames'],
        ['-U0'],
        ['--histogram', '-U9'],
        ['--full-index'],
      ]) {
        const compared = compareChangeDiff({ diff: diff(...options), change, blobsBefore });
        expect({ options, compared }).toEqual({ options, compared: { ok: true, value: 'equal' } });
      }
    });
  });

  test('where objects are named by SHA-256, and in the form of a mail', () => {
    pair(
      { a: 'x\n' },
      { a: 'y\n' },
      ({ change, blobsBefore, diff }) => {
        const mail = `From 1 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n---\n a | 2 +-\n\n${diff()}-- \n2.39.5\n\n`;
        for (const text of [diff(), mail])
          expect(compareChangeDiff({ diff: text, change, blobsBefore }).ok).toBe(true);
      },
      'sha256',
    );
  });
});

describe('a diff that tells something else is told apart', () => {
  const before = { a: long, b: 'b\n', c: 'c\n' };
  const after = { a: long.replace('line 5\n', 'five\n'), b: { run: 'b\n' }, d: 'd\n' };
  const lies: readonly (readonly [string, (diff: string) => string, object])[] = [
    ['another line', (d) => d.replace('+five', '+six'), { path: 'a', what: 'content' }],
    ['a blank at the end', (d) => d.replace('+five', '+five '), { path: 'a', what: 'content' }],
    [
      'a file left out',
      (d) => d.replace(/diff --git a\/b [\s\S]*?(?=diff --git)/, ''),
      { path: 'b', what: 'not-in-diff' },
    ],
    [
      'a file more',
      (d) =>
        `${d}diff --git a/z b/z\nnew file mode 100644\n--- /dev/null\n+++ b/z\n@@ -0,0 +1 @@\n+z\n`,
      { path: 'z', what: 'not-in-change' },
    ],
    [
      'a file of the base more',
      (d) => `${d}diff --git a/z b/z\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-y\n+z\n`,
      { path: 'z', what: 'not-in-change' },
    ],
    [
      'another mode',
      (d) => d.replace('new mode 100755', 'new mode 100644'),
      { path: 'b', what: 'mode' },
    ],
    [
      'another mode before',
      (d) => d.replace('old mode 100644', 'old mode 100755'),
      { path: 'b', what: 'mode' },
    ],
    [
      'another name',
      (d) => d.replaceAll('b/d', 'b/e').replaceAll('a/d', 'a/e'),
      { what: 'not-in-diff' },
    ],
    ['another base', (d) => d.replace('-line 5', '-line five'), { path: 'a', what: 'context' }],
    ['another place', (d) => d.replace('@@ -3,', '@@ -4,'), { path: 'a', what: 'context' }],
    [
      'a creation of what exists',
      (d) => d.replace('deleted file mode', 'new file mode').replace('+++ /dev/null', '+++ b/c'),
      { path: 'c' },
    ],
    ['one file twice', (d) => d + d, { what: 'named-twice' }],
    ['nothing', () => '', { path: 'a', what: 'not-in-diff' }],
    ['no diff', () => 'I changed a few things.', { path: 'a', what: 'not-in-diff' }],
    ['a hunk cut off', (d) => d.slice(0, d.indexOf('+five')), { what: 'unreadable' }],
    [
      'more than is compared',
      () => 'x'.repeat(DIFF_CHARACTERS_MAX + 1),
      { path: null, what: 'too-large' },
    ],
  ];
  test.each(lies)('%s', (_, lie, fault) => {
    pair(before, after, ({ change, blobsBefore, diff }) => {
      const lied = lie(diff());
      expect(lied).not.toBe(diff());
      expect(compareChangeDiff({ diff: lied, change, blobsBefore })).toMatchObject({
        ok: false,
        fault: { kind: 'diff-differs', ...fault },
      });
    });
  });

  test('binary contents, which no text diff can show', () => {
    const bytes = (last: number) => Uint8Array.from([0, 255, 254, last]);
    pair({ a: bytes(1) }, { a: bytes(2) }, ({ change, blobsBefore, diff }) => {
      for (const options of [[], ['--binary'], ['--text']])
        expect(compareChangeDiff({ diff: diff(...options), change, blobsBefore })).toMatchObject({
          fault: { path: 'a', what: 'content' },
        });
    });
  });

  test('a base whose contents are not known', () => {
    pair({ a: 'x\n' }, { a: 'y\n' }, ({ change, diff }) => {
      expect(
        compareChangeDiff({ diff: diff(), change, blobsBefore: () => undefined }),
      ).toMatchObject({ fault: { path: 'a', what: 'base' } });
    });
  });

  test('any piece cut out of or put into a diff gives an answer, and never "equal" for other contents', () => {
    pair(before, after, ({ change, blobsBefore, diff }) => {
      const whole = diff();
      fc.assert(
        fc.property(
          fc.nat(whole.length),
          fc.nat(40),
          fc.constantFrom('', '\n', '@@ -1 +1 @@\n', '+x\n', '"', '\\', 'rename to z\n'),
          (at, cut, put) => {
            const text = whole.slice(0, at) + put + whole.slice(at + cut);
            const compared = compareChangeDiff({ diff: text, change, blobsBefore });
            if (compared.ok) expect(text).toContain('+five');
            if (compared.ok) expect(text).toContain('+d');
          },
        ),
        { numRuns: 60 },
      );
    });
  });
});
