import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openLauncher } from '../../../src/adapters/git/launcher.ts';
import { openLaunchers } from '../../../src/adapters/git/launchers.ts';
import { runGit, startGit } from '../../../src/adapters/git/process.ts';
import { anyText } from '../../texts.ts';
import { eventually, gone } from './waiting.ts';

const folder = mkdtempSync(join(tmpdir(), 'caws-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder whose `git` is this program of node's. */
function gitThat(name: string, program: string): string {
  const path = join(folder, name);
  execFileSync('mkdir', ['-p', path]);
  writeFileSync(join(path, 'git'), `#!${process.execPath}\n${program}`);
  chmodSync(join(path, 'git'), 0o755);
  return `${path}:${process.env['PATH']}`;
}

const telling = gitThat(
  'telling',
  "process.stdin.on('data', () => {}).on('end', () => console.log(JSON.stringify([process.argv.slice(2), process.env])));\n",
);
const hanging = gitThat(
  'hanging',
  "require('node:fs').writeFileSync(process.argv[2], String(process.pid)); setInterval(() => {}, 1000);\n",
);
const echoing = gitThat(
  'echoing',
  "process.stdin.on('data', (chunk) => process.stdout.write(chunk));\n",
);

const limits = { limitMs: 60_000, bytesMax: 1024 * 1024 };
const shells = [
  ['/bin/sh'],
  ['/bin/bash', '--posix'],
  ['/bin/dash'],
  ['/bin/busybox', 'sh'],
].filter(([program]) => existsSync(program as string));

/** What a launched git saw: its words and its environment. */
async function seenBy(
  shell: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  using launcher = openLauncher(folder, env, shell);
  const launched = launcher?.launch({ args, env });
  if (launched === null || launched === undefined) return 'not launched';
  let text = '';
  launched.channel.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  launched.channel.end();
  return (await launched.code) === 0 ? JSON.parse(text) : `ended with ${await launched.code}`;
}

const nasty = [
  "it's",
  "'; touch owned; '",
  '"$(touch owned)"',
  '`touch owned`',
  '$HOME $\u007bHOME} $$ $!',
  'two\nlines; touch owned\n',
  '\r\n',
  '\\',
  "\\'",
  "'\\''",
  '!history',
  '--upload-pack=touch owned',
  '# no comment',
  '~root *?[a] {a,b}',
  ' ',
  '',
  '<&3 >owned &',
  '\u001b[2J\u0007\u0004\u0003',
  'ünïcödé \u{1f600} \u202e',
  'x'.repeat(100_000),
];

describe.each(shells)('by %s', (...shell) => {
  const inShell = (env: object) =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !['_', 'SHLVL'].includes(name)));

  test('a launched git sees its words and its environment as they are, and nothing else', async () => {
    const env = { PATH: telling, A: nasty.slice(0, -1).join('|'), GIT_CONFIG_VALUE_0: "'" };
    const seen = await seenBy(shell, nasty, env);
    const alone = await runGit({ args: nasty, env, ...limits });
    const [args, environment] = JSON.parse(alone.stdout.toString('utf8'));
    expect(args).toEqual(nasty);
    expect(seen).toEqual([nasty, expect.anything()]);
    // bash alone tells every program by what file it was found, and how deep in shells it is.
    expect(inShell((seen as [unknown, object])[1])).toEqual(inShell(environment));
    expect(existsSync(join(folder, 'owned'))).toBe(false);
  });

  test('whatever characters a word holds, it arrives as the ordinary way brings it', async () => {
    const word = anyText(40);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 20 }), async (words) => {
        const args = words.map((each) => each.replaceAll('\0', '').toWellFormed());
        const [seen] = (await seenBy(shell, args, { PATH: telling, B: args[0] as string })) as [
          unknown,
        ];
        expect(seen).toEqual(args);
      }),
      { numRuns: 3 },
    );
  });

  test('more runs than there are channels all end, each with its own output', async () => {
    const env = { PATH: echoing };
    using launcher = openLauncher(folder, env, shell);
    const waiting = Array.from({ length: 9 }, () =>
      startGit({ args: [], env, launcher, ...limits }),
    );
    // Backwards: a run ends while those that were started before it still wait.
    for (const [index, git] of [...waiting.entries()].toReversed()) {
      const input = String(index).repeat(300_000);
      let output = '';
      const end = await git.run(input, (chunk) => {
        output += chunk.toString('latin1');
        return undefined;
      });
      expect(end).toEqual({ ended: 'exited', code: 0, stderr: '' });
      expect(output === input).toBe(true);
    }
  });

  test('a run that fails says why, and one that is not there is missing', async () => {
    const env = { PATH: process.env['PATH'] as string, HOME: folder };
    using launcher = openLauncher(folder, env, shell);
    const failed = await runGit({ args: ['no-such-command'], env, launcher, ...limits });
    expect(failed).toMatchObject({ ended: 'exited', code: 1 });
    expect(failed.stderr).toMatch(/is not a git command/);
    const nowhere = { PATH: '/nonexistent' };
    using lost = openLauncher(folder, nowhere, shell);
    const missing = await runGit({ args: ['version'], env: nowhere, launcher: lost, ...limits });
    expect(missing).toMatchObject({ ended: 'missing', code: null });
  });

  test('a run past its time is ended, and so is every run whose launcher goes', async () => {
    const env = { PATH: hanging };
    const [late, left] = [join(folder, `late${shell.length}`), join(folder, `left${shell.length}`)];
    const launcher = openLauncher(folder, env, shell);
    expect(await runGit({ args: [late], env, launcher, ...limits, limitMs: 500 })).toMatchObject({
      ended: 'timed-out',
      code: null,
    });
    await gone(await pidIn(late));
    launcher?.launch({ args: [left], env });
    const pid = await pidIn(left);
    launcher?.[Symbol.dispose]();
    await gone(pid);
  });

  test('nothing outlives a process that is killed', async () => {
    const file = join(folder, `orphan${shell.length}${(shell[0] as string).length}`);
    const program = `const { openLauncher } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/git/launcher.ts'))});
      const env = { PATH: ${JSON.stringify(hanging)} };
      openLauncher('/', env, ${JSON.stringify(shell)}).launch({ args: [${JSON.stringify(file)}], env });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const pid = await pidIn(file);
    parent.kill('SIGKILL');
    await gone(pid);
  });
});

test('a launcher that nobody waits for and nobody disposes of holds no process', () => {
  const module = join(import.meta.dirname, '../../../src/adapters/git/launcher.ts');
  const program = `const { openLauncher } = await import(${JSON.stringify(module)});
    const launcher = openLauncher('/', { PATH: ${JSON.stringify(telling)} });
    const { channel, code } = launcher.launch({ args: [], env: { PATH: ${JSON.stringify(telling)} } });
    channel.resume().end();
    console.log(await code);`;
  const args = ['--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })).toBe('0\n');
});

test('launchers start any number of runs, and nothing of them is left when they go', async () => {
  const env = { PATH: echoing };
  const launchers = openLaunchers(folder, env);
  const all = Array.from({ length: 16 }, () => launchers.launch({ args: [], env }));
  expect(all).not.toContain(null);
  for (const [index, run] of all.entries()) {
    let text = '';
    run?.channel.on('data', (chunk: Buffer) => (text += chunk.toString()));
    run?.channel.end(String(index));
    expect([await run?.code, text]).toEqual([0, String(index)]);
  }
  const file = join(folder, 'left-by-launchers');
  const left = openLaunchers(folder, { PATH: hanging });
  left.launch({ args: [file], env: { PATH: hanging } });
  const pid = await pidIn(file);
  for (const each of [launchers, left]) each[Symbol.dispose]();
  await gone(pid);
  expect(openLaunchers(folder, {}).launch({ args: [], env: {} })).toBe(null);
});

test('what a shell cannot say is left to the ordinary way', () => {
  const env = { PATH: telling };
  using launcher = openLauncher(folder, env);
  expect(launcher?.launch({ args: ['a\0b'], env })).toBe(null);
  expect(launcher?.launch({ args: [], env: { ...env, 'A;touch owned': '' } })).toBe(null);
  expect(launcher?.launch({ args: [], env: { PATH: '/elsewhere' } })).toBe(null);
  expect(launcher?.launch({ args: [], env, cwd: '/' })).toBe(null);
  expect(openLauncher(folder, {})).toBe(null);
  expect(openLauncher(folder, env, ['/nonexistent/sh'])).toBe(null);
  expect(openLauncher(join(folder, 'nowhere'), env)).toBe(null);
});

async function pidIn(file: string): Promise<number> {
  return eventually(() => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text === '' ? null : Number(text);
  });
}
