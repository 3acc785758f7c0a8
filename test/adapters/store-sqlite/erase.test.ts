import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { stateFileAnchor } from '../../../src/adapters/anchors/state-file.ts';
import {
  backupLedger,
  type RestoreOrder,
  restoreLedger,
} from '../../../src/adapters/store-sqlite/backup.ts';
import { doubtfulVerdicts } from '../../../src/adapters/store-sqlite/doubt.ts';
import { blobsOlderThan, eraseBeside } from '../../../src/adapters/store-sqlite/erase.ts';
import { openLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
import { entriesNaming } from '../../../src/adapters/store-sqlite/naming.ts';
import { verifyLedger } from '../../../src/adapters/store-sqlite/verify.ts';
import { seal } from '../../../src/ledger/seal.ts';
import type { Instant } from '../../../src/primitives.ts';
import { newSigner, START } from '../../ledger/kit.ts';
import { draftOf } from './drafts.ts';
import { breaksIn, given, ledgerWith, newFolder, open, signer, tamper } from './kit.ts';

const at = (START + 1_000_000) as Instant;
const person = 'Ada Lovelace <ada@example.org>';

async function ledgerWithPerson() {
  const file = join(newFolder(), 'ledger.db');
  const sealed = seal(person, crypto.getRandomValues(new Uint8Array(32)));
  await using ledger = await open(file);
  given(
    await ledger.append(
      { ...draftOf(1), body: { author: sealed.commitment }, sealed: [sealed] },
      signer,
    ),
  );
  given(await ledger.append(draftOf(2), signer));
  return { file, sealed };
}

test('an erased value is nowhere in the files, and the chain still holds and counts it', async () => {
  const { file, sealed } = await ledgerWithPerson();
  {
    await using ledger = await open(file, 'write');
    expect(given(await ledger.revealed(sealed.commitment))?.value).toBe(person);
    const order = { at, reason: 'asked by the person', signer };
    const erased = given(
      await eraseBeside(
        ledger,
        { blobs: [], sealed: [sealed.commitment, sealed.commitment] },
        order,
      ),
    );
    expect(erased).toEqual({ blobs: 0, sealed: 1, entries: [3], rewritten: true });
    expect(given(await ledger.revealed(sealed.commitment))).toBe(null);
    for (const name of readdirSync(dirname(file))) {
      expect(readFileSync(join(dirname(file), name)).includes('Lovelace'), name).toBe(false);
    }
    expect(given(await verifyLedger(ledger))).toMatchObject({
      breaks: [],
      sealed: 0,
      erasedSealed: 1,
    });
  }
  expect(await breaksIn(file)).toEqual([]);
});

test('what is gone without an erasure entry is missing, and what came back after one is named', async () => {
  const { file, sealed } = await ledgerWithPerson();
  const copy = `${file}.copy`;
  copyFileSync(file, copy);
  tamper(copy, 'DELETE FROM sealed');
  expect(await breaksIn(copy)).toEqual(['1 sealed-missing']);
  {
    await using ledger = await open(file, 'write');
    const order = { at, reason: 'asked', signer };
    given(await eraseBeside(ledger, { blobs: [], sealed: [sealed.commitment] }, order));
  }
  tamper(file, `INSERT INTO sealed VALUES ('${sealed.commitment}', '${sealed.salt}', '${person}')`);
  expect(await breaksIn(file)).toEqual(['3 erased-but-present']);
});

test('while somebody still reads the ledger, nobody is told that the bytes are gone; afterwards they go', async () => {
  const { file, sealed } = await ledgerWithPerson();
  await using ledger = given(await openLedger({ file, access: 'write', anchors: [], waitMs: 20 }));
  const holding = () =>
    readdirSync(dirname(file)).filter((name) =>
      readFileSync(join(dirname(file), name)).includes('Lovelace'),
    );
  const order = { at, reason: 'asked', signer };
  const beside = { blobs: [], sealed: [sealed.commitment] };
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('BEGIN');
  expect(reader.prepare('SELECT count(*) AS n FROM sealed').get()).toEqual({ n: 1 });
  const first = given(await eraseBeside(ledger, beside, order));
  expect([first.sealed, first.rewritten, holding().length > 0]).toEqual([1, false, true]);
  reader.close();
  const again = given(await eraseBeside(ledger, beside, order));
  expect([again.sealed, again.entries, again.rewritten, holding()]).toEqual([0, [], true, []]);
});

describe('who is named in a ledger is found', () => {
  const odd = 'Zoë "Q" O’Brien & <Söhne>';
  const spelt: readonly (readonly [how: string, blob: string])[] = [
    ['as it is', `by ${odd}, yesterday`],
    ['in capitals', odd.toUpperCase()],
    ['decomposed', odd.normalize('NFD')],
    ['in JSON', JSON.stringify({ author: odd })],
    ['in JSON of plain ASCII', String.raw`"Zo\u00EB \"Q\" O\u2019Brien & <S\u00f6hne>"`],
    [
      'in what a person signed',
      JSON.stringify({ payload: Buffer.from(`{"by":${JSON.stringify(odd)}}`).toString('base64') }),
    ],
    ['in XML', '<name>Zoë &quot;Q&quot; O’Brien &amp; &lt;Söhne&gt;</name>'],
  ];
  test.each(spelt)('%s', async (_, blob) => {
    const file = join(newFolder(), 'ledger.db');
    await using ledger = await open(file);
    given(await ledger.append(draftOf(1, 'by somebody else'), signer));
    given(await ledger.append(draftOf(2, blob), signer));
    const blobs = draftOf(2, blob).blobs.map(({ digest }) => digest);
    expect(given(entriesNaming(ledger, odd))).toMatchObject([
      { entry: 2, blobs, sealed: [], inChain: false },
    ]);
  });

  test('beside several entries, in sealed values and in the chain itself; a word of a pattern is a word', async () => {
    const file = join(newFolder(), 'ledger.db');
    const sealed = seal(person, crypto.getRandomValues(new Uint8Array(32)));
    await using ledger = await open(file);
    given(await ledger.append({ ...draftOf(1), sealed: [sealed] }, signer));
    given(await ledger.append(draftOf(2, `${'x'.repeat(2_000)} ada@example.org`), signer));
    given(await ledger.append({ ...draftOf(3), body: { by: 'ADA@example.org' } }, signer));
    const where = given(entriesNaming(ledger, 'ada@example.org')).map(
      ({ entry, blobs, sealed: values, inChain }) =>
        [entry, blobs.length, values.length, inChain] as const,
    );
    expect(where).toEqual([
      [1, 0, 1, false],
      [2, 1, 0, false],
      [3, 0, 0, true],
    ]);
    expect(given(entriesNaming(ledger, 'ada.example'))).toEqual([]);
  });
});

test('pruning drops the blobs that nothing newer needs, and says so in the chain', async () => {
  const file = await ledgerWith(9);
  await using ledger = await open(file, 'write');
  // The case of verdict 3 is brought again by a newer verdict, so it stays.
  given(
    await ledger.append({ ...draftOf(20), blobs: draftOf(3, 'case 3 '.repeat(200)).blobs }, signer),
  );
  const old = given(blobsOlderThan(ledger, (START + 9_000) as Instant));
  expect(old).toEqual([draftOf(6, 'case 6 '.repeat(200)).blobs[0]?.digest]);
  given(await eraseBeside(ledger, { blobs: old, sealed: [] }, { at, reason: 'retention', signer }));
  expect(given(await verifyLedger(ledger))).toMatchObject({ breaks: [], blobs: 2, erasedBlobs: 1 });
  expect(old[0] === undefined ? 'none' : given(await ledger.blob(old[0]))).toBe(null);
});

async function restorable() {
  const folder = newFolder();
  const anchors = [stateFileAnchor(join(folder, 'anchors'))];
  const file = await ledgerWith(4, join(folder, 'ledger.db'), signer, anchors);
  const backup = join(folder, 'backup.db');
  {
    await using ledger = await open(file, 'read');
    given(backupLedger(ledger, backup));
    expect(backupLedger(ledger, backup)).toMatchObject({ fault: { kind: 'file-exists' } });
  }
  const order: RestoreOrder = {
    backup,
    file,
    anchors,
    signer,
    at,
    reason: 'a broken disk',
    goBack: false,
  };
  return { file, backup, anchors, order };
}

test('a backup that nothing is newer than comes back, and the ledger says so', async () => {
  const { file, anchors, order } = await restorable();
  writeFileSync(file, 'broken');
  const restored = given(await restoreLedger(order));
  expect(restored.entries).toBe(5);
  expect(readFileSync(restored.kept ?? '', 'utf8')).toBe('broken');
  expect(await breaksIn(file, anchors)).toEqual([]);
  await using ledger = await open(file, 'read', anchors);
  expect(given(await ledger.entry(5))).toMatchObject({ kind: 'restore' });
});

test('going back behind an anchor needs a person, who stands in the ledger, and the anchor follows', async () => {
  const { file, anchors, order } = await restorable();
  await ledgerWith(3, file, signer, anchors);
  expect(await restoreLedger(order)).toMatchObject({
    fault: { kind: 'backup-is-older', backup: 4, present: 7 },
  });
  expect(await breaksIn(file, anchors)).toEqual([]);
  const restored = given(await restoreLedger({ ...order, goBack: true }));
  expect(restored.entries).toBe(5);
  expect(await breaksIn(file, anchors)).toEqual([]);
  await using ledger = await open(file, 'read', anchors);
  expect(JSON.parse(given(await ledger.entry(5))?.body ?? '')).toMatchObject({
    reason: 'a broken disk',
    replaced: { sequence: 7 },
  });
});

test('nothing is restored under the hands of another process', async () => {
  const { file, order } = await restorable();
  const before = readFileSync(file);
  {
    await using busy = await open(file, 'write');
    const refused = await restoreLedger({ ...order, waitMs: 50 });
    expect(refused).toMatchObject({ fault: { kind: 'ledger-locked' } });
    expect(given(await busy.append(draftOf(5), signer)).sequence).toBe(5);
  }
  expect(await breaksIn(file)).toEqual([]);
  expect(readFileSync(file).length).toBeGreaterThanOrEqual(before.length);
});

test('a broken, foreign or rewritten backup is refused and changes nothing', async () => {
  const { file, backup, order } = await restorable();
  const before = readFileSync(file);
  const foreign = await ledgerWith(9);
  expect(await restoreLedger({ ...order, backup: foreign })).toMatchObject({
    fault: { kind: 'backup-of-other-ledger' },
  });
  {
    await using rewritten = await open(backup, 'write');
    tamper(backup, "UPDATE entries SET body = '{}' WHERE sequence = 1");
    expect(rewritten.head?.sequence).toBe(4);
  }
  expect(await restoreLedger(order)).toMatchObject({
    fault: { kind: 'backup-broken', file: backup, sequence: 1 },
  });
  expect(await restoreLedger({ ...order, backup: `${backup}.none` })).toMatchObject({
    fault: { kind: 'backup-missing', file: `${backup}.none` },
  });
  expect(await restoreLedger({ ...order, backup: dirname(backup) })).toMatchObject({
    fault: { kind: 'backup-unreadable', file: dirname(backup), reason: 'not a plain file' },
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a lost key makes its verdicts doubtful by their place, whatever time they claim', async () => {
  const lost = newSigner();
  const file = await ledgerWith(3, join(newFolder(), 'ledger.db'), lost);
  await using ledger = await open(file, 'write');
  const append = async (n: number, by = lost) => given(await ledger.append(draftOf(n), by));
  await append(10, signer);
  await append(2);
  await append(11);
  const doubtful = given(doubtfulVerdicts(ledger, lost.keyId, (START + 9_000) as Instant));
  expect(doubtful.map((verdict) => verdict.sequence)).toEqual([5, 6]);
});
