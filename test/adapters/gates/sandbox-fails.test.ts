/** The machine's own sandbox fails after its trial: nothing of the change ran, so nothing is said of the change. */
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import type { Confined, Sandbox } from '../../../src/adapters/sandbox/isolation.ts';
import { isRoot, sandboxHere } from '../sandbox/machine.ts';
import { byCommand, noProgress, planned, repositoryOf, temporaryFolder } from './scene.ts';

const sandbox = await sandboxHere();

type Bent = (confined: Confined, tree: string) => Confined;

/** The same programs with the same words, started under something that they do not stand. */
const under =
  (...words: readonly [string, ...string[]]): Bent =>
  (confined) => ({
    ...confined,
    program: words[0],
    words: [...words.slice(1), confined.program, ...confined.words],
  });

const insideOf =
  (limit: string): Bent =>
  (confined, tree) => {
    const inside = under(
      ...(['/usr/bin/unshare', '--user', '--map-root-user', '/bin/sh', '-c'] as const),
      `echo 0 >/proc/sys/user/${limit} && exec "$@"`,
      'sh',
    );
    // There is no other user in there that the tree could be given to.
    const words = confined.words.map((word) => (/^\d+:\d+$/.test(word) ? '0:0' : word));
    return inside({ ...confined, words }, tree);
  };

/** [what, how, what is said of it]. */
const failures: readonly (readonly [string, Bent, RegExp])[] = [
  [
    'the machine has no more namespaces to give',
    insideOf('max_mnt_namespaces'),
    /bwrap: Creating new namespace failed/,
  ],
  [
    'a mount is refused',
    (confined) => ({
      ...confined,
      words: confined.words.map((word) => (word === '/usr' ? '/usr/gone' : word)),
    }),
    /bwrap: Can't find source path \/usr\/gone: No such file/,
  ],
  ['it may open no more files', under('/usr/bin/prlimit', '--nofile=7', '--'), /exit 1/],
  [
    'the tree is gone before it starts',
    (confined, tree) => {
      rmSync(tree, { recursive: true });
      return confined;
    },
    /ENOENT/,
  ],
  [
    'it is killed before it comes to the command',
    under('/bin/sh', '-c', 'kill -9 $$', 'sh'),
    /exit 137/,
  ],
  ['it ends well and ran nothing', under('/bin/true'), /exit 0/],
  ...(isRoot
    ? ([
        [
          'the limits of the command are refused',
          (confined) => ({
            ...confined,
            words: confined.words.map((word) => word.replace(/ulimit -d \d+/, 'ulimit -d x')),
          }),
          /ulimit: .*number/,
        ],
        [
          'the tree cannot be given to the user of the command',
          (confined) => ({
            ...confined,
            words: confined.words.map((word) => (/^\d+:\d+$/.test(word) ? 'nobody-there:' : word)),
          }),
          /exit 137: .*chown: invalid/,
        ],
        [
          'the user of the command is refused',
          (confined) => ({
            ...confined,
            words: confined.words.map((word) => (word.startsWith('--reuid=') ? '--reuid=x' : word)),
          }),
          /setpriv: .*uid/,
        ],
      ] satisfies readonly (readonly [string, Bent, RegExp])[])
    : []),
];

async function answerOf(
  command: readonly string[],
  bent: Bent = (confined) => confined,
  timeoutMs = 60_000,
) {
  using folder = temporaryFolder();
  const head = repositoryOf(folder.path, { a: '' });
  const failing: Sandbox = {
    name: sandbox.name,
    confine: async (asked) => bent(await sandbox.confine(asked), asked.tree),
  };
  const runner = localCommands({
    repository: folder.path,
    cores: 1,
    sandbox: async () => ({ kind: 'works', sandbox: failing }),
  });
  const gate = planned('unit', byCommand(command, null, { sandbox: 'required' }), { timeoutMs });
  const [answer] = await runner.answer([gate], { base: head, head }, noProgress);
  return answer;
}

describe.runIf(sandbox)('a sandbox that fails after it was tried', () => {
  test.each(failures)('where %s is ours, and no answer of the gate', async (_what, bent, said) => {
    const answer = await answerOf(['/bin/sh', '-c', 'exit 0'], bent);
    expect(answer).toMatchObject({
      gate: 'unit',
      state: 'lost',
      runner: 'the sandbox of this machine',
      because: expect.stringMatching(said),
      attempts: 1,
    });
  });

  test('where it does not come to the command in time is ours as well', async () => {
    const waits = under('/bin/sh', '-c', 'echo waits; sleep 600', 'sh');
    const answer = await answerOf(['/bin/true'], waits, 500);
    expect(answer).toMatchObject({ state: 'lost', because: expect.stringMatching(/\(timed-out/) });
  });

  test('where nothing can be laid out for it is ours as well', async () => {
    const answer = await answerOf(['/bin/true'], () => {
      throw new Error('no control group could be made');
    });
    expect(answer).toMatchObject({
      state: 'lost',
      because: expect.stringMatching(/no control group could be made/),
    });
  });
});

/** What a command may do to look as though it had never begun. */
const pretending = [
  ['ends as bubblewrap ends', "echo 'bwrap: Creating new namespace failed' >&2; exit 1", 1],
  ['kills itself at once', 'kill -9 $$', 137],
  ['closes all that is open', 'exec 1>&- 2>&- 3>&- 4>&- 5>&-; exit 9', 9],
  ['writes where the sandbox spoke', 'echo no >&4; exit 8', 8],
] as const;

describe.runIf(sandbox)('a command that was begun answers for itself', () => {
  test.each(pretending)('where it %s', async (_what, script, exitCode) => {
    expect(await answerOf(['/bin/sh', '-c', script])).toMatchObject({
      state: 'answered',
      exitCode,
    });
  });

  test('where there is no such program, or it may not be run', async () => {
    expect(await answerOf(['no-such-program'])).toMatchObject({ state: 'answered', exitCode: 127 });
    expect(await answerOf(['./a'])).toMatchObject({ state: 'answered', exitCode: 126 });
  });

  test('and finds nothing open that the sandbox spoke by', async () => {
    const look = 'for n in 3 4 5; do [ -e /proc/self/fd/$n ] && echo $n is open; done; exit 0';
    expect(await answerOf(['/bin/sh', '-c', look])).toMatchObject({ exitCode: 0, outputTail: '' });
  });
});
