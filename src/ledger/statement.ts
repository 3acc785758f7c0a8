import { type Digest, digest, fail, ok, type Result } from '../primitives.ts';
import { canonicalJson } from './canonical.ts';
import { type EnvelopeFault, IN_TOTO_PAYLOAD_TYPE, openEnvelope } from './dsse.ts';
import { isIsoInstant } from './entry.ts';
import type { PublicKey } from './key.ts';
import { readStrictJson } from './strict-json.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const VSA_PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';
const STATEMENT_CHARACTERS_MAX = 64 * 1024;

/** What a verdict's statement binds; all of it stands in the verdict's record as well. */
export interface VerdictFacts {
  readonly verdictId: string;
  readonly verdict: 'FAIL' | 'WAIVER_REQUIRED' | 'PASS';
  /** ISO 8601 UTC. */
  readonly decidedAt: string;
  /** The repository as the record names it: a URL, or a path-free name. */
  readonly repository: string;
  readonly baseRef: string;
  readonly base: string;
  readonly head: string;
  readonly headTree: string;
  readonly policy: { readonly uri: string; readonly digest: Digest };
  readonly record: Digest;
  readonly caseFile: Digest;
  readonly tool: { readonly name: string; readonly version: string };
}

/**
 * The verdict as an in-toto Statement v1 with the SLSA verification-summary predicate v1.
 *
 * Subjects are the head commit and its tree. Only PASS gives `PASSED`: a held verdict is FAILED to
 * every tool that knows two words. What the predicate has no member for stands under `cawsVerdict`,
 * which such tools pass over.
 *
 * @returns canonical JSON, the payload to sign.
 */
export function verdictStatement(facts: VerdictFacts): string {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [
      { name: facts.repository, digest: { gitCommit: facts.head } },
      { name: facts.repository, digest: { gitTree: facts.headTree } },
    ],
    predicateType: VSA_PREDICATE_TYPE,
    predicate: {
      verifier: { id: facts.tool.name, version: { [facts.tool.name]: facts.tool.version } },
      timeVerified: facts.decidedAt,
      resourceUri: facts.repository,
      policy: { uri: facts.policy.uri, digest: { sha256: hexOf(facts.policy.digest) } },
      verificationResult: facts.verdict === 'PASS' ? 'PASSED' : 'FAILED',
      verifiedLevels: [`CAWS_${facts.verdict}`],
      cawsVerdict: {
        id: facts.verdictId,
        verdict: facts.verdict,
        baseRef: facts.baseRef,
        base: { gitCommit: facts.base },
        record: { sha256: hexOf(facts.record) },
        caseFile: { sha256: hexOf(facts.caseFile) },
      },
    },
  };
  const text = canonicalJson(statement);
  // Facts are strings by type, and records refuse broken ones before they come here.
  if (!text.ok) throw new Error(`a statement must be plain: ${text.fault.path}`);
  return text.value;
}

/** What the verifier expects; null where it takes whatever the statement says. */
export interface ExpectedSubject {
  readonly repository: string | null;
  readonly head: string | null;
  readonly headTree: string | null;
  readonly record: Digest | null;
}

export type StatementFault =
  | EnvelopeFault
  | { readonly kind: 'statement-not-json' }
  | { readonly kind: 'statement-duplicate-key'; readonly key: string }
  | { readonly kind: 'statement-type-differs'; readonly found: string }
  | { readonly kind: 'predicate-type-differs'; readonly found: string }
  | { readonly kind: 'statement-malformed' }
  | {
      readonly kind:
        | 'repository-differs'
        | 'head-differs'
        | 'tree-differs'
        | 'record-differs'
        | 'result-contradicts-verdict';
      readonly expected: string;
      readonly found: string;
    };

/**
 * Verifies an envelope down to its meaning: signatures, types, exact shape, and the expected subject.
 *
 * The shape is exact because the statement is rebuilt from the facts read out of it and must give the
 * same bytes: no extra, missing, repeated or reordered member passes, whatever its name.
 */
