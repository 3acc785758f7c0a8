import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import {
  type Envelope,
  envelop,
  IN_TOTO_PAYLOAD_TYPE,
  preAuthenticationEncoding,
} from '../../src/ledger/dsse.ts';
import { judgeKey, readPublicKey } from '../../src/ledger/key.ts';
import {
  type VerdictFacts,
  verdictStatement,
  verifyVerdictStatement,
} from '../../src/ledger/statement.ts';
import type { Digest, Instant } from '../../src/primitives.ts';
import { newSigner, START } from './kit.ts';

const signer = newSigner();
const stranger = newSigner();
const known = [readPublicKey(signer.publicKey)].filter((key) => key !== undefined);
const sha = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;

const facts: VerdictFacts = {
  verdictId: '019ab000-0000-7000-8000-000000000001',
  verdict: 'PASS',
  decidedAt: '2026-11-23T12:00:00.000Z',
  repository: 'https://example.org/owner/name',
  baseRef: 'refs/heads/main',
  base: 'b'.repeat(40),
  head: 'a'.repeat(40),
  headTree: 'c'.repeat(40),
  policy: { uri: '.caws/policy.yaml', digest: sha('1') },
  record: sha('2'),
  caseFile: sha('3'),
  tool: { name: 'caws-arbiter', version: '0.1.0' },
};
const expected = {
  repository: facts.repository,
  head: facts.head,
  headTree: facts.headTree,
  record: facts.record,
};
const whole = envelop(IN_TOTO_PAYLOAD_TYPE, verdictStatement(facts), signer);
const sealedAs = (payload: string) =>
  JSON.stringify(envelop(IN_TOTO_PAYLOAD_TYPE, payload, signer));
const judged = (text: string, wanted = expected) => {
  const result = verifyVerdictStatement(text, wanted, known);
  return result.ok ? 'holds' : result.fault.kind;
};

/** The statement with one thing changed and signed again by the right key: only its meaning is wrong. */
function resigned(change: (statement: Record<string, unknown>) => void): string {
  const statement = JSON.parse(verdictStatement(facts)) as Record<string, unknown>;
  change(statement);
  const text = canonicalJson(statement);
  return sealedAs(text.ok ? text.value : '');
}
const predicateOf = (statement: Record<string, unknown>) =>
  statement['predicate'] as Record<string, unknown>;

