/** Programs that the host's operator names to run gates in: one that does, and those that lie, hang and die. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import { attempts } from '../../../src/adapters/sandbox/attempts.ts';
import {
  type IsolationProgram,
  type RunnerHost,
  readHost,
} from '../../../src/adapters/sandbox/host.ts';
import { testSandbox } from '../../../src/adapters/sandbox/sandbox-test.ts';
import { isolationOf } from '../../../src/adapters/sandbox/strongest.ts';
import { ok } from '../../../src/primitives.ts';
import { until } from '../../eventually.ts';
import {
  byCommand,
  noProgress,
  passingReport,
  planned,
  repositoryOf,
  temporaryFolder,
} from '../gates/scene.ts';
import { sandboxHere } from './machine.ts';

const here = await sandboxHere();
const root = join(import.meta.dirname, '../../..');
const sample = join(root, 'runner-setup/isolation/bwrap-sample.cjs');
const patience = { versionMs: 60_000, startMs: 60_000, endMs: 60_000 };
/** For what hangs in any case. */
const little = { versionMs: 1_000, startMs: 1_000, endMs: 1_000 };

const named = (program: string, more: Partial<IsolationProgram> = {}): IsolationProgram => ({
  ...{
    name: 'box',
    program,
    is: 'a box of cardboard',
    environment: { PATH: process.env['PATH'] ?? '' },
  },
  ...more,
});

const saying = (...isolation: NonNullable<RunnerHost['isolation']>) =>
  ok({ version: 1, isolation } as RunnerHost);

const found = (...isolation: NonNullable<RunnerHost['isolation']>) =>
  isolationOf(saying(...isolation), [], patience);

