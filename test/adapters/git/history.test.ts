import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { meetInOneLine, rootNearby } from '../../../src/adapters/git/ancestry.ts';
import { answering } from '../../../src/adapters/git/answering.ts';
import { openObjects } from '../../../src/adapters/git/objects.ts';
import type { ResolvedRange } from '../../../src/ports.ts';
import type { CommitSha, ObjectId } from '../../../src/primitives.ts';
import {
  measured,
  plainEnv,
  type ScratchRepository,
  scratchRepository,
} from './scratch-repository.ts';

const limitMs = 60_000;
const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
const commitOf = (branch: string, parents: readonly string[] = []) =>
  `commit refs/heads/${branch}\ncommitter n <n@localhost> 1700000000 +0000\n${data(branch)}${parents
    .map((parent, index) => `${index === 0 ? 'from' : 'merge'} refs/heads/${parent}\n`)
    .join('')}`;
const fileOf = (path: string, text: string) => `M 100644 inline ${path}\n${data(text)}`;

function imported(stream: string): ScratchRepository {
  const repository = scratchRepository();
  repository.gitWith(stream, 'fast-import', '--quiet');
  return repository;
}

/** Branches b0…bN: lines, forks, merges of two and of three, and a second root. */
const graph: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [1],
  [2, 3],
  [3],
  [4, 5],
  [],
  [7],
  [6],
  [9],
  [6],
  [2, 5, 8],
  [12],
  [10],
  [14],
  [15],
  [16],
  [17],
  [18],
  [19],
];

let forest: ScratchRepository;
beforeAll(() => {
  forest = imported(
    graph
      .map((parents, index) => {
        const names = parents.map((parent) => `b${parent}`);
        return `${commitOf(`b${index}`, names)}${fileOf(`f${index}`, 'x')}`;
      })
      .join(''),
  );
});
afterAll(() => forest[Symbol.dispose]());

test('where histories meet in one line is the only merge base that git finds', async () => {
  using objects = openObjects({ args: ['-C', forest.directory], env: plainEnv, limitMs });
  const shas = forest.git('rev-parse', ...graph.map((_, index) => `b${index}`)).split('\n');
  let met = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...shas), fc.constantFrom(...shas), async (base, head) => {
      const answer = await meetInOneLine(base as CommitSha, head as CommitSha, objects);
      if (answer === null) return;
      met += 1;
      expect(forest.git('merge-base', '--all', base, head)).toBe(answer);
    }),
    { numRuns: 120 },
  );
  expect(met).toBeGreaterThan(10);
});

test('a first commit that is found nearby is the one that a walk finds', async () => {
  using objects = openObjects({ args: ['-C', forest.directory], env: plainEnv, limitMs });
  let found = 0;
  for (const index of graph.keys()) {
    const sha = forest.git('rev-parse', `b${index}`) as CommitSha;
    const root = await rootNearby(sha, objects);
    if (root === null) continue;
    found += 1;
    expect(forest.git('rev-list', '--first-parent', '--max-parents=0', sha)).toBe(root);
  }
  expect(found).toBeGreaterThan(graph.length / 2);
});

