/** A machine to rehearse on: everything below a folder of its own, with users of its own, all taken away again. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');
export const setupFolder = join(project, 'runner-setup');

/** Where a program or a right is missing, tests are passed by in words, or fail where no skip is allowed. */
export function isMissing(what: string, isThere: boolean): boolean {
  if (!isThere) console.log(`skipped: a part of the tests of runner-setup (${what})`);
  return !isThere && process.env['ARBITER_NO_SKIP'] === undefined;
}

export const hasProgram = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Users can be made by root alone, and these are Linux's commands for it. */
export const isWithoutUsers = (): boolean =>
  isMissing(
    'start it as root, on Linux',
    process.getuid?.() === 0 && hasProgram('useradd') && hasProgram('setpriv'),
  );

export type Ended = SpawnSyncReturns<string>;

/** `setup` with these words, as whoever runs the tests. */
export const setup = (words: readonly string[]): Ended =>
  spawnSync(join(setupFolder, 'setup'), words, { encoding: 'utf8' });

export interface Host extends Disposable {
  readonly folder: string;
  readonly root: string;
  /** What users' names begin with. */
  readonly users: string;
  readonly runner: string;
  /** The options that `install` is told. */
  readonly options: readonly string[];
  readonly place: (...path: string[]) => string;
  /** `setup VERB … --root`. */
  readonly setup: (verb: string, ...words: string[]) => Ended;
  readonly installed: () => void;
  /** A program of the installation, as root's part of the unit starts it. */
  readonly asRoot: (program: string) => Ended;
  /** A program with the rights of the runner's user, as its unit starts it. */
  readonly asRunner: (
    command: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ) => Ended;
  /** Another archive of a program that stands in for GitHub's, and its digest. */
  readonly archive: (listener: string) => { readonly archive: string; readonly sha256: string };
  /** What the program prints that is asked for a JIT configuration. */
  readonly answers: (jitconfig: string) => void;
}

/** What GitHub answers for one runner, as far as anybody but its own program reads it. */
export function jitconfig(settings: Readonly<Record<string, unknown>> = {}): string {
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const runner = {
    AgentName: 'one',
    PoolName: 'caws',
    GitHubUrl: 'https://github.com/octo/shop',
    Ephemeral: 'True',
    WorkFolder: '_work',
    ...settings,
  };
  return base64({
    '.runner': base64(runner),
    '.credentials': base64({ scheme: 'OAuth' }),
    '.credentials_rsaparams': base64({ d: 'SECRET' }),
  });
}

/** @param name letters that no other host of a running test has. */
export function openHost(name: string): Host {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-runner-'));
  chmodSync(folder, 0o755);
  const users = `t${process.pid}${name}`;
  const runner = `${users}-runner`;
  const [root, node, arbiter, command] = ['root', 'node', 'arbiter.cjs', 'jitconfig'].map((each) =>
    join(folder, each),
  ) as [string, string, string, string];
  mkdirSync(root);
  copyFileSync(process.execPath, node);
  writeFileSync(arbiter, '');
  const archive = archivist(folder);
  const answers = (text: string) => {
    writeFileSync(command, `#!/bin/sh\necho '${text}'\n`);
    chmodSync(command, 0o700);
  };
  answers(jitconfig());
  const first = archive('exit 0');
  const options = [
    ...['--users', users, '--repository', 'octo/shop', '--ref', 'refs/heads/main'],
    ...['--group', 'caws', '--archive', first.archive, '--sha256', first.sha256],
    ...['--arbiter', arbiter, '--node', node, '--jitconfig-command', command],
    ...['--caches-gib', '2'],
  ];
  const place = (...path: string[]) => join(root, ...path);
  const run = (verb: string, ...words: string[]) => setup([verb, '--root', root, ...words]);
  return {
    ...{ folder, root, users, runner, options, place, archive, answers, setup: run },
    installed: () => {
      const ended = run('install', ...options);
      if (ended.status !== 0) throw new Error(ended.stderr);
    },
    asRoot: (program) => spawnSync(place('opt/caws-runner/libexec', program), { encoding: 'utf8' }),
    asRunner: (words, environment = {}) => {
      const as = ['--reuid', runner, '--regid', runner, '--init-groups', '--no-new-privs', '--'];
      const env = { PATH: '/usr/bin:/bin', ...environment };
      return spawnSync('/usr/bin/setpriv', [...as, ...words], { encoding: 'utf8', env });
    },
    [Symbol.dispose]: () => {
      for (const user of [runner, `${users}-judge`]) {
        spawnSync('pkill', ['-KILL', '-u', user]);
        spawnSync('userdel', ['--force', user]);
      }
      spawnSync('groupdel', [`${users}-clients`]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes archives laid out as GitHub's are, around a shell script in the place of its program. */
function archivist(folder: string) {
  let count = 0;
  return (listener: string) => {
    count += 1;
    const content = join(folder, `content-${count}`);
    mkdirSync(join(content, 'bin'), { recursive: true });
    writeFileSync(join(content, 'run.sh'), '');
    writeFileSync(join(content, 'bin/Runner.Listener'), `#!/bin/bash\n${listener}\n`);
    chmodSync(join(content, 'bin/Runner.Listener'), 0o6777);
    symlinkSync('bin/Runner.Listener', join(content, 'listener'));
    const archive = join(folder, `runner-${count}.tar.gz`);
    execFileSync('tar', ['-czf', archive, '-C', content, '.']);
    return { archive, sha256: sha256(readFileSync(archive)) };
  };
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Every path below a folder with its owner, mode and content: two equal answers are the same tree. */
export function treeOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const full = join(folder, path);
      const facts = lstatSync(full);
      const content = facts.isFile()
        ? sha256(readFileSync(full))
        : facts.isSymbolicLink()
          ? readlinkSync(full)
          : '';
      return `${path} ${facts.uid}:${facts.gid} ${facts.mode.toString(8)} ${content}`;
    });
}

export const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** Users and groups of the machine whose names begin so. */
export const namesFrom = (prefix: string): readonly string[] =>
  ['/etc/passwd', '/etc/group']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .map((line) => line.split(':')[0] ?? '')
    .filter((name) => name.startsWith(prefix));
