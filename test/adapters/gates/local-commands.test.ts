import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import { lives, until } from '../../eventually.ts';
import {
  byCommand,
  git,
  noProgress,
  ownTemporaryFolders,
  passingReport,
  planned,
  repositoryOf,
  temporaryFolder,
  write,
} from './scene.ts';

afterAll(ownTemporaryFolders());
const node = process.execPath;
/** What a command does and how it ends is the same in a sandbox and without. */
const none = async () => ({ kind: 'none' }) as const;
const script = (text: string) => [node, '-e', text] as const;

async function ask(
  repository: string,
  head: CommitSha,
  gates: readonly ReturnType<typeof planned>[],
) {
  return localCommands({ repository, cores: 2, sandbox: none }).answer(
    gates,
    { base: head, head },
    noProgress,
  );
}

/** An arbiter of its own that asks one gate. */
function running(repository: string, head: CommitSha, gate: ReturnType<typeof planned>) {
  const module = JSON.stringify(
    join(import.meta.dirname, '../../../src/adapters/gates/local-commands.ts'),
  );
  const program = `const { localCommands } = await import(${module});
    const runner = localCommands({ repository: ${JSON.stringify(repository)}, cores: 1, sandbox: async () => ({ kind: 'none' }) });
    await runner.answer([${JSON.stringify(gate)}], ${JSON.stringify({ base: head, head })}, () => {});`;
  const child = spawn(node, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  const ended = new Promise<string | null>((resolve) => child.on('exit', (_, by) => resolve(by)));
  return { child, ended };
}

const folderOfRun = (tree: string): string => tree.slice(0, tree.indexOf('/', tmpdir().length + 1));

const foldersLeft = () => readdirSync(tmpdir()).filter((name) => name.startsWith('caws-gates-'));

describe('a command of the policy', () => {
  test('runs in a checkout of the head and its report is collected', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { 'made.xml': passingReport });
    write(folder.path, { 'made.xml': 'a work tree is not the head' });
    const copy = script(`fs.mkdirSync('out'); fs.copyFileSync('made.xml', 'out/junit.xml')`);
    const [answer] = await ask(folder.path, head, [
      planned('unit', byCommand(copy, 'out/junit.xml')),
    ]);
    expect(answer).toMatchObject({
      state: 'answered',
      exitCode: 0,
      isolation: 'none (the policy prefers a sandbox, and this machine has none)',
      evidence: [{ name: 'out/junit.xml', text: passingReport, trust: 'local' }],
    });
  });

  test('leaves no folder that is too deep for a name', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const dig = script(
      `for (let at = 0; at < 30; at += 1) { fs.mkdirSync('n'.repeat(200)); process.chdir('n'.repeat(200)); }`,
    );
    const before = foldersLeft();
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(dig))]);
    expect(answer).toMatchObject({ state: 'answered', exitCode: 0 });
    expect(foldersLeft()).toEqual(before);
  });

  test('ends where it writes into a folder that nobody can look into', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const dig = script(
      `for (let at = 0; at < 30; at += 1) { fs.mkdirSync('n'.repeat(200)); process.chdir('n'.repeat(200)); } setInterval(() => {}, 1e6);`,
    );
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(dig))]);
    expect(answer).toMatchObject({ state: 'too-much-output' });
  });

  test('sees nothing of the environment but what every build needs', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    process.env['GITHUB_TOKEN'] = 'secret';
    process.env['GIT_DIR'] = '/nonexistent';
    try {
      const print = script(`console.log(JSON.stringify(process.env))`);
      const [answer] = await ask(folder.path, head, [planned('unit', byCommand(print))]);
      const environment = JSON.parse(answer?.state === 'answered' ? answer.outputTail : '{}');
      expect(Object.keys(environment).toSorted()).toEqual(['CI', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
      expect(environment.HOME).not.toBe(process.env['HOME']);
    } finally {
      delete process.env['GITHUB_TOKEN'];
      delete process.env['GIT_DIR'];
    }
  });

  test('is never read by a shell', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const words = [...script(`console.log(process.argv[1])`), '$(id); `id` && echo'];
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(words))]);
    expect(answer).toMatchObject({ outputTail: '$(id); `id` && echo\n' });
  });

  test('that fails, is killed, or does not exist is answered as that', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const answers = await ask(folder.path, head, [
      planned('fails', byCommand(script(`process.exit(3)`))),
      planned('killed', byCommand(script(`process.kill(process.pid, 'SIGKILL')`))),
      planned('absent', byCommand(['no-such-program-of-any-system'])),
      planned('file', { by: 'evidence', format: 'junit', file: 'a' }),
    ]);
    expect(answers).toMatchObject([
      { gate: 'fails', state: 'answered', exitCode: 3 },
      { gate: 'killed', state: 'answered', exitCode: 137 },
      { gate: 'absent', state: 'could-not-start' },
      { gate: 'file', state: 'missing' },
    ]);
  });

  test('cannot pass off a report that the head committed as one that it wrote', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { 'out/junit.xml': passingReport });
    const [answer] = await ask(folder.path, head, [
      planned('unit', byCommand(script(''), 'out/junit.xml')),
    ]);
    expect(answer).toMatchObject({ state: 'answered', exitCode: 0, evidence: [] });
  });

  test('whose report leads over a link of the head does not start, and removes nothing', async () => {
    using folder = temporaryFolder();
    using outside = temporaryFolder();
    write(outside.path, { 'junit.xml': passingReport });
    write(folder.path, { a: '' });
    symlinkSync(outside.path, join(folder.path, 'out'));
    const head = repositoryOf(folder.path, {});
    const [answer] = await ask(folder.path, head, [
      planned('unit', byCommand(script(''), 'out/junit.xml')),
    ]);
    expect(answer).toMatchObject({ state: 'could-not-start' });
    expect(existsSync(join(outside.path, 'junit.xml'))).toBe(true);
  });

  test('that writes its report as a link is not believed', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { 'elsewhere.xml': passingReport });
    const link = script(`fs.symlinkSync('elsewhere.xml', 'junit.xml')`);
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(link, 'junit.xml'))]);
    expect(answer).toMatchObject({ state: 'unreadable' });
  });

  test('that fails is told by its exit code and its last words, whatever it left for a report', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { 'elsewhere.xml': passingReport });
    const link = script(
      `fs.symlinkSync('elsewhere.xml', 'junit.xml'); console.log('no compiler'); process.exitCode = 3`,
    );
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(link, 'junit.xml'))]);
    expect(answer).toMatchObject({
      state: 'unreadable',
      detail: expect.stringMatching(
        /^junit\.xml: .*link; its command ended with exit code 3: no compiler$/,
      ),
    });
  });

  test('sees no file that another gate wrote', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const first = planned('one', byCommand(script(`fs.writeFileSync('mine', '')`)));
    const second = planned('two', byCommand(script(`process.exit(fs.existsSync('mine') ? 1 : 0)`)));
    const runner = localCommands({ repository: folder.path, cores: 1, sandbox: none });
    const answers = await runner.answer([first, second], { base: head, head }, noProgress);
    expect(answers).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  });
});

