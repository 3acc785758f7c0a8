import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  createKey,
  currentKeyId,
  keyFolder,
  prepareRotation,
  ringKeys,
} from '../../../src/adapters/keys/key-ring.ts';
import { localSigner } from '../../../src/adapters/keys/local-signer.ts';
import { readPublicKey, signatureHolds } from '../../../src/ledger/key.ts';
import type { Signer } from '../../../src/ports.ts';
import { isoOf } from '../../../src/primitives.ts';
import { START } from '../../ledger/kit.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newHome = () => mkdtempSync(join(root, 'home-'));

const ed25519 = generateKeyPairSync('ed25519').privateKey;
const pem = ed25519.export({ type: 'pkcs8', format: 'pem' }).toString();
const locked = ed25519
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  .toString();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

const signerIn = (env: Record<string, string>, keyFile: string | null = null, create = false) =>
  localSigner({ env: { HOME: newHome(), ...env }, keyFile, directory: root, now: START, create });

function keyFile(text: string, mode = 0o600): string {
  const file = join(mkdtempSync(join(root, 'key-')), 'key.pem');
  writeFileSync(file, text);
  // Not by the creation mode, which the umask narrows.
  chmodSync(file, mode);
  return file;
}

function signs(signer: Signer): boolean {
  const key = readPublicKey(signer.publicKey);
  const bytes = Buffer.from('words');
  return key?.id === signer.keyId && signatureHolds(key, bytes, signer.sign(bytes));
}

describe('the signer of this machine', () => {
  test('is made once on an empty ring, and is the same afterwards', async () => {
    const env = { HOME: newHome() };
    const first = await signerIn(env, null, true);
    const second = await signerIn(env, null, true);
    expect(first).toMatchObject({ ok: true, value: { source: 'ring', madeNow: true } });
    expect(second).toMatchObject({ ok: true, value: { source: 'ring', madeNow: false } });
    expect(first.ok && second.ok && first.value.keyId === second.value.keyId).toBe(true);
    expect(first.ok && signs(first.value)).toBe(true);
  });

  test.each<[string, Record<string, string>, string | null, string]>([
    ['the environment', { CAWS_ARBITER_KEY: pem }, null, 'environment'],
    ['a file of the environment', { CAWS_ARBITER_KEY_FILE: keyFile(pem) }, null, 'file'],
    ['a named file before the environment', { CAWS_ARBITER_KEY: locked }, keyFile(pem), 'file'],
    [
      'an encrypted file with its passphrase',
      { CAWS_ARBITER_KEY_PASSPHRASE: 'open sesame' },
      keyFile(locked),
      'file',
    ],
  ])('comes from %s', async (_name, env, file, source) => {
    const signer = await signerIn(env, file);
    expect(signer).toMatchObject({ ok: true, value: { source } });
    expect(signer.ok && signs(signer.value)).toBe(true);
  });

  const folder = mkdtempSync(join(root, 'odd-'));
  const link = join(folder, 'link.pem');
  symlinkSync(keyFile(pem), link);
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  test.each<[string, Record<string, string>, string | null, string]>([
    ['a key that others may read', {}, keyFile(pem, 0o640), 'key-unsafe'],
    ['a key that the world may write', {}, keyFile(pem, 0o602), 'key-unsafe'],
    ['a symbolic link', {}, link, 'key-unsafe'],
    ['a pipe', {}, pipe, 'key-unsafe'],
    ['a folder', {}, folder, 'key-unsafe'],
    ['a missing file', {}, join(folder, 'none'), 'key-missing'],
    ['an empty ring', {}, null, 'key-missing'],
    [
      'an RSA key',
      {},
      keyFile(rsa.export({ type: 'pkcs8', format: 'pem' }).toString()),
      'key-wrong-type',
    ],
    [
      'an RSA key in its old form',
      {},
      keyFile(rsa.export({ type: 'pkcs1', format: 'pem' }).toString()),
      'key-malformed',
    ],
    [
      'a public key',
      {},
      keyFile(
        ed25519.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('PRIVATE', 'PUBLIC'),
      ),
      'key-malformed',
    ],
    ['a cut key', {}, keyFile(pem.slice(0, 60)), 'key-malformed'],
    ['an empty file', {}, keyFile(''), 'key-malformed'],
    ['a very large file', {}, keyFile(pem + ' '.repeat(20_000)), 'key-malformed'],
    ['an encrypted key without passphrase', {}, keyFile(locked), 'passphrase-missing'],
    [
      'an encrypted key with another passphrase',
      { CAWS_ARBITER_KEY_PASSPHRASE: 'x' },
      keyFile(locked),
      'passphrase-wrong',
    ],
    ['nonsense in the environment', { CAWS_ARBITER_KEY: 'nonsense' }, null, 'key-malformed'],
    [
      'two sources at once',
      { CAWS_ARBITER_KEY: pem, CAWS_ARBITER_KEY_FILE: keyFile(pem) },
      null,
      'two-keys-named',
    ],
  ])('is refused: %s', async (_name, env, file, kind) => {
    const signer = await signerIn(env, file);
    expect(signer).toMatchObject({ ok: false, fault: { kind } });
    expect(JSON.stringify(signer)).not.toContain(pem.split('\n')[1]?.slice(8, 40));
  });

  test('shows nothing of its private part to a log or a serialiser', async () => {
    const signer = await signerIn({ CAWS_ARBITER_KEY: pem });
    const secret = pem.split('\n')[1]?.slice(24, 56) ?? '';
    const raw = ed25519.export({ format: 'jwk' }).d ?? '';
    for (const shown of [inspect(signer, { depth: 9, showHidden: true }), JSON.stringify(signer)]) {
      expect(shown.includes(secret) || shown.includes(raw)).toBe(false);
    }
  });
});

