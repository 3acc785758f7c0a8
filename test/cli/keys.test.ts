import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { keyFolder, ringKeys } from '../../src/adapters/keys/key-ring.ts';
import { localSigner } from '../../src/adapters/keys/local-signer.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { readTrustedKeys } from '../../src/caws/trusted-keys.ts';
import { command } from '../../src/cli/keys.ts';
import { command as ledgerCommand } from '../../src/cli/ledger.ts';
import { ledgerPlace, openAt } from '../../src/cli/ledger-place.ts';
import type { World } from '../../src/cli/world.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import { draftOf } from '../adapters/store-sqlite/drafts.ts';
import { given } from '../adapters/store-sqlite/kit.ts';
import { START } from '../ledger/kit.ts';
import { newDesk } from './ledger-kit.ts';

test('create makes one key and does not replace it', async () => {
  const desk = newDesk();
  const made = await desk.run(command, 'create');
  expect([made.code, made.out.split('\n')[0]]).toEqual([0, 'A new key signs from now on.']);
  const again = await desk.run(command, 'create');
  expect([again.code, again.err.includes('arbiter keys rotate')]).toEqual([2, true]);
});

test('show prints lines that trusted-keys.yaml takes as they are, and never the private part', async () => {
  const desk = newDesk();
  await desk.run(command, 'create');
  const { out } = await desk.run(command, 'show');
  const from = out.indexOf('version: 1');
  const text = out.slice(from, out.indexOf('\n\n', from));
  const read = readTrustedKeys({ file: 'trusted-keys.yaml', text });
  const [key] = read.ok ? read.value.keys : [];
  expect(key).toMatchObject({ algorithm: 'ed25519', role: 'arbiter', revoked: null });
  expect(readPublicKey(key?.publicKey ?? '')?.id).toBe(key?.id);
  const folder = keyFolder(desk.env);
  const [secret] = readdirSync(folder).filter((name) => name.endsWith('.private.pem'));
  const body = readFileSync(join(folder, secret ?? ''), 'utf8').split('\n')[1] ?? 'none';
  const all = [
    out,
    (await desk.run(command, 'show', '--json')).out,
    (await desk.run(command, 'list')).out,
  ];
  expect(all.some((shown) => shown.includes(body) || shown.includes('PRIVATE'))).toBe(false);
});

test('the lines for a maintainer make one, and each kind of lines says what it allows', async () => {
  const desk = newDesk();
  await desk.run(command, 'create');
  const roleOf = async (...args: readonly string[]) => {
    const { out } = await desk.run(command, 'show', ...args);
    const from = out.indexOf('version: 1');
    const text = out.slice(from, out.indexOf('\n\n', from));
    const read = readTrustedKeys({ file: 'trusted-keys.yaml', text });
    return [read.ok && read.value.keys[0], out.slice(out.indexOf('\n\n', from) + 2)] as const;
  };
  const [signs, saysSigns] = await roleOf();
  expect(signs).toMatchObject({ role: 'arbiter' });
  expect(saysSigns).toContain('\n# arbiter keys show --for-maintainer LOGIN\n');
  for (const login of ['sam', '@sam']) {
    const [approves, says] = await roleOf('--for-maintainer', login);
    expect(approves).toMatchObject({ role: 'maintainer', holder: '@sam' });
    expect(says).toContain('@sam approves waivers');
  }
  const whole = (await desk.run(command, 'show', '--for-maintainer', 'sam')).out;
  expect(readTrustedKeys({ file: 'trusted-keys.yaml', text: whole })).toMatchObject({
    ok: true,
    value: { keys: [{ holder: '@sam' }] },
  });
  const refused = await desk.run(command, 'show', '--for-maintainer', 'a"\nrole: x');
  expect([refused.code, refused.out]).toEqual([2, '']);
});

test('show reads a key that OpenSSL made, and gives the id that OpenSSL gives', async () => {
  const desk = newDesk();
  const file = join(desk.folder, 'key.pem');
  writeFileSync(file, execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519']), {
    mode: 0o600,
  });
  const shown = JSON.parse((await desk.run(command, 'show', '--key', 'key.pem', '--json')).out) as {
    keyId: string;
  };
  const der = execFileSync('openssl', ['pkey', '-in', file, '-pubout', '-outform', 'DER']);
  const sum = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der, encoding: 'utf8' });
  expect(shown.keyId).toBe(sum.split(' ')[0]);
  chmodSync(file, 0o644);
  const refused = await desk.run(command, 'show', '--key', 'key.pem');
  expect([refused.code, refused.err.includes('chmod 600')]).toEqual([4, true]);
});

