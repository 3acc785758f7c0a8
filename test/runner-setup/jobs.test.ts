/** Whole jobs, from a clean folder to a clean folder, with a script in the place of GitHub's program. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Host,
  isWithoutUsers,
  jitconfig,
  modeOf,
  openHost,
  setupFolder,
  treeOf,
} from './host.ts';

const setupProgram = join(setupFolder, 'setup');

/** What GitHub's program does, in its order: the hook, the job, the hook. The job is what the test says. */
const listener = `
set -u
mkdir -p _work/shop/shop _work/_temp
env | cut -d = -f 1 | sort > _work/_temp/names
printf '%s' "$ACTIONS_RUNNER_INPUT_JITCONFIG" > _work/_temp/jitconfig
ps -A -o args > _work/_temp/arguments
ls ../../../../run/caws-runner/handover > _work/_temp/handover
echo "$@" > _work/_temp/words
unset ACTIONS_RUNNER_INPUT_JITCONFIG
cd _work/shop/shop
source @JOB@
[[ -e @JOB@.without-hook ]] || bash -e "$ACTIONS_RUNNER_HOOK_JOB_COMPLETED" > @SAID@ 2>&1
`;

describe.skipIf(isWithoutUsers())('a runner', () => {
  let host: Host;
  let job: string;
  let said: string;
  const state = (...path: string[]) => host.place('var/lib/caws-runner', ...path);
  // What a job leaves behind would hold a pipe open, and its reader with it.
  const one = () =>
    host.asRunner([
      '/bin/bash',
      '-c',
      'exec "$0" > /dev/null 2>&1',
      host.place('opt/caws-runner/libexec/one-job'),
    ]);
  const marks = () =>
    existsSync(state('marks/dirty')) ? readFileSync(state('marks/dirty'), 'utf8') : '';

  beforeAll(() => {
    host = openHost('r');
    job = join(host.folder, 'job.sh');
    said = join(host.folder, 'said/hook');
    mkdirSync(join(host.folder, 'said'));
    const script = listener.replaceAll('@JOB@', job).replaceAll('@SAID@', said);
    const { archive, sha256 } = host.archive(script);
    const words = ['--archive', archive, '--sha256', sha256];
    expect(host.setup('install', ...host.options, ...words)).toMatchObject({ status: 0 });
    chownSync(join(host.folder, 'said'), idOf(host.runner), 0);
  });
  beforeEach(() => rmSync(state('marks/dirty'), { force: true }));
  afterAll(() => host[Symbol.dispose]());

  const idOf = (user: string) => Number(spawnSync('id', ['-u', user], { encoding: 'utf8' }).stdout);
  /** What the dead are called is of no interest. */
  const processesOf = (user: string) =>
    spawnSync('ps', ['-o', 'stat=,args=', '-u', user], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line !== '' && !line.startsWith('Z'))
      .join('\n');

  /** One job from beginning to end, as the unit runs the three programs. */
  const runs = (script: string, withHook = true): string => {
    writeFileSync(job, script);
    rmSync(`${job}.without-hook`, { force: true });
    rmSync(said, { force: true });
    if (!withHook) writeFileSync(`${job}.without-hook`, '');
    expect(host.asRoot('prepare')).toMatchObject({ status: 0, stderr: '' });
    one();
    return withHook ? readFileSync(said, 'utf8') : '';
  };

  test('starts in a clean folder of root’s files, with one configuration that nobody else sees, and leaves none of it', () => {
    const before = treeOf(host.root).filter((line) => !line.startsWith('run'));
    writeFileSync(
      job,
      `touch result; mkdir -p locked/in; chmod 0 locked
       (echo evil > ../../../bin/Runner.Listener) 2> ../../_temp/refused
       (echo evil > ${state('home')}/.npmrc) 2>> ../../_temp/refused`,
    );
    expect(host.asRoot('prepare')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(modeOf(state('job'))).toBe('700');
    expect(modeOf(host.place('run/caws-runner/handover'))).toBe('700');
    expect(modeOf(host.place('run/caws-runner/handover/jitconfig'))).toBe('600');
    expect(one().status).toBe(0);
    const seen = (name: string) => readFileSync(state('job/_work/_temp', name), 'utf8');
    expect(seen('words')).toBe('run\n');
    expect(seen('jitconfig')).toBe(jitconfig());
    expect(seen('arguments')).not.toContain(jitconfig().slice(0, 40));
    expect(seen('handover')).toBe('');
    expect(
      seen('names')
        .split('\n')
        .filter((name) => !['', '_', 'SHLVL', 'PWD', 'OLDPWD'].includes(name)),
    ).toEqual([
      'ACTIONS_RUNNER_HOOK_JOB_COMPLETED',
      'ACTIONS_RUNNER_HOOK_JOB_STARTED',
      'ACTIONS_RUNNER_INPUT_JITCONFIG',
      'ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE',
      'HOME',
      'LANG',
      'LC_ALL',
      'PATH',
      'TMPDIR',
    ]);
    expect(seen('refused').match(/Permission denied/g)).toHaveLength(2);
    expect(readFileSync(said, 'utf8')).toContain('The job left nothing behind.');
    expect(existsSync(state('job/_work/shop'))).toBe(false);
    expect(host.asRoot('settle')).toMatchObject({ status: 0, stderr: '' });
    expect(treeOf(host.root).filter((line) => !line.startsWith('run'))).toEqual(before);
    expect(existsSync(host.place('run/caws-runner/handover'))).toBe(false);
  });

  test('ends what a job left running, however it hides, and nothing of the judge’s', () => {
    const judge = spawn('setpriv', [
      '--reuid',
      `${host.users}-judge`,
      '--clear-groups',
      'sleep',
      '600',
    ]);
    const hides = `
      setsid sleep 600 & (setsid bash -c 'trap "" TERM HUP INT; sleep 601; sleep 602' &) ; nohup sleep 603 >/dev/null 2>&1 &
      env -u RUNNER_TRACKING_ID setsid bash -c 'exec -a Runner.Worker sleep 604' & sleep 0.2`;
    const told = runs(hides);
    expect(told).toMatch(/ended [4-9]\d* processes that the job left/);
    expect(told).toContain('The job left nothing behind.');
    expect(processesOf(host.runner)).toBe('');
    // What forks and ends without end can outrun a list of processes, but not root's way to end all at once.
    const forks = `chain() { ( trap '' TERM; sleep 0.02; chain ) & }
      chain; chain; chain`;
    runs(`${hides}\n${forks}`, false);
    expect(processesOf(host.runner)).not.toBe('');
    expect(host.asRoot('settle').status).toBe(0);
    expect(processesOf(host.runner)).toBe('');
    expect(judge.exitCode).toBeNull();
    expect(processesOf(`${host.users}-judge`)).toContain('sleep 600');
    judge.kill('SIGKILL');
    expect(marks()).toBe('');
  });

  test('takes no further job where a job left what would run again, also when the job went round the hook', () => {
    const left = [
      ['.npmrc', 'echo registry=https://example.org > $HOME/.npmrc'],
      ['.local/bin', 'mkdir -p $HOME/.local/bin; cp /bin/true $HOME/.local/bin/node'],
      ['Library/LaunchAgents', 'mkdir -p $HOME/Library/LaunchAgents'],
      ['.config/systemd', 'mkdir -p $HOME/.config/systemd/user'],
      ['.bashrc', 'ln -s /nowhere $HOME/.bashrc'],
      ['.gitconfig', 'touch -d 2000-01-01 $HOME/.gitconfig'],
    ] as const;
    const script = left.map(([, line]) => line).join('\n');
    const told = runs(script);
    for (const [name] of left) expect(told).toContain(`left in a home: ${state('job/home', name)}`);
    expect(told).toContain(`next   on the machine: sudo ${setupProgram} doctor\n`);
    expect(host.asRoot('settle').stderr).toContain('No further job is taken.');
    for (const [name] of left) expect(marks()).toContain(state('job/home', name));
    expect(host.asRoot('prepare')).toMatchObject({
      status: 75,
      stderr: expect.stringContaining(`then sudo ${setupProgram} drain --end\n`),
    });
    expect(existsSync(state('job'))).toBe(false);
    expect(host.setup('drain', '--end')).toMatchObject({ status: 0 });
    expect(marks()).toBe('');
    runs(script, false);
    host.asRoot('settle');
    for (const [name] of left) expect(marks()).toContain(state('job/home', name));
  });

  test('takes no job as long as something is to be run later, or was put into the home of its user', () => {
    const spool = host.place('var/spool/cron/crontabs');
    runs('true');
    mkdirSync(spool, { recursive: true });
    writeFileSync(join(spool, host.runner), '* * * * * true\n');
    writeFileSync(state('home/.npmrc'), 'registry=https://example.org\n');
    host.asRoot('settle');
    expect(marks()).toContain('left to be run later');
    expect(marks()).toContain('home/.npmrc');
    expect(host.setup('drain', '--end')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('marks/dirty'),
    });
    rmSync(host.place('var/spool'), { recursive: true });
    rmSync(state('home/.npmrc'));
    expect(host.setup('drain', '--end').status).toBe(0);
    expect(host.asRoot('prepare').status).toBe(0);
  });

  test('what a job writes in the place of the hook’s finding can neither hang nor mislead', () => {
    const place = host.place('run/caws-runner/handover/dirty');
    const secret = join(host.folder, 'secret');
    writeFileSync(secret, 'TOP SECRET', { mode: 0o600 });
    for (const [script, told] of [
      [`mkfifo ${place}`, ''],
      [`ln -s ${secret} ${place}`, ''],
      [
        `printf 'a\\n::error::b\\n\\033[31m' > ${place}; head -c 900000 /dev/zero >> ${place}`,
        '  ??error??b',
      ],
    ] as const) {
      runs(script, false);
      expect(host.asRoot('settle').status).toBe(0);
      expect(marks()).toContain(told);
      expect(marks().length).toBeLessThan(9000);
      expect(marks()).not.toMatch(/SECRET|[^\n\x20-\x7e]/);
      rmSync(state('marks/dirty'), { force: true });
    }
    // Nor does it start a runner of its own from what it leaves.
    runs('true', false);
    const own = jitconfig({ AgentName: 'mallory' });
    const handed = host.place('run/caws-runner/handover/jitconfig');
    host.asRunner(['/bin/sh', '-c', 'echo "$0" > "$1"', own, handed]);
    expect(one().status).toBe(1);
    expect(readFileSync(state('job/_work/_temp/jitconfig'), 'utf8')).toBe(jitconfig());
    host.asRoot('settle');
    symlinkSync('/etc', state('job'));
    expect(host.asRoot('settle').status).toBe(0);
    expect(existsSync('/etc/passwd')).toBe(true);
  });

  test('is drained: the running job is waited for, the idle runner ends, and no other starts', () => {
    expect(host.asRoot('prepare').status).toBe(0);
    const idle = (name: string) =>
      spawn('setpriv', [
        '--reuid',
        host.runner,
        '--clear-groups',
        'bash',
        '-c',
        `exec -a ${name} sleep 600`,
      ]);
    const processes = [idle('./bin/Runner.Listener'), idle('./bin/Runner.Worker')];
    return expect
      .poll(() => processesOf(host.runner))
      .toMatch(/Listener.*Worker|Worker.*Listener/s)
      .then(() => {
        const waits = host.setup('drain', '--wait', '0');
        expect(waits).toMatchObject({
          status: 4,
          stderr: expect.stringContaining('setup drain --now'),
        });
        expect(existsSync(state('job/.drain'))).toBe(true);
        expect(host.setup('uninstall')).toMatchObject({
          status: 4,
          stderr: expect.stringContaining('a job runs'),
        });
        processes[1]?.kill('SIGKILL');
        spawnSync('pkill', ['-KILL', '-u', host.runner, '-f', 'Runner.Worker']);
        expect(host.setup('drain')).toMatchObject({ status: 0, stderr: '' });
        expect(processesOf(host.runner)).toBe('');
        expect(host.asRoot('prepare').status).toBe(75);
        expect(host.setup('drain').stdout).toBe('Nothing to change.\n');
        expect(host.setup('drain', '--end').status).toBe(0);
        expect(host.asRoot('prepare').status).toBe(0);
      });
  });
});
