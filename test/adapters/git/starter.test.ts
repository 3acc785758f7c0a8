import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { runGit, startGit } from '../../../src/adapters/git/process.ts';
import { type Started, startSmall } from '../../../src/adapters/git/starter.ts';
import type { Program } from '../../../src/adapters/git/starter-process.ts';
import { eventually, gone } from './waiting.ts';

const folder = mkdtempSync(join(tmpdir(), 'caws-starter-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What makes a process large. */
const held = Buffer.alloc(200 * 1024 * 1024, 1);
const env = { PATH: process.env['PATH'] as string };
const module = join(import.meta.dirname, '../../../src/adapters/git/starter.ts');

function started(program: string, args: readonly string[], more: Partial<Program> = {}): Started {
  const small = startSmall({ program, args, env, wholeGroup: false, ...more });
  if (small === null) throw new Error(`not large with ${held.length} bytes`);
  return small;
}

const shell = (script: string, more: Partial<Program> = {}) =>
  started('/bin/sh', ['-c', script], more);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** How many wait for a listener is bounded for each network; not every system gives a process one of its own. */
const noNetwork = spawnSync('unshare', ['-rn', 'true']).status !== 0;

/** Writes its number to a file, and then nothing ends it but a signal. */
const hanging = (file: string) => `echo $$ >${file}.new; mv ${file}.new ${file}; exec sleep 1000`;

/** A large process that starts a program from a small one. */
function largeProcess(script: string, then: string): string {
  return `const { startSmall } = await import(${JSON.stringify(module)});
    const held = Buffer.alloc(200 * 1024 * 1024, 1);
    const args = ['-c', ${JSON.stringify(script)}];
    const started = startSmall({ program: '/bin/sh', args, env: { PATH: process.env.PATH }, wholeGroup: true });
    ${then}`;
}

describe('a program that a small process starts', () => {
  test('sees its words, its folder and its environment as they are, and nothing else', async () => {
    const words = ["it's", '"$(touch owned)"', 'two\nlines', '', '-x', 'ünïcödé \u{1f600}', '\\'];
    const told = 'console.log(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))';
    const sees = { A: '1\n2', ÄÖ: '$HOME' };
    const { stdout } = started(process.execPath, ['-e', told, '--', ...words], {
      ...{ env: sees, cwd: folder },
    });
    expect(JSON.parse(await text(stdout))).toEqual([words, sees, folder]);
  });

  test('gets all its input and gives all its output, however many run beside it', async () => {
    const runs = Array.from({ length: 12 }, (_, at) => {
      const small = started('cat', []);
      const input = String.fromCharCode(97 + at).repeat(300_000);
      small.stdin.end(input);
      return text(small.stdout).then((output) => output === input);
    });
    expect(await Promise.all(runs)).toEqual(runs.map(() => true));
  });

  test('tells how it ended, and what it complained', async () => {
    const failing = shell('echo no >&2; exit 3');
    expect(await text(failing.stderr)).toBe('no\n');
    expect(await failing.ended).toEqual({ code: 3, signal: null });
    expect(await shell('kill -TERM $$').ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await shell('exit 0').ended).toEqual({ code: 0, signal: null });
    const nowhere = started('no-such-program', []);
    expect(await nowhere.ended).toMatchObject({ error: { code: 'ENOENT' } });
    expect(await text(nowhere.stdout).catch(() => '')).toBe('');
  });

  test('that ended before it read its input is told by how it ended', async () => {
    const small = shell('exit 5');
    small.stdin.end('x'.repeat(5_000_000));
    expect(await small.ended).toEqual({ code: 5, signal: null });
  });

  test('is ended at once, with its whole group where it leads one', async () => {
    const [leader, child] = [join(folder, 'leader'), join(folder, 'child')];
    const small = shell(`sh -c '${hanging(child)}' & ${hanging(leader)}`, { wholeGroup: true });
    const pids = [await pidIn(leader), await pidIn(child)];
    small.kill();
    expect(await small.ended).toEqual({ code: null, signal: 'SIGKILL' });
    for (const pid of pids) await gone(pid);
  });

  test('may be ended before it began', async () => {
    const small = shell('exec sleep 1000');
    small.kill();
    expect(await small.ended).not.toMatchObject({ code: expect.any(Number) });
  });
});

test.each([
  ['that a small process starts', undefined],
  ['that is started in the ordinary way', () => () => undefined],
])(
  'a run %s has not ended well where its output was cut, however it ended itself',
  async (_, watch) => {
    const run = runGit({ args: ['--version'], env, watch, limitMs: 10_000, bytesMax: 3 });
    // It has printed everything, and ended, before anybody reads.
    await new Promise((done) => setImmediate(done));
    execFileSync('sleep', ['0.1']);
    expect(await run).toMatchObject({ ended: 'too-many-bytes', code: null });
  },
);

test('a run whose starter is lost is told so and ended, and the next one has another', async () => {
  const file = join(folder, 'lost');
  const small = shell(hanging(file));
  const pid = await pidIn(file);
  process.kill(parentOf(pid), 'SIGKILL');
  expect(await small.ended).toMatchObject({ error: { message: expect.stringContaining('ended') } });
  await gone(pid);
  expect(await shell('exit 4').ended).toEqual({ code: 4, signal: null });
});

test('a run is ended also where its starter hangs', async () => {
  const file = join(folder, 'hangs');
  const small = shell(hanging(file));
  const pid = await pidIn(file);
  process.kill(parentOf(pid), 'SIGSTOP');
  small.kill();
  expect(await small.ended).toHaveProperty('error');
  await gone(pid);
  expect(await shell('exit 7').ended).toEqual({ code: 7, signal: null });
});

test('a run that ended while this thread was held takes no other with it', async () => {
  const files = [join(folder, 'beside'), join(folder, 'held')] as const;
  const [beside, small] = files.map((file) => shell(hanging(file))) as [Started, Started];
  const [pidBeside, pid] = [await pidIn(files[0]), await pidIn(files[1])];
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
  try {
    small.kill();
    while (isThere(pid));
    // Time has gone by, and nothing was heard.
    vi.advanceTimersToNextTimer();
  } finally {
    vi.useRealTimers();
  }
  expect(await small.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(isThere(pidBeside)).toBe(true);
  beside.kill();
  expect(await beside.ended).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a run whose end is late to be told, as on a busy machine, takes no other with it', async () => {
  const files = [join(folder, 'goes-on'), join(folder, 'late')] as const;
  const [goesOn, late] = files.map((file) => shell(hanging(file))) as [Started, Started];
  const [pid, pidLate] = [await pidIn(files[0]), await pidIn(files[1])];
  const starter = parentOf(pid);
  process.kill(starter, 'SIGSTOP');
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
  try {
    late.kill();
    for (let step = 0; step < 9; step += 1) vi.advanceTimersToNextTimer();
  } finally {
    vi.useRealTimers();
  }
  // What comes meanwhile is started by another one.
  expect(await shell('exit 5').ended).toEqual({ code: 5, signal: null });
  process.kill(starter, 'SIGCONT');
  expect(await late.ended).toEqual({ code: null, signal: 'SIGKILL' });
  await gone(pidLate);
  expect(isThere(pid)).toBe(true);
  goesOn.kill();
  expect(await goesOn.ended).toEqual({ code: null, signal: 'SIGKILL' });
});

test('git that lost its starter before it said anything is asked once more', async () => {
  const file = join(folder, 'beside-git');
  const beside = shell(hanging(file));
  const starter = parentOf(await pidIn(file));
  const git = startGit({ args: ['hash-object', '--stdin'], env, limitMs: 60_000, bytesMax: 100 });
  process.kill(starter, 'SIGKILL');
  await beside.ended;
  let said = '';
  const end = await git.run('', (chunk) => {
    said += String(chunk);
    return undefined;
  });
  expect([end.ended, end.code, said]).toEqual([
    'exited',
    0,
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n',
  ]);
});

test('a starter that is lost at the beginning of many runs leaves no descriptor open', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  expect(await shell('exit 0').ended).toEqual({ code: 0, signal: null });
  const before = descriptors();
  const file = join(folder, 'among-many');
  const hangs = shell(hanging(file));
  const starter = parentOf(await pidIn(file));
  const many = Array.from({ length: 20 }, () => shell('exec cat').ended);
  await new Promise((done) => setImmediate(done));
  process.kill(starter, 'SIGKILL');
  for (const each of await Promise.all([hangs.ended, ...many]))
    expect(each).toHaveProperty('error');
  expect(await shell('exit 0').ended).toEqual({ code: 0, signal: null });
  await eventually(() => descriptors() <= before || null);
});

test('nothing outlives a process that is killed, neither programs nor folders', async () => {
  const file = join(folder, 'orphan');
  const place = mkdtempSync(join(folder, 'place-'));
  const program = largeProcess(hanging(file), '');
  const args = ['--input-type=module', '-e', program];
  const parent = spawn(process.execPath, args, { env: { ...env, TMPDIR: place }, stdio: 'ignore' });
  const pid = await pidIn(file);
  expect(execFileSync('ls', [place], { encoding: 'utf8' })).toMatch(/^caws-starter-/);
  parent.kill('SIGKILL');
  await gone(pid);
  await eventually(() => execFileSync('ls', [place], { encoding: 'utf8' }) === '' || null);
});

test('a starter that has nothing to do holds no process', () => {
  const program = largeProcess('exit 6', 'console.log((await started.ended).code);');
  const args = ['--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })).toBe('6\n');
});

test('a folder that was swept away meanwhile costs no run, neither one before nor one after', () => {
  const place = mkdtempSync(join(folder, 'place-'));
  const program = largeProcess(
    'echo here >&2; read line; exit 3',
    `const { readdirSync, rmSync } = await import('node:fs');
    await new Promise((done) => started.stderr.once('readable', done));
    for (const name of readdirSync('${place}')) rmSync('${place}/' + name, { recursive: true });
    const next = startSmall({ program: '/bin/sh', args: ['-c', 'exit 4'], env: {}, wholeGroup: false });
    console.log((await next.ended).code);
    started.stdin.end('on\\n');
    console.log((await started.ended).code, readdirSync('${place}').length);`,
  );
  const args = ['--input-type=module', '-e', program];
  const sees = { ...env, TMPDIR: place };
  expect(
    execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000, env: sees }),
  ).toBe('4\n3 1\n');
});

test('a git that answered while this thread was held was not too slow', async () => {
  const run = runGit({ args: ['--version'], env, limitMs: 500, bytesMax: 1_000 });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  const { ended, code, stdout } = await run;
  expect([ended, code, String(stdout).startsWith('git version')]).toEqual(['exited', 0, true]);
});

describe('a large process', () => {
  const git = `const { runGit } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/git/process.ts'))});
    const { closeSync, openSync, readdirSync, readFileSync, rmSync } = await import('node:fs');
    const held = Buffer.alloc(200 * 1024 * 1024, 1);
    const call = { args: ['--version'], env: { PATH: process.env.PATH }, limitMs: 2_000, bytesMax: 1e6 };
    const runs = async () => (await runGit(call)).code;
    const children = () => readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').split(' ').length - 1;`;
  /** @param before what a shell does first. */
  const says = (script: string, place: string, before: string, under = ['/bin/sh']) => {
    const [program = '', ...words] = under;
    const node = [process.execPath, '--input-type=module', '-e', script];
    return execFileSync(program, [...words, '-c', `${before}; exec "$@"`, 'sh', ...node], {
      ...{ encoding: 'utf8', timeout: 240_000, env: { ...env, TMPDIR: place } },
    });
  };
  const fewDescriptors = 'ulimit -n 64';

  test('that has no place for a starter runs git in the ordinary way until it has one, and one starter alone', () => {
    const place = join(folder, 'not-yet');
    const script = `${git}
      const { mkdirSync } = await import('node:fs');
      const told = [await runs(), children()];
      const { execPath } = process;
      process.execPath = '/nonexistent';
      mkdirSync('${place}');
      told.push(await runs(), children());
      process.execPath = execPath;
      told.push(await runs(), children());
      for (const name of readdirSync('${place}')) rmSync('${place}/' + name, { recursive: true });
      told.push(await runs());
      while (children() > 1) await new Promise((done) => setTimeout(done, 5));
      console.log(...told, readdirSync('${place}').length);`;
    expect(says(script, place, fewDescriptors)).toBe('0 0 0 0 0 1 0 1\n');
  });

  test.each([
    ['that never had a starter', ''],
    ['whose starter waits', 'await runs();'],
  ])('%s is told where there is no descriptor for a run, and goes on', (_, before) => {
    const script = `${git} ${before}
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      process.memoryUsage.rss = () => 1e9;
      const told = [await runs(), await runs()];
      for (const each of open) closeSync(each);
      console.log(...told, await runs());`;
    expect(says(script, folder, fewDescriptors)).toBe('null null 0\n');
  });

  test.skipIf(noNetwork)(
    'that is busy loses no run, however few the system lets wait for it',
    () => {
      const script = `${git} await runs();
      const many = Array.from({ length: 12 }, runs);
      const until = performance.now() + 100;
      setTimeout(() => { while (performance.now() < until); }, 1);
      console.log(...(await Promise.all(many)));`;
      const few = 'echo 4 >/proc/sys/net/core/somaxconn';
      expect(says(script, folder, few, ['unshare', '-rn', '/bin/sh'])).toBe(
        `${Array(12).fill(0).join(' ')}\n`,
      );
    },
  );
});

test('where no starter lives, what comes next is started in the ordinary way', () => {
  const program = largeProcess(
    '',
    `const { error } = await started.ended;
    console.log(error.message, startSmall({ program: 'true', args: [], env: {}, wholeGroup: false }));`,
  );
  const args = ['--input-type=module', '-e', `process.execPath = '/bin/false';${program}`];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })).toBe(
    'whoever starts programs has ended null\n',
  );
});

test('a process that is not large starts its programs itself', () => {
  const program = `const { startSmall } = await import(${JSON.stringify(module)});
    console.log(startSmall({ program: 'true', args: [], env: {}, wholeGroup: false }));`;
  const args = ['--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('null\n');
});

/** The number of whoever started a process. */
const parentOf = (pid: number): number =>
  Number(/\) \w (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);

const pidIn = (file: string): Promise<number> =>
  eventually(() => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : null));
