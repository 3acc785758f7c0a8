import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, FileChange } from '../../../src/1-pleading/change.ts';
import { streamGit } from '../../../src/adapters/git/process.ts';
import { blobOf, commitTree, measured, plainEnv, scratchRepository } from './scratch-repository.ts';

const fileOf = (change: Change, path: string) =>
  change.files.find((file) => file.path === path) as FileChange;

/** A repository with one commit on main, and the change of `edit` on top of it. */
async function changeOf(
  edit: (repository: ReturnType<typeof scratchRepository>) => void,
  before: Readonly<Record<string, string | Buffer>> = { 'README.md': 'base\n' },
): Promise<Change> {
  using repository = scratchRepository();
  for (const [path, content] of Object.entries(before)) repository.write(path, content);
  const base = repository.commit('base');
  edit(repository);
  repository.commit('head');
  return await measured(repository.directory, `${base}...HEAD`);
}

const manyLines = (count: number) => 'const value = 1;\n'.repeat(count);

test.each([
  ['evil.js -diff\n', 'evil.js', 5000],
  ['* binary\n', 'a.txt', 900],
  ['*.lock -text -diff linguist-generated=true\n', 'x.lock', 2000],
  ['*.js filter=lfs diff=lfs merge=lfs\n', 'b.js', 30],
  ['*.js diff=custom\n[attr]custom -diff\n', 'c.js', 40],
])('attributes of the head (%j) hide no line', async (attributes, path, count) => {
  const change = await changeOf((repository) => {
    repository.write('.gitattributes', attributes);
    repository.write(path, manyLines(count));
  });
  expect(fileOf(change, path)).toMatchObject({ kind: 'text', added: count, lines: count });
});

test('every one of many new files is measured, however many are asked for at once', async () => {
  using repository = scratchRepository();
  const commit = 'commit refs/heads/head\ncommitter n <n@localhost> 1700000000 +0000\ndata 0\n';
  const texts = Array.from({ length: 1_300 }, (_, index) => `${index}\n`.repeat(1 + (index % 4)));
  const files = texts.map(
    (text, index) => `M 100644 inline f${index}\ndata ${text.length}\n${text}\n`,
  );
  repository.gitWith(`${commit}${commit}${files.join('')}`, 'fast-import', '--quiet');
  const change = await measured(repository.directory, 'head~1...head');
  const sizes = (paths: readonly FileChange[]) =>
    Object.fromEntries(paths.map(({ path, added, bytes }) => [path, [added, bytes]]));
  expect(sizes(change.files)).toEqual(
    Object.fromEntries(texts.map((text, index) => [`f${index}`, [1 + (index % 4), text.length]])),
  );
});

test.each([
  ['CR', `${'a = 1;\r'.repeat(4000)}`, 4000],
  ['CRLF is one line end', 'a\r\n'.repeat(50), 50],
  ['CR CR LF is two', 'a\r\r\n'.repeat(50), 100],
  ['U+2028', 'a\u2028'.repeat(2000), 2000],
  ['U+2029', 'a\u2029'.repeat(70), 70],
  ['U+0085', 'a\u0085'.repeat(70), 70],
  ['VT and FF', 'a\u000bb\u000c'.repeat(35), 70],
  ['no line end at all', 'abc', 1],
])('a line ends wherever a reader ends it: %s', async (_name, text, lines) => {
  const change = await changeOf((repository) => repository.write('a.js', text));
  expect(fileOf(change, 'a.js')).toMatchObject({ kind: 'text', ownAdded: lines, lines });
});

test.each([
  ['NUL first', Buffer.from(`x\0${'line\n'.repeat(4000)}`)],
  ['UTF-16', Buffer.from(`\ufeff${'line\n'.repeat(4000)}`, 'utf16le')],
  ['UTF-32', Buffer.alloc(18_000, Buffer.from([0x6c, 0, 0, 0, 0x0a, 0, 0, 0]))],
])('binary content is charged by its bytes: %s', async (_name, content) => {
  const change = await changeOf((repository) => repository.write('a.bin', content));
  const lines = Math.ceil(content.length / 80);
  expect(fileOf(change, 'a.bin')).toMatchObject({
    kind: 'binary',
    lines,
    linesAdded: lines,
    bytes: content.length,
    bytesAdded: content.length,
  });
});

