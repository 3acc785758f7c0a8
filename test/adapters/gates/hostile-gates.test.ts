/** Gates that attack: each ends in an answer that is no pass, and leaves nothing. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PlannedGate } from '../../../src/3-deliberation/deliberation.ts';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import { runInGroup } from '../../../src/adapters/gates/process-group.ts';
import { mustFit } from '../../../src/adapters/gates/tree-size.ts';
import {
  becoming,
  type Isolation,
  sandboxBounds,
} from '../../../src/adapters/sandbox/isolation.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import { type CommitSha, commitSha } from '../../../src/primitives.ts';
import { gitNow } from '../../git-now.ts';
import { run, sandboxHere } from '../sandbox/machine.ts';
import {
  byCommand,
  git,
  noProgress,
  planned,
  repositoryOf,
  temporaryFolder,
  write,
} from './scene.ts';

const python = (text: string) => ['/usr/bin/python3', '-c', text] as const;
const sandbox = await sandboxHere();

function ask(
  repository: string,
  head: CommitSha,
  gates: readonly PlannedGate[],
  isolation: Isolation = { kind: 'works', sandbox },
) {
  const runner = localCommands({ repository, cores: 2, sandbox: async () => isolation });
  return runner.answer(gates, { base: head, head }, noProgress);
}

const required = { sandbox: 'required' } as const;

describe.runIf(sandbox)('in the sandbox', () => {
  test('the repository of a gate holds the head and nothing else of the one that it came from', async () => {
    using folder = temporaryFolder();
    repositoryOf(folder.path, { a: 'x', old: 'a secret that was removed' });
    git(folder.path, 'checkout', '-qb', 'private');
    write(folder.path, { plan: 'a secret of another branch' });
    git(folder.path, 'add', '-A');
    git(folder.path, 'commit', '-qm', 'a secret message');
    git(folder.path, 'checkout', '-q', '-');
    git(folder.path, 'rm', '-q', 'old');
    const head = repositoryOf(folder.path, { 'sub/b': 'y' });
    const secrets = ['private', 'private:plan', 'HEAD~1', 'HEAD~1:old'];
    const names = secrets.map((each) => git(folder.path, 'rev-parse', each));
    const look = `
      git status --porcelain && git log --format=%s && git ls-tree -r --name-only HEAD && git for-each-ref
      git cat-file --batch-all-objects --batch-check | wc -l
      for name in ${names.join(' ')}; do git cat-file -e $name 2>/dev/null && echo found $name; done
      grep -rl secret . $(cat .git/objects/info/alternates)
      true`;
    // The commit, its two trees and its two files.
    expect(
      await ask(folder.path, head, [
        planned('look', byCommand(['/bin/sh', '-c', look], null, required)),
      ]),
    ).toMatchObject([{ state: 'answered', exitCode: 0, outputTail: 'one\na\nsub/b\n5\n' }]);
  });

  const report = 'out/junit.xml';
  const fakes = [
    ['a folder', `import os; os.makedirs('${report}')`, 'not a regular file'],
    [
      'far larger than any report, of nothing',
      `import os; os.mkdir('out'); os.truncate(os.open('${report}', os.O_CREAT | os.O_RDWR), 2 ** 31 - 1)`,
      'over',
    ],
    [
      'behind a folder that is a link',
      `import os; os.mkdir('real'); open('real/junit.xml', 'w').write('<testsuite/>'); os.symlink('real', 'out')`,
      'a link',
    ],
    [
      'a socket',
      `import os, socket; os.mkdir('out'); socket.socket(socket.AF_UNIX).bind('${report}')`,
      'not a regular file',
    ],
  ] as const;

  test.each(fakes)('a report that is %s is not read', async (_what, make, because) => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const [answer] = await ask(folder.path, head, [
      planned('fakes', byCommand(python(make), report, required)),
    ]);
    expect(answer).toMatchObject({
      state: 'unreadable',
      detail: expect.stringMatching(new RegExp(`^out/junit.xml: .*${because}`)),
    });
  });

  test('a gate that forks without end is ended with all that it started', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const marker = randomBytes(12).toString('hex');
    const bomb = python(`
import os, time
while True:
    try: os.fork()
    except OSError: time.sleep(60)`);
    const gate = planned('bomb', byCommand([...bomb, marker], null, required), {
      timeoutMs: 1_500,
    });
    expect(await ask(folder.path, head, [gate])).toMatchObject([{ state: 'timed-out' }]);
    const left = async () => (await run('ps', ['-A', '-ww', '-o', 'args='])).stdout;
    while ((await left()).includes(marker)) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('on a machine without a sandbox that works', () => {
  const none = { kind: 'none' } as const;
  const broken = { kind: 'broken', detail: 'bwrap: No permissions' } as const;
  const long = { kind: 'broken', detail: `bwrap: ${'x'.repeat(300)}` } as const;
  const cases = [
    [long, 'required', 'does not start (bwrap: xxx'],
    [none, 'required', 'no sandbox. Linux: apt-get install bubblewrap'],
    [broken, 'required', 'does not start (bwrap: No permissions)'],
    [broken, 'preferred', 'does not start (bwrap: No permissions)'],
  ] as const;

  test.each(cases)('%j: a gate that has it %s is not run', async (isolation, wish, words) => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const ran = join(folder.path, 'ran');
    const gate = planned('unit', byCommand(['/usr/bin/touch', ran], null, { sandbox: wish }));
    const [answer] = await ask(folder.path, head, [gate], isolation);
    expect(answer).toMatchObject({
      state: 'could-not-start',
      detail: expect.stringContaining(words),
    });
    expect(answer).toMatchObject({
      detail: expect.stringContaining('arbiter runner sandbox-test'),
    });
    expect(existsSync(ran)).toBe(false);
  });

  test('a folder for temporary files that is named from here is the same folder to every program', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = relative(process.cwd(), folder.path);
    try {
      const runs = planned('unit', byCommand(['/bin/cat', 'a'], null, { sandbox: 'preferred' }));
      expect(await ask(folder.path, head, [runs], none)).toMatchObject([{ exitCode: 0 }]);
      expect(
        await ask(folder.path, head, [planned('unit', byCommand(['/bin/cat', 'a']))]),
      ).toMatchObject([{ exitCode: 0 }]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });

  test('where there is no tool at all, a gate that prefers one runs, and the record says so', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const gate = planned('unit', byCommand(['/usr/bin/true'], null, { sandbox: 'preferred' }));
    expect(await ask(folder.path, head, [gate], none)).toMatchObject([
      { state: 'answered', isolation: expect.stringMatching(/^none \(/) },
    ]);
  });
});

describe('a head that is far larger than what was sent of it', () => {
  /** Objects as somebody makes them who wants no files. */
  const made = (folder: string, words: readonly string[], input: string | Uint8Array) =>
    gitNow({ args: ['-C', folder, ...words], input });
  const treeOf = (folder: string, entry: (at: number) => string, count: number) =>
    made(folder, ['mktree'], Array.from({ length: count }, (_, at) => `${entry(at)}\n`).join(''));
  const commitOf = (folder: string, tree: string) =>
    commitSha(git(folder, 'commit-tree', '-m', 'bomb', tree)) as CommitSha;

  test('by one file under many names is not written', async () => {
    using folder = temporaryFolder();
    git(folder.path, 'init', '-q');
    const zeros = made(folder.path, ['hash-object', '-w', '--stdin'], Buffer.alloc(2 ** 25));
    const tree = treeOf(folder.path, (at) => `100644 blob ${zeros}\tf${at}`, 129);
    const head = commitOf(folder.path, tree);
    const gate = planned('unit', byCommand(['/usr/bin/true']));
    expect(await ask(folder.path, head, [gate], { kind: 'none' })).toMatchObject([
      { state: 'could-not-start', detail: expect.stringContaining('larger than 4 GiB') },
    ]);
  });

  test('by folders within folders is not even listed to its end', async () => {
    using folder = temporaryFolder();
    git(folder.path, 'init', '-q');
    const blob = made(folder.path, ['hash-object', '-w', '--stdin'], 'x');
    let tree = treeOf(folder.path, (at) => `100644 blob ${blob}\tf${at}`, 10);
    for (let level = 0; level < 20; level += 1) {
      const below = tree;
      tree = treeOf(folder.path, (at) => `040000 tree ${below}\td${at}`, 10);
    }
    const env = { PATH: '/usr/bin:/bin' };
    const most = { bytes: 1e9, files: 1_000 };
    await expect(
      mustFit({ repository: folder.path, env }, commitOf(folder.path, tree), most),
    ).rejects.toThrow('1000 files');
  });
});

