/** Objects that come by git: the bounds hold, nothing goes away under a reader, damage is mended. */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { locate } from '../../../src/adapters/git/locate.ts';
import { locatedAt, makeAnew } from '../../../src/adapters/github/cache-folder.ts';
import {
  type CacheBounds,
  type FetchedObjects,
  type ObjectCache,
  openObjectCache,
} from '../../../src/adapters/github/object-cache.ts';
import type { Result } from '../../../src/primitives.ts';
import { gitBytes, gitNow } from '../../git-now.ts';
import type { RepositoryHandle } from '../../hub/handles.ts';
import { type Hub, startHub } from '../../hub/hub.ts';
import type { Person } from '../../hub/person.ts';
import { judge } from '../../hub/testing.ts';
import { type Exchange, line, type Meddle, type Wire, wireTo } from './wire.ts';

let hub: Hub;
let ann: Person;
beforeAll(async () => {
  hub = await startHub();
  ann = hub.person('ann');
});
afterAll(async () => {
  judge(hub);
  await hub[Symbol.asyncDispose]();
});

const MAIN = 'refs/heads/main';
const TOPIC = 'refs/heads/topic';
let repositories = 0;

/** @param bytes of content that no packing makes smaller. */
const bulk = (bytes: number): string => randomBytes(bytes / 2).toString('hex');

