import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryOfUrl } from '../../../src/adapters/git/identity.ts';
import { tooOld } from '../../../src/adapters/git/locate.ts';
import { openRepository } from '../../../src/adapters/git/repository.ts';
import { nearest, splitRange } from '../../../src/adapters/git/revisions.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import {
  measured,
  plainEnv,
  resolved,
  type ScratchRepository,
  scratchRepository,
} from './scratch-repository.ts';

/** main: one commit and one more; feature: two commits from the first. */
function forked(): ScratchRepository & { readonly ids: Readonly<Record<string, string>> } {
  const repository = scratchRepository();
  repository.write('a', 'a\n');
  const fork = repository.commit('fork');
  repository.git('checkout', '-q', '-b', 'feature');
  repository.write('b', 'b\n');
  const first = repository.commit('first');
  repository.write('c', 'c\n');
  const head = repository.commit('second');
  repository.git('checkout', '-q', 'main');
  repository.write('a', 'a2\n');
  const main = repository.commit('main moves');
  repository.git('checkout', '-q', 'feature');
  return Object.assign(repository, { ids: { fork, first, head, main } });
}

test.each([
  [null, 'refs/heads/main'],
  ['main', 'refs/heads/main'],
  ['main..feature', 'refs/heads/main'],
  ['main...feature', 'refs/heads/main'],
  ['main...', 'refs/heads/main'],
  ['refs/heads/main..HEAD', 'refs/heads/main'],
  ['main..@', 'refs/heads/main'],
])('the range %j targets main, from where both parted', async (range, baseRef) => {
  using repository = forked();
  const { fork, head, main } = repository.ids;
  expect(await resolved(repository.directory, range)).toMatchObject({
    baseRef,
    base: main,
    mergeBase: fork,
    head,
    branches: ['feature'],
    dirty: false,
    repository: `root:${fork}`,
  });
});

test('short names, tags and ancestors name commits', async () => {
  using repository = forked();
  const { first, fork, head } = repository.ids as Record<'first' | 'fork' | 'head', string>;
  repository.git('tag', '-a', '-m', 'x', 'v1', fork);
  expect(await resolved(repository.directory, `${fork.slice(0, 9)}..feature~1`)).toMatchObject({
    base: fork,
    baseRef: fork,
    head: first,
  });
  expect(await resolved(repository.directory, 'v1')).toMatchObject({
    baseRef: 'refs/tags/v1',
    head,
  });
});

test.each([
  '--output=x',
  '-c',
  '--upload-pack=touch owned',
  ':a',
  'HEAD:a',
  ':/second',
  'HEAD^{/fork}',
  'HEAD^{tree}',
  'nowhere',
  'main..nowhere',
  'a b',
  'x\ny',
  '@{u}',
  'main@{99}',
  `${'0'.repeat(40)}`,
  '....',
  'x'.repeat(100_000),
])('%j names no commit and does nothing', async (range) => {
  using repository = forked();
  expect(await resolved(repository.directory, range)).toMatchObject({ kind: 'unknown-revision' });
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(existsSync(join(repository.directory, 'x'))).toBe(false);
});

test('a name that looks like an option is still a name where a ref has it', async () => {
  using repository = forked();
  repository.git('update-ref', 'refs/heads/--output=x', 'main');
  expect(await resolved(repository.directory, '--output=x..feature')).toMatchObject({
    baseRef: 'refs/heads/--output=x',
  });
  expect(existsSync(join(repository.directory, 'x'))).toBe(false);
});

test('a name that is a tag and a branch at different commits is refused', async () => {
  using repository = forked();
  repository.git('tag', 'main', 'feature~1');
  const fault = await resolved(repository.directory, 'main...feature');
  expect(fault).toEqual({
    kind: 'ambiguous-revision',
    revision: 'main',
    // Each in full: the name itself would ask for what was just refused.
    candidates: ['refs/heads/main', 'refs/tags/main'],
  });
  expect(await resolved(repository.directory, 'main~0...feature')).toMatchObject({
    kind: 'ambiguous-revision',
  });
});

test('a branch named as the short name of another commit is refused', async () => {
  using repository = forked();
  const short = (repository.ids['fork'] as string).slice(0, 10);
  repository.git('update-ref', `refs/heads/${short}`, 'main');
  expect(await resolved(repository.directory, `${short}..feature`)).toMatchObject({
    kind: 'ambiguous-revision',
  });
});