test('the pre-authentication encoding is that of the DSSE specification', () => {
  const encoded = preAuthenticationEncoding(
    'http://example.com/HelloWorld',
    Buffer.from('hello world'),
  );
  expect(Buffer.from(encoded).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  const wide = preAuthenticationEncoding('é', Buffer.from('ü'));
  expect(Buffer.from(wide).toString()).toBe('DSSEv1 2 é 2 ü');
});

test('a statement that was signed comes back with its facts and its signer', () => {
  const result = verifyVerdictStatement(JSON.stringify(whole), expected, known);
  expect(result).toEqual({ ok: true, value: { facts, keyIds: [signer.keyId] } });
});

test('only PASS is PASSED to tools that know two words', () => {
  for (const verdict of ['FAIL', 'WAIVER_REQUIRED'] as const) {
    const text = verdictStatement({ ...facts, verdict });
    expect(JSON.parse(text).predicate.verificationResult).toBe('FAILED');
    expect(judged(sealedAs(text))).toBe('holds');
  }
});

describe('each way a statement can be wrong has its own reason', () => {
  const [signature] = whole.signatures;
  const unknown = envelop(IN_TOTO_PAYLOAD_TYPE, verdictStatement(facts), stranger).signatures[0];
  const changed = (part: Partial<Envelope>) => JSON.stringify({ ...whole, ...part });
  const otherPayload = Buffer.from(verdictStatement({ ...facts, head: 'd'.repeat(40) }));
  test.each<[string, string, string]>([
    [
      'a payload type of another kind',
      changed({ payloadType: 'application/json' }),
      'payload-type-differs',
    ],
    ['another payload', changed({ payload: otherPayload.toString('base64') }), 'signature-wrong'],
    [
      'a second, unknown signature',
      changed({ signatures: [signature, unknown].flatMap((s) => s ?? []) }),
      'signature-of-unknown-key',
    ],
    [
      'an unknown signature first',
      changed({ signatures: [unknown, signature].flatMap((s) => s ?? []) }),
      'signature-of-unknown-key',
    ],
    [
      'one key twice',
      changed({ signatures: [signature, signature].flatMap((s) => s ?? []) }),
      'signature-repeated',
    ],
    ['no signature', changed({ signatures: [] }), 'signature-missing'],
    [
      'very many signatures',
      changed({ signatures: Array.from({ length: 9 }, () => ({ keyid: '', sig: '' })) }),
      'signatures-too-many',
    ],
    [
      'a signature borrowed from a stranger',
      changed({ signatures: [{ keyid: signer.keyId, sig: unknown?.sig ?? '' }] }),
      'signature-wrong',
    ],
    ['base64 in other letters', changed({ payload: `${whole.payload}\n` }), 'envelope-malformed'],
    ['an extra envelope key', JSON.stringify({ ...whole, note: 1 }), 'envelope-extra-key'],
    [
      'an extra signature key',
      changed({ signatures: [{ ...signature, cert: '' } as never] }),
      'envelope-extra-key',
    ],
    [
      'a repeated envelope key',
      JSON.stringify(whole).replace('{', '{"payloadType":"x",'),
      'envelope-duplicate-key',
    ],
    ['no JSON', '{', 'envelope-not-json'],
    ['an array', '[]', 'envelope-malformed'],
    ['a very long envelope', ' '.repeat(300_000), 'envelope-too-long'],
    [
      'another statement type',
      resigned((s) => {
        s['_type'] = 'https://in-toto.io/Statement/v0.1';
      }),
      'statement-type-differs',
    ],
    [
      'another predicate type',
      resigned((s) => {
        s['predicateType'] = 'https://slsa.dev/provenance/v1';
      }),
      'predicate-type-differs',
    ],
    [
      'an extra statement key',
      resigned((s) => {
        s['extra'] = 1;
      }),
      'statement-malformed',
    ],
    [
      'an extra predicate key',
      resigned((s) => {
        predicateOf(s)['extra'] = 1;
      }),
      'statement-malformed',
    ],
    [
      'a third subject',
      resigned((s) => {
        (s['subject'] as unknown[]).push({ name: 'x', digest: {} });
      }),
      'statement-malformed',
    ],
    [
      'a missing predicate',
      resigned((s) => {
        delete s['predicate'];
      }),
      'statement-malformed',
    ],
    [
      'PASSED beside FAIL',
      resigned((s) => {
        (predicateOf(s)['cawsVerdict'] as Record<string, unknown>)['verdict'] = 'FAIL';
      }),
      'result-contradicts-verdict',
    ],
    [
      'a repeated key in the statement',
      sealedAs(verdictStatement(facts).replace('{', '{"_type":"x",')),
      'statement-duplicate-key',
    ],
    [
      'a statement with spaces',
      sealedAs(JSON.stringify(JSON.parse(verdictStatement(facts)), null, 1)),
      'statement-malformed',
    ],
    ['a payload that is no JSON', sealedAs('not json'), 'statement-not-json'],
    ['a payload that is null', sealedAs('null'), 'statement-type-differs'],
  ])('%s', (_name, text, kind) => {
    expect(judged(text)).toBe(kind);
  });

  test.each([
    ['repository-differs', { ...expected, repository: 'https://example.org/owner/other' }],
    ['head-differs', { ...expected, head: 'e'.repeat(40) }],
    ['tree-differs', { ...expected, headTree: 'e'.repeat(40) }],
    ['record-differs', { ...expected, record: sha('9') }],
  ])('a valid statement of something else: %s', (kind, wanted) => {
    expect(judged(JSON.stringify(whole), wanted)).toBe(kind);
  });
});

describe('a key', () => {
  const at = (offset: number) => (START + offset) as Instant;
  const listed = {
    publicKey: signer.publicKey,
    role: 'arbiter',
    validFrom: at(0),
    validUntil: at(100),
    revoked: null,
  };
  const revoked = { ...listed, revoked: { at: at(50), reason: 'lost' } };
  test.each([
    ['the first moment', listed, 0, 'trusted'],
    ['one moment before', listed, -1, 'not-valid-then'],
    ['the last moment', listed, 99, 'trusted'],
    ['its end', listed, 100, 'expired'],
    ['before its revocation', revoked, 49, 'trusted'],
    ['the moment of its revocation', revoked, 50, 'revoked'],
    ['revoked and ended', revoked, 200, 'revoked'],
    ['a time that is no time', listed, Number.NaN, 'not-valid-then'],
    ['a listing for waivers only', { ...listed, role: 'maintainer' }, 10, 'untrusted'],
    ['a listing of another key', { ...listed, publicKey: stranger.publicKey }, 10, 'untrusted'],
  ])('at %s stands as it should', (_name, listing, offset, standing) => {
    expect(judgeKey(signer.keyId, at(offset), [listing])).toBe(standing);
  });

  test('cannot be cleared of a revocation by a second listing', () => {
    expect(judgeKey(signer.keyId, at(60), [listed, revoked, listed])).toBe('revoked');
  });

  test('is only ever one Ed25519 public key in its one encoding', () => {
    const base64 = signer.publicKey.split('\n').slice(1, -2).join('');
    expect(readPublicKey(base64)?.id).toBe(signer.keyId);
    expect(readPublicKey(signer.publicKey.replaceAll('\n', '\r\n'))?.pem).toBe(signer.publicKey);
    for (const wrong of [
      '',
      base64.slice(4),
      `${base64}AAAA`,
      signer.publicKey.replaceAll('PUBLIC', 'PRIVATE'),
      signer.publicKey + signer.publicKey,
      `${base64.slice(0, -1)}!`,
    ]) {
      expect(readPublicKey(wrong)).toBeUndefined();
    }
  });
});