async function repository(files: Readonly<Record<string, string>> = { 'a.txt': 'a\n' }) {
  repositories += 1;
  return hub.repository({ owner: ann, name: `r${repositories}`, files });
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Scene {
  readonly folder: string;
  readonly cache: ObjectCache;
  readonly wire: Wire;
  /** Fetches over the wire. */
  readonly fetch: (
    from: RepositoryHandle,
    refs?: readonly string[],
    signal?: AbortSignal,
  ) => ReturnType<ObjectCache['fetch']>;
}

async function scene(bounds: Partial<CacheBounds> = {}): Promise<Scene> {
  const folder = newFolder();
  const cache = openObjectCache(folder, bounds);
  const wire = await wireTo(hub.url);
  return {
    ...{ folder, cache, wire },
    fetch: (from, refs = [MAIN], signal = new AbortController().signal) =>
      cache.fetch(
        {
          repositoryId: from.id,
          url: `${wire.url}/${from.owner}/${from.name}.git`,
          token: ann.token,
        },
        refs,
        signal,
      ),
  };
}

function here(fetched: Result<FetchedObjects, unknown>): FetchedObjects {
  if (!fetched.ok) throw new Error(JSON.stringify(fetched.fault));
  return fetched.value;
}

/** What can be read in a cached repository, by git itself. */
const read = (directory: string, object: string): string =>
  gitBytes({ args: ['--git-dir', directory, 'cat-file', '-p', object] }).toString('utf8');

const bytesIn = (folder: string): number =>
  globSync(`${folder}/*.git/objects/**/*`).reduce((sum, file) => {
    const found = statSync(file);
    return sum + (found.isFile() ? found.size : 0);
  }, 0);

const cachedIn = (folder: string): readonly number[] =>
  globSync('*.git', { cwd: folder }).map((name) => Number(name.slice(0, -4)));

describe('the bounds', () => {
  test('hold over many repositories, and the one used longest ago goes first', async () => {
    const { folder, fetch } = await scene({ bytesMax: 100_000 });
    const many: RepositoryHandle[] = [];
    for (let one = 0; one < 6; one += 1) many.push(await repository({ 'bulk.txt': bulk(60_000) }));
    const [first, second, third] = many as [RepositoryHandle, RepositoryHandle, RepositoryHandle];
    for (const each of [first, second, third]) here(await fetch(each))[Symbol.dispose]();
    here(await fetch(first))[Symbol.dispose]();
    for (const each of many.slice(3)) {
      here(await fetch(each))[Symbol.dispose]();
      expect(bytesIn(folder)).toBeLessThanOrEqual(100_000);
      const kept = cachedIn(folder);
      if (kept.includes(second.id) || kept.includes(third.id)) expect(kept).toContain(first.id);
    }
    expect(cachedIn(folder)).toContain(many[5]?.id);
    expect(cachedIn(folder)).not.toContain(second.id);
  });

  test('hold by number as well, and for what an earlier process left', async () => {
    const { folder, fetch } = await scene({ repositoriesMax: 2 });
    const [one, two, three] = [await repository(), await repository(), await repository()];
    for (const each of [one, two, three]) here(await fetch(each))[Symbol.dispose]();
    expect(new Set(cachedIn(folder))).toEqual(new Set([two.id, three.id]));
    utimesSync(join(folder, `${three.id}.git`), 1, 1);
    const later = openObjectCache(folder, { repositoriesMax: 2 });
    const url = `${hub.url}/${one.owner}/${one.name}.git`;
    const from = { repositoryId: one.id, url, token: ann.token };
    here(await later.fetch(from, [MAIN], new AbortController().signal))[Symbol.dispose]();
    expect(new Set(cachedIn(folder))).toEqual(new Set([one.id, two.id]));
  });

  test('never take away what somebody reads, and take it once nobody does', async () => {
    const { folder, fetch } = await scene({ bytesMax: 1 });
    const [one, two] = [await repository(), await repository()];
    const [reader, other] = [here(await fetch(one)), here(await fetch(one))];
    const third = here(await fetch(two));
    expect(new Set(cachedIn(folder))).toEqual(new Set([one.id, two.id]));
    third[Symbol.dispose]();
    expect(read(reader.directory, `${MAIN}:a.txt`)).toBe('a\n');
    expect(cachedIn(folder)).toEqual([one.id]);
    // Letting go twice lets go once: the other one still reads.
    reader[Symbol.dispose]();
    reader[Symbol.dispose]();
    here(await fetch(two))[Symbol.dispose]();
    expect(read(other.directory, `${MAIN}:a.txt`)).toBe('a\n');
    other[Symbol.dispose]();
    expect(cachedIn(folder)).toEqual([]);
  });

  test('of one repository stop a server that never ends, and keep nothing of it', async () => {
    const { folder, fetch, wire } = await scene({ repositoryBytesMax: 300_000 });
    const one = await repository();
    wire.meddle = endless;
    expect(await fetch(one)).toMatchObject({
      ok: false,
      fault: { kind: 'repository-too-large', limit: 300_000 },
    });
    expect(bytesIn(folder)).toBe(0);
    wire.meddle = null;
    expect(here(await fetch(one)).tips.get(MAIN)).toBe(one.tip('main'));
  });

  test('of one repository leave alone what somebody reads of it', async () => {
    const { fetch } = await scene({ repositoryBytesMax: 100_000 });
    const one = await repository();
    const reader = here(await fetch(one));
    await ann.push(one, 'main', { 'bulk.txt': bulk(200_000) });
    expect(await fetch(one)).toMatchObject({ fault: { kind: 'repository-too-large' } });
    expect(read(reader.directory, `${reader.tips.get(MAIN)}:a.txt`)).toBe('a\n');
    reader[Symbol.dispose]();
    expect(await fetch(one)).toMatchObject({ fault: { kind: 'repository-too-large' } });
    expect(existsSync(join(reader.directory, 'objects'))).toBe(true);
    expect(bytesIn(join(reader.directory, '..'))).toBe(0);
  });

  test('of packs: many fetches leave a few, and everything is still there', async () => {
    const { fetch } = await scene({ packsMax: 2 });
    const one = await repository();
    let directory = '';
    for (let push = 0; push < 5; push += 1) {
      await ann.push(one, 'main', { [`f${push}.txt`]: `${push}\n` });
      const objects = here(await fetch(one));
      directory = objects.directory;
      objects[Symbol.dispose]();
    }
    expect(globSync(`${directory}/objects/pack/*.pack`).length).toBeLessThanOrEqual(2);
    expect(read(directory, `${MAIN}:f0.txt`)).toBe('0\n');
    expect(read(directory, `${MAIN}:f4.txt`)).toBe('4\n');
  });
});

/** A pack with one blob that goes on for ever: 1 MB each time somebody took the last. */
const endless: Meddle = ({ wants, response }) => {
  if (wants !== 'objects') return false;
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1');
  // A blob of 2^35 bytes and more, compressed in blocks that are stored as they are.
  const blob = Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x78, 0x01]);
  const block = Buffer.concat([Buffer.from([0, 0xff, 0xff, 0, 0]), randomBytes(0xffff)]);
  response.write(
    Buffer.concat([line('packfile\n'), line(Buffer.concat([Buffer.from([1]), header, blob]))]),
  );
  const parts: Buffer[] = [];
  for (let from = 0; from < block.length; from += 32_000)
    parts.push(line(Buffer.concat([Buffer.from([1]), block.subarray(from, from + 32_000)])));
  const stored = Buffer.concat(parts);
  const timer = setInterval(() => {
    if (response.destroyed) clearInterval(timer);
    else if (!response.writableNeedDrain) for (let n = 0; n < 4; n += 1) response.write(stored);
  }, 10);
  return true;
};