test('a name whose commit is not there any more is a gap in the repository, not a name that nobody knows', async () => {
  using repository = forked();
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-borrowed-'));
  const borrowing = join(folder, 'clone');
  execFileSync('git', ['clone', '-q', '--shared', repository.directory, borrowing], {
    env: plainEnv,
  });
  writeFileSync(join(borrowing, '.git/objects/info/alternates'), '/nonexistent\n');
  try {
    const { head, main } = repository.ids;
    for (const name of ['origin/feature', 'origin/feature^', 'refs/heads/feature', 'HEAD', '@~1'])
      expect(await resolved(borrowing, `origin/main...${name}`), name).toEqual({
        kind: 'object-missing',
        object: head,
      });
    expect(await resolved(borrowing, 'HEAD...origin/main')).toEqual({
      kind: 'object-missing',
      object: main,
    });
    expect(await resolved(borrowing, 'origin/main...nowhere')).toMatchObject({
      kind: 'unknown-revision',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a name that stands for no commit is not given back as what may have been meant', async () => {
  using repository = forked();
  const blob = repository.git('rev-parse', 'main:a').trim();
  repository.git('update-ref', 'refs/tags/release', blob);
  expect(await resolved(repository.directory, 'main...release')).toEqual({
    kind: 'unknown-revision',
    revision: 'release',
    known: [],
  });
});

test('an unknown name comes with the known ones that it is near to', async () => {
  using repository = forked();
  expect(await resolved(repository.directory, 'mian..feature')).toMatchObject({
    kind: 'unknown-revision',
    revision: 'mian',
    known: ['main'],
  });
  expect(nearest('featur', ['origin/feature', 'main'])).toEqual(['origin/feature']);
});

test('the default branch of the remote comes before a local one', async () => {
  using origin = forked();
  using clone = scratchRepository();
  clone.git('remote', 'add', 'origin', origin.directory);
  clone.git('fetch', '-q', 'origin');
  clone.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  clone.git('checkout', '-q', '-b', 'work', 'origin/feature');
  clone.git('branch', '-q', '-f', 'main', 'origin/feature');
  const range = await resolved(clone.directory, null);
  expect(range).toMatchObject({ base: origin.ids['main'], baseRef: 'refs/heads/main' });
  expect(range).toMatchObject({ repository: `file://${origin.directory}` });
});

test('folders that are no repository, and repositories without commits, say so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'caws-none-'));
  try {
    expect(await resolved(directory, null)).toEqual({ kind: 'not-a-repository', directory });
    const missing = join(directory, 'missing');
    expect(await resolved(missing, null)).toEqual({ kind: 'not-a-repository', directory: missing });
    writeFileSync(join(directory, '.git'), 'gitdir: /nonexistent\n');
    expect(await resolved(directory, null)).toMatchObject({ kind: 'not-a-repository' });
  } finally {
    rmSync(directory, { recursive: true });
  }
  using repository = scratchRepository();
  expect(await resolved(repository.directory, null)).toEqual({ kind: 'no-commits' });
});

test('without git on the path there is one clear answer', async () => {
  using repository = forked();
  expect(await resolved(repository.directory, null, { PATH: '/nonexistent' })).toEqual({
    kind: 'git-missing',
  });
});

test.each([
  ['git version 2.35.9', true],
  ['git version 2.36.0', false],
  ['git version 2.39.5 (Apple Git-154)', false],
  ['git version 3.0.0', false],
  ['git version 1.9.1.windows.1', true],
])('%s is too old: %s', (text, old) => {
  expect(tooOld(text) !== null).toBe(old);
});

test('no default branch, no common history, nothing between: each is its own answer', async () => {
  using repository = forked();
  const { head } = repository.ids;
  expect(await resolved(repository.directory, 'feature...feature~1')).toMatchObject({
    kind: 'empty-range',
  });
  repository.git('checkout', '-q', '--orphan', 'alone');
  repository.commit('alone');
  expect(await resolved(repository.directory, 'feature...alone')).toMatchObject({
    kind: 'unrelated-histories',
    base: head,
  });
  repository.git('branch', '-q', '-m', 'main', 'trunk');
  expect(await resolved(repository.directory, null)).toEqual({ kind: 'no-default-branch' });
});

test('crossed histories have several merge bases and are refused; merging the target clears it', async () => {
  using repository = forked();
  repository.git('checkout', '-q', '-b', 'left', 'main');
  repository.git('checkout', '-q', '-b', 'right', 'feature');
  repository.git('merge', '-q', '-m', 'x', 'main');
  repository.git('checkout', '-q', 'left');
  repository.git('merge', '-q', '-m', 'y', 'feature');
  repository.write('new', 'n\n');
  repository.commit('new');
  const { main, head } = repository.ids as Record<'main' | 'head', string>;
  expect(await resolved(repository.directory, 'right...left')).toMatchObject({
    kind: 'several-merge-bases',
    bases: expect.arrayContaining([main, head]),
  });
  repository.git('merge', '-q', '-m', 'z', 'right');
  const change = await measured(repository.directory, 'right...left');
  expect(change.files.map((file) => file.path)).toEqual(['new']);
});

test('a shallow clone is refused, a partial one never fetches', async () => {
  using origin = forked();
  origin.git('config', 'uploadpack.allowFilter', 'true');
  const folder = mkdtempSync(join(tmpdir(), 'caws-clones-'));
  const clone = (name: string, ...args: readonly string[]) => {
    execFileSync(
      'git',
      ['clone', '-q', ...args, `file://${origin.directory}`, join(folder, name)],
      {
        env: plainEnv,
        stdio: 'pipe',
      },
    );
    return join(folder, name);
  };
  try {
    const shallow = clone('shallow', '--depth=1', '--no-single-branch');
    expect(await resolved(shallow, 'origin/main...origin/feature')).toEqual({ kind: 'shallow' });
    const partial = clone('partial', '--filter=blob:none', '--no-checkout');
    const objects = () => readdirSync(join(partial, '.git/objects/pack')).toSorted();
    const before = objects();
    await expect(measured(partial, 'origin/main...origin/feature')).rejects.toThrow(
      'partial-clone',
    );
    const nobody = `${'1234567890'.repeat(4)}...origin/main`;
    expect(await resolved(partial, nobody)).toMatchObject({ kind: 'unknown-revision' });
    expect(objects()).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an object that is gone is named', async () => {
  using repository = forked();
  const id = repository.git('rev-parse', 'feature:c');
  rmSync(join(repository.directory, '.git/objects', id.slice(0, 2), id.slice(2)));
  await expect(measured(repository.directory, 'main...feature')).rejects.toThrow(
    `{"kind":"object-missing","object":"${id}"}`,
  );
});

test('a folder inside, a linked work tree and a bare clone see the same change', async () => {
  using repository = forked();
  const plain = await measured(repository.directory, 'main...feature');
  mkdirSync(join(repository.directory, 'deep/er'), { recursive: true });
  const inside = await measured(join(repository.directory, 'deep/er'), 'main...feature');
  const linked = mkdtempSync(join(tmpdir(), 'caws-linked-'));
  const bare = mkdtempSync(join(tmpdir(), 'caws-bare-'));
  try {
    repository.git('worktree', 'add', '-q', '--detach', join(linked, 'tree'));
    repository.git('clone', '-q', '--bare', repository.directory, join(bare, 'x#"y.git'));
    expect(inside).toEqual(plain);
    expect(await measured(join(linked, 'tree'), 'main...feature')).toEqual(plain);
    const cloned = await measured(join(bare, 'x#"y.git'), 'main...feature');
    expect({ ...cloned, repository: plain.repository }).toEqual(plain);
  } finally {
    rmSync(linked, { recursive: true });
    rmSync(bare, { recursive: true });
  }
});

test('uncommitted work is told, and looking for it runs no filter, hook or monitor', async () => {
  using repository = forked();
  const mark = join(repository.directory, '..', `${repository.directory.split('/').pop()}-ran`);
  const run = `touch ${mark}; cat`;
  repository.git('config', 'filter.evil.clean', run);
  repository.git('config', 'filter.evil.required', 'true');
  repository.git('config', 'core.fsmonitor', run);
  repository.write('.git/info/attributes', '* filter=evil\n');
  repository.write('a', 'changed\n');
  expect(await resolved(repository.directory, 'main...feature')).toMatchObject({ dirty: true });
  expect(existsSync(mark)).toBe(false);
});

test.runIf(process.getuid?.() === 0)('a repository of another user is refused', async () => {
  using repository = forked();
  chownSync(repository.directory, 12345, 12345);
  chownSync(join(repository.directory, '.git'), 12345, 12345);
  expect(await resolved(repository.directory, null)).toEqual({
    kind: 'not-owned',
    directory: repository.directory,
  });
});

test('nothing is left behind, and nothing of the repository is changed', async () => {
  using repository = forked();
  const before = execFileSync('find', ['.git', '-type', 'f'], { cwd: repository.directory });
  await measured(repository.directory, 'main...feature');
  expect(execFileSync('find', ['.git', '-type', 'f'], { cwd: repository.directory })).toEqual(
    before,
  );
});

test('the index is judged as a head, in a folder of its own', async () => {
  using repository = forked();
  repository.write('staged.ts', 'x\ny\n');
  repository.git('add', 'staged.ts');
  repository.write('unstaged.ts', 'z\n');
  const objects = () => repository.git('count-objects', '-v');
  const index = repository.git('ls-files', '--stage');
  const before = objects();
  const opened = await openRepository(repository.directory, { env: plainEnv });
  if (!opened.ok) throw new Error(opened.fault.kind);
  using open = opened.value;
  const range = await open.resolveStaged();
  if (!range.ok) throw new Error(JSON.stringify(range.fault));
  const change = await open.measure(range.value);
  expect(change.ok && change.value.files.map((file) => file.path)).toEqual(['b', 'c', 'staged.ts']);
  expect(range.value).toMatchObject({ dirty: true, baseRef: 'refs/heads/main' });
  expect([objects(), repository.git('ls-files', '--stage')]).toEqual([before, index]);
});

test('an index in the middle of a conflict, and one that says nothing new, are answers', async () => {
  using repository = forked();
  const staged = async () => {
    const opened = await openRepository(repository.directory, { env: plainEnv });
    if (!opened.ok) return opened.fault;
    using open = opened.value;
    const range = await open.resolveStaged();
    return range.ok ? range.value : range.fault;
  };
  repository.git('checkout', '-q', 'main');
  expect(await staged()).toMatchObject({ kind: 'nothing-staged' });
  repository.git('checkout', '-q', '-b', 'other', 'main~1');
  repository.write('a', 'other\n');
  repository.commit('other');
  expect(() => repository.git('merge', 'main')).toThrow();
  expect(await staged()).toEqual({ kind: 'index-unmerged' });
});

test('messages come whole and oldest first', async () => {
  using repository = forked();
  const opened = await openRepository(repository.directory, { env: plainEnv });
  if (!opened.ok) throw new Error(opened.fault.kind);
  using open = opened.value;
  const range = await open.resolve('main...feature');
  if (!range.ok) throw new Error(range.fault.kind);
  expect(await open.messages(range.value)).toEqual({ ok: true, value: ['first', 'second'] });
});

test.each([
  ['git@github.com:acme/widgets.git', 'https://github.com/acme/widgets'],
  ['https://user:secret@GitHub.com/acme/widgets.git/', 'https://github.com/acme/widgets'],
  ['ssh://git@github.com:22/acme/widgets', 'https://github.com/acme/widgets'],
  ['https://x-access-token:abc@github.com/acme/widgets?x=y', 'https://github.com/acme/widgets'],
  ['/srv/git/widgets.git', 'file:///srv/git/widgets'],
  ['file:///srv/git/widgets', 'file:///srv/git/widgets'],
])('%s is the repository %s', (url, repository) => {
  expect(repositoryOfUrl(url)).toBe(repository);
});

test('a range splits at its first dots', () => {
  expect(splitRange('a..b')).toEqual({ base: 'a', head: 'b' });
  expect(splitRange('a...b')).toEqual({ base: 'a', head: 'b' });
  expect(splitRange('v1.2..v1.3')).toEqual({ base: 'v1.2', head: 'v1.3' });
  expect(splitRange('..b')).toEqual({ base: 'HEAD', head: 'b' });
});

test.each([
  ['is too slow', 'exec sleep 600', 1_500, 'timed-out'],
  ['is ended by somebody', 'kill -9 $$', 60_000, 'git-failed'],
])(
  'a git that %s knows of no name, and that is not called an unknown one',
  async (_how, script, limitMs, kind) => {
    using repository = scratchRepository();
    repository.write('a', 'a\n');
    repository.commit();
    const bin = mkdtempSync(join(tmpdir(), 'caws-busy-'));
    try {
      const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
      writeFileSync(
        join(bin, 'git'),
        `#!/bin/sh\nfor word; do [ "$word" = cat-file ] && { ${script}; }; done\nexec ${real} "$@"\n`,
      );
      chmodSync(join(bin, 'git'), 0o755);
      const opened = await openRepository(repository.directory, {
        env: { ...plainEnv, PATH: `${bin}:${plainEnv.PATH}` },
        limitMs,
      });
      if (!opened.ok) throw new Error(opened.fault.kind);
      using busy = opened.value;
      for (const range of ['main...nowhere', 'main...main']) {
        const answer = await busy.resolve(range);
        expect(answer.ok ? 'resolved' : answer.fault.kind).toBe(kind);
      }
      const head = repository.git('rev-parse', 'main') as CommitSha;
      const law = await busy.policyAt(head);
      expect(law.ok ? 'read' : law.fault.kind).toBe(kind);
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  },
);
