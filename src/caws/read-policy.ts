/** Reads the policy that a change is judged by, from any dialect, with every default filled in. */

import { fail, ok, type Place } from '../primitives.ts';
import { combinePolicies } from './combined-policy.ts';
import { type Dialect, type DocumentKind, detectDialect } from './dialect.ts';
import { gateKeyHint } from './gate-keys.ts';
import * as built from './generated/default-policy.js';
import { type PolicyDocument, validate } from './generated/policy.js';
import type { DocumentProblem, LawText, LawTexts, OrganizationLaw, Read } from './law.ts';
import type { OrganizationSource, Policy, PolicySource } from './policy.ts';
import { checkPolicy } from './policy-checks.ts';
import { completePolicy, type EffectivePolicy, type Origin } from './policy-completion.ts';
import { translatePolicy } from './policy-dialects.ts';
import { dotted, problemAt, quoted, schemaProblems } from './schema-problems.ts';
import { textDigest } from './text-digest.ts';
import { type LocatedYaml, readYaml, type YamlPath } from './yaml.ts';

export interface PolicyReading {
  readonly policy: Policy;
  readonly source: PolicySource;
  /** The same policy under the keys of the document, for printing. */
  readonly effective: EffectivePolicy;
  /** `risk_tiers.1.max_files` to where that value was written. Lists and gates' answers count as one value. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** What the base's document says that is read differently or not enforced. Warnings only. */
  readonly notes: readonly DocumentProblem[];
}

/**
 * Reads the base's policy, completed by the shipped one; where the owner has one too, the stricter value of
 * both holds.
 *
 * @param source `.caws/policy.yaml` or `.caws/policy/tier-policy.json` of the base; null where the
 * base has none, and then the owner's is in force, or the shipped one, and `source.kind` says so.
 * @param shipped policies/default.policy.yaml.
 * @returns a fault with every problem and its place where a document cannot be used. It never
 * falls back to the default: a broken law must be mended, not replaced.
 */
export function readPolicy(
  source: LawText | null,
  shipped: LawText,
  organization?: OrganizationLaw,
): Read<PolicyReading> {
  if (organization === undefined) return readOne(source, shipped);
  const theirs = readOwners(organization, shipped);
  if (!theirs.ok) return theirs;
  if (source === null) return ok(underOwner(theirs.value, theirs.value, organization));
  const own = readOne(source, shipped);
  if (!own.ok) return own;
  const combined = { ...own.value, ...combinePolicies(own.value, theirs.value) };
  return ok(
    underOwner({ ...combined, notes: firstNotes(combined.notes) }, own.value, organization),
  );
}

/** The policy that binds under this law. */
export function readLawPolicy(
  { policy, organization }: Pick<LawTexts, 'policy' | 'organization'>,
  shipped: LawText,
): Read<PolicyReading> {
  return readPolicy(policy, shipped, organization);
}

function readOne(source: LawText | null, shipped: LawText): Read<PolicyReading> {
  const own = readShipped(shipped);
  if (!own.ok) return own;
  const base = source === null ? null : readDocument(source);
  if (base !== null && !base.ok) return base;
  const completed = completePolicy(own.value, base === null ? null : base.value);
  const inForce = base === null ? own.value : base.value;
  const { file, text } = source ?? shipped;
  const checked = checkPolicy(completed, inForce);
  if (checked.problems.length > 0) return fail({ file, problems: checked.problems });
  return ok({
    policy: completed.policy,
    source: {
      kind: source === null ? 'default' : 'base',
      file,
      dialect: inForce.dialect,
      digest: textDigest(text),
    },
    effective: completed.effective,
    origins: completed.origins,
    notes: firstNotes([...inForce.notes, ...completed.notes, ...checked.notes]),
  });
}

/** The owner's policy, read as any other; what it sets is the owner's. */
function readOwners({ policy }: OrganizationLaw, shipped: LawText): Read<PolicyReading> {
  const reading = readOne(policy, shipped);
  if (!reading.ok) return reading;
  const origins = new Map(
    [...reading.value.origins].map(([path, origin]): [string, Origin] => [
      path,
      // Some values follow from one that is written, and stand where that one does.
      origin.place.file === policy.file ? { ...origin, from: 'organization' } : origin,
    ]),
  );
  return ok({ ...reading.value, origins });
}

/** A reading with the owner's policy named in its source. */
function underOwner(
  reading: PolicyReading,
  own: Pick<PolicyReading, 'source'>,
  { repository, commit, policy: { file, text } }: OrganizationLaw,
): PolicyReading {
  const sets = [...reading.origins]
    .filter(([, { from }]) => from === 'organization')
    .map(([path]) => path)
    .toSorted();
  const organization: OrganizationSource = {
    repository,
    commit,
    file,
    digest: textDigest(text),
    sets: sets.slice(0, SETS_MAX),
  };
  const kind = own.source.file === file ? 'organization' : own.source.kind;
  return { ...reading, source: { ...own.source, kind, organization } };
}

/** A record is read by people; whoever wants all of them has the policy itself in the case file. */
const SETS_MAX = 200;