export function verifyVerdictStatement(
  envelope: string,
  expected: ExpectedSubject,
  keys: readonly PublicKey[],
): Result<{ readonly facts: VerdictFacts; readonly keyIds: readonly string[] }, StatementFault> {
  const opened = openEnvelope(envelope, IN_TOTO_PAYLOAD_TYPE, keys);
  if (!opened.ok) return opened;
  const { payload, keyIds } = opened.value;
  const read = readStrictJson(payload, { charactersMax: STATEMENT_CHARACTERS_MAX, depthMax: 8 });
  if (!read.ok) {
    return read.fault.kind === 'duplicate-key'
      ? fail({ kind: 'statement-duplicate-key', key: read.fault.key })
      : fail({ kind: 'statement-not-json' });
  }
  const type = member(read.value, '_type');
  if (type !== STATEMENT_TYPE) {
    return fail({ kind: 'statement-type-differs', found: shown(type) });
  }
  const predicateType = member(read.value, 'predicateType');
  if (predicateType !== VSA_PREDICATE_TYPE) {
    return fail({ kind: 'predicate-type-differs', found: shown(predicateType) });
  }
  const facts = factsOf(read.value);
  if (facts === undefined) return fail({ kind: 'statement-malformed' });
  const contradiction = contradictionOf(read.value, facts);
  if (contradiction !== undefined) return fail(contradiction);
  if (verdictStatement(facts) !== payload) return fail({ kind: 'statement-malformed' });
  const difference = differenceOf(facts, expected);
  return difference === undefined ? ok({ facts, keyIds }) : fail(difference);
}

function contradictionOf(statement: unknown, facts: VerdictFacts): StatementFault | undefined {
  const expected = facts.verdict === 'PASS' ? 'PASSED' : 'FAILED';
  const found = member(statement, 'predicate', 'verificationResult');
  return found === expected
    ? undefined
    : { kind: 'result-contradicts-verdict', expected, found: shown(found) };
}

function differenceOf(facts: VerdictFacts, expected: ExpectedSubject): StatementFault | undefined {
  const pairs = [
    ['repository-differs', expected.repository, facts.repository],
    ['head-differs', expected.head, facts.head],
    ['tree-differs', expected.headTree, facts.headTree],
    ['record-differs', expected.record, facts.record],
  ] as const;
  for (const [kind, wanted, found] of pairs) {
    if (wanted !== null && wanted !== found) return { kind, expected: wanted, found };
  }
  return undefined;
}

function factsOf(statement: unknown): VerdictFacts | undefined {
  const predicate = member(statement, 'predicate');
  const name = member(predicate, 'verifier', 'id');
  const caws = member(predicate, 'cawsVerdict');
  const verdict = member(caws, 'verdict');
  if (verdict !== 'FAIL' && verdict !== 'WAIVER_REQUIRED' && verdict !== 'PASS') return undefined;
  if (typeof name !== 'string') return undefined;
  const texts = {
    verdictId: member(caws, 'id'),
    decidedAt: member(predicate, 'timeVerified'),
    repository: member(predicate, 'resourceUri'),
    baseRef: member(caws, 'baseRef'),
    base: member(caws, 'base', 'gitCommit'),
    head: member(statement, 'subject', '0', 'digest', 'gitCommit'),
    headTree: member(statement, 'subject', '1', 'digest', 'gitTree'),
    uri: member(predicate, 'policy', 'uri'),
    version: member(predicate, 'verifier', 'version', name),
  };
  const digests = {
    policy: digestAt(predicate, 'policy', 'digest', 'sha256'),
    record: digestAt(caws, 'record', 'sha256'),
    caseFile: digestAt(caws, 'caseFile', 'sha256'),
  };
  if (!areTexts(texts) || !areDigests(digests) || !isIsoInstant(texts.decidedAt)) return undefined;
  const { uri, version, ...subject } = texts;
  return {
    ...subject,
    verdict,
    policy: { uri, digest: digests.policy },
    record: digests.record,
    caseFile: digests.caseFile,
    tool: { name, version },
  };
}

function areTexts<Key extends string>(
  values: Readonly<Record<Key, unknown>>,
): values is Readonly<Record<Key, string>> {
  return Object.values(values).every((value) => typeof value === 'string' && value.isWellFormed());
}

function areDigests<Key extends string>(
  values: Readonly<Record<Key, Digest | undefined>>,
): values is Readonly<Record<Key, Digest>> {
  return Object.values(values).every((value) => value !== undefined);
}

function digestAt(value: unknown, ...path: readonly string[]): Digest | undefined {
  const hex = member(value, ...path);
  return typeof hex === 'string' ? digest(`sha256:${hex}`) : undefined;
}

/** Own members only: a name such as `constructor` must not reach a prototype. */
function member(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : typeof value;
}

function hexOf(content: Digest): string {
  return content.slice('sha256:'.length);
}
