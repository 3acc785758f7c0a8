import { resolve } from 'node:path';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { NamedFault } from '../../5-publication/named-fault-words.ts';
import { readBoundedFile } from '../../adapters/gates/bounded-file.ts';
import { BODY_BYTES_MAX, sha256Of } from '../../ledger/entry.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';
import { type Replayable, replayOf } from './replay.ts';

/** As large as a ledger takes one. */
const CASE_BYTES_MAX = 256 * 1024 * 1024;
const DEPTH_MAX = 256;

type BundleFault = Extract<NamedFault, { readonly kind: 'bundle-unreadable' }>;

/**
 * `verdict replay --bundle DIR`: as `verdict replay`, from a folder that `verdict export` wrote, where neither
 * ledger nor repository is. Who signed the record is proven by the commands in that folder, not here.
 */
export async function replayBundle(
  world: World,
  options: { readonly bundle: string; readonly json?: boolean },
): Promise<void> {
  const folder = resolve(world.directory, options.bundle);
  const found = replayableIn(folder);
  if (!found.ok) return stop(world, found.fault, options.json === true);
  try {
    await replayOf(world, found.value, options);
  } catch (error) {
    // Whoever made the folder wrote both files; a case that is none stops the judge anywhere.
    const reason = error instanceof Error ? error.message : 'no case';
    stop(world, unreadable(folder, 'case.json', reason).fault, options.json === true);
  }
}

function replayableIn(folder: string): Result<Replayable, BundleFault> {
  const record = readBoundedFile(folder, 'record.json', BODY_BYTES_MAX);
  if (!record.ok) return unreadable(folder, 'record.json', record.fault.detail);
  const caseFile = readBoundedFile(folder, 'case.json', CASE_BYTES_MAX);
  if (!caseFile.ok && caseFile.fault.kind !== 'absent')
    return unreadable(folder, 'case.json', caseFile.fault.detail);
  const { bytes } = record.value;
  const read = readStrictJson(Buffer.from(bytes).toString('utf8'), {
    charactersMax: BODY_BYTES_MAX,
    depthMax: DEPTH_MAX,
  });
  if (!read.ok) return unreadable(folder, 'record.json', 'it is not JSON as the arbiter writes it');
  if (!isRecord(read.value))
    return unreadable(folder, 'record.json', 'it is no record of a verdict');
  return ok({
    record: read.value,
    recordDigest: sha256Of(bytes),
    caseFile: caseFile.ok ? caseFile.value.bytes : null,
    provenBy: 'the commands in README.md of that folder',
  });
}

/** No more of it is used before the case file gives the very same bytes again. */
function isRecord(value: unknown): value is VerdictRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, verdict, caseDigest, tool } = value as Partial<VerdictRecord>;
  const texts: readonly unknown[] = [id, verdict, caseDigest, tool?.rules, tool?.version];
  return texts.every((text) => typeof text === 'string');
}

const unreadable = (folder: string, file: string, reason: string) =>
  fail<BundleFault>({ kind: 'bundle-unreadable', folder, file, reason });