describe('two fetches of one repository at once', () => {
  test('both bring what they want', async () => {
    const { fetch } = await scene();
    const one = await repository();
    for (const branch of ['b1', 'b2', 'b3']) await ann.push(one, branch, { [branch]: branch });
    const ends = await Promise.all(
      ['b1', 'b2', 'b3', 'b1'].map((branch) => fetch(one, [MAIN, `refs/heads/${branch}`])),
    );
    for (const [at, branch] of ['b1', 'b2', 'b3', 'b1'].entries()) {
      using objects = here(ends[at] as (typeof ends)[number]);
      expect(objects.tips.get(`refs/heads/${branch}`)).toBe(one.tip(branch));
      expect(read(objects.directory, `refs/heads/${branch}:${branch}`)).toBe(branch);
    }
  });

  test('do not end each other: one that is stopped leaves the other its objects', async () => {
    const { fetch, wire } = await scene();
    const one = await repository();
    const stop = new AbortController();
    wire.meddle = ({ wants }) => {
      if (wants !== 'objects' || stop.signal.aborted) return false;
      stop.abort();
      return true;
    };
    const [stopped, other] = await Promise.all([fetch(one, [MAIN], stop.signal), fetch(one)]);
    expect(stopped).toMatchObject({ ok: false, fault: { kind: 'fetch-failed' } });
    expect(read(here(other).directory, `${MAIN}:a.txt`)).toBe('a\n');
  });
});

test('refs that somebody packed into one file stand where they stood', async () => {
  const { fetch } = await scene();
  const one = await repository();
  using objects = here(await fetch(one));
  const { directory, tips } = objects;
  expect([...tips]).toEqual([[MAIN, one.tip()]]);
  gitNow({ args: ['--git-dir', directory, 'pack-refs', '--all'] });
  expect(existsSync(join(directory, MAIN))).toBe(false);
  using again = here(await fetch(one));
  expect(again.tips).toEqual(tips);
});

describe('where nobody pushed', () => {
  test('one question is all that is asked, and it brings what lies there', async () => {
    const { fetch, wire } = await scene();
    const one = await repository();
    await ann.push(one, 'main-line', { 'b.txt': 'b\n' });
    const before = here(await fetch(one)).tips;
    wire.asked.length = 0;
    expect(here(await fetch(one)).tips).toEqual(before);
    expect(wire.asked).toEqual(['listing']);
    // Another ref was never fetched, and git fetches it.
    expect(here(await fetch(one, [MAIN, 'refs/heads/main-line'])).tips.size).toBe(2);
  });

  test.each<readonly [string, (answer: Awaited<ReturnType<Exchange['pass']>>) => object]>([
    ['a page for people', () => ({ type: 'text/html' })],
    ['a refusal', () => ({ status: 403 })],
    ['a redirection', () => ({ status: 302 })],
    ['nothing', () => ({ bytes: Buffer.alloc(0) })],
    ['half of it', ({ bytes }) => ({ bytes: bytes.subarray(0, -4) })],
    ['more behind its end', ({ bytes }) => ({ bytes: Buffer.concat([bytes, bytes]) })],
    [
      'a line without a length',
      ({ bytes }) => ({ bytes: Buffer.concat([Buffer.from('-1'), bytes]) }),
    ],
    ['a line that is longer than all', () => ({ bytes: Buffer.from('ffff') })],
    [
      'an id that is none',
      () => ({ bytes: Buffer.concat([line('x refs/heads/main\n'), line('')]) }),
    ],
    ['an empty list', () => ({ bytes: Buffer.from('0000') })],
    ['megabytes', ({ bytes }) => ({ bytes: Buffer.concat([Buffer.alloc(2 ** 21, '0'), bytes]) })],
  ])('and the answer is %s, git is asked', async (_what, changed) => {
    const { fetch, wire } = await scene();
    const one = await repository();
    const before = here(await fetch(one)).tips;
    wire.asked.length = 0;
    wire.meddle = async ({ wants, pass, response }) => {
      if (wants !== 'listing' || wire.asked.length > 1) return false;
      const answer = await pass();
      const { status, type, bytes } = { ...answer, ...changed(answer) };
      response.writeHead(status, { 'content-type': type }).end(bytes);
      return true;
    };
    expect(here(await fetch(one)).tips).toEqual(before);
    expect(wire.asked).toEqual(['listing', 'refs', 'listing']);
  });

  test('and something is gone here, or another process fetched, git is asked', async () => {
    const { folder, fetch, wire } = await scene();
    const one = await repository();
    const objects = here(await fetch(one));
    objects[Symbol.dispose]();
    const { directory } = objects;
    rmSync(globSync(`${directory}/objects/pack/*.pack`)[0] as string);
    here(await fetch(one));
    expect(read(directory, `${MAIN}:a.txt`)).toBe('a\n');
    wire.asked.length = 0;
    const from = { repositoryId: one.id, token: ann.token };
    const url = `${wire.url}/${one.owner}/${one.name}.git`;
    const signal = new AbortController().signal;
    here(await openObjectCache(folder).fetch({ ...from, url }, [MAIN], signal));
    expect(wire.asked).toEqual(['refs', 'listing']);
  });
});

