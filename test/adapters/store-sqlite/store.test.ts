import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
import { seal } from '../../../src/ledger/seal.ts';
import type { Digest } from '../../../src/primitives.ts';
import { newSigner } from '../../ledger/kit.ts';
import { draftOf } from './drafts.ts';
import {
  breaksIn,
  faultOfOpening,
  given,
  ledgerWith,
  newFolder,
  open,
  signer,
  tamper,
} from './kit.ts';

describe('a ledger store', () => {
  test('gives back what was appended, newest first and by what it is about', async () => {
    const file = await ledgerWith(5);
    await using ledger = await open(file, 'read');
    expect(given(await ledger.recent(2)).map((entry) => entry.sequence)).toEqual([5, 4]);
    expect(given(await ledger.recent(9, 'waiver'))).toEqual([]);
    const about = given(await ledger.recent(9, 'verdict', 'verdict-3'));
    expect(about.map((entry) => entry.sequence)).toEqual([3]);
    const beyond = async (...asked: Parameters<typeof ledger.beyond>) =>
      given(await ledger.beyond(...asked)).map((entry) => entry.sequence);
    expect(await beyond('verdict', { after: 2 }, 2)).toEqual([3, 4]);
    expect(await beyond('verdict', { before: 4 }, 2)).toEqual([3, 2]);
    expect(await beyond('waiver', { after: 0 }, 9)).toEqual([]);
    expect(given(await ledger.find('verdict', 'verdict-3'))?.sequence).toBe(3);
    expect(given(await ledger.find('waiver', 'verdict-3'))).toBe(null);
    expect(given(await ledger.entry(4))?.body).toBe('{"n":4,"verdict":"PASS","word":"naïve"}');
    expect(given(await ledger.entry(6))).toBe(null);
    const [digest] = draftOf(3, 'case 3 '.repeat(200)).blobs.map((blob) => blob.digest);
    const blob = given(await ledger.blob(digest ?? ('' as Digest)));
    expect(Buffer.from(blob ?? []).toString()).toBe('case 3 '.repeat(200));
  });

  test('is made 0600 in a folder 0700, and holds from its first entry on', async () => {
    const folder = join(newFolder(), 'caws-arbiter');
    const file = await ledgerWith(1, join(folder, 'ledger.db'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await using ledger = await open(file, 'write');
    for (const end of ['', '-wal', '-shm']) expect(statSync(`${file}${end}`).mode & 0o077).toBe(0);
    expect(await breaksIn(file)).toEqual([]);
    expect(ledger.head?.sequence).toBe(1);
  });

  test('a change of keys keeps the last word of the key before', async () => {
    const file = await ledgerWith(3);
    await ledgerWith(2, file, newSigner());
    await ledgerWith(2, file);
    expect(await breaksIn(file)).toEqual([]);
  });

  test('an appender checks what another one appended meanwhile', async () => {
    const file = await ledgerWith(2);
    await using early = await open(file, 'write');
    await using late = await open(file, 'write');
    given(await late.append(draftOf(3), signer));
    tamper(file, "UPDATE entries SET body = '{}' WHERE sequence = 3");
    const refused = await early.append(draftOf(4), signer);
    expect(refused).toMatchObject({
      fault: { kind: 'ledger-broken', sequence: 3, reason: 'entry-digest-differs' },
    });
    expect(given(await early.recent(1).then(() => early.entry(4)))).toBe(null);
  });

  test('refuses drafts that could not be verified later', async () => {
    await using ledger = await open(await ledgerWith(1), 'write');
    const draft = draftOf(2);
    const sealed = { ...seal('Ada', new Uint8Array(32)), value: 'Bob' };
    const blob = { digest: `sha256:${'0'.repeat(64)}` as Digest, bytes: Buffer.from('x') };
    for (const wrong of [
      { ...draft, body: { n: Number.NaN } },
      { ...draft, body: undefined },
      { ...draft, about: '' },
      { ...draft, about: 'a\u202eb' },
      { ...draft, about: 'x'.repeat(201) },
      { ...draft, at: Number.NaN as never },
      { ...draft, at: 1e18 as never },
      { ...draft, blobs: [blob] },
      { ...draft, sealed: [sealed] },
      { ...draft, body: 'x'.repeat(9_000_000) },
    ]) {
      expect(await ledger.append(wrong, signer)).toMatchObject({
        fault: { kind: 'draft-refused' },
      });
    }
    const halves = { ...newSigner(), keyId: signer.keyId, publicKey: signer.publicKey };
    expect(await ledger.append(draft, halves)).toMatchObject({ fault: { kind: 'draft-refused' } });
    expect(ledger.head?.sequence).toBe(1);
  });
});

describe('a ledger in trouble gives a named fault and loses nothing', () => {
  test('no file, where none may be made', async () => {
    expect(await faultOfOpening(join(newFolder(), 'none.db'))).toMatchObject({
      kind: 'ledger-missing',
    });
  });

  test('a folder that is a file', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    expect(await faultOfOpening(join(file, 'ledger.db'), 'create')).toMatchObject({
      kind: 'ledger-unreadable',
    });
  });

  test.each<[string, string, (file: string) => void]>([
    [
      'a symbolic link',
      'ledger-unsafe',
      (file) => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
    ],
    [
      'a symbolic link as its log',
      'ledger-unsafe',
      (file) => symlinkSync('/dev/null', `${file}-wal`),
    ],
    [
      'a folder',
      'ledger-unsafe',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    ['a file that others may write', 'ledger-unsafe', (file) => chmodSync(file, 0o662)],
    ['a file that may not be written', 'ledger-not-writable', (file) => chmodSync(file, 0o400)],
    ['an empty file', 'ledger-broken', (file) => truncateSync(file)],
    ['a text', 'ledger-broken', (file) => writeFileSync(file, 'not a database '.repeat(500))],
    ['half a file', 'ledger-broken', (file) => truncateSync(file, 8_192)],
    ['a newer version', 'ledger-newer', (file) => tamper(file, 'PRAGMA user_version = 2')],
    [
      'a lost guard',
      'ledger-broken',
      (file) => {
        const d = new DatabaseSync(file);
        d.exec('DROP TRIGGER entries_stay');
        d.close();
      },
    ],
    [
      'a planted trigger',
      'ledger-broken',
      (file) => {
        const d = new DatabaseSync(file);
        d.exec('CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM sealed; END');
        d.close();
      },
    ],
  ])('%s', async (_name, kind, harm) => {
    const file = await ledgerWith(5);
    harm(file);
    expect(await faultOfOpening(file)).toMatchObject({ kind });
    expect(await faultOfOpening(file, 'create')).toMatchObject({ kind });
  });

  test('a locked ledger', async () => {
    const file = await ledgerWith(1);
    await using ledger = given(
      await openLedger({ file, access: 'write', anchors: [], waitMs: 30 }),
    );
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await ledger.append(draftOf(2), signer)).toEqual({
      ok: false,
      fault: { kind: 'ledger-locked', file, waitedMs: 30 },
    });
    other.exec('COMMIT');
    other.close();
    expect(given(await ledger.append(draftOf(2), signer)).sequence).toBe(2);
  });

  test('a full disk: the entry is not there, the ones before are, and appending goes on later', async () => {
    const file = await ledgerWith(3);
    await using ledger = await open(file, 'write');
    const { database } = ledger.storage;
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const big = draftOf(
      4,
      Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64'),
    );
    expect(await ledger.append(big, signer)).toMatchObject({ fault: { kind: 'ledger-full' } });
    expect(await breaksIn(file)).toEqual([]);
    database.exec('PRAGMA max_page_count = 100000');
    expect(given(await ledger.append(big, signer)).sequence).toBe(4);
    expect(await breaksIn(file)).toEqual([]);
  });

  test.each<[string, (file: string) => void]>([
    ['deleted', (file) => rmSync(file)],
    [
      'replaced by a copy',
      (file) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
    ['deprived of its log', (file) => rmSync(`${file}-wal`)],
  ])('a file that is %s while open is never said to hold the entry', async (_name, harm) => {
    const file = await ledgerWith(2);
    await using ledger = await open(file, 'write');
    given(await ledger.append(draftOf(3), signer));
    linkSync(file, `${file}.kept`);
    harm(file);
    expect(await ledger.append(draftOf(4), signer)).toMatchObject({
      fault: { kind: 'ledger-unreadable' },
    });
  });

  test('an entry that was changed is not given out', async () => {
    const file = await ledgerWith(40);
    tamper(file, 'UPDATE entries SET body = \'{"verdict":"PASS"}\' WHERE sequence = 2');
    await using ledger = await open(file, 'read');
    const fault = { kind: 'ledger-broken', sequence: 2 };
    expect(await ledger.entry(2)).toMatchObject({ fault });
    expect(await ledger.find('verdict', 'verdict-2')).toMatchObject({ fault });
    expect(await ledger.recent(50)).toMatchObject({ fault });
  });

  test('a crash while a ledger is made leaves no half ledger', async () => {
    const folder = newFolder();
    const file = join(folder, 'ledger.db');
    writeFileSync(`${file}.new-000000000000`, '');
    await ledgerWith(1, file);
    expect(await breaksIn(file)).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });
});

test('the words a ledger keeps are the bytes it hashes: a broken byte that reads alike is found', async () => {
  const file = join(newFolder(), 'ledger.db');
  {
    await using ledger = await open(file);
    given(await ledger.append({ ...draftOf(1), body: { word: '\uFFFD' } }, signer));
  }
  expect(await breaksIn(file)).toEqual([]);
  // EF BF BD is U+FFFD; F0 BF BD is no character, and decoders print U+FFFD for it.
  tamper(file, "UPDATE entries SET body = CAST(X'7b22776f7264223a22f0bfbd227d' AS TEXT)");
  expect(readFileSync(file).includes(Buffer.from('f0bfbd', 'hex'))).toBe(true);
  expect(await breaksIn(file)).toContain('1 entry-digest-differs');
});
