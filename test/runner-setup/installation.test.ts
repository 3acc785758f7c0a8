import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHost } from '../../src/adapters/sandbox/host.ts';
import {
  type Host,
  hasProgram,
  isMissing,
  isWithoutUsers,
  modeOf,
  openHost,
  setupFolder,
  sha256,
} from './host.ts';

describe.skipIf(isWithoutUsers())('an installation', () => {
  let host: Host;
  beforeAll(() => {
    host = openHost('i');
    host.installed();
  });
  afterAll(() => host[Symbol.dispose]());

  test('an archive that reaches out of its folder, or brings what is no file, is refused; what it grants to all, nobody gets', () => {
    const content = join(host.folder, 'odd');
    mkdirSync(join(content, 'bin'), { recursive: true });
    writeFileSync(join(content, 'bin/Runner.Listener'), '');
    const refused = (told: string, ...words: string[]) => {
      const archive = join(host.folder, 'odd.tar.gz');
      spawnSync('tar', ['-czf', archive, '-C', content, ...words, '.']);
      const options = ['--archive', archive, '--sha256', sha256(readFileSync(archive))];
      expect(host.setup('update', ...options)).toMatchObject({
        status: 4,
        stderr: expect.stringContaining(told),
      });
    };
    refused('a name that leaves the folder', '--transform', 's#^./bin/R#../bin/R#', '-P');
    refused('no bin/Runner.Listener', '--exclude', './bin/Runner.Listener');
    spawnSync('mkfifo', [join(content, 'pipe')]);
    refused('no folder and no link');
    rmSync(join(content, 'pipe'));
    symlinkSync('/etc', join(content, 'etc'));
    refused('a link out of its folder');
    // The program that stands stays, and was in an archive with every right there is.
    const program = host.place('var/lib/caws-runner/runner/bin/Runner.Listener');
    expect([modeOf(program), statSync(program).uid]).toEqual(['755', 0]);
    expect(host.setup('update').stdout).toContain('Nothing to change.');
  });

  test('an update changes what it is told and keeps the rest; what was changed by hand is shown and put back', () => {
    const next = host.archive('exit 7');
    const label = ['--labels', 'self-hosted,caws'];
    const archive = ['--archive', next.archive, '--sha256', next.sha256];
    const updated = host.setup('update', ...archive, ...label);
    expect([updated.status, updated.stderr]).toEqual([0, '']);
    expect(updated.stdout).toContain('+labels=self-hosted,caws');
    expect(
      readFileSync(host.place('var/lib/caws-runner/runner/bin/Runner.Listener'), 'utf8'),
    ).toContain('exit 7');
    expect(host.setup('update').stdout).toContain('Nothing to change.');

    const hook = host.place('opt/caws-runner/hooks/job-started.sh');
    appendFileSync(hook, 'exit 0\n');
    chmodSync(host.place('var/lib/caws-runner/marks'), 0o777);
    const mended = host.setup('update');
    expect(mended.stdout).toContain('-exit 0');
    expect(mended.stdout).toContain('2 changes made.');
    appendFileSync(hook, 'exit 0\n');
    expect(host.setup('update', '--dry-run').stdout).toContain('\n1 change, not made (--dry-run).');
    expect(host.setup('update').stdout).toContain('\n1 change made.');
    expect(readFileSync(hook, 'utf8')).toBe(
      readFileSync(join(setupFolder, 'host/hooks/job-started.sh'), 'utf8'),
    );
    expect(host.setup('install', ...host.options, '--users', 'other')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('setup uninstall'),
    });
  });

  describe('what the operator says of the machine', () => {
    const file = () => host.place('etc/caws-arbiter/host.json');
    const caches = () => host.place('var/lib/caws-caches');
    const says = () => JSON.parse(readFileSync(file(), 'utf8'));
    const isolation = [{ name: 'vm', program: '/bin/true', is: 'a machine' }, { own: true }];

    test('is as the arbiter reads it, with caches that are the runner’s alone', async () => {
      expect(await readHost(file())).toEqual({
        ok: true,
        value: { version: 1, caches: { folder: caches(), max_bytes: 2 * 1024 ** 3 } },
      });
      expect([modeOf(file()), modeOf(caches())]).toEqual(['644', '700']);
      const uid = spawnSync('id', ['-u', host.runner], { encoding: 'utf8' }).stdout.trim();
      expect(String(statSync(caches()).uid)).toBe(uid);
      const unit = readFileSync(host.place('etc/systemd/system/caws-runner.service'), 'utf8');
      expect(unit).toMatch(new RegExp(`^ReadWritePaths=.* -${caches()}$`, 'm'));
    });

    test('keeps every word of the operator’s, whatever becomes of the caches', async () => {
      writeFileSync(file(), `${JSON.stringify({ ...says(), isolation })}\n`);
      expect(host.setup('update').stdout).toContain('Nothing to change.');
      expect(host.setup('update', '--caches-gib', '3').status).toBe(0);
      expect(says()).toEqual({
        ...{ version: 1, isolation },
        caches: { folder: caches(), max_bytes: 3 * 1024 ** 3 },
      });
      writeFileSync(join(caches(), 'kept'), '');
      expect(host.setup('update', '--caches-gib', '0').stdout).toContain(`- ${caches()}`);
      expect([says(), existsSync(caches())]).toEqual([{ version: 1, isolation }, false]);
      // Caches that setup was never told of are the operator's.
      const own = { folder: '/srv/caches', max_bytes: 1e9 };
      writeFileSync(file(), JSON.stringify({ version: 1, caches: own }));
      host.setup('update', '--caches-gib', '2');
      expect(await readHost(file())).toMatchObject({
        value: { version: 1, caches: { folder: caches() } },
      });
    });

    test('is refused before anything is changed where it cannot be read', () => {
      const before = readFileSync(file());
      for (const text of ['version: 1', '[]', '{"version":2}', '{"version":1,"caches":{}}']) {
        writeFileSync(file(), text);
        expect(host.setup('update', '--caches-gib', '5')).toMatchObject({
          ...{ status: 4, stdout: '', stderr: expect.stringContaining('runner-host.schema.json') },
        });
        expect(readFileSync(file(), 'utf8')).toBe(text);
      }
      writeFileSync(file(), before);
    });
  });

  describe.skipIf(isMissing('install systemd', hasProgram('systemd-analyze')))('has units', () => {
    // 0 is shut in altogether, 100 is open. The runner has a network, and lets its sandbox make namespaces.
    test.each([
      ['caws-judge.service', 10],
      ['caws-runner.service', 40],
    ])(
      '%s is one that systemd objects to nothing in, and is shut in to below %i',
      (unit, bound) => {
        const file = host.place('etc/systemd/system', unit);
        const analyze = (...words: string[]) =>
          spawnSync('systemd-analyze', [...words, file], { encoding: 'utf8' });
        const text = readFileSync(file, 'utf8');
        const read = analyze('verify');
        expect([read.status, read.stderr]).toEqual([0, '']);
        const shut = ['security', '--offline=true', `--threshold=${bound}`];
        expect(analyze(...shut).status).toBe(0);
        writeFileSync(file, text.replace('ProtectSystem=strict', 'ProtectSystme=strict'));
        expect(analyze('verify').stderr).toContain('ProtectSystme');
        writeFileSync(file, text.replaceAll(/^(?:Capability|Private|NoNew|SystemCall).*\n/gm, ''));
        expect(analyze(...shut).status).not.toBe(0);
        writeFileSync(file, text);
      },
    );

    test('the judge has no network and no place to write but its socket’s; the runner has its control groups', () => {
      const unit = (name: string) => readFileSync(host.place('etc/systemd/system', name), 'utf8');
      const judge = unit('caws-judge.service');
      for (const line of [
        'PrivateNetwork=yes',
        'ProtectSystem=strict',
        'RestrictAddressFamilies=AF_UNIX',
      ])
        expect(judge).toContain(`\n${line}\n`);
      expect(judge).not.toMatch(/ReadWritePaths|StateDirectory/);
      const runner = unit('caws-runner.service');
      expect(runner).toContain('\nDelegate=memory pids\n');
      expect(runner).toContain(`\nUser=${host.runner}\n`);
      expect(runner).toContain(
        `\nReadWritePaths=-${host.place('var/lib/caws-runner/job')} -${host.place('run/caws-runner/handover')} -${host.place('var/lib/caws-caches')}\n`,
      );
      expect(runner).not.toMatch(/@\w+@/);
    });
  });

  describe('is looked at by a doctor, who', () => {
    interface Check {
      readonly id: string;
      readonly state: string;
      readonly measured: string;
      readonly remedy: string;
    }
    const checks = (): readonly Check[] => {
      const ended = host.setup('doctor', '--json');
      const told = JSON.parse(ended.stdout);
      expect(told).toMatchObject({
        schema: 'caws-arbiter/runner-doctor@1',
        healthy: ended.status === 0,
      });
      return told.checks;
    };
    const notOk = (all: readonly Check[]) =>
      all.filter(({ state }) => state !== 'ok').map(({ id }) => id);

    /** Ways to break a host, with the line that finds each, and back. */
    const faults = (): readonly (readonly [string, string, () => void])[] => {
      const hook = (name: string) => host.place('opt/caws-runner/hooks', name);
      const program = host.options[host.options.indexOf('--jitconfig-command') + 1] ?? '';
      const state = (...path: string[]) => host.place('var/lib/caws-runner', ...path);
      return [
        [
          'hooks',
          'job-started.sh is not as shipped',
          () => appendFileSync(hook('job-started.sh'), '\n'),
        ],
        ['hooks', 'job-completed.sh is absent', () => rmSync(hook('job-completed.sh'))],
        [
          'hooks',
          'libexec/settle is not as shipped',
          () => appendFileSync(host.place('opt/caws-runner/libexec/settle'), '\0'),
        ],
        [
          'hooks',
          'libexec/admit',
          () => chmodSync(host.place('opt/caws-runner/libexec/admit'), 0o777),
        ],
        ['places', 'models is', () => chmodSync(host.place('var/lib/caws-judge/models'), 0o777)],
        ['registration', 'can read', () => chmodSync(program, 0o755)],
        ['runner-age', '31 days old', () => age(31)],
        ['drained', 'by hand', () => writeFileSync(state('marks/drained'), 'by hand "\\\u0001')],
        ['users', 'bash', () => spawnSync('usermod', ['--shell', '/bin/bash', host.runner])],
        ['users', 'group sudo', () => spawnSync('usermod', ['-aG', 'sudo', host.runner])],
        [
          'runner-reads-judge',
          'can look',
          () => chmodSync(host.place('var/lib/caws-judge'), 0o755),
        ],
        [
          'judge-writes-models',
          'can change',
          () => chownSync(host.place('var/lib/caws-judge/models'), idOf(`${host.users}-judge`), 0),
        ],
        ['path', 'can write', () => chmodSync(state('runner'), 0o777)],
        [
          'caches',
          '700, so nothing is kept',
          () => chmodSync(host.place('var/lib/caws-caches'), 0o770),
        ],
        ['isolation', 'absent, and passed over', () => operatorNames(join(host.folder, 'no-vm'))],
        ['isolation', 'others than root may change', () => operatorNames(loose())],
        [
          'programs',
          'others than root',
          () => chownSync(join(host.folder, 'arbiter.cjs'), 65534, 0),
        ],
      ];
    };
    const named: string[] = [];
    const operatorNames = (program: string) => {
      named.push(program);
      const file = host.place('etc/caws-arbiter/host.json');
      const { isolation: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
      const isolation = named.map((each, at) => ({
        name: `vm${at}`,
        program: each,
        is: 'a machine',
      }));
      writeFileSync(file, JSON.stringify({ ...rest, isolation }));
    };
    const loose = () => {
      const program = join(host.folder, 'loose-vm');
      writeFileSync(program, '#!/bin/sh\n');
      chmodSync(program, 0o777);
      return program;
    };
    const idOf = (user: string) =>
      Number(spawnSync('id', ['-u', user], { encoding: 'utf8' }).stdout);
    const age = (days: number) => {
      const then = Date.now() / 1000 - days * 86_400;
      utimesSync(host.place('var/lib/caws-runner/runner/bin/Runner.Listener'), then, then);
    };

    test('finds what is wrong, each with its remedy, and nothing else', () => {
      // No systemd is asked below --root, and this bundle is empty: neither is taken for good.
      const always = notOk(checks());
      expect(always.filter((id) => id !== 'clock')).toEqual(['services', 'services', 'sandbox']);
      for (const [, , breaks] of faults()) breaks();
      const all = checks().filter(({ state }) => state !== 'ok');
      for (const [id, measured] of faults()) {
        const found = all.filter((check) => check.id === id);
        expect(found.map((check) => check.measured).join(), `${id}: ${measured}`).toMatch(measured);
      }
      for (const { remedy } of all) expect(remedy).not.toBe('');

      named.length = 0;
      operatorNames('/bin/true');
      chmodSync(join(host.folder, 'jitconfig'), 0o700);
      chownSync(join(host.folder, 'arbiter.cjs'), 0, 0);
      spawnSync('usermod', ['--shell', '/usr/sbin/nologin', host.runner]);
      spawnSync('gpasswd', ['--delete', host.runner, 'sudo']);
      chmodSync(host.place('var/lib/caws-runner/runner'), 0o755);
      expect(host.setup('update').status).toBe(0);
      expect(host.setup('drain', '--end').status).toBe(0);
      age(22);
      const mended = checks().filter(({ state }) => state !== 'ok');
      expect(mended.filter(({ state }) => state !== 'warn').map(({ id }) => id)).toEqual(always);
      expect(mended).toContainEqual(expect.objectContaining({ id: 'runner-age', state: 'warn' }));
    });

    test('asks the sandbox as the runner’s user, and takes no other answer for it', () => {
      const command = join(setupFolder, '../src/cli/main.ts');
      const bundle = join(host.folder, 'dist/arbiter.cjs');
      if (host.asRunner(['/usr/bin/test', '-r', command]).status === 0) {
        mkdirSync(join(host.folder, 'dist'));
        writeFileSync(bundle, `import(${JSON.stringify(command)});`);
      } else {
        spawnSync(process.execPath, [
          join(setupFolder, '../.ci/bundle.ts'),
          join(host.folder, 'dist'),
        ]);
      }
      expect(host.setup('update', '--arbiter', bundle).status).toBe(0);
      const [sandbox] = checks().filter(({ id }) => id === 'sandbox');
      // What holds is the machine's affair; that it was tried and told is ours.
      expect(sandbox?.measured).toMatch(
        /^(?:bwrap .* All \d+ attempts held|exit 1: bwrap .* NOT HELD|exit 4: .* no sandbox)/,
      );
      expect(sandbox?.state).toBe(sandbox?.measured.startsWith('bwrap') ? 'ok' : 'fail');
    });
  });
});