describe('bounds', () => {
  test('a gate that takes too long is ended with everything that it started', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const pidFile = join(folder.path, 'pid');
    const hang = script(
      `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
       fs.writeFileSync(${JSON.stringify(pidFile)}, String(c.pid)); setInterval(() => {}, 1e6)`,
    );
    const gate = planned('hangs', byCommand(hang), { timeoutMs: 2_000 });
    const [answer] = await ask(folder.path, head, [gate]);
    expect(answer).toMatchObject({ state: 'timed-out' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !lives(pid));
  });

  test('what a gate leaves running does not outlive it', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const leave = script(
      `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {stdio: 'inherit'});
       c.unref(); console.log(c.pid); process.exit(0)`,
    );
    const [answer] = await ask(folder.path, head, [planned('leaves', byCommand(leave))]);
    expect(answer).toMatchObject({ state: 'answered', exitCode: 0 });
    const pid = Number(answer?.state === 'answered' ? answer.outputTail : 0);
    expect(pid).toBeGreaterThan(0);
    await until(() => !lives(pid));
  });

  test('a gate that prints without end is ended', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const flood = script(
      `const s = 'x'.repeat(1e6); const f = () => { while (process.stdout.write(s)); process.stdout.once('drain', f); }; f()`,
    );
    const [answer] = await ask(folder.path, head, [planned('floods', byCommand(flood))]);
    expect(answer).toMatchObject({ state: 'too-much-output' });
  });

  test('escape sequences and invisible characters do not reach the record', async () => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const paint = script(
      String.raw`process.stdout.write('\x1b[31mred\x1b[0m\x07\u202e\x1b]0;title\x07 end')`,
    );
    const [answer] = await ask(folder.path, head, [planned('paints', byCommand(paint))]);
    expect(answer).toMatchObject({ outputTail: 'red end' });
  });
});