describe('the key ring', () => {
  test('keeps private parts 0600 in a folder 0700, and leaves no drafts', () => {
    const folder = keyFolder({ XDG_CONFIG_HOME: newHome() });
    const made = createKey(folder, undefined, START);
    const id = made.ok ? made.value.keyId : '';
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(
      [`${id}.json`, `${id}.private.pem`, 'current'].sort(),
    );
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  test('takes absolute XDG folders only', () => {
    expect(keyFolder({ XDG_CONFIG_HOME: 'relative', HOME: '/home/a' })).toBe(
      '/home/a/.config/caws-arbiter/keys',
    );
    expect(keyFolder({ XDG_CONFIG_HOME: '/etc/xdg' })).toBe('/etc/xdg/caws-arbiter/keys');
  });

  test('does not replace a current key', () => {
    const folder = keyFolder({ XDG_CONFIG_HOME: newHome() });
    const made = createKey(folder, undefined, START);
    expect(createKey(folder, undefined, START)).toMatchObject({ fault: { kind: 'key-exists' } });
    expect(currentKeyId(folder)).toEqual({ ok: true, value: made.ok ? made.value.keyId : '' });
    expect(ringKeys(folder).length).toBe(1);
  });

  test('after a rotation the old key verifies and cannot sign, the new one signs', async () => {
    const home = newHome();
    const folder = keyFolder({ HOME: home });
    const old = createKey(folder, 'a passphrase', START);
    const rotation = prepareRotation(folder, 'a passphrase', START);
    if (!old.ok || !rotation.ok) throw new Error('no keys');
    const { fresh, finish } = rotation.value;
    expect(currentKeyId(folder)).toEqual({ ok: true, value: old.value.keyId });
    expect(finish(old.value.keyId, START)).toMatchObject({ ok: true });
    const env = { HOME: home, CAWS_ARBITER_KEY_PASSPHRASE: 'a passphrase' };
    expect(await signerIn(env)).toMatchObject({ ok: true, value: { keyId: fresh.keyId } });
    const retired = ringKeys(folder).find((key) => key.id === old.value.keyId);
    expect(retired).toMatchObject({ publicKey: old.value.publicKey, validUntil: isoOf(START) });
    expect(readdirSync(folder)).not.toContain(`${old.value.keyId}.private.pem`);
    expect(readFileSync(join(folder, `${fresh.keyId}.private.pem`), 'utf8')).toContain('ENCRYPTED');
  });

  test('a rotation that is not gone through with leaves no trace', () => {
    const folder = keyFolder({ XDG_CONFIG_HOME: newHome() });
    const old = createKey(folder, undefined, START);
    const before = readdirSync(folder);
    const rotation = prepareRotation(folder, undefined, START);
    if (!old.ok || !rotation.ok) throw new Error('no keys');
    rotation.value.forget();
    expect(readdirSync(folder)).toEqual(before);
    expect(currentKeyId(folder)).toEqual({ ok: true, value: old.value.keyId });
  });

  test('a rotation that the ledger knows of is gone through with on a disk that is full by then', () => {
    const module = JSON.stringify(
      join(import.meta.dirname, '../../../src/adapters/keys/key-ring.ts'),
    );
    const text = `
import { writeFileSync } from 'node:fs';
const { createKey, currentKeyId, prepareRotation, ringKeys } = await import(${module});
const folder = process.argv[1];
const old = createKey(folder, undefined, ${START}).value.keyId;
const { fresh, finish } = prepareRotation(folder, undefined, ${START}).value;
try { writeFileSync(folder + '/filler', Buffer.alloc(10 ** 6)); } catch {}
console.log(JSON.stringify({
  finished: finish(old, ${START}).ok,
  isNew: currentKeyId(folder).value === fresh.keyId,
  ends: ringKeys(folder).find((key) => key.id === old).validUntil,
}));`;
    // A user namespace may mount a small disk without being root.
    const script =
      'mount -t tmpfs -o size=64k,mode=700 none "$1" && exec "$2" --input-type=module -e "$3" "$1"';
    const words = ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', newHome()];
    const said = execFileSync('unshare', [...words, process.execPath, text], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual({ finished: true, isNew: true, ends: isoOf(START) });
  });

  test('may be a link to a folder of its own, but to none that others may write', async () => {
    const home = newHome();
    const folder = keyFolder({ HOME: home });
    const led = mkdtempSync(join(root, 'led-'));
    mkdirSync(join(folder, '..'), { recursive: true });
    symlinkSync(led, folder);
    expect(createKey(folder, undefined, START)).toMatchObject({ ok: true });
    expect(await signerIn({ HOME: home })).toMatchObject({ ok: true });
    chmodSync(led, 0o777);
    expect(await signerIn({ HOME: home })).toMatchObject({ fault: { kind: 'key-unsafe' } });
  });

  test('refuses a folder that others may write, and a current key that is another one', async () => {
    const home = newHome();
    const folder = keyFolder({ HOME: home });
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    expect(createKey(folder, undefined, START)).toMatchObject({ fault: { kind: 'key-unsafe' } });
    chmodSync(folder, 0o700);
    const made = createKey(folder, undefined, START);
    const file = join(folder, `${made.ok ? made.value.keyId : ''}.private.pem`);
    writeFileSync(file, pem);
    expect(await signerIn({ HOME: home })).toMatchObject({ fault: { kind: 'key-malformed' } });
    writeFileSync(join(folder, 'current'), '../../etc/passwd');
    expect(await signerIn({ HOME: home })).toMatchObject({ fault: { kind: 'key-malformed' } });
  });
});