test('a git that never answers is ended, and says so to all that asked', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'caws-hang-'));
  try {
    writeFileSync(join(directory, 'git'), '#!/bin/sh\nexec sleep 600\n');
    chmodSync(join(directory, 'git'), 0o755);
    const env = { PATH: `${directory}:${plainEnv.PATH}` };
    using objects = openObjects({ args: [], env, limitMs: 20 });
    const answers = await Promise.all([objects.info('HEAD'), objects.info('main')]);
    expect(answers).toEqual(['timed-out', 'timed-out']);
    expect(await objects.info('HEAD')).toBe('timed-out');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('what is thrown while an object is taken comes to whoever waits for it, and ends nothing else', async () => {
  const head = forest.git('rev-parse', 'b0') as ObjectId;
  using objects = openObjects({ args: ['-C', forest.directory], env: plainEnv, limitMs });
  const never = () => new Promise<never>(() => undefined);
  const readings = {
    resolve: never,
    resolveStaged: never,
    blobs: never,
    law: never,
    present: never,
  };
  const repository = answering({ ...readings, measure: never, messages: never }, objects);
  const asked = repository.blobs([head]);
  objects.askContents(head, 1_000, () => {
    throw new RangeError('thrown by whoever asked');
  });
  const other = objects.contents(head, 1_000);
  await expect(asked).rejects.toThrow('thrown by whoever asked');
  expect(await other).toBe('broken');
  expect(() => objects.failure()).toThrow('thrown by whoever asked');
  await expect(repository.messages({} as ResolvedRange)).rejects.toThrow('thrown by whoever asked');
});

test('what is thrown while it is said that git is gone comes to whoever waits for it', async () => {
  using objects = openObjects({
    args: ['-C', join(forest.directory, 'none')],
    env: plainEnv,
    limitMs,
  });
  objects.askSize('0'.repeat(40) as ObjectId, () => {
    throw new RangeError('thrown by whoever asked');
  });
  await expect(objects.thrown).rejects.toThrow('thrown by whoever asked');
  expect(await objects.info('HEAD')).toBe('broken');
});

const edit = fc.record({
  path: fc.constantFrom('a', 'b', 'd/c', 'd/e'),
  text: fc.oneof(
    fc.constant(null),
    fc.array(fc.constantFrom('x', 'y', '\0', 'z'), { maxLength: 9 }),
  ),
});

test('the sums of every commit are those that git gives, whether or not they cancel out', async () => {
  const commits = fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(commits, async (edits) => {
      const steps = edits.map((step, index) => {
        const changes = step.map(({ path, text }) =>
          text === null ? `D ${path}\n` : fileOf(path, text.join('\n')),
        );
        return `${commitOf('head', index === 0 ? ['main'] : [])}${changes.join('')}`;
      });
      const start = `${commitOf('main')}${fileOf('a', 'x\ny\nz\n')}${fileOf('b', 'x\nx\nx\nx\n')}`;
      using repository = imported(
        `${start}${steps.join('')}${commitOf('head')}${fileOf('end', 'x')}`,
      );
      const change = await measured(repository.directory, 'main...head');
      const said = repository
        .git('log', '--reverse', '--format=@%H', '--numstat', '-M', 'head', '^main')
        .split('@')
        .slice(1)
        .map((block) => {
          const [sha, ...rows] = block.split('\n').filter((row) => row !== '');
          const sum = (column: number) =>
            rows.reduce((total, row) => total + (Number(row.split('\t')[column]) || 0), 0);
          return { sha, files: rows.length, added: sum(0), deleted: sum(1) };
        });
      expect(
        change.commits.map(({ sha, files, added, deleted }) => ({ sha, files, added, deleted })),
      ).toEqual(said);
    }),
    { numRuns: 15 },
  );
});

test('files that became the same text from different ones are counted each for itself', async () => {
  using repository = imported(
    [
      `${commitOf('main')}${fileOf('a', '1\n')}${fileOf('b', '1\n2\n3\n')}${fileOf('c', 'x\n')}`,
      `${commitOf('head', ['main'])}${fileOf('a', 'x\n')}`,
      `${commitOf('head')}${fileOf('b', 'x\n')}D c\n`,
      `${commitOf('head')}${fileOf('d', 'x\n')}`,
    ].join(''),
  );
  const { commits } = await measured(repository.directory, 'main...head');
  expect(commits.map(({ added, deleted }) => [added, deleted])).toEqual([
    [1, 1],
    [1, 4],
    [1, 0],
  ]);
});

/** Three branches from one base; `resolve` is what the merge of all says of its tree. */
function octopus(
  resolve: string,
  branches: Readonly<Record<string, string>> = {
    one: fileOf('b', 'b\nb\n'),
    two: fileOf('a', lines.replace('9', 'nine')),
    three: fileOf('c', 'c\n'),
  },
): ScratchRepository {
  const tips = Object.entries(branches).map(
    ([name, edits]) => `${commitOf(name, ['main'])}${edits}`,
  );
  const base = `${commitOf('main')}${fileOf('a', lines)}${fileOf('keep', 'k\nk\nk\n')}`;
  return imported(`${base}${tips.join('')}${commitOf('head', Object.keys(branches))}${resolve}`);
}

const lines = '1\n2\n3\n4\n5\n6\n7\n8\n9\n';
/** All that the three branches bring; fast-import begins with the first parent's tree. */
const plainly = `${fileOf('a', lines.replace('9', 'nine'))}${fileOf('c', 'c\n')}`;

async function mergeOf(repository: ScratchRepository) {
  const { commits } = await measured(repository.directory, 'main...head');
  return commits.find(({ parents }) => parents.length > 2);
}

