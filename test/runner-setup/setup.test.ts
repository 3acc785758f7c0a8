import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Host,
  hasProgram,
  isMissing,
  isWithoutUsers,
  namesFrom,
  openHost,
  setup,
  setupFolder,
  treeOf,
} from './host.ts';

const scripts = readdirSync(setupFolder, { recursive: true, encoding: 'utf8' })
  .map((path) => join(setupFolder, path))
  .filter(
    (path) =>
      statSync(path).isFile() &&
      /^#!\/bin\/bash|^# shellcheck shell=bash/.test(readFileSync(path, 'utf8')),
  );

describe('the scripts', () => {
  test.skipIf(isMissing('install shellcheck', hasProgram('shellcheck')))(
    'are such that shellcheck objects to nothing, and it objects to a broken one',
    () => {
      const hosts = scripts.filter((path) => !path.startsWith(join(setupFolder, 'lib')));
      for (const words of [['-a', join(setupFolder, 'setup')], hosts]) {
        const read = spawnSync('shellcheck', ['-x', '-P', 'SCRIPTDIR', ...words]);
        expect([read.status, String(read.stdout)]).toEqual([0, '']);
      }
      const broken = spawnSync('shellcheck', ['-s', 'bash', '-'], { input: 'rm -rf $1/*\n' });
      expect(broken.status).toBe(1);
    },
  );

  test('know no more than the bash 3.2 of macOS', () => {
    const newer =
      /\b(?:declare|local|typeset) -[Angu]|\b(?:mapfile|readarray|coproc)\b|\$\{\w+(?:,,|\^\^|@[A-Z])|&>>|\|&|\bwait -n|;;&|;&$|-v \w+ \]\]/m;
    expect(newer.test('local -A seen')).toBe(true);
    expect(scripts.length).toBeGreaterThan(15);
    for (const path of scripts) expect(newer.exec(readFileSync(path, 'utf8')), path).toBeNull();
  });

  test('never ask a pipe whose last program may stop reading: what it then says is chance', () => {
    const early = /\|\s*(?:grep -[A-Za-z]*q|head\b|awk '[^']*\bexit\b)/;
    expect(early.test('tar -tvzf "$1" | grep -Eqv x')).toBe(true);
    for (const path of scripts) expect(early.exec(readFileSync(path, 'utf8')), path).toBeNull();
  });
});

describe('the command line', () => {
  test('explains itself, and nothing is done for a word that is none', () => {
    expect(setup(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('uninstall'),
    });
    expect(setup([])).toMatchObject({ status: 2 });
    for (const words of [
      ['instal'],
      ['install', '--ref'],
      ['install', '--reff', 'refs/heads/main'],
      ['install', '--ref', 'main', '--dry-run'],
      ['install', '--ref', 'refs/heads/../x', '--dry-run'],
      ['install', '--repository', 'octo/shop\nx', '--dry-run'],
      ['install', '--repository', 'octo/$(id)', '--dry-run'],
      ['install', '--users', 'Root', '--dry-run'],
      ['install', '--node', '/usr/bin/no#de', '--dry-run'],
      ['install', '--server', 'http://github.com', '--dry-run'],
      // A shell counts in eights after a zero: it would wait for ever, or shorter than it was told.
      ['drain', '--wait', '08', '--dry-run'],
      ['install', '--dry-run'],
    ]) {
      const ended = setup(words);
      expect([ended.status, ended.stdout], words.join(' ')).toEqual([2, '']);
      const next = `\n  next   ${join(setupFolder, 'setup')} --help\n`;
      expect(ended.stderr).toMatch(/^setup: .+\n.+\n$/);
      expect(ended.stderr).toContain(next);
    }
  });

  test('names at once all that install wants', () => {
    const { stderr } = setup(['install', '--dry-run', '--group', 'caws']);
    expect(stderr).toContain(
      'install wants --repository, --ref, --archive, --sha256, --arbiter, --jitconfig-command or --jitconfig-file\n',
    );
  });

  test('says what comes next as it is typed, with the rights that it takes', () => {
    const said = (user: 'root' | 'somebody', text: string) => {
      const script = '. "$1"; called_by=$2; as_typed "$3"; printf %s "$typed"';
      const place = join(setupFolder, 'lib/say.sh');
      const words = ['-c', script, 'my folder/setup', place, user, text];
      return spawnSync('bash', words, { encoding: 'utf8' }).stdout;
    };
    const text = 'setup drain, then setup uninstall; or --now';
    const typed = 'my\\ folder/setup';
    expect(said('root', text)).toBe(`${typed} drain, then ${typed} uninstall; or --now`);
    expect(said('somebody', text)).toBe(
      `sudo ${typed} drain, then sudo ${typed} uninstall; or --now`,
    );
    expect(said('somebody', 'setup --help')).toBe(`${typed} --help`);
    expect(said('somebody', 'Written by setup.')).toBe('Written by setup.');
  });

  test('the other platform is rehearsed and never changed', () => {
    const other = process.platform === 'darwin' ? 'linux' : 'macos';
    expect(setup(['uninstall', '--platform', other])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--dry-run'),
    });
  });
});

