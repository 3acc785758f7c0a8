/** macOS as far as it goes elsewhere: the dry run, the files read by linters, answers of its programs as documented. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hasProgram, isMissing, setup, setupFolder, treeOf } from './host.ts';

const folder = mkdtempSync(join(tmpdir(), 'arbiter-macos-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The page's own example. */
const page = readFileSync(join(setupFolder, 'README.md'), 'utf8');
const example =
  /setup install --dry-run ([^`]*?)\nsudo/.exec(page)?.[1]?.replaceAll('\\\n', ' ') ?? '';
const words = [...example.trim().split(/\s+/), '--platform', 'macos', '--root', folder];
const dry = setup(['install', ...words, '--dry-run']);

/** What launchd.plist(5) documents, with the type that it says. */
const documented: Readonly<Record<string, string>> = {
  EnvironmentVariables: 'dict',
  ExitTimeOut: 'int',
  GroupName: 'str',
  HardResourceLimits: 'dict',
  InitGroups: 'bool',
  KeepAlive: 'dict',
  Label: 'str',
  LimitLoadToSessionType: 'str',
  ProcessType: 'str',
  ProgramArguments: 'list',
  QueueDirectories: 'list',
  RunAtLoad: 'bool',
  StandardErrorPath: 'str',
  StandardOutPath: 'str',
  StartInterval: 'int',
  ThrottleInterval: 'int',
  Umask: 'int',
  UserName: 'str',
  WorkingDirectory: 'str',
};
const documentedBelow: Readonly<Record<string, readonly string[]>> = {
  HardResourceLimits: [
    'Core',
    'CPU',
    'Data',
    'FileSize',
    'MemoryLock',
    'NumberOfFiles',
    'NumberOfProcesses',
    'ResidentSetSize',
    'Stack',
  ],
  KeepAlive: ['SuccessfulExit', 'PathState', 'OtherJobEnabled', 'Crashed'],
};

/** Reads each text as strictly as Apple's own reader: what is no property list is null. */
const reading = `
import json, plistlib, sys
def read(text):
    try:
        values = plistlib.loads(text.encode())
        return {'kinds': {key: type(value).__name__ for key, value in values.items()}, 'values': values}
    except Exception:
        return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`;
const readAll = (texts: readonly string[]) => {
  const said = spawnSync('python3', ['-c', reading], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  return JSON.parse(said.stdout);
};

const labels = ['caws-arbiter.judge', 'caws-arbiter.keep', 'caws-arbiter.runner'];

describe('the files for launchd', () => {
  test.skipIf(isMissing('install python3', hasProgram('python3')))(
    'are property lists, have only keys that launchd documents, each of its type, and say what they should',
    () => {
      const texts = labels.map((label) =>
        readFileSync(join(setupFolder, 'launchd', `${label}.plist`), 'utf8'),
      );
      const all = readAll(texts);
      const read = Object.fromEntries(
        labels.map((label, at) => {
          const { kinds, values } = all[at];
          for (const [key, kind] of Object.entries(kinds))
            expect(documented[key], `${label}: ${key}`).toBe(kind);
          for (const [key, names] of Object.entries(documentedBelow))
            for (const name of Object.keys(values[key] ?? {})) expect(names, label).toContain(name);
          expect(values.Label).toBe(label);
          return [label.slice('caws-arbiter.'.length), values];
        }),
      );
      const broken = [
        ['</dict>', '</dcit>'],
        ['<key>Label', '<kee>Label'],
        ['</plist>', ''],
        ['</array>', ''],
        ['<integer>10', '<integer>ten'],
      ].flatMap(([found = '', wrong = '']) => texts.map((text) => text.replace(found, wrong)));
      expect(readAll(broken)).toEqual(
        broken.map((text) => (texts.includes(text) ? all[texts.indexOf(text)] : null)),
      );
      // The runner wants a session; the judge is a daemon with a user and a profile of its own.
      expect(read['runner']).toMatchObject({
        LimitLoadToSessionType: 'Aqua',
        QueueDirectories: ['@run@/handover'],
        Umask: 0o77,
      });
      expect(read['judge']).toMatchObject({
        UserName: '@judge_user@',
        GroupName: '@clients@',
        Umask: 0o07,
      });
      expect(read['judge'].ProgramArguments.slice(0, 3)).toEqual([
        '/usr/bin/sandbox-exec',
        '-f',
        '@base@/judge.sb',
      ]);
      expect(read['keep']).not.toHaveProperty('UserName');
    },
  );

  test('the judge’s profile denies by default, closes what it opens, and lets it reach no network', () => {
    const profile = readFileSync(join(setupFolder, 'launchd/judge.sb'), 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith(';;'))
      .join('\n');
    const bare = profile.replaceAll(/"[^"\n]*"/g, '');
    let depth = 0;
    for (const sign of bare) {
      depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect([depth, bare.includes('"')]).toEqual([0, false]);
    expect(profile.trim().split('\n').slice(0, 2)).toEqual(['(version 1)', '(deny default)']);
    expect(profile.match(/network[a-z-]*/g)).toEqual(['network-bind', 'network-inbound']);
    expect(profile).toContain('(local unix-socket (subpath "@judge_run@"))');
    expect(profile).toContain('"AGXDeviceUserClient"');
  });
});

describe('the dry run for macOS', () => {
  test('says users, files with their digests and services in order, and changes nothing', () => {
    expect([dry.status, dry.stderr, treeOf(folder)]).toEqual([0, '', []]);
    const said = dry.stdout;
    expect(said).toContain('Not measured, since this is no macos');
    const at = (text: string) => {
      expect(said).toContain(text);
      return said.indexOf(text);
    };
    const order = [
      '$ dseditgroup -o create -n . caws-clients',
      '$ dscl . -create /Users/caws-judge UserShell /usr/bin/false',
      '$ sysadminctl -addUser caws-runner ',
      '/opt/caws-runner/hooks/job-started.sh (root:wheel 755, sha256 ',
      '/opt/caws-runner/judge.sb (root:wheel 644, sha256 ',
      '/Library/LaunchDaemons/caws-arbiter.judge.plist (root:wheel 644, sha256 ',
      '/Library/LaunchAgents/caws-arbiter.runner.plist (root:wheel 644, sha256 ',
      'not run here (below --root): launchctl bootstrap',
      'none of them made (--dry-run).',
    ].map(at);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    // A password is typed, and stands in no argument.
    expect(said).toMatch(/sysadminctl .* -password -\n/);
    const whole = setup(['install', ...words.slice(0, -2), '--dry-run']).stdout;
    expect(whole).toContain(
      '$ launchctl bootstrap system /Library/LaunchDaemons/caws-arbiter.keep.plist',
    );
    expect(whole).toMatch(
      /\$ launchctl bootstrap gui\/\w+ \/Library\/LaunchAgents\/caws-arbiter\.runner\.plist/,
    );
  });
});

describe('the doctor on macOS', () => {
  /** One of its readers, given what a program of macOS prints. */
  const reads = (reader: string, answer: string) => {
    const script = `
      json=no unhealthy=0 checks= runner_user=caws-runner judge_user=caws-judge
      for part in lib/say.sh host/libexec/common.sh lib/doctor.sh lib/doctor-macos.sh; do . "$0/$part"; done
      "$1" "$2"`;
    const ended = spawnSync('/bin/bash', ['-c', script, setupFolder, reader, answer], {
      encoding: 'utf8',
    });
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    return ended.stdout.startsWith('✓') ? 'ok' : ended.stdout.split('→ ')[1]?.trim();
  };
  const power = (battery: number, mains: number) =>
    `Battery Power:\n sleep                ${battery}\n disksleep            10\nAC Power:\n displaysleep         10\n sleep                ${mains}\n`;

  test.each([
    ['macos_power_read', power(0, 0), 'ok'],
    ['macos_power_read', power(0, 1), 'pmset -a sleep 0 disksleep 0'],
    ['macos_power_read', power(15, 0), 'pmset -a sleep 0 disksleep 0'],
    ['macos_power_read', '', 'pmset -a sleep 0'],
    ['macos_vault_read', 'FileVault is Off.', 'ok'],
    ['macos_vault_read', 'FileVault is On.', expect.stringContaining('fdesetup disable')],
    ['macos_vault_read', 'FileVault is Off\nbut encryption is in progress', 'fdesetup status'],
    ['macos_vault_read', '', 'fdesetup status'],
    ['macos_login_read', 'caws-runner', 'ok'],
    ['macos_login_read', 'alice', expect.stringContaining('sysadminctl -autologin set')],
    ['macos_login_read', '', expect.stringContaining('sysadminctl -autologin set')],
    ['macos_clock_read', 'Network Time: On', 'ok'],
    ['macos_clock_read', 'Network Time: Off', 'systemsetup -setusingnetworktime on'],
    ['macos_clock_read', '', 'systemsetup -setusingnetworktime on'],
    ['macos_judge_read', 'UserShell: /usr/bin/false', 'ok'],
    [
      'macos_judge_read',
      'UserShell: /bin/zsh',
      expect.stringContaining('UserShell /usr/bin/false'),
    ],
    ['macos_judge_read', '', expect.stringContaining('dscl . -read')],
  ])('%s of %j', (reader, answer, told) => {
    expect(reads(reader, answer)).toEqual(told);
  });
});