test('what is told of a gate can be written down, wherever it is cut', async () => {
  using folder = temporaryFolder();
  const head = repositoryOf(folder.path, { a: '' });
  const gate = planned('unit', byCommand(['/usr/bin/true']));
  const wordy = (length: number): Isolation => ({
    kind: 'works',
    sandbox: {
      name: 'wordy',
      confine: () => Promise.reject(new Error(`${'x'.repeat(length)}${'😀'.repeat(20)}`)),
    },
  });
  // By one more, the bound falls between other halves.
  for (const length of [130, 131]) {
    const [answer] = await ask(folder.path, head, [gate], wordy(length));
    expect(answer).toMatchObject({
      state: 'lost',
      because: expect.stringContaining('😀'),
    });
    expect(canonicalJson(answer)).toMatchObject({ ok: true });
  }
});

test('holes and further names of a file take no disk', async () => {
  using folder = temporaryFolder();
  const make = `
import os, time
os.truncate(os.open('holes', os.O_CREAT | os.O_RDWR), 2 ** 36)
open('file', 'wb').write(b'x' * 3_000_000)
for at in range(20): os.link('file', f'name{at}')
time.sleep(0.6)`;
  const [program, ...words] = python(make);
  const call = { program, words, directory: folder.path, environment: {}, files: [], memory: null };
  const bounds = { folder: folder.path, timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 8e6 };
  expect(await runInGroup(call, bounds, new AbortController().signal)).toMatchObject({
    kind: 'exited',
    exitCode: 0,
  });
});

test('what waits for its watch begins after it, and the command finds its input empty', async () => {
  using folder = temporaryFolder();
  const [program = '', ...words] = [
    ...becoming(sandboxBounds, 3, { whenWatched: true }),
    ...['/bin/sh', '-c', 'read -r line || echo "nothing to read, $1"', 'sh', "it's"],
  ];
  const place = { directory: folder.path, environment: {}, files: [], memory: null };
  const call = { ...place, program, words, announces: true, waitsForWatch: true } as const;
  const bounds = { folder: folder.path, timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 8e6 };
  expect(await runInGroup(call, bounds, new AbortController().signal)).toEqual({
    ...{ kind: 'exited', exitCode: 0, outputTail: "nothing to read, it's\n" },
  });
});