describe.skipIf(isWithoutUsers())('a host', () => {
  let host: Host;
  beforeAll(() => {
    host = openHost('s');
  });
  afterAll(() => host[Symbol.dispose]());

  const changes = (said: string) => said.split('\n').filter((line) => /^ {2}[+~$-] /.test(line));

  test('the dry run says every change and makes none; install makes these; a second one makes none; uninstall leaves nothing', () => {
    const empty = treeOf(host.root);
    const dry = host.setup('install', ...host.options, '--dry-run');
    expect([dry.status, dry.stderr, treeOf(host.root)]).toEqual([0, '', empty]);
    expect(namesFrom(host.users)).toEqual([]);
    expect(dry.stdout).toContain('none of them made (--dry-run).');

    const first = host.setup('install', ...host.options);
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(changes(first.stdout)).toEqual(changes(dry.stdout));
    // Each thing that is there now was said, with its content's digest.
    const there = treeOf(host.root).filter((line) => !/\/runner\/|\/made /.test(line));
    const said = changes(dry.stdout).join('\n');
    for (const line of there) {
      const [path = '', , , digest = ''] = line.split(' ');
      expect(said).toContain(host.place(path));
      expect(said).toContain(digest);
    }

    const tree = treeOf(host.root);
    const second = host.setup('install', ...host.options);
    expect([second.status, second.stdout.split('\n').at(-2)]).toEqual([0, 'Nothing to change.']);
    expect(treeOf(host.root)).toEqual(tree);

    const model = host.place('var/lib/caws-judge/models/a.gguf');
    writeFileSync(model, 'long to fetch');
    expect(host.setup('uninstall')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining(model),
    });
    rmSync(model);
    const leaving = host.setup('uninstall', '--dry-run');
    expect(treeOf(host.root)).toEqual(tree);
    const left = host.setup('uninstall');
    expect([left.status, left.stderr, changes(left.stdout)]).toEqual([
      0,
      '',
      changes(leaving.stdout),
    ]);
    expect([treeOf(host.root), namesFrom(host.users)]).toEqual([empty, []]);
    expect(host.setup('uninstall').stdout).toBe('Nothing to change.\n');
    // Typed as it is told, with values in place of the words, it is taken.
    const [, next = ''] = /next {3}\S+setup (.*)\n/.exec(host.setup('update').stderr) ?? [];
    expect(next.split(' ').filter((word) => word.startsWith('--'))).toEqual(
      expect.arrayContaining(['--repository', '--archive', '--jitconfig-command']),
    );
    const given = host.options.filter((word) => word.startsWith('--'));
    expect(given).toEqual(expect.arrayContaining(next.match(/--[a-z0-9-]+/g) ?? ['']));
  });

  test('what is not as it should be is refused before anything is changed, with place and next command', () => {
    const bad = (name: string, value: string) => {
      const at = host.options.indexOf(`--${name}`);
      return host.options.with(at + 1, value);
    };
    const option = (name: string) => host.options[host.options.indexOf(`--${name}`) + 1] ?? '';
    const loose = join(host.folder, 'loose');
    mkdirSync(loose);
    chmodSync(loose, 0o777);
    writeFileSync(join(loose, 'program'), '#!/bin/sh\n', { mode: 0o755 });
    const foreign = join(host.folder, 'foreign');
    writeFileSync(foreign, '#!/bin/sh\n', { mode: 0o755 });
    chownSync(foreign, 65534, 65534);
    const link = join(host.folder, 'link');
    symlinkSync(foreign, link);
    const text = join(host.folder, 'text');
    writeFileSync(text, 'no archive');
    const table: readonly (readonly [readonly string[], RegExp])[] = [
      [bad('sha256', '0'.repeat(64)), /sha256 [0-9a-f]{64}, and --sha256 says 0{64}/],
      [bad('archive', '/nowhere'), /no file/],
      [bad('archive', text), /sha256/],
      [bad('node', join(loose, 'program')), /node can be changed by others than root/],
      [bad('node', link), new RegExp(`node can be changed[\\s\\S]*${foreign}`)],
      [bad('arbiter', join(host.folder, 'absent')), /the bundle is not there/],
      [bad('jitconfig-command', foreign), /prints a JIT configuration can be changed/],
      [bad('jitconfig-command', option('arbiter')), /not executable/],
    ];
    const before = treeOf(host.root);
    for (const [options, told] of table) {
      const ended = host.setup('install', ...options);
      expect([ended.status, ended.stderr]).toEqual([4, expect.stringMatching(told)]);
      expect(ended.stderr).toMatch(/^setup: .+\n {2}where {2}.+\n {2}next {3}.+\n$/);
      expect(treeOf(host.root)).toEqual(before);
    }
  });
});
