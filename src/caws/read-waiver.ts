/** Reads waiver files of every shape, registries included, into one model. */

import { type Digest, digest, fail, type Instant, ok } from '../primitives.ts';
import { detectDialect } from './dialect.ts';
import { validate, type WaiverDocument } from './generated/waiver.js';
import { writtenInstant } from './instant.ts';
import type { DocumentProblem, LawText, Read } from './law.ts';
import { type CheckedDocument, problemAt, quoted, schemaProblems } from './schema-problems.ts';
import { textDigest } from './text-digest.ts';
import type { Approval, Waiver } from './waiver.ts';
import { readYaml, type YamlPath } from './yaml.ts';

type Keyed = Readonly<Record<string, unknown>>;
type At = Pick<CheckedDocument, 'family' | 'placeOf'>;

/** More waivers in one file are a registry that nobody reads. */
const waiversPerFileMax = 200;

/**
 * Reads one waiver file: a waiver, or a registry of several (`waivers:` as a map or a list).
 *
 * What a shape does not say stays null or empty and never becomes a permission: no status is
 * `proposed`, no gate covers nothing, approvals in a file are `file-on-base`.
 *
 * @returns a fault for the whole file where one waiver in it cannot be understood: no id, a date
 * that is none, numbers that are none. A registry that is half read would hide the other half.
 */
export function readWaivers({ file, text }: LawText): Read<readonly Waiver[]> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const at = { family: 'waiver', placeOf };
  const entries = entriesOf(value);
  if (entries === null || entries.length > waiversPerFileMax) {
    const message = entries === null ? 'the file holds no waiver' : 'too many waivers in one file';
    const hint = `Write one waiver a file, at most ${waiversPerFileMax}.`;
    return fail({ file, problems: [problemAt(at, { rule: 'shape', path: [], message, hint })] });
  }
  const whole = textDigest(text);
  const problems: DocumentProblem[] = [];
  const waivers: Waiver[] = [];
  for (const entry of entries) {
    const isOurs = detectDialect('waiver', entry.value) === 'arbiter';
    const sheet = { at, path: entry.path, waiver: entry.value, problems };
    const read = isOurs
      ? ownWaiver(sheet, file, whole)
      : publishedWaiver(sheet, file, whole, entry);
    if (read !== null) waivers.push(read);
  }
  return problems.length > 0 ? fail({ file, problems: problems.slice(0, 50) }) : ok(waivers);
}

interface Entry {
  readonly path: YamlPath;
  readonly value: Keyed;
  /** The key it stands under in a registry, or null. */
  readonly key: string | null;
  readonly inRegistry: boolean;
}

function entriesOf(root: unknown): readonly Entry[] | null {
  if (Array.isArray(root)) return listEntries(root, []);
  if (!isKeyed(root)) return null;
  const registry = root['waivers'];
  if (registry === undefined) return [{ path: [], value: root, key: null, inRegistry: false }];
  if (Array.isArray(registry)) return listEntries(registry, ['waivers']);
  if (!isKeyed(registry)) return registry === null ? [] : null;
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(registry)) {
    if (!isKeyed(value)) return null;
    entries.push({ path: ['waivers', key], value, key, inRegistry: true });
  }
  return entries;
}

function listEntries(list: readonly unknown[], path: YamlPath): readonly Entry[] | null {
  const entries: Entry[] = [];
  for (const [index, value] of list.entries()) {
    if (!isKeyed(value)) return null;
    entries.push({ path: [...path, index], value, key: null, inRegistry: true });
  }
  return entries;
}

/** One waiver as it is written, and where what is wrong with it gathers. */
interface WaiverSheet {
  readonly at: At;
  readonly path: YamlPath;
  readonly waiver: Keyed;
  readonly problems: DocumentProblem[];
}

