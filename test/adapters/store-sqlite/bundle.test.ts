import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chainProof } from '../../../src/adapters/store-sqlite/chain-proof.ts';
import { bundleFiles } from '../../../src/ledger/bundle.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import { envelop, IN_TOTO_PAYLOAD_TYPE } from '../../../src/ledger/dsse.ts';
import { sha256Of } from '../../../src/ledger/entry.ts';
import { verdictStatement } from '../../../src/ledger/statement.ts';
import { verdictEntryBody } from '../../../src/ledger/verdict-entry.ts';
import { draftOf } from './drafts.ts';
import { given, ledgerWith, newFolder, open, signer } from './kit.ts';

/** A bundle of the verdict in the middle of a ledger, as files. */
async function bundle(before: number, after: number): Promise<string> {
  const file = await ledgerWith(before);
  await using ledger = await open(file, 'write');
  const record = {
    caseDigest: sha256Of('case'),
    id: 'one',
    verdict: 'PASS',
    why: 'naïve "quotes" and \\ $(date) `date`',
  };
  const text = given(canonicalJson(record));
  const envelope = envelop(
    IN_TOTO_PAYLOAD_TYPE,
    verdictStatement({
      verdictId: 'one',
      verdict: 'PASS',
      decidedAt: '2026-11-23T12:00:00.000Z',
      repository: 'https://example.org/owner/name',
      baseRef: 'refs/heads/main',
      base: 'b'.repeat(40),
      head: 'a'.repeat(40),
      headTree: 'c'.repeat(40),
      policy: { uri: '.caws/policy.yaml', digest: sha256Of('policy') },
      record: sha256Of(text),
      caseFile: sha256Of('case'),
      tool: { name: 'caws-arbiter', version: '0.1.0' },
    }),
    signer,
  );
  const body = verdictEntryBody(record, sha256Of(text), envelope);
  const blobs = [{ digest: sha256Of('case'), bytes: Buffer.from('case') }];
  const entry = given(await ledger.append({ ...draftOf(1), body, blobs }, signer));
  for (let n = 0; n < after; n += 1) given(await ledger.append(draftOf(n), signer));
  const proof = given(chainProof(ledger, entry.sequence));
  if (proof === null) throw new Error('no proof');
  const folder = newFolder();
  const keys = new Map([
    [signer.keyId, signer.publicKey],
    [proof.noteKey.id, proof.noteKey.pem],
  ]);
  const { chain, note } = proof;
  const caseFile = given(await ledger.blob(sha256Of('case')));
  const parts = { verdictId: 'one', record: text, envelope, keys, chain, note, caseFile };
  for (const [path, content] of bundleFiles(parts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Runs the commands of the bundle's own README, each of which must succeed. */
function runReadme(folder: string): number | null {
  const script = `set -e; sed -n '/^\`\`\`sh$/,/^\`\`\`$/p' README.md | grep -v '^\`\`\`' > commands; test -s commands; . ./commands`;
  return spawnSync('sh', ['-c', script], { cwd: folder }).status;
}

test('a bundle holds the case file, and an entry that is not there has no proof', async () => {
  expect(readFileSync(join(await bundle(1, 1), 'case.json'), 'utf8')).toBe('case');
  await using ledger = await open(await ledgerWith(2), 'read');
  expect(given(chainProof(ledger, 3))).toBe(null);
});

describe('the commands written in a bundle, run with sh, sha256sum and openssl', () => {
  test.each([
    ['the head', 2, 0],
    ['a head after other entries', 2, 5],
    ['a checkpoint', 29, 9],
  ])('accept a whole bundle up to %s', async (_name, before, after) => {
    expect(runReadme(await bundle(before, after))).toBe(0);
  });

  test.each<[string, string, string]>([
    ['the record', 'record.json', '{}'],
    ['the statement', 'statement.json', '{}'],
    ['what was signed', 'statement.signed', 'DSSEv1 1 x 1 x'],
    ['the signature', 'statement.sig', 'x'.repeat(64)],
    ['the entry', 'entry-body.json', '{}'],
    ['a link', 'chain/4', 'x'],
    ['the last link', 'chain/8', 'x'],
    ['the note', 'note.signed', 'x'],
    ['the signature of the note', 'note.sig', 'x'.repeat(64)],
  ])('refuse a bundle where %s is changed', async (_name, path, content) => {
    const folder = await bundle(2, 5);
    writeFileSync(join(folder, path), content);
    expect(runReadme(folder)).not.toBe(0);
  });
});
