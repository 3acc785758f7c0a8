import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Mark } from '../../../src/adapters/anchors/anchor.ts';
import { gitRefAnchor } from '../../../src/adapters/anchors/git-ref.ts';
import { digest } from '../../../src/primitives.ts';

const REF = 'refs/caws-arbiter/ledger';

function bareRepository(format: 'sha1' | 'sha256' = 'sha1') {
  const directory = mkdtempSync(join(tmpdir(), 'arbiter-anchor-'));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['--git-dir', directory, ...args], { encoding: 'utf8' }).trim();
  git('init', '-q', '--bare', `--object-format=${format}`);
  return {
    directory,
    git,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function markOf(sequence: number): Mark {
  const named = digest(`sha256:${String(sequence % 10).repeat(64)}`);
  if (named === undefined) throw new Error('not a digest');
  return { schema: 'caws-arbiter/anchor@1', ledger: 'a'.repeat(32), sequence, digest: named };
}

test.each(['sha1', 'sha256'] as const)(
  'git finds every mark whole under its ref, in a repository of %s',
  async (format) => {
    using repository = bareRepository(format);
    const anchor = gitRefAnchor(repository.directory);
    expect(await anchor.read('')).toEqual({ state: 'missing' });
    for (const sequence of [1, 2, 3]) {
      expect(await anchor.write(markOf(sequence))).toBeNull();
      expect(JSON.parse(repository.git('cat-file', 'blob', REF))).toEqual(markOf(sequence));
      expect(await gitRefAnchor(repository.directory).read('')).toEqual({
        state: 'remembers',
        mark: markOf(sequence),
      });
    }
    expect(repository.git('fsck', '--strict', '--no-dangling')).toBe('');
  },
);

test('a mark that git packed away is read and followed by the next one', async () => {
  using repository = bareRepository();
  await gitRefAnchor(repository.directory).write(markOf(1));
  repository.git('pack-refs', '--all');
  repository.git('repack', '-adq');
  const anchor = gitRefAnchor(repository.directory);
  expect(await anchor.read('')).toEqual({ state: 'remembers', mark: markOf(1) });
  expect(await anchor.write(markOf(2))).toBeNull();
  expect(await gitRefAnchor(repository.directory).read('')).toEqual({
    state: 'remembers',
    mark: markOf(2),
  });
});

test('a repository that a group shares gets its objects with the modes that git gives', async () => {
  using repository = bareRepository();
  repository.git('config', 'core.sharedRepository', 'group');
  execFileSync('chmod', ['-R', 'g+ws', join(repository.directory, 'objects')]);
  const anchor = gitRefAnchor(repository.directory);
  for (const sequence of [1, 2]) expect(await anchor.write(markOf(sequence))).toBeNull();
  const folder = repository.git('rev-parse', REF).slice(0, 2);
  expect(statSync(join(repository.directory, 'objects', folder)).mode & 0o2070).toBe(0o2070);
});

test('where git writes down how the ref moves, it does so for every mark', async () => {
  using repository = bareRepository();
  repository.git('config', 'core.logAllRefUpdates', 'always');
  const anchor = gitRefAnchor(repository.directory);
  for (const sequence of [1, 2, 3]) expect(await anchor.write(markOf(sequence))).toBeNull();
  const log = readFileSync(join(repository.directory, 'logs', REF), 'utf8');
  expect(log.trim().split('\n')).toHaveLength(3);
});

test('a mark is not written past the lock of another program', async () => {
  using repository = bareRepository();
  const anchor = gitRefAnchor(repository.directory);
  await anchor.write(markOf(1));
  writeFileSync(join(repository.directory, `${REF}.lock`), '');
  expect(await anchor.write(markOf(2))).toContain('update-ref');
  rmSync(join(repository.directory, `${REF}.lock`));
  expect(await gitRefAnchor(repository.directory).read('')).toMatchObject({
    mark: { sequence: 1 },
  });
  expect(await anchor.write(markOf(2))).toBeNull();
  expect(JSON.parse(repository.git('cat-file', 'blob', REF))).toEqual(markOf(2));
});

test('a ref that became a link is moved as git moves it', async () => {
  using repository = bareRepository();
  const anchor = gitRefAnchor(repository.directory);
  await anchor.write(markOf(1));
  const id = repository.git('rev-parse', REF);
  rmSync(join(repository.directory, REF));
  writeFileSync(join(repository.directory, 'elsewhere'), `${id}\n`);
  symlinkSync('../../elsewhere', join(repository.directory, REF));
  expect(await anchor.write(markOf(2))).toBeNull();
  expect(readFileSync(join(repository.directory, 'elsewhere'), 'utf8')).toBe(`${id}\n`);
  expect(JSON.parse(repository.git('cat-file', 'blob', REF))).toEqual(markOf(2));
});

const file = (repository: ReturnType<typeof bareRepository>) => {
  const id = repository.git('rev-parse', REF);
  return join(repository.directory, 'objects', id.slice(0, 2), id.slice(2));
};

test.each<[string, (repository: ReturnType<typeof bareRepository>) => void]>([
  [
    'names no object',
    ({ directory }) => writeFileSync(join(directory, REF), `${'1'.repeat(40)}\n`),
  ],
  ['holds no id', ({ directory }) => writeFileSync(join(directory, REF), 'nothing\n')],
  [
    'names an object whose bytes are others',
    (repository) => {
      const other = repository.git('hash-object', '-w', '/dev/null');
      const from = join(repository.directory, 'objects', other.slice(0, 2), other.slice(2));
      rmSync(file(repository));
      execFileSync('cp', [from, file(repository)]);
    },
  ],
  [
    'names an object that was cut',
    (repository) => {
      const path = file(repository);
      rmSync(path);
      writeFileSync(path, 'x');
    },
  ],
  [
    'names a tree',
    ({ directory, git }) => {
      const tree = execFileSync('git', ['--git-dir', directory, 'mktree'], {
        input: '',
        encoding: 'utf8',
      });
      git('update-ref', REF, tree.trim());
    },
  ],
])('a ref that %s remembers nothing', async (_, harm) => {
  using repository = bareRepository();
  await gitRefAnchor(repository.directory).write(markOf(1));
  harm(repository);
  const reading = await gitRefAnchor(repository.directory).read('');
  expect(reading.state).not.toBe('remembers');
});

test('a ref that is a link is read as git reads it', async () => {
  using repository = bareRepository();
  await gitRefAnchor(repository.directory).write(markOf(1));
  const id = repository.git('rev-parse', REF);
  rmSync(join(repository.directory, REF));
  mkdirSync(join(repository.directory, 'refs/heads'), { recursive: true });
  writeFileSync(join(repository.directory, 'refs/heads/elsewhere'), `${id}\n`);
  symlinkSync('../heads/elsewhere', join(repository.directory, REF));
  expect(await gitRefAnchor(repository.directory).read('')).toEqual({
    state: 'remembers',
    mark: markOf(1),
  });
});
