import { resolve } from 'node:path';
import { visible } from '../../5-publication/escape.ts';
import { proofText } from '../../5-publication/proof-words.ts';
import { openRepository } from '../../adapters/git/repository.ts';
import { textOfPlain } from '../../adapters/plain-file.ts';
import { verdictProof } from '../../adapters/store-sqlite/verdict-proof.ts';
import type { LawText } from '../../caws/law.ts';
import { readTrustedKeys } from '../../caws/trusted-keys.ts';
import { judgeKey, type KeyStanding } from '../../ledger/key.ts';
import type { Instant } from '../../primitives.ts';
import { defaultBranch, lawOf } from '../branch.ts';
import { page } from '../page.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import type { FoundVerdict } from './open.ts';

/** One thing that was checked, and how it came out. */
interface Check {
  readonly name: 'record' | 'signature' | 'chain' | 'case-file' | 'key';
  readonly state: 'holds' | 'broken' | 'doubtful' | 'gone';
  readonly says: string;
}

/**
 * `verdict verify`: the record's digest, its signed statement, the chain to a signed head, the case
 * file, and whether the key is trusted. Exit 0: all hold; 6: something is broken, or keys are named and
 * this one is not among them. Where nobody has named a key yet, that is said and gives 0.
 */
export async function verifyVerdict(
  world: World,
  found: FoundVerdict,
  options: { readonly trust?: string; readonly json?: boolean },
): Promise<void> {
  const { record } = found.body;
  const blob = await found.ledger.blob(record.caseDigest);
  if (!blob.ok) return stop(world, blob.fault, options.json === true);
  const key = await keyCheck(world, found, options.trust);
  if (key === 'unreadable')
    return stop(
      world,
      {
        kind: 'file-unreadable',
        file: options.trust ?? '.caws/trusted-keys.yaml',
        option: '--trust',
        folder: world.directory,
      },
      options.json === true,
    );
  const proof = verdictProof(found, blob.value);
  const checks: readonly Check[] = [
    ...proof.map((check) => ({ name: check.name, state: check.state, says: proofText(check) })),
    key,
  ];
  const broken = checks.some(({ state }) => state === 'broken');
  if (options.json)
    world.out(
      `${JSON.stringify({ schema: 'caws-arbiter/verdict-verify@1', id: record.id, holds: !broken, checks })}\n`,
    );
  else {
    page(world, `${record.verdict.replace('_', ' ')}  ${record.id}\n`);
    for (const { name, state, says } of checks)
      page(world, `  ${name.padEnd(10)} ${state.padEnd(9)} ${says}\n`);
  }
  world.finish(broken ? exits.ledgerBroken : exits.pass);
}

/**
 * By the keys of `--trust`, else by those of the default branch as it stands now. Never by what the
 * record or its case says: whoever forged a record would have brought the keys along.
 */
async function keyCheck(
  world: World,
  { body, ledger }: FoundVerdict,
  trust: string | undefined,
): Promise<Check | 'unreadable'> {
  const law = trust === undefined ? await trustedKeysNow(world) : lawOfFile(world, trust);
  if (law === 'unreadable') return law;
  const keyId = body.envelope.signatures[0]?.keyid ?? '';
  const trusted = law === null ? null : readTrustedKeys(law);
  if (trusted !== null && !trusted.ok)
    return { name: 'key', state: 'broken', says: `${visible(law?.file ?? '')} cannot be read` };
  const keys = trusted === null ? [] : trusted.value.keys;
  const at = Date.parse(body.record.decidedAt) as Instant;
  const standing = judgeKey(keyId, at, keys);
  const anyNamed = trust !== undefined || keys.some(({ role }) => role === 'arbiter');
  const unknown = ledger.publicKey(keyId) === null;
  return { name: 'key', ...keyWords(standing, keyId, { unknown, anyNamed }) };
}

function keyWords(
  standing: KeyStanding,
  keyId: string,
  { unknown, anyNamed }: { readonly unknown: boolean; readonly anyNamed: boolean },
): Pick<Check, 'state' | 'says'> {
  const key = `key ${keyId.slice(0, 12)}`;
  if (unknown) return { state: 'broken', says: `${key} is not in the ledger` };
  switch (standing) {
    case 'trusted':
      return { state: 'holds', says: `${key} is trusted` };
    case 'revoked':
      return { state: 'broken', says: `${key} was revoked: arbiter keys doubt` };
    case 'untrusted':
      return anyNamed
        ? { state: 'broken', says: `${key} is untrusted: others are named, this one is not` }
        : { state: 'doubtful', says: `${key} is untrusted: no trusted keys are named yet` };
    case 'not-valid-then':
    case 'expired':
      return { state: 'broken', says: `${key} was not valid then` };
  }
}

/** `.caws/trusted-keys.yaml` at the tip of the default branch; null where it names nobody. */
async function trustedKeysNow(world: World): Promise<LawText | null | 'unreadable'> {
  const opened = await openRepository(world.directory, { env: world.env });
  if (!opened.ok) return 'unreadable';
  using repository = opened.value;
  const branch = await defaultBranch(world);
  if (!branch.ok) return 'unreadable';
  if (branch.value === null) return null;
  const law = await lawOf(repository, branch.value);
  return law.ok ? law.value.trustedKeys : 'unreadable';
}

function lawOfFile(world: World, file: string): LawText | 'unreadable' {
  try {
    return { file, text: textOfPlain(resolve(world.directory, file)) };
  } catch {
    return 'unreadable';
  }
}