test('a NUL far behind makes content binary and costs no less than its lines', async () => {
  const content = Buffer.from(`${'ab\n'.repeat(4000)}\0\n`);
  const change = await changeOf((repository) => repository.write('late.txt', content));
  const file = fileOf(change, 'late.txt');
  expect(file).toMatchObject({ kind: 'binary', added: 4001, lines: 4001 });
  expect(file.signs[0]).toMatchObject({ kind: 'control', codePoint: 0, line: 4001 });
});

test('replacing text by something small and binary is charged with what went', async () => {
  const change = await changeOf((repository) => repository.write('a.ts', Buffer.from('\0')), {
    'a.ts': manyLines(4000),
  });
  expect(fileOf(change, 'a.ts').lines).toBe(Math.ceil(manyLines(4000).length / 80));
});

test('an LFS pointer counts as the object that it stands for', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 99999999\n`;
  const change = await changeOf((repository) => repository.write('model.bin', pointer));
  expect(fileOf(change, 'model.bin')).toMatchObject({
    kind: 'lfs-pointer',
    bytes: 99_999_999,
    lines: Math.ceil(99_999_999 / 80),
  });
});

test('an LFS pointer whose size alone changes is still a pointer', async () => {
  const pointer = (size: number) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize ${size}\n`;
  const change = await changeOf((repository) => repository.write('m.bin', pointer(8000)), {
    'm.bin': pointer(80),
  });
  expect(fileOf(change, 'm.bin')).toMatchObject({ kind: 'lfs-pointer', lines: 100 });
});

test('one line of megabytes is one line of that many bytes', async () => {
  const change = await changeOf((repository) =>
    repository.write('min.js', `${'a;'.repeat(1024 * 1024)}\n`),
  );
  expect(fileOf(change, 'min.js')).toMatchObject({ lines: 1, longestLineBytes: 2 * 1024 * 1024 });
});

test('a folder that becomes a symlink shows the link, its target and what went', async () => {
  const change = await changeOf(
    (repository) => {
      repository.remove('src');
      repository.link('src', '.github');
    },
    { 'src/a.ts': manyLines(10), '.github/workflows/ci.yml': 'on: push\n' },
  );
  expect(fileOf(change, 'src')).toMatchObject({
    kind: 'symlink',
    modeAfter: '120000',
    linkTarget: '.github',
  });
  expect(fileOf(change, 'src/a.ts')).toMatchObject({ status: 'deleted', lines: 10 });
});

test('a file that becomes a symlink counts both what it was and where it points', async () => {
  const change = await changeOf(
    (repository) => {
      repository.remove('a');
      repository.link('a', '/etc/passwd');
    },
    { a: manyLines(7) },
  );
  expect(fileOf(change, 'a')).toMatchObject({
    status: 'type-changed',
    kind: 'symlink',
    linkTarget: '/etc/passwd',
    added: 1,
    deleted: 7,
  });
});

test('a rename is one file with both paths, and free where nothing else changed', async () => {
  const change = await changeOf(
    (repository) => {
      repository.git('mv', 'old', 'new');
      repository.write('new/edited.ts', `${manyLines(30)}one more\n`);
    },
    { 'old/pure.ts': `${manyLines(20)}pure\n`, 'old/edited.ts': manyLines(30) },
  );
  expect(change.files).toHaveLength(2);
  expect(fileOf(change, 'new/pure.ts')).toMatchObject({
    status: 'renamed',
    pathBefore: 'old/pure.ts',
    lines: 0,
  });
  expect(fileOf(change, 'new/edited.ts')).toMatchObject({
    pathBefore: 'old/edited.ts',
    added: 1,
    deleted: 0,
  });
});

