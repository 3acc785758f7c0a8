import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { readTrustedKeys } from '../../src/caws/trusted-keys.ts';

const keyOf = () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    base64: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
};
const one = keyOf();
const two = keyOf();

const entry = (changes: Readonly<Record<string, unknown>> = {}) => ({
  id: 'k1',
  algorithm: 'ed25519',
  publicKey: one.base64,
  role: 'maintainer',
  holder: '@alice',
  validFrom: '2026-01-01T00:00:00Z',
  validUntil: null,
  revoked: null,
  ...changes,
});

const read = (...keys: readonly unknown[]) =>
  readTrustedKeys({ file: '.caws/trusted-keys.yaml', text: JSON.stringify({ version: 1, keys }) });

const rulesOf = (...keys: readonly unknown[]) => {
  const result = read(...keys);
  return result.ok ? [] : result.fault.problems.map(({ rule }) => rule);
};

test('a key reads the same from PEM and from base64', () => {
  const fromPem = read(entry({ publicKey: one.pem }));
  const fromBase64 = read(entry());
  expect(fromPem).toEqual(fromBase64);
  expect(fromPem).toMatchObject({ ok: true, value: { keys: [{ publicKey: one.base64 }] } });
});

test('a revocation carries its time and reason', () => {
  const revoked = { at: '2026-05-01T00:00:00Z', reason: 'laptop lost' };
  const result = read(entry({ revoked, validUntil: '2027-01-01T00:00:00Z' }));
  expect(result).toMatchObject({
    ok: true,
    value: { keys: [{ revoked: { at: Date.UTC(2026, 4, 1), reason: 'laptop lost' } }] },
  });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const x25519 = generateKeyPairSync('x25519').publicKey;

test.each([
  ['another algorithm', entry({ algorithm: 'rsa' }), 'trusted-keys.not-allowed'],
  [
    'an RSA key',
    entry({ publicKey: rsa.export({ type: 'spki', format: 'pem' }) }),
    'trusted-keys.public-key',
  ],
  [
    'a key for encryption',
    entry({ publicKey: x25519.export({ type: 'spki', format: 'der' }).toString('base64') }),
    'trusted-keys.public-key',
  ],
  ['half a key', entry({ publicKey: one.base64.slice(0, 40) }), 'trusted-keys.public-key'],
  ['more than a key', entry({ publicKey: `${one.pem}${two.pem}` }), 'trusted-keys.public-key'],
  [
    'a private key',
    entry({ publicKey: one.pem.replaceAll('PUBLIC', 'PRIVATE') }),
    'trusted-keys.public-key',
  ],
  ['an unknown role', entry({ role: 'owner' }), 'trusted-keys.not-allowed'],
  ['a holder without a name', entry({ holder: 'somebody' }), 'trusted-keys.malformed'],
  ['a local time', entry({ validFrom: '2026-01-01T00:00:00' }), 'trusted-keys.malformed'],
  ['a date no calendar has', entry({ validFrom: '2026-02-30T00:00:00Z' }), 'trusted-keys.date'],
  [
    'an end before the beginning',
    entry({ validUntil: '2025-01-01T00:00:00Z' }),
    'trusted-keys.period',
  ],
  ['a misspelt key', entry({ validUntill: null }), 'trusted-keys.unknown-key'],
  [
    'a revocation without a reason',
    entry({ revoked: { at: '2026-05-01T00:00:00Z' } }),
    'trusted-keys.missing-key',
  ],
])('%s is refused', (_, key, rule) => {
  expect(rulesOf(key)).toContain(rule);
});

test('one key under two ids would count one person twice, so it is refused', () => {
  expect(rulesOf(entry(), entry({ id: 'k2', publicKey: one.pem }))).toEqual(['trusted-keys.twice']);
  expect(rulesOf(entry(), entry({ publicKey: two.base64 }))).toEqual(['trusted-keys.twice']);
  expect(rulesOf(entry(), entry({ id: 'k2', publicKey: two.base64 }))).toEqual([]);
});