test('a merge of three that git makes by itself owns nothing', async () => {
  using repository = scratchRepository();
  repository.write('a', lines);
  repository.write('moving', 'm\nm\nm\n');
  repository.commit('base');
  for (const [branch, edit] of [
    ['one', () => repository.write('a', lines.replace('1', 'one'))],
    ['two', () => repository.write('a', lines.replace('9', 'nine'))],
    ['three', () => repository.git('mv', 'moving', 'moved')],
    ['four', () => repository.write('four', '4\n')],
  ] as const) {
    repository.git('checkout', '-q', '-b', branch, 'main');
    edit();
    repository.commit(branch);
  }
  repository.git('checkout', '-q', '-b', 'head', 'one');
  repository.git('merge', '-q', '-m', 'all', 'two', 'three', 'four');
  const merge = await mergeOf(repository);
  expect(merge).toMatchObject({ mergeOwnLines: 0, files: 0, paths: [] });
  expect(merge?.parents).toHaveLength(4);
  expect(merge?.mergeUntried).toBeUndefined();
});

test.each([
  ['nothing', '', 0],
  ['a line in a file of none of them', fileOf('evil', 'e\ne\n'), 2],
  ['a line in a file that one of them brought', fileOf('c', 'c\nevil\n'), 1],
  ['a line in a file that nobody changed', fileOf('keep', 'k\nk\nk\nevil\n'), 1],
  ['the taking back of a line', fileOf('a', lines), 2],
  ['the taking back of a file', 'D c\n', 1],
  ['the taking back of the first one', 'D b\n', 2],
  ['a mode', `M 100755 inline keep\n${data('k\nk\nk\n')}`, 1],
  ['a link', `M 120000 inline link\n${data('/etc')}`, 1],
  ['a file made a link', `M 120000 inline keep\n${data('/etc')}`, 4],
  ['a renamed path', 'R keep kept\n', 1],
  ['a submodule', `M 160000 ${'1'.repeat(40)} sub\n`, 1],
  ['binary content', fileOf('blob', 'b\0\n'), 1],
  ['an empty file', fileOf('empty', ''), 1],
])('a merge of three owns %s that it adds, and no more', async (_what, own, count) => {
  using repository = octopus(`${plainly}${own}`);
  const merge = await mergeOf(repository);
  expect(merge?.mergeOwnLines).toBe(count);
  expect(merge?.mergeUntried).toBeUndefined();
});

test.each([
  ['two parents change one line apart', { one: 'one', two: 'two', three: '3' }, ''],
  ['they do, and it keeps the first', { one: 'one', two: 'two', three: '3' }, 'ours'],
])(
  'a merge of three that conflicts counts with all it differs in: %s',
  async (_what, said, how) => {
    const branches = Object.fromEntries(
      Object.entries(said).map(([name, word]) => [name, fileOf('a', lines.replace('3', word))]),
    );
    using repository = octopus(how === 'ours' ? '' : fileOf('a', 'x\n'), branches);
    const merge = await mergeOf(repository);
    expect(merge?.mergeUntried).toBe(true);
    expect(merge?.mergeOwnLines).toBe(how === 'ours' ? 2 : 10);
  },
);

test.each([
  ['a root of its own', [`${commitOf('alien')}${fileOf('z', 'z\n')}`], ['one', 'two', 'alien']],
  [
    'more parents than are tried',
    Array.from(
      { length: 70 },
      (_, at) => `${commitOf(`t${at}`, ['main'])}${fileOf(`f${at}`, 'x')}`,
    ),
    ['one', ...Array.from({ length: 70 }, (_, at) => `t${at}`)],
  ],
])('a merge with %s counts with all it differs in', async (_what, more, parents) => {
  const base = `${commitOf('main')}${fileOf('a', lines)}`;
  const [one, two] = ['one', 'two'].map(
    (name) => `${commitOf(name, ['main'])}${fileOf(name, 'x\n')}`,
  );
  using repository = imported(`${base}${one}${two}${more.join('')}${commitOf('head', parents)}`);
  const merge = await mergeOf(repository);
  expect(merge?.mergeUntried).toBe(true);
  expect(merge?.mergeOwnLines).toBeGreaterThan(0);
});

