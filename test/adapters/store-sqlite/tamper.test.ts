import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gitRefAnchor } from '../../../src/adapters/anchors/git-ref.ts';
import { stateFileAnchor } from '../../../src/adapters/anchors/state-file.ts';
import { exportLedger, verifyExportFile } from '../../../src/adapters/store-sqlite/export.ts';
import { openLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
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

const ENTRIES = 70;

describe('every tampering of a stored ledger is named', () => {
  test.each<[string, string, string]>([
    [
      'the body',
      `UPDATE entries SET body = replace(body, 'PASS', 'FAIL') WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    [
      'the time',
      `UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    ['the kind', `UPDATE entries SET kind = 'waiver' WHERE sequence = 9`, '9 entry-digest-differs'],
    [
      'what it is about',
      `UPDATE entries SET about = 'verdict-1' WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    [
      'the predecessor',
      `UPDATE entries SET previous = (SELECT digest FROM entries WHERE sequence = 3) WHERE sequence = 9`,
      '9 previous-differs',
    ],
    [
      'the digest',
      `UPDATE entries SET digest = 'sha256:${'0'.repeat(64)}' WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    [
      'the signer',
      `UPDATE entries SET signer = '${'0'.repeat(64)}' WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    [
      'its attachments',
      `UPDATE entries SET attached = '{"blobs":[],"sealed":[]}' WHERE sequence = 9`,
      '9 entry-digest-differs',
    ],
    [
      'attachments that are no JSON',
      `UPDATE entries SET attached = '{' WHERE sequence = 9`,
      '9 entry-malformed',
    ],
    ['a dropped entry', 'DELETE FROM entries WHERE sequence = 9', '9 entry-missing'],
    ['a dropped first entry', 'DELETE FROM entries WHERE sequence = 1', '1 entry-missing'],
    [
      'two swapped entries',
      'UPDATE entries SET sequence = CASE sequence WHEN 9 THEN 1010 WHEN 10 THEN 9 ELSE sequence END; UPDATE entries SET sequence = 10 WHERE sequence = 1010',
      '9 previous-differs',
    ],
    ['a cut tail', 'DELETE FROM entries WHERE sequence > 66', '67 tail-cut'],
    [
      'a planted entry',
      `INSERT INTO entries SELECT 71, at, kind, about, body, previous, digest, signer, attached FROM entries WHERE sequence = 70`,
      '71 previous-differs',
    ],
    ['no entries', 'DELETE FROM entries', '1 tail-cut'],
    [
      'the head',
      `UPDATE head SET note = replace(note, 'entry 70', 'entry 69')`,
      '69 signature-wrong',
    ],
    ['the number beside the head', 'UPDATE head SET sequence = 9', '70 head-malformed'],
    ['a head that is no note', `UPDATE head SET note = 'x'`, '70 head-malformed'],
    ['no head', 'DELETE FROM head', '70 head-missing'],
    [
      'a checkpoint',
      `UPDATE checkpoints SET note = replace(note, 'Z', 'Y') WHERE sequence = 32`,
      '32 checkpoint-malformed',
    ],
    ['no checkpoint', 'DELETE FROM checkpoints WHERE sequence = 32', '32 checkpoint-missing'],
    [
      'a checkpoint moved',
      'UPDATE checkpoints SET sequence = 33 WHERE sequence = 32',
      '33 checkpoint-malformed',
    ],
    [
      'a checkpoint after the end',
      `INSERT INTO checkpoints SELECT 200, note FROM checkpoints WHERE sequence = 32`,
      '200 checkpoint-malformed',
    ],
    [
      'the key',
      `UPDATE keys SET public_key = replace(public_key, 'MCow', 'MCox')`,
      '0 key-malformed',
    ],
    ['no key', 'DELETE FROM keys', '70 key-unknown'],
    [
      'the bytes of a blob',
      `UPDATE blobs SET bytes = zeroblob(length(bytes)) WHERE digest = (SELECT json_extract(attached, '$.blobs[0]') FROM entries WHERE sequence = 9)`,
      '9 blob-differs',
    ],
    [
      'the size of a blob',
      `UPDATE blobs SET size = size + 1 WHERE digest = (SELECT json_extract(attached, '$.blobs[0]') FROM entries WHERE sequence = 9)`,
      '9 blob-differs',
    ],
    [
      'a lost blob',
      `DELETE FROM blobs WHERE digest = (SELECT json_extract(attached, '$.blobs[0]') FROM entries WHERE sequence = 9)`,
      '9 blob-missing',
    ],
    [
      'a planted blob',
      `INSERT INTO blobs VALUES ('sha256:${'1'.repeat(64)}', 'plain', 0, x'')`,
      '0 blob-stray',
    ],
    [
      'a planted sealed value',
      `INSERT INTO sealed VALUES ('sha256:${'1'.repeat(64)}', '', '')`,
      '0 sealed-stray',
    ],
    ['another ledger id', `UPDATE ledger SET id = '${'f'.repeat(32)}'`, '1 previous-differs'],
  ])('%s', async (_name, statements, named) => {
    const file = await ledgerWith(ENTRIES);
    tamper(file, statements);
    expect(await breaksIn(file)).toContain(named);
  });

  test('a change of any byte of body, digest, predecessor or signature is found', async () => {
    const file = await ledgerWith(40);
    const columns = [
      ['entries', 'body'],
      ['entries', 'digest'],
      ['entries', 'previous'],
      ['checkpoints', 'note'],
      ['head', 'note'],
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...columns),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0x20, max: 0x7e }),
        async ([table, column], row, offset, byte) => {
          const copy = `${file}.copy`;
          copyFileSync(file, copy);
          const database = new DatabaseSync(copy);
          const rows = database
            .prepare(`SELECT rowid AS id, CAST(${column} AS BLOB) AS text FROM ${table}`)
            .all();
          const chosen = rows[row % rows.length];
          const bytes = Buffer.from(chosen?.['text'] as Uint8Array);
          database.close();
          const at = offset % bytes.length;
          const same = bytes[at] === byte;
          bytes[at] = byte;
          tamper(
            copy,
            `UPDATE ${table} SET ${column} = CAST(X'${bytes.toString('hex')}' AS TEXT) WHERE rowid = ${String(chosen?.['id'])}`,
          );
          expect((await breaksIn(copy)).length === 0).toBe(same);
        },
      ),
      { numRuns: 120 },
    );
  });

  test('a changed byte anywhere in the file is found, or changes nothing that is said', async () => {
    const file = await ledgerWith(12);
    const original = readFileSync(file);
    const said = await spoken(file);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(original.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const copy = `${file}.copy`;
          for (const end of ['-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
          const bytes = Buffer.from(original);
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          writeFileSync(copy, bytes, { mode: 0o600 });
          const breaks = await breaksIn(copy);
          if (breaks.length === 0) expect(await spoken(copy)).toEqual(said);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('a changed head of any page of the file ends the check, and every reading', async () => {
  const file = await ledgerWith(12);
  const original = readFileSync(file);
  const said = await spoken(file);
  const copy = `${file}.copy`;
  for (let page = 0; page < original.length; page += 4_096) {
    for (const at of [0, 1, 3, 4, 5, 7]) {
      for (const end of ['-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
      const bytes = Buffer.from(original);
      const place = page + at + (page === 0 ? 100 : 0);
      bytes[place] = (bytes[place] ?? 0) ^ 4;
      writeFileSync(copy, bytes, { mode: 0o600 });
      const opened = await openLedger({ file: copy, anchors: [], access: 'read' });
      if (opened.ok) await opened.value[Symbol.asyncDispose]();
      const breaks = await breaksIn(copy);
      if (breaks.length === 0) expect(await spoken(copy)).toEqual(said);
    }
  }
});

/** Everything that the ledger would tell a reader. */
async function spoken(file: string): Promise<unknown> {
  await using ledger = await open(file, 'read');
  const entries = given(await ledger.recent(100));
  return { id: ledger.id, head: ledger.head, entries };
}

describe('anchors outside the ledger', () => {
  test('notice a ledger that is an older copy, though the copy is whole', async () => {
    const folder = newFolder();
    const anchor = stateFileAnchor(join(folder, 'anchors'));
    const file = await ledgerWith(3, join(folder, 'ledger.db'), signer, [anchor]);
    copyFileSync(file, `${file}.old`);
    await ledgerWith(2, file, signer, [anchor]);
    copyFileSync(`${file}.old`, file);
    expect(await breaksIn(file)).toEqual([]);
    expect(await breaksIn(file, [anchor])).toEqual(['4 rolled-back']);
    expect(await faultOfOpening(file, 'create', [anchor])).toEqual({
      kind: 'ledger-rolled-back',
      file,
      has: 3,
      anchor: 5,
      where: anchor.where,
    });
  });

  test('notice a history that was rewritten and signed again', async () => {
    const folder = newFolder();
    const anchor = stateFileAnchor(join(folder, 'anchors'));
    const file = await ledgerWith(3, join(folder, 'ledger.db'), signer, [anchor]);
    copyFileSync(file, `${file}.old`);
    await ledgerWith(2, file, signer, [anchor]);
    copyFileSync(`${file}.old`, file);
    await using rewritten = await open(file, 'write');
    for (let n = 0; n < 4; n += 1) given(await rewritten.append(draftOf(90 + n), signer));
    expect(await breaksIn(file, [anchor])).toEqual(['5 anchor-differs']);
    expect(await faultOfOpening(file, 'write', [anchor])).toMatchObject({
      reason: 'anchor-differs',
    });
  });

  test('are 0600, never go back, leave no drafts, and say when they are missing or unreadable', async () => {
    const folder = join(newFolder(), 'anchors');
    const anchor = stateFileAnchor(folder);
    const mark = (sequence: number) => ({
      schema: 'caws-arbiter/anchor@1' as const,
      ledger: 'a'.repeat(32),
      sequence,
      digest: `sha256:${'0'.repeat(64)}` as never,
    });
    expect(await anchor.read('a'.repeat(32))).toEqual({ state: 'missing' });
    expect(await anchor.write(mark(5))).toBe(null);
    expect(await anchor.write(mark(4))).toBe(null);
    expect(await anchor.read('a'.repeat(32))).toEqual({ state: 'remembers', mark: mark(5) });
    expect(readdirSync(folder)).toEqual([`${'a'.repeat(32)}.json`]);
    expect(statSync(join(folder, `${'a'.repeat(32)}.json`)).mode & 0o777).toBe(0o600);
    for (const text of ['', '{', '{"sequence":1}', '[]', 'null', 'x'.repeat(9_000)]) {
      writeFileSync(join(folder, `${'b'.repeat(32)}.json`), text);
      expect(await anchor.read('b'.repeat(32))).toMatchObject({ state: 'unreadable' });
    }
  });

  test('in a git ref notice a ledger that was deleted or replaced by a fresh one', async () => {
    const folder = newFolder();
    execFileSync('git', ['init', '-q', folder]);
    const git = join(folder, '.git');
    const file = join(git, 'caws-arbiter', 'ledger.db');
    await ledgerWith(3, file, signer, [gitRefAnchor(git)]);
    expect(await breaksIn(file, [gitRefAnchor(git)])).toEqual([]);
    rmSync(file);
    expect(await faultOfOpening(file, 'create', [gitRefAnchor(git)])).toMatchObject({
      kind: 'ledger-rolled-back',
      has: 0,
      anchor: 3,
    });
    await ledgerWith(5, file);
    expect(await breaksIn(file, [gitRefAnchor(git)])).toEqual(['0 other-ledger']);
    expect(await faultOfOpening(file, 'write', [gitRefAnchor(git)])).toMatchObject({
      kind: 'ledger-broken',
    });
  });

  test('in a git ref that names a commit, or in no repository, are unreadable and say so', async () => {
    const folder = newFolder();
    execFileSync('git', ['init', '-q', folder]);
    const run = (...args: readonly string[]) =>
      execFileSync('git', [
        '-C',
        folder,
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.org',
        ...args,
      ]);
    run('commit', '-q', '--allow-empty', '-m', 'x');
    expect(await gitRefAnchor(join(folder, '.git')).read('')).toEqual({ state: 'missing' });
    run('update-ref', 'refs/caws-arbiter/ledger', 'HEAD');
    expect(await gitRefAnchor(join(folder, '.git')).read('')).toMatchObject({
      state: 'unreadable',
    });
    expect(await gitRefAnchor(join(folder, 'none')).read('')).toMatchObject({
      state: 'unreadable',
    });
  });
});

test.each([
  ['behind others', [1, 2, 3, 2], 4],
  ['straight behind it', [1, 2, 2], 3],
  ['where ids do not rise', [3, 2, 1, 2], 4],
])(
  'a second entry under the id of a verdict is named, in the ledger and in its export: %s',
  async (_, ids, sequence) => {
    const file = join(newFolder(), 'ledger.db');
    {
      await using ledger = await open(file);
      for (const n of ids) given(await ledger.append(draftOf(n), signer));
      given(await ledger.append({ ...draftOf(5), kind: 'waiver', about: 'verdict-3' }, signer));
      const lines = [...exportLedger(ledger)];
      writeFileSync(`${file}.jsonl`, lines.join(''));
    }
    expect(await breaksIn(file)).toEqual([`${sequence} verdict-repeated`]);
    const { breaks } = given(await verifyExportFile(`${file}.jsonl`));
    const detail = 'verdict-2 stands at entry 2 already';
    expect(breaks).toEqual([{ sequence, reason: 'verdict-repeated', detail }]);
  },
);
