import { resolve } from 'node:path';
import type { Signer } from '../../ports.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { createKey, currentSigner, keyFolder } from './key-ring.ts';
import { type KeyFault, readKeyFile, signerOf } from './private-key.ts';

/** A signer, and where its key came from. */
export interface LocalSigner extends Signer {
  readonly source: 'environment' | 'file' | 'ring';
  /** True once, when the ring was empty and a key was made for this run: say so to the person. */
  readonly madeNow: boolean;
}

export interface SignerWanted {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--key FILE`, or null. Relative paths stand under `directory`. */
  readonly keyFile: string | null;
  readonly directory: string;
  readonly now: Instant;
  /** Whether an empty ring gets its first key; otherwise that is `key-missing`. */
  readonly create: boolean;
}

/**
 * The key that signs on this machine: `--key FILE`, else CAWS_ARBITER_KEY (PEM text) or
 * CAWS_ARBITER_KEY_FILE, else the current key of the user's ring. An encrypted key takes its
 * passphrase from CAWS_ARBITER_KEY_PASSPHRASE.
 *
 * A source that is named and fails is a fault: nothing falls back to another key in silence.
 */
export async function localSigner(wanted: SignerWanted): Promise<Result<LocalSigner, KeyFault>> {
  const { env, directory } = wanted;
  const text = named(env['CAWS_ARBITER_KEY']);
  const file = wanted.keyFile ?? named(env['CAWS_ARBITER_KEY_FILE']);
  const passphrase = named(env['CAWS_ARBITER_KEY_PASSPHRASE']);
  if (wanted.keyFile === null && text !== undefined && file !== undefined) {
    const [where, other] = ['CAWS_ARBITER_KEY', 'CAWS_ARBITER_KEY_FILE'];
    return fail({ kind: 'two-keys-named', where, other });
  }
  if (file !== undefined) {
    const path = resolve(directory, file);
    const read = readKeyFile(path);
    return read.ok ? from('file', signerOf(read.value, passphrase, path)) : read;
  }
  if (text !== undefined) {
    return from('environment', signerOf(text, passphrase, 'CAWS_ARBITER_KEY'));
  }
  return signerOfRing(keyFolder(env), passphrase, wanted);
}

function signerOfRing(
  folder: string,
  passphrase: string | undefined,
  wanted: SignerWanted,
): Result<LocalSigner, KeyFault> {
  const current = currentSigner(folder, passphrase);
  if (!current.ok) return current;
  if (current.value !== null) return from('ring', ok(current.value));
  if (!wanted.create) return fail({ kind: 'key-missing', where: folder });
  const made = createKey(folder, passphrase, wanted.now);
  if (made.ok) return ok({ ...made.value, source: 'ring', madeNow: true });
  if (made.fault.kind !== 'key-exists') return made;
  // Another process made the first key in this moment.
  const theirs = currentSigner(folder, passphrase);
  if (!theirs.ok) return theirs;
  return theirs.value === null
    ? fail({ kind: 'key-missing', where: folder })
    : from('ring', ok(theirs.value));
}

function from(
  source: LocalSigner['source'],
  signer: Result<Signer, KeyFault>,
): Result<LocalSigner, KeyFault> {
  return signer.ok ? ok({ ...signer.value, source, madeNow: false }) : signer;
}

/** An empty variable is as good as none: workflows set them so. */
function named(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
