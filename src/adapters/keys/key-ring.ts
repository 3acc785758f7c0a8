import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keyIdIsPlain } from '../../ledger/entry.ts';
import { readPublicKey } from '../../ledger/key.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import type { Signer } from '../../ports.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { userFolder } from '../home-folder.ts';
import { makeFolder, writeNewFile } from '../new-file.ts';
import { type KeyFault, readKeyFile, signerOf } from './private-key.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the ring keeps in the open about one of its own keys. */
export interface RingKey {
  readonly id: string;
  readonly publicKey: string;
  /** ISO 8601 UTC. */
  readonly validFrom: string;
  /** When it was rotated out, or null while it may sign. */
  readonly validUntil: string | null;
}

/** `$XDG_CONFIG_HOME/caws-arbiter/keys`; a relative XDG_CONFIG_HOME is ignored, as the XDG rules say. */
export function keyFolder(env: Environment): string {
  return join(userFolder(env, 'XDG_CONFIG_HOME', ['.config']), 'caws-arbiter', 'keys');
}

/** @returns the id of the key that signs now, or null where the ring has none. */
export function currentKeyId(folder: string): Result<string | null, KeyFault> {
  const file = join(folder, 'current');
  try {
    const id = readFileSync(file, 'utf8').slice(0, 100).trim();
    return keyIdIsPlain(id)
      ? ok(id)
      : fail({ kind: 'key-malformed', where: file, found: 'no key id' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return code === 'ENOENT'
      ? ok(null)
      : fail({ kind: 'key-unreadable', where: file, reason: code });
  }
}

/** @returns the signer of the current key, or null where the ring has none. */
export function currentSigner(
  folder: string,
  passphrase: string | undefined,
): Result<Signer | null, KeyFault> {
  return orKeyFault<Signer | null>(folder, () => {
    const id = currentKeyId(folder);
    if (!id.ok || id.value === null) return id.ok ? ok(null) : id;
    const file = privateFile(folder, id.value);
    const text = readKeyFile(file);
    if (!text.ok) return text;
    const signer = signerOf(text.value, passphrase, file);
    if (!signer.ok || signer.value.keyId === id.value) return signer;
    return fail({ kind: 'key-malformed', where: file, found: `key ${signer.value.keyId}` });
  });
}

/**
 * Makes the ring's first key. When two processes do so at once, one key wins and both get it.
 *
 * @returns the signer, or `key-exists` where the ring already had a current key.
 */
export function createKey(
  folder: string,
  passphrase: string | undefined,
  now: Instant,
): Result<Signer, KeyFault> {
  return orKeyFault(folder, () => {
    const made = writeKey(folder, passphrase, now);
    const draft = orForgotten(folder, made.keyId, () => writeDraft(folder, `${made.keyId}\n`));
    try {
      // A link fails where the name is taken; a rename would replace the other process's key.
      linkSync(draft, join(folder, 'current'));
      return ok(made);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      forget(folder, made.keyId);
      const id = currentKeyId(folder);
      if (!id.ok) return id;
      return fail({ kind: 'key-exists', where: folder, keyId: id.value ?? '' });
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

/** A new key that is not current yet. */
export interface Rotation {
  readonly fresh: Signer;
  /**
   * Makes the new key current, and retires the old one: its public part stays for verification, its private part is
   * removed, so that it can never sign again. It takes no room on the disk that is not there yet: the ledger knows of
   * the change by now.
   */
  readonly finish: (oldKeyId: string, end: Instant) => Result<null, KeyFault>;
  /** Takes the new key back, which was not used. */
  readonly forget: () => void;
}

/** Makes a new key and all that it needs to become current once the ledger knows of it. */
export function prepareRotation(
  folder: string,
  passphrase: string | undefined,
  now: Instant,
): Result<Rotation, KeyFault> {
  return orKeyFault(folder, () => {
    const fresh = writeKey(folder, passphrase, now);
    const { keyId } = fresh;
    const draft = orForgotten(folder, keyId, () => writeDraft(folder, `${keyId}\n`));
    return ok({
      fresh,
      finish: (oldKeyId, end) => finished(folder, draft, oldKeyId, end),
      forget: () => {
        rmSync(draft, { force: true });
        forget(folder, keyId);
      },
    });
  });
}

function finished(
  folder: string,
  draft: string,
  oldKeyId: string,
  end: Instant,
): Result<null, KeyFault> {
  return orKeyFault(folder, () => {
    renameSync(draft, join(folder, 'current'));
    const old = ringKeys(folder).find((key) => key.id === oldKeyId);
    // First, since it makes the room that the public part takes.
    rmSync(privateFile(folder, oldKeyId), { force: true });
    if (old !== undefined) writePublic(folder, { ...old, validUntil: isoOf(end) });
    return ok(null);
  });
}

/** Every key of the ring, retired ones too, oldest first; a file that is none of ours is passed over. */
export function ringKeys(folder: string): readonly RingKey[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    // No folder, no keys; a folder that cannot be read fails where a key is needed.
    return [];
  }
  return names
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .map((name) => ringKeyIn(join(folder, name)))
    .filter((key) => key !== undefined)
    .sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1));
}

function ringKeyIn(file: string): RingKey | undefined {
  const read = readStrictJson(readFileSync(file, 'utf8'), { charactersMax: 4_096, depthMax: 2 });
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return undefined;
  const { publicKey, validFrom, validUntil } = read.value as Partial<RingKey>;
  const key = readPublicKey(String(publicKey));
  if (key === undefined || !file.endsWith(`${key.id}.json`)) return undefined;
  return {
    id: key.id,
    publicKey: key.pem,
    validFrom: String(validFrom),
    validUntil: typeof validUntil === 'string' ? validUntil : null,
  };
}

function writeKey(folder: string, passphrase: string | undefined, now: Instant): Signer {
  makeFolder(folder, 0o700);
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  const signer = signerOf(pem.toString(), passphrase, folder);
  if (!signer.ok) throw new Error(`a fresh key was refused: ${signer.fault.kind}`);
  const { keyId, publicKey } = signer.value;
  return orForgotten(folder, keyId, () => {
    writePublic(folder, { id: keyId, publicKey, validFrom: isoOf(now), validUntil: null });
    renameSync(writeDraft(folder, pem.toString()), privateFile(folder, keyId));
    return signer.value;
  });
}

/** Takes back a key that was not used. */
function forget(folder: string, keyId: string): void {
  rmSync(privateFile(folder, keyId), { force: true });
  rmSync(join(folder, `${keyId}.json`), { force: true });
}

/** A key that could not be kept whole leaves nothing: its public part alone would be listed as one that signs. */
function orForgotten<Value>(folder: string, keyId: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    forget(folder, keyId);
    throw error;
  }
}

function writePublic(folder: string, key: RingKey): void {
  const text = `${JSON.stringify({ ...key, algorithm: 'ed25519' }, null, 2)}\n`;
  renameSync(writeDraft(folder, text), join(folder, `${key.id}.json`));
}

/** Writes a file of our own under a passing name, on the disk and 0600 from its first moment. */
function writeDraft(folder: string, text: string): string {
  const draft = join(folder, `.draft-${randomBytes(8).toString('hex')}`);
  writeNewFile(draft, [text], 0o600);
  return draft;
}

function privateFile(folder: string, keyId: string): string {
  return join(folder, `${keyId}.private.pem`);
}

/** Who may write the folder can put another key in the current one's place. */
function orKeyFault<Value>(
  folder: string,
  work: () => Result<Value, KeyFault>,
): Result<Value, KeyFault> {
  try {
    // Of a link, the folder that it leads to: a link itself has every mode.
    const folderStats = statSync(folder, { throwIfNoEntry: false });
    if (folderStats !== undefined && (folderStats.mode & 0o022) !== 0) {
      const [what, reason] = ['folder-mode', 'others may write the folder'] as const;
      return fail({ kind: 'key-unsafe', where: folder, what, reason });
    }
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return fail({ kind: 'key-unreadable', where: folder, reason: code });
  }
}