/** Our own form: strict, because its schema is ours. */
function ownWaiver(sheet: WaiverSheet, file: string, whole: Digest): Waiver | null {
  const placeOf: At['placeOf'] = (path, part) => sheet.at.placeOf([...sheet.path, ...path], part);
  const checked = { family: 'waiver', placeOf, value: sheet.waiver };
  const problems = schemaProblems(validate, checked);
  sheet.problems.push(...problems);
  if (problems.length > 0) return null;
  const written = sheet.waiver as unknown as WaiverDocument;
  const approvals = written.approvals.map(({ by, at }, index) => ({
    by,
    at: at === undefined ? null : instantOf(sheet, ['approvals', index, 'at'], at, 'start'),
    proof: 'file-on-base' as const,
  }));
  return {
    id: written.id,
    title: written.title,
    reason: written.reason,
    digest: whole,
    shape: 'arbiter',
    file,
    gates: written.gates,
    status: written.status,
    grantedAt: instantOf(sheet, ['granted_at'], written.granted_at, 'start'),
    expiresAt: instantOf(sheet, ['expires_at'], written.expires_at, 'end'),
    approvals,
    requestedBy: written.requested_by ?? null,
    delta: deltaOf(sheet, written.delta),
    scope: {
      spec: written.scope.spec_id,
      specDigest: digest(written.scope.spec_digest ?? '') ?? null,
      policyDigest: digest(written.scope.policy_digest ?? '') ?? null,
      repository: written.scope.repository ?? null,
      branch: written.scope.branch ?? null,
      head: written.scope.head ?? null,
    },
    floors: (written.floors ?? []).map((floor) => ({
      rule: floor.rule,
      subject: floor.subject,
      value: floor.value ?? null,
      unit: floor.unit ?? null,
      files: floor.files ?? null,
    })),
    usesMax: written.max_uses ?? null,
  };
}

/** The four shapes of 2025 and version 11. */
function publishedWaiver(
  sheet: WaiverSheet,
  file: string,
  whole: Digest,
  entry: Entry,
): Waiver | null {
  const waiver = sheet.waiver;
  const before = sheet.problems.length;
  const shape = shapeOf(waiver, entry.inRegistry);
  const id = textOf(waiver['id']) ?? entry.key;
  if (id === null || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/.test(id))
    refuse(sheet, 'id', ['id'], 'the waiver has no id', 'Add id, e.g. WV-0001.');
  boundTexts(sheet, ['reason', 'reason_code', 'description', 'title']);
  const constraints = isKeyed(waiver['constraints']) ? waiver['constraints'] : {};
  const scope = isKeyed(waiver['scope']) ? waiver['scope'] : {};
  const read: Waiver = {
    id: id ?? '',
    title: textOf(waiver['title']) ?? id ?? '',
    reason: textOf(waiver['reason'] ?? waiver['reason_code'] ?? waiver['description']) ?? '',
    digest: whole,
    shape,
    file,
    gates: gatesOf(sheet, waiver['gates']),
    status: statusOf(sheet, waiver, shape),
    grantedAt: instantOf(
      sheet,
      ...firstOf(sheet, 'created_at', 'approved_at', 'granted_at'),
      'start',
    ),
    expiresAt: instantOf(sheet, ...firstOf(sheet, 'expires_at'), 'end'),
    approvals: approvalsOf(sheet, waiver),
    requestedBy: textOf(waiver['requested_by'] ?? waiver['created_by']),
    delta: deltaOf(sheet, waiver['delta']),
    scope: {
      spec: textOf(scope['spec_id']) ?? textOf(waiver['applies_to']),
      specDigest: null,
      policyDigest: null,
      repository: null,
      branch: null,
      head: null,
    },
    floors: [],
    usesMax: countOf(sheet, ['constraints', 'max_uses'], constraints['max_uses']),
  };
  return sheet.problems.length > before ? null : read;
}

function firstOf(
  sheet: WaiverSheet,
  ...keys: readonly string[]
): readonly [path: YamlPath, value: unknown] {
  const key = keys.find((name) => sheet.waiver[name] !== undefined) ?? (keys[0] as string);
  return [[key], sheet.waiver[key]];
}

function gatesOf(sheet: WaiverSheet, written: unknown): readonly string[] {
  const gates = typeof written === 'string' ? [written] : (written ?? []);
  if (Array.isArray(gates) && gates.length <= 50 && gates.every(isName)) return gates;
  const message = 'gates is not a list of at most 50 names';
  refuse(sheet, 'gates', ['gates'], message, 'Write gates: [budget_limit].');
  return [];
}

/** Texts that go into the record and in front of people. */
function boundTexts(sheet: WaiverSheet, keys: readonly string[]): void {
  for (const key of keys) {
    const text = sheet.waiver[key];
    if (typeof text !== 'string' || text.length <= textLengthMax) continue;
    const hint = `Use at most ${textLengthMax} characters.`;
    refuse(sheet, 'too-long', [key], `${key} has ${text.length} characters`, hint);
  }
}