describe('the checkout', () => {
  test('runs no hook, no filter and no submodule of anybody', async () => {
    using folder = temporaryFolder();
    const marker = join(folder.path, '.git', 'ran');
    const head = repositoryOf(folder.path, { '.gitattributes': '* filter=evil\n', a: 'text\n' });
    git(folder.path, 'config', 'filter.evil.smudge', `touch ${marker}; cat`);
    git(folder.path, 'config', 'core.fsmonitor', `touch ${marker}`);
    write(folder.path, { '.git/hooks/post-checkout': `#!/bin/sh\ntouch ${marker}\n` });
    git(folder.path, 'config', 'core.hooksPath', join(folder.path, '.git/hooks'));
    const read = script(`process.exit(fs.readFileSync('a', 'utf8') === 'text\\n' ? 0 : 1)`);
    const [answer] = await ask(folder.path, head, [planned('unit', byCommand(read))]);
    expect(answer).toMatchObject({ exitCode: 0 });
    expect(existsSync(marker)).toBe(false);
  });

  test('of a commit that is not there, or of no repository, starts nothing', async () => {
    using folder = temporaryFolder();
    using empty = temporaryFolder();
    repositoryOf(folder.path, { a: '' });
    const gates = [planned('unit', byCommand(script('')))];
    const absent = 'f'.repeat(40) as CommitSha;
    expect(await ask(folder.path, absent, gates)).toMatchObject([{ state: 'could-not-start' }]);
    expect(await ask(empty.path, absent, gates)).toMatchObject([{ state: 'could-not-start' }]);
  });

  test('works where objects are named by SHA-256', async () => {
    using folder = temporaryFolder();
    git(folder.path, 'init', '-q', '--object-format=sha256');
    const head = repositoryOf(folder.path, { a: '' });
    expect(head).toHaveLength(64);
    const gates = [planned('unit', byCommand(script('')))];
    expect(await ask(folder.path, head, gates)).toMatchObject([{ exitCode: 0 }]);
  });
});

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  '%s ends the gates and leaves no folder',
  async (signal) => {
    using folder = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    const started = join(folder.path, 'started');
    const gate = planned(
      'hangs',
      byCommand(
        script(
          `fs.writeFileSync(${JSON.stringify(started)}, process.cwd() + ' ' + process.pid); setInterval(() => {}, 1e6)`,
        ),
      ),
    );
    const { child, ended } = running(folder.path, head, gate);
    await until(() => existsSync(started) && readFileSync(started, 'utf8').includes(' '));
    const [directory = '', pid = ''] = readFileSync(started, 'utf8').split(' ');
    child.kill(signal);
    expect(await ended).toBe(signal);
    await until(() => !lives(Number(pid)));
    await until(() => !existsSync(folderOfRun(directory)));
  },
);

test('a gate that kills the arbiter before all else ends with it', async () => {
  using folder = temporaryFolder();
  const head = repositoryOf(folder.path, { a: '' });
  const said = join(folder.path, 'said');
  const first = `echo $PWD $$ >'${said}'; kill -s KILL $PPID; exec sleep 600`;
  const gate = planned('kills', byCommand(['/bin/sh', '-c', first]));
  expect(await running(folder.path, head, gate).ended).toBe('SIGKILL');
  const [directory = '', pid = ''] = readFileSync(said, 'utf8').split(' ');
  await until(() => !lives(Number(pid)));
  await until(() => !existsSync(folderOfRun(directory)));
});

test('nothing is left in the temporary folder', async () => {
  using folder = temporaryFolder();
  const head = repositoryOf(folder.path, { a: '' });
  const before = new Set(foldersLeft());
  await ask(folder.path, head, [planned('unit', byCommand(script('')))]);
  expect(foldersLeft().filter((name) => !before.has(name))).toEqual([]);
});
