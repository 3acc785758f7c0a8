/** What was read of commits before: the same answers without asking git, and nothing that is not whole. */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measureBounds } from '../../../src/1-pleading/bounds.ts';
import { openReadings, type Readings } from '../../../src/adapters/git/readings.ts';
import { openRemembered } from '../../../src/adapters/git/remembered.ts';
import { openRepository } from '../../../src/adapters/git/repository.ts';
import { locatedAt } from '../../../src/adapters/github/cache-folder.ts';
import type { Repository } from '../../../src/ports.ts';
import { plainEnv, type ScratchRepository, scratchRepository } from './scratch-repository.ts';

const url = 'https://forge.example/ann/shop.git';
const at = (repository: ScratchRepository, address = url) =>
  locatedAt(join(repository.directory, '.git'), address);
/** Where there is no git to be asked. */
const alone = { ...plainEnv, PATH: '/nonexistent' };

/** All that judging reads of a range, with another name of the target each time. */
async function readAll(repository: Repository, range: string, baseRef = 'refs/heads/main') {
  const resolved = await repository.resolve(range);
  if (!resolved.ok) return resolved;
  const named = { ...resolved.value, baseRef };
  const law = await repository.law(named);
  return { resolved, law, change: await repository.measure(named) };
}

async function readAnew(repository: ScratchRepository, range: string) {
  const opened = await openRepository(at(repository), { env: plainEnv });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  using reading = opened.value;
  return await readAll(reading, range);
}

async function readWith(
  readings: Readings,
  repository: ScratchRepository,
  range: string,
  env: Readonly<Record<string, string>> = plainEnv,
) {
  using reading = openRemembered({ located: at(repository), readings }, { env });
  return await readAll(reading, range);
}

/** A base with a law, a commit on it, a longer line, and a line with a merge. */
function history(repository: ScratchRepository) {
  repository.write('.caws/policy.yaml', 'version: 1\n');
  repository.write('kept.txt', 'kept\n'.repeat(20));
  const base = repository.commit('base');
  repository.write('new.txt', 'new\n');
  const one = repository.commit('one\n\nCo-authored-by: Bo <bo@example.org>');
  repository.git('mv', 'kept.txt', 'moved.txt');
  repository.write('package.json', '{"name": "ünïcode"}\n');
  const two = repository.commit('two');
  repository.git('checkout', '-q', '-b', 'side', base);
  repository.write('.caws/policy.yaml', 'version: 1\n# another\n');
  const side = repository.commit('side');
  repository.git('merge', '-q', '--no-edit', two);
  const merge = repository.git('rev-parse', 'HEAD');
  return { base, one, two, side, merge };
}

describe('what was read before', () => {
  test('is what git would say, and git is asked no more', async () => {
    using repository = scratchRepository();
    const { base, one, two, side, merge } = history(repository);
    const readings = openReadings()(1);
    const pairs = [
      [base, one],
      [base, two],
      [side, two],
      [one, merge],
    ] as const;
    for (const [from, to] of pairs) {
      const range = `${from}...${to}`;
      const anew = await readAnew(repository, range);
      expect(anew).toMatchObject({ change: { ok: true, value: { incomplete: [] } } });
      expect(await readWith(readings, repository, range)).toEqual(anew);
      expect(await readWith(readings, repository, range, alone)).toEqual(anew);
    }
  });

  test('says nothing of how repository and target are called', async () => {
    using repository = scratchRepository();
    const { base, one } = history(repository);
    const readings = openReadings()(1);
    await readWith(readings, repository, `${base}...${one}`);
    const located = at(repository, 'https://forge.example/bea/renamed.git');
    using renamed = openRemembered({ located, readings }, { env: alone });
    expect(await readAll(renamed, `${base}...${one}`, 'refs/heads/lax')).toMatchObject({
      resolved: { value: { repository: expect.stringContaining('bea/renamed') } },
      change: {
        value: { repository: expect.stringContaining('bea/renamed'), baseRef: 'refs/heads/lax' },
      },
    });
  });

  test('is found by ids alone: a name may stand for another commit by now', async () => {
    using repository = scratchRepository();
    const { base, one, two } = history(repository);
    const readings = openReadings()(1);
    repository.git('branch', 'topic', one);
    const range = `${base}...refs/heads/topic`;
    expect(await readWith(readings, repository, range)).toMatchObject({
      resolved: { value: { head: one } },
    });
    repository.git('branch', '-f', 'topic', two);
    expect(await readWith(readings, repository, range)).toMatchObject({
      resolved: { value: { head: two } },
    });
  });

  test('is not known of another repository, whatever ids it claims to have', async () => {
    using repository = scratchRepository();
    const { base, one } = history(repository);
    const readingsOf = openReadings();
    await readWith(readingsOf(1), repository, `${base}...${one}`);
    using empty = scratchRepository();
    empty.commit('nothing of it');
    expect(await readWith(readingsOf(2), empty, `${base}...${one}`)).toMatchObject({
      ok: false,
      fault: { kind: 'unknown-revision' },
    });
  });
});