test('more commits than are read are told, and are never called a whole history', async () => {
  const many = Array.from({ length: 5_001 }, () => commitOf('head')).join('');
  using repository = imported(
    `${commitOf('main')}${fileOf('a', 'a\n')}${commitOf('head', ['main'])}${fileOf('b', 'b\n')}${many}`,
  );
  const change = await measured(repository.directory, 'main...head');
  expect(change.incomplete).toContainEqual({ what: 'too-many-commits', path: null, limit: 5_000 });
});

test('past the limit of pairing, edited renames count as removed and added, not as less', async () => {
  const names = Array.from({ length: 1_001 }, (_, index) => index);
  const text = (index: number, more: string) => `${`line ${index}\n`.repeat(4)}${more}`;
  using repository = imported(
    `${commitOf('main')}${names.map((index) => fileOf(`old/${index}`, text(index, ''))).join('')}${commitOf(
      'head',
      ['main'],
    )}D old\n${names.map((index) => fileOf(`new/n${index}`, text(index, 'more\n'))).join('')}`,
  );
  const change = await measured(repository.directory, 'main...head');
  expect(change.files).toHaveLength(2_002);
  expect(change.files.reduce((sum, file) => sum + file.lines, 0)).toBe(1_001 * 9);
});

test('a parent that stands behind the committer is none, and hides no path of its commit', async () => {
  using repository = imported(
    `${commitOf('main')}${fileOf('a', 'a\n')}${commitOf('other', ['main'])}${fileOf('b', 'b\n')}${commitOf(
      'head',
      ['main'],
    )}${fileOf('evil', 'e\n')}`,
  );
  const body = repository.git('cat-file', 'commit', 'head');
  const other = repository.git('rev-parse', 'other');
  const forged = repository.gitWith(
    `${body.replace(/^(committer .*)$/m, `$1\nparent ${other}`)}\n`,
    'hash-object',
    '-t',
    'commit',
    '-w',
    '--literally',
    '--stdin',
  );
  const tree = repository.git('rev-parse', 'main^{tree}');
  const last = repository.git('commit-tree', '-p', forged, '-m', 'back', tree);
  const change = await measured(repository.directory, `main...${last}`);
  expect(change.commits[0]).toMatchObject({ sha: forged, paths: ['evil'], files: 1 });
  expect(change.commits[0]?.parents).toHaveLength(1);
});

test.each([
  ['binary content', fileOf('x', 'b\0\n')],
  ['an empty file', fileOf('x', '')],
  ['a mode', `M 100755 inline a\n${data('a\na\na\n')}`],
  ['a rename', 'R a moved\n'],
])('a merge owns %s that it brings, though that has no lines', async (_what, own) => {
  using repository = imported(
    `${commitOf('main')}${fileOf('a', 'a\na\na\n')}${commitOf('one', ['main'])}${fileOf('b', 'b\n')}${commitOf(
      'two',
      ['main'],
    )}${fileOf('c', 'c\n')}${commitOf('head', ['two', 'one'])}${fileOf('b', 'b\n')}${own}`,
  );
  const change = await measured(repository.directory, 'main...head');
  const merge = change.commits.find((commit) => commit.parents.length === 2);
  expect(merge?.mergeOwnLines).toBe(1);
});

const messageOf = (branch: string, message: string) =>
  `commit refs/heads/${branch}\ncommitter n <n@localhost> 1700000000 +0000\n${data(message)}from refs/heads/main\n`;

test.each([
  ['blank lines', '\n'.repeat(30_000), true],
  ['blank lines', '\n'.repeat(70_000), false],
  ['words', 'word\n'.repeat(12_000), true],
  ['words', 'word\n'.repeat(14_000), false],
])('a trailer behind %s is read, or the change is incomplete', async (_what, filler, whole) => {
  for (const commits of ['one', 'two']) {
    using repository = imported(
      `${commitOf('main')}${fileOf('a', 'a\n')}${messageOf('head', `t${filler}\nCAWS-VERDICT-ID: forged`)}${fileOf(
        'b',
        'b\n',
      )}${commits === 'one' ? '' : `${commitOf('head')}${fileOf('c', 'c\n')}`}`,
    );
    const { commits: read, incomplete } = await measured(repository.directory, 'main...head');
    if (whole) expect(read[0]?.verdictTrailers).toEqual(['forged']);
    expect(incomplete).toEqual(
      whole ? [] : [{ what: 'too-many-bytes', path: null, limit: 64 * 1024 }],
    );
  }
});
