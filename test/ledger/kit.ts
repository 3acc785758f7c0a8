import { generateKeyPairSync } from 'node:crypto';
import { signerOf } from '../../src/adapters/keys/private-key.ts';
import { checkpointIsDue } from '../../src/ledger/chain.ts';
import { attachedText, type ChainEntry, digestOfEntry, genesisOf } from '../../src/ledger/entry.ts';
import { exportLine } from '../../src/ledger/export.ts';
import { type Note, noteText, signedNote } from '../../src/ledger/note.ts';
import type { Signer } from '../../src/ports.ts';
import { type Instant, isoOf } from '../../src/primitives.ts';

export const START = Date.UTC(2026, 10, 23, 12) as Instant;
export const LEDGER_ID = '0123456789abcdef0123456789abcdef';

export function newSigner(): Signer {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const signer = signerOf(pem.toString(), undefined, 'test');
  if (!signer.ok) throw new Error(signer.fault.kind);
  return signer.value;
}

export function signNote(note: Omit<Note, 'keyId'>, signer: Signer): string {
  const whole = { ...note, keyId: signer.keyId };
  return signedNote(whole, signer.sign(Buffer.from(noteText(whole))));
}

/** The lines of a whole, valid export: one entry a signer given. */
export function exportOf(signers: readonly Signer[]): readonly string[] {
  const keys = new Map(signers.map((signer) => [signer.keyId, signer.publicKey]));
  const lines = [
    exportLine({ type: 'ledger', schema: 'caws-arbiter/ledger-export@1', id: LEDGER_ID }),
    ...[...keys].map(([id, publicKey]) => exportLine({ type: 'key', id, publicKey })),
  ];
  let previous = genesisOf(LEDGER_ID);
  signers.forEach((signer, index) => {
    const entry = entryAfter(previous, index + 1, signer);
    lines.push(exportLine({ type: 'entry', ...entry }));
    previous = entry.digest;
    const { sequence, digest, at } = entry;
    const said = { ledger: LEDGER_ID, sequence, digest, at };
    const handsOver = index + 1 < signers.length && signers[index + 1] !== signer;
    if (checkpointIsDue(sequence, entry.kind) || handsOver) {
      const note = signNote({ ...said, says: 'checkpoint' }, signer);
      lines.push(exportLine({ type: 'checkpoint', sequence, note }));
    }
    if (index + 1 === signers.length) {
      lines.push(exportLine({ type: 'head', note: signNote({ ...said, says: 'head' }, signer) }));
    }
  });
  return lines;
}

export function entryAfter(previous: string, sequence: number, signer: Signer): ChainEntry {
  const undigested = {
    sequence,
    at: isoOf((START + sequence * 1_000) as Instant),
    kind: 'verdict',
    about: `verdict-${sequence}`,
    body: JSON.stringify({ n: sequence, word: 'naïve' }),
    previous: previous as ChainEntry['previous'],
    signer: signer.keyId,
    attached: attachedText({ blobs: [], sealed: [] }),
  };
  return { ...undigested, digest: digestOfEntry(undigested) };
}
