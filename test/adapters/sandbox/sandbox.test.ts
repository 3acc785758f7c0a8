import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlannedGate } from '../../../src/3-deliberation/deliberation.ts';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import { type Ended, runInGroup } from '../../../src/adapters/gates/process-group.ts';
import { attempts, trialBounds } from '../../../src/adapters/sandbox/attempts.ts';
import { type Sandbox, sandboxBounds } from '../../../src/adapters/sandbox/isolation.ts';
import { type Held, testSandbox } from '../../../src/adapters/sandbox/sandbox-test.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import {
  byCommand,
  noProgress,
  passingReport,
  planned,
  repositoryOf,
  temporaryFolder,
} from '../gates/scene.ts';
import { attemptsMs, sandboxHere } from './machine.ts';

const node = process.execPath;
const script = (text: string) => [node, '-e', text] as const;

const sandbox = await sandboxHere();

/** Confines nothing: what shows that an attempt can succeed. */
const open: Sandbox = {
  name: 'none',
  confine: async ({ command: [program = '', ...words] }) => ({
    program,
    words,
    environment: { PATH: '/usr/bin:/bin', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x', HOME: tmpdir() },
    files: [],
    memory: null,
    [Symbol.asyncDispose]: async () => {},
  }),
};

const nothing = { privateFolders: [], tools: [] };

async function all(each: AsyncGenerator<Held>): Promise<readonly Held[]> {
  const list: Held[] = [];
  for await (const held of each) list.push(held);
  return list;
}

/** Tries that leave no trace on a machine that has no sandbox around them. */
const harmless = [
  'read-secrets',
  'read-through-processes',
  'see-identity',
  'open-sockets',
  'fork-without-end',
  'take-memory',
  'take-memory-together',
  'write-huge-file',
  'leave-process',
  'kill-outside',
];

test(
  'each attempt to get out succeeds where nothing holds it',
  async () => {
    const chosen = attempts.filter(({ id }) => harmless.includes(id));
    const held = await all(testSandbox(open, nothing, chosen));
    expect(held.filter((each) => each.held)).toEqual([]);
    expect(held).toHaveLength(harmless.length);
  },
  attemptsMs,
);

describe.runIf(sandbox)('in the sandbox of this machine', () => {
  let results: readonly Held[] = [];
  beforeAll(async () => {
    results = await all(testSandbox(sandbox, nothing));
  }, attemptsMs);

  test.each(attempts.map(({ id }) => id))('%s holds', (id) => {
    const found = results.find((each) => each.id === id);
    expect(found, found?.saw).toMatchObject({ held: true });
  });

  async function confined(
    command: readonly string[],
    tree: string,
    more: { readonly network?: boolean; readonly readable?: readonly string[] } = {},
  ): Promise<Ended> {
    const asked = { command, tree, readable: [], network: false, bounds: trialBounds, ...more };
    await using call = await sandbox.confine(asked);
    const bounds = { folder: tree, timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 1e9 };
    return await runInGroup({ ...call, directory: tree }, bounds, new AbortController().signal);
  }

  /** [what, what it does in ctypes, the error it meets]. */
  const refusedCalls = [
    ['io_uring', 'libc.syscall(425, 1, 0)', 'ENOSYS'],
    ['clone3', 'libc.syscall(435, 0, 0)', 'ENOSYS'],
    ['a socket to the host of a virtual machine', 'libc.socket(40, 1, 0)', 'EAFNOSUPPORT'],
    ['a packet socket', 'libc.socket(17, 3, 0)', 'EAFNOSUPPORT'],
    ['typing into a terminal', 'libc.ioctl(0, 0x5412, b"x")', 'EPERM'],
    ['a new user namespace', 'libc.unshare(0x10000000)', 'EPERM'],
    ['the kernel keyring', 'libc.syscall(250 if x64 else 219, 0, -3, 0)', 'EPERM'],
    ['bpf', 'libc.syscall(321 if x64 else 280, 0, 0, 0)', 'EPERM'],
    ['memory that is a file', 'libc.syscall(319 if x64 else 279, b"x", 0)', 'ENOSYS'],
    ['much memory that stays without a process', 'libc.shmget(0, 65537, 0o1600)', 'EPERM'],
    ['far more of it', 'libc.shmget(0, ctypes.c_size_t(1 << 32), 0o1600)', 'EPERM'],
    ['a mount', 'libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)', 'EPERM'],
  ] as const;

  test.each(refusedCalls)('%s is refused by the kernel', async (_what, call, error) => {
    using folder = temporaryFolder();
    const program = `import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
x64 = platform.machine() == 'x86_64'
print(${call}, errno.errorcode.get(ctypes.get_errno()))`;
    expect(await confined(['/usr/bin/python3', '-c', program], folder.path)).toMatchObject({
      exitCode: 0,
      outputTail: `-1 ${error}\n`,
    });
  });

  test('it sees its own processes and the folders of a bare system alone', async () => {
    using folder = temporaryFolder();
    const look = `
      const processes = fs.readdirSync('/proc').filter((each) => /^\\d+$/.test(each)).length;
      console.log(JSON.stringify({ processes, root: fs.readdirSync('/') }));`;
    const ended = await confined(script(look), folder.path);
    const seen = JSON.parse(ended.kind === 'exited' ? ended.outputTail : '{}');
    // bubblewrap's own first process and the command.
    expect(seen.processes).toBeLessThanOrEqual(3);
    for (const name of ['root', 'var', 'srv', 'run', 'mnt', 'boot', 'sys'])
      expect(seen.root).not.toContain(name);
  });

  test('only what the gate is allowed reaches a server of this machine', async () => {
    using folder = temporaryFolder();
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    const reach = script(
      `net.connect(${port}, '127.0.0.1').on('data', (text) => console.log(String(text))).on('error', ({ code }) => console.log(code))`,
    );
    try {
      const without = await confined(reach, folder.path);
      expect(without).toMatchObject({ outputTail: 'ECONNREFUSED\n' });
      expect(await confined(reach, folder.path, { network: true })).toMatchObject({
        outputTail: 'hello\n',
      });
    } finally {
      server.close();
    }
  });

  test('what it wrote into its tree is there afterwards, and nothing else of it', async () => {
    using folder = temporaryFolder();
    const tree = join(folder.path, 'tree');
    mkdirSync(tree);
    const before = ownGroups();
    const write = script(`fs.writeFileSync('kept', 'x'); fs.writeFileSync('/tmp/gone', 'x')`);
    expect(await confined(write, tree)).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(tree, 'kept'), 'utf8')).toBe('x');
    expect(existsSync('/tmp/gone')).toBe(false);
    // What a sandbox needs lies beside its tree.
    expect(readdirSync(folder.path)).toEqual(['tree']);
    expect(ownGroups()).toEqual(before);
  });

  test('a tree with thousands of small files is too much as well', async () => {
    using folder = temporaryFolder();
    // With pauses: in a folder of memory its own bound would end it first.
    const many = script(
      `let at = 0; setInterval(() => { fs.mkdirSync('d' + at); for (let each = 0; each < 100; each += 1) fs.writeFileSync('d' + at + '/' + each, 'x'); at += 1; }, 5);`,
    );
    const asked = { command: many, tree: folder.path, readable: [], network: false };
    await using call = await sandbox.confine({ ...asked, bounds: trialBounds });
    const bounds = {
      folder: folder.path,
      timeoutMs: 60_000,
      outputBytesMax: 1e6,
      diskBytesMax: 4e6,
    };
    const signal = new AbortController().signal;
    const ended = await runInGroup({ ...call, directory: folder.path }, bounds, signal);
    expect(ended).toMatchObject({ kind: 'too-much-disk' });
  });

  function ask(repository: string, head: CommitSha, gates: readonly PlannedGate[]) {
    const isolation = { kind: 'works', sandbox } as const;
    const runner = localCommands({ repository, cores: 2, sandbox: async () => isolation });
    return runner.answer(gates, { base: head, head }, noProgress);
  }

  test('a gate runs with the head as a repository and its report is read, and the record names the sandbox', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { 'made.xml': passingReport });
    const run = [
      '/bin/sh',
      '-c',
      'git log --format=%s -1 && mkdir out && cp made.xml out/junit.xml && git status --short',
    ];
    const gate = planned('unit', byCommand(run, 'out/junit.xml', { sandbox: 'required' }));
    expect(await ask(folder.path, head, [gate])).toMatchObject([
      {
        state: 'answered',
        exitCode: 0,
        outputTail: 'one\n?? out/\n',
        isolation: `${sandbox.name}, no network`,
        evidence: [{ name: 'out/junit.xml', text: passingReport }],
      },
    ]);
  });

  test('a report that is a link to a file of this machine is not read', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    for (const target of ['/etc/passwd', '/proc/self/environ', '../../../../etc/hostname']) {
      const link = script(`fs.symlinkSync(${JSON.stringify(target)}, 'junit.xml')`);
      const gate = planned('unit', byCommand(link, 'junit.xml', { sandbox: 'required' }));
      expect(await ask(folder.path, head, [gate])).toMatchObject([{ state: 'unreadable' }]);
    }
  });

  test('a report that is a pipe or a device does not hold the arbiter up', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const pipe = ['/usr/bin/mkfifo', 'junit.xml'];
    const gate = planned('unit', byCommand(pipe, 'junit.xml', { sandbox: 'required' }));
    expect(await ask(folder.path, head, [gate])).toMatchObject([{ state: 'unreadable' }]);
  });

  test('gates side by side do not see each other', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const meet = (own: string, other: string) =>
      script(
        `fs.writeFileSync('/tmp/${own}', ''); fs.writeFileSync('${own}', '');
         setTimeout(() => process.exit(fs.existsSync('/tmp/${other}') || fs.existsSync('${other}') ? 1 : 0), 300)`,
      );
    const gates = [
      planned('one', byCommand(meet('one', 'two'), null, { sandbox: 'required' })),
      planned('two', byCommand(meet('two', 'one'), null, { sandbox: 'required' })),
    ];
    const answers = await ask(folder.path, head, gates);
    expect(answers).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  });

  /** Control groups that this very process made: others run gates at the same time. */
  function ownGroups(): readonly string[] {
    const groups = '/sys/fs/cgroup/pids';
    if (!existsSync(groups)) return [];
    return readdirSync(groups).filter(
      (name) => /^caws-gate-\d+-(\d+)-/.exec(name)?.[1] === `${process.pid}`,
    );
  }
});

test('the bounds of a gate are those of a build, not of a trial', () => {
  expect(sandboxBounds.memoryBytesMax).toBeGreaterThan(trialBounds.memoryBytesMax);
});

test.runIf(process.platform === 'linux')(
  'each process of a command has the limits of its bounds, soft and hard',
  async () => {
    using folder = temporaryFolder();
    const command = ['/bin/cat', '/proc/self/limits'];
    const asked = { command, tree: folder.path, readable: [], network: false };
    await using call = await sandbox.confine({ ...asked, bounds: sandboxBounds });
    const bounds = { timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 1e9 };
    const ended = await runInGroup(
      { ...call, directory: folder.path },
      { ...bounds, folder: folder.path },
      new AbortController().signal,
    );
    const said = ended.kind === 'could-not-start' ? ended.detail : ended.outputTail;
    const both = (name: string, most: number) =>
      expect(said).toMatch(new RegExp(`^${name} +${most} +${most} `, 'm'));
    both('Max file size', sandboxBounds.fileBytesMax);
    both('Max data size', sandboxBounds.memoryBytesMax);
    both('Max processes', sandboxBounds.processesMax);
    both('Max locked memory', 0);
    both('Max core file size', 0);
  },
);