describe('nothing is remembered of a change', () => {
  test('that could not be read: it is read again once it can be', async () => {
    using repository = scratchRepository();
    const { base, one } = history(repository);
    const id = repository.git('rev-parse', `${one}:new.txt`);
    const file = join(repository.directory, '.git/objects', id.slice(0, 2), id.slice(2));
    const content = readFileSync(file);
    unlinkSync(file);
    const readings = openReadings()(1);
    const range = `${base}...${one}`;
    const broken = await readWith(readings, repository, range);
    expect(broken).toMatchObject({ change: { ok: false, fault: { kind: 'object-missing' } } });
    writeFileSync(file, content);
    expect(await readWith(readings, repository, range)).toEqual(await readAnew(repository, range));
  });

  test('of which something was left out', async () => {
    using repository = scratchRepository();
    const { one } = history(repository);
    repository.git('checkout', '-q', one);
    repository.write('package.json', ' '.repeat(measureBounds.inspectedFileBytesMax + 1));
    const range = `${one}...${repository.commit('large')}`;
    const readings = openReadings()(1);
    expect(await readWith(readings, repository, range)).toMatchObject({
      change: { value: { incomplete: [{ what: 'inspected-file-too-large' }] } },
    });
    expect(await readWith(readings, repository, range, alone)).toMatchObject({
      change: { ok: false },
    });
  });

  test('with a signature, which programs of this machine check', async () => {
    using repository = scratchRepository();
    const { base, one } = history(repository);
    const [before = '', message = ''] = repository.git('cat-file', 'commit', one).split('\n\n', 2);
    const signature =
      'gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----';
    const text = `${before}\n${signature}\n\n${message}\n`;
    const signed = repository.gitWith(text, 'hash-object', '-t', 'commit', '-w', '--stdin');
    const readings = openReadings()(1);
    const range = `${base}...${signed}`;
    expect(await readWith(readings, repository, range)).toMatchObject({
      change: { ok: true, value: { commits: [{ signature: { state: 'cannot-check' } }] } },
    });
    expect(await readWith(readings, repository, range, alone)).toMatchObject({
      resolved: { ok: true },
      change: { ok: false },
    });
  });
});

describe('of all repositories together', () => {
  const found = (readings: Readings, keys: readonly string[]) =>
    keys.filter((key) => readings.recall(key) !== undefined);

  test('no more is kept than a number, and what was not asked for longest goes first', () => {
    const readingsOf = openReadings({ countMax: 3 });
    for (const key of ['a', 'b', 'c']) readingsOf(1).keep(key, key);
    expect(readingsOf(1).recall('a')).toBe('a');
    readingsOf(2).keep('a', 'of another');
    expect(found(readingsOf(1), ['a', 'b', 'c'])).toEqual(['a', 'c']);
    expect(readingsOf(2).recall('a')).toBe('of another');
  });

  test('no more is kept than so many bytes, and nothing that is large by itself', () => {
    const readings = openReadings({ bytesMax: 1_000, bytesEachMax: 400 })(1);
    const text = 'x'.repeat(300);
    for (const key of ['a', 'b', 'c', 'd']) readings.keep(key, { text });
    expect(found(readings, ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
    readings.keep('large', { text: [text, text] });
    // Two bytes a character, which its length does not tell.
    readings.keep('wide', 'ж'.repeat(300));
    expect(found(readings, ['b', 'c', 'd', 'large', 'wide'])).toEqual(['b', 'c', 'd']);
    readings.keep('b', { text });
    expect(found(readings, ['b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  });

  test('what one was told cannot be changed by it', () => {
    const readings = openReadings()(1);
    const value = { files: ['a'] };
    readings.keep('key', value);
    value.files.push('b');
    readings.recall<typeof value>('key')?.files.push('c');
    expect(readings.recall('key')).toEqual({ files: ['a'] });
  });
});