test('configuration of the repository changes no count', async () => {
  using repository = scratchRepository();
  repository.write('old.ts', manyLines(40));
  const base = repository.commit();
  repository.git('mv', 'old.ts', 'new.ts');
  repository.write('new.ts', `${manyLines(40)}more\n`);
  repository.commit();
  const plain = await measured(repository.directory, `${base}...HEAD`);
  for (const [key, value] of [
    ['diff.renames', 'false'],
    ['diff.renameLimit', '1'],
    ['diff.algorithm', 'patience'],
    ['diff.orderFile', '/nonexistent'],
    ['diff.noprefix', 'true'],
    ['diff.external', 'false'],
    ['core.quotePath', 'false'],
    ['core.abbrev', '5'],
    ['core.fsmonitor', 'false'],
    ['log.showSignature', 'true'],
    ['core.attributesFile', `${repository.directory}/attributes`],
  ] as const) {
    repository.git('config', key, value);
  }
  repository.write('attributes', '* -diff\n');
  repository.write('.git/info/attributes', '* -diff\n');
  const env = {
    ...plainEnv,
    GIT_EXTERNAL_DIFF: 'false',
    GIT_DIFF_OPTS: '-u9',
    GIT_DIR: '/nowhere',
  };
  expect(await measured(repository.directory, `${base}...HEAD`, env)).toEqual(plain);
});

test('replaced objects and grafts do not stand in for what was committed', async () => {
  using repository = scratchRepository();
  repository.write('a.ts', manyLines(5));
  const base = repository.commit();
  repository.write('a.ts', manyLines(500));
  const head = repository.commit();
  repository.git('replace', '-f', `${head}:a.ts`, `${base}:a.ts`);
  repository.write('.git/info/grafts', `${head}\n`);
  const change = await measured(repository.directory, `${base}...${head}`);
  expect(fileOf(change, 'a.ts').added).toBe(495);
});

test.each([
  '--output=x',
  '-c',
  ' leading and trailing ',
  'a => b',
  'tab\there',
  'line\nend\n@@ -1 +1,900 @@\n+x',
  'quote"and\\back',
  `${'deep/'.repeat(40)}file`,
  'dot.',
])('the odd path %j is measured under its own name', async (path) => {
  const change = await changeOf((repository) => repository.write(path, manyLines(3)));
  expect(fileOf(change, path)).toMatchObject({ status: 'added', lines: 3, pathIsLossy: false });
});

test('content that looks like a patch is content', async () => {
  const text =
    'diff --git a/x b/x\n@@ -1,9 +1,9 @@\n+++ b/x\n--- a/x\n\\ No newline at end of file\n-x\n';
  const change = await changeOf((repository) => {
    repository.write('a.patch', text);
    repository.write('b.patch', text.trimEnd());
  });
  expect(change.files.map((file) => [file.path, file.added, file.deleted])).toEqual([
    ['a.patch', 6, 0],
    ['b.patch', 6, 0],
  ]);
});

test('names that are not UTF-8, and names of git itself, are told', async () => {
  using repository = scratchRepository();
  repository.write('a', 'a\n');
  const base = repository.commit();
  const id = blobOf(repository, 'x\n');
  const head = commitTree(
    repository,
    [
      { mode: '100644', name: Buffer.from('.GIT'), id },
      { mode: '100644', name: Buffer.from([0x61, 0xff, 0x5c]), id },
    ],
    [base],
  );
  const change = await measured(repository.directory, `${base}...${head}`);
  expect(fileOf(change, 'a\\xff\\x5c')).toMatchObject({ pathIsLossy: true });
  expect(change.collisions).toContainEqual(['.GIT', '.git']);
});

