import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../src/5-publication/doctor-findings.ts';
import { userEnvironment } from '../../src/adapters/git/environment.ts';
import { runGit } from '../../src/adapters/git/process.ts';
import { currentSigner } from '../../src/adapters/keys/key-ring.ts';

const GIT_LIMIT_MS = 10_000;
/** Where `merge-tree --write-tree` came. */
const [GIT_MAJOR, GIT_MINOR] = [2, 38];

export async function gitFinding(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Finding> {
  const end = await runGit({
    args: ['version'],
    env: userEnvironment(env),
    limitMs: GIT_LIMIT_MS,
    bytesMax: 1_000,
  });
  const [version, major, minor] = /(\d+)\.(\d+)(?:\.\d+)*/.exec(end.stdout.toString('utf8')) ?? [];
  if (end.code !== 0 || version === undefined) return { kind: 'git', version: null, enough: false };
  const [first, second] = [Number(major), Number(minor)];
  const enough = first > GIT_MAJOR || (first === GIT_MAJOR && second >= GIT_MINOR);
  return { kind: 'git', version, enough };
}

/** The folder of keys and ledgers, which is looked at and not touched. */
export function dataFinding(folder: string): Finding {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return { kind: 'data', folder, standing: 'missing' };
  if ((found.mode & 0o077) !== 0) return { kind: 'data', folder, standing: 'open' };
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return { kind: 'data', folder, standing: found.isDirectory() ? 'private' : 'unwritable' };
  } catch {
    return { kind: 'data', folder, standing: 'unwritable' };
  }
}

/** The key that the app signs with. */
export function keyFinding(
  dataFolder: string,
  env: Readonly<Record<string, string | undefined>>,
): Finding {
  const signer = currentSigner(join(dataFolder, 'keys'), env['CAWS_ARBITER_KEY_PASSPHRASE']);
  if (!signer.ok) return { kind: 'signing-key-fault', fault: signer.fault };
  return { kind: 'signing-key', keyId: signer.value?.keyId ?? null };
}