/** The first notes, and one that counts the rest: nobody reads twenty thousand lines. */
function firstNotes(notes: readonly DocumentProblem[]): readonly DocumentProblem[] {
  const [next] = notes.slice(problemsMax);
  if (next === undefined) return notes;
  const message = `${notes.length - problemsMax} more notes begin here`;
  const hint = 'Mend the first ones and read again.';
  return [...notes.slice(0, problemsMax), { ...next, rule: 'policy.more-notes', message, hint }];
}

/** One policy document in our own form, which its schema accepts. */
interface PolicySheet {
  readonly file: string;
  readonly dialect: Dialect;
  readonly document: PolicyDocument;
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
  readonly notes: readonly DocumentProblem[];
}

/** The shipped policy costs more to parse than a small change to judge, so it is parsed when it is built. */
function readShipped(shipped: LawText): Read<PolicySheet> {
  if (textDigest(shipped.text) !== built.digest) return readDocument(shipped);
  return ok({
    file: shipped.file,
    dialect: 'arbiter',
    document: built.document,
    placeOf: (path) => {
      const [line, column] = built.places[dotted(path)] ?? [null, null];
      return { file: shipped.file, line, column };
    },
    notes: [],
  });
}

function readDocument({ file, text }: LawText): Read<PolicySheet> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const root = yaml.value.value;
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    const message = `the policy is ${root === null ? 'empty' : quoted(root)}, not a map`;
    const hint = 'Write at least "version: 1", or delete the file to use the shipped policy.';
    const at = { family: 'policy', placeOf: yaml.value.placeOf };
    return fail({
      file,
      problems: [problemAt(at, { rule: 'not-a-map', path: [], message, hint })],
    });
  }
  return sheetOf(file, yaml.value, root as Readonly<Record<string, unknown>>);
}

function sheetOf(
  file: string,
  yaml: LocatedYaml,
  root: Readonly<Record<string, unknown>>,
): Read<PolicySheet> {
  const kind: DocumentKind = /(^|\/)tier-policy\.(json|ya?ml)$/.test(file)
    ? 'tier-policy'
    : 'policy';
  const dialect = dialectOf(kind, root);
  const translated =
    dialect === 'arbiter'
      ? { document: root, placeOf: yaml.placeOf, problems: [], notes: [], originalOf: unmoved }
      : translatePolicy(yaml, root, kind, dialect);
  const { document, placeOf, originalOf, notes } = translated;
  const checked = { value: document, family: 'policy', placeOf, keyHint: gateKeyHint };
  const problems = [
    ...translated.problems,
    ...schemaProblems(validate, checked),
    ...oddNumbers(document, [], (path) => yaml.sourceOf(originalOf(path)), placeOf),
  ];
  if (problems.length > 0) return fail({ file, problems: problems.slice(0, problemsMax) });
  // The schema has just accepted it, so it is what its generated type says.
  return ok({
    file,
    dialect,
    document: document as unknown as PolicyDocument,
    placeOf,
    notes,
  });
}

/** A person mends the first problems and reads again. */
const problemsMax = 50;

const unmoved = (path: YamlPath): YamlPath => path;

/** A document is ours as soon as one key says so, wherever it stands; then all of it is read strictly. */
function dialectOf(kind: DocumentKind, root: Readonly<Record<string, unknown>>): Dialect {
  const detected = detectDialect(kind, root);
  if (detected === 'arbiter' || kind === 'tier-policy') return detected;
  if (!('risk_tiers' in root) && !('gates' in root)) return 'arbiter';
  const parts = [root['waivers'], ...membersOf(root['risk_tiers']), ...membersOf(root['gates'])];
  return parts.some((part) => keysOf(part).some((key) => innerKeys.has(key)))
    ? 'arbiter'
    : detected;
}

/** Keys of tiers, gates and waivers that no published dialect has. */
const innerKeys: ReadonlySet<string> = new Set([
  'max_bytes',
  'max_line_bytes',
  'answer',
  'measures',
  'timeout_seconds',
  'waivable',
  'min_trust',
  'min_approvers',
  'max_waiver_days',
  'approvers',
  'files_are_approvals',
]);

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/**
 * Numbers that other readers read differently: `010` is ten here and eight in YAML 1.1, `5.0` is a
 * whole number or not, `1e3` and `0x10` hide their size from a reviewer.
 */
function oddNumbers(
  value: unknown,
  path: YamlPath,
  sourceOf: (path: YamlPath) => string | undefined,
  placeOf: PolicySheet['placeOf'],
): readonly DocumentProblem[] {
  if (typeof value === 'number') {
    const written = sourceOf(path);
    if (written === undefined || isPlainNumber(written, path.at(-1))) return [];
    const message = `the number ${written.slice(0, 40)} is read differently by different readers`;
    const hint = `Write it in plain digits: ${Number(written)}.`;
    return [problemAt({ family: 'policy', placeOf }, { rule: 'number-form', path, message, hint })];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    oddNumbers(inner, [...path, Array.isArray(value) ? Number(key) : key], sourceOf, placeOf),
  );
}

/** Percentages may have decimals, so there `80.0` is no riddle. */
const percentKeys: readonly unknown[] = ['coverage_threshold', 'mutation_threshold', 'minimum'];

function isPlainNumber(written: string, key: string | number | undefined): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(written)) return false;
  return percentKeys.includes(key) || !Number.isInteger(Number(written)) || !written.includes('.');
}
