import { commitSha, digest, fail, ok, type Result } from '../../primitives.ts';
import {
  codePoints,
  DAY_MS,
  FLOORS_MAX,
  FOREIGN_NAME_BYTES_MAX,
  type IgnoredBecause,
  instantOf,
  isPlainLine,
  NAME_LENGTH_MAX,
  REASON_LENGTH_MAX,
  REASON_LENGTH_MIN,
  reasonLength,
  WAIVER_DAYS_MAX,
  WAIVER_EVENT_SCHEMA,
  type WaiverBound,
  type WaiverDecision,
  type WaiverEvent,
  type WaiverRequested,
} from './event.ts';

/** What is wrong with a payload, and with which of its fields. */
export interface PayloadFault {
  readonly because: IgnoredBecause;
  readonly field: string;
}

export type Keyed = Readonly<Record<string, unknown>>;
export type Check = (value: unknown) => boolean;

/**
 * A waiver event from parsed JSON of any origin. Total: unknown and missing fields, wrong types and
 * values out of bounds are faults with the field's name, and nothing is guessed or filled in.
 */
export function readPayload(value: unknown): Result<WaiverEvent, PayloadFault> {
  if (!isKeyed(value)) return fault('bad-field', '');
  if (value['schema'] !== WAIVER_EVENT_SCHEMA) return fault('unknown-schema', 'schema');
  switch (value['event']) {
    case 'requested':
      return readRequest(value);
    case 'approved':
      return readDecision(value, approvalFields);
    case 'rejected':
    case 'revoked':
      return readDecision(value, denialFields);
    default:
      return fault('unknown-event', 'event');
  }
}

function readRequest(value: Keyed): Result<WaiverRequested, PayloadFault> {
  const wrong = firstWrong(value, requestFields);
  if (wrong !== undefined) return fail(wrong);
  // Every field was checked above, one check a field of the type.
  const request = value as unknown as WaiverRequested;
  const because = boundFault(request);
  return because === undefined ? ok(request) : fail(because);
}

/** What is wrong with the bound of a request whose fields are each well-formed. */
export function boundFault(
  request: Pick<WaiverBound, 'gate' | 'floors' | 'expiresAt' | 'reason'> & { readonly at: string },
): PayloadFault | undefined {
  if (/[*?]/.test(request.gate) || request.gate.toLowerCase() === 'all')
    return { because: 'gate-is-a-wildcard', field: 'gate' };
  if (request.floors.length === 0) return { because: 'nothing-to-waive', field: 'floors' };
  const lasts = (instantOf(request.expiresAt) ?? 0) - (instantOf(request.at) ?? 0);
  if (lasts <= 0) return { because: 'ends-before-it-starts', field: 'expiresAt' };
  if (lasts > WAIVER_DAYS_MAX * DAY_MS)
    return { because: 'longer-than-a-year', field: 'expiresAt' };
  return reasonFault(request.reason);
}

function readDecision(
  value: Keyed,
  fields: ReadonlyMap<string, Check>,
): Result<WaiverDecision, PayloadFault> {
  const wrong = firstWrong(value, fields);
  if (wrong !== undefined) return fail(wrong);
  const decision = value as unknown as WaiverDecision;
  const because = decision.event === 'approved' ? undefined : reasonFault(decision.reason);
  return because === undefined ? ok(decision) : fail(because);
}

/** The same bar for a request, a rejection and a revocation: somebody else has to understand it later. */
export function reasonFault(reason: string): PayloadFault | undefined {
  if (!isPlainLine(reason)) return { because: 'reason-unreadable', field: 'reason' };
  if (reasonLength(reason) < REASON_LENGTH_MIN)
    return { because: 'reason-too-short', field: 'reason' };
  return undefined;
}

/** The first field that does not belong, lacks or is out of its bounds, in an order of its own. */
export function firstWrong(
  value: Keyed,
  fields: ReadonlyMap<string, Check>,
): PayloadFault | undefined {
  for (const key of Object.keys(value).sort())
    if (!fields.has(key)) return { because: 'unknown-field', field: key.slice(0, NAME_LENGTH_MAX) };
  for (const [field, check] of fields) {
    if (!Object.hasOwn(value, field)) return { because: 'missing-field', field };
    if (!check(value[field])) return { because: 'bad-field', field };
  }
  return undefined;
}

const fault = (because: IgnoredBecause, field: string): Result<never, PayloadFault> =>
  fail({ because, field });

export const isKeyed = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isName: Check = (value) =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.trim() === value &&
  codePoints(value) <= NAME_LENGTH_MAX &&
  isPlainLine(value);
/** What a repository names, in whatever characters: kept as it is, escaped where it is shown. */
const isForeignText: Check = (value) =>
  typeof value === 'string' &&
  value.isWellFormed() &&
  Buffer.byteLength(value) <= FOREIGN_NAME_BYTES_MAX;
export const isForeignName: Check = (value) => value !== '' && isForeignText(value);
export const isInstant: Check = (value) =>
  typeof value === 'string' && instantOf(value) !== undefined;
export const isDigest: Check = (value) => typeof value === 'string' && digest(value) !== undefined;
export const isWaiverId: Check = (value) =>
  typeof value === 'string' && /^W-[0-9a-f]{16}$/.test(value);
export const isReason: Check = (value) =>
  typeof value === 'string' && codePoints(value) <= REASON_LENGTH_MAX;
export const isCommit: Check = (value) =>
  typeof value === 'string' && commitSha(value) !== undefined;
const isSpec: Check = (value) =>
  value === null ||
  (isKeyed(value) &&
    hasExactly(value, ['digest', 'id']) &&
    isName(value['id']) &&
    isDigest(value['digest']));
export const isUuidV7: Check = (value) =>
  typeof value === 'string' &&
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value);

function areFloors(value: unknown): boolean {
  return Array.isArray(value) && value.length <= FLOORS_MAX && value.every(isFloor);
}

function isFloor(value: unknown): boolean {
  if (!isKeyed(value) || !hasExactly(value, ['files', 'rule', 'subject', 'unit', 'value']))
    return false;
  const { files, rule, subject, unit, value: measured } = value;
  const isMeasured = typeof measured === 'number' && Number.isFinite(measured) && measured >= 0;
  return (
    isName(rule) &&
    isForeignText(subject) &&
    (unit === null ? measured === null : isName(unit) && isMeasured) &&
    (files === null || (Array.isArray(files) && files.every(isForeignName)))
  );
}

export function hasExactly(value: Keyed, keys: readonly string[]): boolean {
  const own = Object.keys(value).sort();
  return own.length === keys.length && own.every((key, at) => key === keys[at]);
}

/** One check a field of `WaiverBound`. */
export const boundFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['gate', isName],
  ['floors', areFloors],
  ['spec', isSpec],
  ['policy', isDigest],
  ['repository', isForeignName],
  ['baseRef', isForeignName],
  ['head', isCommit],
  ['verdict', isUuidV7],
  ['expiresAt', isInstant],
  ['reason', isReason],
]);

const requestFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['schema', isName],
  ['event', isName],
  ['waiver', isWaiverId],
  ['at', isInstant],
  ['requestedBy', isName],
  ['requesterKey', (value) => typeof value === 'string' && /^[A-Za-z0-9+/]{59}=$/.test(value)],
  ['branch', (value) => value === null || isForeignName(value)],
  ...boundFields,
]);

const approvalFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['schema', isName],
  ['event', isName],
  ['waiver', isWaiverId],
  ['request', isDigest],
  ['at', isInstant],
]);

const denialFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...approvalFields,
  ['reason', isReason],
]);
