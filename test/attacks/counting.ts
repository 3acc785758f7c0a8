import fc from 'fast-check';
import { changeRow } from './change-row.ts';
import { must, mustEqual, type Row } from './row.ts';
import { blobOf, commitEntries, lines, SPEC, type Yard } from './yard.ts';

const small = (yard: Yard) => yard.write('src/cart.ts', lines(24));
const hiding = (path: string, attribute: string) => `${path} ${attribute}\n`;
const segment = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const pointer = (size: string) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a'.repeat(16)}\nsize ${size}\n`;

/** A tree of so many new files, made without touching the disk. */
function manyFiles(yard: Yard, count: number, folder = 'src/many'): void {
  const id = blobOf(yard, 'export {};\n');
  commitEntries(
    yard,
    Array.from({ length: count }, (_, at) => ({ mode: '100644', name: `${folder}/f${at}.ts`, id })),
  );
}

/** So many commits of one line each, written straight into the object store. */
function manyCommits(yard: Yard, count: number): void {
  const stream = Array.from(
    { length: count },
    (_, at) =>
      `commit refs/heads/feature\ncommitter Ada <ada@example.org> ${1_763_600_000 + at} +0000\ndata 4\nstep\n${at === 0 ? 'from refs/heads/main^0\n' : ''}M 100644 inline src/log${at}.ts\ndata 11\nexport {};\n\n`,
  ).join('');
  yard.gitWith({ input: stream }, 'fast-import', '--quiet', '--force');
  yard.git('reset', '-q', '--hard', 'feature');
}

/** The target moves on, the branch merges it, and the merge also edits `path`. */
function mergeOfTarget(yard: Yard, path: string | null): void {
  small(yard);
  yard.commit();
  yard.git('checkout', '-q', 'main');
  yard.write('README.md', '# A shop, moved on\n');
  yard.commit('main moves');
  yard.git('checkout', '-q', 'feature');
  yard.git('merge', '-q', '--no-commit', '--no-ff', 'main');
  if (path !== null) yard.write(path, lines(33, 'slipped'));
  yard.commit('merge');
}