/** A program of three verbs; each is a line for the shell. */
function program(
  folder: string,
  verbs: { readonly version?: string; readonly run?: string; readonly end?: string },
): string {
  const file = join(folder, 'program');
  const { version = 'echo box 1.2', run = honest, end = ':' } = verbs;
  const text = `#!/bin/sh\ncase $1 in\nversion) ${version} ;;\nrun) ${run} ;;\nend) ${end} ;;\nesac\n`;
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

const words = `require('fs').readFileSync(process.argv[1])`;
/** Runs what it is asked to, in the tree, and holds it by nothing. */
const honest = `exec '${process.execPath}' -e "const { command: [program, ...rest], tree } = JSON.parse(${words});
const { status } = require('child_process').spawnSync(program, rest, { cwd: tree, stdio: 'inherit' });
process.exit(status)" "$2"`;

async function ask(
  isolation: Awaited<ReturnType<typeof found>>,
  script: string,
  timeoutMs = 20_000,
) {
  using folder = temporaryFolder();
  const head = repositoryOf(folder.path, { 'made.xml': passingReport });
  const runner = localCommands({
    ...{ repository: folder.path, cores: 1, sandbox: async () => isolation },
  });
  const answer = byCommand(['/bin/sh', '-c', script], 'junit.xml', { sandbox: 'required' });
  const [given] = await runner.answer(
    [planned('unit', answer, { timeoutMs })],
    { base: head, head },
    noProgress,
  );
  return given;
}

describe.runIf(here)('the sample that is shipped', () => {
  test('runs a gate, whose report and exit code are told, and the record says what it is', async () => {
    const isolation = await isolationOf(saying(named(sample)), []);
    const script = 'cp made.xml junit.xml; ls / | tr "\\n" " "; pwd | cut -c 1-5; exit 3';
    expect(await ask(isolation, script)).toMatchObject({
      ...{ state: 'answered', exitCode: 3, evidence: [{ name: 'junit.xml' }] },
      isolation: expect.stringMatching(
        /^isolation program box: a box of cardboard \(bubblewrap [\d.]+\), no network$/,
      ),
      outputTail: expect.not.stringMatching(/\b(root|var|srv)\b/),
    });
  });

  test('holds what an attempt tries', async () => {
    const isolation = await isolationOf(saying(named(sample)), []);
    if (isolation.kind !== 'works') throw new Error(JSON.stringify(isolation));
    const tries = [
      'read-secrets',
      'see-identity',
      'open-sockets',
      'take-memory-together',
      'leave-process',
    ];
    const chosen = attempts.filter(({ id }) => tries.includes(id));
    const results: unknown[] = [];
    for await (const each of testSandbox(
      isolation.sandbox,
      { privateFolders: [], tools: [] },
      chosen,
    ))
      results.push([each.id, each.held]);
    expect(results).toEqual(chosen.map(({ id }) => [id, true]));
  });
});

test('an attempt that a program does not hold is told', async () => {
  using folder = temporaryFolder();
  const isolation = await found(named(program(folder.path, {})));
  if (isolation.kind !== 'works') throw new Error(JSON.stringify(isolation));
  const chosen = attempts.filter(({ id }) => id === 'read-secrets');
  for await (const { held } of testSandbox(
    isolation.sandbox,
    { privateFolders: [], tools: [] },
    chosen,
  ))
    expect(held).toBe(false);
});

describe('a program is broken, and nothing runs in it, that', () => {
  const lies: readonly [string, Parameters<typeof program>[1], RegExp][] = [
    [
      'does nothing and says that all is well',
      { run: 'exit 0' },
      /says that it ran what it did not/,
    ],
    ['loses the exit code', { run: `(${honest}); exit 0` }, /says that it ran what it did not/],
    ['loses what is printed', { run: `(${honest}) >/dev/null` }, /isolation program box/],
    [
      'runs it elsewhere',
      { run: honest.replace('cwd: tree', `cwd: '/tmp'`) },
      /isolation program box/,
    ],
    [
      'runs nothing and says so',
      { run: 'echo no machine is free; exit 125' },
      /no machine is free/,
    ],
    ['dies', { run: 'kill -9 $$' }, /isolation program box/],
    ['hangs', { run: 'sleep 600' }, /timed-out/],
    ['prints without end', { run: 'yes' }, /too-much-output|^y$/],
    ['has no version', { version: ':' }, /printed no line/],
    ['dies of its version', { version: 'echo box; exit 1' }, /printed no line/],
    ['hangs over its version', { version: 'exec sleep 600' }, /printed no line/],
    ['does not end what it began', { end: 'exit 1' }, /program end/],
    ['hangs over the end', { end: 'exec sleep 600' }, /program end/],
  ];

  test.each(lies)('%s', async (what, verbs, words) => {
    using folder = temporaryFolder();
    const all = saying(named(program(folder.path, verbs)), { own: true });
    const isolation = await isolationOf(all, [], what.startsWith('hangs') ? little : patience);
    expect(isolation).toEqual({ kind: 'broken', detail: expect.stringMatching(words) });
    expect(await ask(isolation, 'true')).toMatchObject({ state: 'could-not-start' });
  });

  test.each<[string, (file: string) => void, RegExp]>([
    ['others may write', (file) => chmodSync(file, 0o757), /chmod 755/],
    ['may not be run', (file) => chmodSync(file, 0o644), /may not be run/],
    [
      'stands where others may put another one',
      (file) => chmodSync(dirname(file), 0o777),
      /others than root may write .*chmod go-w/,
    ],
    [
      'is a link',
      (file) => {
        renameSync(file, `${file}-real`);
        symlinkSync(`${file}-real`, file);
      },
      /not a file/,
    ],
  ])('%s', async (_what, spoil, words) => {
    using folder = temporaryFolder();
    const file = program(folder.path, {});
    spoil(file);
    expect(await found(named(file))).toEqual({
      kind: 'broken',
      detail: expect.stringMatching(words),
    });
  });
});

describe('while a gate runs', () => {
  test('a program that refuses is no word about the change', async () => {
    using folder = temporaryFolder();
    const once = `test -e ${folder.path}/tried && { echo out of machines; exit 125; }; touch ${folder.path}/tried; ${honest}`;
    const isolation = await found(named(program(folder.path, { run: once })));
    expect(isolation).toMatchObject({ kind: 'works' });
    expect(await ask(isolation, 'true')).toMatchObject({
      ...{ state: 'could-not-start', detail: expect.stringContaining('out of machines') },
    });
  });

  /** Something beside the process group, as a virtual machine is: `end` has to find it. */
  const outliving = (folder: string) => ({
    run: `setsid sleep 600 & echo $! >${folder}/$(basename "$(dirname "$2")"); cp "$2" ${folder}/request; ${honest}`,
    end: `for file in ${folder}/caws-isolation-*; do kill -9 "$(cat "$file")" 2>/dev/null; rm -f "$file"; done; echo "$2" >>${folder}/ended`,
  });

  test.each([
    ['ends', 'true', 20_000, 'answered'],
    ['takes too long', 'sleep 600', 3_000, 'timed-out'],
  ])('one that %s is told to be ended, by its name', async (_how, script, timeoutMs, state) => {
    using folder = temporaryFolder();
    const isolation = await found(named(program(folder.path, outliving(folder.path))));
    expect(await ask(isolation, script, timeoutMs)).toMatchObject({ state });
    const { id } = JSON.parse(readFileSync(join(folder.path, 'request'), 'utf8'));
    expect(readFileSync(join(folder.path, 'ended'), 'utf8').trim().split('\n').at(-1)).toBe(id);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('caws-'))).toEqual([]);
  });

  test('it is ended as well where the arbiter is killed', async () => {
    using folder = temporaryFolder();
    const file = program(folder.path, outliving(folder.path));
    const module = (name: string) => JSON.stringify(join(root, 'src/adapters', name));
    const tree = join(folder.path, 'place/tree');
    mkdirSync(tree, { recursive: true });
    const text = `
const { isolationProgram } = await import(${module('sandbox/isolation-program.ts')});
const { runInGroup } = await import(${module('gates/process-group.ts')});
const { sandboxBounds } = await import(${module('sandbox/isolation.ts')});
const { sandbox } = await isolationProgram(${JSON.stringify(named(file))}, ${JSON.stringify(patience)});
const tree = ${JSON.stringify(tree)};
const call = await sandbox.confine({ command: ['/bin/sleep', '600'], tree, readable: [], network: false, bounds: sandboxBounds });
const bounds = { folder: ${JSON.stringify(join(folder.path, 'place'))}, timeoutMs: 600_000, outputBytesMax: 1e6, diskBytesMax: 1e9 };
await runInGroup({ ...call, directory: tree }, bounds, new AbortController().signal);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: 'ignore' });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    await until(() => existsSync(join(folder.path, 'request')));
    child.kill('SIGKILL');
    await gone;
    await until(() => existsSync(join(folder.path, 'ended')));
    expect(readdirSync(folder.path).filter((name) => name.startsWith('caws-'))).toEqual([]);
    await until(() => !existsSync(join(folder.path, 'place')));
  });
});

describe('of what the operator names', () => {
  test('the first that is there is used, and one that is broken is never passed over', async () => {
    using folder = temporaryFolder();
    const absent = named(join(folder.path, 'absent'));
    const works = named(program(folder.path, {}), { name: 'second' });
    expect(await found(absent, works)).toMatchObject({
      ...{ kind: 'works', sandbox: { name: expect.stringContaining('program second:') } },
    });
    expect(await found(absent)).toEqual({ kind: 'none' });
    if (here) expect(await found(absent, { own: true })).toMatchObject({ kind: 'works' });
  });

  const good = { version: 1, isolation: [{ own: true }] };
  test.each<[string, (file: string) => void, RegExp]>([
    ['others may write', (file) => chmodSync(file, 0o666), /chown root, chmod 644/],
    ['others may replace', (file) => chmodSync(dirname(file), 0o777), /chmod go-w/],
    ['a key with a slip', (file) => writeFileSync(file, '{"version":1,"cache":{}}'), /additional/],
    ['a key twice', (file) => writeFileSync(file, '{"version":1,"version":1}'), /duplicate-key/],
    ['no JSON', (file) => writeFileSync(file, 'version: 1'), /no JSON/],
    [
      'an isolation that is none',
      (file) => writeFileSync(file, JSON.stringify({ version: 1, isolation: [] })),
      /breaks the schema/,
    ],
    [
      'a name by which nothing would hold',
      (file) =>
        writeFileSync(
          file,
          JSON.stringify({ version: 1, isolation: [named('/x', { name: 'none' })] }),
        ),
      /breaks the schema/,
    ],
  ])('a host file with %s stops every gate', async (_what, spoil, words) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'host.json');
    writeFileSync(file, JSON.stringify(good));
    expect(await readHost(file)).toMatchObject({ ok: true });
    spoil(file);
    const isolation = await isolationOf(await readHost(file), []);
    expect(isolation).toEqual({ kind: 'broken', detail: expect.stringMatching(words) });
  });

  test('no file says nothing', async () => {
    expect(await readHost('/no/such/file')).toEqual(ok({ version: 1 }));
  });
});