describe('what a crash left behind', () => {
  const old = (file: string): void => utimesSync(file, 1, 1);
  const packs = (directory: string, kind: string) =>
    globSync(`${directory}/objects/pack/*.${kind}`);

  test.each<readonly [string, (directory: string) => void]>([
    [
      'a pack that was never finished',
      (directory) => {
        writeFileSync(join(directory, 'objects/pack/tmp_pack_Ab12Cd'), bulk(2_000));
        old(join(directory, 'objects/pack/tmp_pack_Ab12Cd'));
      },
    ],
    [
      'the lock of a ref',
      (directory) => {
        writeFileSync(join(directory, `${MAIN}.lock`), '');
        old(join(directory, `${MAIN}.lock`));
      },
    ],
    [
      'the lock of all refs',
      (directory) => {
        writeFileSync(join(directory, 'packed-refs.lock'), '');
        old(join(directory, 'packed-refs.lock'));
      },
    ],
    ['an empty ref', (directory) => writeFileSync(join(directory, MAIN), '')],
    ['a ref of zeros', (directory) => writeFileSync(join(directory, MAIN), `${'0'.repeat(40)}\n`)],
    [
      'a ref without its commit',
      (directory) => writeFileSync(join(directory, MAIN), `${'a'.repeat(40)}\n`),
    ],
    ['a pack cut short', (directory) => truncateSync(packs(directory, 'pack')[0] as string, 40)],
    ['an empty index', (directory) => truncateSync(packs(directory, 'idx')[0] as string, 0)],
    ['a pack that is gone', (directory) => rmSync(packs(directory, 'pack')[0] as string)],
    ['all objects gone', (directory) => rmSync(join(directory, 'objects'), { recursive: true })],
    ['no HEAD', (directory) => rmSync(join(directory, 'HEAD'))],
    ['half a configuration', (directory) => writeFileSync(join(directory, 'config'), '[core')],
    ['no configuration', (directory) => rmSync(join(directory, 'config'))],
    ['nothing but the folder', (directory) => rmSync(directory, { recursive: true })],
  ])('%s is mended or thrown away by the next fetch', async (_name, damage) => {
    const { fetch } = await scene();
    const one = await repository();
    const objects = here(await fetch(one));
    objects[Symbol.dispose]();
    await ann.push(one, 'main', { 'b.txt': 'b\n' });
    damage(objects.directory);
    using again = here(await fetch(one));
    expect(again.tips.get(MAIN)).toBe(one.tip('main'));
    for (const name of ['a', 'b'])
      expect(read(again.directory, `${MAIN}:${name}.txt`)).toBe(`${name}\n`);
    expect(globSync(`${again.directory}/**/*.lock`)).toEqual([]);
    expect(globSync(`${again.directory}/objects/pack/tmp_*`)).toEqual([]);
    gitNow({ args: ['--git-dir', again.directory, 'rev-list', '--objects', '--all'] });
  });

  test('a git that was killed in the middle of a pack is no matter to the next', async () => {
    const { fetch, wire } = await scene();
    const one = await repository({ 'bulk.txt': bulk(400_000) });
    const stop = new AbortController();
    wire.meddle = async ({ wants, pass, response }) => {
      if (wants !== 'objects') return false;
      const { bytes, type } = await pass();
      response.on('close', () => undefined);
      response.writeHead(200, { 'content-type': type });
      response.write(bytes.subarray(0, bytes.length / 2), () => stop.abort());
      return true;
    };
    expect(await fetch(one, [MAIN], stop.signal)).toMatchObject({ ok: false });
    wire.meddle = null;
    expect(here(await fetch(one)).tips.get(MAIN)).toBe(one.tip('main'));
  });

  test('is thrown away only when nobody reads it', async () => {
    const { fetch } = await scene();
    const one = await repository();
    const reader = here(await fetch(one));
    await ann.push(one, 'main', { 'b.txt': 'b\n' });
    writeFileSync(join(reader.directory, MAIN), `${'a'.repeat(40)}\n`);
    expect(await fetch(one)).toMatchObject({ ok: false, fault: { kind: 'fetch-failed' } });
    expect(existsSync(packs(reader.directory, 'pack')[0] as string)).toBe(true);
    reader[Symbol.dispose]();
    expect(here(await fetch(one)).tips.get(MAIN)).toBe(one.tip('main'));
  });
});