/** Counting what a change holds, whatever its attributes, names and history say. */
export const countingRows: readonly Row[] = [
  changeRow({
    id: 'D53',
    name: 'attributes of the head hide lines',
    expected: 'WAIVER_REQUIRED budget.lines, all lines counted',
    defence: {
      file: 'src/adapters/git/view.ts',
      from: "'* !diff !merge",
      to: "'* -diff !merge",
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.lines',
    control: (yard) => {
      small(yard);
      yard.write('docs/note.txt', 'plain\n');
    },
    attack: (yard) => {
      yard.write('src/.gitattributes', hiding('cart.ts', '-diff'));
      yard.write('src/cart.ts', lines(5_000));
    },
    also: ({ measured }) =>
      must((measured?.value ?? 0) >= 4_980, 'the hidden lines are not charged'),
    runs: 4,
    inputs: fc.record({
      attribute: fc.constantFrom('-diff', 'binary', 'diff=none', '-text -diff', 'filter=x -diff'),
      pattern: fc.constantFrom('*', '*.ts', 'src/**', 'src/old/a.ts'),
      count: fc.integer({ min: 240, max: 900 }),
    }),
    variant: (yard, { attribute, pattern, count }) => {
      yard.write('.gitattributes', hiding(pattern, attribute));
      yard.write('src/old/a.ts', lines(count, 'b'));
    },
  }),
  changeRow({
    id: 'D54',
    name: 'text that git takes for binary',
    expected: 'WAIVER_REQUIRED budget.lines, charged by bytes',
    defence: {
      file: 'src/1-pleading/file-change.ts',
      from: "const byBytes = kind === 'binary'",
      to: "const byBytes = kind === 'submodule'",
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.lines',
    control: (yard) => yard.write('docs/logo.png', Buffer.from([0x89, 0x50, 0, 0, 0x0d])),
    attack: (yard) =>
      yard.write('src/big.ts', Buffer.concat([Buffer.from('x\0'), Buffer.from(lines(4_000))])),
    runs: 4,
    inputs: fc.record({
      count: fc.integer({ min: 800, max: 2_000 }),
      shape: fc.constantFrom('nul-first', 'utf16', 'utf32'),
    }),
    variant: (yard, { count, shape }) => {
      const text = lines(count);
      const wide = Buffer.from(Array.from(Buffer.from(text), (byte) => [byte, 0, 0, 0]).flat());
      const content = {
        'nul-first': Buffer.from(`\0${text}`),
        utf16: utf16(text),
        utf32: wide,
      }[shape];
      yard.write('src/big.ts', content);
    },
  }),
  changeRow({
    id: 'D54b',
    name: 'a NUL beyond the bytes that git looks at',
    expected: 'FAIL unicode.hidden',
    defence: {
      file: 'src/1-pleading/signs.ts',
      from: "if (codePoint < 0xa0) return 'control';",
      to: 'if (codePoint < 0xa0) return null;',
    },
    verdict: 'FAIL',
    rule: 'unicode.hidden',
    control: (yard) => yard.write('src/big.ts', lines(190)),
    attack: (yard) => yard.write('src/big.ts', `${'// plain text\n'.repeat(900)}x\0y\n`),
    runs: 4,
    inputs: fc.record({
      control: fc.constantFrom('\0', '\u0007', '\u0008', '\u001b', '\u007f', '\u009b'),
      before: fc.integer({ min: 0, max: 90 }),
    }),
    variant: (yard, { control, before }) =>
      yard.write('src/big.ts', `${'// plain text\n'.repeat(620)}${'x'.repeat(before)}${control}\n`),
  }),
  changeRow({
    id: 'D54c',
    name: 'a NUL that hides code from every rule about text',
    expected: 'WAIVER_REQUIRED content.binary',
    defence: {
      file: 'src/2-examination/binaries.ts',
      from: "kind === 'binary'",
      to: 'false',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'content.binary',
    control: (yard) => yard.write('docs/logo.png', Buffer.from([0x89, 0x50, 0, 0, 0x0d])),
    attack: (yard) => yard.write('src/run.js', '// \0\nif (user !== "\u202eadmin") open();\n'),
    runs: 4,
    inputs: fc.record({
      name: fc.constantFrom('src/run.py', 'src/a.png.ts', 'src/Makefile', 'src/x.so'),
      before: fc.integer({ min: 0, max: 90 }),
    }),
    variant: (yard, { name, before }) => yard.write(name, `${'x'.repeat(before)}\0\ny\n`),
  }),
  changeRow({
    id: 'D54d',
    name: 'code behind a line end that no reader sees',
    expected: 'WAIVER_REQUIRED unicode.line-end',
    defence: {
      file: 'src/2-examination/unicode.ts',
      from: 'lineEnds.push(spotOfSign(file, sign));',
      to: '',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'unicode.line-end',
    control: (yard) => yard.write('src/big.ts', '// one\r\n// two\r\n'),
    attack: (yard) => yard.write('src/big.ts', '// harmless\u2028evil();\n'),
    runs: 4,
    inputs: fc.record({
      end: fc.constantFrom('\u2028', '\u2029', '\u0085', '\v', '\f', '\r'),
      before: fc.integer({ min: 0, max: 90 }),
    }),
    variant: (yard, { end, before }) =>
      yard.write('src/big.ts', `${'// plain\n'.repeat(before)}// x${end}evil();\n`),
  }),
  changeRow({
    id: 'D55',
    name: 'thousands of statements on one line',
    expected: 'WAIVER_REQUIRED budget.longest-line or budget.lines',
    defence: {
      file: 'src/1-pleading/text-measure.ts',
      from: 'totals.ownLines += breaks + (open ? 1 : 0);',
      to: 'totals.ownLines += 1;',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.lines',
    control: (yard) => yard.write('src/one.ts', 'export const one = 1; export const two = 2;\n'),
    attack: (yard) => yard.write('src/one.ts', lines(1_000).replaceAll('\n', '\r')),
    also: (_finding, record) =>
      mustEqual(record.totals.lines >= 1_000, true, 'lines by every line end'),
    runs: 4,
    inputs: fc.record({
      end: fc.constantFrom('\r', '\u2028', '\u2029', '\u0085', '\v', '\f', ';'),
      count: fc.integer({ min: 300, max: 600 }),
    }),
    variant: (yard, { end, count }) =>
      yard.write('src/one.ts', `${lines(count).replaceAll('\n', end)}\n`),
    variantRule: ({ end }) => (end === ';' ? 'budget.longest-line' : 'budget.lines'),
  }),
  changeRow({
    id: 'D56',
    name: 'three lines that stand for a huge object elsewhere',
    expected: 'WAIVER_REQUIRED budget.bytes by the stated size',
    defence: {
      file: 'src/1-pleading/lfs.ts',
      from: 'return size === undefined ? null :',
      to: 'return size !== undefined ? null :',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.bytes',
    control: (yard) => yard.write('docs/film.txt', pointer('99')),
    attack: (yard) => yard.write('docs/film.mp4', pointer('99999999')),
    also: ({ measured }) => mustEqual(measured?.value, 99_999_999, 'bytes charged'),
    runs: 3,
    inputs: fc.record({
      size: fc.bigInt({ min: 20_001n, max: 10n ** 24n }).map(String),
      path: segment,
      end: fc.constantFrom('\n', '\r\n'),
    }),
    variant: (yard, { size, path, end }) =>
      yard.write(`src/${path}.bin`, pointer(size).replaceAll('\n', end)),
  }),
  changeRow({
    id: 'D58',
    name: 'a folder becomes a link to a guarded one',
    expected: 'FAIL scope.symlink-escapes',
    defence: {
      file: 'src/2-examination/scope.ts',
      from: 'return target === null || guarded.some(',
      to: 'return target === null && guarded.some(',
    },
    verdict: 'FAIL',
    rule: 'scope.symlink-escapes',
    control: small,
    attack: (yard) => {
      yard.remove('src/old');
      yard.link('src/old', '../.github');
    },
    runs: 4,
    inputs: fc.record({
      depth: fc.integer({ min: 1, max: 4 }),
      target: fc.constantFrom(
        '.github',
        '.github/workflows',
        '.caws',
        '.git',
        '.GITHUB',
        '../outside',
        '/etc',
        'C:\\x',
      ),
      name: segment,
    }),
    variant: (yard, { depth, target, name }) => {
      const inside = Array.from({ length: depth }, (_, at) => `d${at}`).join('/');
      const up = /^[/C]/.test(target) ? '' : '../'.repeat(depth + 1);
      yard.link(`src/${inside}/${name}`, `${up}${target}`);
    },
  }),
  changeRow({
    id: 'D60',
    name: 'renamed out of a guarded folder',
    expected: 'WAIVER_REQUIRED scope.excluded for the old path',
    defence: {
      file: 'src/1-pleading/spec-scope.ts',
      from: '? null : pathBefore;',
      to: '? null : null;',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'scope.excluded',
    control: (yard) => {
      yard.git('mv', 'src/old/a.ts', 'src/b.ts');
    },
    attack: (yard) => {
      yard.git('mv', 'src/payment/charge.ts', 'src/charge.ts');
    },
    also: ({ places }, record) => {
      mustEqual(places[0]?.file, 'src/payment/charge.ts', 'the place');
      mustEqual(record.totals, { ...record.totals, files: 1, lines: 0 }, 'a pure rename');
    },
    runs: 4,
    inputs: fc.record({
      to: segment,
      more: fc.integer({ min: 0, max: 3 }),
      config: fc.constantFrom('false', 'true', 'copies'),
    }),
    variant: (yard, { to, more, config }) => {
      yard.git('config', 'diff.renames', config);
      yard.git('mv', 'src/payment/charge.ts', `lib-${to}.ts`);
      yard.git('mv', `lib-${to}.ts`, `src/${to}.ts`);
      yard.write(`src/${to}.ts`, lines(10, 'charge') + lines(more, 'more'));
    },
  }),
  changeRow({
    id: 'D62',
    name: 'a commit brings what the next one takes away',
    expected: 'WAIVER_REQUIRED history.commit-budget',
    defence: {
      file: 'src/2-examination/history.ts',
      from: '...commitBudgets(commits, policy, yardsticks, charged),',
      to: '',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'history.commit-budget',
    control: (yard) => {
      small(yard);
      yard.commit();
      yard.write('src/cart.ts', lines(26));
    },
    attack: (yard) => {
      small(yard);
      yard.write('src/dump.ts', lines(5_000));
      yard.commit();
      yard.remove('src/dump.ts');
    },
    runs: 3,
    inputs: fc.record({
      count: fc.integer({ min: 201, max: 2_000 }),
      pauses: fc.integer({ min: 0, max: 2 }),
      path: segment,
    }),
    variant: (yard, { count, pauses, path }) => {
      yard.write(`src/${path}.ts`, lines(count));
      yard.commit();
      for (let at = 0; at < pauses; at += 1) yard.commit('nothing');
      yard.remove(`src/${path}.ts`);
      small(yard);
    },
  }),
  changeRow({
    id: 'D62b',
    name: 'a secret passes through an out-of-scope file',
    expected: 'WAIVER_REQUIRED history.commit-paths',
    defence: {
      file: 'src/2-examination/history.ts',
      from: '...pathsOnTheWay(change, yardsticks, netPaths),',
      to: '',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'history.commit-paths',
    control: (yard) => {
      small(yard);
      yard.write('src/note.ts', lines(1));
      yard.commit();
      yard.remove('src/note.ts');
    },
    attack: (yard) => {
      small(yard);
      yard.write('deploy/secret.env', 'KEY=1\n');
      yard.commit();
      yard.remove('deploy/secret.env');
    },
    runs: 3,
    inputs: fc.constantFrom(
      '.env',
      'infra/x.tf',
      'src/payment/y.ts',
      '.github/workflows/z.yml',
      'AGENTS.md',
    ),
    variant: (yard, path) => {
      yard.write(path, 'x\n');
      yard.commit();
      yard.remove(path);
      small(yard);
    },
  }),
  changeRow({
    id: 'B24',
    name: 'a merge of the target that slips in an edit',
    expected: 'WAIVER_REQUIRED history.evil-merge',
    defence: {
      file: 'src/2-examination/history.ts',
      from: '    ...evilMerges(commits),\n',
      to: '',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'history.evil-merge',
    control: (yard) => mergeOfTarget(yard, null),
    attack: (yard) => mergeOfTarget(yard, 'src/old/a.ts'),
    runs: 3,
    inputs: fc.constantFrom('src/cart.ts', 'src/slipped.ts', 'docs/x.md'),
    variant: mergeOfTarget,
  }),
  changeRow({
    id: 'D63',
    name: 'code called generated, locked or vendored by the head',
    expected:
      'WAIVER_REQUIRED budget.lines; exclusions of the base alone, under a budget of their own',
    defence: {
      file: 'src/2-examination/budgets.ts',
      from: "ledgered('excluded', policy.excluded.caps, excluded)",
      to: "ledgered('excluded', policy.excluded.caps, [])",
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.lines',
    control: (yard) => {
      yard.onBase({ '.caws/specs/FEAT-1.yaml': SPEC.replace('lib]', 'lib, package-lock.json]') });
      small(yard);
      yard.write('package-lock.json', `{\n${'"a": 1,\n'.repeat(5_000)}"b": 2\n}\n`);
    },
    attack: (yard) => {
      yard.onBase({ '.caws/specs/FEAT-1.yaml': SPEC.replace('lib]', 'lib, package-lock.json]') });
      yard.write('package-lock.json', `{\n${'"a": 1,\n'.repeat(31_000)}"b": 2\n}\n`);
    },
    also: ({ subject }) => mustEqual(subject, 'excluded', 'which budget'),
    runs: 4,
    inputs: fc.record({
      path: fc.constantFrom(
        'src/dist/app.ts',
        'src/vendor/x.js',
        'src/app.min.js',
        'src/x.lock',
        'src/a.snap',
        'src/generated/b.ts',
      ),
      attribute: fc.constantFrom(
        'linguist-generated=true',
        'linguist-vendored',
        'gitlab-generated',
        '-diff',
      ),
    }),
    variant: (yard, { path, attribute }) => {
      yard.write('.gitattributes', hiding(path, attribute));
      yard.write(path, lines(600));
    },
  }),
  changeRow({
    id: 'D64',
    name: 'more files than a forge lists',
    expected: 'WAIVER_REQUIRED budget.files, every file counted',
    defence: {
      file: 'src/1-pleading/bounds.ts',
      from: 'filesMax: 50_000,',
      to: 'filesMax: 300,',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.files',
    control: (yard) => manyCommits(yard, 9),
    attack: (yard) => manyFiles(yard, 3_001),
    also: ({ measured }) => mustEqual(measured?.value, 3_001, 'files'),
    runs: 3,
    inputs: fc.constantFrom(
      { files: 301, commits: 1 },
      { files: 251, commits: 251 },
      { files: 3_333, commits: 1 },
    ),
    variant: (yard, { files, commits }) =>
      commits > 1 ? manyCommits(yard, files) : manyFiles(yard, files),
  }),
  changeRow({
    id: 'D71a',
    name: 'a large change in commits that are each small',
    expected: 'WAIVER_REQUIRED budget.lines of the whole change',
    defence: {
      file: 'src/2-examination/budgets.ts',
      from: 'if (limit === null || measured <= limit) return [];',
      to: 'if (limit !== null || measured <= 0) return [];',
    },
    verdict: 'WAIVER_REQUIRED',
    rule: 'budget.lines',
    control: small,
    attack: (yard) => {
      for (const part of ['a', 'b']) {
        yard.write(`src/${part}.ts`, lines(150));
        yard.commit();
      }
    },
    runs: 3,
    inputs: fc.integer({ min: 3, max: 6 }),
    variant: (yard, parts) => {
      for (let at = 0; at < parts; at += 1) {
        yard.write(`src/p${at}.ts`, lines(Math.ceil(204 / parts)));
        yard.commit();
      }
    },
  }),
];