function statusOf(sheet: WaiverSheet, waiver: Keyed, shape: Waiver['shape']): Waiver['status'] {
  if (isKeyed(waiver['revocation'])) return 'revoked';
  const written = waiver['status'];
  // The registry of 2025 has no status: what stands in it is in force.
  if (written === undefined) return shape === 'S4' ? 'active' : 'proposed';
  const status = statuses.find((known) => known === written);
  if (status === undefined) {
    const message = `status is ${quoted(written)}`;
    refuse(sheet, 'status', ['status'], message, `Allowed: ${statuses.join(', ')}.`);
  }
  return status ?? 'proposed';
}

function approvalsOf(sheet: WaiverSheet, waiver: Keyed): readonly Approval[] {
  const written = waiver['approvers'] ?? waiver['approved_by'] ?? [];
  const list = Array.isArray(written) ? written : [written];
  if (list.length > 50) {
    const hint = 'Name those who approved, at most 50.';
    refuse(sheet, 'too-many', ['approvers'], `${list.length} approvers`, hint);
    return [];
  }
  const fallback = firstOf(sheet, 'approved_at');
  return list.flatMap((entry: unknown, index) => {
    const by = textOf(isKeyed(entry) ? (entry['handle'] ?? entry['name']) : entry);
    if (by === null || by.trim() === '') return [];
    if (!isName(by)) {
      const where = ['approvers', index];
      refuse(sheet, 'approver', where, `the approver ${quoted(by)} is no name`, 'Write @handle.');
      return [];
    }
    const [path, value] = isKeyed(entry)
      ? [['approvers', index, 'approved_at'], entry['approved_at']]
      : fallback;
    const at = instantOf(sheet, path as YamlPath, value, 'start');
    return [{ by, at, proof: 'file-on-base' as const }];
  });
}

function deltaOf(sheet: WaiverSheet, written: unknown): Waiver['delta'] {
  if (written === undefined || written === null) return null;
  if (!isKeyed(written)) {
    refuse(sheet, 'delta', ['delta'], 'delta is not a map', 'Write {max_files: 0, max_loc: 0}.');
    return null;
  }
  return {
    files: countOf(sheet, ['delta', 'max_files'], written['max_files']),
    lines: countOf(sheet, ['delta', 'max_loc'], written['max_loc']),
  };
}

function countOf(sheet: WaiverSheet, path: YamlPath, written: unknown): number | null {
  if (written === undefined || written === null) return null;
  const isCount = typeof written === 'number' && Number.isSafeInteger(written) && written >= 0;
  if (isCount && written <= countMax) return written;
  const message = `${path.join('.')} is ${quoted(written)}`;
  refuse(sheet, 'count', path, message, `Write a whole number from 0 to ${countMax}.`);
  return null;
}

function instantOf(
  sheet: WaiverSheet,
  path: YamlPath,
  written: unknown,
  dateMeans: 'start' | 'end',
): Instant | null {
  if (written === undefined || written === null) return null;
  const instant = typeof written === 'string' ? writtenInstant(written, dateMeans) : undefined;
  if (instant !== undefined) return instant;
  const message = `${path.join('.')} is ${quoted(written)}, which is no date`;
  refuse(sheet, 'date', path, message, 'Write YYYY-MM-DDTHH:MM:SSZ.');
  return null;
}

function refuse(
  sheet: WaiverSheet,
  rule: string,
  path: YamlPath,
  message: string,
  hint: string,
): void {
  const at = [...sheet.path, ...path];
  sheet.problems.push(problemAt(sheet.at, { rule, path: at, message, hint }));
}

/** A reason is a paragraph; what is longer belongs into an issue. */
const textLengthMax = 4_000;

/** A short text without control or invisible characters. */
function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 254) return false;
  return /^[ -~]*$/.test(value) || !/[\p{Cc}\p{Cf}]/u.test(value);
}

const statuses = ['proposed', 'active', 'revoked', 'expired', 'rejected'] as const;

/** Ten million lines are more than any change that a person could have granted. */
const countMax = 10_000_000;

function shapeOf(waiver: Keyed, inRegistry: boolean): Waiver['shape'] {
  if (detectDialect('waiver', waiver) === '11') return 'v11';
  if (waiver['reason_code'] !== undefined || waiver['risk_owner'] !== undefined) return 'S1';
  if (Array.isArray(waiver['approvers'])) return 'S2';
  return inRegistry || waiver['risk_assessment'] !== undefined ? 'S4' : 'S3';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isKeyed(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