describe('what changes over there meanwhile', () => {
  test('a head that a force-push took away is not given out as one', async () => {
    const { fetch, wire } = await scene();
    const one = await repository();
    await ann.push(one, 'topic', { 'b.txt': 'old\n' });
    const old = one.tip('topic');
    wire.meddle = async ({ wants }) => {
      if (wants !== 'objects') return false;
      wire.meddle = null;
      await ann.push(one, 'topic', { 'b.txt': 'new\n' }, 'Again', { from: 'main' });
      return false;
    };
    using objects = here(await fetch(one, [MAIN, TOPIC]));
    // Asked for by its name, the old commit may still come; then it is what stands here.
    const tip = objects.tips.get(TOPIC);
    expect(['old\n', 'new\n']).toContain(read(objects.directory, `${tip}:b.txt`));
    expect(read(objects.directory, `${TOPIC}:b.txt`)).toBe(read(objects.directory, `${tip}:b.txt`));
    using again = here(await fetch(one, [MAIN, TOPIC]));
    expect(again.tips.get(TOPIC)).not.toBe(old);
  });

  test('a branch that is deleted between listing and fetch is not there', async () => {
    const { fetch, wire } = await scene();
    const one = await repository();
    await ann.push(one, 'topic', { 'b.txt': 'b\n' });
    let listings = 0;
    wire.meddle = async ({ wants }) => {
      if (wants === 'listing') listings += 1;
      // The first belongs to a fetch that finds one missing, the second says what there is.
      if (wants !== 'listing' || listings !== 3) return false;
      await ann.deletesBranch(one, 'topic');
      return false;
    };
    using objects = here(await fetch(one, [MAIN, TOPIC, 'refs/heads/nowhere']));
    expect([...objects.tips.keys()]).toEqual([MAIN]);
    expect(listings).toBeGreaterThan(3);
  });

  test.each([
    ['topic', 'topic/one'],
    ['topic/one', 'topic'],
  ])('a branch %s that gives way to %s is in nobody’s way here', async (before, after) => {
    const { fetch } = await scene();
    const one = await repository();
    await ann.push(one, before, { 'b.txt': 'b\n' });
    here(await fetch(one, [`refs/heads/${before}`]))[Symbol.dispose]();
    await ann.deletesBranch(one, before);
    await ann.push(one, after, { 'b.txt': 'c\n' });
    using objects = here(await fetch(one, [MAIN, `refs/heads/${after}`]));
    expect(objects.tips.get(`refs/heads/${after}`)).toBe(one.tip(after));
  });

  test('a ref is the one of exactly this name', async () => {
    const { fetch } = await scene();
    const one = await repository();
    await ann.push(one, `x/${TOPIC}`, { 'b.txt': 'b\n' });
    using objects = here(await fetch(one, [MAIN, TOPIC, 'refs/heads/nowhere']));
    expect([...objects.tips.keys()]).toEqual([MAIN]);
  });
});

