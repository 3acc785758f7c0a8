/** Folders that stay between runs: what fills them, who finds them, and what never gets in. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type {
  GateAnswerGiven,
  GateLost,
  PlannedGate,
} from '../../../src/3-deliberation/deliberation.ts';
import { againstBase } from '../../../src/3-deliberation/plan.ts';
import type { CachePlace } from '../../../src/adapters/gates/gate-caches.ts';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import type { Isolation, Sandbox } from '../../../src/adapters/sandbox/isolation.ts';
import type { HeldAgainstBase, NamedCache } from '../../../src/caws/policy.ts';
import { type CommitSha, commitSha } from '../../../src/primitives.ts';
import { sandboxHere } from '../sandbox/machine.ts';
import {
  git,
  noProgress,
  openSandbox,
  passingReport,
  planned,
  repositoryOf,
  temporaryFolder,
  write,
} from './scene.ts';

const sandbox = await sandboxHere();
const MEGABYTE = 1024 ** 2;
const deps: NamedCache = { path: 'deps', key: ['lock'] };

interface Town extends Disposable {
  readonly folder: string;
  readonly caches: string;
  readonly base: CommitSha;
}

/** A repository whose `make.sh` brings its dependencies where they are not there yet, and says so. */
function town(more: Readonly<Record<string, string>> = {}): Town {
  const folder = temporaryFolder();
  const repository = join(folder.path, 'repository');
  mkdirSync(repository);
  const base = repositoryOf(repository, {
    lock: 'one\n',
    '.gitignore': 'deps\n',
    'make.sh':
      'if [ -e deps/made ]; then echo kept; else mkdir -p deps; echo by base >deps/made; fi\n',
    ...more,
  });
  const caches = join(folder.path, 'caches');
  mkdirSync(caches, { mode: 0o700 });
  return { folder: repository, caches, base, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** A head of its own, on the base. */
function headOf({ folder, base }: Town, change: (folder: string) => void): CommitSha {
  git(folder, 'checkout', '-qf', base);
  change(folder);
  git(folder, 'add', '-Af');
  git(folder, 'commit', '-qm', 'head', '--allow-empty');
  return commitSha(git(folder, 'rev-parse', 'HEAD')) as CommitSha;
}

interface Asked {
  readonly head?: CommitSha;
  readonly caches?: readonly NamedCache[];
  readonly place?: Partial<CachePlace>;
  readonly script?: string;
  readonly report?: string;
  readonly base?: HeldAgainstBase;
  readonly sandbox?: Sandbox;
  readonly isolation?: Isolation;
  /** Runs as they are planned, one after the other: the head's own gate is asked last. */
  readonly baseFirst?: boolean;
}

function gateOf(asked: Asked): readonly PlannedGate[] {
  const gate = planned('unit', {
    ...{ by: 'command', command: ['/bin/sh', '-c', asked.script ?? '. ./make.sh'] },
    report: asked.report === undefined ? null : { format: 'junit', path: asked.report },
    ...{ sandbox: 'required', network: false, caches: asked.caches ?? [deps] },
    ...(asked.base && { base: asked.base }),
  });
  return [gate, ...againstBase(gate.gate)];
}

async function ask({ folder, caches, base }: Town, asked: Asked = {}) {
  const place = { folder: caches, bytesMax: 8 * MEGABYTE, repositoryId: 7, branch: 'main' };
  const isolation = { kind: 'works', sandbox: asked.sandbox ?? openSandbox } as const;
  const gates = gateOf(asked);
  const cores = asked.baseFirst === true ? 1 : 2;
  const answers = await localCommands({
    ...{ repository: folder, cores, sandbox: async () => asked.isolation ?? isolation },
    caches: { ...place, ...asked.place },
  }).answer(
    cores === 1 ? gates.toReversed() : gates,
    { base, head: asked.head ?? base },
    noProgress,
  );
  const answer = answers.find(({ gate }) => gate === 'unit');
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

const isKept = (answer: GateAnswerGiven | GateLost): boolean =>
  answer.state === 'answered' && answer.caches !== undefined && answer.outputTail === 'kept\n';

const without = { state: 'answered', exitCode: 0, outputTail: '' };
const filesOf = ({ caches }: Town, room = '7'): readonly string[] =>
  existsSync(join(caches, room)) ? readdirSync(join(caches, room)) : [];

describe('a cache', () => {
  test('is filled by a run of the base, and a head finds what was in it, by its digest', async () => {
    using place = town();
    const head = headOf(place, (at) => write(at, { 'a.js': 'new' }));
    expect(await ask(place, { head })).toMatchObject(without);
    const [file = ''] = filesOf(place);
    const answer = await ask(place, { head });
    expect(isKept(answer)).toBe(true);
    expect(answer).toMatchObject({
      caches: [{ path: 'deps', digest: `sha256:${file.split('.')[1]}` }],
    });
  });

  test('that a run of the base leaves is for later: the head that is judged beside it finds none', async () => {
    using place = town();
    const asked: Asked = { base: { compare: true, tests: [] }, baseFirst: true };
    const answer = await ask(place, asked);
    expect(filesOf(place)).toHaveLength(1);
    expect(answer).toMatchObject(without);
    expect(answer).not.toHaveProperty('caches');
    expect(isKept(await ask(place, asked))).toBe(true);
  });

  test.runIf(sandbox)('is there for a gate in the sandbox of this machine as well', async () => {
    using place = town();
    await ask(place, { sandbox });
    const answer = await ask(place, { sandbox, script: '. ./make.sh; echo x >deps/made; id -u' });
    expect(answer).toMatchObject({ state: 'answered', exitCode: 0 });
    expect(isKept(await ask(place, { sandbox }))).toBe(true);
  });

  test('keeps links and rights as they are, and is a copy for each', async () => {
    using place = town();
    const script = `if [ -e deps/made ]; then
      [ -x deps/run ] && [ "$(readlink deps/link)" = /etc/hostname ] && [ "$(cat deps/made)" = "by base" ] && echo kept
      echo by head >deps/made; touch deps/more
      else mkdir deps; echo by base >deps/made; touch deps/run; chmod +x deps/run; ln -s /etc/hostname deps/link; fi`;
    await ask(place, { script });
    const before = filesOf(place);
    for (const _ of [1, 2]) expect(isKept(await ask(place, { script }))).toBe(true);
    expect(filesOf(place)).toEqual(before);
  });

  test('is not filled by what the base ran without success', async () => {
    using place = town({ 'make.sh': 'mkdir deps; echo half >deps/made; exit 1\n' });
    expect(await ask(place)).toMatchObject({ exitCode: 1 });
    expect(filesOf(place)).toEqual([]);
  });

  test('that no run may have made is none where nothing holds the gates', async () => {
    using place = town();
    const answer = await ask(place, { isolation: { kind: 'none' } });
    expect(answer).toMatchObject({ state: 'could-not-start' });
    expect(filesOf(place)).toEqual([]);
  });
});

describe('a head', () => {
  const planted = 'mkdir -p deps; echo by head >deps/made\n';

  test.each<[string, Asked]>([
    ['alone', {}],
    ['with the tests of the base', { base: { compare: false, tests: ['test'] } }],
  ])('%s fills nothing', async (_what, asked) => {
    using place = town({ 'make.sh': 'exit 1\n' });
    const head = headOf(place, (at) => write(at, { 'make.sh': planted, 'test/a': 'x' }));
    expect(await ask(place, { ...asked, head })).toMatchObject(without);
    expect(filesOf(place)).toEqual([]);
  });

  test('that rewrites the copy it found reaches no later run', async () => {
    using place = town();
    await ask(place);
    const head = headOf(place, (at) => write(at, { 'make.sh': planted }));
    const spoiled = await ask(place, { head });
    expect(spoiled).toMatchObject({ state: 'answered', caches: [{ path: 'deps' }] });
    const answer = await ask(place, { script: 'cat deps/made' });
    expect(answer).not.toMatchObject({ outputTail: 'by head\n' });
    expect(isKept(await ask(place))).toBe(true);
  });

  test.each<[string, (at: string) => void]>([
    ['another lock file', (at) => write(at, { lock: 'two\n' })],
    [
      'a link in the place of the lock file',
      (at) => {
        unlinkSync(join(at, 'lock'));
        write(at, { other: 'one\n' });
        symlinkSync('other', join(at, 'lock'));
      },
    ],
    ['no lock file', (at) => unlinkSync(join(at, 'lock'))],
    ['a lock file that may be run', (at) => chmodSync(join(at, 'lock'), 0o755)],
    ['a file in its place', (at) => write(at, { deps: 'mine' })],
    ['a folder in its place', (at) => write(at, { 'deps/mine': 'mine' })],
    ['a link out of the tree in its place', (at) => symlinkSync('../../..', join(at, 'deps'))],
  ])('with %s finds none', async (_what, change) => {
    using place = town();
    await ask(place);
    const head = headOf(place, change);
    const answer = await ask(place, { head, script: 'test ! -e deps/made || echo kept' });
    expect(answer).not.toHaveProperty('caches');
    expect(answer).toMatchObject(without);
  });

  test('with a link on the way to it finds none, and nothing is written behind it', async () => {
    using place = town({ '.gitignore': 'vendor/deps\n' });
    const caches = [{ path: 'vendor/deps', key: ['lock'] }];
    const script = 'mkdir -p vendor/deps; echo x >vendor/deps/made';
    await ask(place, { caches, script });
    expect(await ask(place, { caches, script })).toHaveProperty('caches');
    using outside = temporaryFolder();
    const head = headOf(place, (at) => symlinkSync(outside.path, join(at, 'vendor')));
    expect(await ask(place, { caches, script: 'true', head })).not.toHaveProperty('caches');
    expect(readdirSync(outside.path)).toEqual([]);
  });

  test('finds no report of an earlier run in what is kept', async () => {
    using place = town();
    const make = `mkdir -p deps; test -e lock && printf '%s' '${passingReport}' >deps/junit.xml`;
    const asked = { report: 'deps/junit.xml', script: make };
    for (const path of ['deps', 'deps/junit.xml', 'DEPS'])
      await ask(place, { ...asked, caches: [{ path, key: ['lock'] }] });
    expect(filesOf(place)).toEqual([]);
  });

  test('gets no folder of git and none that the target keeps in git', async () => {
    using place = town({ 'kept/a': 'x' });
    for (const path of ['.git', '.GIT/hooks', 'deps/.git/hooks', '.github', 'kept', '../deps'])
      await ask(place, { caches: [{ path, key: ['lock'] }], script: 'mkdir -p deps/.git/hooks' });
    expect(filesOf(place)).toEqual([]);
  });
});

describe('what another left is none:', () => {
  test.each<[string, Partial<CachePlace>]>([
    ['another repository', { repositoryId: 8 }],
    ['another branch', { branch: 'lax' }],
  ])('%s', async (_who, other) => {
    using place = town();
    await ask(place, { place: other });
    // As if the one had come to lie where the other is looked for.
    if (other.repositoryId !== undefined)
      renameSync(join(place.caches, '8'), join(place.caches, '7'));
    expect(isKept(await ask(place, { place: other }))).toBe(other.repositoryId === undefined);
    expect(await ask(place)).toMatchObject(without);
  });

  test('another sandbox, and another command', async () => {
    using place = town();
    await ask(place);
    expect(await ask(place, { sandbox: { ...openSandbox, name: 'another' } })).toMatchObject(
      without,
    );
    expect(await ask(place, { script: ' . ./make.sh' })).toMatchObject(without);
    expect(isKept(await ask(place))).toBe(true);
  });
});

describe('a cache that is broken costs time and nothing else:', () => {
  test.each<[string, (file: string, place: Town) => void]>([
    ['cut', (file) => truncateSync(file, 700)],
    ['empty', (file) => truncateSync(file, 0)],
    ['longer', (file) => appendFileSync(file, 'x')],
    [
      'of another content',
      (file) => writeFileSync(file, readFileSync(file, 'latin1').replace('by base', 'by evil')),
    ],
    [
      'a link to one in order',
      (file, { caches }) => {
        renameSync(file, join(caches, 'elsewhere'));
        symlinkSync(join(caches, 'elsewhere'), file);
      },
    ],
    ['known by another name', (file, { caches }) => linkSync(file, join(caches, 'elsewhere'))],
    ['open to others', (file) => chmodSync(file, 0o666)],
    ['older than a fortnight', (file) => utimesSync(file, new Date(), new Date(0))],
    ['in a folder that others may write', (_, { caches }) => chmodSync(join(caches, '7'), 0o777)],
    ['below a folder that others may write', (_, { caches }) => chmodSync(caches, 0o777)],
    [
      'a folder',
      (file) => {
        unlinkSync(file);
        mkdirSync(file);
      },
    ],
  ])('%s', async (_how, spoil) => {
    using place = town();
    await ask(place);
    const [name = ''] = filesOf(place);
    spoil(join(place.caches, '7', name), place);
    expect(await ask(place)).toMatchObject(without);
  });

  test('a write that was cut leaves a part, which nobody reads and the next write takes away', async () => {
    using place = town();
    await ask(place);
    const [name = ''] = filesOf(place);
    const at = (each: string) => join(place.caches, '7', each);
    copyFileSync(at(name), at('0123.part'));
    unlinkSync(at(name));
    utimesSync(at('0123.part'), new Date(0), new Date(0));
    expect(await ask(place)).toMatchObject(without);
    expect(filesOf(place)).toEqual([expect.stringMatching(/\.tar$/)]);
  });

  test('a gate that fails with it runs again without, and passes by that', async () => {
    using place = town();
    const script = 'if [ -e deps/made ]; then exit 1; fi; . ./make.sh';
    await ask(place, { script });
    expect(filesOf(place)).toHaveLength(1);
    const answer = await ask(place, { script });
    expect(answer).toMatchObject(without);
    expect(answer).not.toHaveProperty('caches');
  });

  test('a folder of caches that is not there, or a file', async () => {
    using place = town();
    for (const folder of [join(place.folder, 'lock'), '/proc/no/such/place'])
      expect(await ask(place, { place: { folder } })).toMatchObject(without);
  });
});

describe('bounds', () => {
  const fill = (bytes: number) => `mkdir -p deps; head -c ${bytes} /dev/zero >deps/made`;

  test('more than a quarter of the room is not kept, holes included', async () => {
    using place = town();
    await ask(place, { script: fill(3 * MEGABYTE) });
    await ask(place, { script: 'mkdir -p deps; truncate -s 1T deps/made' });
    expect(filesOf(place)).toEqual([]);
  });

  test('what was not used for longest goes first', async () => {
    using place = town();
    const asked = [1, 2, 3, 4, 5].map((at) => `${fill(1_800_000)}; : ${at}`);
    const names: string[] = [];
    for (const [at, script] of asked.slice(0, 4).entries()) {
      await ask(place, { script });
      const name = filesOf(place).find((each) => !names.includes(each)) ?? '';
      names.push(name);
      const used = new Date(Date.now() - (10 - at) * 60_000);
      const file = join(place.caches, '7', name);
      utimesSync(file, used, statSync(file).mtime);
    }
    // The first is used once more, so that the second is the oldest.
    expect(await ask(place, { script: asked[0] ?? '' })).toHaveProperty('caches');
    await ask(place, { script: asked[4] ?? '' });
    const left = filesOf(place);
    expect(left).toContain(names[0]);
    expect(left).not.toContain(names[1]);
    expect(left).toHaveLength(4);
  });
});
