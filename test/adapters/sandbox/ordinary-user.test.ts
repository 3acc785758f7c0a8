/** The sandbox as a person has it who is not root: user namespaces, no control group, limits and watches. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attempts } from '../../../src/adapters/sandbox/attempts.ts';
import { temporaryFolder } from '../gates/scene.ts';
import { attemptsMs, isRoot, ordinaryUser, run, sandboxHere } from './machine.ts';

const sandbox = await sandboxHere();

test.runIf(sandbox)(
  'an ordinary user’s sandbox holds every attempt as well',
  async () => {
    using folder = temporaryFolder();
    const user = ordinaryUser(folder.path);
    const main = join(user.project, 'src/cli/main.ts');
    const [program, ...words] = user.command(main, 'runner', 'sandbox-test');
    // Where one did not hold the exit code says so, and where it was ended before its time only what it said until then.
    const options = { env: user.environment, timeout: attemptsMs - 10_000 };
    const { stdout, stderr }: Said = await run(program, words, options).catch((error) => error);
    expect({ open: linesOf(stdout, '✗ NOT HELD'), stderr }, stdout).toEqual({
      open: [],
      stderr: '',
    });
    expect(stdout).toContain(`All ${attempts.length} attempts held`);
    expect(linesOf(stdout, '✓ held')).toHaveLength(attempts.length);
    if (isRoot) expect(stdout).toContain('resource limits, memory watched');
  },
  attemptsMs,
);

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

const linesOf = (text: string, beginning: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(beginning));

/**
 * Makes the first process that it sees deaf to the end of its parent, from within, and leaves processes
 * that hold the output open: of their own session, of a parent that has ended.
 */
const outlive = `
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
def deafen(pid):
    if os.uname().machine != 'x86_64' or libc.ptrace(16, pid, None, None) != 0: return 'not traced'
    os.waitpid(pid, 0x40000000)
    saved, asked = (ctypes.c_ulonglong * 27)(), (ctypes.c_ulonglong * 27)()
    libc.ptrace(12, pid, None, saved)
    libc.ptrace(12, pid, None, asked)
    # prctl(PR_SET_PDEATHSIG, 0), by the very instruction that it waits in.
    asked[10], asked[14], asked[13], asked[15] = 157, 1, 0, 2 ** 64 - 1
    asked[16] -= 2
    libc.ptrace(13, pid, None, asked)
    libc.ptrace(9, pid, None, None)
    os.waitpid(pid, 0x40000000)
    libc.ptrace(12, pid, None, asked)
    libc.ptrace(13, pid, None, saved)
    libc.ptrace(17, pid, None, None)
    return 'deaf' if asked[10] == 0 else 'refused'
said = deafen(1)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
open('started', 'w').write(said)
print(said, flush=True)
if sys.argv[1] == 'stay': time.sleep(600)
`;

import { until } from '../../eventually.ts';

/** A gate of the sandbox, without the rest of a runner around it. */
const program = (project: string, tree: string, words: readonly string[]) => `
const { strongestSandbox } = await import(${JSON.stringify(join(project, 'src/adapters/sandbox/strongest.ts'))});
const { runInGroup } = await import(${JSON.stringify(join(project, 'src/adapters/gates/process-group.ts'))});
const { sandboxBounds } = await import(${JSON.stringify(join(project, 'src/adapters/sandbox/isolation.ts'))});
const { mkdirSync } = await import('node:fs');
const tree = ${JSON.stringify(tree)};
mkdirSync(tree);
const { sandbox } = await strongestSandbox([]);
const asked = { command: ${JSON.stringify(words)}, tree, readable: [], network: false, bounds: sandboxBounds };
await using call = await sandbox.confine(asked);
const bounds = { folder: tree, timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 1e9 };
const ended = await runInGroup({ ...call, directory: tree }, bounds, new AbortController().signal);
console.log(JSON.stringify(ended));`;

describe.runIf(sandbox)('a gate that traces, leaves its session and forks twice', () => {
  const starters = isRoot
    ? (['root', 'an ordinary user'] as const)
    : (['an ordinary user'] as const);

  test.each(starters)('leaves nothing running when it ends, started by %s', async (starter) => {
    using folder = temporaryFolder();
    const { marker, words, env } = gate(folder.path, starter, 'go');
    const { stdout } = await run(words[0] as string, words.slice(1), { env });
    const ended = JSON.parse(stdout);
    expect(ended).toMatchObject({ kind: 'exited', exitCode: 0 });
    if (starter !== 'root' && process.arch === 'x64') expect(ended.outputTail).toBe('deaf\n');
    await until(() => running(marker) === 0);
  });

  test.each(starters)(
    'leaves nothing running when %s, who started it, is killed',
    async (starter) => {
      using folder = temporaryFolder();
      const { marker, words, env, tree } = gate(folder.path, starter, 'stay');
      const child = spawn(words[0] as string, words.slice(1), { env, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await until(() => existsSync(join(tree, 'started')));
      expect(running(marker)).toBeGreaterThan(0);
      child.kill('SIGKILL');
      await ended;
      await until(() => running(marker) === 0);
    },
  );
});

function gate(below: string, starter: 'root' | 'an ordinary user', then: 'go' | 'stay') {
  const user = ordinaryUser(below);
  const marker = randomBytes(12).toString('hex');
  const tree = join(user.folder, 'tree');
  const words = ['/usr/bin/python3', '-c', outlive, then, marker];
  const node = ['--input-type=module', '-e'];
  if (starter === 'root') {
    const here = join(import.meta.dirname, '../../..');
    const started = [process.execPath, ...node, program(here, tree, words)];
    return { marker, tree, env: user.environment, words: started };
  }
  const started = user.command(...node, program(user.project, tree, words));
  return { marker, tree, env: user.environment, words: started };
}

/** How many processes of the gate there are, of which each keeps the words that it was started with. */
function running(marker: string): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOf(name, marker)).length;
}

function isOf(pid: string, marker: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    return words.at(-2) === marker;
  } catch {
    return false;
  }
}