describe('a server that lies', () => {
  /** Changes what the server says, where it says it. */
  const changing =
    (at: 'listing' | 'objects', change: (bytes: Buffer) => Buffer): Meddle =>
    async ({ wants, pass, response }) => {
      if (wants !== at) return false;
      const { status, bytes, type } = await pass();
      response.writeHead(status, { 'content-type': type }).end(change(bytes));
      return true;
    };
  const flipped = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    const at = copy.length - 40;
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    return copy;
  };

  test.each<readonly [string, (tip: string) => Meddle]>([
    [
      'names a commit that it does not have',
      (tip) =>
        changing('listing', (bytes) =>
          Buffer.from(bytes.toString('latin1').replaceAll(tip, 'd'.repeat(40)), 'latin1'),
        ),
    ],
    ['sends another pack than it should', () => changing('objects', flipped)],
    ['ends in the middle of a pack', () => changing('objects', (bytes) => bytes.subarray(0, 120))],
    ['sends no pack', () => changing('objects', () => line('packfile\n'))],
    ['speaks no git', () => changing('listing', () => Buffer.from('<html>'))],
    [
      'answers for ever with nothing new',
      () => changing('objects', () => Buffer.from('0000'.repeat(10_000))),
    ],
  ])('and %s gives nothing', async (_name, meddleFor) => {
    const { fetch, wire } = await scene();
    const one = await repository();
    wire.meddle = meddleFor(one.tip('main'));
    expect(await fetch(one)).toMatchObject({ ok: false, fault: { kind: 'fetch-failed' } });
    wire.meddle = null;
    expect(here(await fetch(one)).tips.get(MAIN)).toBe(one.tip('main'));
  });

  test('and sends a tree that would write into .git gives nothing', async () => {
    const { fetch } = await scene();
    const one = await repository();
    const git = (args: readonly string[], input: string | Buffer) =>
      gitNow({ args: ['--git-dir', one.state.folder, ...args], input });
    const blob = git(['hash-object', '-w', '--stdin'], 'x');
    const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
    const tree = git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], entry);
    const commit = git(
      ['hash-object', '-w', '-t', 'commit', '--stdin'],
      `tree ${tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n`,
    );
    git(['update-ref', TOPIC, commit], '');
    expect(await fetch(one, [MAIN, TOPIC])).toMatchObject({ fault: { kind: 'fetch-failed' } });
    using objects = here(await fetch(one));
    expect(() => read(objects.directory, tree)).toThrow();
  });

  test('brings no hook, no alternates and no configuration', async () => {
    const { fetch } = await scene();
    const one = await repository();
    const marker = join(newFolder(), 'ran');
    const hook = `#!/bin/sh\ntouch '${marker}'\n`;
    for (const name of ['post-checkout', 'reference-transaction', 'post-merge'])
      writeFileSync(join(one.state.folder, 'hooks', name), hook, { mode: 0o755 });
    writeFileSync(
      join(one.state.folder, 'config'),
      `${readFileSync(join(one.state.folder, 'config'), 'utf8')}[remote "origin"]\n\tuploadpack = touch '${marker}'\n`,
    );
    rmSync(marker, { force: true });
    using objects = here(await fetch(one));
    expect(globSync('*', { cwd: objects.directory }).toSorted()).toEqual(
      expect.arrayContaining(['HEAD', 'config', 'objects', 'refs']),
    );
    expect(
      globSync('{hooks,objects/info/*alternates,info/attributes}', { cwd: objects.directory }),
    ).toEqual([]);
    const config = readFileSync(join(objects.directory, 'config'), 'utf8');
    expect(config).not.toContain('touch');
    expect(config).not.toContain(ann.token);
    expect(existsSync(marker)).toBe(false);
  });
});

test.each(['https://github.com/acme/shop.git', 'http://[::1]:8080/a"b\\c/%22?"\'#x y'])(
  'what is said of a folder for %s is what git finds there',
  async (url) => {
    const at = realpathSync(newFolder());
    makeAnew(at, url);
    const env = { PATH: process.env['PATH'] };
    const found = await locate({ at, env, limitMs: 60_000, launcher: null });
    expect(found).toEqual({ ok: true, value: locatedAt(at, url) });
  },
);

test('a server that hangs is left at the limit, which the fault names', async () => {
  const { fetch, wire } = await scene({ fetchLimitMs: 1_000 });
  const one = await repository();
  for (const at of ['refs', 'listing', 'objects']) {
    wire.meddle = ({ wants }) => wants === at;
    expect(await fetch(one)).toEqual({
      ok: false,
      fault: { kind: 'fetch-timed-out', limitMs: 1_000 },
    });
  }
});

test('what was read of a repository is there at its next fetch, and at no other one’s', async () => {
  const { fetch } = await scene();
  const [one, other] = [await repository(), await repository()];
  {
    using objects = here(await fetch(one));
    objects.readings.keep('change a b', { files: 1 });
  }
  using again = here(await fetch(one));
  using others = here(await fetch(other));
  expect(again.readings.recall('change a b')).toEqual({ files: 1 });
  expect(others.readings.recall('change a b')).toBeUndefined();
});