test("files stand in git's order, whatever became of each and whatever its name is made of", async () => {
  using repository = scratchRepository();
  const names = ['a', 'a.b', 'a-b', 'b/c', 'caf\u00e9', '\ufb00', '\u{1f600}', 'z'];
  for (const name of names) repository.write(name, `${name}\n${manyLines(9)}`);
  const base = repository.commit();
  repository.remove('a');
  repository.write('a/x', 'x\n');
  for (const name of ['a.b', 'b/c', '\ufb00', 'z']) repository.write(name, 'changed\n');
  repository.write('\ufb00b', 'new\n');
  repository.write('\u{1f601}', 'new\n');
  repository.git('mv', 'a-b', '\u{1f5ff}');
  repository.remove('\u{1f600}');
  repository.commit();
  const change = await measured(repository.directory, `${base}...HEAD`);
  const said = repository.git('diff', '--name-only', '-z', '-M', base, 'HEAD');
  expect(change.files.map((file) => file.path)).toEqual(said.split('\0').filter(Boolean));
  expect(new Set(change.files.map((file) => file.status))).toEqual(
    new Set(['added', 'deleted', 'modified', 'renamed']),
  );
});

test('a path that a crafted tree holds twice hides neither of its contents', async () => {
  using repository = scratchRepository();
  repository.write('a', 'a\n');
  const base = repository.commit();
  const entry = (content: string) => ({
    mode: '100644',
    name: Buffer.from('a'),
    id: blobOf(repository, content),
  });
  const head = commitTree(repository, [entry(manyLines(700)), entry('a\nb\n')], [base]);
  const change = await measured(repository.directory, `${base}...${head}`);
  const added = change.files.reduce((sum, file) => sum + file.added, 0);
  expect(added).toBeGreaterThanOrEqual(700);
  expect(change.collisions).toEqual([['a', 'a']]);
});

test.each([
  ['a submodule', '160000'],
  ['a link', '120000'],
  ['a file', '100644'],
])('%s of the id of nothing ends no process', async (_what, mode) => {
  using repository = scratchRepository();
  repository.write('a', 'a\n');
  const base = repository.commit();
  const zero = { mode, name: Buffer.from('z'), id: '0'.repeat(40) };
  const a = { mode: '100644', name: Buffer.from('a'), id: blobOf(repository, 'a\n') };
  const head = commitTree(repository, [a, zero], [base]);
  const answer = measured(repository.directory, `${base}...${head}`);
  const told = await answer.then(
    ({ files }) => files.map(({ path, kind }) => `${path}: ${kind}`),
    (error: Error) => error.message,
  );
  expect(told).toEqual(
    mode === '160000'
      ? ['z: submodule']
      : JSON.stringify({ kind: 'object-missing', object: '0'.repeat(40) }),
  );
});

test('what is thrown while git speaks comes to whoever asked, and to nobody else', async () => {
  const run = {
    args: ['version'],
    env: { PATH: process.env['PATH'] ?? '' },
    ...{ limitMs: 10_000, bytesMax: 1_000 },
  };
  const asked = streamGit(run, () => {
    throw new RangeError('thrown by the reader');
  });
  await expect(asked).rejects.toThrow('thrown by the reader');
});

test('names that a checkout cannot keep apart are paired', async () => {
  const change = await changeOf(
    (repository) => {
      repository.write('src/Index.ts', 'x\n');
      repository.write('SRC/other.ts', 'x\n');
      repository.write('cafe\u0301.md', 'x\n');
    },
    { 'src/index.ts': 'a\n', 'caf\u00e9.md': 'b\n' },
  );
  expect(change.collisions).toEqual(
    expect.arrayContaining([
      ['src/Index.ts', 'src/index.ts'],
      ['SRC/other.ts', 'src'],
      ['cafe\u0301.md', 'caf\u00e9.md'],
    ]),
  );
});

test('a new file beside the one that it repeats is a shadow; a rename is not', async () => {
  const change = await changeOf(
    (repository) => {
      repository.write('src/parser-final.ts', 'x\n');
      repository.git('mv', 'src/store.ts', 'src/store-v2.ts');
    },
    { 'src/parser.ts': 'a\n', 'src/store.ts': manyLines(9) },
  );
  expect(change.shadows).toEqual([['src/parser-final.ts', 'src/parser.ts']]);
});

