/** Reads `.caws/trusted-keys.yaml`: whose signatures count, from when, until when. */

import { fail, type Instant, ok } from '../primitives.ts';
import { type TrustedKeysDocument, validate } from './generated/trusted-keys.js';
import { writtenInstant } from './instant.ts';
import type { DocumentProblem, LawText, Read } from './law.ts';
import { type CheckedDocument, problemAt, quoted, schemaProblems } from './schema-problems.ts';
import { readYaml, type YamlPath } from './yaml.ts';

export interface TrustedKey {
  readonly id: string;
  readonly algorithm: 'ed25519';
  /** SubjectPublicKeyInfo in DER, base64 without line breaks. */
  readonly publicKey: string;
  /** arbiter: may sign verdicts. maintainer: may approve waivers. */
  readonly role: 'arbiter' | 'maintainer';
  /** `@handle` or e-mail of the person or app that holds the private half. */
  readonly holder: string;
  readonly validFrom: Instant;
  /** Exclusive; null: until revoked. */
  readonly validUntil: Instant | null;
  readonly revoked: { readonly at: Instant; readonly reason: string } | null;
}

export interface TrustedKeys {
  readonly file: string;
  readonly keys: readonly TrustedKey[];
}

/**
 * Reads the trusted keys of the base.
 *
 * Refused: unknown keys, a key that is not Ed25519, one id twice, one key under two ids (a person
 * would count twice), a period that ends before it begins.
 */
export function readTrustedKeys({ file, text }: LawText): Read<TrustedKeys> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const at = { family: 'trusted-keys', placeOf };
  const shape = schemaProblems(validate, { ...at, value });
  if (shape.length > 0) return fail({ file, problems: shape });
  const problems: DocumentProblem[] = [];
  // The schema has just accepted it, so it is what its generated type says.
  const document = value as TrustedKeysDocument;
  const keys = document.keys.map((key, index) => keyOf(key, ['keys', index], at, problems));
  for (const field of ['id', 'publicKey'] as const) {
    const seen = keys.map((key) => key[field]);
    for (const [index, text] of seen.entries()) {
      if (seen.indexOf(text) === index) continue;
      const message = `${field} stands at two keys`;
      const path = ['keys', index, field];
      const hint = 'Keep one of them.';
      problems.push(problemAt(at, { rule: 'twice', path, message, hint }));
    }
  }
  return problems.length > 0 ? fail({ file, problems }) : ok({ file, keys });
}

type At = Pick<CheckedDocument, 'family' | 'placeOf'>;
type WrittenKey = TrustedKeysDocument['keys'][number];

function keyOf(
  written: WrittenKey,
  path: YamlPath,
  at: At,
  problems: DocumentProblem[],
): TrustedKey {
  const instant = (value: string, ...inner: readonly string[]): Instant => {
    const read = writtenInstant(value, 'start');
    if (read !== undefined) return read;
    const message = `${quoted(value)} is no date`;
    const hint = 'Write YYYY-MM-DDTHH:MM:SSZ.';
    problems.push(problemAt(at, { rule: 'date', path: [...path, ...inner], message, hint }));
    return 0 as Instant;
  };
  const publicKey = spkiOf(written.publicKey);
  if (publicKey === null) {
    const message = 'publicKey is no Ed25519 public key';
    const hint = 'Write the PEM that "arbiter keys show" prints, or its base64.';
    const where = [...path, 'publicKey'];
    problems.push(problemAt(at, { rule: 'public-key', path: where, message, hint }));
  }
  const { validUntil, revoked } = written;
  const validFrom = instant(written.validFrom, 'validFrom');
  const until = typeof validUntil === 'string' ? instant(validUntil, 'validUntil') : null;
  if (until !== null && until <= validFrom) {
    const message = 'the key ends before it begins';
    const hint = 'Write a later validUntil.';
    const where = [...path, 'validUntil'];
    problems.push(problemAt(at, { rule: 'period', path: where, message, hint }));
  }
  return {
    id: written.id,
    algorithm: written.algorithm,
    publicKey: publicKey ?? '',
    role: written.role,
    holder: written.holder,
    validFrom,
    validUntil: until,
    revoked: revoked ? { at: instant(revoked.at, 'revoked', 'at'), reason: revoked.reason } : null,
  };
}

/** The key as base64 of its DER, whichever way it was written; null where it is no Ed25519 public key. */
function spkiOf(written: string): string | null {
  const pem =
    /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*$/;
  const base64 = (pem.exec(written)?.[1] ?? written).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const der = Buffer.from(base64, 'base64');
  // An Ed25519 SubjectPublicKeyInfo is this header and 32 bytes, and nothing else.
  const header = '302a300506032b6570032100';
  if (der.length !== 44 || der.subarray(0, 12).toString('hex') !== header) return null;
  return der.toString('base64');
}
