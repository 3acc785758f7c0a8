import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, writeNewFile } from '../../adapters/new-file.ts';
import { chainProof } from '../../adapters/store-sqlite/chain-proof.ts';
import { bundleFiles } from '../../ledger/bundle.ts';
import { canonicalJson } from '../../ledger/canonical.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import type { FoundVerdict } from './open.ts';

/** `verdict export`: one folder with the record, its signature, the chain to a signed head, and how to check them. */
export async function exportVerdict(
  world: World,
  { ledger, entry, body }: FoundVerdict,
  options: { readonly out: string; readonly json?: boolean },
): Promise<void> {
  const json = options.json === true;
  const proof = chainProof(ledger, entry.sequence);
  if (!proof.ok) return stop(world, proof.fault, json);
  const caseFile = await ledger.blob(body.record.caseDigest);
  if (!caseFile.ok) return stop(world, caseFile.fault, json);
  const record = canonicalJson(body.record);
  if (proof.value === null || !record.ok) {
    return stop(
      world,
      {
        kind: 'ledger-broken',
        file: ledger.storage.file,
        sequence: entry.sequence,
        reason: 'no signed head covers the entry',
      },
      json,
    );
  }
  const { chain, note, noteKey } = proof.value;
  const keys = new Map([[noteKey.id, noteKey.pem]]);
  for (const { keyid } of body.envelope.signatures) {
    const pem = ledger.publicKey(keyid);
    if (pem !== null) keys.set(keyid, pem);
  }
  const files = bundleFiles({
    verdictId: body.record.id,
    record: record.value,
    envelope: body.envelope,
    keys,
    chain,
    note,
    caseFile: caseFile.value,
  });
  const folder = resolve(world.directory, options.out);
  try {
    mkdirSync(folder);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return stop(world, { kind: 'out-exists', file: folder, reason }, json);
  }
  try {
    for (const [name, content] of files) {
      makeFolder(dirname(join(folder, name)));
      writeNewFile(join(folder, name), [content]);
    }
  } catch (error) {
    // A part of a bundle proves nothing, and would be in the way of the next one.
    rmSync(folder, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return stop(world, { kind: 'file-unwritable', file: folder, reason: code }, json);
  }
  if (json)
    world.out(
      `${JSON.stringify({ schema: 'caws-arbiter/verdict-export@1', id: body.record.id, folder, files: [...files.keys()] })}\n`,
    );
  else
    world.out(
      `Wrote ${files.size} files to ${folder}.\nHow to check them with openssl and sha256sum alone: ${join(folder, 'README.md')}\n`,
    );
  world.finish(exits.pass);
}