test('signs and stubs are placed at their line and column in the new file', async () => {
  const change = await changeOf(
    (repository) =>
      repository.write('a.ts', 'one\ntwo \u202e three\n// TODO later\nconst p\u0430ge = 1;\nend\n'),
    { 'a.ts': 'one\nend\n' },
  );
  const file = fileOf(change, 'a.ts');
  expect(file.signs).toEqual([
    { kind: 'bidi', codePoint: 0x202e, line: 2, column: 5 },
    { kind: 'homoglyph', codePoint: 0x430, line: 4, column: 8 },
  ]);
  expect(file.stubLines).toEqual([3]);
});

test('what keeps code out of a check is placed at its line, where it is new, and at twenty lines at most', async () => {
  const kept = 'eval(a); // eslint-disable-line\n';
  const change = await changeOf(
    (repository) => {
      repository.write(
        'a.ts',
        `${kept}two\nb(); /* c8 ignore next */\nno\u00ebl(); // @ts-ignore\n`,
      );
      repository.write('new.ts', 'one\n// Stryker disable all\n');
      repository.write('many.ts', '# pragma: no cover\n'.repeat(30));
      repository.write('gone.ts', 'end\n');
    },
    { 'a.ts': `${kept}end\n`, 'gone.ts': `${kept}end\n` },
  );
  expect(fileOf(change, 'a.ts').exemptLines).toEqual([3, 4]);
  expect(fileOf(change, 'new.ts').exemptLines).toEqual([2]);
  expect(fileOf(change, 'many.ts').exemptLines).toHaveLength(20);
  expect(fileOf(change, 'gone.ts').exemptLines).toBeUndefined();
});

test('both sides of what examination reads come as text', async () => {
  const change = await changeOf(
    (repository) => repository.write('.github/workflows/ci.yml', 'on: pull_request_target\n'),
    { '.github/workflows/ci.yml': 'on: push\n' },
  );
  expect(change.inspected).toEqual([
    { path: '.github/workflows/ci.yml', before: 'on: push\n', after: 'on: pull_request_target\n' },
  ]);
});

test('an inspected file past its bound is named, not read', async () => {
  const change = await changeOf((repository) =>
    repository.write('package.json', ' '.repeat(300 * 1024)),
  );
  expect(change.incomplete).toEqual([
    { what: 'inspected-file-too-large', path: 'package.json', limit: 256 * 1024 },
  ]);
});

test('what one commit adds and the next takes away is seen in the commits', async () => {
  using repository = scratchRepository();
  repository.write('a', 'a\n');
  const base = repository.commit();
  repository.write('secret.ts', manyLines(5000));
  repository.commit('add');
  repository.remove('secret.ts');
  repository.write('b', 'b\n');
  repository.commit(
    'remove\n\nCAWS-SPEC: FEAT-1\nCo-authored-by: Bo <Bo@Example.org>\nSigned-off-by: Cy <cy@example.org>\nCo-developed-by: Di <di@example.org>',
  );
  const change = await measured(repository.directory, `${base}...HEAD`);
  expect(change.files.map((file) => file.path)).toEqual(['b']);
  expect(change.commits.map(({ added, deleted }) => [added, deleted])).toEqual([
    [5000, 0],
    [1, 5000],
  ]);
  expect(change.commits[1]).toMatchObject({
    specTrailers: ['FEAT-1'],
    coAuthors: ['bo@example.org', 'di@example.org', 'cy@example.org'],
    paths: ['b', 'secret.ts'],
  });
});