test('who holds the old key still when it was changed meanwhile writes nothing more with it, and the ledger stays trusted', async () => {
  const desk = newDesk();
  await desk.run(command, 'create');
  const started = given(
    await localSigner({
      env: desk.env,
      keyFile: null,
      directory: desk.folder,
      now: START,
      create: false,
    }),
  );
  const place = given(
    await ledgerPlace({ env: desk.env, directory: desk.folder } as unknown as World, undefined),
  );
  await using ledger = given(await openAt(place, 'create'));
  given(await ledger.append(draftOf(1), started));
  expect((await desk.run(command, 'rotate', '--reason', 'yearly')).out).toContain('entry 2');
  expect(await ledger.append(draftOf(3), started)).toEqual({
    ok: false,
    fault: { kind: 'key-rotated-out', key: started.keyId, entry: 2 },
  });
  const now = given(
    await localSigner({
      env: desk.env,
      keyFile: null,
      directory: desk.folder,
      now: START,
      create: false,
    }),
  );
  expect(given(await ledger.append(draftOf(3), now)).sequence).toBe(3);
});

test('a change of the key that was cut off after the ledger knew of it is made once more', async () => {
  const desk = newDesk();
  await desk.run(command, 'create');
  const place = given(
    await ledgerPlace({ env: desk.env, directory: desk.folder } as unknown as World, undefined),
  );
  const signer = async () =>
    given(
      await localSigner({
        env: desk.env,
        keyFile: null,
        directory: desk.folder,
        now: START,
        create: false,
      }),
    );
  await using ledger = given(await openAt(place, 'create'));
  const old = await signer();
  const body = {
    schema: 'caws-arbiter/key-rotation@1',
    from: old.keyId,
    to: null,
    reason: 'cut off',
  };
  given(await ledger.append({ ...draftOf(1), kind: 'key', body }, old));
  expect(await ledger.append(draftOf(2), await signer())).toMatchObject({
    fault: { kind: 'key-rotated-out' },
  });
  expect((await desk.run(command, 'rotate', '--reason', 'again')).code).toBe(0);
  given(await ledger.append(draftOf(3), await signer()));
});

test('rotate without a ledger changes the key and says so; list shows both', async () => {
  const desk = newDesk();
  expect((await desk.run(command, 'rotate', '--reason', 'x')).code).toBe(4);
  await desk.run(command, 'create');
  expect((await desk.run(command, 'rotate')).code).toBe(2);
  const rotated = await desk.run(command, 'rotate', '--reason', 'yearly');
  expect(rotated.out).toContain('No ledger is here');
  const lines = (await desk.run(command, 'list')).out.trim().split('\n');
  expect(lines.map((line) => /signs|retired/.exec(line)?.[0])).toEqual(['retired', 'signs']);
});

test('the lines that create and rotate print keep what both keys signed trusted', async () => {
  const desk = newDesk();
  const linesOf = (out: string) => {
    const from = out.indexOf('  - id:');
    return out.slice(from, out.indexOf('\n\n', from));
  };
  const first = linesOf((await desk.run(command, 'create')).out);
  mkdirSync(dirname(desk.file));
  const opened = await openLedger({ file: desk.file, access: 'create', anchors: [] });
  if (!opened.ok) throw new Error(opened.fault.kind);
  await opened.value[Symbol.asyncDispose]();
  const { out } = await desk.run(command, 'rotate', '--reason', 'yearly');
  const until = /validUntil: (\S+)/.exec(out)?.[1] ?? '';
  const trust = join(desk.folder, 'trust.yaml');
  const ended = first.replace('validUntil: null', `validUntil: "${until}"`);
  writeFileSync(trust, `version: 1\nkeys:\n${ended}\n${linesOf(out)}\n`);
  const proof = await desk.run(ledgerCommand, 'verify', '--trust', trust);
  expect(proof.out).toMatch(/entry 1: trusted[\s\S]*The ledger holds/);
  const [kept] = ringKeys(keyFolder(desk.env));
  expect(first).toContain(`validFrom: "${kept?.validFrom}"`);
  expect(kept?.validUntil).toBe(until);
});

test('doubt wants a key id and a time', async () => {
  const desk = newDesk();
  const id = 'a'.repeat(64);
  expect(
    (await desk.run(command, 'doubt', '--key-id', 'x', '--since', '2026-11-23T00:00:00Z')).code,
  ).toBe(2);
  expect((await desk.run(command, 'doubt', '--key-id', id, '--since', 'yesterday')).code).toBe(2);
  const ahead = await desk.run(command, 'doubt', '--key-id', id, '--since', '9999-01-01T00:00:00Z');
  expect([ahead.code, ahead.err]).toEqual([2, expect.stringContaining('is still to come')]);
  expect(
    (await desk.run(command, 'doubt', '--key-id', id, '--since', '2026-11-23T00:00:00Z')).code,
  ).toBe(4);
});