test.each([0, 25])('a merge owns the %i lines that its author added to it', async (own) => {
  using repository = scratchRepository();
  repository.write('a', manyLines(20));
  const base = repository.commit();
  repository.git('checkout', '-q', '-b', 'feature');
  repository.write('b', 'b\n');
  repository.commit('b');
  repository.git('checkout', '-q', 'main');
  repository.write('a', `first\n${manyLines(20)}`);
  repository.commit('main moves');
  repository.git('checkout', '-q', 'feature');
  repository.git('merge', '-q', '--no-commit', 'main');
  if (own > 0) repository.write('evil', manyLines(own));
  repository.commit('merge');
  const change = await measured(repository.directory, `${base}...feature`);
  const merge = change.commits.find((commit) => commit.parents.length === 2);
  expect(merge).toMatchObject({ mergeOwnLines: own });
});

test('a single commit has the sums that a walk gives', async () => {
  using repository = scratchRepository();
  repository.write('old.ts', manyLines(30));
  const base = repository.commit();
  repository.git('mv', 'old.ts', 'new.ts');
  repository.write('c', 'c\n');
  repository.commit('one\n\nCAWS-VERDICT-ID: forged');
  const one = await measured(repository.directory, `${base}...HEAD`);
  repository.commit('empty');
  const two = await measured(repository.directory, `${base}...HEAD`);
  expect(one.commits[0]?.paths.toSorted()).toEqual(two.commits[0]?.paths.toSorted());
  expect({ ...one.commits[0], paths: [] }).toEqual({ ...two.commits[0], paths: [] });
  expect(one.commits[0]?.verdictTrailers).toEqual(['forged']);
});

test('a submodule and a mode are seen', async () => {
  using repository = scratchRepository();
  repository.write('run.sh', 'x\n');
  const base = repository.commit();
  repository.git('update-index', '--chmod=+x', 'run.sh');
  repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
  repository.git('commit', '-qm', 'head');
  const change = await measured(repository.directory, `${base}...HEAD`);
  expect(fileOf(change, 'lib')).toMatchObject({ kind: 'submodule', modeAfter: '160000' });
  expect(fileOf(change, 'run.sh')).toMatchObject({ modeAfter: '100755', lines: 0 });
});

test('a repository of SHA-256 objects is measured as any other', async () => {
  using repository = scratchRepository('--object-format=sha256');
  repository.write('a', 'a\n');
  const base = repository.commit();
  repository.write('b/c', manyLines(4));
  repository.commit();
  const change = await measured(repository.directory, `${base}...HEAD`);
  expect(change.head).toHaveLength(64);
  expect(fileOf(change, 'b/c').lines).toBe(4);
});

const edits = fc.array(
  fc.record({
    path: fc.constantFrom('a', 'b', 'd/c', 'd/e', 'f.ts', 'g g'),
    text: fc.oneof(
      fc.constant(null),
      fc.array(fc.constantFrom('x', 'y', 'zebra', '', '\r', 'caf\u00e9\u2028', '+', '-', '@@'), {
        maxLength: 30,
      }),
    ),
    newline: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

test('every count equals what git says in a clean clone, whatever is edited', async () => {
  await fc.assert(
    fc.asyncProperty(edits, edits, async (first, second) => {
      using repository = scratchRepository();
      repository.write('keep', 'k\n');
      const apply = (list: typeof first) => {
        for (const { path, text, newline } of list) {
          if (text === null) repository.remove(path);
          else repository.write(path, text.join('\n') + (newline ? '\n' : ''));
        }
      };
      apply(first);
      const base = repository.commit();
      apply(second);
      repository.write('keep', 'k\nl\n');
      repository.commit();
      const change = await measured(repository.directory, `${base}...HEAD`);
      const numstat = repository.git('diff', '--numstat', '-M', base, 'HEAD');
      const said = numstat.split('\n').map((line) => line.split('\t').slice(0, 2).join(' '));
      expect(change.files.map((file) => `${file.added} ${file.deleted}`)).toEqual(said);
      for (const file of change.files) {
        expect(file.ownAdded).toBeGreaterThanOrEqual(file.added);
        expect(file.lines).toBeGreaterThanOrEqual(file.added + file.deleted);
      }
    }),
    { numRuns: 15 },
  );
}, 300_000);
